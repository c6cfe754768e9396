"""Canonical names for indices: the smallest spelling over all ways to order them.

What an index does (its spelling with all others nameless) sorts most of them;
only those that do the same are permuted.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

from .clock import OutOfReach

WAYS = 2000
"""At most so many orders are compared."""

Order = tuple[tuple[int, ...], tuple[int, ...]]


def orders(
    free: list[int],
    bound: list[int],
    spelled: Callable[[Mapping[int, int]], Any],
    sizes: Mapping[int, str],
    fixed: bool,
) -> tuple[Any, Order, list[tuple[int, ...]]]:
    """The smallest spelling, the (free, bound) order that gives it, and every free order that does.

    ``spelled`` takes new names for the indices: −1, −2, … for the free ones, 0, 1, …
    for the bound ones.  Indices of other ``sizes`` never trade places; ``fixed``
    bound ones stay as they are.
    """
    if len(free) + len(bound) == 1:
        names = dict.fromkeys(free, -1) | dict.fromkeys(bound, 0)
        return spelled(names), (tuple(free), tuple(bound)), [tuple(free)]
    free_ways = _ways(free, bound, spelled, sizes)
    bound_ways = [tuple(bound)] if fixed else _ways(bound, free, spelled, sizes)
    if len(free_ways) * len(bound_ways) > WAYS:
        raise OutOfReach(f"a sum with {len(free) + len(bound)} indices that all do the same")
    best: Any = None
    found: list[Order] = []
    for one, two in itertools.product(free_ways, bound_ways):
        names = {i: -1 - k for k, i in enumerate(one)} | {i: k for k, i in enumerate(two)}
        key = spelled(names)
        if best is None or key < best:
            best, found = key, []
        if key == best:
            found.append((one, two))
    return best, found[0], list(dict.fromkeys(one for one, _ in found))


def _ways(
    own: list[int], others: list[int], spelled: Callable[[Mapping[int, int]], Any], sizes: Mapping[int, str]
) -> list[tuple[int, ...]]:
    """The orders that agree with what each index does."""
    if len(own) < 2:
        return [tuple(own)]
    nameless = dict.fromkeys(own, -9) | dict.fromkeys(others, -8)
    signature = {i: (sizes[i], spelled({**nameless, i: -7})) for i in own}
    groups: list[list[int]] = []
    for i in sorted(own, key=signature.__getitem__):
        if groups and signature[groups[-1][0]] == signature[i]:
            groups[-1].append(i)
        else:
            groups.append([i])
    if math.prod(math.factorial(len(g)) for g in groups) > WAYS:
        raise OutOfReach(f"a sum with {len(own)} indices that all do the same")
    return [
        tuple(itertools.chain(*way))
        for way in itertools.product(*(itertools.permutations(g) for g in groups))
    ]
