"""Which index letters are bound where, what they run over, and which entry a subscript means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, Integer

from ..errors import ParseError, ShapeError
from ..ir.index import SAMPLES, Extent, Index
from ..notation.formula import own_shape
from ..notation.runs import Places, separate
from ..notation.sum_signs import Big
from ..notation.tensor import Tensor

FINITE = 100
"""The most terms of a sum that is written out."""


@dataclass
class Scope:
    """``letters``: the place that each bound letter stands for, from 0; ``shift``: what to add for a number.

    ``ambient``: the sample of data without a subscript, where one is meant.
    ``free``: letters of the answer itself, in the order of its axes.
    ``entries``: the samples that are spoken of by number.  ``zero``: whether
    numbers in subscripts count from 0.
    """

    ambient: Index | None
    zero: bool = False
    letters: dict[str, Expr] = field(default_factory=dict)
    shift: dict[str, int] = field(default_factory=dict)
    free: dict[str, Index | None] = field(default_factory=dict)
    entries: set[int] = field(default_factory=set)

    def place(self, unit: str, extent: Expr) -> Expr:
        """The place, from 0, that one part of a subscript means along an axis of this extent."""
        if unit.isdigit():
            return self._numbered(int(unit), extent)
        letter, offset = _offset(unit)
        known = self.letters.get(letter, self.free.get(letter))
        if known is None:
            if extent == SAMPLES:
                if self.ambient is None:
                    raise ParseError(f"no sum runs over {letter!r}")
                known = self.ambient
            else:
                known = self.free[letter] = Index(letter, extent)
        if isinstance(known, Index) and known.extent != extent and not offset:
            raise ShapeError(
                f"the index {letter} runs over {known.extent} entries, and here there are {extent}"
            )
        if isinstance(known, Integer) and extent == SAMPLES:
            self.entries.add(int(known))
        return known + offset

    def _numbered(self, count: int, extent: Expr) -> Expr:
        at = count if self.zero else count - 1
        if at < 0 or (extent.is_Integer and at >= extent):
            raise ShapeError(f"there is no entry {count} along an axis of {extent}")
        if extent == SAMPLES:
            self.entries.add(at)
        return Integer(at)

    def kind(self, unit: str) -> Expr | None:
        """What a letter runs over, if it is bound."""
        known = self.letters.get(unit, self.free.get(unit))
        return known.extent if isinstance(known, Index) else None


def _offset(unit: str) -> tuple[str, int]:
    match = re.fullmatch(r"([A-Za-z])([+-][0-9]+)?", unit)
    if match is None:
        raise ParseError(f"the subscript {unit!r} is neither a letter nor a number")
    return match[1], int(match[2] or 0)


def spread(units: Iterable[str], wanted: int) -> tuple[str, ...]:
    """``12`` as two places where two are wanted."""
    units = tuple(separate(units))
    if len(units) == 1 and units[0].isdigit() and len(units[0]) == wanted > 1:
        return tuple(units[0])
    return units


def axes_meant(tensor: Tensor, places: Places, scope: Scope) -> list[tuple[str, int | None]]:
    """Each part of a subscript with the axis it is for: None the samples, else an own axis.

    Raises ShapeError for more parts than axes.
    """
    own = own_shape(tensor.variable)
    sample = tensor.per_sample and not places.sample
    units = spread(places.units, len(own) + sample) if len(places.units) == 1 else places.units
    if places.sample:
        if not tensor.per_sample or len(units) != 1:
            raise ShapeError("only data have one value per sample, as x^{(i)} says")
        return [(units[0], None)]
    count = len(units)
    if sample and count == len(own) + 1:
        first = next((k for k, u in enumerate(units) if scope.kind(u) == SAMPLES), 0)
        rest = iter(range(len(own)))
        return [(u, None if k == first else next(rest)) for k, u in enumerate(units)]
    if sample and count == 1 and scope.kind(units[0]) == SAMPLES:
        return [(units[0], None)]
    if count > len(own):
        raise ShapeError(f"{tensor.name} has {len(own) + sample} axes, and the subscript names {count}")
    return [(u, k) for k, u in enumerate(units)]


# -- sums -------------------------------------------------------------------------------


def bindings(
    big: Big, body: Any, names: Mapping[str, Tensor], scope: Scope, sizes: Mapping[str, Extent]
) -> list[list[Expr]]:
    """For each letter of a sum what it stands for: one index, or every place of a short range.

    Raises ParseError for limits that do not fit what the letter stands under.
    """
    found = []
    for letter in big.letters:
        choices = extents(letter, body, names, scope)
        found.append(_binding(letter, big, choices, sizes))
    return found


def _binding(letter: str, big: Big, choices: list[Expr], sizes: Mapping[str, Extent]) -> list[Expr]:
    first = 1 if big.lower is None else big.lower
    upper = big.upper
    if upper is None:
        return [Index(letter, choices[0] if choices else SAMPLES)]
    if upper.isdigit():
        count = int(upper) - first + 1
        if Integer(count) in choices and first in (0, 1):
            return [Index(letter, Integer(count))]
        if not 0 <= count <= FINITE:
            raise ParseError(f"a sum with written limits has at most {FINITE} terms")
        return [Integer(k) for k in range(first - (first > 0), int(upper) + 1 - (first > 0))]
    name = re.match(r"\\?\|?([A-Za-z]+)", upper)
    size: Expr | None = sizes.get(name[1]) if name else None
    minus = re.search(r"-\s*([0-9]+)", upper)
    if (first, int(minus[1]) if minus else 0) not in ((1, 0), (0, 1)):
        raise ParseError("a sum up to a named size runs over the whole axis: from 1 to n, or from 0 to n-1")
    if size is None:
        size = choices[0] if choices else SAMPLES
    elif choices and size not in choices:
        raise ParseError(f"the sum over {letter} goes to {upper}, and along that axis there are {choices[0]}")
    return [Index(letter, size)]


def extents(letter: str, body: Any, names: Mapping[str, Tensor], scope: Scope) -> list[Expr]:
    """What a letter can run over, from the subscripts in which it stands; samples first."""
    found: set[Expr] | None = None
    for tensor, places in _uses(body, names):
        here = _possible(letter, tensor, places, scope)
        if here:
            found = here if found is None else (found & here or found)
    return sorted(found or (), key=lambda e: (e != SAMPLES, str(e)))


def _uses(node: Any, names: Mapping[str, Tensor]) -> Iterator[tuple[Tensor, Places]]:
    stack = [node]
    while stack:
        node = stack.pop()
        children = [c for c in getattr(node, "children", ()) if c is not None]
        if getattr(node, "data", "") == "indexed" and getattr(children[0], "type", "") == "NAME":
            yield names[children[0].value], children[1].value
        elif getattr(node, "data", "") == "selected" and getattr(children[0], "type", "") == "NAME":
            yield names[children[0].value], Places(tuple(str(getattr(c, "value", "?")) for c in children[1:]))
        stack += children


def _possible(letter: str, tensor: Tensor, places: Places, scope: Scope) -> set[Expr]:
    own = own_shape(tensor.variable)
    units = [_letter(u) for u in spread(places.units, len(own) + tensor.per_sample)]
    if letter not in units:
        return set()
    at = units.index(letter)
    if places.sample:
        return {SAMPLES}
    if tensor.per_sample and len(units) == len(own) + 1:
        samples = [k for k, u in enumerate(units) if u != letter and scope.kind(u) == SAMPLES]
        if samples:
            return {own[at - (samples[0] < at)]}
        return {(SAMPLES, *own)[at]}
    if tensor.per_sample and len(units) == 1 and len(own) == 1:
        return {SAMPLES, own[0]} if scope.ambient is None or not scope.letters else {own[0], SAMPLES}
    return {own[at]} if at < len(own) else set()


def _letter(unit: str) -> str:
    return unit[:1] if unit[:1].isalpha() else unit
