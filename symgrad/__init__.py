"""symgrad: write the formula, read its gradient, train or check with it."""

from ._version import __version__
from .calculus.gradient import Gradient, grad, hessian, hvp, jacobian
from .notation.condition import equal, not_equal, where
from .notation.core import stack
from .notation.functions import *  # noqa: F403
from .notation.indexing import concatenate
from .notation.symbols import constant, constants, data, hyper, param, params
from .notation.tensor import Tensor
