"""What a module will do, decided: routines, their functions, arrays, sizes and schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sympy import Expr

from ..errors import PlanError
from ..ir.index import SAMPLES, Extent
from ..ir.program import Program
from ..ir.variable import Variable
from .names import Name, Namer
from .statements import Operation, Statement

Schedule = Literal["streaming", "batched"]
N, STEP = Name("n", "int"), Name("step", "int")
"""The length of a batch; the number of the step."""


@dataclass(frozen=True)
class Total:
    """A sum over samples: collected in ``part`` over a chunk, in ``name`` over all chunks."""

    name: Name
    part: Name
    operation: Operation


@dataclass(frozen=True)
class Gather:
    """Rows of a datum that a chunk works on: ``source``'s, in order, or copied to ``buffer``."""

    source: Name
    rows: Name
    buffer: Name


@dataclass(frozen=True)
class Function:
    """One function of generated code.

    ``statements`` run once a chunk (or once in all), ``body`` once a sample.
    """

    name: str
    arguments: tuple[Name, ...]
    statements: tuple[Statement, ...]
    returns: tuple[Name, ...] = ()
    body: tuple[Statement, ...] = ()
    totals: tuple[Total, ...] = ()
    gathers: tuple[Gather, ...] = ()


@dataclass(frozen=True)
class Array:
    """An array that a routine allocates once a call; ``rows`` where its first axis is over samples."""

    name: Name
    shape: tuple[Expr, ...]
    kind: Literal["work", "buffer", "output"] = "work"


@dataclass(frozen=True)
class Binding:
    """How a public function comes by an input.

    ``own``: the caller's array, updated in place; ``array``: any array, taken as
    the module's dtype; ``hyper``: a number.  ``name`` is a scalar's value.
    ``limits``: what whole numbers must lie below, the lengths of axes they select along.
    """

    form: Literal["own", "array", "hyper"]
    key: str
    name: Name
    array: Name
    mapping: str = ""
    what: str = ""
    dtype: str = "real"
    shape: tuple[Expr, ...] = ()
    limits: tuple[Expr, ...] = ()

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape)


@dataclass(frozen=True)
class Length:
    """A size's name and where it is read: an array's axis, or a number."""

    name: Name
    array: Name | None
    axis: int
    value: int = 0


@dataclass(frozen=True)
class Routine:
    """What one public function computes.

    ``results`` maps output names to scalars or arrays; ``updates`` pairs each
    scalar parameter or state with its next value.
    """

    name: str
    schedule: Schedule
    coupled: str
    before: Function | None
    samples: Function | None
    after: Function | None
    arrays: tuple[Array, ...]
    results: Mapping[str, tuple[Variable, Expr]]
    updates: tuple[tuple[Name, Expr], ...] = ()
    sizes: tuple[Expr, ...] = ()
    operations: int = 1
    bindings: tuple[Binding, ...] = ()
    lengths: tuple[Length, ...] = ()

    @property
    def functions(self) -> list[Function]:
        """The routine's functions in order."""
        return [f for f in (self.before, self.samples, self.after) if f is not None]

    @property
    def per_sample_arrays(self) -> bool:
        """Whether it has work arrays with an axis for the samples of a chunk."""
        return any(SAMPLES in array.shape for array in self.arrays if array.kind != "output")

    @property
    def step_arguments(self) -> list[Name]:
        """What a function of whole steps is given: the arrays of scalars that it updates, then the rest."""
        made = {name for f in self.functions for name in f.returns}
        updated = [b for b in self.bindings if b.form == "own" and not b.shape]
        made |= {b.name for b in updated} | {N, STEP}
        rest = {name for f in self.functions for name in f.arguments} - made
        return [b.array for b in updated] + sorted(rest, key=lambda n: (n.kind == "int", n.name))


@dataclass
class Names:
    """Identifiers that all of a module's functions share."""

    namer: Namer = field(default_factory=Namer)
    identifiers: dict[Variable, str] = field(default_factory=dict)
    scalars: dict[Variable, Expr] = field(default_factory=dict)
    arrays: dict[Variable, Name] = field(default_factory=dict)
    sizes: dict[Expr, Name] = field(default_factory=lambda: {SAMPLES: N})
    zero_rank: dict[Variable, Name] = field(default_factory=dict)
    baked: dict[Variable, Name] = field(default_factory=dict)

    def size(self, extent: Expr) -> Expr:
        """The run-time name of an extent (an expression of names where it is computed)."""
        if extent.is_Integer or isinstance(extent, Extent):
            if extent not in self.sizes:
                wanted = f"size_{extent}" if extent.is_Integer else str(extent)
                self.sizes[extent] = Name(self.namer(wanted), "int")
            return self.sizes[extent]
        return extent.xreplace({e: self.size(e) for e in sorted(extent.atoms(Extent), key=str)})

    def named_size(self, extent: Expr) -> Expr:
        """The same, with whole numbers left as they are."""
        return extent if extent.is_Integer else self.size(extent)


@dataclass(frozen=True)
class Plan:
    """All of a module."""

    program: Program
    target: str
    dtype: str
    schedule: Schedule
    reason: str
    routines: tuple[Routine, ...]
    names: Names
    functions: frozenset[str]
    """The registry's functions that it computes, by name."""

    def explain(self) -> str:
        """In words: what was chosen, and why."""
        lines = [f"target {self.target}, {self.dtype}, schedule {self.schedule}: {self.reason}."]
        for routine in self.routines:
            lines.append(f"{routine.name}: {_steps(routine)}")
        return "\n".join(lines)

    def routine(self, name: str) -> Routine | None:
        """A routine by name."""
        return next((r for r in self.routines if r.name == name), None)


def _steps(routine: Routine) -> str:
    parts = []
    if routine.before is not None:
        parts.append("first what depends on parameters alone")
    if routine.samples is not None:
        if routine.coupled:
            parts.append(f"the whole batch at once, because {routine.coupled}")
        elif routine.schedule == "streaming":
            parts.append("one pass over the samples")
        else:
            parts.append("chunks of samples, an equation at a time")
    if routine.after is not None:
        parts.append("then what needs the sums over samples")
    return ", ".join(parts) + "." if parts else "nothing to compute."


def check_sizes(program: Program) -> None:
    """Raise PlanError for a size that no array's shape tells."""
    told = {extent for variable in program.inputs() for extent in variable.shape}
    for equation in program.equations:
        for part in (equation.body, *(index.extent for index in (*equation.indices, *equation.bound))):
            for extent in sorted(part.atoms(Extent), key=str):
                if extent not in told:
                    raise PlanError(
                        f"the size {extent} is the shape of no datum, parameter or constant, "
                        "so a kernel cannot know it; declare it as a number, or give an array that axis"
                    )
