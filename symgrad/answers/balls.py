"""A Program in ball arithmetic: at rational points, with bounds that hold for certain.

Values are `flint.arb` balls.  An entry is computed when it is asked for, and
remembered.  What is outside the domain of a formula raises `Undefined`; what
the precision (or a point on a kink) leaves open raises `Unclear`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import sympy
from sympy import Add, Basic, Expr, Mul, Pow
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne, Relational
from sympy.logic.boolalg import And, BooleanFalse, BooleanTrue, Not, Or

from ..ir.functions import lookup
from ..ir.heads import Delta, Where
from ..ir.index import Extent, Index
from ..ir.program import OPAQUE, Equation, Program
from ..ir.variable import Entry, Variable, entries
from .ball_functions import (
    FUNCTIONS,
    Tie,
    Unclear,
    Undefined,
    flint,
    logarithm,
    sign_of,
    square_root,
    whole_power,
)
from .clock import Clock, OutOfReach

Places = tuple[int, ...]
Closure = Callable[["Balls", dict[Index, int]], Any]


@dataclass
class Point:
    """Exact values (int or fmpq) for every element of every input, and the sizes."""

    sizes: dict[Expr, int]
    values: dict[Variable, dict[Places, Any]]

    def length(self, extent: Expr) -> int:
        """An extent as a number."""
        if extent.is_Integer:
            return int(extent)
        return int(extent.xreplace({k: sympy.Integer(v) for k, v in self.sizes.items()}))


@dataclass
class Balls:
    """The values of one program at one point, at the precision that `flint.ctx` has.

    ``ties``: whether ties of real quantities are taken as they come, not refused.
    """

    program: Program
    point: Point
    clock: Clock
    code: dict[Variable, tuple[Equation, Any]] = field(default_factory=dict)
    ties: bool = False
    known: dict[tuple[Variable, Places], Any] = field(default_factory=dict)
    lengths: dict[Expr, int] = field(default_factory=dict)
    matrices: dict[Any, Any] = field(default_factory=dict)

    def length(self, extent: Expr) -> int:
        """An extent as a number."""
        if extent not in self.lengths:
            self.lengths[extent] = self.point.length(extent)
        return self.lengths[extent]

    def read(self, variable: Variable, places: Places) -> Any:
        """The ball of one element."""
        key = (variable, places)
        if key not in self.known:
            self.clock.check()
            self.known[key] = self._compute(variable, places)
        return self.known[key]

    def _compute(self, variable: Variable, places: Places) -> Any:
        if variable in self.point.values:
            return flint.arb(self.point.values[variable][places])
        equation, body = self.code[variable]
        value = _reduced(self, equation, body, dict(zip(equation.indices, places, strict=True)))
        if not value.is_finite():
            raise Unclear
        return value


def compiled(program: Program) -> dict[Variable, tuple[Equation, Any]]:
    """Each equation's body as a function of a run and the values of its indices."""
    code = {}
    for equation in program.equations:
        parts = equation.body.args if equation.kind in ("table", "solve") else (equation.body,)
        code[equation.target] = (equation, [_closure(part) for part in parts])
    return code


# -- reductions -------------------------------------------------------------------


def _reduced(run: Balls, equation: Equation, body: list[Closure], at: dict[Index, int]) -> Any:
    kind = equation.kind
    if equation.pointwise:
        return body[0](run, at)
    if kind == "table":
        place = 0
        for index in equation.indices:
            place = place * run.length(index.extent) + at[index]
        return body[place](run, at)
    if kind in OPAQUE:
        return _matrix(run, equation, body, at)
    ranges = [range(run.length(b.extent)) for b in equation.bound]
    terms = [
        body[0](run, {**at, **dict(zip(equation.bound, places, strict=True))})
        for places in itertools.product(*ranges)
    ]
    if kind == "sum":
        return sum(terms, flint.arb(0))
    if kind == "prod":
        return reduce(lambda a, b: a * b, terms, flint.arb(1))
    if kind == "logsumexp":
        return reduce(lambda a, b: a + b, (term.exp() for term in terms)).log()
    best = 0
    for k, term in enumerate(terms[1:], 1):
        if sign_of(term - terms[best]) == (-1 if kind == "min" else 1):
            best = k
    return flint.arb(best) if kind == "argmax" else terms[best]


