"""The display tree: what a formula looks like, before it has letters or a style.

Sympy flattens, sorts and combines what it is given; a reader wants the formula
as it was written.  So equations are put into each other here, as plain nodes.

Kinds of node, with what ``data`` and ``args`` hold:

- ``number``: data the sympy number, or arithmetic of numbers and sizes (n, d − 1);
- ``letter``: data an Index;
- ``item``: data a Variable, args the places (none: the whole tensor);
- ``add``: args the terms; ``mul``: data the coefficient (a number, sizes
  included), args the factors; ``power``: base and exponent;
- ``call``: data a function's name, args its arguments;
- ``reduce``: data (kind, bound indices), args the body;
- ``along``: data (function, index): softmax or log_softmax of the body over that index;
- ``choice``: condition, value, value; ``compare``: data the sign; ``logic``: data and, or, not;
- ``match``: 1 where both places are equal, else 0;
- ``opaque``: data (kind, row, column), args one or two bodies, then the target's own places;
- ``table``: data the shape, args the entries; ``pick``: args a whole thing and places in it;
- ``at``: data indices, args a body over them and the place of each;
- ``derivative``: data what it is derived by, args the body; ``group``: args a product that keeps its sign.

Matrix notation adds ``matmul``, ``hadamard``, ``hpower``, ``transpose``, ``dot``,
``outer``, ``inverse``, ``solve``, ``diag``, ``trace``, ``sumall``, ``sumaxis``,
``norm``, ``spread``, ``identity``, ``unit``, ``slice`` and ``list``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, Integer, S

from ..ir.index import Index


@dataclass(frozen=True)
class Node:
    """One node; ``size`` counts the nodes below it, itself included."""

    kind: str
    data: Any = None
    args: tuple[Node, ...] = ()
    size: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", 1 + sum(arg.size for arg in self.args))


def number(value: Any) -> Node:
    """A number, or arithmetic of sizes."""
    return Node("number", value if isinstance(value, Expr) else Integer(value))


ZERO, ONE = number(0), number(1)


def letter(index: Index) -> Node:
    """An index."""
    return Node("letter", index)


def add(terms: Iterable[Node]) -> Node:
    """A sum: sums inside it are merged, numbers added up; negated sums stay whole."""
    total: Expr = S.Zero
    kept: list[Node] = []
    for term in terms:
        for part in term.args if term.kind == "add" else (term,):
            if part.kind == "number":
                total += part.data
            else:
                kept.append(part)
    if total != 0:
        kept.append(number(total))
    if len(kept) == 1:
        return kept[0]
    return Node("add", None, tuple(kept)) if kept else ZERO


def mul(coefficient: Expr, factors: Iterable[Node]) -> Node:
    """A product: its numbers, and those of sums (Σ) in it, collected in front."""
    kept: list[Node] = []
    for factor in factors:
        if factor.kind == "number":
            coefficient = coefficient * factor.data
        elif factor.kind == "mul":
            coefficient = coefficient * factor.data
            kept += factor.args
        else:
            kept.append(factor)
    if coefficient == 0 or not kept:
        return number(coefficient)
    if coefficient == 1 and len(kept) == 1:
        return kept[0]
    return Node("mul", coefficient, tuple(kept))


def negated(node: Node) -> Node:
    """The node times −1."""
    return mul(S.NegativeOne, (node,))


def power(base: Node, exponent: Node) -> Node:
    """A power; of 1 it is the base, and a power of a number with sizes is worked out."""
    if exponent == ONE:
        return base
    if base.kind == "number" and exponent.kind == "number" and exponent.data.is_Integer:
        return number(base.data**exponent.data)
    return Node("power", None, (base, exponent))


def reduced(kind: str, bound: tuple[Index, ...], body: Node) -> Node:
    """A reduction.  Of a sum, numbers come out in front and indices that nothing reads only count."""
    if kind != "sum":
        return Node("reduce", (kind, bound), (body,))
    if not bound:
        return body
    chosen: list[Index] = []
    for index in bound:
        if (place := _only_place(index, body)) is not None:
            body = placed(body, {index: place})
            chosen.append(index)
    used = indices(body)
    count: Expr = S.One
    for index in bound:
        if index not in used and index not in chosen:
            count = count * index.extent
    bound = tuple(index for index in bound if index in used)
    coefficient = count
    if body.kind == "mul":
        coefficient, body = count * body.data, mul(S.One, body.args)
    if body.kind == "number" or not bound:
        return mul(coefficient, (body,))
    return mul(coefficient, (Node("reduce", ("sum", bound), (body,)),))


def _only_place(index: Index, body: Node) -> Node | None:
    """The number that an index must be for a product not to vanish."""
    for factor in body.args if body.kind == "mul" else (body,):
        if factor.kind == "match" and letter(index) in factor.args:
            (place,) = (arg for arg in factor.args if arg != letter(index))
            return place if place.kind == "number" else None
    return None


def matched(one: Node, two: Node) -> Node:
    """1 where two places are equal; known for numbers."""
    if one == two:
        return ONE
    if one.kind == "number" and two.kind == "number" and (one.data - two.data).is_Integer:
        return ZERO
    return Node("match", None, (one, two))


def make(kind: str, data: Any, args: tuple[Node, ...]) -> Node:
    """A node of any kind, by its own constructor where it has one."""
    if kind == "add":
        return add(args)
    if kind == "mul":
        return mul(data, args)
    if kind == "power":
        return power(*args)
    if kind == "reduce":
        return reduced(data[0], data[1], args[0])
    if kind == "match":
        return matched(*args)
    return Node(kind, data, args)


def rebuilt(node: Node, args: tuple[Node, ...]) -> Node:
    """The node with other arguments."""
    return node if args == node.args else make(node.kind, node.data, args)


def binds(node: Node) -> tuple[Index, ...]:
    """The indices that a node binds in its first argument."""
    if node.kind == "reduce":
        return node.data[1]
    if node.kind == "opaque":
        return node.data[1:]
    return node.data if node.kind == "at" else ()


def indices(node: Node) -> set[Index]:
    """The indices that stand free in a node."""
    if node.kind == "letter":
        return {node.data}
    found: set[Index] = {node.data[1]} if node.kind == "along" else set()
    for arg in node.args:
        found |= indices(arg)
    return found.difference(binds(node))


def placed(node: Node, places: Mapping[Index, Node]) -> Node:
    """The node with indices replaced by places (bound ones are distinct throughout)."""
    if node.kind == "letter":
        return places.get(node.data, node)
    args = tuple(placed(arg, places) for arg in node.args)
    if node.kind == "along":
        name, index = node.data
        to = places.get(index)
        if to is not None and to.kind != "letter":
            return Node("at", (index,), (node, to))
        return Node("along", (name, index if to is None else to.data), args)
    return rebuilt(node, args)


def same(one: Node, two: Node, pairs: Mapping[Index, Index] | None = None) -> bool:
    """Whether two nodes are equal up to the names of bound indices (and ``pairs`` of free ones)."""
    pairs = pairs or {}
    if one.kind != two.kind or one.size != two.size or len(one.args) != len(two.args):
        return False
    if one.kind == "letter":
        return pairs.get(one.data, one.data) == two.data
    inner = dict(zip(binds(one), binds(two), strict=False))
    if one.kind == "along":
        if one.data[0] != two.data[0] or pairs.get(one.data[1], one.data[1]) != two.data[1]:
            return False
    elif (
        len(binds(one)) != len(binds(two))
        or (not inner and one.data != two.data)
        or (one.kind in ("reduce", "opaque") and one.data[0] != two.data[0])
    ):
        return False
    pairs = {**pairs, **inner}
    return all(same(a, b, pairs) for a, b in zip(one.args, two.args, strict=True))


def walk(node: Node) -> Iterable[Node]:
    """The node and everything below it."""
    yield node
    for arg in node.args:
        yield from walk(arg)
