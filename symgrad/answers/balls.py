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
from ..ir.late import Late
from ..ir.program import OPAQUE, Equation, Program
from ..ir.variable import Entry, Variable, entries
from .clock import Clock, OutOfReach

flint: Any = Late("flint")

Places = tuple[int, ...]
Closure = Callable[["Balls", dict[Index, int]], Any]


class Undefined(ArithmeticError):
    """The formula has no value at this point."""


class Unclear(ArithmeticError):
    """The balls are too wide to tell."""


class Tie(Unclear):
    """Two sides of a comparison are exactly equal: the point lies on a kink."""


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
        if _sign(term - terms[best]) == (-1 if kind == "min" else 1):
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
    return matrix.det() if kind == "det" else _log(abs(matrix.det()))


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
    name = type(node).__name__
    if name in FUNCTIONS:
        function = FUNCTIONS[name]
        return lambda run, at: function(*(p(run, at) for p in parts))
    record = lookup(node)
    if record is not None and record.expanded is not None:
        return _closure(record.expanded(*node.args))
    raise OutOfReach(f"no ball arithmetic is known for {record.name if record else name}")


def _constant(node: Basic) -> Closure:
    known = {
        sympy.pi: lambda: flint.arb.pi(),
        sympy.E: lambda: flint.arb.const_e(),
        sympy.EulerGamma: lambda: flint.arb.const_euler(),
        sympy.Catalan: lambda: flint.arb.const_catalan(),
        sympy.GoldenRatio: lambda: (1 + flint.arb(5).sqrt()) / 2,
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
        return lambda run, at: _whole_power(base(run, at), count)
    if node.exp == sympy.Rational(1, 2):
        return lambda run, at: _sqrt(base(run, at))

    def value(run: Balls, at: dict[Index, int]) -> Any:
        b, e = base(run, at), exponent(run, at)
        whole = e.unique_fmpz() if e.is_exact() else None
        if whole is not None and e == whole:
            return _whole_power(b, int(whole))
        if b.is_zero() and e > 0:
            return flint.arb(0)
        return (_log(b) * e).exp()

    return value


def _whole_power(base: Any, count: int) -> Any:
    if count < 0:
        if base.is_zero():
            raise Undefined
        if base.contains(0):
            raise Unclear
    return base**count


def _sign(value: Any) -> int:
    """1 or −1; Unclear on a kink or where the ball holds 0."""
    if value > 0:
        return 1
    if value < 0:
        return -1
    raise Unclear


def _inside(value: Any) -> None:
    """``value`` must be positive to be inside the domain, and may be on its edge."""
    if value < 0:
        raise Undefined
    if not (value > 0 or value.is_zero()):
        raise Unclear


def _log(x: Any) -> Any:
    if x <= 0:
        raise Undefined
    if not x > 0:
        raise Unclear
    return x.log()


def _sqrt(x: Any) -> Any:
    _inside(x)
    return x.sqrt()


def _unit(x: Any, function: str) -> Any:
    _inside(1 - x)
    _inside(1 + x)
    if function == "atanh" and (1 - x * x).is_zero():
        raise Undefined
    return getattr(x, function)()


def _acosh(x: Any) -> Any:
    _inside(x - 1)
    return x.acosh()


def _gamma(x: Any, function: str) -> Any:
    if x <= 0:
        raise Undefined
    if not x > 0:
        raise Unclear
    if function == "trigamma":
        return flint.acb(x).polygamma(flint.acb(1)).real
    return getattr(x, function)()


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + (-x).exp())


def _normal_cdf(x: Any) -> Any:
    return (-x / flint.arb(2).sqrt()).erfc() / 2


def _softplus(x: Any) -> Any:
    return x.exp().log1p() if x < 0 else x + (-x).exp().log1p()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: (lambda x, name=name: getattr(x, name)()) for name in (
        "exp", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "asinh", "erf", "erfc",
    )},
    "log": _log,
    "asin": lambda x: _unit(x, "asin"),
    "acos": lambda x: _unit(x, "acos"),
    "atanh": lambda x: _unit(x, "atanh"),
    "acosh": _acosh,
    "Abs": abs,
    "sign": lambda x: flint.arb(_sign(x)),
    "Sigmoid": _sigmoid,
    "Relu": lambda x: x.max(flint.arb(0)),
    "Softplus": _softplus,
    "NormalCdf": _normal_cdf,
    "loggamma": lambda x: _gamma(x, "lgamma"),
    "Digamma": lambda x: _gamma(x, "digamma"),
    "Trigamma": lambda x: _gamma(x, "trigamma"),
    "Expm1": lambda x: x.expm1(),
    "Log1p": lambda x: _log(1 + x),
    "LogCosh": lambda x: x.cosh().log(),
    "Root": _sqrt,
    "Maximum": lambda a, b: a.max(b),
    "Minimum": lambda a, b: a.min(b),
}  # fmt: skip
"""Ball arithmetic by the class name of a registered head; others need ``expanded``."""


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
        return _sign(difference) == (1 if isinstance(node, Gt | Ge) else -1)

    assert isinstance(node, Eq | Ne | Gt | Ge | Lt | Le)
    return compare


__all__ = ["FUNCTIONS", "Balls", "Point", "Tie", "Undefined", "Unclear", "compiled", "flint", "is_discrete"]
