"""Indexing a tensor's own axes as numpy does: integers, slices, None, …, and gathers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sympy import Expr, Integer, S

from ..errors import ShapeError
from ..ir.heads import Where
from ..ir.index import SAMPLES, Index
from ..ir.late import np
from .formula import Formula, label, own_shape
from .record import as_tensor, broadcast, entry_at, record
from .reduce import normal_axis

if TYPE_CHECKING:
    from .tensor import Tensor


def index(tensor: Tensor, key: Any) -> Tensor:
    """``tensor[key]`` over the tensor's own axes; samples are never indexed.

    A key may hold integers, slices, ``None``, ``...`` and integer tensors (a
    gather: ``W[label]``), which broadcast against each other and stand where
    the first of them stood.  Raises ShapeError for a place that does not exist.
    """
    parts = list(key) if isinstance(key, tuple) else [key]
    parts = _expand(parts, tensor)
    shape = own_shape(tensor.variable)
    parts = _gathers(parts, shape, tensor)
    gathers: list[Any] = [part for part in parts if isinstance(part, Formula)]
    per_sample, gathered = broadcast(gathers) if gathers else (False, ())
    lead = (Index("i", SAMPLES),) if tensor.per_sample or per_sample else ()
    gather_axes = tuple(Index(letter, e) for letter, e in zip("abcdefgh", gathered, strict=False))
    kept: list[Index] = []
    places: list[Expr] = []
    axis, inserted = 0, False
    for part in parts:
        if part is None:
            kept.append(Index("u", S.One))
            continue
        extent = shape[axis]
        if isinstance(part, Formula):
            if not inserted:
                kept.extend(gather_axes)
                inserted = True
            places.append(entry_at(part, lead, gather_axes))  # type: ignore[arg-type]
        elif isinstance(part, slice):
            own, place = _slice(part, extent, axis, tensor)
            kept.append(own)
            places.append(place)
        else:
            places.append(_integer(part, extent, axis, tensor))
        axis += 1
    body = tensor.variable[(*(lead if tensor.per_sample else ()), *places)]
    return record((*lead, *kept), body, [tensor, *gathers], dtype=tensor.variable.dtype)


def _is_gather(part: Any) -> bool:
    return isinstance(part, Formula | list) or (isinstance(part, np.ndarray) and part.ndim > 0)


def _gathers(parts: list[Any], shape: Sequence[Expr], tensor: Tensor) -> list[Any]:
    """The parts with every gather as a tensor; places that are known are counted from the front."""
    made, axis = [], 0
    for part in parts:
        if _is_gather(part):
            part = as_tensor(part)
            _check_integer(part, tensor)
            _check_classes(part, shape[axis], axis, tensor)
            known = part.variable.facts.value
            if known is not None:
                if known.dtype.kind == "b":
                    raise ShapeError(
                        f"{label(tensor)}[...]: a list of True and False selects nothing here; give the "
                        "places as whole numbers, or use symgrad.where"
                    )
                places = [_integer(p, shape[axis], axis, tensor) for p in known.ravel()]
                if (known < 0).any() and all(p.is_Integer for p in places):
                    part = as_tensor(np.array([int(p) for p in places]).reshape(known.shape))
        made.append(part)
        axis += part is not None
    return made


def _check_integer(gathered: Tensor, tensor: Tensor) -> None:
    if gathered.variable.dtype == "real":
        raise ShapeError(
            f"{label(tensor)}[{label(gathered)}]: {label(gathered)} is real and cannot select a place; "
            "declare it as an integer datum with symgrad.data(name, classes=...) or dtype='int'"
        )


def _check_classes(gathered: Tensor, extent: Expr, axis: int, tensor: Tensor) -> None:
    classes = gathered.variable.facts.classes
    if classes is not None and extent.is_Integer and classes > int(extent):
        raise ShapeError(
            f"{label(tensor)}[{label(gathered)}]: {label(gathered)} is declared with classes={classes}, and "
            f"axis {axis} of {label(tensor)} has only {extent} places; declare them alike"
        )


def _expand(parts: list[Any], tensor: Tensor) -> list[Any]:
    count = sum(1 for p in parts if p is not None and p is not Ellipsis)
    if count > tensor.ndim:
        raise ShapeError(
            f"{label(tensor)} has {tensor.ndim} axes for one sample, and {count} places were given"
        )
    missing = [slice(None)] * (tensor.ndim - count)
    dots = [k for k, p in enumerate(parts) if p is Ellipsis]
    if len(dots) > 1:
        raise ShapeError(f"{label(tensor)}[...]: only one ... can stand in an index")
    at = dots[0] if dots else len(parts)
    return parts[:at] + missing + parts[at + len(dots) :]


def _integer(part: Any, extent: Expr, axis: int, tensor: Tensor) -> Expr:
    try:
        place = part.__index__()
    except AttributeError:
        raise ShapeError(
            f"{label(tensor)}[{part!r}]: expected a whole number, a slice, None, ... or an integer tensor"
        ) from None
    if extent.is_Integer and not -int(extent) <= place < int(extent):
        raise ShapeError(
            f"{label(tensor)}[{place}]: axis {axis} has size {extent}, so places go from 0 to "
            f"{int(extent) - 1}"
        )
    return Integer(place) if place >= 0 else extent + place


def _slice(part: slice, extent: Expr, axis: int, tensor: Tensor) -> tuple[Index, Expr]:
    if part == slice(None):
        own = Index("j", extent)
        return own, own
    if not extent.is_Integer:
        return _symbolic_slice(part, extent, axis, tensor)
    start, stop, step = part.indices(int(extent))
    own = Index("j", Integer(len(range(start, stop, step))))
    return own, start + step * own


def _symbolic_slice(part: slice, extent: Expr, axis: int, tensor: Tensor) -> tuple[Index, Expr]:
    start, stop, step = part.start or 0, part.stop, part.step or 1
    if step != 1 or (stop is not None and stop >= 0):
        raise ShapeError(
            f"{label(tensor)}: axis {axis} has the named size {extent}; of it only slices [start:] and "
            "[start:-count] can be taken, because its length is known only when data arrive"
        )
    low = Integer(start) if start >= 0 else extent + start
    high = extent if stop is None else extent + stop
    own = Index("j", high - low)
    return own, low + own


def concatenate(parts: Sequence[Any], axis: int = 0) -> Tensor:
    """Tensors joined along an existing axis of their own.

    >>> import symgrad as sg
    >>> a, b = sg.params("a", 2), sg.params("b", 3)
    >>> sg.concatenate([a, b]).shape
    (5,)
    """
    tensors = [as_tensor(p) for p in parts]
    if not tensors or any(t.ndim != tensors[0].ndim or not t.ndim for t in tensors):
        raise ShapeError("concatenate needs tensors with one and the same number of axes, at least one")
    place = normal_axis(axis, tensors[0])
    shapes = [own_shape(t.variable) for t in tensors]
    for shape in shapes:
        if any(k != place and e != shapes[0][k] for k, e in enumerate(shape)):
            raise ShapeError(
                f"concatenate along axis {axis}: the other axes must agree, got "
                + " and ".join(str(t.shape) for t in tensors)
            )
    total = sum((shape[place] for shape in shapes), S.Zero)
    lead = (Index("i", SAMPLES),) if any(t.per_sample for t in tensors) else ()
    own = [Index("j", total if k == place else e) for k, e in enumerate(shapes[0])]
    start = total
    body: Expr | None = None
    for tensor, shape in zip(reversed(tensors), reversed(shapes), strict=True):
        start = start - shape[place]
        places = [i - start if k == place else i for k, i in enumerate(own)]
        entry = tensor.variable[(*(lead if tensor.per_sample else ()), *places)]
        body = entry if body is None else Where(own[place] < start + shape[place], entry, body)
    assert body is not None
    return record((*lead, *own), body, tensors)
