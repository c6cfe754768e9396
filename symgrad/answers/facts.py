"""The natural domain of a formula: what must be positive for it to have a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sympy import Basic, Expr, Pow

from ..ir.functions import lookup
from ..ir.heads import Where
from ..ir.variable import Entry, Variable
from .algebra import Poly
from .cases import above_zero, equal_zero
from .normal import Normal
from .signs import assert_positive, known_sign, signed_factors

LOGARITHMIC = ("log", "lgamma", "digamma", "trigamma", "root")


def note_domain(normal: Normal, outputs: list[Variable]) -> None:
    """Take as given that the arguments of logarithms, roots and the like in these outputs are positive.

    Arguments inside a branch are left alone: they need not be in the domain.
    What has been worked out before is worked out again with what is now known.
    """
    for poly in requirements(normal, outputs):
        assert_positive(normal.algebra, poly)
    normal.algebra.memo.clear()


def unmet(normal: Normal, output: Variable) -> bool:
    """Whether an output needs something positive, or not zero, that is not known to be."""
    algebra = normal.algebra
    for poly in requirements(normal, [output]):
        _, parts = signed_factors(algebra, poly)
        if above_zero(algebra, poly) != algebra.constant(1) and not all(
            known_sign(algebra, p) for p, _ in parts
        ):
            return True
    return any(equal_zero(algebra, poly) for poly in _arguments(normal, [output], _divisors))


def requirements(normal: Normal, outputs: list[Variable]) -> Iterator[Poly]:
    """What must be positive for some outputs to have a value, whatever branches are taken."""
    return _arguments(normal, outputs, _positive_arguments)


def _arguments(
    normal: Normal, outputs: list[Variable], of: Callable[[Basic], Iterator[Expr]]
) -> Iterator[Poly]:
    algebra = normal.algebra
    needed = set(outputs)
    for equation in reversed(normal.program.equations):
        if equation.target not in needed:
            continue
        parts = equation.body.args if equation.kind in ("table", "solve") else (equation.body,)
        nodes = [node for part in parts for node in _outside_branches(part)]
        needed.update(node.variable for node in nodes if isinstance(node, Entry))
        if equation.kind == "table":
            continue
        live = {i: algebra.index(algebra.fresh(i.extent)) for i in (*equation.indices, *equation.bound)}
        for node in nodes:
            for argument in of(node):
                poly = normal.value(argument, live)
                # A sum of squares meets its requirement by its form.
                if poly.keys() - {()} and not normal.is_positive(argument, live, strict=of is _divisors):
                    yield poly


def _outside_branches(node: Basic) -> Iterator[Basic]:
    yield node
    if not isinstance(node, Where):
        for arg in node.args:
            yield from _outside_branches(arg)


def _positive_arguments(node: Basic) -> Iterator[Expr]:
    record = lookup(node) if isinstance(node, Expr) else None
    name = record.name if record else ""
    if name in LOGARITHMIC or (isinstance(node, Pow) and not node.exp.is_Integer):
        yield node.args[0]  # type: ignore[misc]
    elif name == "log1p":
        yield 1 + node.args[0]  # type: ignore[misc]
    elif name in ("asin", "acos", "atanh"):
        yield 1 - node.args[0]  # type: ignore[misc]
        yield 1 + node.args[0]  # type: ignore[misc]
    elif name == "acosh":
        yield node.args[0] - 1  # type: ignore[misc]


def _divisors(node: Basic) -> Iterator[Expr]:
    if isinstance(node, Pow) and node.exp.is_number and node.exp < 0:
        yield node.base
