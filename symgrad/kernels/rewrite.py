"""Programs made ready for kernels: the same mathematics in fewer kinds of equation.

Each function is a pass from equations to equations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sympy import And, Eq, Expr, Mul, S, exp, log

from ..errors import PlanError
from ..ir.functions import lookup
from ..ir.heads import Delta, Real, Where
from ..ir.index import Index
from ..ir.program import Equation, Program
from ..ir.variable import Entry, Variable, free_indices, replace


class Anchor(Real):
    """x where x is finite, else 0: what a logsumexp subtracts from its terms."""

    nargs = 1


def prepare(program: Program, known: Callable[[str], bool], target: str) -> Program:
    """The live program: functions, logsumexp, argmax and deltas expanded, constant factors outside sums."""
    equations: Iterable[Equation] = program.live().equations
    equations = [_expand_functions(e, known, target) for e in equations]
    equations = [part for e in equations for part in _expand_logsumexp(e)]
    equations = [part for e in equations for part in _expand_argmax(e)]
    equations = [_contract(e) for e in equations]
    equations = [part for e in equations for part in _split_samples(e)]
    equations = [part for e in equations for part in _hoist(e)]
    return Program(tuple(equations), program.outputs)


def temporary(owner: Variable, suffix: str, indices: Sequence[Index]) -> Variable:
    """A new real variable named after another one."""
    return Variable(f"{owner.name}.{suffix}", tuple(i.extent for i in indices))


def _expand_functions(equation: Equation, known: Callable[[str], bool], target: str) -> Equation:
    def expand(node: Expr) -> Expr:
        if not node.args or isinstance(node, Entry):
            return node
        args = [expand(arg) for arg in node.args]
        record = lookup(node)
        if record is None or known(record.name):
            return node.func(*args) if tuple(args) != node.args else node
        if record.expanded is None:
            raise PlanError(
                f"the {target} target has no implementation of {record.name}, which {equation.target} needs; "
                "write it with other functions, or choose another target"
            )
        return expand(record.expanded(*args))

    return equation.map(expand)


def _expand_logsumexp(equation: Equation) -> list[Equation]:
    if equation.kind != "logsumexp":
        return [equation]
    owner, indices, bound, body = equation.target, equation.indices, equation.bound, equation.body
    made: list[Equation] = []
    if not isinstance(body, Entry):
        grid = (*indices, *bound)
        terms = temporary(owner, "terms", grid)
        made.append(Equation(terms, grid, body))
        body = terms[grid]
    top = temporary(owner, "top", indices)
    made.append(Equation(top, indices, body, bound, "max"))
    total = temporary(owner, "total", indices)
    anchor = Anchor(top[indices])
    made.append(Equation(total, indices, exp(body - anchor), bound))
    made.append(Equation(owner, indices, log(total[indices]) + anchor))
    return made


def _expand_argmax(equation: Equation) -> list[Equation]:
    """The maximum, then the first place that equals it (the last place of all if a NaN hides it)."""
    if equation.kind != "argmax":
        return [equation]
    (index,) = equation.bound
    top = temporary(equation.target, "top", equation.indices)
    place = Where(Eq(equation.body, top[equation.indices]), index, index.extent - 1)
    return [
        Equation(top, equation.indices, equation.body, equation.bound, "max"),
        Equation(equation.target, equation.indices, place, equation.bound, "min"),
    ]


def _contract(equation: Equation) -> Equation:
    """``Σ_k Delta(k, e) f(k)`` is ``f(e)``, where e is in range."""
    if equation.kind != "sum":
        return equation
    bound, body = list(equation.bound), equation.body
    changed = True
    while changed:
        changed = False
        factors = list(Mul.make_args(body))
        for position, factor in enumerate(factors):
            found = _selects(factor, bound)
            if found is None:
                continue
            index, place, inner = found
            rest = replace(Mul(inner, *factors[:position], *factors[position + 1 :]), {index: place})
            body = (
                rest
                if in_range(place, index.extent)
                else Where(And(place >= 0, place < index.extent), rest, S.Zero)
            )
            bound.remove(index)
            changed = True
            break
    return Equation(equation.target, equation.indices, body, tuple(bound))


def _selects(factor: Expr, bound: Sequence[Index]) -> tuple[Index, Expr, Expr] | None:
    """(k, e, f) where ``factor`` is ``Delta(k, e)·f`` for a bound k that e is free of."""
    inner: Expr = S.One
    if isinstance(factor, Where) and isinstance(factor.args[0], Eq) and factor.args[2] == 0:
        condition, inner, _ = factor.args
        one, two = condition.args
    elif isinstance(factor, Delta):
        one, two = factor.args
    else:
        return None
    for here, there in ((one, two), (two, one)):
        if isinstance(here, Index) and here in bound and there.is_integer and here not in free_indices(there):
            return here, there, inner
    return None


def in_range(place: Expr, extent: Expr) -> bool:
    """Whether an integer position is surely inside an axis."""
    if isinstance(place, Index):
        return place.extent == extent
    if place.is_Integer and extent.is_Integer:
        return 0 <= place < extent
    if isinstance(place, Entry):
        return place.variable.facts.classes is not None and place.variable.facts.classes == extent
    return False


def _split_samples(equation: Equation) -> list[Equation]:
    """A sum over samples and further indices: first over those, a sample at a time."""
    samples = [b for b in equation.bound if b.is_sample]
    rest = tuple(b for b in equation.bound if not b.is_sample)
    if equation.kind not in ("sum", "prod", "max", "min") or len(samples) != 1 or not rest:
        return [equation]
    if any(i.is_sample for i in equation.indices) or scattered(equation) is not None:
        return [equation]
    grid = (*samples, *equation.indices)
    part = temporary(equation.target, "each", grid)
    return [
        Equation(part, grid, equation.body, rest, equation.kind),
        Equation(equation.target, equation.indices, part[grid], tuple(samples), equation.kind),
    ]


def _hoist(equation: Equation) -> list[Equation]:
    """``Σ_k c·f(k)`` is ``c·Σ_k f(k)``."""
    if equation.kind != "sum" or not equation.bound:
        return [equation]
    bound = set(equation.bound)
    factors = Mul.make_args(equation.body)
    outer = [f for f in factors if not (free_indices(f) & bound)]
    scatter = scattered(equation)
    outer = [f for f in outer if scatter is None or f not in scatter.deltas]
    if not outer:
        return [equation]
    inner = Mul(*(f for f in factors if f not in outer))
    part = temporary(equation.target, "sum", equation.indices)
    unused = [b for b in equation.bound if b not in free_indices(inner)]
    kept = tuple(b for b in equation.bound if b not in unused)
    scale = Mul(*outer, *(b.extent for b in unused))
    if not kept:
        return [Equation(equation.target, equation.indices, scale * inner)]
    return [
        Equation(part, equation.indices, inner, kept),
        Equation(equation.target, equation.indices, scale * part[equation.indices]),
    ]


class Scatter:
    """How a sum writes to computed places: ``places`` for each target index, ``body`` without the deltas."""

    def __init__(self, places: dict[Index, Expr], deltas: list[Expr], body: Expr):
        self.places, self.deltas, self.body = places, deltas, body


def scattered(equation: Equation) -> Scatter | None:
    """``t[j] = Σ_i Delta(j, e(i)) f(i)`` seen as a scatter-add, else None."""
    if equation.kind != "sum" or not equation.bound:
        return None
    places: dict[Index, Expr] = {}
    deltas: list[Expr] = []
    rest: list[Expr] = []
    bound = set(equation.bound)
    for factor in Mul.make_args(equation.body):
        taken = False
        if isinstance(factor, Delta):
            for here, there in (factor.args, factor.args[::-1]):
                own = isinstance(here, Index) and here in equation.indices and here not in places
                if (
                    own
                    and free_indices(there) & bound
                    and not any(i in free_indices(there) for i in equation.indices)
                ):
                    places[here] = there
                    deltas.append(factor)
                    taken = True
                    break
        if not taken:
            rest.append(factor)
    body = Mul(*rest)
    if not places:
        return None
    return Scatter(places, deltas, replace(body, places))
