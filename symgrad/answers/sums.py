"""Sums over indices: flattened, contracted, split into what is connected.

A product of sums is one sum over all their indices; deltas and one-hot data use
indices up; what stays connected by its indices is one generator, whose name
does not depend on theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import Expr

from .algebra import BUILDERS, RULES, Algebra, Exponent, Head, Mono, Poly, flint, merged, without
from .clock import OutOfReach

BOUND = 9
"""The largest number of indices in one sum."""


def total(algebra: Algebra, poly: Poly, over: Iterable[int]) -> Poly:
    """The sum of a polynomial over live indices."""
    over = tuple(over)
    if not over:
        return poly
    out: Poly = {}
    for mono, c in poly.items():
        algebra.clock.check()
        algebra.add_to(out, _total(algebra, mono, set(over)), c)
    return out


def _total(algebra: Algebra, mono: Mono, bound: set[int]) -> Poly:
    if len(bound) > BOUND:
        raise OutOfReach(f"a sum over more than {BOUND} indices")
    outside, inside = _split(algebra, mono, bound)
    flat = _flattened(algebra, inside, bound)
    if flat is not None:
        poly, more = flat
        return algebra.multiply({outside: flint.fmpq(1)}, total(algebra, poly, bound | more))
    for step in (_use_delta, _use_one_hot, _use_inverse, _pinned):
        new = step(algebra, inside, bound)
        if new is not None:
            return algebra.multiply({outside: flint.fmpq(1)}, new)
    used = algebra.free({inside: 1})
    out: Poly = algebra.reduced(outside)
    for index in sorted(bound - used):
        out = algebra.multiply(out, size(algebra, algebra.extents[index]))
    for part, own in _connected(algebra, inside, bound & used):
        out = algebra.multiply(out, algebra.one(algebra.close(("sum",), [{part: flint.fmpq(1)}], own)))
    return out


def size(algebra: Algebra, extent: Expr) -> Poly:
    """An extent as a polynomial in named sizes."""
    if extent.is_Integer:
        return algebra.constant(int(extent))
    if extent.is_Symbol:
        return algebra.one(algebra.simple(("size", str(extent))))
    if extent.is_Add:
        return algebra.add(*(size(algebra, a) for a in extent.args))  # type: ignore[arg-type]
    if extent.is_Mul:
        return algebra.multiply(*(size(algebra, a) for a in extent.args))  # type: ignore[arg-type]
    raise OutOfReach(f"the size {extent}")


def _split(algebra: Algebra, mono: Mono, bound: set[int]) -> tuple[Mono, Mono]:
    """What does not mention the bound indices, and what does."""
    outside, inside = [], []
    for g, e in mono:
        (inside if bound.intersection(algebra.indices(g)) else outside).append((g, e))
    return tuple(outside), tuple(inside)


def _flattened(algebra: Algebra, inside: Mono, bound: set[int]) -> tuple[Poly, set[int]] | None:
    """Sums inside a sum opened up: the product of all summands, and the indices that came."""
    poly: Poly = {(): flint.fmpq(1)}
    more: set[int] = set()
    for g, e in inside:
        if algebra.kind(g).name == "sum" and isinstance(e, int) and e > 0:
            for _ in range(e):
                (summand,), own = algebra.opened(g)
                more.update(own)
                poly = algebra.multiply(poly, summand)
    if not more:
        return None
    rest = tuple(
        (g, e) for g, e in inside if not (algebra.kind(g).name == "sum" and isinstance(e, int) and e > 0)
    )
    return algebra.multiply(poly, {rest: flint.fmpq(1)}), more


def _use_delta(algebra: Algebra, inside: Mono, bound: set[int]) -> Poly | None:
    """Σₖ δ(k, place) f(k) is f(place)."""
    for g, _ in inside:
        if algebra.kind(g).name != "delta":
            continue
        (one, two), _ = algebra.opened(g)
        for here, there in ((one, two), (two, one)):
            index = algebra.plain_index(here)
            if (
                index in bound
                and index not in algebra.free(there)
                and _fits(algebra, there, algebra.extents[index])
            ):
                rest = algebra.substitute({without(inside, g): flint.fmpq(1)}, {index: there})
                return total(algebra, rest, bound - {index})
    return None


def _fits(algebra: Algebra, place: Poly, extent: Expr) -> bool:
    """Whether a place lies inside an axis: an index of the same size, a number, or a label."""
    index = algebra.plain_index(place)
    if index is not None:
        return algebra.extents[index] == extent
    if not place or (() in place and len(place) == 1):
        value = place.get((), flint.fmpq(0))
        return value == 0 or bool(extent.is_Integer and value.q == 1 and 0 <= value < int(extent))
    if len(place) == 1:
        ((mono, c),) = place.items()
        return (
            c == 1
            and len(mono) == 1
            and mono[0][1] == 1
            and algebra.kind(mono[0][0]).name in ("entry", "read")
        )
    return False


def _use_one_hot(algebra: Algebra, inside: Mono, bound: set[int]) -> Poly | None:
    """The entries of a one-hot datum sum to one."""
    for g, _ in inside:
        if not is_one_hot(algebra, g):
            continue
        index = algebra.indices(g)[-1]
        rest = without(inside, g)
        if index in bound and algebra.indices(g).count(index) == 1 and index not in algebra.free({rest: 1}):
            return total(algebra, {rest: flint.fmpq(1)}, bound - {index})
    return None


def _use_inverse(algebra: Algebra, inside: Mono, bound: set[int]) -> Poly | None:
    """Σₖ A⁻¹[j, k] A[k, l] is δ(j, l), and the same from the left, where A is one entry."""
    for g, e in inside:
        if algebra.kind(g).name != "inv" or e != 1:
            continue
        (row, column, matrix), own = algebra.opened(g)
        if len(matrix) != 1:
            continue
        ((pattern, scale),) = matrix.items()
        if len(pattern) != 1 or pattern[0][1] != 1:
            continue
        for place, other, left in ((column, row, False), (row, column, True)):
            index = algebra.plain_index(place)
            if index not in bound or index in algebra.free(other):
                continue
            users = [f for f, _ in inside if f != g and index in algebra.indices(f)]
            if len(users) != 1 or dict(inside)[users[0]] != 1:
                continue
            far = _matches(algebra, users[0], pattern[0][0], own, index, left)
            if far is not None:
                rest = without(without(inside, g), users[0])
                delta = make_delta(algebra, other, algebra.index(far))
                return total(
                    algebra,
                    algebra.scale(algebra.multiply({rest: flint.fmpq(1)}, delta), 1 / scale),
                    bound - {index},
                )
    return None


def _matches(algebra: Algebra, user: int, pattern: int, own: list[int], index: int, left: bool) -> int | None:
    """The other index of A[index, ·] (or A[·, index]) if that is what ``user`` is."""
    near, far = (own[1], own[0]) if left else (own[0], own[1])
    if algebra.generators[user][0] != algebra.generators[pattern][0]:
        return None
    found = None
    for here, wanted in zip(algebra.indices(user), algebra.indices(pattern), strict=True):
        if wanted == far and found in (None, here):
            found = here
        elif here != (index if wanted == near else wanted):
            return None
    return found


def _pinned(algebra: Algebra, inside: Mono, bound: set[int]) -> Poly | None:
    """Sums worked out with a denominator's indices held, in case they meet it: Σₖ eₖ/Σⱼ eⱼ is 1."""
    powers = [(g, e) for g, e in inside if e < 0 or algebra.kind(g).name == "base"]
    held: list[set[int]] = []
    for g, _ in powers:
        pins = bound.intersection(algebra.indices(g))
        if pins not in held:
            held.append(pins)
    for pins in held:
        inner = bound - pins
        if not inner:
            continue
        fixed = {(g, e) for g, e in powers if not inner.intersection(algebra.indices(g))}
        if not fixed:
            continue
        new = _total(algebra, inside, inner)
        same = len(new) == 1 and all(fixed <= set(mono) for mono in new)
        if not same:
            return total(algebra, new, pins)
    return None


