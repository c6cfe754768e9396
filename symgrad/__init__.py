"""symgrad: write the formula, read its gradient, train or check with it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import errors
from ._version import __version__
from .calculus.gradient import Gradient, grad, hessian, hvp, jacobian
from .library import schedules
from .library.layers import count_parameters, dense, linear, mlp, parameters
from .library.losses import (
    binary_cross_entropy,
    cross_entropy,
    dice,
    gaussian_nll,
    hinge,
    huber,
    log_cosh,
    mae,
    mse,
    poisson,
    quantile,
    rmse,
    squared_hinge,
)
from .library.penalties import l1, l2
from .notation.condition import equal, not_equal, where
from .notation.convolution import conv1d, conv2d
from .notation.einsum import einsum
from .notation.expand import expand
from .notation.functions import (
    abs,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    clip,
    cos,
    cosh,
    cot,
    cumsum,
    digamma,
    elu,
    erf,
    erfc,
    exp,
    expm1,
    gelu,
    leaky_relu,
    lgamma,
    log,
    log1p,
    log_of_cosh,
    log_softmax,
    logsumexp,
    maximum,
    mean,
    minimum,
    norm,
    normal_cdf,
    one_hot,
    prod,
    relu,
    root,
    sigmoid,
    sign,
    silu,
    sin,
    sinh,
    softmax,
    softplus,
    sqrt,
    sum,
    tan,
    tanh,
    total,
)
from .notation.indexing import concatenate
from .notation.linalg import det, diag, dot, inv, logdet, outer, solve, trace
from .notation.record import stack
from .notation.symbols import constant, constants, data, hyper, param, params
from .notation.tensor import Tensor

if TYPE_CHECKING:
    from .answers.check import check
    from .answers.verdict import Verdict
    from .calculus.explain import Derivation, derivation
    from .library.optimizers import SGD, Adagrad, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSprop, Update
    from .notation.parse import parse
    from .training.callbacks import Checkpoints, EarlyStopping
    from .training.checkpoints import load
    from .training.fit import fit
    from .training.run import Run

__all__ = [
    "Adagrad",
    "Adam",
    "AdamW",
    "Checkpoints",
    "Derivation",
    "EarlyStopping",
    "Gradient",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSprop",
    "Run",
    "SGD",
    "Tensor",
    "Update",
    "Verdict",
    "__version__",
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "binary_cross_entropy",
    "check",
    "clip",
    "concatenate",
    "constant",
    "constants",
    "conv1d",
    "conv2d",
    "cos",
    "cosh",
    "cot",
    "count_parameters",
    "cross_entropy",
    "cumsum",
    "data",
    "dense",
    "derivation",
    "det",
    "diag",
    "dice",
    "digamma",
    "dot",
    "einsum",
    "elu",
    "equal",
    "erf",
    "erfc",
    "errors",
    "exp",
    "expand",
    "expm1",
    "fit",
    "gaussian_nll",
    "gelu",
    "grad",
    "hessian",
    "hinge",
    "huber",
    "hvp",
    "hyper",
    "inv",
    "jacobian",
    "l1",
    "l2",
    "leaky_relu",
    "lgamma",
    "linear",
    "load",
    "log",
    "log1p",
    "log_cosh",
    "log_of_cosh",
    "log_softmax",
    "logdet",
    "logsumexp",
    "mae",
    "maximum",
    "mean",
    "minimum",
    "mlp",
    "mse",
    "norm",
    "normal_cdf",
    "not_equal",
    "one_hot",
    "outer",
    "param",
    "parameters",
    "params",
    "parse",
    "poisson",
    "prod",
    "quantile",
    "relu",
    "rmse",
    "root",
    "schedules",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "solve",
    "sqrt",
    "squared_hinge",
    "stack",
    "sum",
    "tan",
    "tanh",
    "total",
    "trace",
    "where",
]

# What a prompt that only derives should not wait for: training needs numpy, parsing its lexer, and so on.
_LATE = {
    "Adagrad": "library.optimizers",
    "Adam": "library.optimizers",
    "AdamW": "library.optimizers",
    "Checkpoints": "training.callbacks",
    "Derivation": "calculus.explain",
    "EarlyStopping": "training.callbacks",
    "Momentum": "library.optimizers",
    "Nesterov": "library.optimizers",
    "Optimizer": "library.optimizers",
    "RMSprop": "library.optimizers",
    "Run": "training.run",
    "SGD": "library.optimizers",
    "Update": "library.optimizers",
    "Verdict": "answers.verdict",
    "check": "answers.check",
    "derivation": "calculus.explain",
    "fit": "training.fit",
    "load": "training.checkpoints",
    "parse": "notation.parse",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"symgrad has no {name!r}")
    value = getattr(import_module(f".{_LATE[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
