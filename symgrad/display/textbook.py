"""What Unicode and LaTeX share: products of matrices, ⊙, transposes, sums as products with ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Rational, S

from .printer import ATOM, POWER, PRODUCT, REDUCE, SUM, Fraction, Printer
from .tree import Node


class Textbook(Printer):
    """Notation for reading.  A style says how signs, powers and functions are spelled."""

    ones, transposed, inverted, both = "𝟏", "ᵀ", "⁻¹", "⁻ᵀ"
    times, over = "⊙", "⊘"

    # -- to be said by a style ------------------------------------------------------

    def fraction(self, parts: Fraction) -> str:
        """A product without its sign."""
        raise NotImplementedError

    def run(self, parts: Iterable[str]) -> str:
        """Factors side by side."""
        raise NotImplementedError

    def raised(self, base: Node, exponent: Node, ring: bool) -> str:
        """A power; with ``ring``, of every entry."""
        raise NotImplementedError

    def root(self, base: Node) -> str:
        """A square root."""
        raise NotImplementedError

    def function(self, name: str, inside: str) -> str:
        """A named function of what is printed already."""
        raise NotImplementedError

    # -- scalars ----------------------------------------------------------------------

    def _mul(self, node: Node) -> tuple[str, int]:
        parts = self.taken_apart(node)
        text = self.fraction(parts)
        return (f"{self.minus}{text}", SUM) if parts.negative else (text, PRODUCT)

    def _power(self, node: Node) -> tuple[str, int]:
        base, exponent = node.args
        if exponent.kind == "number" and exponent.data.could_extract_minus_sign():
            return self._mul(Node("mul", S.One, (node,)))
        if exponent.kind == "number" and exponent.data == Rational(1, 2):
            return self.root(base), POWER
        return self.raised(base, exponent, ring=False), POWER

    # -- entry by entry ---------------------------------------------------------------

    def _hpower(self, node: Node) -> tuple[str, int]:
        base, exponent = node.args
        if exponent.kind == "number" and exponent.data.could_extract_minus_sign():
            return self._entrywise([node]), REDUCE
        if exponent.kind == "number" and exponent.data == Rational(1, 2):
            return self.root(base), POWER
        return self.raised(base, exponent, ring=True), POWER

    def _hadamard(self, node: Node) -> tuple[str, int]:
        left = [f.args[0] for f in node.args if f.kind == "spread" and f.data == 0]
        right = [f.args[0] for f in node.args if f.kind == "spread" and f.data == 1]
        rest = [f for f in node.args if f.kind != "spread"]
        if not rest or not (left or right):
            return self._entrywise(node.args), REDUCE
        # Rows and columns scaled: diag(u) M diag(v).
        core = self.closed(self._entrywise(rest)) if len(rest) > 1 else self.text(rest[0], PRODUCT)
        parts = [self._diagonal(left)] * bool(left) + [core] + [self._diagonal(right)] * bool(right)
        return self.run(parts), PRODUCT

    def _diagonal(self, vectors: list[Node]) -> str:
        inside = vectors[0] if len(vectors) == 1 else Node("hadamard", None, tuple(vectors))
        return self.function("diag", self.text(inside))

    def _entrywise(self, factors: Sequence[Node]) -> str:
        above, below = self.taken_apart_entrywise(factors)
        # A product of matrices beside ⊙ stands in parentheses, as textbooks do.
        tops = [self.text(factor, POWER) for factor in above] or ["1"]
        parts = [f" {self.times} ".join(tops), *(self.text(factor, POWER) for factor in below)]
        return f" {self.over} ".join(parts)

    # -- products ---------------------------------------------------------------------

    def _matmul(self, node: Node) -> tuple[str, int]:
        return self.run(self.text(arg, PRODUCT + 1) for arg in node.args), PRODUCT

    def _transpose(self, node: Node) -> tuple[str, int]:
        return f"{self.text(node.args[0], ATOM)}{self.transposed}", POWER

    def _inverse(self, node: Node) -> tuple[str, int]:
        (inside,) = node.args
        if inside.kind == "transpose":
            return f"{self.text(inside.args[0], ATOM)}{self.both}", POWER
        return f"{self.text(inside, ATOM)}{self.inverted}", POWER

    def _solve(self, node: Node) -> tuple[str, int]:
        matrix, right = node.args
        return self._matmul(Node("matmul", 1, (Node("inverse", None, (matrix,)), right)))

    def _dot(self, node: Node) -> tuple[str, int]:
        one, two = node.args
        rest = two.args if two.kind == "matmul" else (two,)
        return self._matmul(Node("matmul", 1, (_transpose_of(one), *rest)))

    def _outer(self, node: Node) -> tuple[str, int]:
        one, two = node.args
        return f"{self.text(one, PRODUCT)} {self.text(_transpose_of(two), PRODUCT)}", PRODUCT

    # -- sums -------------------------------------------------------------------------

    def _trace(self, node: Node) -> tuple[str, int]:
        return self.function("tr", self.text(node.args[0])), ATOM

    def _diag(self, node: Node) -> tuple[str, int]:
        return self.function("diag", self.text(node.args[0])), ATOM

    def _sumall(self, node: Node) -> tuple[str, int]:
        (body,) = node.args
        first = f"{self.ones}{self.transposed}"
        if node.data == 1:
            return self.run([first, self.text(body, PRODUCT + 1)]), PRODUCT
        plain = body.kind == "hadamard" and not any(f.kind in ("spread", "hpower") for f in body.args)
        if plain and len(body.args) == 2:
            one, two = self.ordered_factors(body.args)
            product = self.run([self.text(_transpose_of(one)), self.text(two, PRODUCT + 1)])
            return self.function("tr", product), ATOM
        return self.run([first, self.text(body, PRODUCT + 1), self.ones]), PRODUCT

    def _sumaxis(self, node: Node) -> tuple[str, int]:
        matrix = node.args[0] if node.data == 1 else _transpose_of(node.args[0])
        return self.run([self.text(matrix, PRODUCT + 1), self.ones]), PRODUCT

    def _spread(self, node: Node) -> tuple[str, int]:
        (vector,) = node.args
        if node.data == 1:
            return f"{self.ones} {self.text(_transpose_of(vector))}", PRODUCT
        return f"{self.text(vector, PRODUCT + 1)} {self.ones}{self.transposed}", PRODUCT

    def _identity(self, node: Node) -> tuple[str, int]:
        return "I", ATOM

    def _slice(self, node: Node) -> tuple[str, int]:
        return node.data, ATOM


def _transpose_of(node: Node) -> Node:
    return Node("transpose", None, (node,))
