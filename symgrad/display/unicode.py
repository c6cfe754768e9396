"""One line of Unicode, as a textbook would set it: (2/n) Σᵢ xᵢ (m xᵢ + b − yᵢ)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sympy import Expr, Rational, S

from .naming import GREEK, is_letter, subscript, superscript, unicode_name
from .printer import ATOM, CHOICE, COMPARE, POWER, PRODUCT, REDUCE, SUM, Fraction, registered
from .textbook import Textbook
from .tree import ONE, ZERO, Node

_CONSTANTS = {"pi": "π", "E": "e", "undefined": "undefined"}
_SIGNS = {"sum": "Σ", "prod": "Π"}
_COMPARE = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥", "<": "<", ">": ">"}
_WORD = "A-Za-z0-9_" + "".join(GREEK.values()) + "\u0300-\u036f\u00c0-\u024f\u1e00-\u1eff"
_LAST = re.compile(f"([{_WORD}]*)[₀-₉′ᵀ⁻¹²³]*$")
_FIRST = re.compile(f"[√]?([{_WORD}]*)")


class Unicode(Textbook):
    """For ``repr``."""

    minus = "−"

    def spelling(self, name: str) -> str:
        return unicode_name(name)

    # -- leaves -------------------------------------------------------------------

    def line(self, node: Node, axes: Sequence = ()) -> str:
        # A number alone is what Python prints; the minus sign is for formulas.
        if node.kind == "number" and node.data.is_Number:
            return str(node.data).replace("oo", "∞")
        return super().line(node, axes)

    def _number(self, node: Node) -> tuple[str, int]:
        value = node.data
        if not value.is_Number:
            return self._spelled(value), SUM if value.is_Add else PRODUCT
        text = str(value).replace("-", self.minus).replace("oo", "∞")
        return text, PRODUCT if isinstance(value, Rational) and value.q != 1 else SUM if value < 0 else ATOM

    def _constant(self, node: Node) -> tuple[str, int]:
        return _CONSTANTS[node.data], ATOM

    def _item(self, node: Node) -> tuple[str, int]:
        name = self.name(node.data)
        return self._with_places(name, node.args, name[-1:] in "₀₁₂₃₄₅₆₇₈₉"), ATOM

    def _with_places(self, name: str, places: Sequence[Node], numbered: bool) -> str:
        if not places:
            return name
        texts = [self.text(place) for place in places]
        plain = all(len(t) == 1 for t in texts) or len(texts) == 1
        # W₁ at [0, 1] must not look like W₁₀₁.
        clear = plain and not (numbered and any(c.isdigit() for t in texts for c in t))
        small = [subscript(t.replace(" ", "").replace(self.minus, "-")) for t in texts] if clear else [None]
        if all(s is not None for s in small):
            return name + "".join(s for s in small if s)
        return f"{name}[{', '.join(texts)}]"

    # -- products -------------------------------------------------------------------

    def fraction(self, parts: Fraction) -> str:
        above, below, numerator, denominator = parts.above, parts.below, parts.numerator, parts.denominator
        constant = all(_is_constant(f) for f in (*numerator, *denominator))
        front = below != S.One and (above != S.One or not below.is_Number)
        if front and numerator and not denominator and not constant:
            ratio = f"{self._spelled(above, POWER)}/{self._spelled(below, POWER)}"
            return f"{ratio if below.is_Number else f'({ratio})'} {self._product(numerator)}"
        top = self._joined(above, numerator, closed=bool(denominator) or below != S.One)
        if below == S.One and not denominator:
            return top
        bottom = self._joined(below, denominator, closed=True)
        single = len(denominator) + (below != S.One) == 1
        if single and denominator:
            bottom = self.text(denominator[0], POWER)
        return f"{top}/{bottom}" if single else f"{top}/({bottom})"

    def _joined(self, value: Expr, factors: Sequence[Node], *, closed: bool) -> str:
        if not factors:
            return self._spelled(value, POWER)
        text = self._product(factors, closed=closed)
        if value == 1:
            return text
        tight = text[0] not in "ΣΠ(|" and (
            _is_name(factors[0]) or factors[0].kind in ("item", "constant", "size", "matmul")
        )
        return f"{self._spelled(value, POWER)}{'' if tight or text[0] == '√' else ' '}{text}"

    def _product(self, factors: Sequence[Node], *, closed: bool = False) -> str:
        text, before = "", None
        for k, factor in enumerate(factors):
            last = k == len(factors) - 1 and not closed
            part = self.text(factor, REDUCE if last else PRODUCT + (len(factors) > 1))
            if before is not None and not self._near(before, factor, part):
                text += " "
            text += part
            before = factor
        return text

    def _near(self, before: Node, factor: Node, part: str) -> bool:
        """Whether two factors of a product may stand close."""
        if not _is_name(before) or not (_is_name(factor) or (part[0] == "(" and before.kind == "item")):
            return False
        first = self.text(factor.args[0], POWER) if factor.kind == "matmul" else part
        return _tight(self.text(before), first)

    # -- functions --------------------------------------------------------------------

    def _call(self, node: Node) -> tuple[str, int]:
        record = registered(node.data)
        if node.data == "root":
            return self.root(node.args[0]), POWER
        if node.data == "onehot":
            return f"onehot({self.text(node.args[0])})", ATOM
        if node.data == "logdet":
            return f"log |det({self.text(node.args[0])})|", ATOM
        text = self.formatted(node, record.unicode if record else None)
        if text is None:
            name = "log softmax" if node.data == "log_softmax" else node.data
            text = f"{name}({', '.join(map(self.text, node.args))})"
        return text, ATOM

    def _along(self, node: Node) -> tuple[str, int]:
        name, index = node.data
        return f"{name.replace('_', ' ')}{self._below([index])}({self.text(node.args[0])})", ATOM

    def _below(self, indices: Sequence) -> str:
        letters = "".join(self.letters[index] for index in indices)
        small = subscript(letters)
        return small if small is not None else f"_{letters}"

    def _reduce(self, node: Node) -> tuple[str, int]:
        kind, bound = node.data
        order = self._by_first_mention(list(bound), node)
        if kind in _SIGNS:
            return f"{_SIGNS[kind]}{self._below(order)} {self.text(node.args[0], REDUCE)}", REDUCE
        return f"{kind}{self._below(order)}({self.text(node.args[0])})", ATOM

    def _choice(self, node: Node) -> tuple[str, int]:
        condition, one, two = node.args
        if (one, two) == (ONE, ZERO):
            return f"[{self.text(condition)}]", ATOM  # Iverson's bracket, 1 where it holds
        return f"{self.text(one, CHOICE + 1)} if {self.text(condition)} else {self.text(two, CHOICE)}", CHOICE

    def _compare(self, node: Node) -> tuple[str, int]:
        one, two = (self.text(arg, SUM) for arg in node.args)
        return f"{one} {_COMPARE[node.data]} {two}", COMPARE

    def _logic(self, node: Node) -> tuple[str, int]:
        if node.data == "not":
            return f"not ({self.text(node.args[0])})", COMPARE
        parts = [self.text(arg, COMPARE) for arg in self.ordered_conditions(node.args)]
        return f" {node.data} ".join(parts), CHOICE

    def _match(self, node: Node) -> tuple[str, int]:
        one, two = sorted((self.text(arg) for arg in node.args), key=lambda t: (t.isdigit(), len(t), t))
        return f"[{one} = {two}]", ATOM

    def _opaque(self, node: Node) -> tuple[str, int]:
        kind, row, column = node.data
        bodies = node.args[: 2 if kind == "solve" else 1]
        inside = ", ".join(self.text(body) for body in bodies)
        name = f"{kind}{self._below([row, column])}({inside})"
        return self._with_places(name, node.args[len(bodies) :], False) if node.args[
            len(bodies) :
        ] else name, ATOM

    def _at(self, node: Node) -> tuple[str, int]:
        body, *places = node.args
        inner = self.text(body, ATOM)
        letters = ", ".join(
            f"{self.letters[i]} = {self.text(p)}" for i, p in zip(node.data, places, strict=True)
        )
        return f"{inner}[{letters}]", ATOM

    def _pick(self, node: Node) -> tuple[str, int]:
        whole, *places = node.args
        return f"{self.text(whole, ATOM)}[{', '.join(map(self.text, places))}]", ATOM

    def _table(self, node: Node) -> tuple[str, int]:
        return nested(node.data, [self.text(arg) for arg in node.args]), ATOM

    def _list(self, node: Node) -> tuple[str, int]:
        return f"[{', '.join(map(self.text, node.args))}]", ATOM

    # -- matrices ---------------------------------------------------------------------

    def run(self, parts: Iterable[str]) -> str:
        text, before = "", ""
        for part in parts:
            text += part if not before or _tight(before, part) else f" {part}"
            before = part
        return text

    def raised(self, base: Node, exponent: Node, ring: bool) -> str:
        below, above = self.text(base, ATOM), self.text(exponent)
        small = superscript(above.replace(self.minus, "-"))
        mark = "∘" if ring else ""
        return f"{below}{mark}{small if small is not None else '^' + self.text(exponent, ATOM)}"

    def root(self, base: Node) -> str:
        return f"√{self.text(base, ATOM)}"

    def function(self, name: str, inside: str) -> str:
        return f"{name}({inside})"

    def _norm(self, node: Node) -> tuple[str, int]:
        squared, matrix = node.data
        text = f"‖{self.text(node.args[0])}‖{'_F' * matrix}{'²' * squared}"
        return text, POWER if squared else ATOM

    def _unit(self, node: Node) -> tuple[str, int]:
        return f"e{subscript(str(node.data[0]))}", ATOM


def nested(shape: Sequence[int], parts: Sequence[str]) -> str:
    """Row-major entries as nested lists."""
    if len(shape) <= 1:
        return f"[{', '.join(parts)}]"
    step = len(parts) // shape[0] if shape[0] else 0
    return f"[{', '.join(nested(shape[1:], parts[k * step : (k + 1) * step]) for k in range(shape[0]))}]"


def _is_name(node: Node) -> bool:
    """Whether a factor may stand close to the next: a name without index, or a power of one."""
    if node.kind in ("power", "hpower", "transpose"):
        return _is_name(node.args[0])
    return node.kind in ("matmul", "constant", "size") or (
        node.kind == "item" and not node.args and is_letter(unicode_name(node.data.name))
    )


def _is_constant(node: Node) -> bool:
    if node.kind in ("number", "constant"):
        return True
    return (
        node.kind in ("power", "call", "add", "mul") and bool(node.args) and all(map(_is_constant, node.args))
    )


def _tight(before: str, after: str) -> bool:
    """Whether two factors read as two when nothing stands between them."""
    last, first = _LAST.search(before), _FIRST.match(after)
    return len(last[1] if last else "") <= 1 and len(first[1] if first else "") <= 1
