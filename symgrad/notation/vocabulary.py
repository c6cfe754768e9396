"""The functions that a formula can call, by the names that people type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ShapeError
from ..ir.functions import BY_NAME
from ..ir.heads import Delta
from ..ir.index import fresh_indices
from . import functions, linalg
from .condition import where
from .formula import label
from .record import as_tensor, record
from .tensor import Tensor

Functions = Mapping[str, Callable[..., Any]]


def largest(x: Any, *others: Any, axis: int | None = None) -> Tensor:
    """The largest of several, entry by entry; of one alone over its own axes."""
    for other in others:
        x = functions.maximum(x, other)
    return x if others else x.max(axis)


def smallest(x: Any, *others: Any, axis: int | None = None) -> Tensor:
    """The smallest of several, entry by entry; of one alone over its own axes."""
    for other in others:
        x = functions.minimum(x, other)
    return x if others else x.min(axis)


def argmax(x: Any, axis: int = -1) -> Tensor:
    """The place of the largest along one own axis."""
    return x.argmax(axis)


def eye(size: Any) -> Tensor:
    """The identity matrix of a size: a whole number, or the name of one."""
    extent = as_tensor(size).number()
    if extent is None or not extent.is_integer or not extent.is_positive:
        raise ShapeError(
            f"eye: the size {label(as_tensor(size))} must be a whole number, or the name of a size"
        )
    rows, columns = fresh_indices((extent, extent))
    return record((rows, columns), Delta(rows, columns), ())


def vocabulary(further: Functions | None = None) -> dict[str, Callable[..., Any]]:
    """Every function by name; ``further`` ones go before ours.

    A registered function without a public one is told by its `partials`, which
    name its arguments.

    >>> vocabulary()["ln"] is vocabulary()["log"]
    True
    """
    registered = {name: record.partials for name, record in BY_NAME.items()}
    public = {name: getattr(functions, name) for name in functions.__all__}
    matrix = {f.__name__: f for f in (linalg.trace, linalg.det, linalg.logdet, linalg.inv, linalg.solve)}
    matrix |= {f.__name__: f for f in (linalg.diag, linalg.outer, linalg.dot)}
    spelled = {"ln": functions.log, "σ": functions.sigmoid, "onehot": functions.one_hot}
    ours = {"max": largest, "min": smallest, "argmax": argmax, "eye": eye, "where": where}
    return registered | public | matrix | spelled | ours | dict(further or {})
