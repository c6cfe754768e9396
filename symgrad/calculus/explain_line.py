"""One line of a derivation: what was there, what becomes of it, by which rule and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..ir.functions import BY_NAME
from ..ir.variable import Variable
from ..notation.record import record
from ..notation.tensor import Tensor
from .explain_rules import Rule
from .explain_show import Shown


@dataclass(frozen=True)
class Line:
    """``before`` = ``after`` by ``rule``.

    ``where``: the formula inside the loss that the line is about.  ``children``:
    the lines that work out what this one leaves open.  ``detail``: a step of a
    linear formula, which its parent takes all at once.

    >>> import symgrad as sg
    >>> m = sg.param("m")
    >>> line = sg.derivation(sg.exp(3*m)).lines()[0]
    >>> line.rule, line.before, line.after
    ('derivative of exp, chain rule', ∂/∂m(exp(3m)), exp(3m) ∂/∂m(3m))
    """

    rule: str
    before: Shown
    after: Shown
    where: Tensor
    reasons: tuple[str | Tensor, ...]
    children: tuple[Line, ...] = ()
    detail: bool = False

    @property
    def why(self) -> str:
        """One sentence."""
        return self.reason("unicode")

    def reason(self, style: str) -> str:
        """`why` with its formulas in one style: ``unicode``, ``ascii`` or ``latex``."""
        return "; ".join(r if isinstance(r, str) else _derivative(r, style) for r in self.reasons)

    def text(self, style: str = "unicode") -> str:
        """``before = after``."""
        return f"{self.before.text(style)} = {self.after.text(style)}"

    def __repr__(self) -> str:
        return f"{self.text()}   [{self.rule}]"

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Line]]:
        """This line and all below it, each with its depth."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)

    def ending(self, after: Shown) -> Line:
        """The same line with its right side spelled as the result."""
        return replace(self, after=after)


def reason(found: Sequence[Rule], by: Variable) -> tuple[str | Tensor, ...]:
    """What the rules say, and the derivative of each function among them."""
    u = Tensor(Variable("u", role="param"))
    parts: list[str | Tensor] = []
    for rule in dict.fromkeys(found):
        if rule.function:
            head = BY_NAME[rule.function]
            others = [Tensor(Variable(name, role="hyper")) for name in ("v", "c")[: len(head.sample)]]
            args = [t.variable[()] for t in (u, *others)]
            parts.append(record((), head.head(*args), [u, *others]))
        elif rule.why:
            parts.append(rule.why.format(by=by.name))
    return tuple(parts)


def _derivative(function: Tensor, style: str) -> str:
    """A registered function's derivative as an equation."""
    from .gradient import grad  # noqa: PLC0415

    return str(grad(function))
