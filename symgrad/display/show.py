"""The printed forms: ``repr``, ``str``, LaTeX and sympy of a formula; the lines of a gradient.

``declared`` gives variables in the order of their declarations, in which terms
stand; without it they stand in the order of first use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..ir.index import Index
from ..ir.program import Program
from ..ir.variable import Variable
from . import named
from .ascii import Ascii
from .index_notation import Builder, divided
from .latex import Latex
from .matrix_notation import NoMatrix, Reader
from .printer import Printer
from .to_sympy import to_sympy
from .tree import Node, walk
from .unicode import Unicode

STYLES: dict[str, type[Printer]] = {"unicode": Unicode, "ascii": Ascii, "latex": Latex}

Tree = tuple[tuple[Index, ...], Node]


def unicode(program: Program, declared: Sequence[Variable] = ()) -> str:
    """One line for a prompt: ``(2/n) Σᵢ xᵢ (m xᵢ + b − yᵢ)``."""
    return _style(program, "unicode", declared).single(program)


def ascii(program: Program, declared: Sequence[Variable] = ()) -> str:
    """One line that the project's own grammar reads back: ``2*mean(x*(m*x + b - y))``."""
    return _style(program, "ascii", declared).single(program)


def latex(program: Program, declared: Sequence[Variable] = ()) -> str:
    """LaTeX, without dollars."""
    return _style(program, "latex", declared).single(program)


def lines(program: Program, style: str, declared: Sequence[Variable] = ()) -> list[tuple[str, str]]:
    """A gradient as (left, right) lines in the order of backpropagation.

    ``program`` gives out ``loss`` and ``gradient:<name>``; ``style`` is unicode,
    ascii or latex.  Pre-activations z₁, …, activations a₁, … and the
    probabilities p keep their names; labels as one-hot vectors are t; δₖ is the
    derivative by zₖ.  Other large intermediates are named u₁, … and get a line each.
    """
    return _style(program, style, declared).lines(program)


def gradient(program: Program, style: str, declared: Sequence[Variable] = ()) -> str:
    """All of a gradient: ``{m: 5m + 3b − 13, …}`` where no data remain, else a line each."""
    shown = _style(program, style, declared)
    if any(variable.per_sample for variable in program.inputs()):
        pairs = shown.lines(program)
        if style != "latex":
            return "\n".join(f"{left} = {right}" for left, right in pairs)
        rows = r" \\ ".join(f"{left} &= {right}" for left, right in pairs)
        return rf"$\displaystyle \begin{{aligned}} {rows} \end{{aligned}}$"
    parts = []
    for key, variable in program.outputs.items():
        if key.startswith("gradient:"):
            name = shown.left(Variable(key.removeprefix("gradient:")))
            parts.append(f"{name}: {shown.single(program.with_outputs({key: variable}))}")
    inside = ", ".join(parts)
    return rf"$\displaystyle \left\{{ {inside} \right\}}$" if style == "latex" else f"{{{inside}}}"


def _style(program: Program, style: str, declared: Sequence[Variable]) -> Style:
    return Style(style, tuple(declared) or tuple(program.inputs()))


@dataclass(frozen=True)
class Style:
    """One style of printing, and the order of declarations."""

    name: str
    declared: tuple[Variable, ...]

    def printer(self, shown: Sequence[Node]) -> Printer:
        return STYLES[self.name](shown, self.declared)

    def single(self, program: Program) -> str:
        """The one output of a program, on one line."""
        (output,) = program.outputs.values()
        program = program.with_outputs({"it": output}).live()
        names = named.cut(program)
        builder = Builder(program, names)
        tree = builder.tree(output)
        if self.name != "ascii":
            tree = named.residual(tree)
        definitions = [(shown, builder.tree(variable)) for variable, shown in names.items()]
        everything = [tree[1], *(definition[1] for _, definition in definitions)]
        text = self.right(tree, everything)
        if not definitions:
            return text
        where = [f"{self.left(shown)} = {self.right(tree, everything)}" for shown, tree in definitions]
        word = r" \quad \text{where } " if self.name == "latex" else " where "
        return text + word + ", ".join(where)

    def lines(self, program: Program) -> list[tuple[str, str]]:
        """The lines of a gradient."""
        found = named.backpropagation(program)
        unknown = named.undefined(program, found)
        if unknown:
            found = named.backpropagation(program, unknown)
        shown = [tree[1] for _, _, tree in found]
        return [(self.left(head), self.right(tree, shown)) for head, _, tree in found]

    def left(self, head: Variable | str) -> str:
        """A named intermediate, or the derivative by a parameter of that name."""
        printer = self.printer(())
        if isinstance(head, Variable):
            return printer.name(head)
        name = printer.name(Variable(head))
        if self.name == "latex":
            return rf"\frac{{\partial L}}{{\partial {name}}}"
        return f"∂L/∂{name}" if self.name == "unicode" else f"dL/d{name}"

    def whole(self, tree: Tree) -> Node | None:
        """A tree in matrix notation, if it has such a form."""
        axes, node = tree
        if self.name == "ascii":
            return _read(Reader(plain=True), axes, node)
        return _matrices(axes, divided(node))

    def right(self, tree: Tree, shown: Sequence[Node]) -> str:
        """A tree in matrix notation where it has such a form, else over indices."""
        whole = self.whole(tree)
        if whole is not None:
            return self.printer([whole, *shown]).line(whole)
        axes, node = tree
        plain = self.name == "ascii"
        node = node if plain else divided(node)
        printer = self.printer([node, *shown])
        text = printer.line(node, axes)
        if plain and axes:
            return f"each({', '.join(printer.letters[index] for index in axes)}, {text})"
        return text


def _matrices(axes: tuple[Index, ...], node: Node) -> Node | None:
    """A textbook's matrix notation: data stacked as rows where that reads well, else per sample."""
    own = [index for index in axes if not index.is_sample]
    if not own and not any(_has_axes(part) for part in walk(node)):
        return None
    if _stackable(axes, node):
        whole = _read(Reader(stacked=True), axes, node)
        avoided = ("spread", "sumaxis", "trace", *(() if own else ("sumall", "hadamard")))
        if whole is not None and not any(part.kind in avoided for part in walk(whole)):
            return whole
        # Beside formulas where X has all samples as rows, one sample is Xᵢ.
        return _read(Reader(marked=True), axes, node)
    return _read(Reader(), axes, node)


def _read(reader: Reader, axes: tuple[Index, ...], node: Node) -> Node | None:
    try:
        return reader.whole(node, axes)
    except NoMatrix:
        return None


def _has_axes(node: Node) -> bool:
    """Whether a part runs over a tensor's own axes."""
    return (node.kind == "letter" and not node.data.is_sample) or node.kind in ("table", "along", "at")


def _stackable(axes: tuple[Index, ...], node: Node) -> bool:
    """Whether samples are summed over and every factor is datum or prediction: a vector a sample
    is a datum, all else a number a sample, so that data stack as the rows of a matrix."""
    sums = [part for part in walk(node) if part.kind == "reduce" and any(i.is_sample for i in part.data[1])]
    if not sums or any(index.is_sample for index in axes):
        return False
    items = [part.data for part in walk(node) if part.kind == "item"]
    data = [v for v in items if v.per_sample]
    if any(v.rank > 2 or (v.rank == 2 and v.role != "data") for v in data):
        return False
    return any(v.rank == 2 for v in data) and all(v.rank < 2 for v in items if not v.per_sample)


__all__ = ["ascii", "gradient", "latex", "lines", "to_sympy", "unicode"]
