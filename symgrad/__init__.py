"""symgrad: write the formula, read its gradient, train or check with it."""

from . import errors
from ._version import __version__
from .calculus.gradient import Gradient, grad, hessian, hvp, jacobian
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
from .notation.core import stack
from .notation.einsum import einsum
from .notation.expand import expand
from .notation.functions import *  # noqa: F403
from .notation.indexing import concatenate
from .notation.linalg import det, diag, dot, inv, logdet, outer, solve, trace
from .notation.symbols import constant, constants, data, hyper, param, params
from .notation.tensor import Tensor
from .library import schedules
from .library.optimizers import SGD, Adagrad, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSprop, Update
from .training.callbacks import Checkpoints, EarlyStopping
from .training.checkpoints import load
from .training.fit import fit
from .training.run import Run
from .notation.parse import parse
