"""Branches: a condition is a generator that is 0 or 1, and a branch a product with it.

``where(c, a, b)`` is c·a + (1 − c)·b, |p| is (2[p > 0] − 1)·p.  A function of a
formula with cases is the function case by case.  Ties of real quantities happen
nowhere but on a set without volume and are left out of account, as the
derivatives are; ties of whole numbers count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    generators_of,
    merged,
    without,
)
from .clock import OutOfReach
from .factors import content, orientation
from .powers import power
from .signs import is_positive, known_sign, signed_factors

CASES = 6
"""The largest number of conditions that one function is split over."""

SMOOTH = ("entry", "read", "exp", "size", "pi", "prime", "base")
"""Heads that are zero only on a set without volume."""


def by_cases(
    algebra: Algebra, polys: Sequence[Poly], function: Callable[[list[Poly]], Poly], depth: int = 0
) -> Poly:
    """``function`` of polynomials, worked out separately under each condition that stands in them."""
    conditions = [g for g in sorted(generators_of(polys)) if algebra.kind(g).name == "case"]
    if not conditions:
        return function(list(polys))
    if depth == CASES:
        raise OutOfReach(f"a function of more than {CASES} cases")
    chosen = conditions[0]
    yes = by_cases(algebra, [assumed(algebra, p, chosen, True) for p in polys], function, depth + 1)
    no = by_cases(algebra, [assumed(algebra, p, chosen, False) for p in polys], function, depth + 1)
    return choose(algebra, algebra.single(chosen), yes, no)


def choose(algebra: Algebra, condition: Poly, yes: Poly, no: Poly) -> Poly:
    """``yes`` where the condition is 1, ``no`` where it is 0."""
    return algebra.add(no, algebra.multiply(condition, algebra.subtract(yes, no)))


def assumed(algebra: Algebra, poly: Poly, condition: int, holds: bool) -> Poly:
    """A polynomial with a condition taken as true or false, and what follows for others like it."""
    out: Poly = {}
    for mono, c in poly.items():
        kept: list[tuple[int, Exponent]] = []
        for g, e in mono:
            value = _implied(algebra, condition, holds, g)
            if value is None:
                kept.append((g, e))
            elif not value:
                break
        else:
            algebra.add_to(out, {tuple(kept): c})
    return out


def _implied(algebra: Algebra, condition: int, holds: bool, other: int) -> bool | None:
    if other == condition:
        return holds
    gap = _gap(algebra, condition, other)
    if gap is None:
        return None
    # P > 0 with a larger constant follows from P > 0 with a smaller one.
    if holds and gap > 0:
        return True
    return False if not holds and gap < 0 else None


def _gap(algebra: Algebra, one: int, two: int) -> Any:
    """The second threshold's constant less the first's, for conditions on the same quantity; else None."""
    if algebra.kind(two).name != "case" or set(algebra.indices(one)) != set(algebra.indices(two)):
        return None
    key = ("gap", one, two)
    if key not in algebra.memo:
        (first,), _ = algebra.opened(one)
        (second,), _ = algebra.opened(two)
        difference = algebra.subtract(second, first)
        algebra.memo[key] = difference[()] if difference.keys() == {()} else None
    return algebra.memo[key]


def _case_rule(algebra: Algebra, mono: Mono, generator: int, exponent: Exponent) -> Poly | None:
    """A condition squared is itself; of two thresholds for one quantity the stricter stands."""
    rest = without(mono, generator)
    if exponent != 1:
        if exponent < 0:
            raise OutOfReach("a division by a condition")
        return algebra.reduced(merged(rest, ((generator, 1),)))
    for other, _ in rest:
        gap = _gap(algebra, generator, other)
        if gap is not None:
            return algebra.reduced(without(mono, other) if gap > 0 else rest)
    return None


# -- conditions -----------------------------------------------------------------------


def above_zero(algebra: Algebra, poly: Poly, strict: bool = True) -> Poly:
    """1 where a polynomial is above zero, else 0; ``strict`` matters for whole numbers alone."""
    return by_cases(algebra, [poly], lambda parts: _above_zero(algebra, parts[0], strict))


def _above_zero(algebra: Algebra, poly: Poly, strict: bool) -> Poly:
    if not poly or poly.keys() == {()}:
        value = poly.get((), 0)
        return algebra.constant(int(value > 0 or (value == 0 and not strict)))
    if is_discrete(algebra, poly):
        return _whole_above_zero(algebra, poly if strict else algebra.scale(poly, -1), strict)
    sign, rest = _unknown_factors(algebra, poly)
    if len(rest) > 1 and all(is_thin(algebra, part) for part in rest):
        # A product is positive where an even number of its factors is negative.
        out = algebra.constant(int(sign > 0))
        for part in rest:
            below = above_zero(algebra, algebra.scale(part, -1))
            out = algebra.add(out, below, algebra.scale(algebra.multiply(out, below), -2))
        return out
    poly = algebra.scale(algebra.multiply(*rest), sign)
    if poly.keys() == {()}:
        return algebra.constant(int(poly[()] > 0))
    if known_sign(algebra, poly):
        return algebra.constant(1)
    if known_sign(algebra, algebra.scale(poly, -1)):
        return {}
    facing = orientation(algebra, poly)
    if not is_thin(algebra, poly):
        # Where the quantity may vanish on a volume, > and < are two conditions.
        case = algebra.one(
            algebra.close(("case",), [_scaled(algebra, poly if strict else algebra.scale(poly, -1))])
        )
        return case if strict else algebra.subtract(algebra.constant(1), case)
    case = algebra.one(algebra.close(("case",), [_scaled(algebra, algebra.scale(poly, facing))]))
    return case if facing > 0 else algebra.subtract(algebra.constant(1), case)


def _whole_above_zero(algebra: Algebra, poly: Poly, strict: bool) -> Poly:
    """The same for whole numbers, where −P > 0 is the opposite of P + 1 > 0."""
    poly = algebra.scale(poly, 1 / content(poly))
    if orientation(algebra, poly) < 0:
        poly = algebra.subtract(algebra.constant(1), poly)
        strict = not strict
    case = algebra.one(algebra.close(("case",), [poly]))
    return case if strict else algebra.subtract(algebra.constant(1), case)


def _unknown_factors(algebra: Algebra, poly: Poly) -> tuple[int, list[Poly]]:
    """The sign of the factors that are known, and the others that the sign depends on."""
    number, parts = signed_factors(algebra, poly)
    rest = []
    for part, e in parts:
        odd = e % 2
        if known_sign(algebra, part) or Fraction(e).denominator != 1 or (not odd and is_thin(algebra, part)):
            continue
        rest.append(part if odd else algebra.whole_power(part, 2))
    return (1 if number > 0 else -1), rest


def _scaled(algebra: Algebra, poly: Poly) -> Poly:
    """Scaled so that the part that varies has coprime whole coefficients."""
    varying = {mono: c for mono, c in poly.items() if mono}
    return algebra.scale(poly, 1 / content(varying))


def equal_zero(algebra: Algebra, poly: Poly) -> Poly:
    """1 where a polynomial is zero, else 0."""
    return by_cases(algebra, [poly], lambda parts: _equal_zero(algebra, parts[0]))


def _equal_zero(algebra: Algebra, poly: Poly) -> Poly:
    if not poly or poly.keys() == {()}:
        return algebra.constant(int(not poly))
    if is_discrete(algebra, poly):
        above, below = above_zero(algebra, poly), above_zero(algebra, algebra.scale(poly, -1))
        return algebra.subtract(algebra.constant(1), algebra.add(above, below))
    if is_thin(algebra, poly):
        return {}
    return algebra.one(
        algebra.close(("zero",), [_scaled(algebra, algebra.scale(poly, orientation(algebra, poly)))])
    )


def is_discrete(algebra: Algebra, poly: Poly) -> bool:
    """Whether a polynomial takes whole values (times a number) only."""
    return all(
        algebra.kind(g).name in ("index", "size", "delta") or algebra.kind(g).notes.get("discrete")
        for g in generators_of([poly])
    )


def is_thin(algebra: Algebra, poly: Poly) -> bool:
    """Whether a polynomial is known to vanish nowhere but on a set without volume.

    So it is for polynomials in real entries, and where a real variable stands in
    just one term, linearly or under one exponential, beside what is itself zero
    almost nowhere.
    """
    gens = generators_of([poly])
    if all(algebra.kind(g).name in ("entry", "size") for g in gens):
        return all(_smooth(algebra, g) for g in gens) and not _vanishes_together(algebra, poly)
    if len(poly) == 1:
        return all(_smooth(algebra, g) for g in gens)
    where: dict[int, list[Mono]] = {}
    for mono in poly:
        for name in {n for g, _ in mono for n in variables(algebra, g)}:
            where.setdefault(name, []).append(mono)
    for name, monos in where.items():
        if len(monos) == 1:
            holders = [(g, e) for g, e in monos[0] if name in variables(algebra, g)]
            others = [g for g, _ in monos[0] if name not in variables(algebra, g)]
            if (
                len(holders) == 1
                and _linear(algebra, holders[0][0], name)
                and all(_smooth(algebra, g) for g in others)
            ):
                return True
    return False


def _vanishes_together(algebra: Algebra, poly: Poly) -> bool:
    """Whether a polynomial such as x[i] − x[j] is zero where its indices meet."""
    first: dict[Any, int] = {}
    change = {i: first.setdefault(algebra.extents[i], i) for i in sorted(algebra.free(poly))}
    met: Poly = {}
    for mono, c in poly.items():
        renamed = algebra.rename_mono(mono, change)
        algebra.add_to(met, {merged(renamed[:1], renamed[1:]): c})
    return not met


def _smooth(algebra: Algebra, generator: int) -> bool:
    kind = algebra.kind(generator)
    if kind.notes.get("discrete") or kind.notes.get("fixed"):
        return False
    if kind.name == "sum":
        return all(_smooth(algebra, g) for mono, _ in kind.payload[0] for g, _ in mono)
    return kind.name in SMOOTH


def _linear(algebra: Algebra, generator: int, name: int) -> bool:
    """Whether a variable stands linearly in an entry, a sum of products or one exponential of those."""
    kind = algebra.kind(generator)
    if kind.name == "entry":
        return _smooth(algebra, generator)
    if kind.name in ("sum", "exp"):
        ((mono, _),) = kind.payload[0]
        holders = [(g, e) for g, e in mono if name in variables(algebra, g)]
        others = [g for g, _ in mono if name not in variables(algebra, g)]
        return (
            len(holders) == 1 and holders[0][1] == 1 and _linear(algebra, holders[0][0], name)
            and all(_smooth(algebra, g) for g in others)
        )  # fmt: skip
    return False


def variables(algebra: Algebra, generator: int) -> frozenset[int]:
    """The numbers of the variables that a generator reads, at any depth."""
    key = ("variables", algebra.generators[generator][0])
    if key not in algebra.memo:
        kind = algebra.kind(generator)
        own = {kind.head[1]} if kind.name in ("entry", "read") else set()
        inner = (variables(algebra, g) for p in kind.payload for mono, _ in p for g, _ in mono)
        algebra.memo[key] = frozenset(own.union(*inner))
    return algebra.memo[key]


# -- sizes -------------------------------------------------------------------------------


def magnitude(algebra: Algebra, poly: Poly) -> Poly:
    """|p|."""
    if is_positive(algebra, poly):
        return poly
    return by_cases(algebra, [poly], lambda p: algebra.multiply(p[0], sign_of(algebra, p[0])))


def sign_of(algebra: Algebra, poly: Poly) -> Poly:
    """−1 or 1; 0 where a polynomial is zero on a volume."""
    above = above_zero(algebra, poly)
    below = above_zero(algebra, algebra.scale(poly, -1))
    return algebra.subtract(above, below)


def _build_case(algebra: Algebra, head: Head, payload: list[Poly], bounds: list[int]) -> Poly:
    return above_zero(algebra, payload[0])


def _build_power(algebra: Algebra, head: Head, payload: list[Poly], bounds: list[int]) -> Poly:
    exponent: Exponent = head[1]  # type: ignore[assignment]
    return by_cases(algebra, payload, lambda p: power(algebra, p[0], exponent))


RULES["case"] = _case_rule
BUILDERS["case"] = _build_case
BUILDERS["zero"] = lambda algebra, head, payload, bounds: equal_zero(algebra, payload[0])
BUILDERS["power"] = _build_power
BUILDERS["abs"] = lambda algebra, head, payload, bounds: magnitude(algebra, payload[0])
