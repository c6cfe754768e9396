"""Linear algebra over a tensor's own last axes: trace, det, inv, solve, diag, outer, dot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sympy import Mul, Tuple

from ..errors import ShapeError
from ..ir.heads import Delta
from ..ir.index import Index
from ..ir.program import Kind
from .formula import described, label, own_shape
from .record import as_tensor, axes_for, broadcast_shapes, entry_at, record
from .reduce import matmul

if TYPE_CHECKING:
    from .tensor import Tensor


def trace(a: Any) -> Tensor:
    """Σⱼ aⱼⱼ over the last two own axes of a square matrix.

    Raises ShapeError for anything else.

    >>> import symgrad as sg
    >>> str(sg.trace(sg.param("A", (2, 2))).at(A=[[1, 2], [3, 4]]))
    '5'
    """
    matrix, lead, batch, row, _ = _square(a, "trace")
    return record((*lead, *batch), matrix.variable[(*lead, *batch, row, row)], [matrix], (row,))


def det(a: Any) -> Tensor:
    """The determinant over the last two own axes of a square matrix.

    Its gradient is the matrix of cofactors, right for a singular matrix too.
    Raises ShapeError for anything else than square matrices.

    >>> import symgrad as sg
    >>> str(sg.det(sg.param("A", (2, 2))).at(A=[[1, 2], [3, 4]]))
    '-2'
    """
    return _number(a, "det")


def logdet(a: Any) -> Tensor:
    """log |det a| over the last two own axes of a square matrix, without overflow.

    Its gradient is the transposed inverse (Petersen and Pedersen, The Matrix
    Cookbook, 2012, eq. 57).  Raises ShapeError for anything else than square matrices.

    >>> import symgrad as sg
    >>> sg.logdet(sg.param("A", ("d", "d"))).shape
    ()
    """
    return _number(a, "logdet")


def inv(a: Any) -> Tensor:
    """The inverse over the last two own axes; prefer `solve` to ``inv(a) @ b``.

    Raises ShapeError for anything else than square matrices.

    >>> import symgrad as sg
    >>> sg.inv(sg.param("A", (3, 3))).shape
    (3, 3)
    """
    matrix, lead, batch, row, column = _square(a, "inv")
    places = row.fresh(), column.fresh()
    body = matrix.variable[(*lead, *batch, row, column)]
    return record((*lead, *batch, *places), body, [matrix], (row, column), "inv")


def solve(a: Any, b: Any) -> Tensor:
    """The x with ``a @ x = b``; b is a vector, or a matrix of right-hand sides as columns.

    ``a``: (…, d, d); ``b``: (d,) or (…, d, k), leading axes broadcast.  Raises
    ShapeError when they do not fit.

    >>> import symgrad as sg
    >>> A, b = sg.param("A", (3, 3)), sg.data("b", 3)
    >>> sg.solve(A, b).shape
    (3,)
    """
    matrix, _, own_batch, row, column = _square(a, "solve")
    right = as_tensor(b)
    shape = own_shape(right.variable)
    core = 1 if right.ndim == 1 else 2
    if not shape or shape[-core] != row.extent:
        raise ShapeError(
            f"solve: a is {described(matrix)}, so b needs {row.extent} rows, got {described(right)}"
        )
    wide = broadcast_shapes([matrix, right], [tuple(i.extent for i in own_batch), shape[:-core]])
    lead, own = axes_for(matrix.per_sample or right.per_sample, (*wide, *shape[-core:]))
    batch, (answer, *rest) = own[: len(wide)], own[len(wide) :]
    body = Tuple(
        entry_at(matrix, lead, (*batch, row, column)),
        entry_at(right, lead, (*batch, row, *rest)),
    )
    return record((*lead, *batch, answer, *rest), body, [matrix, right], (row, column), "solve")


def diag(a: Any) -> Tensor:
    """The diagonal of a square matrix, or the diagonal matrix of a vector.

    Raises ShapeError for a scalar and for matrices that are not square.

    >>> import symgrad as sg
    >>> sg.diag(sg.param("A", (3, 3))).shape, sg.diag(sg.param("v", 3)).shape
    ((3,), (3, 3))
    """
    tensor = as_tensor(a)
    if not tensor.ndim:
        raise ShapeError(f"diag takes a square matrix or a vector, got the scalar {label(tensor)}")
    if tensor.ndim == 1:
        lead, (row,) = axes_for(tensor.per_sample, own_shape(tensor.variable))
        column = row.fresh()
        return record((*lead, row, column), Delta(row, column) * tensor.variable[(*lead, row)], [tensor])
    matrix, lead, batch, row, _ = _square(tensor, "diag")
    return record((*lead, *batch, row), matrix.variable[(*lead, *batch, row, row)], [matrix])


def outer(a: Any, b: Any) -> Tensor:
    """The matrix aⱼ bₖ of two vectors.

    Raises ShapeError unless both have one own axis.

    >>> import symgrad as sg
    >>> sg.outer(sg.param("a", 3), sg.data("b", 4)).shape
    (3, 4)
    """
    one, two = _vectors(a, b, "outer")
    lead, (row, column) = axes_for(
        one.per_sample or two.per_sample, (*own_shape(one.variable), *own_shape(two.variable))
    )
    body = Mul(entry_at(one, lead, (row,)), entry_at(two, lead, (column,)))
    return record((*lead, row, column), body, [one, two])


def dot(a: Any, b: Any) -> Tensor:
    """Σⱼ aⱼ bⱼ of two vectors.

    Raises ShapeError unless both have one own axis, of one size.

    >>> import symgrad as sg
    >>> str(sg.dot(sg.param("w", 2), [3, 4]).at(w=[1, 2]))
    '11'
    """
    one, two = _vectors(a, b, "dot")
    return matmul(one, two)


def _vectors(a: Any, b: Any, name: str) -> tuple[Tensor, Tensor]:
    one, two = as_tensor(a), as_tensor(b)
    if one.ndim != 1 or two.ndim != 1:
        raise ShapeError(f"{name} takes two vectors, got {described(one)} and {described(two)}")
    return one, two


def _number(a: Any, kind: Kind) -> Tensor:
    matrix, lead, batch, row, column = _square(a, kind)
    return record(
        (*lead, *batch), matrix.variable[(*lead, *batch, row, column)], [matrix], (row, column), kind
    )


Axes = tuple[Index, ...]


def _square(a: Any, name: str) -> tuple[Tensor, Axes, Axes, Index, Index]:
    """A tensor of square matrices with new indices: samples, leading axes, row, column."""
    tensor = as_tensor(a)
    shape = own_shape(tensor.variable)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ShapeError(
            f"{name} needs a square matrix, got {described(tensor)}; sizes must be equal by number or by name"
        )
    lead, (*batch, row, column) = axes_for(tensor.per_sample, shape)
    return tensor, lead, tuple(batch), row, column
