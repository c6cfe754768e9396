"""What is known of signs: by the declarations, by the form, and by the domain of the truth."""

from __future__ import annotations

from fractions import Fraction

from .algebra import (
    Algebra,
    Exponent,
    Poly,
    generators_of,
)
from .factors import Factors, factored, normalised


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
    single = sole(part)
    if single is not None:
        if number > 0:
            algebra.positive.add(algebra.generators[single][0])
        return
    kind = algebra.generators[algebra.close(("base",), [part])][0]
    if number > 0:
        algebra.positive.add(kind)
    else:
        algebra.flipped.add(kind)
        algebra.positive.add(algebra.generators[algebra.close(("base",), [algebra.scale(part, -1)])][0])


def _even(algebra: Algebra, part: Poly, exponent: Exponent) -> bool:
    single = sole(part)
    if single is not None:
        return positive_power(algebra, single, exponent)
    return Fraction(exponent).denominator == 1 and exponent % 2 == 0


def sole(poly: Poly) -> int | None:
    """The generator that a polynomial is, if it is just that."""
    if len(poly) == 1:
        ((mono, c),) = poly.items()
        if c == 1 and len(mono) == 1 and mono[0][1] == 1:
            return mono[0][0]
    return None


def known_sign(algebra: Algebra, poly: Poly) -> bool:
    """Whether one factor (a generator or an irreducible sum) is known to be positive."""
    single = sole(poly)
    if single is not None:
        return positive_power(algebra, single, 1)
    if is_positive(algebra, poly):
        return True
    return algebra.generators[algebra.close(("base",), [poly])][0] in algebra.positive
