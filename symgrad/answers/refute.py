"""Is there a point at which the two differ for certain?  Ball arithmetic at rational points."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..ir.index import Extent
from ..ir.program import Program
from ..ir.variable import Variable
from .balls import Balls, Point, Tie, Unclear, Undefined, compiled, flint
from .clock import Clock, OutOfReach
from .points import Sampler
from .verdict import Counterexample

PRECISIONS = (128, 512, 2048)
"""Bits, raised while balls are too wide to tell."""

ENTRIES = 24
"""At most so many entries of a tensor are compared at one point."""

PLAIN = 8
"""So often an easier point is looked for once one was found that refutes."""

TIES = 4
"""Points on a kink are left out; when there are more of them, the tie is no accident and counts."""

MISSES = 120
"""So many draws in a row outside the domain, and the search stops."""


@dataclass
class Search:
    """What the search found.  ``digits``: to how many the two agree at ``points`` points."""

    counterexample: Counterexample | None = None
    points: int = 0
    digits: int = 0
    trouble: str = ""

    def __str__(self) -> str:
        if self.points:
            word = "point" if self.points == 1 else "points"
            return f"they agree to {self.digits} digits at {self.points} {word}, which proves nothing"
        return self.trouble or "no point inside the domain was found"


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Ball arithmetic with so many bits."""
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


class Refuter:
    """Compares two outputs of a program, ``truth`` and ``claim``, point after point.

    Points lie inside the domain of the truth, and of the further outputs (the
    loss it was derived from, say).
    """

    def __init__(self, program: Program):
        self.program = program
        self.truth, self.claim = program.outputs["truth"], program.outputs["claim"]
        self.sampler = Sampler(program)
        self.search = Search()
        self.code: Any = None
        self.ties = 0

    def run(self, points: int, clock: Clock, scale: float = 1) -> Search:
        """Go on for so many more points; stops at the first that refutes."""
        search = self.search
        goal, misses = search.points + points, 0
        try:
            if self.code is None:
                self.code = compiled(self.program)
            while search.points < goal and search.counterexample is None and misses < MISSES:
                clock.check()
                drawn = self.sampler.draw(search.points, misses, scale)
                if drawn is None:
                    search.trouble = "no sizes fit the shapes"
                    break
                point, modes = drawn
                if self._compare(point, clock):
                    search.points += 1
                    misses = 0
                    self.sampler.keep(modes)
                else:
                    misses += 1
            if search.counterexample is not None:
                self._plainer(clock)
        except OutOfReach as stop:
            search.trouble = str(stop)
        return search

    def _plainer(self, clock: Clock) -> None:
        """A point of small whole numbers in the place of the one found, if one refutes too."""
        clock = clock.share(0.2)
        search, found = self.search, self.search.counterexample
        assert found is not None
        for size in (1, 2):
            for _ in range(PLAIN):
                point = self.sampler.plain(size)
                if point is None or clock.left() < 0:
                    break
                search.counterexample = None
                with suppress(OutOfReach):
                    self._compare(point, clock)
                if search.counterexample is not None and (search.counterexample.claim or not found.claim):
                    return
        search.counterexample = found

    def _compare(self, point: Point, clock: Clock) -> bool:
        """Whether the point lies inside the domain, off every kink, and was compared."""
        for bits in PRECISIONS:
            with precision(bits):
                try:
                    return self._compare_now(point, clock)
                except Undefined:
                    return False
                except Tie:
                    self.ties += 1
                    return False
                except Unclear:
                    continue
        return False

    def _compare_now(self, point: Point, clock: Clock) -> bool:
        run = Balls(self.program, point, clock, self.code, self.ties > TIES)
        for variable in self.program.outputs.values():
            if variable not in (self.truth, self.claim):
                for place in self._places(variable, point):
                    run.read(variable, place)
        places = self._places(self.truth, point)
        values = {place: run.read(self.truth, place) for place in places}
        for place, value in values.items():
            try:
                claim = run.read(self.claim, place)
            except Undefined:
                self.search.counterexample = self._report(point, place, value, None)
                return True
            difference = value - claim
            if not difference.contains(0):
                self.search.counterexample = self._report(point, place, value, claim)
                return True
            self._note(difference, value)
        return True

    def _places(self, variable: Variable, point: Point) -> list[tuple[int, ...]]:
        shape = [point.length(e) for e in variable.shape]
        if math.prod(shape) <= ENTRIES:
            return list(itertools.product(*(range(s) for s in shape)))
        rng = self.sampler.rng
        return [tuple(rng.randrange(s) for s in shape) for _ in range(ENTRIES)]

    def _note(self, difference: Any, value: Any) -> None:
        """To how many digits the two agree, as far as the precision tells."""
        most = flint.ctx.dps
        size, whole = difference.abs_upper(), value.abs_upper()
        if size > 0 and whole > 0:
            exponent = ((size / whole).log() / flint.arb(10).log()).floor().unique_fmpz()
            most = min(most, max(0, -int(exponent))) if exponent is not None else 0
        search = self.search
        search.digits = min(most, search.digits) if search.points else most

    def _report(self, point: Point, place: tuple[int, ...], truth: Any, claim: Any) -> Counterexample:
        values = {
            v.name: _nested(v, point)
            for v in self.program.inputs()
            if v.role != "constant" or v.facts.value is None
        }
        named = {str(e): s for e, s in point.sizes.items() if isinstance(e, Extent)}
        if claim is None:
            return Counterexample(values, named, place, _digits(truth, 6), "")
        # As many digits as it takes to tell them apart.
        count = next((c for c in range(6, 37, 3) if _digits(truth, c) != _digits(claim, c)), 40)
        return Counterexample(values, named, place, _digits(truth, count), _digits(claim, count))


def _digits(value: Any, count: int) -> str:
    whole = value.unique_fmpz() if value.is_exact() else None
    return str(whole) if whole is not None and value == whole else value.mid().str(count, radius=False)


def _nested(variable: Variable, point: Point) -> Any:
    array = point.values[variable]

    def part(place: tuple[int, ...]) -> Any:
        if len(place) == variable.rank:
            value = array[place]
            return value if isinstance(value, int) else _plain(value)
        return [part((*place, k)) for k in range(point.length(variable.shape[len(place)]))]

    return part(())


def _plain(value: Any) -> Any:
    number = Fraction(int(value.p), int(value.q))
    return int(number) if number.denominator == 1 else number
