"""What a part of an answer stands for: one entry, over index letters and axes in order.

Every step records an equation, as operators on tensors do.  What differs is that
an index may have a letter (i of a sum, j of W_{jk}), and that the sample axis may
stand anywhere: in Xᵀ(Xw − y) it is the rows of X.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import Basic, Expr, Mul, S, Tuple
from sympy.logic.boolalg import Boolean

from ..errors import ShapeError
from ..ir.heads import Delta
from ..ir.index import Extent, Index
from ..ir.program import Kind
from ..ir.variable import Entry
from ..notation.condition import Condition, where
from ..notation.record import as_tensor, record
from ..notation.tensor import Tensor

_UNKNOWN = "?"
_count = itertools.count()


@dataclass(frozen=True)
class Value:
    """``entry``: one element; ``axes``: the indices in it that are axes, in order; the others are letters.

    ``row``: a vector that lies, as xᵀ.
    """

    entry: Expr
    axes: tuple[Index, ...] = ()
    parents: tuple[Tensor, ...] = ()
    row: bool = False

    @property
    def number(self) -> Expr | None:
        """The exact number that it is, else None (a size is no number yet)."""
        return self.entry if not self.axes and self.entry.is_number else None

    @property
    def shape(self) -> tuple[Expr, ...]:
        """The extents of the axes."""
        return tuple(index.extent for index in self.axes)

    def put(self, mapping: dict[Any, Any]) -> Value:
        """With indices replaced, in the entry and among the axes."""
        if not mapping:
            return self
        axes = tuple(mapping.get(i, i) for i in self.axes)
        return replace(self, entry=self.entry.xreplace(mapping), axes=axes)

    def fresh(self) -> Value:
        """The same over new axes."""
        return self.put({i: i.fresh() for i in self.axes})


@dataclass(frozen=True)
class Truth:
    """A condition: values, and how comparisons are made of their entries."""

    values: tuple[Value, ...]
    build: Callable[..., Boolean]

    def joined(self, other: Truth, how: Any) -> Truth:
        """Both under And or Or."""
        count = len(self.values)
        return Truth(
            (*self.values, *other.values), lambda *a: how(self.build(*a[:count]), other.build(*a[count:]))
        )


def number(value: Any) -> Value:
    """A number, or a size."""
    return Value(value)


def unknown_size(name: str) -> Extent:
    """The extent of what fits anything: a vector of ones, an identity matrix."""
    return Extent(f"{_UNKNOWN}{name}{next(_count)}")


def is_unknown(extent: Expr) -> bool:
    """Whether an extent fits anything."""
    return isinstance(extent, Extent) and extent.name.startswith(_UNKNOWN)


def ones() -> Value:
    """The vector of ones of any size."""
    return Value(S.One, (Index("u", unknown_size("ones")),))


def identity() -> Value:
    """The identity matrix of any size."""
    size = unknown_size("eye")
    row, column = Index("r", size), Index("c", size)
    return Value(Delta(row, column), (row, column))


def sized(value: Value, axis: int, extent: Expr) -> Value:
    """With an axis that fits anything given its size (and all that share it)."""
    old = value.axes[axis].extent
    if old == extent or not is_unknown(old):
        return value
    return value.put({i: Index(i.name, extent) for i in value.axes if i.extent == old})


def fitted(value: Value, shape: Sequence[Expr]) -> Value:
    """With axes that fit anything given the sizes of a shape of as many axes."""
    if len(shape) == len(value.axes):
        for k, extent in enumerate(shape):
            value = sized(value, k, extent)
    return value


# -- recording -----------------------------------------------------------------------


def settled(body: Expr, axes: Sequence[Index], parents: Iterable[Tensor], row: bool = False) -> Value:
    """A body as an equation of its own, unless it is a number, a size, or runs over two samples at once."""
    parents = tuple({p.variable: p for p in parents}.values())
    row = row and len(axes) == 1
    if isinstance(body, Entry) or not body.has(Entry):
        return Value(body, tuple(axes), parents if isinstance(body, Entry) else (), row)
    indices = ordered(body, axes)
    if sum(i.is_sample for i in indices) > 1 or any(is_unknown(i.extent) for i in indices):
        return Value(body, tuple(axes), parents, row)
    made = record(indices, body, parents)
    return Value(_entry(made, indices), tuple(axes), (made,), row)


def _entry(tensor: Tensor, indices: Sequence[Index]) -> Expr:
    known = tensor.number()
    return known if known is not None else tensor.variable[tuple(indices)]


def ordered(body: Basic, axes: Sequence[Index] = ()) -> list[Index]:
    """The indices of a body: samples, letters as they were made, axes."""
    found = body.atoms(Index)
    letters = sorted(found - set(axes), key=lambda i: (not i.is_sample, i.dummy_index))
    return sorted([*letters, *(i for i in axes if i in found)], key=lambda i: not i.is_sample)


def pointwise(function: Callable[..., Expr], *values: Value) -> Value:
    """``function`` of entries, axes broadcast as numpy does.  Raises ShapeError."""
    axes, fitted = broadcast(values)
    vectors = [v for v in values if len(v.axes) == 1]
    row = bool(vectors) and all(v.row for v in vectors)
    return settled(function(*(v.entry for v in fitted)), axes, [p for v in fitted for p in v.parents], row)


def broadcast(values: Sequence[Value]) -> tuple[tuple[Index, ...], list[Value]]:
    """The common axes, and the values over them."""
    width = max((len(v.axes) for v in values), default=0)
    fitted = [v.fresh() for v in values]
    axes: list[Index] = []
    for back in range(1, width + 1):
        for k in range(len(fitted)):
            for other in fitted:
                if (
                    len(fitted[k].axes) >= back
                    and len(other.axes) >= back
                    and not is_unknown(other.axes[-back].extent)
                ):
                    fitted[k] = sized(fitted[k], len(fitted[k].axes) - back, other.axes[-back].extent)
        here = [v.axes[-back] for v in fitted if len(v.axes) >= back]
        chosen = next((i for i in here if i.extent != 1), here[0])
        for k, value in enumerate(fitted):
            if len(value.axes) < back:
                continue
            value = sized(value, len(value.axes) - back, chosen.extent)
            index = value.axes[-back]
            if index.extent == chosen.extent:
                fitted[k] = value.put({index: chosen})
            elif index.extent == 1:
                fitted[k] = replace(value, entry=value.entry.xreplace({index: S.Zero}))
            else:
                raise ShapeError(
                    f"shapes {_shapes(values)} do not fit: {chosen.extent} against {index.extent}"
                )
        axes.insert(0, chosen)
    return tuple(axes), fitted


def _shapes(values: Iterable[Value]) -> str:
    return " and ".join(f"({', '.join(map(str, v.shape))})" for v in values if v.axes)


def reduced(kind: Kind, value: Value, over: Sequence[Index]) -> Value:
    """A sum, product, maximum … over indices of a value, axes or letters.  Raises ShapeError."""
    if any(is_unknown(i.extent) for i in (*over, *value.axes)):
        raise ShapeError("how large the identity matrix or the vector of ones is cannot be told here")
    axes = tuple(i for i in value.axes if i not in over)
    inside = [i for i in over if value.entry.has(i)]
    count = Mul(*(i.extent for i in over if i not in inside))
    body = value.entry
    if count != 1:
        body = {"sum": body * count, "prod": body**count}.get(kind, body)
    if not inside:
        return settled(body, axes, value.parents, value.row)
    indices = [i for i in ordered(body, value.axes) if i not in over]
    if sum(i.is_sample for i in indices) > 1:
        raise ShapeError("three samples at once are not read")
    made = record(indices, body, value.parents, inside, kind)
    return Value(_entry(made, indices), axes, (made,), value.row and len(axes) == 1)


# -- matrices ---------------------------------------------------------------------------


def transposed(value: Value) -> Value:
    """Axes reversed; a vector lies down, or stands up."""
    if len(value.axes) == 1:
        return replace(value, row=not value.row)
    return replace(value, axes=value.axes[::-1])


def contracted(a: Value, b: Value) -> Value:
    """The last axis of ``a`` against the first of ``b`` (the last but one where it has more than two)."""
    if not a.axes or not b.axes:
        raise ShapeError("this product takes two vectors or matrices, and one of them is a number")
    a, b = a.fresh(), b.fresh()
    place = 0 if len(b.axes) < 3 else len(b.axes) - 2
    a, b = sized(a, len(a.axes) - 1, b.axes[place].extent), sized(b, place, a.axes[-1].extent)
    one, two = a.axes[-1], b.axes[place]
    if one.extent != two.extent:
        raise ShapeError(
            f"shapes {_shapes([a, b])} do not fit in a product: {one.extent} columns meet {two.extent} rows"
        )
    b = b.put({two: one})
    axes = (*a.axes[:-1], *(i for k, i in enumerate(b.axes) if k != place))
    row = len(axes) == 1 and len(a.axes) == 1
    body = a.entry * b.entry
    known = reduced("sum", Value(body, (*axes, one), (*a.parents, *b.parents)), [one])
    return replace(known, axes=axes, row=row)


def outer(a: Value, b: Value) -> Value:
    """The matrix of all products of two vectors."""
    b = b.fresh()
    return settled(a.entry * b.entry, (*a.axes, *b.axes), (*a.parents, *b.parents))


# -- to tensors and back ------------------------------------------------------------------


def over(value: Value, indices: Sequence[Index]) -> Tensor:
    """The tensor over ``indices``, which hold all that the entry has; a scalar where it has none."""
    if not value.entry.atoms(Index):
        return record((), value.entry, value.parents)
    return record(tuple(indices), value.entry, value.parents)


def through(function: Callable[..., Tensor], *values: Value) -> Value:
    """A function of tensors applied to values without letters other than one sample's."""
    free = {i for v in values for i in v.entry.atoms(Index) - set(v.axes)}
    if (
        len(free) > 1
        or not all(i.is_sample for i in free)
        or any(i.is_sample for v in values for i in v.axes)
    ):
        raise ShapeError("this function takes vectors or matrices without index letters")
    lead = tuple(free)
    tensors = [record((*(i for i in lead if v.entry.has(i)), *v.axes), v.entry, v.parents) for v in values]
    made = as_tensor(function(*tensors))
    own = tuple(Index("j", e) for e in (made.variable.shape[1:] if made.per_sample else made.variable.shape))
    return Value(_entry(made, (*(lead if made.per_sample else ()), *own)), own, (made,))


def chosen(truth: Truth, yes: Value, no: Value) -> Value:
    """``yes`` where the condition holds, else ``no``."""
    axes, fitted = broadcast([yes, no, *truth.values])
    indices = ordered(Tuple(*(v.entry for v in fitted)), axes)
    missing = [i for i in axes if i not in indices]
    tensors = [over(v, (*indices, *missing)) for v in fitted]
    condition = Condition(tuple(tensors[2:]), truth.build, "the condition")
    made = where(condition, tensors[0], tensors[1])
    places = (*indices, *missing) if made.variable.shape else ()
    return Value(_entry(made, places), axes, (made,))
