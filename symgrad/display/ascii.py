"""One line of ASCII in the words that people type, which the project's grammar reads back.

Samples are implied: ``mean(f)`` and ``total(f)`` run over them.  What is written:

- numbers ``5``, ``5/2``, ``1.58``; the constants ``pi`` and ``exp(1)``; declared names; ``n``, the
  number of samples, and named sizes;
- ``a + b``, ``a - b``, ``a*b``, ``a/b``, ``a**b``, ``-a``, with numpy's broadcasting;
- ``A @ B`` (from the left), ``A.T``, ``W[0]``, ``W[:, 2]``, ``W[label]``, ``b[:, None]``, ``[a, b]``;
- ``mean(f)``, ``total(f)``; ``sum(f)``, ``sum(f, axis)``, and so ``prod``, ``argmax``,
  ``logsumexp``; ``max(f)``, ``max(f, axis=0)``, and so ``min``; ``cumsum(f)``, ``softmax(f)``,
  ``log_softmax(f)``, ``norm(f)``;
- every registered function by its name; ``where(condition, a, b)`` with ``<``, ``<=``, ``>``,
  ``>=``, ``==``, ``!=``, ``&``, ``|``, ``~``;
- ``inv``, ``det``, ``logdet``, ``solve``, ``cofactor``, ``trace``, ``diag``, ``outer``, ``eye(d)``,
  ``onehot(label)``, ``onehot(label, classes)``.

Where no such form exists, indices are spelled out: ``sum(j, W[j, k]*x[j])`` with
``equal(j, k)`` for a Kronecker delta, sample indices first, zero-based.
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, Rational, S

from ..ir.index import SAMPLES
from .printer import ATOM, COMPARE, POWER, PRODUCT, SUM, Fraction, Printer
from .tree import Node, number
from .unicode import nested


class Ascii(Printer):
    """For ``str``."""

    def _number(self, node: Node) -> tuple[str, int]:
        value = node.data
        if not value.is_Number:
            return self._spelled(value), SUM if value.is_Add else PRODUCT
        ratio = isinstance(value, Rational) and value.q != 1
        return str(value), PRODUCT if ratio and value > 0 else SUM if value < 0 else ATOM

    def _constant(self, node: Node) -> tuple[str, int]:
        return "exp(1)" if node.data == "E" else node.data, ATOM

    def _item(self, node: Node) -> tuple[str, int]:
        return self._placed(node.data.name, node.args), ATOM

    def _placed(self, name: str, places: Sequence[Node]) -> str:
        return f"{name}[{', '.join(map(self.text, places))}]" if places else name

    def _slice(self, node: Node) -> tuple[str, int]:
        return node.data, ATOM

    # -- products ----------------------------------------------------------------

    def _mul(self, node: Node) -> tuple[str, int]:
        node = _with_mean(node)
        if node.data == S.One and len(node.args) == 1 and node.args[0].kind == "call":
            return self._call(node.args[0])
        text = self._fraction(self.taken_apart(node))
        return (f"-{text}", SUM) if node.data.could_extract_minus_sign() else (text, PRODUCT)

    def _fraction(self, parts: Fraction) -> str:
        below = parts.denominator
        if parts.below != 1 and not below and parts.numerator and parts.above != 1:
            front = f"{self._spelled(parts.above, PRODUCT)}/{self._spelled(parts.below, POWER)}"
            return f"{front}*{self._product(parts.numerator)}"
        top = self._joined(parts.above, parts.numerator)
        if parts.below == 1 and not below:
            return top
        count = len(below) + (parts.below != 1)
        bottom = self._joined(parts.below, below) if count > 1 else ""
        if count == 1:
            bottom = self.text(below[0], POWER) if below else self._spelled(parts.below, POWER)
        return f"{top}/{bottom}" if count == 1 else f"{top}/({bottom})"

    def _joined(self, value: Expr, factors: Sequence[Node]) -> str:
        if not factors:
            return self._spelled(value, PRODUCT)
        text = self._product(factors)
        return text if value == 1 else f"{self._spelled(value, PRODUCT)}*{text}"

    def _product(self, factors: Sequence[Node]) -> str:
        return "*".join(self.text(f, PRODUCT + (f.kind in ("matmul", "dot"))) for f in factors)

    def _power(self, node: Node) -> tuple[str, int]:
        base, exponent = node.args
        if exponent.kind == "number" and exponent.data.could_extract_minus_sign():
            return self._mul(Node("mul", number(1).data, (node,)))
        if exponent.kind == "number" and exponent.data == Rational(1, 2):
            return f"sqrt({self.text(base)})", ATOM
        return f"{self.text(base, ATOM)}**{self.text(exponent, ATOM)}", POWER

    _hpower = _power

    def _hadamard(self, node: Node) -> tuple[str, int]:
        above, below = self.taken_apart_entrywise(node.args)
        parts = Fraction(False, number(1).data, number(1).data, above, below)
        return self._fraction(parts), PRODUCT

    # -- functions -----------------------------------------------------------------

    def _call(self, node: Node) -> tuple[str, int]:
        args = [self.text(arg) for arg in node.args]
        if node.data in ("max", "min") and len(args) > 1:
            # max(f, 0) is the larger of two.
            args[1] = f"axis={args[1]}"
        return f"{node.data}({', '.join(args)})", ATOM

    def _along(self, node: Node) -> tuple[str, int]:
        name, index = node.data
        return f"{name}({self.letters[index]}, {self.text(node.args[0])})", ATOM

    def _reduce(self, node: Node) -> tuple[str, int]:
        kind, bound = node.data
        letters = [self.letters[i] for i in self._by_first_mention(list(bound), node)]
        return f"{kind}({', '.join([*letters, self.text(node.args[0])])})", ATOM

    def _choice(self, node: Node) -> tuple[str, int]:
        return f"where({', '.join(map(self.text, node.args))})", ATOM

    def _compare(self, node: Node) -> tuple[str, int]:
        one, two = (self.text(arg, SUM) for arg in node.args)
        return f"{one} {node.data} {two}", COMPARE

    def _logic(self, node: Node) -> tuple[str, int]:
        if node.data == "not":
            return f"~({self.text(node.args[0])})", COMPARE + 1
        sign = " & " if node.data == "and" else " | "
        return sign.join(self.text(arg, COMPARE + 1) for arg in self.ordered_conditions(node.args)), COMPARE

    def _match(self, node: Node) -> tuple[str, int]:
        one, two = sorted((self.text(arg) for arg in node.args), key=lambda t: (t.isdigit(), len(t), t))
        return f"equal({one}, {two})", ATOM

    def _opaque(self, node: Node) -> tuple[str, int]:
        kind, row, column = node.data
        count = 2 if kind == "solve" else 1
        inside = [self.letters[row], self.letters[column], *map(self.text, node.args[:count])]
        return self._placed(f"{kind}({', '.join(inside)})", node.args[count:]), ATOM

    def _at(self, node: Node) -> tuple[str, int]:
        body, *places = node.args
        letters = [self.letters[index] for index in node.data]
        return f"at({', '.join([*letters, self.text(body)])})[{', '.join(map(self.text, places))}]", ATOM

    def _pick(self, node: Node) -> tuple[str, int]:
        whole, *places = node.args
        return self._placed(self.text(whole, ATOM), places), ATOM

    def _table(self, node: Node) -> tuple[str, int]:
        return nested(node.data, [self.text(arg) for arg in node.args]), ATOM

    def _list(self, node: Node) -> tuple[str, int]:
        return f"[{', '.join(map(self.text, node.args))}]", ATOM

    # -- matrices --------------------------------------------------------------------

    def _matmul(self, node: Node) -> tuple[str, int]:
        first, *rest = node.args
        if node.data == 1 and len(rest) > 1:
            # A vector stands last: matrix times vector each time, never matrix times matrix.
            return f"{self.text(first, PRODUCT + 1)} @ ({self.text(Node('matmul', 1, tuple(rest)))})", PRODUCT
        return " @ ".join(self.text(arg, PRODUCT + 1) for arg in node.args), PRODUCT

    def _dot(self, node: Node) -> tuple[str, int]:
        return " @ ".join(self.text(arg, PRODUCT + 1) for arg in node.args), PRODUCT

    def _transpose(self, node: Node) -> tuple[str, int]:
        return f"{self.text(node.args[0], ATOM)}.T", ATOM

    def _function(self, name: str, *args: str) -> tuple[str, int]:
        return f"{name}({', '.join(args)})", ATOM

    def _outer(self, node: Node) -> tuple[str, int]:
        return self._function("outer", *map(self.text, node.args))

    def _inverse(self, node: Node) -> tuple[str, int]:
        return self._function("inv", self.text(node.args[0]))

    def _solve(self, node: Node) -> tuple[str, int]:
        return self._function("solve", *map(self.text, node.args))

    def _norm(self, node: Node) -> tuple[str, int]:
        inside = node.args[0]
        squared, _ = node.data
        if not squared:
            return self._function("norm", self.text(inside))
        return self._function("sum", f"{self.text(inside, ATOM)}**2")

    def _trace(self, node: Node) -> tuple[str, int]:
        return self._function("trace", self.text(node.args[0]))

    def _diag(self, node: Node) -> tuple[str, int]:
        return self._function("diag", self.text(node.args[0]))

    def _sumall(self, node: Node) -> tuple[str, int]:
        return self._function("sum", self.text(node.args[0]))

    def _sumaxis(self, node: Node) -> tuple[str, int]:
        return self._function("sum", self.text(node.args[0]), str(node.data))

    def _spread(self, node: Node) -> tuple[str, int]:
        vector = node.args[0]
        return (f"{self.text(vector, ATOM)}[:, None]", ATOM) if node.data == 0 else self.show(vector)

    def _identity(self, node: Node) -> tuple[str, int]:
        return self._function("eye", self._spelled(node.data))

    def _unit(self, node: Node) -> tuple[str, int]:
        place, size = node.data
        return f"eye({self._spelled(size)})[{place}]", ATOM


def _with_mean(node: Node) -> Node:
    """1/n times a total as a mean."""
    for k, factor in enumerate(node.args):
        if factor.kind == "call" and factor.data == "total" and not (node.data * SAMPLES).has(SAMPLES):
            mean = Node("call", "mean", factor.args)
            return Node("mul", node.data * SAMPLES, (*node.args[:k], mean, *node.args[k + 1 :]))
    return node
