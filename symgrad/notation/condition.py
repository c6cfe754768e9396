"""Conditions: what ``<`` between tensors gives, and `where` takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sympy
from sympy import S
from sympy.logic.boolalg import Boolean

from ..errors import NotationError
from ..ir.functions import Where
from .core import as_tensor, elementwise, label

if TYPE_CHECKING:
    from .core import Formula
    from .tensor import Tensor

_SIGNS: dict[str, Callable[..., Any]] = {
    "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "==": sympy.Eq, "!=": sympy.Ne,
}  # fmt: skip


class Condition:
    """A truth value for each entry; combine with ``&``, ``|``, ``~``, use in `where`.

    >>> import symgrad as sg
    >>> x = sg.data("x")
    >>> sg.where((x > 0) & (x < 1), x, 0)
    x if x > 0 and x < 1 else 0
    """

    __slots__ = ("operands", "build", "text")

    def __init__(self, operands: tuple[Formula, ...], build: Callable[..., Boolean], text: str):
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
            raise NotationError(f"{sign} joins conditions, got {other!r}; write comparisons on both sides, in parentheses")
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
    """``a`` where the condition holds, else ``b``; the branch not taken is never evaluated.

    >>> import symgrad as sg
    >>> x = sg.data("x")
    >>> sg.where(x > 0, sg.log(x), 0).shape
    ()
    """
    if not isinstance(condition, Condition):
        raise NotationError(f"where needs a condition such as x > 0 first, got {condition!r}")
    count = len(condition.operands)

    def body(*parts: Any) -> Any:
        return Where(condition.build(*parts[2:]), parts[0], parts[1])

    return elementwise(body, a, b, *condition.operands) if count else as_tensor(a if condition.build() == S.true else b)
