"""Inverses and determinants of matrices of any size, as generators.

The inverse of a transposed matrix is the inverse transposed, and the cofactors
are the determinant times the transposed inverse (Petersen and Pedersen, The
Matrix Cookbook, 2012, section 3.1); both matrices then have one name.
"""

from __future__ import annotations

from .algebra import BUILDERS, Algebra, Head, Poly
from .cases import magnitude
from .clock import OutOfReach
from .elementary import inverse, logarithm
from .factors import content


def matrix_entry(algebra: Algebra, kind: str, matrix: Poly, row: int, column: int, own: list[Poly]) -> Poly:
    """An entry of ``inv`` or ``cofactor``, or the number ``det`` or ``logdet``.

    ``matrix`` is spelled over the live indices ``row`` and ``column``; ``own`` are the entry's places.
    """
    if kind == "cofactor":
        inverse = matrix_entry(algebra, "inv", matrix, row, column, [own[1], own[0]])
        return algebra.multiply(matrix_entry(algebra, "det", matrix, row, column, []), inverse)
    if not matrix:
        raise OutOfReach("the inverse or determinant of a matrix of zeros")
    factor = content(matrix) if kind == "inv" else 1
    if kind == "inv":
        matrix = algebra.scale(matrix, 1 / factor)
    here = algebra.close(("matrix",), [matrix], [row, column], ordered=True)
    there = algebra.close(("matrix",), [matrix], [column, row], ordered=True)
    if kind != "inv":
        bound = [row, column] if _rank(algebra, here) <= _rank(algebra, there) else [column, row]
        return algebra.one(algebra.close((kind,), [matrix], bound, ordered=True))
    places, bound = own, [row, column]
    if _rank(algebra, here) > _rank(algebra, there):
        places, bound = own[::-1], [column, row]
    elif here == there:
        # A symmetric matrix has a symmetric inverse.
        places = sorted(own, key=lambda p: sorted(p.items()))
    return algebra.scale(
        algebra.one(algebra.close(("inv",), [*places, matrix], bound, ordered=True)), 1 / factor
    )


def _rank(algebra: Algebra, generator: int) -> tuple[int, tuple[int, ...]]:
    return algebra.generators[generator]


def written_out(
    algebra: Algebra, kind: str, grid: list[list[Poly]], right: list[Poly], own: list[int], count: int
) -> Poly:
    """A matrix function of a small matrix by cofactors."""
    if kind == "det":
        return _determinant(algebra, grid)
    if kind == "logdet":
        return logarithm(algebra, magnitude(algebra, _determinant(algebra, grid)))

    def cofactor(r: int, c: int) -> Poly:
        rest = [[v for k, v in enumerate(line) if k != c] for j, line in enumerate(grid) if j != r]
        return algebra.scale(_determinant(algebra, rest), (-1) ** (r + c))

    if kind == "cofactor":
        return cofactor(*own)
    over = inverse(algebra, _determinant(algebra, grid))
    if kind == "inv":
        return algebra.multiply(cofactor(own[1], own[0]), over)
    whole = algebra.add(*(algebra.multiply(cofactor(r, own[0]), right[r]) for r in range(count)))
    return algebra.multiply(whole, over)


def _determinant(algebra: Algebra, grid: list[list[Poly]]) -> Poly:
    if not grid:
        return algebra.constant(1)
    out: Poly = {}
    for c, entry in enumerate(grid[0]):
        rest = [[v for k, v in enumerate(line) if k != c] for line in grid[1:]]
        algebra.add_to(out, algebra.multiply(entry, _determinant(algebra, rest)), (-1) ** c)
    return out


def _build(algebra: Algebra, head: Head, payload: list[Poly], bounds: list[int]) -> Poly:
    *own, matrix = payload
    return matrix_entry(algebra, str(head[0]), matrix, bounds[0], bounds[1], own)


for _kind in ("inv", "det", "logdet"):
    BUILDERS[_kind] = _build
