"""A routine for targets that run a scalar at a time: functions, arrays and results of some outputs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from sympy import Expr

from ..ir.index import Extent
from ..ir.variable import Variable
from .lower import Lowering, needed_arrays
from .names import Name
from .plan import Array, Function, Gather, N, Names, Routine, Schedule, Total
from .products import lay_out, operations
from .stages import Stages
from .statements import Copy, Let, Loop, Statement, bound_names, used_names
from .tidy import tidy
from .values import Place
from .views import Run, View, arrange, view

ROW, POSITION, ROWS = Name("row", "int"), Name("position", "int"), Name("rows", "int")
_TEMPORARY = re.compile(r"(t[0-9a-f]{8,})(.*)")


def stems(targets: Iterable[Variable], outputs: Mapping[str, Variable]) -> dict[Variable, str]:
    """What each variable's identifiers are made from; nothing for one that has only a digest.

    An output is called after what it is: ``gradient_W``, ``next_W``.
    """
    known = {v.name: key.replace(":", "_") for key, v in reversed(list(outputs.items()))}
    found: dict[Variable, str] = {}
    for variable in targets:
        parts = _TEMPORARY.fullmatch(variable.name)
        base, rest = parts.groups() if parts else (variable.name, "")
        stem = known.get(base, "" if parts else base)
        found[variable] = "_".join(part for part in (stem, rest.strip(".").replace(".", "_")) if part)
    return found


class Builder:
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
        self.schedule: Schedule = schedule
        self.name, self.outputs, self.inputs, self.names = name, outputs, inputs, names
        self.coupled = stages.coupled
        batched = schedule == "batched"
        samples = lay_out(stages.samples) if batched else list(stages.samples)
        self.stages = {"before": list(stages.before), "samples": samples, "after": list(stages.after)}
        self.views = {key: [view(e) for e in equations] for key, equations in self.stages.items()}
        self.namer = names.namer.child()
        self.scalars: dict[Variable, Expr] = dict(names.scalars)
        self.places: dict[Variable, Place] = {}
        self.arrays: list[Array] = []
        self.gathers: list[Gather] = []
        self.copies: list[Copy] = []
        self.late: list[Variable] = []
        self.totals: list[Variable] = []
        self.outputs_held: dict[Variable, Name] = {}
        self.stems = stems(self._targets(), outputs)
        self.sizes: dict[Expr, None] = {}

    def _targets(self) -> list[Variable]:
        return [e.target for equations in self.stages.values() for e in equations]

    # -- the whole ------------------------------------------------------------

    def build(self) -> Routine:
        """The routine."""
        nodes = self._arranged()
        self._place_inputs()
        self._place_targets(nodes)
        before = self._function("before", nodes["before"])
        samples = self._samples(nodes["samples"])
        after = self._function("after", nodes["after"])
        results = {key: (v, self._held(v)) for key, v in self.outputs.items()}
        updates = tuple(
            (self.names.scalars[variable], self._held(self.outputs[f"next:{variable.name}"]))
            for variable in self.inputs
            if not variable.shape and f"next:{variable.name}" in self.outputs
        )
        return Routine(
            self.name, self.schedule, self.coupled, before, samples, after, tuple(self.arrays),
            results, updates, tuple(self.sizes), operations(self.stages["samples"]),  # type: ignore[arg-type]
        )  # fmt: skip

    def _arranged(self) -> dict[str, list[Run | View]]:
        nodes = {key: arrange(self.views[key], 0) for key in ("before", "after")}
        if self.schedule == "streaming" and self.views["samples"]:
            members = self.views["samples"]
            root = Run(members[0].loops[0].extent, False, members)
            root.body = arrange(members, 1, (root,))
            nodes["samples"] = [root]
        else:
            nodes["samples"] = arrange(self.views["samples"], 0)
        return nodes

    def _held(self, variable: Variable) -> Expr:
        """A finished scalar, or the array that holds a tensor."""
        if variable in self.scalars:
            return self.scalars[variable]
        return self.names.arrays[variable] if variable in self.names.arrays else self.outputs_held[variable]

    # -- where things lie -----------------------------------------------------

    def _place_inputs(self) -> None:
        for variable, name in self.names.arrays.items():
            axes = tuple(range(variable.rank))
            if not variable.per_sample:
                self.places[variable] = Place(name, axes)
            elif self.schedule == "streaming":
                self.places[variable] = Place(name, axes[1:], (ROW,))
            elif any(variable in v.reads for v in self.views["samples"]):
                rows = Name(self.namer.like(f"{name}_rows"), name.kind)
                buffer = Name(self.namer.like(f"{name}_buffer"), name.kind)
                self.gathers.append(Gather(name, rows, buffer))
                self.arrays.append(Array(buffer, variable.shape, "buffer"))
                self.places[variable] = Place(rows, axes)

    def _place_targets(self, nodes: Mapping[str, list[Run | View]]) -> None:
        wanted = set(self.outputs.values())
        readers = {key: {v for one in views for v in one.reads} for key, views in self.views.items()}
        for key, views in self.views.items():
            elsewhere = wanted.union(*(r for other, r in readers.items() if other != key))
            axes = needed_arrays(views, elsewhere)
            for one in views:
                target = one.target
                reduces = one.form == "reduce" and any(b.is_sample for b in one.equation.bound)
                if key == "samples" and reduces and not self.coupled:
                    self.totals.append(target)
                if target not in axes:
                    continue
                if target.per_sample and target in wanted:
                    self.places[target] = self._given_out(target)
                    self.outputs_held[target] = self.arrays[-1].name
                elif not self._in_place(target, views, nodes[key]):
                    kind = "output" if target in wanted else "work"
                    name = self._array(
                        target, kind, tuple(target.shape[a] for a in axes[target]), wide=reduces
                    )
                    self.places[target] = Place(name, axes[target])
                    self.outputs_held[target] = name
        self._copy_updates()

    def _array(self, variable: Variable, kind: str, shape: tuple[Expr, ...], wide: bool = False) -> Name:
        stem = self.stems.get(variable) or variable.name
        name = Name(self.namer(stem), "int" if variable.dtype != "real" else "wide" if wide else "real")
        self.arrays.append(Array(name, shape, kind))  # type: ignore[arg-type]
        return name

    def _given_out(self, target: Variable) -> Place:
        """A per-sample output: the caller's array, a row a sample."""
        name = self._array(target, "output", target.shape)
        axes = tuple(range(target.rank))
        if self.schedule == "streaming":
            return Place(name, axes[1:], (POSITION,))
        rows = Name(self.namer.like(f"{name}_rows"), name.kind)
        self.gathers.append(Gather(name, rows, name))
        return Place(rows, axes)

    def _updated(self, target: Variable) -> Variable | None:
        """The array parameter or state whose next value ``target`` is, if it is exactly one output."""
        keys = [key for key, v in self.outputs.items() if v == target]
        if len(keys) != 1 or not keys[0].startswith("next:"):
            return None
        return next(v for v in self.inputs if v.name == keys[0].removeprefix("next:"))

    def _in_place(self, target: Variable, views: Sequence[View], nodes: Sequence[Run | View]) -> bool:
        """Let an update overwrite its array where nobody needs the old value any more."""
        owner = self._updated(target)
        own = next(v for v in views if v.target == target)
        if owner is None or views is not self.views["after"] or own.form != "point":
            return False
        for reader in views:
            places = [e.indices for e in reader.reads.get(owner, [])]
            if not places:
                continue
            if reader.path and own.path and _before(nodes, reader.path[0], own.path[0]):
                continue
            if reader.path != own.path or any(
                p != tuple(reader.loops[own.loops.index(i)] for i in own.places) for p in places
            ):  # type: ignore[arg-type]
                return False
        self.places[target] = Place(self.names.arrays[owner], tuple(range(target.rank)))
        self.outputs_held[target] = self.names.arrays[owner]
        self.late.append(target)
        return True

    def _copy_updates(self) -> None:
        for key, target in self.outputs.items():
            if not key.startswith("next:") or not target.shape:
                continue
            owner = next((v for v in self.inputs if v.name == key.removeprefix("next:")), None)
            source = self.places[target].array if target in self.places else None
            if owner is None or source is None or source == self.names.arrays[owner]:
                continue
            self.copies.append(Copy(self.names.arrays[owner], source))

    # -- functions ------------------------------------------------------------

    def _lowering(self, wide: int = 1) -> Lowering:
        places = dict(self.places)
        low = Lowering(
            self.namer.child(), self.stems, places, self.scalars, self._size, ROWS,
            wide=wide, filled=self.totals, late=self.late,
        )  # fmt: skip
        low.depths |= {ROW: 1, POSITION: 1}
        low.depths |= {p.array: v.rank - len(p.kept) for v, p in places.items()}
        return low

    def _size(self, extent: Expr) -> Expr:
        for part in [extent] if extent.is_Integer else sorted(extent.atoms(Extent), key=str):
            self.sizes.setdefault(part)
        return self.names.size(extent)

    def _function(self, stage: str, nodes: Sequence[Run | View]) -> Function | None:
        low = self._lowering()
        if stage == "before":
            for total in self.totals:
                if total.shape:
                    kind = next(v.equation.kind for v in self.views["samples"] if v.target == total)
                    low.neutral(total, kind, {})
        low.emit(nodes)
        statements: list[Statement] = low.scopes[0].statements
        if stage == "after":
            statements += self.copies
        if not statements:
            return None
        returns = self._keep(low, stage)
        statements = list(tidy(statements, low.automatic, returns))
        self._work_arrays(low)
        return Function(
            f"_{self.name}_{stage}", self._arguments(statements, returns), tuple(statements), returns
        )

    def _keep(self, low: Lowering, stage: str) -> tuple[Name, ...]:
        """The scalars of a finished function that others need, which it returns."""
        later = {"before": ("samples", "after"), "samples": ("after",), "after": ()}[stage]
        needed = set(self.outputs.values()) | {
            v for key in later for one in self.views[key] for v in one.reads
        }
        kept: list[Name] = []
        for variable, value in low.scopes[0].scalars.items():
            if variable in self.scalars or variable not in needed or variable.shape:
                continue
            if not isinstance(value, Name):
                value = low.bind(variable, "real")
                low.scopes[0].statements.append(Let(value, low.scopes[0].scalars[variable]))
            self.scalars[variable] = value
            self.namer.like(value.name)
            kept.append(value)
        return tuple(kept)

    def _work_arrays(self, low: Lowering) -> None:
        for name, shape in low.works:
            self.arrays.append(Array(name, shape))
            self.namer.like(name.name)

    def _samples(self, nodes: Sequence[Run | View]) -> Function | None:
        if not self.views["samples"]:
            return None
        low = self._lowering()
        body: list[Statement] = []
        if self.schedule == "streaming":
            (root,) = nodes
            assert isinstance(root, Run)
            low.open_run(root, 0)
            body = low.body_of(root, 0, POSITION)
            low.close_run(root, 0)
        else:
            low.emit(nodes)
        statements = low.scopes[0].statements
        returns = self._keep(low, "samples")
        totals: list[Total] = []
        if not self.coupled:
            operations_of = {v.target: v.equation.kind for v in self.views["samples"]}
            for variable, value in low.scopes[0].scalars.items():
                if variable in self.totals and isinstance(value, Name) and value in returns:
                    part = value
                    whole = Name(self.namer.like(f"{part}_total"), part.kind)
                    self.scalars[variable] = whole
                    totals.append(Total(whole, part, operations_of[variable]))  # type: ignore[arg-type]
            returns = tuple(t.name for t in totals)
        parts = [t.part for t in totals]
        marker = [Loop(POSITION, N, tuple(body))] if body else []
        done = tidy([*statements, *marker], low.automatic, [*returns, *parts])
        if marker:
            loop = done[-1]
            assert isinstance(loop, Loop)
            done, body = done[:-1], list(loop.body)
        self._work_arrays(low)
        gathered = {g.rows for g in self.gathers}
        used = [g for g in self.gathers if g.rows in used_names(done)]
        arguments = self._arguments(
            [*done, *body], (), bound=frozenset({ROW, POSITION, ROWS, *gathered, *returns})
        )
        extra = [n for g in used for n in dict.fromkeys((g.source, g.buffer))]
        return Function(
            f"_{self.name}_samples",
            (*extra, *arguments),
            tuple(done),
            returns,
            tuple(body),
            tuple(totals),
            tuple(used),
        )

    def _arguments(
        self, statements: Sequence[Statement], returns: Sequence[Name], bound: frozenset[Name] = frozenset()
    ) -> tuple[Name, ...]:
        own = bound_names(statements) | set(bound)
        free = (used_names(statements) | set(returns)) - own
        return tuple(sorted(free, key=lambda n: (n.kind == "int", n.name)))


def _before(nodes: Sequence[Run | View], one: Run, two: Run) -> bool:
    """Whether one top-level loop stands before another."""
    return one in nodes and two in nodes and nodes.index(one) < nodes.index(two)
