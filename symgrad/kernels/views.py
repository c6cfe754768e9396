"""How each equation is walked: in which order its loops run, and which equations share loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sympy import Expr, Integer, Mul
from sympy.core.relational import Ge, Gt, Le, Lt

from ..ir.heads import Where
from ..ir.index import Index
from ..ir.program import OPAQUE, Equation
from ..ir.variable import Entry, Variable, entries, free_indices, replace
from .rewrite import scattered

Form = Literal["point", "reduce", "scan", "table", "matrix"]


@dataclass(eq=False)
class View:
    """An equation with its loops, outermost first.

    ``places``: where the target is written, an expression per axis.
    ``opens``: the loop before which a reduction's accumulator starts.
    ``body``: what is computed innermost.  ``reverse``: a scan from the end.
    ``inclusive``: a scan that counts its own place.
    """

    equation: Equation
    loops: tuple[Index, ...]
    body: Expr
    places: tuple[Expr, ...]
    form: Form = "point"
    opens: int = 0
    reverse: bool = False
    inclusive: bool = True
    reads: dict[Variable, list[Entry]] = field(default_factory=dict)
    path: list[Run] = field(default_factory=list)

    def __post_init__(self) -> None:
        for entry in entries(self.body):
            self.reads.setdefault(entry.variable, []).append(entry)

    @property
    def target(self) -> Variable:
        """What it defines."""
        return self.equation.target

    def axis_of(self, level: int) -> int | None:
        """The target's axis that the loop at ``level`` walks, if it is one."""
        index = self.loops[level]
        return self.places.index(index) if index in self.places and index in self.equation.indices else None

    def unfinished(self, level: int) -> bool:
        """Whether its value is known only after the loop at ``level``."""
        return self.form == "reduce" and level >= self.opens


@dataclass(eq=False)
class Run:
    """One loop that several equations share."""

    extent: Expr
    reverse: bool
    members: list[View]
    body: list[Run | View] = field(default_factory=list)


def view(equation: Equation) -> View:
    """The equation with its loops in a good order."""
    kind, indices, bound, body = equation.kind, equation.indices, equation.bound, equation.body
    if kind == "table":
        count = _table_axes(equation)
        return View(equation, indices[: len(indices) - count], body, indices, "table")
    if kind in OPAQUE:
        return View(equation, indices[: len(indices) - _matrix_axes(equation)], body, indices, "matrix")
    if not bound:
        return View(equation, indices, body, indices)
    scan = _scan(equation)
    if scan is not None:
        return scan
    places: tuple[Expr, ...] = indices
    walked = indices
    scatter = scattered(equation)
    if scatter is not None:
        places = tuple(scatter.places.get(i, i) for i in indices)
        walked = tuple(i for i in indices if i not in scatter.places)
        body = scatter.body
    samples = tuple(b for b in bound if b.is_sample)
    rest = tuple(b for b in bound if not b.is_sample)
    front = tuple(i for i in walked if i.is_sample)
    walked = tuple(i for i in walked if not i.is_sample)
    if samples or scatter is not None:
        loops = (*front, *samples, *walked, *rest) if samples else (*front, *rest, *walked)
        return View(equation, loops, body, places, "reduce", len(front))
    last = _innermost(body, walked, rest)
    if last in walked:
        others = tuple(i for i in walked if i != last)
        return View(
            equation, (*front, *others, *rest, last), body, places, "reduce", len(front) + len(others)
        )
    return View(equation, (*front, *walked, *rest), body, places, "reduce", len(front) + len(walked))


def _innermost(body: Expr, walked: Sequence[Index], bound: Sequence[Index]) -> Index:
    """The index along which most entries lie contiguously; a bound one if none is better."""

    def score(index: Index) -> int:
        total = 0
        for entry in entries(body, inside_indices=False):
            if entry.indices and index in free_indices(entry.indices[-1]):
                total += 1
            elif any(index in free_indices(p) for p in entry.indices[:-1]):
                total -= 2
        return total

    best = bound[-1]
    if len(walked) and score(walked[-1]) > score(best):
        return walked[-1]
    return best


def _table_axes(equation: Equation) -> int:
    """How many trailing axes of the target a table fills."""
    count, size = 0, 1
    for index in reversed(equation.indices):
        if size == len(equation.body.args) and count:
            break
        size *= int(index.extent)
        count += 1
    return count


def _matrix_axes(equation: Equation) -> int:
    """How many trailing axes of the target belong to the matrix function."""
    if equation.kind in ("inv", "cofactor"):
        return 2
    if equation.kind in ("det", "logdet"):
        return 0
    return len(equation.indices) - solve_position(equation)


