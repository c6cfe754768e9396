"""The sympy expression of a formula, definitions put in: for reading, and for sympy's own tools."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import sympy
from sympy import (
    Basic,
    Eq,
    Expr,
    IndexedBase,
    KroneckerDelta,
    Piecewise,
    Product,
    Sum,
    Symbol,
    exp,
    log,
    sqrt,
)
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFunction

from ..errors import NotationError
from ..ir import heads
from ..ir.functions import lookup
from ..ir.index import Extent, Index
from ..ir.program import Equation, Program
from ..ir.variable import Entry, Variable

OPERATIONS = 5_000
"""The most operations that an expression with all definitions put in may have."""

_NATIVE: dict[type, Callable[..., Expr]] = {
    heads.Sigmoid: lambda x: 1 / (1 + exp(-x)),
    heads.Relu: lambda x: sympy.Max(x, 0),
    heads.Softplus: lambda x: log(1 + exp(x)),
    heads.Expm1: lambda x: exp(x) - 1,
    heads.Log1p: lambda x: log(1 + x),
    heads.LogCosh: lambda x: log(sympy.cosh(x)),
    heads.Root: sqrt,
    heads.Digamma: sympy.digamma,
    heads.Trigamma: lambda x: sympy.polygamma(1, x),
    heads.Maximum: sympy.Max,
    heads.Minimum: sympy.Min,
    heads.Where: lambda condition, a, b: Piecewise((a, condition), (b, True)),
    heads.Delta: KroneckerDelta,
}


def to_sympy(program: Program) -> Expr:
    """A formula as a sympy expression of Symbols, IndexedBases and Sums.

    All indices run from 1, as in textbooks: samples over 1 … n.  Of a formula
    with axes it is one entry, over the indices of its equation.  Raises
    NotationError above `OPERATIONS` operations, and where sympy has no such
    expression (a maximum over an index, an inverse).
    """
    (output,) = program.outputs.values()
    return _Writer(program).output(output)


class _Writer:
    def __init__(self, program: Program):
        self.equations = program.definitions()
        self.spent = 0
        taken = {variable.name for variable in program.inputs()} | {"n"}
        letters = itertools.chain("ijklpqrstuv", (f"i{k}" for k in itertools.count(1)))
        self.names = (name for name in letters if name not in taken)

    def output(self, variable: Variable) -> Expr:
        equation = self.equations.get(variable)
        if equation is not None:
            return self._equation(equation, equation.indices)
        return self._named(variable, tuple(Index("j", extent) for extent in variable.shape))

    def _named(self, variable: Variable, places: tuple[Expr, ...]) -> Expr:
        return IndexedBase(variable.name)[places] if places else Symbol(variable.name)

    def _equation(self, equation: Equation, places: tuple[Expr, ...]) -> Expr:
        bound = {index: Symbol(next(self.names), integer=True, positive=True) for index in equation.bound}
        env: dict[Basic, Expr] = {**dict(zip(equation.indices, places, strict=True)), **bound}
        ranges = [(symbol, 1, self._expr(index.extent, {})) for index, symbol in bound.items()]
        kind = equation.kind
        if kind == "table":
            return self._table(equation, places)
        if kind not in ("sum", "prod", "logsumexp"):
            raise NotationError(
                f"sympy has no closed expression for {kind} over an index; print the formula instead, "
                "or use .evaluate(...)"
            )
        body = self._expr(equation.body, env)
        if not ranges:
            return body
        if kind == "logsumexp":
            return log(Sum(exp(body), *ranges))
        return (Sum if kind == "sum" else Product)(body, *ranges)

    def _table(self, equation: Equation, places: tuple[Expr, ...]) -> Expr:
        shape = [int(index.extent) for index in equation.indices]
        cases = []
        for part, at in zip(equation.body.args, itertools.product(*map(range, shape)), strict=True):
            condition = sympy.And(*(Eq(place, k + 1) for place, k in zip(places, at, strict=True)))
            cases.append((self._expr(part, {}), condition))
        return Piecewise(*cases)

    def _expr(self, expr: Basic, env: Mapping[Basic, Expr]) -> Any:
        self.spent += 1
        if self.spent > OPERATIONS:
            raise NotationError(
                f"the formula has more than {OPERATIONS:,} operations with all its definitions put in; "
                "print it with repr or str, or ask for .expr of one of its parts"
            )
        if isinstance(expr, Entry):
            # Places count from 0 in equations, from 1 here.
            places = tuple(self._expr(place, env) + 1 for place in expr.indices)
            equation = self.equations.get(expr.variable)
            return (
                self._named(expr.variable, places) if equation is None else self._equation(equation, places)
            )
        if isinstance(expr, Index):
            return env[expr] - 1
        if isinstance(expr, Extent):
            return Symbol(expr.name, integer=True, positive=True)
        if not expr.args:
            return expr
        args = [self._expr(arg, env) for arg in expr.args]
        native = _NATIVE.get(type(expr))
        if native is not None:
            return native(*args)
        record = None if isinstance(expr, Relational | BooleanFunction) else lookup(expr)  # type: ignore[arg-type]
        if record is not None and record.expanded is not None:
            return _spelled_out(record.expanded(*args))
        return expr.func(*args)


def _spelled_out(expr: Basic) -> Any:
    """Our own functions inside a function's definition, as sympy's."""
    if not expr.args:
        return expr
    args = [_spelled_out(arg) for arg in expr.args]
    return _NATIVE.get(type(expr), expr.func)(*args)  # type: ignore[misc]
