"""How the sides of a derivation's lines look: ∂/∂m(…) for a derivative not yet worked out, ∂L/∂u₁ by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from sympy import Basic

from ..display import show
from ..display.ascii import Ascii
from ..display.index_notation import Builder, is_negative, recognised, tidied
from ..display.latex import Latex
from ..display.naming import latex_name, unicode_name
from ..display.printer import ATOM, PRODUCT, Printer
from ..display.tree import Node, letter
from ..display.unicode import Unicode
from ..ir.index import fresh_indices
from ..ir.program import Program
from ..ir.variable import Entry, Variable
from ..notation.tensor import Tensor

ADJOINT = "dL/d"
"""The variable of this name and u1 is shown as ∂L/∂u₁."""


class Shown:
    """One side of a line: a formula, and how it is written there.

    ``tensor`` is the mathematics: every derivative that stands there unfinished
    is worked out in it.  Wherever a tensor is expected, a side will do.
    """

    def __init__(self, spell: Callable[[str], str], make: Callable[[], Tensor]):
        self._spell, self._make = spell, make

    @cached_property
    def tensor(self) -> Tensor:
        """The value, as a tensor."""
        return self._make()

    def _as_tensor_(self) -> Tensor:
        return self.tensor

    def text(self, style: str = "unicode") -> str:
        """As written in ``unicode``, ``ascii`` or ``latex``."""
        return self._spell(style)

    def __repr__(self) -> str:
        return self.text("unicode")

    def __str__(self) -> str:
        return self.text("ascii")

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.text('latex')}$"


def finished(tensor: Tensor) -> Shown:
    """A side that is written as the tensor itself prints."""
    spell = {"unicode": repr, "ascii": str, "latex": lambda t: t._repr_latex_()[15:-1]}
    return Shown(lambda style: spell[style](tensor), lambda: tensor)


class Pending(Builder):
    """Trees in which some variables are derivatives of others.

    ``pending``: shown as ∂/∂v of the variable that it maps to.  ``worked``: derivatives that are
    put in where they are a factor, and keep their sign: 2u · (−x).
    """

    def __init__(
        self, program: Program, by: Variable, pending: Mapping[Variable, Variable], worked: set[Variable]
    ):
        super().__init__(program)
        self.by, self.pending, self.worked = by, pending, worked

    def tree(self, variable: Variable) -> show.Tree:
        if variable not in self.pending:
            return super().tree(variable)
        axes = fresh_indices(variable.shape)
        return axes, tidied(recognised(self._expr(variable[axes], {index: letter(index) for index in axes})))

    def _expr(self, expr: Basic, env: Mapping) -> Node:
        variable = expr.variable if isinstance(expr, Entry) else None
        if variable in self.pending:
            body = super()._expr(self.pending[variable][expr.indices], env)  # type: ignore[union-attr]
            return Node("derivative", self.by, (body,))
        node = super()._expr(expr, env)
        return Node("group", None, (node,)) if variable in self.worked and is_negative(node) else node


class _Derivatives(Printer):
    """What the styles need to spell derivatives."""

    def adjoint(self, name: str) -> str:
        """∂L/∂u for the name of u."""
        raise NotImplementedError

    def by(self, name: str, inside: str) -> str:
        """∂/∂v (inside)."""
        raise NotImplementedError

    def name(self, variable: Variable) -> str:
        if variable.name.startswith(ADJOINT):
            return self.adjoint(variable.name.removeprefix(ADJOINT))
        return super().name(variable)

    def _item(self, node: Node) -> tuple[str, int]:
        text, strength = super()._item(node)  # type: ignore[misc]
        return text, PRODUCT if node.data.name.startswith(ADJOINT) and not node.args else strength

    def _derivative(self, node: Node) -> tuple[str, int]:
        return self.by(self.name(node.data), self.text(node.args[0])), ATOM

    def _group(self, node: Node) -> tuple[str, int]:
        return self.show(node.args[0])


class _Unicode(_Derivatives, Unicode):
    def adjoint(self, name: str) -> str:
        return f"∂L/∂{unicode_name(name)}"

    def by(self, name: str, inside: str) -> str:
        return f"∂/∂{name}({inside})"


class _Ascii(_Derivatives, Ascii):
    def adjoint(self, name: str) -> str:
        return f"{ADJOINT}{name}"

    def by(self, name: str, inside: str) -> str:
        return f"d/d{name}({inside})"


class _Latex(_Derivatives, Latex):
    def adjoint(self, name: str) -> str:
        return rf"\frac{{\partial L}}{{\partial {latex_name(name)}}}"

    def by(self, name: str, inside: str) -> str:
        return rf"\frac{{\partial}}{{\partial {name}}}{self.closed(inside)}"

    def _placed(self, name: str, places: Sequence[Node]) -> str:
        head, bar, below = name.partition(r"}{\partial ")
        if not (places and bar):
            return super()._placed(name, places)
        return f"{head}{bar}{super()._placed(below[:-1], places)}}}"


_STYLES: dict[str, type[Printer]] = {"unicode": _Unicode, "ascii": _Ascii, "latex": _Latex}


class _Style(show.Style):
    def printer(self, shown: Sequence[Node]) -> Printer:
        return _STYLES[self.name](shown, self.declared)


Spelled = Callable[[str], str]
"""How something is written in each style: ``unicode``, ``ascii``, ``latex``."""


def written(tree: show.Tree, declared: Sequence[Variable]) -> Spelled:
    """How a tree is spelled; no index takes the letter of a declared name."""
    return lambda style: _Style(style, tuple(declared)).right(tree, [Node("item", v) for v in declared])


def beside(head: Variable, tree: show.Tree, declared: Sequence[Variable]) -> tuple[Spelled, Spelled]:
    """How a name and the tree that it equals are spelled: both over indices, or both as whole tensors."""
    axes, node = tree
    item = Node("item", head, tuple(map(letter, axes)))
    others = [node, *(Node("item", v) for v in declared)]

    def left(style: str) -> str:
        chosen = _Style(style, tuple(declared))
        printer = chosen.printer(others)
        if style == "ascii" or chosen.whole(tree) is not None:
            return printer.name(head)
        return printer.line(item, axes)

    return left, lambda style: _Style(style, tuple(declared)).right(tree, others)


def by_name(variable: Variable) -> Spelled:
    """∂L/∂v."""
    return lambda style: _STYLES[style](()).name(Variable(f"{ADJOINT}{variable.name}"))


def named(variable: Variable) -> str:
    """A name as Unicode."""
    return _Unicode(()).name(variable)
