"""What the styles share: precedence, letters for indices, the order of terms, fractions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, Integer, Rational, fraction

from ..ir.functions import BY_NAME
from ..ir.index import SAMPLES, Extent, Index
from ..ir.variable import Variable
from .index_notation import is_negative
from .order import Order, is_mean
from .tree import Node, add, binds, mul, negated, number, power, walk

ATOM, POWER, PRODUCT, REDUCE, SUM, COMPARE, CHOICE = 9, 8, 6, 5, 4, 3, 2

_SAMPLE_LETTERS = (*"ihae", *(f"i{k}" for k in range(1, 40)))
_LETTERS = (*"jklprstuvo", *(f"j{k}" for k in range(1, 40)))


@dataclass
class Argument:
    """A printed argument for a function's format string; ``{0:()}`` puts parentheses round it."""

    bare: str
    closed: str

    def __format__(self, spec: str) -> str:
        return self.closed if spec == "()" else self.bare


@dataclass
class Fraction:
    """A product taken apart: sign, numbers over numbers, factors over factors."""

    negative: bool
    above: Expr
    below: Expr
    numerator: list[Node] = field(default_factory=list)
    denominator: list[Node] = field(default_factory=list)


class Printer:
    """One line of text for a tree; a style says how each kind of node is spelled.

    ``shown``: all trees of one display, whose names no index letter may take.
    ``declared``: variables in order of declaration.
    """

    minus = "-"

    def __init__(self, shown: Iterable[Node], declared: Sequence[Variable] = ()):
        self.letters: dict[Index, str] = {}
        self.order = Order(self.letters, declared)
        items = [node.data for tree in shown for node in walk(tree) if node.kind == "item"]
        self.plain: set[str] = set()
        looks: dict[str, str] = {}
        # x1 and x_1 would both be x₁: the longer stays as it was declared.
        for name in sorted({variable.name for variable in (*declared, *items)}, key=lambda n: (len(n), n)):
            if looks.setdefault(self.spelling(name), name) != name:
                self.plain.add(name)
        self.taken: set[str] = {str(SAMPLES)}
        for variable in items:
            self.taken |= {variable.name, self.name(variable)}

    # -- to be said by a style --------------------------------------------------

    def spelling(self, name: str) -> str:
        """A declared name in this style."""
        return name

    def verbatim(self, name: str) -> str:
        """A declared name as it was typed."""
        return name

    def closed(self, text: str) -> str:
        """The text in parentheses."""
        return f"({text})"

    def name(self, variable: Variable) -> str:
        """A variable's name, that no other variable here looks like."""
        name = variable.name
        return self.verbatim(name) if name in self.plain else self.spelling(name)

    # -- walking ----------------------------------------------------------------

    def line(self, node: Node, axes: Sequence[Index] = ()) -> str:
        """The whole text of a tree, over the free indices ``axes``."""
        for index in axes:
            self._assign(index)
        return self.text(node)

    def text(self, node: Node, least: int = 0) -> str:
        """The node's text, in parentheses if it binds more loosely than ``least``."""
        text, strength = self.show(node)
        return text if strength >= least else self.closed(text)

    def show(self, node: Node) -> tuple[str, int]:
        """The node's text and how tightly it binds."""
        method: Callable[[Node], tuple[str, int]] = getattr(self, f"_{node.kind}")
        bound = [index for index in binds(node) if index not in self.letters]
        if not bound:
            return method(node)
        for index in self._by_first_mention(bound, node):
            self._assign(index)
        try:
            return method(node)
        finally:
            for index in bound:
                del self.letters[index]

    def _assign(self, index: Index) -> None:
        used = {*self.letters.values(), *self.taken}
        pool = _SAMPLE_LETTERS if index.is_sample else _LETTERS
        self.letters[index] = next(letter for letter in pool if letter not in used)

    def _by_first_mention(self, bound: list[Index], node: Node) -> list[Index]:
        if len(bound) == 1:
            return bound
        seen = list(dict.fromkeys(self._mentions(node.args[0], frozenset(bound))))
        return [*seen, *(index for index in bound if index not in seen)]

    def _mentions(self, node: Node, bound: frozenset[Index]) -> list[Index]:
        if node.kind == "letter":
            return [node.data] if node.data in bound else []
        args = self.ordered_terms(node.args) if node.kind == "add" else node.args
        args = self.ordered_factors(args) if node.kind == "mul" else args
        return [index for arg in args for index in self._mentions(arg, bound)]

    # -- order ---------------------------------------------------------------------

    def ordered_terms(self, terms: Sequence[Node]) -> list[Node]:
        """Terms by degree and declaration; no difference of two begins with a minus."""
        found = sorted(terms, key=lambda term: self.order.term(_unsigned(term)))
        if any(map(is_mean, found)):
            # The value itself, what the data say, then penalties.
            found.sort(key=lambda term: 0 if term.kind == "item" else 1 if is_mean(term) else 2)
        if is_negative(found[0]):
            whole = found[0].kind == "mul" and any(arg.kind == "add" for arg in found[0].args)
            first = next((term for term in found if not is_negative(term)), None)
            if first is not None and (len(found) == 2 or whole):
                found.remove(first)
                found.insert(0, first)
        return found

    def ordered_factors(self, factors: Sequence[Node]) -> list[Node]:
        """Factors: names, functions, parentheses, Σ last."""
        return sorted(factors, key=self.order.factor)

    def ordered_conditions(self, conditions: Sequence[Node]) -> list[Node]:
        """Conditions by the number that each compares with: x > 0 and x < 1."""

        def key(node: Node) -> tuple[float, str]:
            bounds = [float(arg.data) for arg in node.args if arg.kind == "number" and arg.data.is_Number]
            return min(bounds, default=float("inf")), self.order.text(node)

        return sorted(conditions, key=key)

    # -- products -------------------------------------------------------------------

    def taken_apart(self, node: Node) -> Fraction:
        """A product as a fraction, its factors in order."""
        above, below = fraction(node.data)
        negative = bool(node.data.could_extract_minus_sign())
        parts = Fraction(negative, -above if negative else above, below)
        for factor in self.ordered_factors(node.args):
            under = _reciprocal(factor)
            if under is None:
                parts.numerator.append(factor)
            else:
                parts.denominator.append(under)
        return parts

    def taken_apart_entrywise(self, factors: Sequence[Node]) -> tuple[list[Node], list[Node]]:
        """An entry-by-entry product's factors above and below the line, in order."""
        found = sorted(factors, key=self.order.entrywise)
        under = [_reciprocal(factor) for factor in found]
        above = [factor for factor, below in zip(found, under, strict=True) if below is None]
        return above, [below for below in under if below is not None]

    def _add(self, node: Node) -> tuple[str, int]:
        text = ""
        for term in self.ordered_terms(node.args):
            negative = is_negative(term)
            part = self.text(negated(term) if negative else term, SUM + 1)
            if text:
                text += f" {self.minus if negative else '+'} {part}"
            else:
                text = f"{self.minus}{part}" if negative else part
        return text, SUM

    def _spelled(self, value: Expr, least: int = 0) -> str:
        """A number, or arithmetic of sizes."""
        return self.text(_spelled(value), least)

    def _size(self, node: Node) -> tuple[str, int]:
        return node.data, ATOM

    def _letter(self, node: Node) -> tuple[str, int]:
        return self.letters[node.data], ATOM

    # -- functions ---------------------------------------------------------------------

    def formatted(self, node: Node, pattern: str | None) -> str | None:
        """A function by its registered format, unless that looks like a declared name."""
        if pattern is None or any(pattern.startswith(name) for name in self.taken if name):
            return None
        texts = [self.text(arg) for arg in node.args]
        # 1 + (−x): no sign stands after another.
        added = "+ {0}" in pattern and texts[0].startswith(self.minus)
        return pattern.format(*(Argument(self.closed(t) if added else t, self.closed(t)) for t in texts))


def registered(name: str) -> Any:
    """The record of a scalar function, if there is one."""
    return BY_NAME.get(name)


def _unsigned(node: Node) -> Node:
    return negated(node) if is_negative(node) else node


def _reciprocal(node: Node) -> Node | None:
    """What stands under the line for a negative power."""
    if node.kind not in ("power", "hpower"):
        return None
    base, exponent = node.args
    if exponent.kind != "number" or not exponent.data.could_extract_minus_sign():
        return None
    if node.kind == "hpower":
        return base if exponent.data == -1 else Node("hpower", None, (base, number(-exponent.data)))
    return power(base, number(-exponent.data))


def _spelled(value: Expr) -> Node:
    if value.is_Number:
        return number(value)
    if isinstance(value, Extent):
        return Node("size", value.name)
    args = [_spelled(arg) for arg in value.args]
    if value.is_Add:
        return add(args)
    if value.is_Mul:
        return mul(Integer(1), args)
    return Node("power", None, tuple(args))


def is_integer(value: Expr) -> bool:
    """Whether a number is whole."""
    return isinstance(value, Rational) and value.q == 1
