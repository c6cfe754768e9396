"""The order in which terms and factors stand: degree in the parameters, then declaration.

Keys hold nothing of an index but its letter, so that formulas that are equal up
to the names of bound indices print the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..ir.index import SAMPLES, Index
from ..ir.variable import Variable
from .tree import Node, walk

_ROLES = {"hyper": 0, "constant": 1, "param": 2, "state": 3, "data": 4, "temp": 5}
_GROUPS = {"call": 2, "along": 2, "add": 3, "choice": 3, "reduce": 5, "sumall": 5}
_PRODUCTS = ("mul", "matmul", "dot", "outer", "hadamard")
_INSIDE = (
    "transpose",
    "inverse",
    "trace",
    "diag",
    "sumall",
    "sumaxis",
    "spread",
    "reduce",
    "at",
    "pick",
    "along",
)
_REDUCING = ("max", "min", "prod", "argmax", "logsumexp", "det", "logdet", "sum")
_RANKS = {
    **dict.fromkeys(("dot", "norm", "trace", "sumall", "letter", "along", "at", "opaque"), 0),
    **dict.fromkeys(("sumaxis", "list", "unit"), 1),
    **dict.fromkeys(("outer", "spread", "identity", "transpose", "inverse"), 2),
}


class Order:
    """Sorting keys.  ``letters``: what indices are called; ``declared``: variables in order."""

    def __init__(self, letters: Mapping[Index, str], declared: Sequence[Variable]):
        self.letters = letters
        self.places = {variable.name: place for place, variable in enumerate(declared)}

    def place(self, variable: Variable) -> tuple[int, str]:
        """The place of a variable: declared ones first, in order."""
        return self.places.get(variable.name, len(self.places)), variable.name

    def term(self, node: Node) -> tuple[Any, ...]:
        """The place of a term in a sum: high degree first, numbers last."""
        return (
            node.kind == "number",
            -degree(node),
            node.kind == "mul" and any(factor.kind == "add" for factor in node.args),
            sorted(self._leaves(node, True)),
            sorted(self._leaves(node, False)),
            node.size,
            self.text(node),
        )

    def factor(self, node: Node) -> tuple[Any, ...]:
        """The place of a factor in a product: names, functions, sums in parentheses, Σ; scalars first."""
        array = rank(node) > 0
        bare = node.args[0] if node.kind in ("power", "hpower", "transpose", "pick", "at") else node
        if bare.kind in ("item", "number", "constant", "size"):
            role = _ROLES[bare.data.role] if bare.kind == "item" else -1
            place = self.place(bare.data) if bare.kind == "item" else (0, "")
            return array, 0, role, place, self.text(node)
        group = _GROUPS.get(bare.kind, 4)
        if bare.kind == "add" and not any(part.kind in ("call", "along") for part in walk(bare)):
            group = 1 if any(part.kind == "number" for part in bare.args) else 3  # (1 − y) log(1 − p)
        return array, group, 0, (0, ""), self.text(node)

    def entrywise(self, node: Node) -> tuple[Any, ...]:
        """The place in an entry-by-entry product: what was passed on first, then the local derivative."""
        return (node.kind not in ("matmul", "dot", "outer"), *self.factor(node))

    def text(self, node: Node) -> str:
        """A string equal for nodes that look alike; inner bound indices are nameless."""
        if node.kind == "letter":
            return self.letters.get(node.data, "*")
        if node.kind == "item":
            place, name = self.place(node.data)
            head = f"{place:06d}{name}"
        elif node.kind in ("reduce", "opaque", "along"):
            head = str(node.data[0])
        else:
            head = "" if node.kind == "at" else str(node.data)
        parts = [self.text(arg) for arg in node.args]
        if node.kind in ("add", "mul", "hadamard"):
            parts.sort()
        return f"{node.kind}{head}({','.join(parts)})"

    def _leaves(self, node: Node, param: bool) -> list[tuple[int, str]]:
        """The variables of a monomial, each as often as it stands there."""
        if node.kind == "item":
            return [self.place(node.data)] if (node.data.role == "param") == param else []
        if node.kind in ("power", "hpower"):
            count = min(_whole(node.args[1]), 50) if node.args[0].kind == "item" else 1
            return self._leaves(node.args[0], param) * max(count, 1)
        return [leaf for arg in node.args for leaf in self._leaves(arg, param)]


def degree(node: Node) -> int:
    """The degree in the parameters; functions count as constants."""
    if node.kind == "item":
        return 1 if node.data.role == "param" else 0
    if node.kind in _PRODUCTS:
        return sum(degree(arg) for arg in node.args)
    if node.kind == "add":
        return max(degree(arg) for arg in node.args)
    if node.kind == "norm":
        return 2 * degree(node.args[0]) if node.data[0] else 0
    if node.kind in ("power", "hpower"):
        return degree(node.args[0]) * max(_whole(node.args[1]), 0)
    return degree(node.args[0]) if node.kind in _INSIDE else 0


def _whole(node: Node) -> int:
    return int(node.data) if node.kind == "number" and node.data.is_Integer else 0


def is_mean(node: Node) -> bool:
    """Whether a term is a sum or mean over samples."""
    if node.kind == "mul":
        return node.data.has(SAMPLES) or any(map(is_mean, node.args))
    if node.kind == "reduce":
        return any(index.is_sample for index in node.data[1])
    return node.kind == "call" and node.data == "total"


def rank(node: Node) -> int:
    """How many axes of its own a node of matrix notation has."""
    kind, data, args = node.kind, node.data, node.args
    if kind == "item":
        return data.rank - (len(args) or data.per_sample)
    if kind == "table":
        return len(data)
    if kind == "pick":
        return rank(args[0]) - sum(place.kind != "slice" for place in args[1:])
    if kind == "call" and data in _REDUCING:
        return 0 if len(args) == 1 else rank(args[0]) - 1
    if kind == "call" and data == "onehot":
        return 1
    if kind == "diag":
        return 3 - rank(args[0])
    if kind == "matmul":
        return data
    if kind in _RANKS:
        return _RANKS[kind]
    return max(map(rank, args), default=0)
