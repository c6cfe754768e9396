"""Conditions: what ``<`` between tensors gives, and `where` takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sympy
from sympy import Basic, Expr, Pow, S, preorder_traversal
from sympy.logic.boolalg import Boolean

from ..errors import NotationError
from ..ir.functions import REGISTRY
from ..ir.heads import Where
from ..ir.variable import Entry, Variable, entries, replace
from .formula import label
from .record import as_tensor, axes_for, broadcast, entry_at, record

if TYPE_CHECKING:
    from .tensor import Tensor

_SIGNS: dict[str, Callable[..., Any]] = {
    "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "==": sympy.Eq, "!=": sympy.Ne,
}  # fmt: skip


class Condition:
    """A truth value for each entry; combine with ``&``, ``|``, ``~``, use in `where`.

    >>> import symgrad as sg
    >>> x = sg.data("x")
    >>> sg.where((x > 0) & (x < 1), x, 0)
    xᵢ if xᵢ > 0 and xᵢ < 1 else 0
    """

    __slots__ = ("operands", "build", "text")

    def __init__(self, operands: tuple[Tensor, ...], build: Callable[..., Boolean], text: str):
        self.operands, self.build, self.text = operands, build, text

    def __repr__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        raise NotationError(
            f"{self.text} is a condition on formulas, neither true nor false by itself; "
            "use symgrad.where(condition, a, b), and & | ~ instead of and, or, not"
        )

    def __and__(self, other: Condition) -> Condition:
        return self._join(other, sympy.And, "&")

    def __or__(self, other: Condition) -> Condition:
        return self._join(other, sympy.Or, "|")

    def __invert__(self) -> Condition:
        return Condition(self.operands, lambda *a: sympy.Not(self.build(*a)), f"~({self.text})")

    def _join(self, other: Condition, joined: Any, sign: str) -> Condition:
        if not isinstance(other, Condition):
            raise NotationError(
                f"{sign} joins conditions, got {other!r}; write comparisons on both sides, in parentheses"
            )
        count = len(self.operands)
        return Condition(
            (*self.operands, *other.operands),
            lambda *a: joined(self.build(*a[:count]), other.build(*a[count:])),
            f"({self.text}) {sign} ({other.text})",
        )

    def _as_tensor_(self) -> Tensor:
        return where(self, 1, 0)

    def __mul__(self, other: Any) -> Tensor:
        return as_tensor(self) * other

    __rmul__ = __mul__


def compare(sign: str, left: Any, right: Any) -> Condition:
    """The condition ``left sign right``, entry by entry."""
    a, b = as_tensor(left), as_tensor(right)
    return Condition((a, b), _SIGNS[sign], f"{label(a)} {sign} {label(b)}")


def equal(left: Any, right: Any) -> Condition:
    """The condition that two tensors agree, entry by entry (``==`` compares formulas).

    >>> import symgrad as sg
    >>> label = sg.data("label", classes=3)
    >>> sg.equal(label, 2)
    label == 2
    """
    return compare("==", left, right)


def not_equal(left: Any, right: Any) -> Condition:
    """The condition that two tensors differ, entry by entry."""
    return compare("!=", left, right)


def where(condition: Condition, a: Any, b: Any) -> Tensor:
    """``a`` where the condition holds, else ``b``.

    What a branch computes entry by entry may be undefined where it is not taken.

    >>> import symgrad as sg
    >>> x = sg.data("x")
    >>> sg.where(x > 0, sg.log(x), 0).shape
    ()
    """
    if not isinstance(condition, Condition):
        raise NotationError(f"where needs a condition such as x > 0 first, got {condition!r}")
    operands = list(condition.operands)
    if not operands:
        return as_tensor(a if condition.build() == S.true else b)
    branches = [as_tensor(a), as_tensor(b)]
    per_sample, shape = broadcast([*branches, *operands])
    lead, own = axes_for(per_sample, shape)
    parents = list(operands)
    bodies: list[Expr] = []
    for branch in branches:
        entry = entry_at(branch, lead, own)
        spelled = _spelled_out(branch, {}) if isinstance(entry, Entry) else None
        if spelled is None:
            bodies.append(entry)
            parents.append(branch)
        else:
            bodies.append(_at(branch, spelled[0], entry))
            parents += spelled[1]
    chosen = Where(condition.build(*(entry_at(t, lead, own) for t in operands)), *bodies)
    return record((*lead, *own), chosen, parents)


_SIZE = 100
"""The largest branch, in operations, that is spelled out where it is chosen."""


def _spelled_out(tensor: Tensor, done: dict[Variable, Any]) -> tuple[Expr, list[Tensor]] | None:
    """The body of a formula in which something may be undefined, with its definitions down to there put in.

    A definition of its own would be computed, and differentiated, on the other
    branch too.  None where every part is defined everywhere.
    """
    if tensor.variable not in done:
        done[tensor.variable] = None
        equation = tensor.equation
        if equation is not None and equation.pointwise:
            body, parents = equation.body, []
            for parent in tensor.parents.values():
                inner = _spelled_out(parent, done)
                if inner is None:
                    parents.append(parent)
                    continue
                parents += inner[1]
                read = [e for e in entries(body) if e.variable == parent.variable]
                body = replace(body, {e: _at(parent, inner[0], e) for e in read})
            if (
                any(_may_be_undefined(node) for node in preorder_traversal(body))
                and body.count_ops() <= _SIZE
            ):
                done[tensor.variable] = body, parents
    return done[tensor.variable]


def _at(tensor: Tensor, body: Expr, entry: Entry) -> Expr:
    return replace(body, dict(zip(tensor.indices, entry.indices, strict=True)))


def _may_be_undefined(node: Basic) -> bool:
    if isinstance(node, Pow):
        return node.has(Entry) and not (node.exp.is_Integer and node.exp >= 0)
    known = REGISTRY.get(type(node).__name__)
    return known is not None and known.domain != (-S.Infinity, S.Infinity)
