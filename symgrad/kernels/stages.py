"""When each equation is computed: before the samples, a sample at a time, or after them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..ir.index import SAMPLES
from ..ir.program import Equation
from ..ir.variable import Variable, entries

CHUNKED = ("sum", "prod", "max", "min")
"""Reductions whose parts over chunks of samples combine."""


@dataclass(frozen=True)
class Stages:
    """``coupled`` says why the samples of a batch must be seen together, or is empty."""

    before: tuple[Equation, ...]
    samples: tuple[Equation, ...]
    after: tuple[Equation, ...]
    coupled: str


def over_samples(equation: Equation) -> bool:
    """Whether it has anything to do with single samples."""
    if any(index.is_sample for index in (*equation.indices, *equation.bound)):
        return True
    return any(entry.variable.per_sample for entry in entries(equation.body))


def split(equations: Iterable[Equation]) -> Stages:
    """The equations by stage, each stage in the given order."""
    equations = tuple(equations)
    touching = {e.target for e in equations if over_samples(e)}
    reads = {e.target: set(e.reads()) for e in equations}
    late = _closure(
        equations, reads, {e.target for e in equations if e.target in touching and not e.target.per_sample}
    )
    coupled = next(
        (why for e in equations if e.target in touching for why in [_coupled(e, reads, late)] if why), ""
    )
    if not coupled:
        before = tuple(e for e in equations if e.target not in touching and e.target not in late)
        after = tuple(e for e in equations if e.target not in touching and e.target in late)
        return Stages(before, tuple(e for e in equations if e.target in touching), after, "")
    # All equations between the first and the last that sees samples run over the whole batch.
    needed: set[Variable] = set()
    for equation in reversed(equations):
        if equation.target in touching or equation.target in needed:
            needed |= reads[equation.target]
    affected = _closure(equations, reads, touching)
    before = tuple(e for e in equations if e.target not in affected)
    after = tuple(
        e for e in equations if e.target in affected and e.target not in touching and e.target not in needed
    )
    outside = {e.target for e in (*before, *after)}
    return Stages(before, tuple(e for e in equations if e.target not in outside), after, coupled)


def _closure(
    equations: Iterable[Equation], reads: dict[Variable, set[Variable]], start: set[Variable]
) -> set[Variable]:
    """``start`` and all that depends on it."""
    found = set(start)
    for equation in equations:
        if reads[equation.target] & found:
            found.add(equation.target)
    return found


def _coupled(equation: Equation, reads: dict[Variable, set[Variable]], late: set[Variable]) -> str:
    """Why one equation needs the whole batch at once, or nothing."""
    name = equation.target.name
    own = [i for i in (*equation.indices, *equation.bound) if i.is_sample]
    if len(own) != 1 or equation.target.shape.count(SAMPLES) > 1:
        return f"{name} pairs samples with each other"
    for entry in entries(equation.body):
        for place, extent in zip(entry.indices, entry.variable.shape, strict=True):
            if extent == SAMPLES and place != own[0]:
                return f"{name} reads other samples than its own"
    if own[0] in equation.bound and (equation.kind not in CHUNKED or len(equation.bound) != 1):
        return f"{name} is a {equation.kind} over samples that is not taken in parts"
    needs = sorted(v.name for v in reads[equation.target] & late)
    if needs:
        return f"{name} of each sample depends on {needs[0]}, which is known only after all samples"
    return ""