def _matrix(run: Balls, equation: Equation, body: list[Closure], at: dict[Index, int]) -> Any:
    row, column = equation.bound
    size = run.length(row.extent)
    inside = set().union(
        *(
            part.atoms(Index)
            for part in (equation.body.args if equation.kind == "solve" else (equation.body,))
        )
    )
    lead = {i: at[i] for i in equation.indices if i in inside}
    key = (equation.target, tuple(lead.values()))
    if key not in run.matrices:
        grid = [[body[0](run, {**lead, row: r, column: c}) for c in range(size)] for r in range(size)]
        run.matrices[key] = _worked(run, equation.kind, grid, body, lead, row)
    done = run.matrices[key]
    if equation.kind in ("det", "logdet"):
        return done
    own = [at[i] for i in equation.indices if i not in inside]
    return done[own[0], own[1] if equation.kind in ("inv", "cofactor") else 0]


def _worked(
    run: Balls, kind: str, grid: list[list[Any]], body: list[Closure], lead: dict[Index, int], row: Index
) -> Any:
    matrix = flint.arb_mat(grid)
    size = len(grid)
    try:
        if kind == "inv":
            return matrix.inv()
        if kind == "solve":
            return matrix.solve(flint.arb_mat([[body[1](run, {**lead, row: r})] for r in range(size)]))
    except ZeroDivisionError:
        raise Unclear from None
    if kind == "cofactor":
        return {(r, c): (-1) ** (r + c) * _minor(grid, r, c) for r in range(size) for c in range(size)}
    return matrix.det() if kind == "det" else logarithm(abs(matrix.det()))


def _minor(grid: list[list[Any]], r: int, c: int) -> Any:
    rest = [[v for k, v in enumerate(line) if k != c] for j, line in enumerate(grid) if j != r]
    return flint.arb_mat(rest).det() if rest else flint.arb(1)


# -- bodies ------------------------------------------------------------------------


def _closure(node: Basic) -> Closure:
    if isinstance(node, Entry):
        return _entry(node)
    if isinstance(node, Index):
        return lambda run, at: flint.arb(at[node])
    if isinstance(node, Extent):
        return lambda run, at: flint.arb(run.length(node))
    if node.is_Rational:
        top, bottom = int(node.p), int(node.q)  # type: ignore[attr-defined]
        return lambda run, at: flint.arb(flint.fmpq(top, bottom))
    if node.is_Float:
        return _closure(sympy.Rational(str(node)))
    if not node.args:
        return _constant(node)
    if isinstance(node, Where):
        condition, first, second = _condition(node.args[0]), _closure(node.args[1]), _closure(node.args[2])
        return lambda run, at: first(run, at) if condition(run, at) else second(run, at)
    if isinstance(node, Delta):
        one, two = _place(node.args[0]), _place(node.args[1])
        return lambda run, at: flint.arb(int(one(run, at) == two(run, at)))
    if isinstance(node, Pow):
        return _power(node)
    parts = [_closure(arg) for arg in node.args]
    if isinstance(node, Add):
        return lambda run, at: sum((p(run, at) for p in parts), flint.arb(0))
    if isinstance(node, Mul):
        return lambda run, at: reduce(lambda a, b: a * b, (p(run, at) for p in parts))
    record = lookup(node)
    if record is None:
        raise OutOfReach(f"{type(node).__name__} in a formula")
    if record.name in FUNCTIONS:
        function = FUNCTIONS[record.name]
        return lambda run, at: function(*(p(run, at) for p in parts))
    if record.expanded is not None:
        return _closure(record.expanded(*node.args))
    raise OutOfReach(f"no ball arithmetic is known for {record.name}")


