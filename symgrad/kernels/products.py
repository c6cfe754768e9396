"""Sums that are matrix products: found, and their operands laid out as plain matrices."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr, Mul

from ..ir.index import Index
from ..ir.program import Equation
from ..ir.variable import Entry, free_indices
from .rewrite import temporary
from .views import as_matmul, view

WORTH = 256
"""Multiplications a sample from which a matrix product is worth arrays over a batch."""


def lay_out(equations: Iterable[Equation]) -> list[Equation]:
    """Equations in which ``Σ_k f(i, k) g(k, j)`` multiplies arrays, formulas f and g computed first."""
    return [part for equation in equations for part in _laid_out(equation)]


def _laid_out(equation: Equation) -> list[Equation]:
    parts = _operands(equation)
    if parts is None:
        return [equation]
    made: list[Equation] = []
    body: Expr = Mul()
    (inner,) = equation.bound
    for own, operand in zip(equation.indices, parts, strict=True):
        if not _plain(operand, own, inner):
            grid = (inner, own) if inner.is_sample else (own, inner)
            name = temporary(equation.target, "left" if own == equation.indices[0] else "right", grid)
            made.append(Equation(name, grid, operand))
            operand = name[grid]
        body = body * operand
    return [*made, Equation(equation.target, equation.indices, body, equation.bound)]


def _operands(equation: Equation) -> tuple[Expr, Expr] | None:
    """The factors that hold the first and the second index of a two-index sum over one more."""
    if (
        equation.kind != "sum"
        or len(equation.bound) != 1
        or len(equation.indices) != 2
        or equation.target.dtype != "real"
    ):
        return None
    row, column = equation.indices
    left: list[Expr] = []
    right: list[Expr] = []
    for factor in Mul.make_args(equation.body):
        used = free_indices(factor)
        if row in used and column in used:
            return None
        (left if row in used else right).append(factor)
    one, two = Mul(*left), Mul(*right)
    inner = equation.bound[0]
    if not all(inner in free_indices(p) and own in free_indices(p) for p, own in ((one, row), (two, column))):
        return None
    if one == two:  # a square would merge into a power
        return None
    return one, two


def _plain(operand: Expr, own: Index, inner: Index) -> bool:
    """Whether an operand is a matrix as it stands, samples first where there are any."""
    return (
        isinstance(operand, Entry)
        and operand.variable.dtype == "real"
        and operand.indices in ((own, inner), (inner, own))
    )


def heavy(equations: Iterable[Equation]) -> list[str]:
    """The targets of matrix products over samples that are large enough to be done a batch at a time."""
    found = []
    for equation in lay_out(equations):
        if as_matmul(view(equation), 0) is None:
            continue
        indices = (*equation.indices, *equation.bound)
        size = Mul(*(i.extent for i in indices if not i.is_sample))
        if any(i.is_sample for i in indices) and (not size.is_Integer or size >= WORTH):
            found.append(equation.target.name)
    return found


def operations(equations: Iterable[Equation]) -> int:
    """About how many operations the equations take for one sample (unknown sizes counted as 32)."""
    total = 0
    for equation in equations:
        size = 1
        for index in (*equation.indices, *equation.bound):
            if not index.is_sample:
                size *= int(index.extent) if index.extent.is_Integer else 32
        total += size * (1 + int(equation.body.count_ops()))
    return max(total, 1)
