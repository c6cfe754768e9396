"""Reductions over a tensor's own axes, over samples, and products of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sympy import Expr, S

from ..errors import NotationError, ShapeError
from ..ir.index import SAMPLES, Index
from ..ir.late import np
from ..ir.program import Kind
from ..ir.variable import DType
from .formula import described, label, own_shape
from .record import axes_for, broadcast_shapes, is_unit, record

if TYPE_CHECKING:
    from .tensor import Tensor


def normal_axis(axis: int, tensor: Tensor) -> int:
    """An axis counted from the front; raises ShapeError where there is none."""
    if not -tensor.ndim <= axis < tensor.ndim:
        raise ShapeError(
            f"axis {axis} of {label(tensor)}: it has {tensor.ndim} axes of its own "
            "(samples are not one of them: use symgrad.mean or symgrad.total)"
        )
    return axis % tensor.ndim


def chosen_axes(axis: int | Sequence[int] | None, tensor: Tensor) -> list[int]:
    """The axes that a reduction is over, from the front, in order."""
    if axis is None:
        return list(range(tensor.ndim))
    given = [axis] if isinstance(axis, int | np.integer) else list(axis)
    return sorted({normal_axis(a, tensor) for a in given})


def reduce_own(kind: Kind, tensor: Tensor, axis: int | Sequence[int] | None, keepdims: bool) -> Tensor:
    """Record a reduction over a tensor's own axes."""
    over = chosen_axes(axis, tensor)
    if not over:
        return tensor
    lead, own = axes_for(tensor.per_sample, own_shape(tensor.variable))
    for a in over:
        if own[a].extent == 0 and kind in ("max", "min", "argmax"):
            raise ShapeError(f"{kind} over axis {a} of {label(tensor)}, which has no elements")
    body = tensor.variable[(*lead, *own)]
    kept = [i for k, i in enumerate(own) if k not in over]
    if keepdims:
        kept = [Index(i.name, S.One) if k in over else i for k, i in enumerate(own)]
    dtype: DType = "int" if kind == "argmax" else "real"
    return record((*lead, *kept), body, [tensor], tuple(own[a] for a in over), kind, dtype)


def reduce_samples(tensor: Tensor, mean: bool) -> Tensor:
    """The sum or mean over samples, entry by entry of the tensor's own axes."""
    if not tensor.per_sample:
        raise NotationError(
            f"{label(tensor)} is the same for every sample, so there is nothing to average over; "
            "use .sum() or .mean() for its own axes"
        )
    lead, own = axes_for(True, own_shape(tensor.variable))
    body: Expr = tensor.variable[(*lead, *own)]
    return record(own, body / SAMPLES if mean else body, [tensor], lead)


def matmul(a: Tensor, b: Tensor) -> Tensor:
    """numpy's ``a @ b`` over own axes."""
    if not a.ndim or not b.ndim:
        raise ShapeError(
            f"@ needs at least one axis on each side, got {described(a)} and {described(b)}; use * "
            "for scalars"
        )
    left, right = own_shape(a.variable), own_shape(b.variable)
    inner = right[max(len(right) - 2, 0)]
    if left[-1] != inner:
        raise ShapeError(
            f"{label(a)} @ {label(b)}: shapes {described(a)} and {described(b)} do not fit: the "
            f"last axis of the first is {left[-1]}, "
            f"the {'first' if len(right) < 3 else 'last but one'} of the second is {inner}"
        )
    batch_a, batch_b = left[:-2], right[:-2]
    batch = broadcast_shapes([a, b], [batch_a, batch_b])
    rows = left[-2:-1]
    columns = right[-1:] if len(right) > 1 else ()
    lead, own = axes_for(a.per_sample or b.per_sample, (*batch, *rows, *columns))
    k = Index("k", left[-1])
    front = own[: len(batch)]
    row = own[len(batch) : len(batch) + len(rows)]
    column = own[len(batch) + len(rows) :]

    def part(tensor: Tensor, sizes: tuple[Expr, ...], rest: tuple[Index, ...]) -> Expr:
        places = [
            S.Zero if size == 1 and not is_unit(i) else i
            for size, i in zip(sizes, front[len(front) - len(sizes) :], strict=True)
        ]
        return tensor.variable[(*(lead if tensor.per_sample else ()), *places, *rest)]

    body = part(a, batch_a, (*row, k)) * part(b, batch_b, (k, *column))
    return record((*lead, *own), body, [a, b], (k,))
