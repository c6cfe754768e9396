"""The printed forms: ``repr``, ``str``, LaTeX and sympy of a formula; the lines of a gradient."""

from __future__ import annotations

from collections.abc import Sequence

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


def unicode(program: Program) -> str:
    """One line for a prompt: ``(2/n) Σᵢ xᵢ (m xᵢ + b − yᵢ)``."""
    return _single(program, "unicode")


def ascii(program: Program) -> str:
    """One line that the project's own grammar reads back: ``2*mean(x*(m*x + b - y))``."""
    return _single(program, "ascii")


def latex(program: Program) -> str:
    """LaTeX, without dollars."""
    return _single(program, "latex")


def lines(program: Program, style: str) -> list[tuple[str, str]]:
    """A gradient as (left, right) lines in the order of backpropagation.

    ``program`` gives out ``loss`` and ``gradient:<name>``.  Pre-activations z₁, …,
    activations a₁, … and the probabilities p keep their names; labels as one-hot
    vectors are t; δₖ is the derivative by zₖ.  Other large intermediates are
    named u₁, … and get a line each.
    """
    return [(_left(head, style), _right(tree, style, shown)) for head, tree, shown in _lines(program, style)]


def gradient(program: Program, style: str) -> str:
    """All of a gradient: ``{m: 5m + 3b − 13, …}`` where no data remain, else a line each."""
    samples = any(v.per_sample for v in program.inputs()) or any(
        e.target.per_sample for e in program.equations
    )
    if samples:
        pairs = lines(program, style)
        if style == "latex":
            rows = r" \\ ".join(f"{left} &= {right}" for left, right in pairs)
            return rf"$\displaystyle \begin{{aligned}} {rows} \end{{aligned}}$"
        return "\n".join(f"{left} = {right}" for left, right in pairs)
    outputs = {k.partition(":")[2]: v for k, v in program.outputs.items() if k.startswith("gradient:")}
    name = STYLES[style](()).name
    parts = [
        f"{name(Variable(key))}: {_single(program.with_outputs({key: v}), style)}"
        for key, v in outputs.items()
    ]
    if style == "latex":
        return rf"$\displaystyle \left\{{ {', '.join(parts)} \right\}}$"
    return "{" + ", ".join(parts) + "}"


def _single(program: Program, style: str) -> str:
    (output,) = program.outputs.values()
    program = program.with_outputs({"it": output}).live()
    names = named.cut(program)
    builder = Builder(program, names)
    tree = builder.tree(output)
    if style != "ascii":
        tree = named.residual(tree)
    definitions = [(shown, builder.tree(variable)) for variable, shown in names.items()]
    everything = [tree[1], *(definition[1] for _, definition in definitions)]
    text = _right(tree, style, everything)
    if not definitions:
        return text
    where = [
        f"{_left(shown, style)} = {_right(definition, style, everything)}"
        for shown, definition in definitions
    ]
    word = r" \quad \text{where } " if style == "latex" else " where "
    return text + word + ", ".join(where)


def _lines(program: Program, style: str) -> list[tuple[Variable | str, Tree, list[Node]]]:
    found = named.backpropagation(program)
    shown = [tree[1] for _, tree in found]
    return [(head, tree, shown) for head, tree in found]


def _left(head: Variable | str, style: str) -> str:
    printer = STYLES[style](())
    if isinstance(head, Variable):
        return printer.name(head)
    name = printer.name(Variable(head))
    return {"unicode": f"∂L/∂{name}", "ascii": f"dL/d{name}"}.get(
        style, rf"\frac{{\partial L}}{{\partial {name}}}"
    )


def _right(tree: Tree, style: str, shown: Sequence[Node]) -> str:
    """A tree in matrix notation where it has such a form, else over indices."""
    axes, node = tree
    node = node if style == "ascii" else divided(node)
    printer = STYLES[style]
    whole = _matrices(axes, node, style)
    if whole is not None:
        return printer([whole, *shown]).line(whole)
    spelled = printer([node, *shown])
    text = spelled.line(node, axes)
    if style == "ascii" and axes:
        return f"each({', '.join(spelled.letters[index] for index in axes)}, {text})"
    return text


def _matrices(axes: tuple[Index, ...], node: Node, style: str) -> Node | None:
    if style == "ascii":
        return _read(Reader(plain=True), axes, node)
    own = [index for index in axes if not index.is_sample]
    if not own and not any(_has_axes(part) for part in walk(node)):
        return None
    if _stackable(axes, node):
        whole = _read(Reader(stacked=True), axes, node)
        avoided = (
            ("spread", "sumaxis", "trace") if own else ("spread", "sumaxis", "trace", "sumall", "hadamard")
        )
        if whole is not None and not any(part.kind in avoided for part in walk(whole)):
            return whole
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
