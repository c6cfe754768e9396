"""Rational points inside the declared domains: of both signs, of several sizes, the same on every run."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from typing import Any

import sympy
from sympy import Expr

from ..ir.index import SAMPLES, Extent
from ..ir.program import Program
from ..ir.variable import Variable
from .balls import Point, flint

MODES = ("signed", "positive", "unit", "wide", "small")
"""How values are drawn: both signs, above 0, between 0 and 1, far from 0, near 0 (and ``whole``)."""


@dataclass
class Sampler:
    """Draws points for a program's inputs; remembers which mode of drawing each variable allows."""

    program: Program
    rng: random.Random = field(default_factory=lambda: random.Random(20240229))
    liked: dict[Variable, list[str]] = field(default_factory=dict)
    used: set[Any] = field(default_factory=set)

    def draw(self, number: int, tries: int, scale: float = 1) -> tuple[Point, dict[Variable, str]] | None:
        """A point and the modes that made it; None where no sizes fit.

        ``number`` counts the points found (sizes go round with it), ``tries`` the
        draws since the last one; with more of them fewer variables take both signs.
        """
        sizes = self._sizes(number)
        if sizes is None:
            return None
        modes = {variable: self._mode(variable, tries) for variable in self.program.inputs()}
        return self._drawn(sizes, modes, scale), modes

    def plain(self, size: int) -> Point | None:
        """A point that is easy to compute at by hand: small whole numbers, one size for every name."""
        sizes: dict[Expr, int] = {SAMPLES: size, **dict.fromkeys(self._names(), size)}
        if any(Point(sizes, {}).length(e) < 1 for e in self._extents()):
            return None
        return self._drawn(sizes, dict.fromkeys(self.program.inputs(), "whole"), 1)

    def _drawn(self, sizes: dict[Expr, int], modes: dict[Variable, str], scale: float) -> Point:
        self.used = set()
        point = Point(sizes, {})
        for variable, mode in modes.items():
            shape = [point.length(e) for e in variable.shape]
            point.values[variable] = self._array(variable, shape, mode, scale, sizes)
        return point

    def keep(self, modes: dict[Variable, str]) -> None:
        """Note that these modes gave a point inside the domain."""
        for variable, mode in modes.items():
            self.liked.setdefault(variable, []).append(mode)

    def _sizes(self, number: int) -> dict[Expr, int] | None:
        names = sorted(self._names(), key=str)
        for attempt in range(40):
            sizes: dict[Expr, int] = {SAMPLES: (3, 2, 1, 4)[number % 4]}
            spread = list(range(2, 2 + max(len(names), 2)))
            self.rng.shuffle(spread)
            for name, size in zip(names, spread, strict=False):
                sizes[name] = (
                    size + (attempt // 4) if number % 3 != 2 else self.rng.randint(1, 3 + attempt // 4)
                )
            point = Point(sizes, {})
            if all(point.length(e) >= 1 for e in self._extents()):
                return sizes
        return None

    def _extents(self) -> set[Expr]:
        shapes = {e for v in self.program.inputs() for e in v.shape}
        return shapes | {i.extent for q in self.program.equations for i in (*q.indices, *q.bound)}

    def _names(self) -> set[Expr]:
        return set().union(
            *(e.atoms(Extent) for e in self._extents()),
            *(q.body.atoms(Extent) for q in self.program.equations),
        ) - {SAMPLES}  # type: ignore[return-value]

    def _mode(self, variable: Variable, tries: int) -> str:
        if variable in self.liked and self.rng.random() < 0.7:
            return self.rng.choice(self.liked[variable])
        if tries < 6:
            return "signed"
        return self.rng.choice(
            ("signed", "positive", "unit", "positive", "unit", "wide") if tries < 40 else MODES
        )

    def _array(
        self, variable: Variable, shape: list[int], mode: str, scale: float, sizes: dict[Expr, int]
    ) -> dict[tuple[int, ...], Any]:
        facts = variable.facts
        places = list(itertools.product(*(range(s) for s in shape)))
        if variable.role == "constant" and facts.value is not None:
            return {p: _exact(facts.value[p] if shape else facts.value) for p in places}
        if facts.one_hot:
            rows = {p[:-1]: self.rng.randrange(shape[-1]) for p in places}
            return {p: int(rows[p[:-1]] == p[-1]) for p in places}
        if variable.dtype == "bool":
            return {p: self.rng.randint(0, 1) for p in places}
        if variable.dtype == "int":
            # A label without declared classes must fit whichever axis it selects from.
            top = facts.classes or min(
                [int(s) for e, s in sizes.items() if e != SAMPLES] + [self._smallest_axis()]
            )
            return {p: self.rng.randrange(max(top, 1)) for p in places}
        return {p: self._number(variable, mode, scale) for p in places}

    def _smallest_axis(self) -> int:
        return min((int(e) for v in self.program.inputs() for e in v.shape if e.is_Integer), default=4)

    def _number(self, variable: Variable, mode: str, scale: float) -> Any:
        low, high = _bound(variable.facts.min), _bound(variable.facts.max)
        # Equal values would put points on kinks; where many are needed there are not enough others.
        value = self._bounded(mode, scale, variable.role == "hyper", low, high)
        for _ in range(60 if len(self.used) < 150 and mode != "whole" else 3):
            if abs(value) not in self.used:
                break
            value = self._bounded(mode, scale, variable.role == "hyper", low, high)
        self.used.add(abs(value))
        return value

    def _bounded(self, mode: str, scale: float, positive: bool, low: Any, high: Any) -> Any:
        value = self._draw(mode, scale)
        if low is not None and high is not None:
            return low + (high - low) * self._draw("unit", 1)
        if low is not None:
            return low + abs(value)
        if high is not None:
            return high - abs(value)
        return abs(value) if positive else value

    def _draw(self, mode: str, scale: float) -> Any:
        if mode == "whole":
            return flint.fmpq(self.rng.randint(1, 5)) * self.rng.choice((1, -1))
        if mode == "unit":
            return flint.fmpq(self.rng.randint(1, 30), 31)
        if mode == "small":
            return flint.fmpq(self.rng.randint(1, 40), 400) * self.rng.choice((1, -1))
        if mode == "wide":
            return flint.fmpq(self.rng.randint(20, 200), 3) * self.rng.choice((1, -1))
        value = flint.fmpq(self.rng.randint(1, 40), self.rng.choice((7, 8, 11, 13, 16))) * flint.fmpq(
            *scale.as_integer_ratio()
        )
        return value if mode == "positive" else value * self.rng.choice((1, -1))


def _exact(value: Any) -> Any:
    number = value if isinstance(value, Expr) else sympy.Rational(str(value))
    if not number.is_Rational:
        return 0  # a constant such as π, which the formulas hold exactly
    return flint.fmpq(int(number.p), int(number.q))


def _bound(value: Any) -> Any:
    return _exact(value) if value is not None and value.is_Rational else None
