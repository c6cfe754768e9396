"""Quotients and roots.

A denominator 1/P is a power of a generator, the base P.  A whole positive power
of a base is multiplied out; a negative one swallows the leading monomial of P
(e·P⁻¹ with P = 1 + e is 1 − P⁻¹), so that partial fractions meet.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from .algebra import (
    BUILDERS,
    RULES,
    Algebra,
    Exponent,
    Head,
    Mono,
    Poly,
    flint,
    merged,
    tidy,
    without,
)
from .clock import OutOfReach
from .factors import factored
from .signs import known_sign, signed_factors, sole

EXPONENT = 40
"""The largest whole power that is multiplied out."""


def power(algebra: Algebra, poly: Poly, exponent: Exponent) -> Poly:
    """A rational power of a polynomial without cases."""
    exponent = tidy(exponent)
    if isinstance(exponent, int) and exponent >= 0:
        if exponent > EXPONENT and len(poly) > 1:
            raise OutOfReach(f"the power {exponent}")
        return algebra.whole_power(poly, exponent)
    if not poly and exponent > 0:
        return {}
    number, parts = (factored if isinstance(exponent, int) else signed_factors)(algebra, poly)
    out: Poly = algebra.constant(1)
    if isinstance(exponent, int):
        for part, e in parts:
            out = algebra.multiply(out, _raised(algebra, part, e * exponent))
        return algebra.scale(out, number**exponent)
    # A fractional power: what is known to be positive stands apart, the rest stays together.
    rest: Poly = algebra.constant(1)
    for part, e in parts:
        whole = Fraction(e).denominator == 1
        if known_sign(algebra, part) or not whole:
            out = algebra.multiply(out, _raised(algebra, part, e * exponent))
        else:
            # (p³)^½ is |p| p^½: all but the sign of an odd power comes out as a size.
            odd = e % 2
            if e != odd:
                size = BUILDERS["abs"](algebra, ("abs",), [part], [])
                out = algebra.multiply(
                    out, BUILDERS["power"](algebra, ("power", tidy((e - odd) * exponent)), [size], [])
                )
            if odd:
                rest = algebra.multiply(rest, part)
    if number < 0:
        number, rest = -number, algebra.scale(rest, -1)
    out = algebra.multiply(out, root_of_number(algebra, number, exponent))
    if rest.keys() == {()} and rest[()] < 0:
        raise OutOfReach("the root of a negative number")
    if rest != {(): 1}:
        out = algebra.multiply(out, _raised(algebra, rest, exponent))
    return out


def _raised(algebra: Algebra, part: Poly, exponent: Exponent) -> Poly:
    """A power of one generator, or of a base."""
    exponent = tidy(exponent)
    if exponent == 0:
        return algebra.constant(1)
    single = sole(part)
    if single is not None:
        return algebra.one(single, exponent)
    if isinstance(exponent, int) and exponent > 0:
        return algebra.whole_power(part, exponent)
    return algebra.one(algebra.close(("base",), [part]), exponent)


def root_of_number(algebra: Algebra, number: Any, exponent: Exponent) -> Poly:
    """A rational power of a positive rational, over its primes."""
    out: Poly = algebra.constant(1)
    for side, sign in ((int(number.p), 1), (int(number.q), -1)):
        if side.bit_length() > 64:
            raise OutOfReach("the root of a large number")
        for prime, e in flint.fmpz(side).factor():
            out = algebra.multiply(
                out,
                algebra.one(algebra.simple(("prime", int(prime))), tidy(Fraction(exponent) * int(e) * sign)),
            )
    return out


def _prime_rule(algebra: Algebra, mono: Mono, generator: int, exponent: Exponent) -> Poly | None:
    """Whole powers of a prime are numbers."""
    whole = math.floor(exponent)
    if whole == 0:
        return None
    rest = (
        merged(without(mono, generator), ((generator, tidy(exponent - whole)),))
        if exponent != whole
        else without(mono, generator)
    )
    return algebra.scale(algebra.reduced(rest), flint.fmpq(algebra.kind(generator).head[1]) ** whole)


def _base_rule(algebra: Algebra, mono: Mono, generator: int, exponent: Exponent) -> Poly | None:
    if 0 < exponent < 1:
        return None
    rest = without(mono, generator)
    (poly,), _ = algebra.opened(generator)
    if exponent >= 1:
        whole = math.floor(exponent)
        left = {
            merged(rest, ((generator, tidy(exponent - whole)),) if exponent != whole else ()): flint.fmpq(1)
        }
        return algebra.multiply(algebra.whole_power(poly, whole), left)
    lead = max(poly, key=lambda m: sorted(((algebra.generators[g], e) for g, e in m), reverse=True))
    here = dict(rest)
    if not lead or any(here.get(g, 0) < e for g, e in lead):
        return None
    c = poly[lead]
    quotient = merged(rest, tuple((g, -e) for g, e in lead))
    others = {m: -d / c for m, d in poly.items() if m != lead}
    lifted = merged(quotient, ((generator, tidy(exponent + 1)),) if exponent != -1 else ())
    new = algebra.scale(algebra.reduced(lifted), 1 / c)
    low = merged(quotient, ((generator, exponent),))
    return algebra.add(new, algebra.multiply(others, {low: flint.fmpq(1)}))


def _build_base(algebra: Algebra, head: Head, payload: list[Poly], bounds: list[int]) -> Poly:
    # A substitution may have made a base reducible, or a number.
    return payload[0]


RULES["prime"] = _prime_rule
RULES["base"] = _base_rule
BUILDERS["base"] = _build_base
