"""Quotients and roots: a polynomial as a product of powers of irreducible ones.

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
    generators_of,
    merged,
    tidy,
    without,
)
from .clock import OutOfReach

MEMBERS = 300
"""Polynomials with more terms are not factored."""

EXPONENT = 40
"""The largest whole power that is multiplied out."""

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


# -- signs ---------------------------------------------------------------------------


def is_positive(algebra: Algebra, poly: Poly) -> bool:
    """Whether a polynomial is a sum of what is known to be positive (almost everywhere)."""
    return (
        bool(poly)
        and all(c > 0 for c in poly.values())
        and all(all(positive_power(algebra, g, e) for g, e in mono) for mono in poly)
    )


def is_complex(algebra: Algebra, poly: Poly) -> bool:
    """Whether a polynomial is spelled with i, as sines and cosines are: then single factors have no sign."""
    return any(_complex_kind(algebra, algebra.generators[g][0]) for g in generators_of([poly]))


def _complex_kind(algebra: Algebra, kind_id: int) -> bool:
    kind = algebra.kinds[kind_id]
    if "complex" not in kind.notes:
        inner = (algebra.generators[g][0] for p in kind.payload for mono, _ in p for g, _ in mono)
        nested = kind.name in ("exp", "sum", "base") and any(_complex_kind(algebra, k) for k in inner)
        kind.notes["complex"] = kind.name in ("i", "turn") or nested
    return kind.notes["complex"]


def signed_factors(algebra: Algebra, poly: Poly) -> Factors:
    """As `factored`, but only into factors that are real."""
    if not is_complex(algebra, poly):
        return factored(algebra, poly)
    unit, poly = normalised(algebra, poly)
    return unit, [(poly, 1)]


def positive_power(algebra: Algebra, generator: int, exponent: Exponent) -> bool:
    """Whether a power of a generator is known to be positive."""
    kind_id, _ = algebra.generators[generator]
    kind = algebra.kinds[kind_id]
    if kind_id in algebra.positive or kind.name in ("size", "pi", "prime"):
        return True
    if _complex_kind(algebra, kind_id):
        return False
    if kind.name == "exp":
        return True
    if kind.name == "sum":
        return is_positive(algebra, dict(kind.payload[0]))
    if kind.name == "base" and is_positive(algebra, dict(kind.payload[0])):
        return True
    # A fractional power is defined where the base is positive; an even one is a square.
    if Fraction(exponent).denominator != 1:
        return True
    return exponent % 2 == 0 and kind.name in ("entry", "read", "base", "sum", "log")


def assert_positive(algebra: Algebra, poly: Poly) -> None:
    """Take it as given that a polynomial is positive: its one factor of unknown sign then is, too."""
    number, parts = signed_factors(algebra, poly)
    unknown = [(p, e) for p, e in parts if not is_positive(algebra, p) and not _even(algebra, p, e)]
    if len(unknown) != 1:
        return
    part, _ = unknown[0]
    sole = _sole(part)
    if sole is not None:
        if number > 0:
            algebra.positive.add(algebra.generators[sole][0])
        return
    kind = algebra.generators[algebra.close(("base",), [part])][0]
    if number > 0:
        algebra.positive.add(kind)
    else:
        algebra.flipped.add(kind)
        algebra.positive.add(algebra.generators[algebra.close(("base",), [algebra.scale(part, -1)])][0])


def _even(algebra: Algebra, part: Poly, exponent: Exponent) -> bool:
    sole = _sole(part)
    if sole is not None:
        return positive_power(algebra, sole, exponent)
    return Fraction(exponent).denominator == 1 and exponent % 2 == 0


def _sole(poly: Poly) -> int | None:
    """The generator that a polynomial is, if it is just that."""
    if len(poly) == 1:
        ((mono, c),) = poly.items()
        if c == 1 and len(mono) == 1 and mono[0][1] == 1:
            return mono[0][0]
    return None


def known_sign(algebra: Algebra, poly: Poly) -> bool:
    """Whether one factor (a generator or an irreducible sum) is known to be positive."""
    sole = _sole(poly)
    if sole is not None:
        return positive_power(algebra, sole, 1)
    if is_positive(algebra, poly):
        return True
    return algebra.generators[algebra.close(("base",), [poly])][0] in algebra.positive


# -- powers --------------------------------------------------------------------------


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
    sole = _sole(part)
    if sole is not None:
        return algebra.one(sole, exponent)
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
