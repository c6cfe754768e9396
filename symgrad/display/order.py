"""The order in which terms and factors stand: degree in the parameters, then declaration.

Keys hold nothing of an index but its letter, so that formulas that are equal up
to the names of bound indices print the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..ir.index import SAMPLES, Index
from ..ir.variable import Variable, declaration
from .tree import Node, walk

_GROUPS = {"call": 2, "along": 2, "add": 3, "choice": 3, "reduce": 5, "sumall": 5}

Letters = Mapping[Index, str]

_ROLES = {"hyper": 0, "constant": 1, "param": 2, "state": 3, "data": 4, "temp": 5}
_PRODUCTS = ("mul", "matmul", "dot", "outer", "hadamard")
_TRANSPARENT = (
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


def of_variable(variable: Variable) -> tuple[int, str]:
    """The place of a variable: declared ones first, in order."""
    return declaration(variable), variable.name


def degree(node: Node) -> int:
    """The degree in the parameters; functions count as constants."""
    if node.kind == "item":
        return 1 if node.data.role == "param" else 0
    if node.kind in _PRODUCTS:
        return sum(degree(arg) for arg in node.args)
    if node.kind == "add":
        return max(degree(arg) for arg in node.args)
    if node.kind in ("power", "hpower", "norm"):
        exponent = (2 if node.data[0] else 0) if node.kind == "norm" else _whole(node.args[1])
        return degree(node.args[0]) * exponent if exponent > 0 else 0
    return degree(node.args[0]) if node.kind in _TRANSPARENT else 0


def _whole(node: Node) -> int:
    return int(node.data) if node.kind == "number" and node.data.is_Integer else 0


def _leaves(node: Node, param: bool) -> list[tuple[int, str]]:
    """The variables of a monomial, each as often as it stands there."""
    if node.kind == "item":
        return [of_variable(node.data)] if (node.data.role == "param") == param else []
    if node.kind in ("power", "hpower"):
        count = min(_whole(node.args[1]), 50) if node.args[0].kind == "item" else 1
        return _leaves(node.args[0], param) * max(count, 1)
    return [leaf for arg in node.args for leaf in _leaves(arg, param)]


def term_key(node: Node, letters: Letters) -> tuple[Any, ...]:
    """The place of a term in a sum: high degree first, numbers last."""
    return (
        node.kind == "number",
        -degree(node),
        node.kind == "mul" and any(factor.kind == "add" for factor in node.args),
        sorted(_leaves(node, True)),
        sorted(_leaves(node, False)),
        node.size,
        text(node, letters),
    )


def is_mean(node: Node) -> bool:
    """Whether a term is a sum or mean over samples."""
    if node.kind == "mul":
        return node.data.has(SAMPLES) or any(map(is_mean, node.args))
    if node.kind == "reduce":
        return any(index.is_sample for index in node.data[1])
    return node.kind == "call" and node.data == "total"


def factor_key(node: Node, letters: Letters) -> tuple[Any, ...]:
    """The place of a factor in a product: names, functions, sums in parentheses, Σ last."""
    bare = node.args[0] if node.kind in ("power", "hpower", "transpose", "pick", "at") else node
    if bare.kind in ("item", "number", "constant", "size"):
        role = _ROLES[bare.data.role] if bare.kind == "item" else -1
        place = of_variable(bare.data) if bare.kind == "item" else (0, "")
        return 0, role, place, text(node, letters)
    group = _GROUPS.get(bare.kind, 4)
    if bare.kind == "add" and not any(part.kind in ("call", "along") for part in walk(bare)):
        group = 1 if any(part.kind == "number" for part in bare.args) else 3  # (1 − y) log(1 − p)
    return group, 0, (0, ""), text(node, letters)


def hadamard_key(node: Node, letters: Letters) -> tuple[Any, ...]:
    """The place in an entry-by-entry product: what was passed on first, then the local derivative."""
    key = factor_key(node, letters)
    return (0 if node.kind in ("matmul", "dot", "outer") else 1, *key)


def text(node: Node, letters: Letters) -> str:
    """A string equal for nodes that look alike; inner bound indices are nameless."""
    if node.kind == "letter":
        return letters.get(node.data, "*")
    if node.kind == "item":
        head = "{:020d}{}".format(*of_variable(node.data))
    elif node.kind in ("reduce", "opaque", "along"):
        head = str(node.data[0])
    elif node.kind in ("at",):
        head = ""
    else:
        head = str(node.data)
    parts = [text(arg, letters) for arg in node.args]
    if node.kind in ("add", "mul", "hadamard"):
        parts.sort()
    return f"{node.kind}{head}({','.join(parts)})"
