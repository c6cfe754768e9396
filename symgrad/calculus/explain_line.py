"""One line of a derivation: what was there, what becomes of it, by which rule and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..ir.functions import BY_NAME
from ..ir.variable import Variable
from ..notation.record import elementwise
from ..notation.tensor import Tensor
from .explain_rules import Rule
from .explain_show import Shown, named
from .gradient import grad


@dataclass(frozen=True)
class Line:
    """``before`` = ``after`` by ``rule``.

    ``where``: the formula inside the loss that the line is about.  ``children``:
    the lines that work out what this one leaves open.  ``detail``: a step of a
    linear formula, which its parent takes all at once.  ``last``: it collects its
    children, and stands after them.

    >>> import symgrad as sg
    >>> m = sg.param("m")
    >>> line = sg.derivation(sg.exp(3*m), m).lines()[0]
    >>> line.rule, line.before, line.after
    ('derivative of exp, chain rule', ∂/∂m(exp(3m)), exp(3m) ∂/∂m(3m))
    """

    rule: str
    before: Shown
    after: Shown
    where: Tensor
    why: str
    children: tuple[Line, ...] = ()
    detail: bool = False
    last: bool = False

    def text(self, style: str = "unicode") -> str:
        """``before = after``."""
        return f"{self.before.text(style)} = {self.after.text(style)}"

    def __repr__(self) -> str:
        return f"{self.text()}   [{self.rule}]"

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Line]]:
        """This line and all below it in reading order, each with its depth."""
        if not self.last:
            yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)
        if self.last:
            yield depth, self

    def ending(self, after: Shown) -> Line:
        """The same line as the last of its derivation: its right side is the result."""
        return replace(self, after=after, last=True)


def reason(found: Sequence[Rule], by: Variable) -> str:
    """What the rules say, each once."""
    said = [_derivative(rule.function) if rule.function else rule.why.format(by=named(by)) for rule in found]
    return "; ".join(dict.fromkeys(part for part in said if part))


def _derivative(name: str) -> str:
    """A registered function's derivative as an equation in u."""
    function = BY_NAME[name]
    u, *others = (Tensor(Variable(letter, role="param")) for letter in ("u", "v")[: 1 + len(function.sample)])
    value = elementwise(function.head, u, *others)
    return f"∂/∂u({value!r}) = {grad(value, u)!r}"
