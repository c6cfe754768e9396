"""Penalties on parameters, to be scaled and added to a loss: ``loss + 0.01 * l2(w)``."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

from ..notation.tensor import Tensor
from .checks import no_samples


def l1(*params: Any) -> Tensor:
    """Σ |w| over every entry of every parameter; the derivative at 0 is 0.

    Source: Tibshirani, Regression Shrinkage and Selection via the Lasso, 1996.
    Raises NotationError for none, or for one with a value per sample.

    >>> import symgrad as sg
    >>> str(sg.l1(*sg.params("u v", 2)).at(u=[1, -2], v=[3, 0]))
    '6'
    """
    return reduce(add, (abs(w).sum() for w in no_samples("l1", params)))


def l2(*params: Any) -> Tensor:
    """Σ w² over every entry of every parameter.

    Source: Hoerl and Kennard, Ridge Regression, 1970.  Raises NotationError for
    none, or for one with a value per sample.

    >>> import symgrad as sg
    >>> str(sg.l2(*sg.params("u v", 2)).at(u=[1, -2], v=[3, 0]))
    '14'
    """
    return reduce(add, ((w**2).sum() for w in no_samples("l2", params)))
