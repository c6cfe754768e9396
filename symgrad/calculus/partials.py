"""The derivative of one scalar body with respect to the entries it reads.

This is all the calculus there is below the level of indices: sums, products,
powers, branches, and the derivatives that the registry holds.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from sympy import Add, Expr, Mul, Pow, S, log
from sympy.logic.boolalg import Boolean

from ..errors import DerivationError
from ..ir.functions import lookup
from ..ir.heads import Delta, Where
from ..ir.variable import Entry

Local = Callable[[Expr], tuple[Expr | None, ...]]
"""The derivative of a node by each of its arguments."""


@lru_cache(maxsize=4096)
def partials(body: Expr) -> dict[Entry, Expr]:
    """∂body/∂entry for each real entry that body depends on.

    Entries that only select a place (a gather's labels) and integer entries are
    not differentiated; conditions are constant almost everywhere.
    """
    return partials_by(body, local)


def partials_by(body: Expr, rule: Local) -> dict[Entry, Expr]:
    """`partials` where another ``rule`` stands in for `local`."""
    found: dict[Entry, Expr] = {}
    _walk(body, S.One, found, rule)
    return {entry: slope for entry, slope in found.items() if slope != 0}


def _walk(node: Expr, slope: Expr, found: dict[Entry, Expr], rule: Local) -> None:
    """Reverse mode inside a body: ``slope`` is the derivative of the body by ``node``."""
    if isinstance(node, Entry):
        if node.variable.dtype == "real":
            found[node] = found.get(node, S.Zero) + slope
        return
    if not node.args or isinstance(node, Boolean | Delta) or not node.has(Entry):
        return
    if isinstance(node, Where):
        # The untaken branch's derivative may be undefined, so it stays in its branch.
        condition, first, second = node.args
        one, two = partials_by(first, rule), partials_by(second, rule)
        for entry in {**one, **two}:
            branch = Where(condition, one.get(entry, S.Zero), two.get(entry, S.Zero))
            found[entry] = found.get(entry, S.Zero) + slope * branch
        return
    for arg, by in zip(node.args, rule(node), strict=True):
        if by is not None and by != 0:
            _walk(arg, slope * by, found, rule)


def local(node: Expr) -> tuple[Expr | None, ...]:
    """The derivative of a node by each of its arguments."""
    if isinstance(node, Add):
        return (S.One,) * len(node.args)
    if isinstance(node, Mul):
        return tuple(Mul(*(a for j, a in enumerate(node.args) if j != k)) for k in range(len(node.args)))
    if isinstance(node, Pow):
        base, exponent = node.args
        by_base = exponent * base ** (exponent - 1)
        if not exponent.has(Entry):
            return by_base, None
        return by_base, node * log(base)
    if node.func.__name__ == "exp":
        return (node,)
    record = lookup(node)
    if record is None:
        raise DerivationError(f"no derivative is registered for {node.func.__name__}")
    found = record.partials(*node.args)
    for arg, by in zip(node.args, found, strict=True):
        if by is None and arg.has(Entry):
            raise DerivationError(f"the derivative of {record.name} is not known")
    return found