def _connected(algebra: Algebra, inside: Mono, bound: set[int]) -> list[tuple[Mono, list[int]]]:
    """The factors in groups that share no bound index."""
    groups: list[tuple[list[Any], set[int]]] = []
    for factor in inside:
        own = bound.intersection(algebra.indices(factor[0]))
        near = [g for g in groups if g[1] & own]
        groups = [g for g in groups if not g[1] & own]
        groups.append(([factor, *(f for g in near for f in g[0])], own.union(*(g[1] for g in near))))
    return [(tuple(sorted(factors)), sorted(own)) for factors, own in groups]


# -- deltas -----------------------------------------------------------------------------


def make_delta(algebra: Algebra, left: Poly, right: Poly) -> Poly:
    """1 where two places are the same, else 0."""
    difference = algebra.subtract(left, right)
    if not difference:
        return algebra.constant(1)
    if len(difference) == 1 and () in difference:
        return {}
    return algebra.one(algebra.close(("delta",), [left, right], symmetric=True))


def _delta_rule(algebra: Algebra, mono: Mono, generator: int, exponent: Exponent) -> Poly | None:
    """δ² is δ; beside δ(j, k) every k is a j."""
    rest = without(mono, generator)
    if exponent != 1:
        return algebra.reduced(merged(rest, ((generator, 1),)))
    if not rest:
        return None
    (one, two), _ = algebra.opened(generator)
    j, k = algebra.plain_index(one), algebra.plain_index(two)
    if j is None and k is None:
        return None
    if j is not None and k is not None:
        # Of two indices the later one is renamed: sums contract them anyway.
        if algebra.extents[j] != algebra.extents[k]:
            return None
        gone, kept = (max(j, k), algebra.index(min(j, k)))
    else:
        gone, kept = (j, two) if j is not None else (k or 0, one)
        if not _fits(algebra, kept, algebra.extents[gone]):
            return None
    if gone in algebra.free({rest: 1}):
        return algebra.multiply(
            algebra.substitute({rest: flint.fmpq(1)}, {gone: kept}), algebra.single(generator)
        )
    return None


