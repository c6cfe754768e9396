"""From a Program's equations to one display tree, definitions put in as they were written."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sympy import Add, Basic, Expr, Integer, Mul, Pow, Rational, S
from sympy.core.numbers import NumberSymbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, BooleanAtom, Not, Or

from ..errors import InternalError
from ..ir.functions import lookup
from ..ir.heads import Delta, Where
from ..ir.index import Extent, Index, fresh_indices
from ..ir.program import OPAQUE, Equation, Program
from ..ir.variable import Entry, Variable
from .tree import Node, add, letter, matched, mul, negated, number, power, rebuilt, reduced, same

Env = Mapping[Index, Node]

_NAMELESS = re.compile(r"c[0-9a-f]{12}")
_NO_VALUE = (S.ComplexInfinity, S.NaN, S.ImaginaryUnit)
UNDEFINED = Node("constant", "undefined")
"""What has no real value, such as 1/0."""
WRITTEN = 20
"""How many numbers of an array typed into a formula are written out."""


class Builder:
    """Trees of a program's variables.  Those in ``keep`` are shown by name, as another variable."""

    def __init__(self, program: Program, keep: Mapping[Variable, Variable] | None = None):
        self.equations = program.definitions()
        self.keep = keep or {}

    def tree(self, variable: Variable) -> tuple[tuple[Index, ...], Node]:
        """The variable's right-hand side over new indices, tidied."""
        equation = self.equations.get(variable)
        if equation is None:
            axes = fresh_indices(variable.shape)
            return axes, Node("item", variable, tuple(map(letter, axes)))
        axes = tuple(index.fresh() for index in equation.indices)
        return axes, tidied(recognised(self._inlined(equation, tuple(map(letter, axes)))))

    def _inlined(self, equation: Equation, places: tuple[Node, ...]) -> Node:
        """An equation's right-hand side at given places."""
        if any(_gathers(place) for place in places):
            # What is gathered from stays whole: softmax(z)[label], not every z at label.
            own = {k: equation.indices[k].fresh() for k, place in enumerate(places) if _gathers(place)}
            within = tuple(letter(own[k]) if k in own else place for k, place in enumerate(places))
            return Node(
                "at", tuple(own.values()), (self._inlined(equation, within), *(places[k] for k in own))
            )
        bound = {index: index.fresh() for index in equation.bound}
        env = {
            **dict(zip(equation.indices, places, strict=True)),
            **{b: letter(new) for b, new in bound.items()},
        }
        kind = equation.kind
        if kind == "table":
            return self._table(equation, places)
        if kind in OPAQUE:
            bodies = equation.body.args if kind == "solve" else (equation.body,)
            own_places = self._own_places(equation, places)
            args = (*(self._expr(body, env) for body in bodies), *own_places)
            return Node("opaque", (kind, *bound.values()), args)
        body = self._expr(equation.body, env)
        return body if body == UNDEFINED else reduced(kind, tuple(bound.values()), body)

    def _own_places(self, equation: Equation, places: tuple[Node, ...]) -> tuple[Node, ...]:
        """The places that an opaque function itself answers for: inv[r, c], solve[r]."""
        if equation.kind in ("det", "logdet"):
            return ()
        if equation.kind in ("inv", "cofactor"):
            return places[-2:]
        used = equation.body.atoms(Index)
        return (next(p for i, p in zip(equation.indices, places, strict=True) if i not in used),)

    def _table(self, equation: Equation, places: tuple[Node, ...]) -> Node:
        shape = tuple(int(index.extent) for index in equation.indices)
        if places and all(place.kind == "number" for place in places):
            at = 0
            for size, place in zip(shape, places, strict=True):
                at = at * size + int(place.data)
            return self._expr(equation.body.args[at], {})
        table = Node("table", shape, tuple(self._expr(part, {}) for part in equation.body.args))
        return Node("pick", None, (table, *places)) if places else table

    def _expr(self, expr: Basic, env: Env) -> Node:
        if isinstance(expr, Entry):
            places = tuple(self._expr(place, env) for place in expr.indices)
            variable = expr.variable
            if variable in self.keep:
                return Node("item", self.keep[variable], places)
            equation = self.equations.get(variable)
            if equation is not None:
                return self._inlined(equation, places)
            return (
                _literal(variable, places)
                if _NAMELESS.fullmatch(variable.name)
                else Node("item", variable, places)
            )
        if isinstance(expr, Index):
            return env[expr]
        if isinstance(expr, NumberSymbol):
            return Node("constant", str(expr))
        if is_plain(expr):
            return number(expr)
        if isinstance(expr, BooleanAtom):
            return number(int(bool(expr)))
        if expr in _NO_VALUE:
            return UNDEFINED
        args = [self._expr(arg, env) for arg in expr.args]
        if UNDEFINED in args and not isinstance(expr, Where):
            return UNDEFINED
        if isinstance(expr, Add):
            return add(args)
        if isinstance(expr, Mul):
            return mul(S.One, args)
        if isinstance(expr, Pow):
            return power(*args)
        if isinstance(expr, Where):
            return Node("choice", None, tuple(args))
        if isinstance(expr, Relational):
            return Node("compare", expr.rel_op, tuple(args))
        if isinstance(expr, And | Or | Not):
            return Node("logic", type(expr).__name__.lower(), tuple(args))
        if isinstance(expr, Delta):
            return matched(*args)
        record = lookup(expr)
        if record is None:
            raise InternalError(f"the display does not know {type(expr).__name__}; this is a bug in symgrad")
        return Node("call", record.name, tuple(args))


