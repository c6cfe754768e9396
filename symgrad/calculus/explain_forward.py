"""The derivative by a scalar, worked out from the outside in, as by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sympy import Expr, S

from ..ir.index import Index
from ..ir.program import Equation, Program
from ..ir.variable import Entry, Variable
from ..notation.formula import inputs_of
from ..notation.tensor import Tensor
from .differentiate import between, differentiate
from .explain_line import Line, reason
from .explain_rules import is_linear, rules, taken_apart, tangent
from .explain_show import Pending, Shown, by_name, finished, written
from .gradient import tensors_from


class Forward:
    """The lines for ∂loss/∂v, v a scalar.

    Each target T of the program has two variables: ∂T/∂v *pending*, which is
    written ∂/∂v(T) and whose value `differentiate` knows, and ∂T/∂v *worked out*
    by the rule for T's equation.
    """

    def __init__(self, program: Program, loss: Tensor, wrt: Tensor):
        self.loss, self.wrt = loss, wrt
        self.by = wrt.variable
        self.program = taken_apart(program, self.by)
        self.equations = self.program.definitions()
        self.depends = between(self.program, [self.by])
        self.declared = [t.variable for t in inputs_of(loss, wrt)]
        self.pending = {_variable("by", v, self.by): v for v in self.depends}
        self.slots = {v: d for d, v in self.pending.items()}
        self.done: set[Variable] = set()

    def lines(self, result: Tensor) -> list[Line]:
        """The whole derivation; ``result`` stands at its end."""
        root = self.loss.variable
        first = self._line(root)
        everything = self._side(root, set(self.depends))
        end = finished(result)
        whole = Shown(by_name(self.by), lambda: first.before.tensor)
        opens = not all(child.detail for child in first.children)
        if everything.text() == end.text():
            return [first, self._last("put in", whole, end)] if opens else [first.ending(end)]
        put_in = [self._last("put in", whole, everything)] if opens else []
        return [first, *put_in, self._last("collect", everything, end)]

    def _last(self, rule: str, before: Shown, after: Shown) -> Line:
        why = {
            "put in": "what the lines above worked out, put into the first",
            "collect": "multiplied out and collected where that is shorter",
        }[rule]
        return Line(rule, before, after, self.loss, why)

    # -- lines ------------------------------------------------------------------------

    def _line(self, target: Variable) -> Line:
        """The line for ∂target/∂v, and below it those for what it leaves open."""
        self.done.add(target)
        region = self._region(target)
        found = list(
            dict.fromkeys(r for v in region for r in rules(self.equations[v], self.depends, {self.by}))
        )
        open_ones = [v for v in self._leaves(region) if v not in self.done]
        details: list[Line] = []
        if len(region) > 1:
            details = [self._detail(v) for v in region]
        children = [self._line(v) for v in open_ones if v not in self.done]
        return Line(
            ", ".join(dict.fromkeys(r.name for r in found)),
            self._before(target),
            self._side(target, set(region)),
            self._tensor(target),
            reason(found, self.by),
            (*details, *children),
        )

    def _detail(self, target: Variable) -> Line:
        found = rules(self.equations[target], self.depends, {self.by})
        names = ", ".join(dict.fromkeys(r.name for r in found)) or "the same entries"
        side = self._side(target, {target})
        return Line(
            names, self._before(target), side, self._tensor(target), reason(found, self.by), detail=True
        )

    def _region(self, target: Variable) -> list[Variable]:
        """The target, and while all is linear what it reads: one line does them all."""
        region = [target]
        if not is_linear(self.equations[target], self.depends):
            return region
        for v in region:
            for read in self._reads(v):
                if read not in region and is_linear(self.equations[read], self.depends):
                    region.append(read)
        return region

    def _leaves(self, region: list[Variable]) -> list[Variable]:
        return list(dict.fromkeys(read for v in region for read in self._reads(v) if read not in region))

    def _reads(self, target: Variable) -> Iterable[Variable]:
        """What a target's derivative needs the derivatives of."""
        return [v for v in self.equations[target].reads() if v in self.depends and v != self.by]

    # -- sides --------------------------------------------------------------------------

    def _before(self, target: Variable) -> Shown:
        slot = self.slots[target]
        builder = Pending(self.program, self.by, self.pending, set())
        return Shown(written(builder.tree(slot), self.declared), lambda: self._made([], slot))

    def _side(self, target: Variable, expanded: Collection[Variable]) -> Shown:
        """∂target/∂v with the rules applied to what is in ``expanded``."""
        made: dict[Variable, Equation] = {}
        worked: set[Variable] = set()
        result = self._worked(target, expanded, made, worked)
        if not isinstance(result, Entry):
            result = self._constant(target, result, made)
        builder = Pending(Program((*self.program.equations, *made.values())), self.by, self.pending, worked)
        variable = result.variable
        return Shown(
            written(builder.tree(variable), self.declared), lambda: self._made(made.values(), variable)
        )

    def _constant(self, target: Variable, value: Expr, made: dict[Variable, Equation]) -> Entry:
        held = _variable("worked", target, self.by)
        axes = tuple(i.fresh() for i in self.equations[target].indices)
        made[held] = Equation(held, axes, value)
        return held[axes]

    def _worked(
        self,
        target: Variable,
        expanded: Collection[Variable],
        made: dict[Variable, Equation],
        worked: set[Variable],
    ) -> Expr:
        """The derivative's entry over any indices, or a number."""
        held = _variable("worked", target, self.by)
        axes: tuple[Index, ...] = self.equations[target].indices
        if held in made:
            return held[axes]
        linear = is_linear(self.equations[target], self.depends)

        def inner(entry: Entry) -> Expr:
            v = entry.variable
            if v == self.by:
                return S.One
            if v not in expanded:
                return self.slots[v][entry.indices]
            found = self._worked(v, expanded, made, worked)
            if not isinstance(found, Entry):
                return found
            if not linear:
                worked.add(found.variable)
            return found.variable[entry.indices]

        new = tangent(self.program, self.equations[target], held, inner, self.depends)
        *helpers, last = new
        if not last.bound and last.body.is_number:
            return last.body
        made.update({e.target: e for e in helpers})
        made[held] = last
        return held[axes]

    def _tensor(self, target: Variable) -> Tensor:
        return tensors_from(self.program, [self.loss, self.wrt])[target]

    def _made(self, made: Iterable[Equation], target: Variable) -> Tensor:
        """The tensor of one side: what is pending is worked out by the differentiator."""
        made = list(made)
        equations = {e.target: e for e in self.program.equations}
        needed = {v for e in made for v in e.reads()} | {target}
        slots: list[Equation] = []
        for slot, v in self.pending.items():
            if slot in needed:
                derived, held = differentiate(self.program, v, [self.by])
                equations.update({e.target: e for e in derived.equations})
                axes = tuple(Index("j", extent) for extent in v.shape)
                slots.append(Equation(slot, axes, held[self.by][axes]))
        program = Program((*equations.values(), *slots, *made), {"it": target}).live()
        return tensors_from(program, [self.loss, self.wrt])[target]


def _variable(what: str, variable: Variable, by: Variable) -> Variable:
    return Variable(f"{variable.name}_{what}_{by.name}", variable.shape)
