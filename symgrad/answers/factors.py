"""A polynomial as a product of powers of irreducible ones, each with a sign and scale of its own."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from .algebra import (
    Algebra,
    Exponent,
    Mono,
    Poly,
    flint,
    generators_of,
    tidy,
)
from .clock import OutOfReach

MEMBERS = 300
"""Polynomials with more terms are not factored."""

Factors = tuple[Any, list[tuple[Poly, Exponent]]]


def factored(algebra: Algebra, poly: Poly) -> Factors:
    """A rational number and factors with exponents: single generators, and irreducible sums.

    Raises OutOfReach for zero.
    """
    key = ("factored", tuple(sorted(poly.items())))
    if key not in algebra.memo:
        algebra.memo[key] = _factored(algebra, poly)
    return algebra.memo[key]


def _factored(algebra: Algebra, poly: Poly) -> Factors:
    if not poly:
        raise OutOfReach("a division by zero, or the logarithm of zero")
    taken: dict[int, Exponent] = {}
    while True:
        content = _content(algebra, poly)
        if not content:
            break
        for g, e in content:
            taken[g] = taken.get(g, 0) + e
        poly = algebra.multiply(poly, {tuple((g, -e) for g, e in content): flint.fmpq(1)})
    parts = [(_spelled(algebra, g), e) for g, e in taken.items() if e != 0]
    if len(poly) == 1 and () in poly:
        return poly[()], parts
    number = flint.fmpq(1)
    for piece, power in _irreducible(algebra, poly):
        if piece.keys() == {()}:
            number *= piece[()]
            continue
        unit, piece = normalised(algebra, piece)
        number *= unit ** int(power)
        parts.append((piece, power))
    return number, parts


def _spelled(algebra: Algebra, generator: int) -> Poly:
    """A base as its polynomial, any other generator as itself."""
    if algebra.kind(generator).name == "base":
        return algebra.opened(generator)[0][0]
    return algebra.single(generator)


def _content(algebra: Algebra, poly: Poly) -> Mono:
    """The monomial that divides every term, negative powers included."""
    least: dict[int, Exponent] = {}
    monos = [dict(m) for m in poly]
    for g in generators_of([poly]):
        low = min(m.get(g, 0) for m in monos)
        if low != 0:
            least[g] = low
    return tuple(sorted(least.items()))


def _irreducible(algebra: Algebra, poly: Poly) -> list[tuple[Poly, int]]:
    """Factors over the rationals, the generators taken for independent variables."""
    if _plainly_irreducible(poly) or len(poly) > MEMBERS:
        return [(poly, 1)]
    gens = sorted(generators_of([poly]))
    steps = {g: math.lcm(*(Fraction(e).denominator for m in poly for h, e in m if h == g)) for g in gens}
    terms = {}
    for mono, c in poly.items():
        powers = dict(mono)
        terms[tuple(int(powers.get(g, 0) * steps[g]) for g in gens)] = c
    if max(max(k) for k in terms) > 60:
        return [(poly, 1)]
    context = flint.fmpq_mpoly_ctx.get([f"x{k}" for k in range(len(gens))], flint.Ordering.lex)
    unit, pieces = context.from_dict(terms).factor()
    out: list[tuple[Poly, int]] = []
    for piece, power in pieces:
        back: Poly = {}
        for exponents, c in piece.to_dict().items():
            mono = tuple(
                (g, tidy(Fraction(int(e), steps[g]))) for g, e in zip(gens, exponents, strict=True) if e
            )
            back[mono] = c
        out.append((back, int(power)))
    return [(algebra.constant(unit), 1), *out]


def _plainly_irreducible(poly: Poly) -> bool:
    """A sum without common factor that is linear in a generator standing in one term."""
    places: dict[int, list[Exponent]] = {}
    for mono in poly:
        for g, e in mono:
            places.setdefault(g, []).append(e)
    return any(es == [1] for es in places.values())


def normalised(algebra: Algebra, poly: Poly) -> tuple[Any, Poly]:
    """A rational unit and the polynomial with coprime whole coefficients and a sign of its own."""
    unit = content(poly) * orientation(algebra, poly)
    poly = algebra.scale(poly, 1 / unit)
    if algebra.generators[algebra.close(("base",), [poly])][0] in algebra.flipped:
        return -unit, algebra.scale(poly, -1)
    return unit, poly


def content(poly: Poly) -> Any:
    """The positive rational that leaves coprime whole coefficients."""
    top = math.gcd(*(int(c.p) for c in poly.values()))
    bottom = math.lcm(*(int(c.q) for c in poly.values()))
    return flint.fmpq(abs(top), bottom)


def orientation(algebra: Algebra, poly: Poly) -> int:
    """1 or −1, opposite for −P, and the same whatever the indices are called."""
    sums: dict[Any, Any] = {}
    for mono, c in poly.items():
        if mono:
            shape = tuple(sorted((algebra.generators[g][0], e) for g, e in mono))
            sums[shape] = sums.get(shape, 0) + c
    for shape in sorted(sums, reverse=True):
        if sums[shape] != 0:
            return 1 if sums[shape] > 0 else -1
    lead = max(poly, key=lambda m: [(algebra.generators[g], e) for g, e in m])
    return 1 if poly[lead] > 0 else -1
