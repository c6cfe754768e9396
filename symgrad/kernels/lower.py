"""Arranged equations to statements of loops and scalars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sympy import And, Expr, Integer, Mul

from ..ir.heads import Where
from ..ir.index import SAMPLES, Index
from ..ir.variable import Entry, Variable
from .names import Cell, Name, Namer
from .rewrite import in_range
from .statements import Accumulate, Call, If, Let, Loop, MatMul, Start, Statement, Store
from .values import NEUTRAL, Place, Scope, Values
from .views import Run, View, as_matmul, solve_position


class Lowering(Values):
    """One function's statements, from arranged equations.

    ``samples`` is the extent of loops over samples.  Accumulators that start
    inside fewer than ``wide`` loops are float64 whatever the dtype.  Arrays in
    ``filled`` are set to zero elsewhere, those in ``late`` are written when a
    loop's body is done (it still reads them).
    """

    def __init__(
        self, namer: Namer, identifiers: dict[Variable, str], places: dict[Variable, Place],
        scalars: Mapping[Variable, Expr], size: Callable[[Expr], Expr], samples: Expr,
        *, wide: int = 1, filled: Sequence[Variable] = (), late: Sequence[Variable] = (),
    ):  # fmt: skip
        super().__init__(namer, places, scalars, size)
        self.identifiers, self.samples, self.wide = identifiers, samples, wide
        self.filled, self.late = set(filled), set(late)
        self.maps: dict[View, dict[Index, Expr]] = {}
        self.accumulators: dict[View, Name] = {}
        self.letters: dict[tuple[int, bool], Name] = {}
        self.works: list[tuple[Name, tuple[Expr, ...]]] = []

    # -- loops ----------------------------------------------------------------

    def emit(self, nodes: Iterable[Run | View], level: int = 0) -> None:
        """Append the statements of arranged equations to the innermost scope."""
        for node in nodes:
            if isinstance(node, Run):
                self._run(node, level)
            else:
                self._leaf(node, level)

    def _run(self, run: Run, level: int) -> None:
        self.open_run(run, level)
        counter, extent = self._counter(run.extent, self.scope.depth + 1)
        body = self.body_of(run, level, counter)
        self.scope.statements.append(Loop(counter, extent, tuple(body), run.reverse))
        self.close_run(run, level)

    def open_run(self, run: Run, level: int) -> None:
        """Start what collects over a loop."""
        for view in run.members:
            if view.form in ("reduce", "scan") and view.opens == level:
                self._open(view, level)

    def close_run(self, run: Run, level: int) -> None:
        """Give out what was collected over a loop."""
        for view in run.members:
            if view.form == "reduce" and view.opens == level and view in self.accumulators:
                self._give(view, self.accumulators[view])

    def body_of(self, run: Run, level: int, counter: Expr) -> list[Statement]:
        """The statements inside a shared loop."""
        for view in run.members:
            self.maps.setdefault(view, {})[view.loops[level]] = counter
        self.scopes.append(Scope(self.scope.depth + 1))
        self.emit(run.body, level + 1)
        done = self.scopes.pop()
        return done.statements + done.deferred

    def _counter(self, extent: Expr, depth: int) -> tuple[Name, Expr]:
        """A loop's counter and run-time extent."""
        sample = extent == SAMPLES
        if (depth, sample) not in self.letters:
            self.letters[depth, sample] = Name(
                self.namer.like("i" if sample else "jklpqrsuvw"[min(depth, 9) - 1]), "int"
            )
        counter = self.letters[depth, sample]
        self.depths[counter] = depth
        return counter, self.samples if sample else self.size(extent)

    # -- reductions -----------------------------------------------------------

    def _open(self, view: View, level: int) -> None:
        operation = view.equation.kind if view.form == "reduce" else "sum"
        if self.in_array(view, level):
            if view.target not in self.filled:
                self.neutral(
                    view.target,
                    operation,
                    {
                        a: self.maps.get(view, {})[i]
                        for a, i in enumerate(view.places)
                        if i in view.loops[:level]
                    },
                )
            return
        kind = "int" if view.target.dtype != "real" else "wide" if self.scope.depth < self.wide else "real"
        name = self.bind(view.target, kind)
        self.scope.statements.append(Start(name, operation))  # type: ignore[arg-type]
        self.accumulators[view] = name

    @staticmethod
    def in_array(view: View, level: int) -> bool:
        """Whether a reduction collects element by element of an array."""
        own = view.equation.indices
        return view.form == "reduce" and (view.places != own or any(i in own for i in view.loops[level:]))

    def neutral(self, variable: Variable, operation: str, fixed: Mapping[int, Expr]) -> None:
        """Set a variable's array to an operation's neutral element, but for the axes that stand fixed."""
        loops: list[tuple[Name, Expr]] = []
        positions: list[Expr] = []
        for axis, extent in enumerate(variable.shape):
            if axis not in fixed:
                loops.append(self._counter(extent, self.scope.depth + 1 + len(loops)))
            positions.append(fixed[axis] if axis in fixed else loops[-1][0])
        statement: Statement = Store(self.places[variable].cell(positions), NEUTRAL[operation])
        for counter, extent in reversed(loops):
            statement = Loop(counter, extent, (statement,))
        self.scope.statements.append(statement)

    def bind(self, variable: Variable, kind: str) -> Name:
        """A new name for a variable's value in this scope."""
        stem = self.identifiers[variable]
        array = self.places.get(variable)
        name = Name(
            self.namer.like(f"{stem}_value" if array is not None else stem) if stem else self.namer.temp(),
            kind,
        )
        self.depths[name] = self.scope.depth
        return name

    # -- leaves ---------------------------------------------------------------

    def _leaf(self, view: View, level: int) -> None:
        indices = self.maps.setdefault(view, {})
        found = as_matmul(view, level)
        if found is not None and level < len(view.loops):
            return self._matmul(view, indices, *found)
        if view.form == "table":
            return self._table(view, indices)
        if view.form == "matrix":
            return self._matrix(view, indices)
        if view.form == "scan":
            return self._scan(view, indices)
        if view.form == "reduce":
            return self._accumulate(view, indices)
        self._give(view, self.lower(view.body, indices))  # type: ignore[arg-type]

    def _positions(self, view: View, indices: Mapping[Index, Expr]) -> list[Expr]:
        return [self.lower(p, indices) for p in view.places]  # type: ignore[misc]

    def _give(self, view: View, value: Expr) -> None:
        """The finished value of a target, for later equations and for its array."""
        target = view.target
        if not isinstance(value, Name) or value not in self.accumulators.values():
            name = self.bind(target, "int" if target.dtype != "real" else "real")
            if not self.identifiers[target]:
                self.automatic.add(name)
            self.scope.statements.append(Let(name, value))
            value = name
        self.scope.scalars[target] = value
        if target in self.places:
            store = Store(self.places[target].cell(self._positions(view, self.maps.get(view, {}))), value)
            (self.scope.deferred if target in self.late else self.scope.statements).append(store)

    def _accumulate(self, view: View, indices: Mapping[Index, Expr]) -> None:
        body, guards = view.body, list[Expr]()
        if view.equation.kind == "sum":
            body, guards = _guarded(body)
        for place, extent in zip(view.places, view.target.shape, strict=True):
            if not in_range(place, extent):
                guards += [place >= 0, place < extent]
        statements: list[Statement] = []
        test = None
        if guards:
            test = self.lower(And(*guards), indices)
            self.scopes.append(Scope(self.scope.depth, conditional=True))
        value = self.lower(body, indices)
        if view in self.accumulators:
            target: Name | Cell = self.accumulators[view]
        else:
            target = self.places[view.target].cell(self._positions(view, indices))
        done = Accumulate(target, view.equation.kind, value)  # type: ignore[arg-type]
        if test is not None:
            statements = self.scopes.pop().statements
            done = If(test, (*statements, done))  # type: ignore[assignment]
        self.scope.statements.append(done)

    def _scan(self, view: View, indices: Mapping[Index, Expr]) -> None:
        total = self.accumulators[view]
        step = Accumulate(total, "sum", self.lower(view.body, indices))
        if view.inclusive:
            self.scope.statements.append(step)
        # A copy, since readers in this loop must see the value of this place.
        name = Name(self.namer.temp(), total.kind)
        self.depths[name] = self.scope.depth
        self.scope.statements.append(Let(name, total))
        self._give(view, name)
        if not view.inclusive:
            self.scope.statements.append(step)

    def _matmul(self, view: View, indices: Mapping[Index, Expr], a: Entry, b: Entry, form: str) -> None:
        def part(variable: Variable, places: Sequence[Expr]) -> Cell:
            place = self.places[variable]
            fixed = [self.lower(places[axis], indices) for axis in place.kept[:-2]]
            return Cell(place.array, *place.prefix, *fixed)

        row, column = view.equation.indices[-2:]
        inner = next(i for i in view.equation.bound if i not in indices)
        sizes = [self.samples if i.is_sample else self.size(i.extent) for i in (row, column, inner)]
        out = part(view.target, view.equation.indices)
        accumulate = view.target in self.filled
        self.scope.statements.append(
            MatMul(out, part(a.variable, a.indices), part(b.variable, b.indices), form, *sizes, accumulate)  # type: ignore[arg-type]
        )

    def _table(self, view: View, indices: Mapping[Index, Expr]) -> None:
        shape = [int(i.extent) for i in view.equation.indices[len(view.loops) :]]
        for number, body in enumerate(view.body.args):
            places: list[Expr] = []
            for size in reversed(shape):
                number, at = divmod(number, size)
                places.insert(0, Integer(at))
            lead = [indices[i] for i in view.loops]
            cell = self.places[view.target].cell([*lead, *places])
            self.scope.statements.append(Store(cell, self.lower(body, indices)))

    # -- matrix functions -----------------------------------------------------

    def _matrix(self, view: View, indices: Mapping[Index, Expr]) -> None:
        equation = view.equation
        row, column = equation.bound
        matrix, right_side = equation.body.args if equation.kind == "solve" else (equation.body, None)
        work = self._work((row, column), matrix, indices)
        rows = self.size(row.extent)
        if equation.kind in ("det", "logdet"):
            name = self.bind(view.target, "real")
            self.scope.statements.append(Call(equation.kind, (work, rows), name))
            return self._give(view, name)
        lead = [indices[i] for i in view.loops]
        out = self.places[view.target]
        if right_side is None:
            spare = self._array((row.extent, column.extent))
            part = Cell(out.array, *out.prefix, *(lead[a] for a in out.kept[: len(out.kept) - 2]))
            self.scope.statements.append(Call(equation.kind, (work, rows, spare, part)))
            return
        rest = equation.indices[solve_position(equation) + 1 :]
        columns = Mul(*(self.size(i.extent) for i in rest))
        right = self._work((row, *rest), right_side, indices)
        self.scope.statements.append(Call("solve", (work, rows, right, columns)))
        own = (row, *rest)
        self._nest(
            own,
            indices,
            lambda at: Store(
                out.cell([*lead, *(at[i] for i in own)]), Cell(right.array, *(at[i] for i in own))
            ),
        )

    def _work(self, axes: Sequence[Index], body: Expr, indices: Mapping[Index, Expr]) -> Cell:
        """A work array filled with ``body`` over ``axes``."""
        work = self._array(tuple(i.extent for i in axes))
        self._nest(
            axes, indices, lambda at: Store(Cell(work.array, *(at[i] for i in axes)), self.lower(body, at))
        )
        return work

    def _array(self, shape: tuple[Expr, ...]) -> Cell:
        name = Name(self.namer.temp("work"), "real")
        self.works.append((name, shape))
        return Cell(name)

    def _nest(
        self,
        axes: Sequence[Index],
        indices: Mapping[Index, Expr],
        inside: Callable[[dict[Index, Any]], Statement],
    ) -> None:
        if not axes:
            self.scope.statements.append(inside(dict(indices)))
            return
        counter, extent = self._counter(axes[0].extent, self.scope.depth + 1)
        self.scopes.append(Scope(self.scope.depth + 1))
        self._nest(axes[1:], {**indices, axes[0]: counter}, inside)
        body = self.scopes.pop().statements
        self.scope.statements.append(Loop(counter, extent, tuple(body)))


