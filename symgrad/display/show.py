"""The printed forms of a Program with one output: stand-ins until the display is written."""

from __future__ import annotations

from sympy import Expr

from ..ir.program import Program
from ..ir.text import dump


def unicode(program: Program) -> str:
    """One line for a prompt."""
    return ascii(program)


def ascii(program: Program) -> str:  # noqa: A001
    """One line that the project's own grammar reads back."""
    if not program.equations:
        return next(iter(program.outputs.values())).name
    if len(program.equations) == 1 and program.equations[0].pointwise:
        return str(program.equations[0].body)
    return dump(program)


def latex(program: Program) -> str:
    """LaTeX."""
    return ascii(program)


def to_sympy(program: Program) -> Expr:
    """The sympy expression of the output."""
    raise NotImplementedError


def gradient(program: Program, style: str) -> str:
    """A Gradient's Program (outputs ``loss`` and ``gradient:<name>``) in style unicode, ascii or latex:
    ``{m: 5m + 3b − 13, b: …}`` while each part is short, else the lines of backpropagation."""
    return dump(program)