def _constant(node: Basic) -> Closure:
    arb = flint.arb
    known: dict[Basic, Callable[[], Any]] = {
        sympy.pi: arb.pi,
        sympy.E: arb.const_e,
        sympy.EulerGamma: arb.const_euler,
        sympy.Catalan: arb.const_catalan,
        sympy.GoldenRatio: lambda: (1 + arb(5).sqrt()) / 2,
    }
    if node not in known:
        raise OutOfReach(f"no ball arithmetic is known for the constant {node}")
    value = known[node]
    return lambda run, at: value()


def _entry(node: Entry) -> Closure:
    variable, places = node.variable, [_place(i) for i in node.indices]
    if variable.facts.value is not None and variable.role == "constant" and not variable.shape:
        return _closure(variable.facts.value)
    if all(isinstance(i, Index) for i in node.indices):
        own = tuple(node.indices)
        return lambda run, at: run.read(variable, tuple(at[i] for i in own))  # type: ignore[index]

    def read(run: Balls, at: dict[Index, int]) -> Any:
        # A guard keeps places outside from counting; here they only must not fail.
        inside = (
            min(max(p(run, at), 0), run.length(e) - 1) for p, e in zip(places, variable.shape, strict=True)
        )
        return run.read(variable, tuple(inside))

    return read


def _place(node: Basic) -> Callable[[Balls, dict[Index, int]], int]:
    if isinstance(node, Index):
        return lambda run, at: at[node]
    if node.is_Integer:
        number = int(node)  # type: ignore[call-overload]
        return lambda run, at: number
    value = _closure(node)

    def whole(run: Balls, at: dict[Index, int]) -> int:
        number = value(run, at).unique_fmpz()
        if number is None:
            raise Unclear
        return int(number)

    return whole


def _power(node: Pow) -> Closure:
    base, exponent = _closure(node.base), _closure(node.exp)
    if node.exp.is_Integer:
        count = int(node.exp)
        return lambda run, at: whole_power(base(run, at), count)
    if node.exp == sympy.Rational(1, 2):
        return lambda run, at: square_root(base(run, at))

    def value(run: Balls, at: dict[Index, int]) -> Any:
        b, e = base(run, at), exponent(run, at)
        whole = e.unique_fmpz() if e.is_exact() else None
        if whole is not None and e == whole:
            return whole_power(b, int(whole))
        if b.is_zero() and e > 0:
            return flint.arb(0)
        return (logarithm(b) * e).exp()

    return value


# -- conditions ----------------------------------------------------------------------


def is_discrete(node: Basic) -> bool:
    """Whether an expression takes whole values only, so that ties in it mean something."""
    return all(e.variable.dtype in ("int", "bool") or e.variable.facts.one_hot for e in entries(node))


def _condition(node: Basic) -> Callable[[Balls, dict[Index, int]], bool]:
    if isinstance(node, BooleanTrue | BooleanFalse):
        return lambda run, at: bool(node)
    if isinstance(node, And | Or | Not):
        parts = [_condition(arg) for arg in node.args]
        if isinstance(node, Not):
            return lambda run, at: not parts[0](run, at)
        every = all if isinstance(node, And) else any
        return lambda run, at: every(p(run, at) for p in parts)
    if not isinstance(node, Relational):
        raise OutOfReach(f"the condition {node} is not a comparison")
    left, right = _closure(node.lhs), _closure(node.rhs)
    exact = is_discrete(node)

    def compare(run: Balls, at: dict[Index, int]) -> bool:
        a, b = left(run, at), right(run, at)
        if isinstance(node, Eq | Ne):
            # A maximum is one of its own terms: the very same ball.
            same = a.mid() == b.mid() and a.rad() == b.rad()
            if not same and a.overlaps(b):
                raise Unclear
            return same == isinstance(node, Eq)
        difference = a - b
        if difference.is_zero():
            if not (exact or run.ties):
                raise Tie
            return isinstance(node, Ge | Le)
        return sign_of(difference) == (1 if isinstance(node, Gt | Ge) else -1)

    assert isinstance(node, Eq | Ne | Gt | Ge | Lt | Le)
    return compare


__all__ = ["FUNCTIONS", "Balls", "Point", "Tie", "Undefined", "Unclear", "compiled", "flint", "is_discrete"]
