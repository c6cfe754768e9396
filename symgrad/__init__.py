"""symgrad: write the formula, read its gradient, train or check with it."""

from .notation.condition import equal, not_equal, where
from .notation.core import stack
from .notation.indexing import concatenate
from .notation.symbols import constant, constants, data, hyper, param, params
from .notation.tensor import Tensor
from .notation.functions import *  # noqa: F403
