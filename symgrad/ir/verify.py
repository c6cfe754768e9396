"""The promises that every Program keeps, checked after each pass."""

from __future__ import annotations

from sympy import Symbol

from ..errors import InternalError
from .index import Extent, Index
from .program import OPAQUE, Equation, Program
from .text import dump_equation
from .variable import Variable, entries


def verify(program: Program, *, stage: str = "") -> Program:
    """Return ``program`` unchanged, or raise InternalError naming the equation.

    Checked: each target is defined once and before it is read; its axes are its
    indices, over the right extents; no index stands free; entries have as many
    indices as their variable has axes; no foreign symbol hides in a body; one
    name means one variable.
    """
    defined: set[Variable] = set()
    targets = {equation.target for equation in program.equations}
    names: dict[str, Variable] = {}
    for equation in program.equations:
        _check(equation, stage)
        for variable in (*equation.reads(), equation.target):
            other = names.setdefault(variable.name, variable)
            if other != variable:
                _fail(stage, equation, f"two variables are called {variable.name}")
        for variable in equation.reads():
            if variable in targets and variable not in defined:
                _fail(stage, equation, f"{variable} is read before it is defined")
        if equation.target in defined:
            _fail(stage, equation, "its target is defined twice")
        defined.add(equation.target)
    return program


def _check(equation: Equation, stage: str) -> None:
    if tuple(index.extent for index in equation.indices) != equation.target.shape:
        _fail(stage, equation, "its indices do not run over its target's shape")
    own = (*equation.indices, *equation.bound)
    if len(set(own)) != len(own):
        _fail(stage, equation, "an index stands twice on its left-hand side")
    for symbol in equation.body.atoms(Symbol):
        if isinstance(symbol, Index):
            if symbol not in own:
                _fail(stage, equation, f"the index {symbol} is free")
        elif not isinstance(symbol, Extent):
            _fail(stage, equation, f"the foreign symbol {symbol} stands in its body")
    for entry in entries(equation.body):
        if len(entry.indices) != entry.variable.rank:
            _fail(stage, equation, f"{entry} has the wrong number of indices")
    if equation.kind in OPAQUE and len(equation.bound) != 2:
        _fail(stage, equation, "a matrix function binds a row and a column")


def _fail(stage: str, equation: Equation, why: str) -> None:
    place = f" after {stage}" if stage else ""
    raise InternalError(
        f"a broken equation{place}: {dump_equation(equation)}: {why}. This is a bug in symgrad."
    )
