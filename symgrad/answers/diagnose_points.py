"""Floating-point values of candidates at a few points: a cheap screen before any proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Expr

from ..errors import SymgradError
from ..ir.evaluate import evaluate
from ..ir.index import Extent
from ..ir.late import np
from ..ir.program import Program
from ..ir.variable import Variable
from .clock import Clock
from .diagnose_rows import ROWS
from .points import Sampler

TRIES = 60
"""So many points in a row outside the domain, and the search stops."""


@dataclass(frozen=True)
class Spot:
    """Values for every input, the sizes, and what the outputs of the common program are there."""

    arrays: dict[str, Any]
    sizes: dict[str, int]
    outputs: Mapping[str, Any]

    def values(self, program: Program, rows: int = 0) -> Any:
        """The output ``it`` of a program over the same inputs; ``rows`` are counted besides row 0."""
        try:
            return evaluate(program, self.arrays, {**self.sizes, ROWS.name: rows + 1})["it"]
        except (SymgradError, np.linalg.LinAlgError, IndexError, TypeError, OverflowError):
            return None


def spots(
    program: Program, data: Mapping[Variable, Any], count: int, clock: Clock, zeros: int = 0
) -> Iterator[Spot]:
    """Points at which the outputs ``truth`` and ``loss`` have a value, with ``data`` as given.

    ``zeros``: so many points are passed over at which ``truth`` is 0 throughout, as
    on a branch where there is little to compare.
    """
    sampler = Sampler(program)
    found = misses = 0
    while found < count and misses < TRIES and clock.left() > 0:
        drawn = sampler.draw(found, misses)
        if drawn is None:
            return
        point, modes = drawn
        arrays = {}
        for variable in program.inputs():
            if variable in data:
                arrays[variable.name] = np.asarray(data[variable], dtype=float)
                continue
            shape = tuple(point.length(e) for e in variable.shape)
            array = np.zeros(shape)
            for place, value in point.values[variable].items():
                array[place] = float(value) if isinstance(value, int) else int(value.p) / int(value.q)
            arrays[variable.name] = array
        sizes = {str(e): s for e, s in point.sizes.items() if isinstance(e, Extent)}
        sizes |= _told(data)
        try:
            outputs = evaluate(program, arrays, sizes)
        except (SymgradError, np.linalg.LinAlgError, IndexError):
            misses += 1
            continue
        if not all(np.all(np.isfinite(outputs[name])) for name in ("truth", "loss")):
            misses += 1
            continue
        if zeros and not np.any(outputs["truth"]):
            zeros -= 1
            continue
        sampler.keep(modes)
        found, misses = found + 1, 0
        yield Spot(arrays, sizes, outputs)


def _told(data: Mapping[Variable, Any]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for variable, value in data.items():
        for extent, length in zip(variable.shape, np.shape(value), strict=True):
            if isinstance(extent, Extent):
                sizes[extent.name] = int(length)
    return sizes


def same(one: Any, two: Any) -> bool:
    """Whether two arrays agree as far as floats can tell."""
    if one is None or two is None or np.shape(one) != np.shape(two):
        return False
    top = float(np.max(np.abs(two), initial=0.0))
    return bool(
        np.isfinite(top)
        and np.all(np.isfinite(one))
        and np.allclose(one, two, rtol=1e-7, atol=1e-10 * top + 1e-13)
    )


def matching(values: Any, target: Any) -> set[int]:
    """The rows of ``values``, from 1 on, that agree with ``target``."""
    if values is None or np.ndim(values) != np.ndim(target) + 1:
        return set()
    return {k for k in range(1, len(values)) if same(values[k], target)}


def ratio(one: Any, two: Any) -> float | None:
    """The one number that ``one`` is times ``two`` in every entry."""
    if np.shape(one) != np.shape(two):
        return None
    one, two = np.ravel(one), np.ravel(two)
    used = np.abs(two) > 1e-12 * np.max(np.abs(two), initial=0.0)
    if not used.any() or not np.all(np.isfinite(one)):
        return None
    factor = float(one[used][0] / two[used][0])
    return factor if factor and same(one, factor * two) else None


def rational(value: float) -> Fraction | None:
    """The simple fraction that a float stands for."""
    if not np.isfinite(value) or abs(value) > 1e6:
        return None
    guess = Fraction(value).limit_denominator(360)
    return guess if guess and abs(float(guess) - value) <= 1e-8 * abs(value) else None


def factors(program: Program) -> list[tuple[Expr | Variable, int]]:
    """Sizes and scalar variables to the powers 1 and −1: what a factor may hold besides a number."""
    extents = {e for v in program.inputs() for e in v.shape} | {
        i.extent for q in program.equations for i in (*q.indices, *q.bound)
    }
    found: list[Expr | Variable] = sorted({x for e in extents for x in e.atoms(Extent)}, key=str)  # type: ignore
    found += [v for v in program.inputs() if not v.shape and v.dtype == "real" and v.role != "constant"]
    return [(base, power) for base in found for power in (1, -1)]


def factor_value(base: Expr | Variable, power: int, spot: Spot) -> float:
    """A factor's value at a point."""
    value = spot.arrays[base.name] if isinstance(base, Variable) else spot.sizes[str(base)]
    return float(value) ** power
