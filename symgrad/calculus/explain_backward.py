"""The derivative by a vector, a matrix or a weight of a network: backpropagation, an equation a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from sympy import Expr, Mul, S

from ..display import named, show
from ..display.index_notation import Builder, is_plain
from ..display.tree import Node, letter, walk
from ..ir.functions import BY_NAME
from ..ir.index import Index, fresh_indices
from ..ir.program import Equation, Program
from ..ir.variable import Entry, Variable
from ..notation.formula import inputs_of
from ..notation.functions import one_hot, softmax
from ..notation.record import elementwise
from ..notation.tensor import Tensor
from .differentiate import Adjoint, Part, Sweep, between, combine, differentiate, share, swept
from .explain_line import Line, reason
from .explain_rules import CHAIN, CONSTANT, MATRIX, SPREAD, USES, Rule, rules, taken_apart
from .explain_show import ADJOINT, Shown, Spelled, beside
from .explain_show import named as named_as
from .gradient import Gradient, tensors_from
from .stabilise import stabilise


class Backward:
    """The lines for ∂loss/∂W: names for what is computed on the way, then the derivatives by these.

    A derivative that only repeats or scales the one before it gets no line.  The
    lines of the gradient itself (δ₂ = …, ∂L/∂W = …) come from the gradient's own
    program; the single steps that lead to each stand below it.
    """

    def __init__(self, program: Program, loss: Tensor, wrt: Tensor, found: Gradient):
        self.loss, self.wrt, self.found = loss, wrt, found
        self.by = wrt.variable
        self.program = taken_apart(program, self.by)
        self.needed = between(self.program, [self.by])
        self.declared = [t.variable for t in inputs_of(loss, wrt)]
        self.layers, self.taken = named.called_layers(found.program)
        self.keep: dict[Variable, Variable] = {layer.z: layer.shown["z"] for layer in self.layers}
        self.truth = named.called("t", Variable("t"), self.taken)
        self.slots: dict[Variable, Variable] = {}
        self.deltas: dict[Variable, tuple[Variable, Expr]] = {}
        self.names: dict[Variable, Variable] = {}
        self.trees: list[Node] = []

    def lines(self) -> list[Line]:
        """Names first, then the backward pass."""
        heads = named.backpropagation(self.found.program)
        self._note_deltas(heads)
        self._steps()
        self._renumber()
        self.trees = [tree[1] for _, _, tree in heads]
        steps = self._steps()
        backward: list[Line] = []
        definitions: list[Line] = []
        for head, variable, tree in heads:
            line = self._head(head, variable, tree, steps)
            (definitions if line.rule == "name" else backward).append(line)
        return [*self._definitions(), *definitions, *backward]

    # -- the lines of the gradient ----------------------------------------------------

    def _note_deltas(self, heads: Sequence[tuple[Variable | str, Variable, show.Tree]]) -> None:
        """Which pre-activation each δ belongs to, and the factor that it leaves to the parameters."""
        adjoints = self.found.program.adjoints
        stable = stabilise(self.program, [self.by])
        sweep, _ = swept(stable, self.loss.variable, [self.by])
        for head, variable, _ in heads:
            z = adjoints.get(variable)
            if isinstance(head, Variable) and z in sweep.adjoints:
                self.deltas[z] = (head, sweep.adjoints[z].coefficient)

    def _head(
        self, head: Variable | str, variable: Variable, tree: show.Tree, steps: dict[Variable, list[Line]]
    ) -> Line:
        tensor = self._gradients[variable]
        if isinstance(head, str):
            head, z = Variable(f"{ADJOINT}{self._name(self.by).name}", self.by.shape), self.by
            tensor = self.found[self.wrt]
        else:
            z = next((v for v, (name, _) in self.deltas.items() if name == head), None)
        left, right = beside(head, tree, self.declared)
        after = Shown(right, lambda: tensor)
        if z is None:
            return _name_line(left, right, tensor)
        before = Shown(left, lambda: self._made([], self._slot(z)))
        children = steps.get(z, [])
        alone = len(children) == 1
        rule = children[0].rule if alone else "chain rule"
        why = children[0].why if alone else "the derivatives of the steps below, multiplied and collected"
        if z in self.deltas:
            why += f"; {named_as(head)} is the derivative by {named_as(self.keep[z])}{self._without(z)}"
        same = children[-1].after.text() == after.text()
        return Line(
            rule, before, after, self._tensors[z], why, tuple(children[: -1 if same else None]), last=True
        )

    def _without(self, z: Variable) -> str:
        """The factor that δ leaves out."""
        it, factor = Variable("it"), self.deltas[z][1]
        if factor == 1:
            return ""
        program = Program((Equation(it, (), factor),), {"it": it})
        return f" without the factor {show.unicode(program, self.declared)}"

    # -- single steps ------------------------------------------------------------------

    def _steps(self) -> dict[Variable, list[Line]]:
        """The steps of the sweep that lead to each δ, and to what is asked for."""
        sweep = Sweep(self.program)
        root = self.loss.variable
        sweep.parts[root] = [Part(S.One, (), (), S.One)]
        reasons: dict[Variable, list[Rule]] = {root: []}
        steps: dict[Variable, list[Line]] = {}
        below: list[Line] = []
        for equation in reversed(self.program.equations):
            target = equation.target
            if target not in sweep.parts or target not in self.needed or target == self.by:
                continue
            adjoint = combine(sweep, target)
            carried = reasons.pop(target, [])
            if target in self.deltas:
                steps[target], below = [*below, self._step(sweep, target, adjoint, carried)], []
                adjoint, carried = self._known(target, adjoint), []
            elif not self._passes(sweep, adjoint) and not self._in_softmax(equation):
                below.append(self._step(sweep, target, adjoint, carried))
                adjoint, carried = self._known(target, adjoint), []
            self._note_rules(equation, carried, reasons)
            share(sweep, equation, adjoint, 0, self.needed)
        own = tuple(Index("j", extent) for extent in self.by.shape)
        sweep.parts.setdefault(self.by, [Part(S.One, own, (), S.Zero)])
        steps[self.by] = [
            *below,
            self._step(sweep, self.by, combine(sweep, self.by), reasons.get(self.by, [])),
        ]
        return steps

    def _note_rules(
        self, equation: Equation, carried: list[Rule], reasons: dict[Variable, list[Rule]]
    ) -> None:
        for v in equation.reads():
            if v not in self.needed:
                continue
            found = [r for r in rules(equation, {v}) if r != CHAIN]
            if any(not b.is_sample for b in equation.bound) and CONSTANT in found and v.shape:
                found = [MATRIX]
            if equation.target.per_sample and not v.per_sample:
                found.append(SPREAD)
            more = [USES] if v in reasons else []
            reasons.setdefault(v, []).extend([*carried, *found, *more])

    def _known(self, target: Variable, adjoint: Adjoint) -> Adjoint:
        """The derivative by the target under its own name, δ with its factor."""
        axes = adjoint.indices
        factor = self.deltas[target][1] if target in self.deltas else S.One
        return Adjoint(factor, axes, self._slot(target)[axes])

    def _passes(self, sweep: Sweep, adjoint: Adjoint) -> bool:
        """Whether a derivative only repeats or scales the one that it came from."""
        made = {e.target: e for e in sweep.made}
        whole = adjoint.coefficient * adjoint.body
        while True:
            rest = [f for f in Mul.make_args(whole) if not (is_plain(f) or f.is_number)]
            if len(rest) > 1:
                return False
            if not rest:
                return True
            (factor,) = rest
            if not isinstance(factor, Entry) or not all(isinstance(place, Index) for place in factor.indices):
                return False
            equation = made.get(factor.variable)
            if equation is None:
                return factor.variable in self.slots.values()
            if not equation.pointwise:
                return False
            whole = equation.at(*factor.indices)

    def _in_softmax(self, equation: Equation) -> bool:
        """Whether it is a step inside softmax, which one line does as a whole."""
        return equation.kind == "logsumexp" or self._tree(equation.target)[1].kind == "along"

    def _tree(self, target: Variable) -> show.Tree:
        """An intermediate's formula with named layers."""
        return named.renamed(Builder(self.program, self.keep).tree(target), self.layers, self.truth)

    def _slot(self, target: Variable) -> Variable:
        """The variable that stands for ∂L/∂target, or for its δ."""
        return self.slots.setdefault(
            target, Variable(f"{target.name}_from_{self.loss.variable.name}", target.shape)
        )

    def _step(self, sweep: Sweep, target: Variable, adjoint: Adjoint, found: list[Rule]) -> Line:
        name = self._name(target)
        held = Variable(f"{target.name}_step_{self.loss.variable.name}", target.shape)
        head, factor = self.deltas.get(target, (Variable(f"{ADJOINT}{name.name}", target.shape), S.One))
        made = [*sweep.made, Equation(held, adjoint.indices, adjoint.coefficient / factor * adjoint.body)]
        builder = Builder(Program((*self.program.equations, *made)), self._shown_names())
        tree = named.renamed(builder.tree(held), self.layers, self.truth)
        self.trees.append(tree[1])
        left, right = beside(head, tree, self.declared)
        before = Shown(left, lambda: self._made([], self._slot(target)))
        after = Shown(right, lambda: self._made(made, held))
        names = ", ".join(dict.fromkeys(r.name for r in found)) or "the same entries"
        return Line(names, before, after, self._tensors[target], reason(found, self._name(self.by)))

    # -- names ---------------------------------------------------------------------------

    def _shown_names(self) -> dict[Variable, Variable]:
        """What every named variable and derivative is shown as."""
        shown = {**self.keep, **self.names}
        for target, slot in self.slots.items():
            delta = self.deltas.get(target)
            shown[slot] = delta[0] if delta else Variable(f"{ADJOINT}{self._name(target).name}", target.shape)
        return shown

    def _name(self, target: Variable) -> Variable:
        """How an intermediate is called: its declared name, z₁, a₁, p, or u₁."""
        if target in self.keep or target in self.names:
            return self.keep.get(target) or self.names[target]
        if target not in self.program.definitions():
            return target
        axes, node = self._tree(target)
        if node.kind == "item" and node.args == tuple(map(letter, axes)):
            return node.data
        self.names[target] = named.called(f"u{1 + len(self.names)}", target, self.taken)
        return self.names[target]

    def _renumber(self) -> None:
        """u₁, u₂, … in the order in which they are computed."""
        self.taken -= {shown.name for shown in self.names.values()}
        targets = [e.target for e in self.program.equations if e.target in self.names]
        self.names = {v: named.called(f"u{k}", v, self.taken) for k, v in enumerate(targets, 1)}

    def _definitions(self) -> list[Line]:
        """A line for every name that is used, in the order in which they are computed."""
        layers = {layer.shown["a"]: layer for layer in self.layers}
        variables = {shown: v for v, shown in {**self.keep, **self.names}.items()}
        found: dict[Variable, Line] = {}
        todo = [part.data for tree in self.trees for part in walk(tree) if part.kind == "item"]
        todo += [*self.names.values(), *(self.keep[z] for z in self.deltas)]
        while todo:
            name = todo.pop()
            if name in found:
                continue
            if name in layers:
                tree, tensor = self._activation(layers[name])
            elif name in variables:
                tree, tensor = self._formula(variables[name]), self._tensors[variables[name]]
            elif name.name == self.truth.name and name not in self.declared:
                tree, tensor = self._one_hot(name)
            else:
                continue
            left, right = beside(name, tree, self.declared)
            found[name] = _name_line(left, right, tensor)
            todo += [part.data for part in walk(tree[1]) if part.kind == "item"]
        order = {v.name: k for k, v in enumerate([e.target for e in self.program.equations])}

        def place(name: Variable) -> tuple[int, bool]:
            z = layers[name].z if name in layers else variables.get(name)
            return (order.get(z.name, -1) if z is not None else -1), name in layers

        return [found[name] for name in sorted(found, key=place)]

    def _formula(self, target: Variable) -> show.Tree:
        keep = {v: shown for v, shown in {**self.keep, **self.names}.items() if v != target}
        return named.renamed(Builder(self.program, keep).tree(target), self.layers, self.truth)

    def _activation(self, layer: named.Layer) -> tuple[show.Tree, Tensor]:
        z = layer.shown["z"]
        axes = fresh_indices(z.shape)
        item = Node("item", z, tuple(map(letter, axes)))
        function = "sigmoid" if layer.function == "softplus" and not layer.hidden else layer.function
        tensor = self._tensors[layer.z]
        if function == "softmax":
            return (axes, Node("along", ("softmax", axes[-1]), (item,))), softmax(tensor)
        return (axes, Node("call", function, (item,))), elementwise(BY_NAME[function].head, tensor)

    def _one_hot(self, name: Variable) -> tuple[show.Tree, Tensor]:
        label = next(t for t in inputs_of(self.loss) if t.variable.facts.classes is not None)
        axes = fresh_indices(name.shape)
        item = Node("item", label.variable, tuple(map(letter, axes[:-1])))
        return (axes, Node("match", None, (letter(axes[-1]), item))), one_hot(label, int(name.shape[-1]))

    # -- the mathematics --------------------------------------------------------------------

    @cached_property
    def _tensors(self) -> dict[Variable, Tensor]:
        return tensors_from(self.program, [self.loss, self.wrt])

    @cached_property
    def _gradients(self) -> dict[Variable, Tensor]:
        return tensors_from(self.found.program, [self.loss, self.wrt])

    def _made(self, made: Iterable[Equation], target: Variable) -> Tensor:
        """The tensor of one side, every ∂L/∂u in it as the differentiator gives it."""
        derived, held = self._derived
        slots: list[Equation] = []
        for v, slot in self.slots.items():
            axes = tuple(Index("j", extent) for extent in v.shape)
            scale = self.deltas[v][1] if v in self.deltas else S.One
            slots.append(Equation(slot, axes, held[v][axes] / scale))
        equations = {e.target: e for e in (*derived.equations, *slots, *made)}
        program = Program(tuple(equations.values()), {"it": target}).live()
        return tensors_from(program, [self.loss, self.wrt])[target]

    @cached_property
    def _derived(self) -> tuple[Program, dict[Variable, Variable]]:
        return differentiate(
            self.program, self.loss.variable, [v for v in self.needed if v in self.slots or v == self.by]
        )


def _name_line(left: Spelled, right: Spelled, tensor: Tensor) -> Line:
    before, after = Shown(left, lambda: tensor), Shown(right, lambda: tensor)
    return Line("name", before, after, tensor, "a name for what is computed on the way")
