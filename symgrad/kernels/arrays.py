"""A routine for targets that work on whole arrays: an equation a statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sympy import Basic, Expr

from ..ir.index import SAMPLES, Extent
from ..ir.program import Equation
from ..ir.variable import Variable
from .names import Cell, Name
from .plan import Array, Function, Gather, N, Names, Routine, Schedule, Total
from .products import operations
from .routine import ROWS, stems
from .stages import Stages
from .statements import Copy, Let, Statement, Store, bound_names, used_names


@dataclass(frozen=True, eq=False)
class Grid:
    """A whole equation's right-hand side, and what the variables it reads are called."""

    equation: Equation
    held: Mapping[Variable, Expr]
    names: Names

    def parts(self) -> Iterable[Basic]:
        """The names that it mentions: variables, and the named sizes of its axes."""
        yield from self.held.values()
        extents = [i.extent for i in (*self.equation.indices, *self.equation.bound)]
        for extent in [*extents, *self.equation.body.atoms(Extent)]:
            yield from (self.names.size(e) for e in extent.atoms(Extent) if e != SAMPLES)
        if any(e == SAMPLES for e in extents):
            yield ROWS
        if SAMPLES in self.equation.body.atoms(Extent):
            yield N


class ArrayBuilder:
    """Puts one routine together, stage by stage."""

    def __init__(
        self,
        name: str,
        stages: Stages,
        outputs: Mapping[str, Variable],
        inputs: Sequence[Variable],
        names: Names,
        schedule: Schedule,
    ):
        self.name, self.stages, self.outputs, self.inputs = name, stages, outputs, inputs
        self.names = names
        self.schedule: Schedule = schedule
        self.namer = names.namer.child()
        self.stems = stems([e.target for e in (*stages.before, *stages.samples, *stages.after)], outputs)
        self.held: dict[Variable, Expr] = {**names.scalars, **names.arrays}
        self.arrays: list[Array] = []
        self.gathers: list[Gather] = []

    def build(self) -> Routine:
        """The routine."""
        after_reads = {v for e in self.stages.after for v in e.reads()} | set(self.outputs.values())
        sample_reads = {v for e in self.stages.samples for v in e.reads()}
        before = self._function("before", self.stages.before, after_reads | sample_reads)
        samples = self._samples(after_reads)
        after = self._function("after", self.stages.after, set(self.outputs.values()))
        results = {key: (v, self.held[v]) for key, v in self.outputs.items()}
        updates = tuple(
            (self.names.scalars[v], self.held[self.outputs[f"next:{v.name}"]])
            for v in self.inputs
            if not v.shape and f"next:{v.name}" in self.outputs
        )
        return Routine(
            self.name, self.schedule, self.stages.coupled, before, samples, after, tuple(self.arrays),
            results, updates, self._sizes(), operations(self.stages.samples),  # type: ignore[arg-type]
        )  # fmt: skip

    def _sizes(self) -> tuple[Expr, ...]:
        equations = (*self.stages.before, *self.stages.samples, *self.stages.after)
        found = {e for q in equations for i in (*q.indices, *q.bound) for e in i.extent.atoms(Extent)}
        found |= {e for q in equations for e in q.body.atoms(Extent)}
        for extent in sorted(found, key=str):
            self.names.size(extent)
        return tuple(sorted(found, key=str))

    def _statements(self, equations: Iterable[Equation], held: dict[Variable, Expr]) -> list[Statement]:
        statements: list[Statement] = []
        for equation in equations:
            stem = self.stems[equation.target]
            name = Name(self.namer(stem) if stem else self.namer.temp())
            grid = Grid(equation, {v: held[v] for v in equation.reads()}, self.names)
            statements.append(Let(name, grid))
            held[equation.target] = name
        return statements

    def _function(self, stage: str, equations: Sequence[Equation], needed: set[Variable]) -> Function | None:
        statements = self._statements(equations, self.held)
        if stage == "after":
            for variable in self.inputs:
                value = self.outputs.get(f"next:{variable.name}")
                if value is not None and variable.shape and self.held[value] != self.names.arrays[variable]:
                    statements.append(Copy(self.names.arrays[variable], self.held[value]))  # type: ignore[arg-type]
        if not statements:
            return None
        returns = tuple(self.held[e.target] for e in equations if e.target in needed)
        return Function(
            f"_{self.name}_{stage}", self._arguments(statements, set()), tuple(statements), returns
        )  # type: ignore[arg-type]

    def _samples(self, needed: set[Variable]) -> Function | None:
        equations = self.stages.samples
        if not equations:
            return None
        held = dict(self.held)
        for variable, array in self.names.arrays.items():
            if variable.per_sample and any(variable in e.reads() for e in equations):
                rows = Name(self.namer.like(f"{array}_rows"), array.kind)
                self.gathers.append(Gather(array, rows, rows))
                held[variable] = rows
        statements = self._statements(equations, held)
        totals: list[Total] = []
        returns: list[Name] = []
        for equation in equations:
            target = equation.target
            value = held[target]
            assert isinstance(value, Name)
            if target.per_sample:
                if target in set(self.outputs.values()):
                    statements.append(self._given_out(target, value))
            elif target in needed and self.stages.coupled:
                self.held[target] = value
                returns.append(value)
            elif target in needed:
                whole = Name(self.namer.like(f"{value}_total"))
                totals.append(Total(whole, value, equation.kind))  # type: ignore[arg-type]
                self.held[target] = whole
                returns.append(whole)
        bound = {ROWS, *(g.rows for g in self.gathers), *returns}
        arguments = self._arguments(statements, bound)
        extra = [g.source for g in self.gathers if g.source not in arguments]
        return Function(
            f"_{self.name}_samples",
            (*extra, *arguments),
            tuple(statements),
            tuple(returns),
            (),
            tuple(totals),
            tuple(self.gathers),
        )

    def _given_out(self, target: Variable, value: Name) -> Statement:
        kind = "real" if target.dtype == "real" else "int"
        array = Name(self.namer.like(f"{value}_all"), kind)
        rows = Name(self.namer.like(f"{value}_rows"), kind)
        self.arrays.append(Array(array, target.shape, "output"))
        self.gathers.append(Gather(array, rows, array))
        self.held[target] = array
        return Store(Cell(rows), value)

    @staticmethod
    def _arguments(statements: Sequence[Statement], bound: set[Name]) -> tuple[Name, ...]:
        free = used_names(statements) - bound_names(statements) - bound
        return tuple(sorted(free, key=lambda n: (n.kind == "int", n.name)))
