"""Sums with Kronecker deltas worked out: renaming, solving, guarding."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import And, Expr, Mul, S

from ..ir.heads import Delta, Where
from ..ir.index import Index
from ..ir.variable import Entry, free_indices, replace


def contract(
    body: Expr, bound: Sequence[Index], pairs: Sequence[tuple[Expr, Expr]]
) -> tuple[Expr, tuple[Index, ...]]:
    """``Σ_bound body · Π [free = place]`` without the deltas that can be solved.

    Each pair is (free index of the result, place in terms of bound indices).  A
    plain rename needs equal ranges; an affine place is solved for a bound index
    and guarded; what remains (a gather) stays as a delta factor.
    """
    bound = list(bound)
    todo = list(pairs)
    guards: list[Expr] = []
    rest: list[Expr] = []
    # Plain renames first: they simplify the places of the others.
    todo.sort(key=lambda pair: not isinstance(pair[1], Index))
    while todo:
        free, place = todo.pop(0)
        index, solved = _solve(free, place, bound)
        if index is None:
            rest.append(Delta(free, place))
            continue
        if solved.free_symbols and not (isinstance(solved, Index) and solved.extent == index.extent):
            guards += _inside(solved, index.extent)
        elif solved.is_Integer:
            guards += [c for c in _inside(solved, index.extent) if c != True]  # noqa: E712
        bound.remove(index)
        change = {index: solved}
        body = replace(body, change)
        rest = [replace(r, change) for r in rest]
        guards = [replace(g, change) for g in guards]
        todo = [(replace(f, change), replace(p, change)) for f, p in todo]
    condition = And(*guards)
    if condition != True:  # noqa: E712
        body = Where(condition, body, S.Zero)
    return Mul(body, *rest), tuple(bound)


def _solve(free: Expr, place: Expr, bound: Sequence[Index]) -> tuple[Index | None, Expr]:
    """A bound index for which ``free = place`` can be solved with step ±1, and its value."""
    if isinstance(place, Index) and place in bound:
        return place, free
    if place.has(Entry):
        return None, place
    for index in bound:
        slope = place.coeff(index)
        if slope in (1, -1) and not (place - slope * index).has(index):
            return index, (free - (place - slope * index)) * slope
    return None, place


def _inside(place: Expr, extent: Expr) -> list[Expr]:
    """``0 <= place < extent``, without what the indices' own ranges already say."""
    low, high = _range(place)
    below = [] if low is not None and low.is_nonnegative else [place >= 0]
    above = [] if high is not None and (high - extent).is_negative else [place < extent]
    return below + above


def _range(place: Expr) -> tuple[Expr | None, Expr | None]:
    """The least and the largest value of an affine place; None where it is not one."""
    low = high = place
    for index in place.atoms(Index):
        slope = place.coeff(index)
        if not slope.is_Integer or (place - slope * index).has(index):
            return None, None
        ends = S.Zero, index.extent - 1
        first, last = ends if slope > 0 else ends[::-1]
        low, high = low.xreplace({index: first}), high.xreplace({index: last})
    return (None, None) if place.has(Entry) else (low, high)


def pull_deltas(body: Expr, bound: tuple[Index, ...]) -> tuple[Expr, tuple[Index, ...]]:
    """``Σ_bound body`` with deltas in a product body used up to drop bound indices."""
    changed = True
    while changed and bound:
        changed = False
        for factor in Mul.make_args(body):
            if not isinstance(factor, Delta):
                continue
            one, two = factor.args
            for here, there in ((one, two), (two, one)):
                if isinstance(here, Index) and here in bound and here not in free_indices(there):
                    rest = Mul(*(f for f in Mul.make_args(body) if f is not factor))
                    fits = (isinstance(there, Index) and there.extent == here.extent) or there.has(Entry)
                    body = replace(rest, {here: there})
                    if not fits:
                        condition = And(*_inside(there, here.extent))
                        body = body if condition == True else Where(condition, body, S.Zero)  # noqa: E712
                    bound = tuple(b for b in bound if b != here)
                    changed = True
                    break
            if changed:
                break
    return body, bound
