"""Arranged equations to statements of scalars and loops (targets that run a scalar at a time)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sympy import Add, Basic, Expr, Integer, Mul, Pow, S, oo
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean, Not

from ..ir.functions import Delta, Real, Where
from ..ir.index import SAMPLES, Extent, Index
from ..ir.variable import Entry, Variable, free_indices
from .names import Cell, Name, Namer
from .statements import Accumulate, Call, If, Let, Loop, MatMul, Start, Statement, Store
from .views import Run, View, as_matmul, solve_position

NEUTRAL: dict[str, Expr] = {"sum": S.Zero, "prod": S.One, "max": -oo, "min": oo}


class Indicator(Real):
    """1 where a condition holds, else 0."""

    nargs = 1


@dataclass
class Place:
    """Where a variable's elements lie: an array, what stands first in its index, the variable's axes that follow."""

    array: Name
    kept: tuple[int, ...]
    prefix: tuple[Expr, ...] = ()

    def cell(self, places: Sequence[Expr]) -> Cell:
        """The element at positions on all of the variable's axes."""
        return Cell(self.array, *self.prefix, *(places[a] for a in self.kept))


@dataclass
class Scope:
    """Statements under construction, and the values already named in them."""

    depth: int
    conditional: bool = False
    statements: list[Statement] = field(default_factory=list)
    known: dict[Basic, Name] = field(default_factory=dict)
    scalars: dict[Variable, Expr] = field(default_factory=dict)
    deferred: list[Statement] = field(default_factory=list)


class Lowering:
    """One function's statements.

    ``places`` says where arrays lie and ``scalars`` what scalars are called;
    both grow as equations are lowered.  ``sizes`` gives the run-time name of an
    extent, ``counts`` that of a sample loop.
    """

    def __init__(
        self, namer: Namer, places: dict[Variable, Place], scalars: Mapping[Variable, Expr],
        sizes: Any, samples: Name, identifiers: dict[Variable, str],
    ):  # fmt: skip
        self.namer, self.places, self.sizes, self.samples = namer, places, sizes, samples
        self.identifiers = identifiers
        self.scopes = [Scope(0, scalars=dict(scalars))]
        self.depths: dict[Name, int] = {}
        self.maps: dict[View, dict[Index, Expr]] = {}
        self.accumulators: dict[View, Name] = {}
        self.letters: dict[tuple[int, bool], Name] = {}
        self.wide_below = 0
        """Accumulators that start outside this many loops are float64."""
        self.filled: set[Variable] = set()
        """Array accumulators that someone else sets to zero."""
        self.deferred: set[Variable] = set()
        """Arrays that are written only when the loop's body is done (they are read in it)."""
        self.works: list[tuple[Name, tuple[Expr, ...], str]] = []
        """Arrays that the statements need besides."""

    # -- structure ----------------------------------------------------------

    @property
    def scope(self) -> Scope:
        return self.scopes[-1]

    def emit(self, nodes: Iterable[Run | View], level: int = 0) -> None:
        """Append the statements of arranged equations."""
        for node in nodes:
            if isinstance(node, Run):
                self._run(node, level)
            else:
                self._leaf(node, level)

    def _run(self, run: Run, level: int) -> None:
        self.open_run(run, level)
        sample = run.extent == SAMPLES
        counter = self._letter(self.scope.depth + 1, sample)
        body = self.body_of(run, level, counter)
        extent = self.samples if sample else self.size(run.extent)
        self.scope.statements.append(Loop(counter, extent, tuple(body), run.reverse))
        self.close_run(run, level)

    def open_run(self, run: Run, level: int) -> None:
        """Start the accumulators that collect over a loop."""
        for view in run.members:
            if view.form in ("reduce", "argmax", "scan") and view.opens == level:
                self._open(view, level)

    def close_run(self, run: Run, level: int) -> None:
        """Give out what the accumulators collected."""
        for view in run.members:
            if view.form in ("reduce", "argmax") and view.opens == level and view in self.accumulators:
                self._finish(view, self.accumulators[view])

    def body_of(self, run: Run, level: int, counter: Expr) -> list[Statement]:
        """The statements inside a shared loop."""
        for view in run.members:
            self.maps.setdefault(view, {})[view.loops[level]] = counter
        self.scopes.append(Scope(self.scope.depth + 1))
        self.emit(run.body, level + 1)
        done = self.scopes.pop()
        return done.statements + done.deferred

    def _letter(self, depth: int, sample: bool) -> Name:
        key = (depth, sample)
        if key not in self.letters:
            wanted = "i" if sample else "jklpqrsuvw"[min(depth, 9) - 1]
            self.letters[key] = Name(self.namer.like(wanted), "int")
        self.depths[self.letters[key]] = depth
        return self.letters[key]

    # -- accumulators -------------------------------------------------------

    def kind(self, view: View) -> str:
        """The kind of an accumulator."""
        if view.target.dtype != "real":
            return "int"
        return "wide" if self.scope.depth <= self.wide_below else "real"

    def _open(self, view: View, level: int) -> None:
        operation = view.equation.kind if view.form == "reduce" else "sum"
        array = view.form == "reduce" and any(
            index in view.equation.indices for index in view.loops[level:]
        ) or view.places != view.equation.indices
        if array:
            if view.target not in self.filled:
                self.neutral(view.target, NEUTRAL[operation], self.maps.get(view, {}), view)
            return
        stem = self.identifiers.get(view.target) or self.namer.temp()
        if view.form == "argmax":
            best = Name(self.namer.temp("best"), "real")
            self._bind(best)
            self.scope.statements.append(Start(best, "max"))
            self.maps.setdefault(view, {})[view.equation.bound[0]] = best  # replaced when the loop starts
            self.bests = getattr(self, "bests", {}) | {view: best}
            name = Name(self._identifier(view.target), "int")
            self._bind(name)
            self.scope.statements.append(Let(name, S.Zero))
            self.accumulators[view] = name
            return
        name = Name(stem, self.kind(view))
        self._bind(name)
        self.scope.statements.append(Start(name, operation))  # type: ignore[arg-type]
        self.accumulators[view] = name

    def neutral(self, variable: Variable, value: Expr, fixed: Mapping[Index, Expr], view: View | None = None) -> None:
        """Set a variable's array to ``value`` along the axes that no loop around fixes."""
        place = self.places[variable]
        loops: list[tuple[Name, Expr]] = []
        positions: list[Expr] = []
        for axis, extent in enumerate(variable.shape):
            index = view.places[axis] if view is not None else None
            if index in fixed:
                positions.append(fixed[index])  # type: ignore[index]
                continue
            counter = self._letter(self.scope.depth + 1 + len(loops), extent == SAMPLES)
            loops.append((counter, self.samples if extent == SAMPLES else self.size(extent)))
            positions.append(counter)
        statement: Statement = Store(place.cell(positions), value)
        for counter, extent in reversed(loops):
            statement = Loop(counter, extent, (statement,))
        self.scope.statements.append(statement)

    def _bind(self, name: Name) -> None:
        self.depths[name] = self.scope.depth
