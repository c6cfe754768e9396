"""LaTeX: \\frac{2}{n} \\sum_{i} x_{i} \\left(m x_{i} + b - y_{i}\\right)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Expr, Rational, S

from .naming import latex_name
from .printer import ATOM, CHOICE, COMPARE, POWER, PRODUCT, REDUCE, SUM, Fraction, registered
from .textbook import Textbook
from .tree import ONE, ZERO, Node

_SIGNS = {"sum": r"\sum", "prod": r"\prod"}
_COMPARE = {"==": "=", "!=": r"\neq", "<=": r"\leq", ">=": r"\geq", "<": "<", ">": ">"}
_KINDS = {"max": r"\max", "min": r"\min", "det": r"\det", "tr": r"\operatorname{tr}"}
_CONSTANTS: dict[str, str] = {"pi": r"\pi", "E": "e", "undefined": r"\text{undefined}"}


class Latex(Textbook):
    """For notebooks."""

    ones, transposed, inverted, both = r"\mathbf{1}", r"^{\top}", "^{-1}", r"^{-\top}"
    times, over = r"\odot", r"\oslash"

    def spelling(self, name: str) -> str:
        return latex_name(name)

    def verbatim(self, name: str) -> str:
        return rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"

    def closed(self, text: str) -> str:
        return rf"\left({text}\right)"

    # -- leaves ----------------------------------------------------------------------

    def _number(self, node: Node) -> tuple[str, int]:
        value = node.data
        if not value.is_Number:
            return self._spelled(value), SUM if value.is_Add else PRODUCT
        if isinstance(value, Rational) and value.q != 1:
            text = rf"\frac{{{abs(value.p)}}}{{{value.q}}}"
            return (f"-{text}", SUM) if value < 0 else (text, PRODUCT)
        return str(value).replace("oo", r"\infty"), SUM if value < 0 else ATOM

    def _constant(self, node: Node) -> tuple[str, int]:
        return _CONSTANTS[node.data], ATOM

    def _item(self, node: Node) -> tuple[str, int]:
        return self._placed(self.name(node.data), node.args), ATOM

    def _placed(self, name: str, places: Sequence[Node]) -> str:
        if not places:
            return name
        texts = [self.text(place) for place in places]
        below = " ".join(texts) if all(len(t) == 1 and t.isalpha() for t in texts) else ", ".join(texts)
        # W_{1} with indices: one group, W_{1, j k}.
        if name.endswith("}") and "_{" in name and not name.startswith("{"):
            return f"{name[:-1]}, {below}}}"
        if name.endswith("'"):
            name = f"{{{name}}}"
        return f"{name}_{{{below}}}"

    # -- products ----------------------------------------------------------------------

    def fraction(self, parts: Fraction) -> str:
        above, below, numerator, denominator = parts.above, parts.below, parts.numerator, parts.denominator
        if below == S.One and not denominator:
            return self._joined(above, numerator)
        # 1/n and numbers stand in front of what is long, over what is short.
        if numerator and not denominator and (above != S.One or not below.is_Number or not _short(numerator)):
            return rf"\frac{{{self._spelled(above)}}}{{{self._spelled(below)}}} {self._product(numerator)}"
        return rf"\frac{{{self._joined(above, numerator, 0)}}}{{{self._joined(below, denominator, 0)}}}"

    def _joined(self, value: Expr, factors: Sequence[Node], least: int = PRODUCT) -> str:
        if not factors:
            return self._spelled(value, least)
        text = self._product(factors, least)
        return text if value == 1 else f"{self._spelled(value, PRODUCT)} {text}"

    def _product(self, factors: Sequence[Node], least: int = PRODUCT) -> str:
        if len(factors) == 1:
            return self.text(factors[0], min(REDUCE, least))
        last = len(factors) - 1
        return " ".join(self.text(f, REDUCE if k == last else PRODUCT) for k, f in enumerate(factors))

    # -- functions --------------------------------------------------------------------------

    def _call(self, node: Node) -> tuple[str, int]:
        if node.data == "onehot":
            return self.function("onehot", self.text(node.args[0])), ATOM
        record = registered(node.data)
        text = self.formatted(node, record.latex if record else None)
        if text is None:
            text = self.function(node.data, ", ".join(map(self.text, node.args)))
        # e^{x} takes no further power without braces, \log(x) reads as one.
        return text, POWER if node.data == "exp" else ATOM

    def function(self, name: str, inside: str) -> str:
        head = _KINDS.get(name) or r"\operatorname{" + name.replace("_", r"\_") + "}"
        if name == "logdet":
            return rf"\log \left|\det {self.closed(inside)}\right|"
        if name == "log_softmax":
            head = r"\log \operatorname{softmax}"
        return head + self.closed(inside)

    def _along(self, node: Node) -> tuple[str, int]:
        name, index = node.data
        head = rf"\operatorname{{softmax}}_{{{self.letters[index]}}}" + self.closed(self.text(node.args[0]))
        return head if name == "softmax" else rf"\log {head}", ATOM

    def _reduce(self, node: Node) -> tuple[str, int]:
        kind, bound = node.data
        below = ", ".join(self.letters[i] for i in self._by_first_mention(list(bound), node))
        if kind in _SIGNS:
            return f"{_SIGNS[kind]}_{{{below}}} {self.text(node.args[0], REDUCE)}", REDUCE
        head = _KINDS.get(kind) or rf"\operatorname{{{kind}}}"
        return f"{head}_{{{below}}} {self.closed(self.text(node.args[0]))}", ATOM

    def _choice(self, node: Node) -> tuple[str, int]:
        if node.args[1:] == (ONE, ZERO):
            return rf"\left[{self.text(node.args[0])}\right]", ATOM
        condition, one, two = map(self.text, node.args)
        return (
            rf"\begin{{cases}} {one} & \text{{if }} {condition} \\ {two} & \text{{otherwise}} \end{{cases}}",
            SUM,
        )

    def _compare(self, node: Node) -> tuple[str, int]:
        one, two = (self.text(arg, SUM) for arg in node.args)
        return f"{one} {_COMPARE[node.data]} {two}", COMPARE

    def _logic(self, node: Node) -> tuple[str, int]:
        if node.data == "not":
            return rf"\neg {self.closed(self.text(node.args[0]))}", COMPARE
        sign = r" \wedge " if node.data == "and" else r" \vee "
        return sign.join(self.text(arg, COMPARE) for arg in self.ordered_conditions(node.args)), CHOICE

    def _match(self, node: Node) -> tuple[str, int]:
        one, two = sorted((self.text(arg) for arg in node.args), key=lambda t: (t.isdigit(), len(t), t))
        return rf"\left[{one} = {two}\right]", ATOM

    def _opaque(self, node: Node) -> tuple[str, int]:
        kind, row, column = node.data
        count = 2 if kind == "solve" else 1
        inside = ", ".join(self.text(body) for body in node.args[:count])
        below = f"{self.letters[row]} {self.letters[column]}"
        text = rf"\operatorname{{{kind}}}_{{{below}}}{self.closed(inside)}"
        return self._placed(f"{{{text}}}", node.args[count:]), ATOM

    def _at(self, node: Node) -> tuple[str, int]:
        body, *places = node.args
        below = ", ".join(
            f"{self.letters[i]} = {self.text(p)}" for i, p in zip(node.data, places, strict=True)
        )
        return rf"\left.{self.text(body)}\right|_{{{below}}}", ATOM

    def _pick(self, node: Node) -> tuple[str, int]:
        whole, *places = node.args
        return rf"{{{self.text(whole, ATOM)}}}_{{{', '.join(map(self.text, places))}}}", ATOM

    def _table(self, node: Node) -> tuple[str, int]:
        return self._matrix(node.data, [self.text(arg) for arg in node.args]), ATOM

    def _list(self, node: Node) -> tuple[str, int]:
        return self._matrix((len(node.args),), [self.text(arg) for arg in node.args]), ATOM

    def _matrix(self, shape: Sequence[int], parts: Sequence[str]) -> str:
        if len(shape) > 2:
            step = len(parts) // shape[0] if shape[0] else 0
            inner = [self._matrix(shape[1:], parts[k * step : (k + 1) * step]) for k in range(shape[0])]
            return rf"\left[{', '.join(inner)}\right]"
        width = shape[1] if len(shape) == 2 else 1
        rows = r" \\ ".join(" & ".join(parts[k * width : (k + 1) * width]) for k in range(shape[0]))
        return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"

    # -- matrices ---------------------------------------------------------------------------

    def run(self, parts: Iterable[str]) -> str:
        return " ".join(parts)

    def raised(self, base: Node, exponent: Node, ring: bool) -> str:
        below, above = self.text(base, ATOM), self.text(exponent)
        below = f"{{{below}}}" if "^" in below else below
        ring_sign = r"\circ " * ring
        return f"{below}^{{{ring_sign}{above}}}"

    def root(self, base: Node) -> str:
        return rf"\sqrt{{{self.text(base)}}}"

    def _norm(self, node: Node) -> tuple[str, int]:
        squared, matrix = node.data
        text = rf"\left\lVert {self.text(node.args[0])} \right\rVert" + "_{F}" * matrix
        return (f"{text}^{{2}}", POWER) if squared else (text, ATOM)

    def _unit(self, node: Node) -> tuple[str, int]:
        return f"e_{{{node.data[0]}}}", ATOM


def _short(factors: Sequence[Node]) -> bool:
    return all(f.kind in ("item", "power", "constant", "call") and f.size < 6 for f in factors)
