"""Are the two equal for certain?  Their normal forms, and what makes different ones meet.

A proof is a chain of exact steps.  Sound above all: when a step is not known to
hold, there is no proof.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr

from ..ir.program import Program
from .algebra import Algebra, Exponent, Mono, Poly, flint, generators_of, merged
from .cases import assumed, is_thin
from .clock import Clock, OutOfReach
from .elementary import inverse
from .facts import note_domain, unmet
from .normal import SPREAD, Normal
from .sums import size, total
from .words import polynomial_words

CONDITIONS = 6
"""The largest number of conditions that are gone through case by case."""

DIFFER = "their normal forms differ"

ENTRIES = 200
"""At most so many entries of a tensor are proved one by one."""


@dataclass
class Proof:
    """``words``: how, once ``found``; ``obstacle``: why not.

    ``everywhere``: the claim is known to have a value wherever the truth has one.
    """

    found: bool = False
    words: str = ""
    everywhere: bool = True
    obstacle: str = ""


def prove(program: Program, clock: Clock, order: Sequence[str] = ()) -> Proof:
    """Whether the outputs ``truth`` and ``claim`` are equal almost everywhere on the domain of the truth.

    ``order``: the names of variables in the order in which the proof shows them.
    """
    obstacle = ""
    spreads = (False, True) if _can_spread(program) else (False,)
    for joint, spread in itertools.product((False, True), spreads):
        try:
            proof = _attempt(program, clock, spread, joint, order)
        except OutOfReach as stop:
            obstacle = str(stop)
            continue
        except (RecursionError, ZeroDivisionError) as stop:
            obstacle = (
                "formulas nested too deeply" if isinstance(stop, RecursionError) else "a division by zero"
            )
            continue
        if proof.found:
            return proof
        obstacle = proof.obstacle
    return Proof(obstacle=obstacle)


def _can_spread(program: Program) -> bool:
    shapes = [i.extent for q in program.equations for i in (*q.indices, *q.bound)]
    shapes += [e for v in program.inputs() for e in v.shape]
    return any(e.is_Integer and e <= SPREAD for e in shapes)


def _attempt(program: Program, clock: Clock, spread: bool, joint: bool, order: Sequence[str]) -> Proof:
    """One attempt; ``joint`` takes the domain of the claim for granted as well as that of the truth."""
    algebra = Algebra(clock)
    normal = Normal(program, algebra, spread)
    truth, claim = program.outputs["truth"], program.outputs["claim"]
    note_domain(normal, [v for name, v in program.outputs.items() if name != "claim"])
    everywhere = not unmet(normal, claim)
    if joint:
        if everywhere:
            return Proof(obstacle=DIFFER)
        note_domain(normal, [claim])
    axes = [
        [algebra.constant(k) for k in range(int(e))] if spread and e.is_Integer and e <= SPREAD
        else [algebra.index(algebra.fresh(e))]
        for e in truth.shape
    ]  # fmt: skip
    places = list(itertools.product(*axes))
    if len(places) > ENTRIES:
        raise OutOfReach(f"{len(places)} entries to be proved one by one")
    how = Steps()
    shown: list[Poly] = []
    for place in places:
        one, two = normal.entry(truth, place), normal.entry(claim, place)
        if not is_zero(algebra, algebra.subtract(one, two), how):
            return Proof(obstacle=DIFFER)
        shown.append(one)
    words = how.words(polynomial_words(algebra, shown, order), len(places))
    return Proof(True, words if everywhere else f"{words}, wherever the answer is defined", everywhere)


@dataclass
class Steps:
    """Which steps a proof took."""

    taken: set[str] = field(default_factory=set)

    def words(self, start: str, entries: int) -> str:
        """The proof in one sentence."""
        parts = []
        if "cases" in self.taken:
            parts.append("in every case that their conditions allow")
        if "summands" in self.taken:
            parts.append("summand by summand")
        if "denominator" in self.taken:
            parts.append("brought to a common denominator")
        if not parts:
            return start
        many = " in every entry" if entries > 1 else ""
        return f"their difference is 0{many}, " + " and ".join(parts)


def is_zero(algebra: Algebra, poly: Poly, how: Steps, depth: int = 0) -> bool:
    """Whether a polynomial is zero, once denominators, cases and summands are seen to."""
    if not poly:
        return True
    cleared = without_denominators(algebra, poly)
    if cleared is not poly:
        how.taken.add("denominator")
        if not cleared:
            return True
    if _zero_by_cases(algebra, cleared, how, depth):
        how.taken.add("cases")
        return True
    if depth < 3 and _zero_by_summands(algebra, poly, how, depth):
        how.taken.add("summands")
        return True
    return False


def without_denominators(algebra: Algebra, poly: Poly) -> Poly:
    """The polynomial times all its denominators (which are zero almost nowhere)."""
    for _ in range(8):
        powers: dict[int, Exponent] = {}
        for mono in poly:
            for g, e in mono:
                if e < 0 and algebra.kind(g).name == "base":
                    powers[g] = max(powers.get(g, 0), -e)
        if not powers:
            return poly
        factor = tuple(sorted(powers.items()))
        out: Poly = {}
        for mono, c in poly.items():
            algebra.add_to(out, algebra.reduced(merged(mono, factor)), c)
        poly = out
    raise OutOfReach("denominators inside denominators")


# -- case by case ------------------------------------------------------------------------


def _zero_by_cases(algebra: Algebra, poly: Poly, how: Steps, depth: int) -> bool:
    conditions = [g for g in sorted(generators_of([poly])) if algebra.kind(g).name == "case"]
    if not conditions or len(conditions) > CONDITIONS:
        return False
    for truth in itertools.product((True, False), repeat=len(conditions)):
        rest = poly
        for g, holds in zip(conditions, truth, strict=True):
            rest = assumed(algebra, rest, g, holds)
        if without_denominators(algebra, rest) and possible(
            algebra, list(zip(conditions, truth, strict=True))
        ):
            return False
    return True


def possible(algebra: Algebra, given: list[tuple[int, bool]]) -> bool:
    """Whether some conditions may hold together: not so where positive multiples add up to 0 > 0."""
    vectors: list[tuple[Poly, bool]] = [(algebra.constant(1), True)]
    for g, holds in given:
        (poly,), _ = algebra.opened(g)
        vectors.append((poly if holds else algebra.scale(poly, -1), holds or is_thin(algebra, poly)))
    for mono in {m for p, _ in vectors for m in p if m}:
        if all(algebra.generators[g][0] in algebra.positive for g, _ in mono):
            vectors.append(({mono: flint.fmpq(1)}, True))
    for count in (2, 3, 4):
        for chosen in itertools.combinations(vectors, count):
            if any(strict for _, strict in chosen) and _cancel([p for p, _ in chosen]):
                return False
    return True


def _cancel(polys: list[Poly]) -> bool:
    """Whether positive multiples of the polynomials add up to zero."""
    monos = sorted({m for p in polys for m in p})
    matrix = flint.fmpq_mat(len(monos), len(polys), [p.get(m, flint.fmpq(0)) for m in monos for p in polys])
    reduced, rank = matrix.rref()
    if rank != len(polys) - 1:
        return False
    # One multiple is free: the last column then holds the negatives of the others.
    pivots = [next(c for c in range(len(polys)) if reduced[r, c] != 0) for r in range(rank)]
    return pivots == list(range(rank)) and all(reduced[r, rank] < 0 for r in range(rank))


# -- summand by summand --------------------------------------------------------------------


def _zero_by_summands(algebra: Algebra, poly: Poly, how: Steps, depth: int) -> bool:
    """Terms that share all but one sum: their summands are compared at one and the same index."""
    groups: dict[Mono, list[tuple[Mono, int, Any]]] = {}
    rest: Poly = {}
    extents: set[Expr] = set()
    for mono, c in poly.items():
        hard = [g for g, e in mono if e == 1 and _is_hard(algebra, g)]
        if not hard:
            rest[mono] = c
            continue
        others = tuple(p for p in mono if p[0] != hard[0])
        groups.setdefault(_sums(algebra, others), []).append((others, hard[0], c))
        extents.update(algebra.kind(hard[0]).bounds)
    return any(_groups_vanish(algebra, groups, rest, e, how, depth) for e in sorted(extents, key=str))


def _sums(algebra: Algebra, mono: Mono) -> Mono:
    return tuple(p for p in mono if algebra.kind(p[0]).name == "sum")


def _is_hard(algebra: Algebra, generator: int) -> bool:
    """Whether a sum holds denominators or conditions, so that its normal form is not the only one."""
    kind = algebra.kind(generator)
    return kind.name == "sum" and any(
        algebra.kind(g).name in ("base", "case", "zero") or e < 0
        for mono, _ in kind.payload[0]
        for g, e in mono
    )


def _groups_vanish(
    algebra: Algebra,
    groups: dict[Mono, list[tuple[Mono, int, Any]]],
    rest: Poly,
    extent: Expr,
    how: Steps,
    depth: int,
) -> bool:
    left = dict(rest)
    pivot = algebra.fresh(extent)
    count = inverse(algebra, size(algebra, extent))
    for cofactor, members in groups.items():
        choices = [_at_pivot(algebra, g, {_without(others, cofactor): c}, pivot) for others, g, c in members]
        for mono, c in rest.items():
            if mono not in left:
                continue
            own = _sums(algebra, mono)
            extra = [p for p in own if p not in cofactor]
            plain = {tuple(p for p in mono if p not in own): c}
            if set(own) == set(cofactor):
                # What is summed over nothing is Σ 1/n of itself.
                choices.append([algebra.multiply(plain, count)])
            elif len(extra) == 1 and extra[0][1] == 1 and len(own) == len(cofactor) + 1:
                choices.append(_at_pivot(algebra, extra[0][0], plain, pivot))
            else:
                continue
            del left[mono]
        if not all(choices):
            return False
        ways = itertools.islice(itertools.product(*choices), 64)
        if not any(is_zero(algebra, algebra.add(*way), how, depth + 1) for way in ways):
            return False
    return not left


def _without(mono: Mono, cofactor: Mono) -> Mono:
    return tuple(p for p in mono if p not in cofactor)


def _at_pivot(algebra: Algebra, generator: int, factor: Poly, pivot: int) -> list[Poly]:
    """The factor times a sum's summand at the pivot, for each of its indices that has the pivot's range."""
    out = []
    for k, extent in enumerate(algebra.kind(generator).bounds):
        if extent == algebra.extents[pivot]:
            (summand,), own = algebra.opened(generator)
            fixed = algebra.rename(summand, {own[k]: pivot})
            out.append(algebra.multiply(factor, total(algebra, fixed, [i for i in own if i != own[k]])))
    return out