def is_one_hot(algebra: Algebra, generator: int) -> bool:
    """Whether a generator is an entry of a one-hot datum."""
    return bool(algebra.kind(generator).notes.get("one_hot"))


def _entry_rule(algebra: Algebra, mono: Mono, generator: int, exponent: Exponent) -> Poly | None:
    """t² is t for the entries of a one-hot datum; two of one row are never both 1."""
    if not is_one_hot(algebra, generator) or not exponent > 0:
        return None
    rest = without(mono, generator)
    if exponent != 1:
        return algebra.reduced(merged(rest, ((generator, 1),)))
    own = algebra.indices(generator)
    for g, e in rest:
        if (
            algebra.generators[g][0] == algebra.generators[generator][0]
            and algebra.indices(g)[:-1] == own[:-1]
            and e == 1
        ):
            delta = make_delta(algebra, algebra.index(own[-1]), algebra.index(algebra.indices(g)[-1]))
            return algebra.multiply({without(mono, g): flint.fmpq(1)}, delta)
    return None


def _build_sum(algebra: Algebra, head: Head, payload: list[Poly], bounds: list[int]) -> Poly:
    return total(algebra, payload[0], bounds)


RULES["delta"] = _delta_rule
RULES["entry"] = _entry_rule
BUILDERS["sum"] = _build_sum
BUILDERS["delta"] = lambda algebra, head, payload, bounds: make_delta(algebra, payload[0], payload[1])
