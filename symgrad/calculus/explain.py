"""How a derivative is worked out, line by line, as a textbook would."""

from __future__ import annotations

import html
from collections.abc import Iterator

from ..display import named
from ..display.index_notation import Builder
from ..ir.program import Program
from ..ir.variable import Variable
from ..notation.formula import gather
from ..notation.record import as_tensor
from ..notation.tensor import Tensor
from .differentiate import between
from .explain_backward import Backward
from .explain_forward import Forward
from .explain_line import Line
from .gradient import Gradient, gradient

FOLD = 30
"""How many lines a derivation shows of itself."""

OUTSIDE_IN = 150
"""A formula of more nodes than this is worked out backwards, through names for its parts."""

_FORWARD = ("sum", "prod", "max", "min", "logsumexp")


class Derivation:
    """The derivative of ``loss`` by ``wrt``: a tree of lines, the last of which ends in ``result``.

    Each line is an equation, before = after, by a rule.  ``tree`` holds the lines
    of the first level; ``lines`` all of them in reading order.

    >>> import symgrad as sg
    >>> x, y = sg.data("x y"); m, b = sg.params("m b")
    >>> d = sg.derivation(sg.mse(y, m*x + b), m)
    >>> for line in d.lines(fold=30):
    ...     print(repr(line.after))
    (1/n) Σᵢ ∂/∂m((yᵢ − (m xᵢ + b))²)
    2 (yᵢ − (m xᵢ + b)) ∂/∂m(yᵢ − (m xᵢ + b))
    −xᵢ
    (2/n) Σᵢ (yᵢ − (m xᵢ + b)) (−xᵢ)
    (2/n) Σᵢ xᵢ (m xᵢ + b − yᵢ)
    """

    def __init__(self, loss: Tensor, wrt: Tensor, result: Tensor, tree: tuple[Line, ...]):
        self.loss, self.wrt, self.result, self.tree = loss, wrt, result, tree

    def lines(self, fold: int | None = None) -> list[Line]:
        """The lines in reading order.

        ``fold``: at most so many.  The steps inside a linear formula, which is
        derived in one line, go first, then what lies deepest; the first level
        always stays.
        """
        return [line for _, line in self._folded(fold)]

    def _folded(self, fold: int | None) -> list[tuple[int, Line]]:
        everything = [found for line in self.tree for found in line.walk()]
        if fold is None:
            return everything
        shown = [(depth, line) for depth, line in everything if not line.detail]
        for deepest in range(max(depth for depth, _ in shown), 0, -1):
            if len(shown) <= fold:
                break
            shown = [(depth, line) for depth, line in shown if depth < deepest]
        return shown

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines())

    def text(self, style: str = "unicode", fold: int | None = None) -> str:
        """A line each, with its rule; ``style`` is ``unicode`` or ``ascii``, ``fold`` as in `lines`."""
        shown = self._folded(fold)
        rows = [("  " * depth + line.text(style), line.rule) for depth, line in shown]
        width = min(max(len(equation) for equation, _ in rows), 72)
        hidden = len(self.lines()) - len(shown)
        more = [f"({hidden} more {'line' if hidden == 1 else 'lines'} folded)"] if hidden else []
        return "\n".join([*(f"{equation:<{width}}   [{rule}]" for equation, rule in rows), *more])

    def latex(self, fold: int | None = None) -> str:
        """An ``aligned`` environment: a line each, with its rule."""
        rows = (
            rf"{line.before.text('latex')} &= {line.after.text('latex')} && \text{{{line.rule}}}"
            for line in self.lines(fold)
        )
        return r"\begin{aligned} " + r" \\ ".join(rows) + r" \end{aligned}"

    def __repr__(self) -> str:
        return self.text("unicode", FOLD)

    def __str__(self) -> str:
        return self.text("ascii", FOLD)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex(FOLD)}$"

    def _repr_html_(self) -> str:
        return f"<ol>{''.join(_item(line) for line in self.tree)}</ol>"


def _item(line: Line) -> str:
    formula = f"$\\displaystyle {line.before.text('latex')} = {line.after.text('latex')}$"
    text = f"{html.escape(formula)} <em>{html.escape(line.rule)}</em>: {html.escape(line.why)}"
    if not line.children:
        return f"<li>{text}</li>"
    inner = "".join(_item(child) for child in line.children)
    return f"<li><details><summary>{text}</summary><ol>{inner}</ol></details></li>"


def derivation(loss: Tensor, wrt: Tensor) -> Derivation:
    """How ∂loss/∂wrt is worked out, line by line; the last line is `grad`'s result.

    ``loss`` is a scalar.  By a scalar the lines go from the outside in; by a
    vector, a matrix or a weight of a network they are the equations of
    backpropagation.  Raises DerivationError as `grad` does.

    >>> import symgrad as sg
    >>> m = sg.param("m")
    >>> sg.derivation(m**2 * sg.sin(m), m)
    ∂/∂m(m² sin(m)) = m² ∂/∂m(sin(m)) + sin(m) ∂/∂m(m²)   [product rule]
      ∂/∂m(m²) = 2m                                       [power rule]
      ∂/∂m(sin(m)) = cos(m)                               [derivative of sin]
    ∂L/∂m = m² cos(m) + 2m sin(m)                         [put in]

    >>> w, X, y = sg.params("w", "d"), sg.data("X", "d"), sg.data("y")
    >>> sg.derivation(sg.mse(y, X @ w), w)
    u₁ = y − wᵀX               [name]
      ∂L/∂u₁ᵢ = (2/n) u₁ᵢ      [sum over samples, constant multiple, power rule]
      ∂L/∂w = −Xᵀ(∂L/∂u₁)      [sum rule, matrix product rule, sum over samples]
    ∂L/∂w = (2/n) Xᵀ(Xw − y)   [chain rule]
    """
    loss, wrt = as_tensor(loss), as_tensor(wrt)
    found = gradient(loss, wrt)
    program = gather({"loss": loss})
    if _from_outside(program, loss.variable, wrt.variable, found):
        lines = Forward(program, loss, wrt).lines(found[wrt])
    else:
        lines = Backward(program, loss, wrt, found).lines()
    return Derivation(loss, wrt, found[wrt], tuple(lines))


def _from_outside(program: Program, loss: Variable, wrt: Variable, found: Gradient) -> bool:
    """Whether the derivation is short enough for whole formulas in every line."""
    depends = between(program, [wrt])
    kinds = {equation.kind for equation in program.equations if equation.target in depends}
    layers, _ = named.called_layers(found.program)
    network = any(layer.hidden and layer.z.rank > layer.z.per_sample for layer in layers)
    inside = wrt in program.definitions()
    if wrt.shape or inside or network or not kinds <= set(_FORWARD):
        return False
    return Builder(program).tree(loss)[1].size <= OUTSIDE_IN
