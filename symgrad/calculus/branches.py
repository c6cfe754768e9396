"""Branches under one condition brought together.

The sweep differentiates the branches of a `Where` one entry at a time; here the
pieces meet again: c ? r : 0  −  c ? 0 : s  is  c ? r : −s.  A factor that may be
undefined goes into the branch that it belongs to, so that a kernel never
multiplies a zero by an infinity from the branch not taken.
"""

from __future__ import annotations

from collections import defaultdict

from sympy import Add, Expr, Mul, Pow, S
from sympy.logic.boolalg import Boolean

from ..ir.functions import lookup
from ..ir.heads import Where
from ..ir.variable import Entry


def merge_branches(expr: Expr) -> Expr:
    """``expr`` with sums and products of branches under equal conditions merged."""
    if not expr.has(Where) or isinstance(expr, Entry | Where):
        return expr
    if isinstance(expr, Add):
        return _merged_sum([merge_branches(term) for term in expr.args])
    if isinstance(expr, Mul):
        return _merged_product(expr)
    return expr


def _merged_sum(terms: list[Expr]) -> Expr:
    groups: dict[Boolean, list[tuple[Expr, Where]]] = defaultdict(list)
    rest: list[Expr] = []
    for term in terms:
        branches = [f for f in Mul.make_args(term) if isinstance(f, Where)]
        if len(branches) != 1:
            rest.append(term)
            continue
        others = Mul(*(f for f in Mul.make_args(term) if f is not branches[0]))
        groups[branches[0].args[0]].append((others, branches[0]))
    for condition, members in groups.items():
        if len(members) == 1:
            rest.append(members[0][0] * members[0][1])
            continue
        first = Add(*(factor * branch.args[1] for factor, branch in members))
        second = Add(*(factor * branch.args[2] for factor, branch in members))
        rest.append(Where(condition, first, second))
    return Add(*rest)


def _merged_product(expr: Expr) -> Expr:
    branches: dict[Boolean, Where] = {}
    others: list[Expr] = []
    for factor in expr.args:
        if not isinstance(factor, Where):
            others.append(factor)
            continue
        condition, first, second = factor.args
        known = branches.get(condition)
        if known is not None:
            first, second = known.args[1] * first, known.args[2] * second
        merged = Where(condition, first, second)
        if not isinstance(merged, Where):
            others.append(merged)
            branches.pop(condition, None)
            continue
        branches[condition] = merged
    if len(branches) == 1:
        ((condition, branch),) = branches.items()
        risky = [f for f in others if _may_be_undefined(f)]
        if risky and S.Zero in branch.args[1:]:
            inside = Mul(*risky)
            branch = Where(condition, inside * branch.args[1], inside * branch.args[2])
            return Mul(branch, *(f for f in others if f not in risky))
        return Mul(branch, *others)
    return Mul(*branches.values(), *others)


def _may_be_undefined(factor: Expr) -> bool:
    """Whether a factor divides, takes a root, or applies a function with a boundary or a pole."""
    for node in (factor, *factor.args):
        if isinstance(node, Pow) and not (node.exp.is_Integer and node.exp > 0):
            return True
        record = lookup(node)  # type: ignore[arg-type]
        if record is not None and record.domain[0] != -S.Infinity:
            return True
    return False