def _guarded(body: Expr) -> tuple[Expr, list[Expr]]:
    """``body`` without the branch outside of which it is zero, and that branch's condition."""
    factors = list(Mul.make_args(body))
    for position, factor in enumerate(factors):
        if isinstance(factor, Where) and factor.args[2] == 0 and not factor.args[1].is_number:
            condition, inner, _ = factor.args
            return Mul(inner, *factors[:position], *factors[position + 1 :]), [condition]
    return body, []


def needed_arrays(views: Sequence[View], escaping: Iterable[Variable]) -> dict[Variable, tuple[int, ...]]:
    """For each variable that must lie in an array: the axes it needs there.

    An axis falls away where every reader stands in the same loop.
    """
    escaping = set(escaping)
    readers: dict[Variable, list[View]] = {}
    for view in views:
        for variable in view.reads:
            readers.setdefault(variable, []).append(view)
    found: dict[Variable, tuple[int, ...]] = {}
    for view in views:
        target = view.target
        axes = tuple(range(target.rank))
        if target not in escaping:
            shared = len(view.path)
            for reader in readers.get(target, []):
                common = 0
                while common < min(shared, len(reader.path)) and view.path[common] is reader.path[common]:
                    common += 1
                shared = common
            gone = {view.axis_of(level) for level in range(shared)}
            axes = tuple(a for a in axes if a not in gone)
        if axes:
            found[target] = axes
    return found
