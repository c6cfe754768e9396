"""A proof's normal form in words: spelled out where it is short, else described."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Add, Expr, Mul, Rational

from ..ir.variable import Variable
from ..notation.record import record
from ..notation.tensor import Tensor
from .algebra import Algebra, Poly

SPELLED = 8
"""Polynomials of at most so many terms are written out."""


def polynomial_words(algebra: Algebra, polys: list[Poly], order: Sequence[str]) -> str:
    """What both sides expand to."""
    if len(polys) == 1 and len(polys[0]) <= SPELLED:
        text = spelled(algebra, polys[0], order)
        if text:
            return f"both expand to {text}"
    terms = sum(len(p) for p in polys)
    kinds = {algebra.kind(g).name for p in polys for mono in p for g, _ in mono}
    what = [word for name, word in _WORDS.items() if name in kinds]
    means = f" in {', '.join(what[:-1]) + ' and ' if len(what) > 1 else ''}{what[-1]}" if what else ""
    count = "the same term" if terms == 1 else f"the same {terms} terms"
    where = f" over {len(polys)} entries" if len(polys) > 1 else ""
    return f"both expand to {count}{means}{where}"


_WORDS = {
    "sum": "sums with matched summands",
    "exp": "independent exponentials",
    "base": "powers of irreducible factors",
    "turn": "sines and cosines as exponentials",
    "log": "logarithms",
    "case": "branches",
    "delta": "Kronecker deltas",
    "inv": "entries of an inverse",
}


def spelled(algebra: Algebra, poly: Poly, order: Sequence[str]) -> str:
    """The polynomial as a formula, if it holds nothing but scalar variables and numbers."""
    used: dict[Variable, None] = {}
    terms: list[Expr] = []
    for mono, c in poly.items():
        factors: list[Any] = [Rational(int(c.p), int(c.q))]
        for g, e in mono:
            kind = algebra.kind(g)
            variable = algebra.things[kind.head[1]] if kind.name == "entry" else None  # type: ignore[index]
            if variable is None or variable.shape or not isinstance(e, int):
                return ""
            used[variable] = None
            factors.append(variable[()] ** e)
        terms.append(Mul(*factors))
    place = {name: k for k, name in enumerate(order)}
    # Terms are shown in the order in which their variables were made.
    tensors = [Tensor(v) for v in sorted(used, key=lambda v: place.get(v.name, len(place)))]
    return repr(record((), Add(*terms), tensors))
