"""Products multiplied out over sums, through as many definitions as there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sympy import Add, Dummy, Expr, Mul

from ..ir.index import Index
from ..ir.variable import Variable, entries, free_indices, replace
from .formula import ordered
from .record import as_tensor, record

if TYPE_CHECKING:
    from .tensor import Tensor


@dataclass(frozen=True)
class _Terms:
    """A tensor as a sum: each term spelled over ``indices``, reading ``parents``."""

    indices: tuple[Index, ...]
    terms: tuple[Expr, ...]
    parents: tuple[Tensor, ...]

    def at(self, places: tuple[Expr, ...]) -> list[Expr]:
        change = dict(zip(self.indices, places, strict=True))
        return [replace(term, change) for term in self.terms]


def expand(x: Any) -> Tensor:
    """``x`` with products distributed over sums, through its definitions and matrix products.

    Linear layers collapse: W₂(W₁x + b₁) + b₂ becomes W₂W₁x + W₂b₁ + b₂.  Inside
    other functions the arguments are expanded.

    >>> import symgrad as sg
    >>> A, B = sg.params("A", (2, 2)), sg.params("B", (2, 2))
    >>> x, y = sg.data("x y", 2)
    >>> sg.expand(A @ (B @ (x + y))) == A @ (B @ x) + A @ (B @ y)
    True
    """
    tensor = as_tensor(x)
    done: dict[Variable, _Terms] = {}
    for node in ordered(tensor):
        if node.equation is None:
            indices = node.indices
            done[node.variable] = _Terms(indices, (node.variable[indices],), (node,))
        else:
            done[node.variable] = _expanded(node, done)
    return _joined(done[tensor.variable])


def _joined(sum_: _Terms) -> Tensor:
    return record(sum_.indices, Add(*sum_.terms), sum_.parents)


def _expanded(node: Tensor, done: dict[Variable, _Terms]) -> _Terms:
    equation = node.equation
    assert equation is not None
    read = [done[v] for v in node.parents]
    if equation.kind != "sum":
        whole = {p: _joined(done[p]) for p in node.parents}
        change = {e: whole[e.variable].variable[e.indices] for e in entries(equation.body)}
        body = replace(equation.body, change)
        kind, dtype = equation.kind, node.variable.dtype
        made = record(equation.indices, body, whole.values(), equation.bound, kind, dtype)
        return _Terms(equation.indices, (made.variable[equation.indices],), (made,))
    terms = _multiplied_out(equation.body, done)
    parents = tuple({t.variable: t for r in read for t in r.parents}.values())
    if not equation.bound:
        return _Terms(equation.indices, tuple(terms), parents)
    sums = [_summed(term, equation.indices, equation.bound, parents) for term in terms]
    return _Terms(equation.indices, tuple(t for t, _ in sums), tuple(p for _, more in sums for p in more))


def _multiplied_out(body: Expr, done: dict[Variable, _Terms]) -> list[Expr]:
    """The terms of a body once every entry is the sum of its own terms."""
    hidden: dict[Expr, Expr] = {}
    shown: dict[Expr, Expr] = {}
    for entry in entries(body, inside_indices=False):
        stand_ins = []
        for term in done[entry.variable].at(entry.indices):
            stand_ins.append(Dummy(real=True))
            shown[stand_ins[-1]] = term
        hidden[entry] = Add(*stand_ins)
    flat = replace(body, hidden).expand(power_base=False, power_exp=False, log=False)
    return [replace(term, shown) for term in Add.make_args(flat)]


def _summed(
    term: Expr, indices: tuple[Index, ...], bound: tuple[Index, ...], parents: tuple[Tensor, ...]
) -> tuple[Expr, tuple[Tensor, ...]]:
    """Σ_bound term: what does not mention the bound indices stands before the sum."""
    outside = [f for f in Mul.make_args(term) if not free_indices(f) & set(bound)]
    inside = Mul(*(f for f in Mul.make_args(term) if f not in outside))
    used = free_indices(inside)
    count = Mul(*(b.extent for b in bound if b not in used))
    near = tuple(p for p in parents if any(e.variable == p.variable for e in entries(term)))
    if inside == 1:
        return Mul(count, *outside), near
    kept = tuple(i for i in indices if i in used)
    made = record(kept, inside, parents, tuple(b for b in bound if b in used))
    return Mul(count, *outside, made.variable[kept]), (*near, made)
