"""From a Program to normal forms: every entry of every variable as a polynomial.

With ``spread`` set, axes of a small whole size are written out, entry by entry;
without it they stay sums, as those of named size always do.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import sympy
from sympy import Add, Basic, Expr, Mul, Pow
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne
from sympy.logic.boolalg import And, BooleanFalse, BooleanTrue, Not, Or

from ..ir.functions import lookup
from ..ir.heads import Delta, Where
from ..ir.index import Extent, Index
from ..ir.program import Equation, Program
from ..ir.variable import Entry, Variable
from .algebra import BUILDERS, Algebra, Head, Poly, flint
from .balls import is_discrete
from .cases import above_zero, choose, equal_zero
from .clock import OutOfReach
from .elementary import FUNCTIONS, exponential, general_power, logarithm, opaque
from .matrices import matrix_entry, written_out
from .signs import assert_positive
from .sums import make_delta, size, total

SPREAD = 8
"""The largest axis that is written out."""

Places = dict[Index, Poly]


class Normal:
    """The normal forms of one program, each worked out once."""

    def __init__(self, program: Program, algebra: Algebra, spread: bool = False):
        self.program, self.algebra, self.spread = program, algebra, spread
        self.equations = program.definitions()

    def entry(self, variable: Variable, places: Sequence[Poly]) -> Poly:
        """One element, at places that are polynomials in live indices."""
        plain = [self.algebra.plain_index(p) for p in places]
        equation = self.equations.get(variable)
        if equation is None:
            return self._input(variable, places, plain)
        if None not in plain and len(set(plain)) == len(plain):
            # The same under other names: worked out once, then renamed.
            key = ("normal", variable)
            if key not in self.algebra.memo:
                own = [self.algebra.fresh(e) for e in variable.shape]
                self.algebra.memo[key] = own, self._defined(equation, [self.algebra.index(i) for i in own])
            own, poly = self.algebra.memo[key]
            return self.algebra.rename(poly, dict(zip(own, plain, strict=True)))  # type: ignore[arg-type]
        key = ("normal", variable, tuple(tuple(sorted(p.items())) for p in places))
        if key not in self.algebra.memo:
            self.algebra.memo[key] = self._defined(equation, places)
        return self.algebra.memo[key]

    def _input(self, variable: Variable, places: Sequence[Poly], plain: Sequence[int | None]) -> Poly:
        algebra, facts = self.algebra, variable.facts
        if (
            variable.role == "constant"
            and facts.value is not None
            and all(_number(p) is not None for p in places)
        ):
            here = tuple(int(_number(p)) for p in places)
            number = facts.value[here] if here else facts.value
            return self.value(number if isinstance(number, Expr) else sympy.Rational(str(number)), {})
        head: Head = ("entry", algebra.number(variable))
        if None in plain:
            poly = BUILDERS["entry"](algebra, head, list(places), [])
        else:
            poly = algebra.single(algebra.simple(head, tuple(plain), variable.shape))  # type: ignore[arg-type]
        kind_id, _ = algebra.generators[next(iter(poly))[0][0]]
        notes = algebra.kinds[kind_id].notes
        if "discrete" not in notes:
            notes["one_hot"] = facts.one_hot and None not in plain
            notes["fixed"] = variable.role == "constant" and facts.value is not None
            notes["discrete"] = facts.one_hot or variable.dtype in ("int", "bool")
            if variable.role == "hyper" or (
                variable.role == "param" and facts.min is not None and facts.min >= 0
            ):
                algebra.positive.add(kind_id)
        return poly

    # -- equations ------------------------------------------------------------------------

    def _defined(self, equation: Equation, places: Sequence[Poly]) -> Poly:
        algebra, kind = self.algebra, equation.kind
        algebra.clock.check()
        at: Places = dict(zip(equation.indices, places, strict=True))
        if equation.pointwise:
            return self.value(equation.body, at)
        if kind == "table":
            spots = [_number(p) for p in places]
            if None in spots:
                raise OutOfReach("a table of entries at unknown places")
            place = 0
            for index, spot in zip(equation.indices, spots, strict=True):
                place = place * int(index.extent) + int(spot)  # type: ignore[arg-type]
            return self.value(equation.body.args[place], at)
        if kind in ("inv", "det", "logdet", "cofactor", "solve"):
            return self._matrix(equation, at)
        if self.spread and all(_small(b.extent) for b in equation.bound):
            return self._spread(equation, at)
        wide = [b for b in equation.bound if not (self.spread and _small(b.extent))]
        live = {b: algebra.fresh(b.extent) for b in wide}
        at |= {b: algebra.index(i) for b, i in live.items()}
        if kind in ("sum", "logsumexp"):
            parts = [
                self.value(equation.body, {**at, **here})
                for here in self._spots([b for b in equation.bound if b not in live])
            ]
            parts = [exponential(algebra, p) for p in parts] if kind == "logsumexp" else parts
            whole = algebra.add(*(total(algebra, p, live.values()) for p in parts))
            return logarithm(algebra, whole) if kind == "logsumexp" else whole
        if len(wide) < len(equation.bound):
            raise OutOfReach(f"a {kind} over axes of which only some are written out")
        return algebra.one(algebra.close((kind,), [self.value(equation.body, at)], list(live.values())))

    def _spots(self, bound: Sequence[Index]) -> list[Places]:
        ranges = [range(int(b.extent)) for b in bound]
        return [
            {b: self.algebra.constant(k) for b, k in zip(bound, spot, strict=True)}
            for spot in itertools.product(*ranges)
        ]

    def _spread(self, equation: Equation, at: Places) -> Poly:
        algebra, kind = self.algebra, equation.kind
        terms = [self.value(equation.body, {**at, **here}) for here in self._spots(equation.bound)]
        if kind == "sum":
            return algebra.add(*terms)
        if kind == "prod":
            return algebra.multiply(*terms)
        if kind == "logsumexp":
            return logarithm(algebra, algebra.add(*(exponential(algebra, t) for t in terms)))
        if kind == "argmax":
            raise OutOfReach("the place of a maximum")
        best = terms[0]
        for term in terms[1:]:
            best = FUNCTIONS["maximum" if kind == "max" else "minimum"](algebra, best, term)
        return best

    def _matrix(self, equation: Equation, at: Places) -> Poly:
        algebra = self.algebra
        row, column = equation.bound
        bodies: tuple[Any, ...] = equation.body.args if equation.kind == "solve" else (equation.body,)
        inside = set().union(*(b.atoms(Index) for b in bodies))
        own = [at[i] for i in equation.indices if i not in inside]
        if self.spread and row.extent.is_Integer and row.extent <= 3:
            count = int(row.extent)
            grid = [
                [self.value(bodies[0], {**at, **r, **c}) for c in self._spots([column])]
                for r in self._spots([row])
            ]
            right = (
                [self.value(bodies[1], {**at, **r}) for r in self._spots([row])]
                if equation.kind == "solve"
                else []
            )
            spots = [_number(p) for p in own]
            if None in spots:
                raise OutOfReach("a matrix function at unknown places")
            return written_out(algebra, equation.kind, grid, right, [int(s) for s in spots], count)  # type: ignore[arg-type]
        one, two = algebra.fresh(row.extent), algebra.fresh(column.extent)
        matrix = self.value(bodies[0], {**at, row: algebra.index(one), column: algebra.index(two)})
        if equation.kind == "solve":
            middle = algebra.fresh(row.extent)
            right_side = self.value(bodies[1], {**at, row: algebra.index(middle)})
            entry = matrix_entry(algebra, "inv", matrix, one, two, [own[0], algebra.index(middle)])
            return total(algebra, algebra.multiply(entry, right_side), [middle])
        return matrix_entry(algebra, equation.kind, matrix, one, two, own)

    # -- bodies ------------------------------------------------------------------------------

    def value(self, node: Basic, at: Places) -> Poly:
        """A body's polynomial with its indices at some places."""
        algebra = self.algebra
        if isinstance(node, Entry):
            return self.entry(node.variable, [self.value(i, at) for i in node.indices])
        if isinstance(node, Index):
            return at[node]
        if isinstance(node, Extent):
            return size(algebra, node)
        if node.is_Rational:
            return algebra.constant(flint.fmpq(int(node.p), int(node.q)))  # type: ignore[attr-defined]
        if node.is_Float:
            return self.value(sympy.Rational(str(node)), at)
        if isinstance(node, Add):
            return algebra.add(*(self.value(a, at) for a in node.args))
        if isinstance(node, Mul):
            return algebra.multiply(*(self.value(a, at) for a in node.args))
        if isinstance(node, Pow):
            base = (
                self.value(node.base, at)
                if node.exp.is_Integer and node.exp > 0
                else self._argument(node.base, at)
            )
            return general_power(algebra, base, self.value(node.exp, at))
        if isinstance(node, Where):
            condition = self.condition(node.args[0], at)
            if condition.keys() <= {()}:
                return self.value(node.args[1 if condition else 2], at)
            return choose(algebra, condition, self.value(node.args[1], at), self.value(node.args[2], at))
        if isinstance(node, Delta):
            return make_delta(algebra, *(self.value(a, at) for a in node.args))
        if not node.args:
            return self._constant(node)
        record = lookup(node)
        if record is None:
            raise OutOfReach(f"{type(node).__name__} in a formula")
        name = record.name
        read = self._argument if name in ("log", "root") else self.value
        args = [read(a, at) for a in node.args]
        if name in ("abs", "relu") and self.is_positive(node.args[0], at, strict=False):
            return args[0]
        if name in FUNCTIONS:
            return FUNCTIONS[name](algebra, *args)
        return (
            opaque(algebra, name, *args)
            if record.expanded is None
            else self.value(record.expanded(*node.args), at)
        )

    def _constant(self, node: Basic) -> Poly:
        if node is sympy.E:
            return exponential(self.algebra, self.algebra.constant(1))
        return self.algebra.one(self.algebra.simple(("pi",) if node is sympy.pi else ("number", str(node))))

    def _argument(self, node: Basic, at: Places) -> Poly:
        """An argument's polynomial; a sum of squares is noted as positive while it still looks like one."""
        poly = self.value(node, at)
        if len(poly) > 1 and self.is_positive(node, at):
            assert_positive(self.algebra, poly)
        return poly

    def condition(self, node: Basic, at: Places) -> Poly:
        """A condition as a polynomial that is 0 or 1."""
        algebra = self.algebra
        one = algebra.constant(1)
        if isinstance(node, BooleanTrue | BooleanFalse):
            return algebra.constant(int(bool(node)))
        if isinstance(node, And):
            return algebra.multiply(*(self.condition(a, at) for a in node.args))
        if isinstance(node, Or):
            misses = [algebra.subtract(one, self.condition(a, at)) for a in node.args]
            return algebra.subtract(one, algebra.multiply(*misses))
        if isinstance(node, Not):
            return algebra.subtract(one, self.condition(node.args[0], at))
        if not isinstance(node, Eq | Ne | Gt | Ge | Lt | Le):
            raise OutOfReach(f"the condition {node}")
        left, right = self.value(node.lhs, at), self.value(node.rhs, at)
        if isinstance(node, Eq | Ne):
            places = is_discrete(node) and not any(e.variable.facts.one_hot for e in node.atoms(Entry))
            same = (
                make_delta(algebra, left, right)
                if places
                else equal_zero(algebra, algebra.subtract(left, right))
            )
            return same if isinstance(node, Eq) else algebra.subtract(one, same)
        if isinstance(node, Lt | Le):
            left, right = right, left
        if node.gts.is_number is False and node.lts.is_zero and self.is_positive(node.gts, at):
            return one
        return above_zero(algebra, algebra.subtract(left, right), strict=isinstance(node, Gt | Lt))

    # -- signs ---------------------------------------------------------------------------------

    def is_positive(self, node: Basic, at: Places, strict: bool = True) -> bool:
        """Whether an expression is positive almost everywhere by its form; not ``strict``: never negative."""
        if node.is_number:
            return bool(node > 0 if strict else node >= 0)  # type: ignore[operator]
        if isinstance(node, Entry):
            return self._entry_positive(node, strict)
        if isinstance(node, Add):
            return all(self.is_positive(a, at, False) for a in node.args) and (
                not strict or any(self.is_positive(a, at) for a in node.args)
            )
        if isinstance(node, Mul):
            return all(self.is_positive(a, at, strict) for a in node.args)
        if isinstance(node, Pow) and node.exp.is_Integer and node.exp % 2 == 0:
            return not strict or self._somewhere(node.base, at)
        if isinstance(node, Pow) and not node.exp.is_Integer:
            return not strict or self._somewhere(node.base, at)
        if isinstance(node, Pow):
            return self.is_positive(node.base, at, strict)
        record = lookup(node)
        name = record.name if record else ""
        if name in ("exp", "sigmoid", "softplus", "cosh", "normal_cdf"):
            return True
        if name in ("abs", "root"):
            return not strict or self._somewhere(node.args[0], at)
        return isinstance(node, Extent) or (name == "relu" and not strict)

    def _entry_positive(self, node: Entry, strict: bool) -> bool:
        variable, facts = node.variable, node.variable.facts
        equation = self.equations.get(variable)
        if equation is None:
            if variable.role == "hyper" or (
                variable.role == "param" and facts.min is not None and facts.min >= 0
            ):
                return True
            return not strict and (facts.one_hot or facts.classes is not None or variable.dtype == "bool")
        key = ("positive", variable, strict)
        if key not in self.algebra.memo:
            known = equation.kind in ("sum", "prod", "max", "min")
            at = {
                i: self.algebra.index(self.algebra.fresh(i.extent))
                for i in (*equation.indices, *equation.bound)
            }
            self.algebra.memo[key] = known and self.is_positive(equation.body, at, strict)
        return self.algebra.memo[key]

    def _somewhere(self, node: Basic, at: Places) -> bool:
        """Whether an expression is zero almost nowhere."""
        poly = self.value(node, at)
        return bool(poly) and not equal_zero(self.algebra, poly)


def _number(poly: Poly) -> Any:
    """The whole number that a polynomial is, else None."""
    if poly.keys() <= {()}:
        value = poly.get((), flint.fmpq(0))
        return int(value.p) if value.q == 1 else None
    return None


def _small(extent: Expr) -> bool:
    return bool(extent.is_Integer and extent <= SPREAD)


def _build_entry(algebra: Algebra, head: Head, payload: list[Poly], bounds: list[int]) -> Poly:
    """An entry at any places: indices, numbers, labels."""
    own = [algebra.plain_index(p) for p in payload]
    if None not in own:
        shape = algebra.things[int(str(head[1]))].shape
        return algebra.single(algebra.simple(("entry", head[1]), tuple(own), shape))  # type: ignore[arg-type]
    return algebra.one(algebra.close(("read", head[1]), payload))


def _build_reduction(algebra: Algebra, head: Head, payload: list[Poly], bounds: list[int]) -> Poly:
    return algebra.one(algebra.close(head, payload, bounds))


BUILDERS["entry"] = _build_entry
BUILDERS["read"] = _build_entry
BUILDERS["index"] = lambda algebra, head, payload, bounds: payload[0]
for _name in ("prod", "max", "min", "argmax"):
    BUILDERS[_name] = _build_reduction
