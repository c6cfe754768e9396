"""Derivatives of matrix functions, as rules in index notation.

Source: M. B. Giles, "Collected matrix derivative results for forward and
reverse mode algorithmic differentiation", 2008.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sympy import Expr, Tuple

from ..errors import DerivationError
from ..ir.index import Index
from ..ir.program import Equation
from ..ir.variable import Variable, free_indices, replace

Define = Callable[..., Variable]


def pass_on(
    define: Define, equation: Equation, lead: Sequence[Index], bar: Expr
) -> Iterator[tuple[Expr, Expr, tuple[Index, ...]]]:
    """(slope, body, bound) for each operand: its adjoint is Σ_bound slope · ∂body.

    ``bar`` is the target's adjoint over ``lead`` and the equation's indices.
    """
    rule = {"inv": _inv, "det": _det, "logdet": _logdet, "solve": _solve}.get(equation.kind)
    if rule is None:
        raise DerivationError(
            "the second derivative of a determinant is taken through its inverse: use logdet, or "
            "exp(logdet), instead of det"
        )
    yield from rule(define, equation, lead, bar)


def _logdet(
    define: Define, equation: Equation, lead: Sequence[Index], bar: Expr
) -> Iterator[tuple[Expr, Expr, tuple[Index, ...]]]:
    # ∂ log|det A| / ∂A = A⁻ᵀ
    row, column = equation.bound
    inverse = _like(define, equation, "inv", (row.fresh(), column.fresh()))
    yield bar * inverse[(*equation.indices, column, row)], equation.body, (*equation.indices, row, column)


def _det(
    define: Define, equation: Equation, lead: Sequence[Index], bar: Expr
) -> Iterator[tuple[Expr, Expr, tuple[Index, ...]]]:
    # ∂ det A / ∂A is the matrix of cofactors, right for singular A too.
    row, column = equation.bound
    cofactor = _like(define, equation, "cofactor", (row.fresh(), column.fresh()))
    yield bar * cofactor[(*equation.indices, row, column)], equation.body, (*equation.indices, row, column)


def _like(define: Define, equation: Equation, kind: str, places: tuple[Index, Index]) -> Variable:
    """The inverse or cofactors of the same matrix."""
    return define((*equation.indices, *places), equation.body, equation.bound, kind)


def _inv(
    define: Define, equation: Equation, lead: Sequence[Index], bar: Expr
) -> Iterator[tuple[Expr, Expr, tuple[Index, ...]]]:
    # With X = A⁻¹: the adjoint of A is −Xᵀ X̄ Xᵀ.
    *batch, one, two = equation.indices
    row, column = equation.bound
    inverse = equation.target
    # half[row, two] = Σ_one X[one, row] X̄[one, two]
    used = _lead_of(bar, lead)
    half = define((*used, *batch, row, two), inverse[(*batch, one, row)] * bar, (one,))
    slope = -half[(*used, *batch, row, two)] * inverse[(*batch, column, two)]
    yield slope, equation.body, (*batch, row, column, two)


def _solve(
    define: Define, equation: Equation, lead: Sequence[Index], bar: Expr
) -> Iterator[tuple[Expr, Expr, tuple[Index, ...]]]:
    # x = A⁻¹ b: b̄ = A⁻ᵀ x̄, and Ā = −b̄ xᵀ.
    matrix, right = equation.body.args
    row, column = equation.bound
    used = free_indices(matrix) | free_indices(right)
    place = next(i for i in equation.indices if i not in used)
    rest = equation.indices[equation.indices.index(place) + 1 :]
    batch = equation.indices[: equation.indices.index(place)]
    spread = tuple(i for i in batch if i in free_indices(matrix) | free_indices(bar))
    first = _lead_of(bar, lead)
    # A transposed: its rows are the columns of A; the right-hand side runs over columns.
    bar_here = replace(bar, {place: column})
    answer = row.fresh()
    # Axes that neither side mentions are left out: the first such index is the answer's own.
    adjoint = define((*first, *spread, answer, *rest), Tuple(matrix, bar_here), (column, row), "solve")
    b_bar = adjoint[(*first, *spread, row, *rest)]
    yield b_bar, right, (*batch, row, *rest)
    yield -b_bar * equation.target[(*batch, column, *rest)], matrix, (*batch, row, column, *rest)


def _lead_of(bar: Expr, lead: Sequence[Index]) -> tuple[Index, ...]:
    used = free_indices(bar)
    return tuple(i for i in lead if i in used)