def _literal(variable: Variable, places: tuple[Node, ...]) -> Node:
    """An array that was typed into a formula: its numbers, if they are few."""
    value = variable.facts.value
    if variable.role != "constant" or value is None:
        return Node("item", variable, places)
    shape = tuple(int(size) for size in variable.shape)
    if value.size > WRITTEN:
        return Node(
            "item", Variable(f"array_{'x'.join(map(str, shape))}", variable.shape, "constant"), places
        )
    table = Node("table", shape, tuple(number(Rational(str(part))) for part in value.ravel().tolist()))
    return Node("pick", None, (table, *places))


def is_plain(expr: Basic) -> bool:
    """Whether an expression is arithmetic of numbers and sizes."""
    if isinstance(expr, Extent) or expr.is_Number:
        return True
    if isinstance(expr, Pow):
        return is_plain(expr.base) and expr.exp.is_Integer
    return isinstance(expr, Add | Mul) and all(is_plain(arg) for arg in expr.args)


def _gathers(place: Node) -> bool:
    return (
        place.kind not in ("letter", "number")
        and any(arg.kind != "letter" for arg in (place, *place.args))
        and _reads(place)
    )


def _reads(node: Node) -> bool:
    return node.kind == "item" or any(map(_reads, node.args))


# -- softmax, where it can be seen -------------------------------------------------


def recognised(node: Node) -> Node:
    """The tree with z − logsumexp z named log_softmax(z), and exp of that softmax(z)."""
    node = rebuilt(node, tuple(recognised(arg) for arg in node.args))
    if node.kind == "add":
        return _log_softmax(node) or node
    if node.kind == "call" and node.data == "exp" and node.args[0].kind == "along":
        name, index = node.args[0].data
        if name == "log_softmax":
            return Node("along", ("softmax", index), node.args[0].args)
    return node


def _log_softmax(node: Node) -> Node | None:
    for term in node.args:
        inside = term.args[0] if term.kind == "mul" and term.data == -1 and len(term.args) == 1 else None
        if (
            inside is None
            or inside.kind != "reduce"
            or inside.data[0] != "logsumexp"
            or len(inside.data[1]) != 1
        ):
            continue
        rest = add(part for part in node.args if part is not term)
        bound, body = inside.data[1][0], inside.args[0]
        for index in _letters(rest):
            if index.extent == bound.extent and same(rest, body, {index: bound}):
                return Node("along", ("log_softmax", index), (rest,))
    return None


def _letters(node: Node) -> list[Index]:
    if node.kind == "letter":
        return [node.data]
    return list(dict.fromkeys(index for arg in node.args for index in _letters(arg)))


def divided(node: Node) -> Node:
    """The tree as it is read, not computed: 1/√x is a quotient, whatever it is at 0; eˣ/eˣ is 1."""
    node = rebuilt(node, tuple(divided(arg) for arg in node.args))
    if node.kind == "mul":
        return _cancelled(node)
    if node.kind == "call" and node.data == "inv_root":
        return power(Node("call", "root", node.args), number(-1))
    return node


def _cancelled(node: Node) -> Node:
    """A product without what stands above and below its line and is never 0: constants, exponentials."""
    factors = list(node.args)
    for under in node.args:
        if under.kind != "power" or under.args[1] != number(-1):
            continue
        below = under.args[0]
        for part in below.args if below.kind == "mul" else (below,):
            if part in factors and (part.kind == "constant" or (part.kind, part.data) == ("call", "exp")):
                factors.remove(part)
                below = _without(below, part)
        factors[factors.index(under)] = power(below, number(-1))
    return node if len(factors) == len(node.args) else mul(node.data, factors)


def _without(product: Node, factor: Node) -> Node:
    """A product without one of its factors."""
    left = list(product.args) if product.kind == "mul" else [product]
    left.remove(factor)
    return mul(product.data if product.kind == "mul" else S.One, left)


# -- signs -------------------------------------------------------------------------


def tidied(node: Node, *, in_sum: bool = False) -> Node:
    """The tree with negative coefficients taken into a difference: −2(y − p) is 2(p − y)."""
    if node.kind == "mul" and node.data.could_extract_minus_sign():
        # a − (b − c) stays as it was written.
        bare = in_sum and node.data == -1 and len(node.args) == 1
        turned = None if bare else _turned(node)
        node = turned or node
    args = tuple(tidied(arg, in_sum=node.kind == "add") for arg in node.args)
    return rebuilt(node, args)


def _turned(node: Node) -> Node | None:
    """The same value with the sign of a product moved into its first difference."""
    for k, factor in enumerate(node.args):
        opposite = _opposite(factor)
        if opposite is not None:
            return mul(-node.data, (*node.args[:k], opposite, *node.args[k + 1 :]))
    return None


def _opposite(node: Node) -> Node | None:
    """Minus the node, if that reads as well as the node: for differences of two things, and sums of them."""
    if node.kind == "add":
        signs = {is_negative(term) for term in node.args if term.kind != "number"}
        return add(negated(term) for term in node.args) if len(signs) == 2 else None
    if node.kind == "mul":
        turned = _turned(node)
        return negated(turned) if turned is not None else None
    if node.kind == "reduce" and node.data[0] == "sum":
        opposite = _opposite(node.args[0])
        return None if opposite is None else reduced(node.data[0], node.data[1], opposite)
    return None


def is_negative(node: Node) -> bool:
    """Whether a term prints with a minus in front."""
    value: Expr = node.data if node.kind in ("number", "mul") else Integer(1)
    return bool(value.could_extract_minus_sign())