def solve_position(equation: Equation) -> int:
    """The target's axis that runs over the rows of a solution."""
    used = free_indices(equation.body)
    return next(k for k, index in enumerate(equation.indices) if index not in used)


def _scan(equation: Equation) -> View | None:
    """``t[k] = Σ_p Where(p <= k, f(p), 0)`` and its like, as one pass."""
    if equation.kind != "sum" or len(equation.bound) != 1:
        return None
    (moving,) = equation.bound
    factors = list(Mul.make_args(equation.body))
    for position, factor in enumerate(factors):
        if not isinstance(factor, Where) or factor.args[2] != 0:
            continue
        condition, inner, _ = factor.args
        rest = Mul(inner, *factors[:position], *factors[position + 1 :])
        if not isinstance(condition, Le | Lt | Ge | Gt):
            continue
        low, high = condition.args if isinstance(condition, Le | Lt) else condition.args[::-1]
        own = high if low == moving else low
        fits = {low, high} == {moving, own} and own in equation.indices and own.extent == moving.extent
        if not fits or own in free_indices(rest):
            continue
        others = tuple(i for i in equation.indices if i != own)
        return View(
            equation, (*others, own), replace(rest, {moving: own}), equation.indices, "scan",
            len(others), reverse=low == own, inclusive=isinstance(condition, Le | Ge),
        )  # fmt: skip
    return None


def as_matmul(this: View, level: int) -> tuple[Entry, Entry, str] | None:
    """(a, b, form) where what is left of an equation at ``level`` is a product of two matrices."""
    equation = this.equation
    if this.form != "reduce" or equation.kind != "sum" or equation.target.dtype != "real":
        return None
    gone = this.loops[:level]
    left = [i for i in equation.indices if i not in gone]
    bound = [b for b in equation.bound if b not in gone]
    factors = Mul.make_args(equation.body)
    if len(left) != 2 or len(bound) != 1 or len(factors) != 2 or this.places != equation.indices:
        return None
    if not all(isinstance(f, Entry) and f.variable.dtype == "real" for f in factors):
        return None
    if equation.indices[-2:] != tuple(left):
        return None
    row, column, inner = left[0], left[1], bound[0]
    shapes: list[str] = []
    for own in (row, column):
        for entry in factors:
            trailing = entry.indices[-2:]
            if set(trailing) == {own, inner} and all(p in gone for p in entry.indices[:-2]):
                shapes.append("n" if trailing == (own, inner) else "t")
    if len(shapes) != 2:
        return None
    a, b = factors if row in factors[0].indices else factors[::-1]
    form = {"nn": "nt", "nt": "nn", "tt": "tn"}.get("".join(shapes))
    small = [i.extent for i in (row, column, inner)]
    if form is None or (all(e.is_Integer for e in small) and Mul(*small) <= Integer(64)):
        return None
    return (a, b, form)  # type: ignore[return-value]


def arrange(views: Sequence[View], level: int, path: tuple[Run, ...] = ()) -> list[Run | View]:
    """The equations as nested shared loops, in an order in which each follows what it reads."""
    pending = list(views)
    nodes: list[Run | View] = []
    while pending:
        waiting = {v.target for v in pending}
        ready = next(v for v in pending if not (set(v.reads) - {v.target}) & waiting)
        if level >= len(ready.loops) or as_matmul(ready, level) is not None:
            pending.remove(ready)
            ready.path = list(path)
            nodes.append(ready)
            continue
        run = Run(ready.loops[level].extent, ready.reverse and level == len(ready.loops) - 1, [])
        for candidate in list(pending):
            if _joins(candidate, run, level, {v.target for v in pending}):
                run.members.append(candidate)
                pending.remove(candidate)
        run.body = arrange(run.members, level + 1, (*path, run))
        nodes.append(run)
    return nodes


def _joins(candidate: View, run: Run, level: int, waiting: set[Variable]) -> bool:
    """Whether an equation can be computed inside a loop that others already share."""
    if level >= len(candidate.loops) or candidate.loops[level].extent != run.extent:
        return False
    if (candidate.reverse and level == len(candidate.loops) - 1) != run.reverse or as_matmul(
        candidate, level
    ) is not None:
        return False
    inside = {v.target: v for v in run.members}
    for variable, places in candidate.reads.items():
        if variable in inside:
            axis = inside[variable].axis_of(level)
            if axis is None or inside[variable].unfinished(level):
                return False
            if any(entry.indices[axis] != candidate.loops[level] for entry in places):
                return False
        elif variable in waiting and variable != candidate.target:
            return False
    return True
