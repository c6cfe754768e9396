"""Exact folding: a program computed entry by entry with exact numbers and the parameters left in."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import sympy
from sympy import Basic, Expr, Integer, Mul, S

from ..errors import DataError
from ..ir.heads import Maximum, Minimum
from ..ir.index import SAMPLES, Extent, Index
from ..ir.late import np
from ..ir.program import OPAQUE, Equation, Program
from ..ir.variable import Entry, Variable, entries, replace
from .formula import Formula
from .record import as_number

TERMS = 20_000
"""How many terms `.on` folds exactly before it points to `.evaluate`."""


def exact_array(variable: Variable, value: Any) -> np.ndarray:
    """The user's numbers as an object array of exact sympy numbers, of the declared rank.

    Raises DataError naming the variable.
    """
    array = np.array(value.tolist() if isinstance(value, np.ndarray) else value, dtype=object)
    if array.ndim == 0 and variable.rank:
        array = np.array(value if isinstance(value, list | tuple) else list(np.asarray(value)), dtype=object)
    if array.ndim != variable.rank:
        raise DataError(
            f"{variable.name}: expected {shape_words(variable)}, got an array of {array.ndim} "
            f"axes, shape {array.shape}"
        )
    out = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape):
        number = as_number(array[place])
        if number is None:
            formula = array[place]
            number = formula.number() if isinstance(formula, Formula) else None
        if number is None:
            where = f" at place {list(place)}" if place else ""
            raise DataError(f"{variable.name}: {array[place]!r}{where} is not a number")
        if number is S.NaN:
            raise DataError(
                f"{variable.name}: the value at place {list(place)} is NaN; a formula needs numbers"
            )
        out[place] = number
    for k, (extent, length) in enumerate(zip(variable.shape, array.shape, strict=True)):
        if extent.is_Integer and int(extent) != length:
            raise DataError(
                f"{variable.name}: axis {k} has {length} entries, expected {extent} ({shape_words(variable)})"
            )
    if variable.dtype != "real":
        check_labels(variable, out, variable.facts.classes)
    return out


def check_labels(variable: Variable, array: np.ndarray, count: int | None) -> None:
    """Raise DataError for a value that is not whole, or not one of 0 to ``count`` − 1."""
    for place in np.argwhere(array % 1 != 0)[:1].tolist():
        raise DataError(f"{variable.name}: {array[tuple(place)]} at place {place} is not a whole number")
    if count is None:
        return
    for place in np.argwhere((array < 0) | (array >= count))[:1].tolist():
        label = int(array[tuple(place)])
        raise DataError(f"{variable.name}: the label {label} at place {place} is not one of 0 to {count - 1}")


def shape_words(variable: Variable) -> str:
    sizes = ", ".join("n samples" if e == SAMPLES else str(e) for e in variable.shape)
    return f"shape ({sizes})" if variable.shape else "a single number"


class TooManyTerms(DataError):
    """More terms than are folded exactly."""


class Fold:
    """Every equation computed entry by entry with exact numbers and parameter entries."""

    def __init__(self, program: Program, arrays: Mapping[Variable, np.ndarray]):
        self.program = program
        self.store: dict[Variable, np.ndarray] = dict(arrays)
        self.extents: dict[Basic, Basic] = {}
        self.owner: dict[Basic, Variable] = {}
        self.spent = 0
        for variable, array in arrays.items():
            for extent, length in zip(variable.shape, array.shape, strict=True):
                self._note(extent, length, variable)

    def _note(self, extent: Expr, length: int, variable: Variable) -> None:
        if not isinstance(extent, Extent):
            return
        known = self.extents.setdefault(extent, Integer(length))
        if known != length:
            what = "samples" if extent == SAMPLES else f"entries along {extent}"
            raise DataError(
                f"{variable.name} has {length} {what}, {self.owner[extent].name} has {known}; they "
                "must have equally many"
            )
        self.owner.setdefault(extent, variable)

    def run(self) -> dict[str, np.ndarray]:
        for variable in self.program.inputs():
            if variable not in self.store:
                shape = tuple(self._length(e, variable.name) for e in variable.shape)
                self.store[variable] = _own_entries(variable, shape)
        for variable, extents in self.program.selections().items():
            for extent in extents:
                check_labels(variable, self.store[variable], self._length(extent, variable.name))
        for equation in self.program.equations:
            self.store[equation.target] = self._equation(equation)
        return {name: self.store[variable] for name, variable in self.program.outputs.items()}

    def _length(self, extent: Expr, name: str) -> int:
        size = extent.xreplace(self.extents)
        if not size.is_Integer:
            raise DataError(
                f"the size {extent} of {name} is not told by the data; give data that have this size"
            )
        return int(size)

    def _equation(self, equation: Equation) -> np.ndarray:
        shape = tuple(self._length(i.extent, equation.target.name) for i in equation.indices)
        over = [range(self._length(b.extent, "a sum")) for b in equation.bound]
        out = np.empty(shape, dtype=object)
        count = int(np.prod(shape, dtype=int)) * int(np.prod([len(r) for r in over], dtype=int))
        self.spent += count * (len(over[0]) if equation.kind in OPAQUE else 1)
        if self.spent > TERMS:
            raise TooManyTerms(
                f"more than {TERMS:,} terms to fold exactly; use .evaluate(...) for the numerical "
                "value at given parameters"
            )
        if equation.kind == "table":
            for place, part in zip(np.ndindex(shape), equation.body.args, strict=True):
                out[place] = self._value(part, {})
            return out
        for place in np.ndindex(shape):
            here = {i: Integer(p) for i, p in zip(equation.indices, place, strict=True)}
            out[place] = self._entry(equation, here, over)
        return out

    def _entry(self, equation: Equation, here: dict[Basic, Basic], over: list[range]) -> Expr:
        def body(position: tuple[int, ...], expr: Basic = equation.body) -> Expr:
            inner = {b: Integer(p) for b, p in zip(equation.bound, position, strict=True)}
            return self._value(expr, {**here, **inner})

        kind = equation.kind
        if kind in OPAQUE:
            return self._matrix(equation, here, over)
        terms = [body(position) for position in itertools.product(*over)]
        if kind == "sum":
            return sympy.Add(*terms)
        if kind == "prod":
            return sympy.Mul(*terms)
        if kind == "logsumexp":
            return sympy.log(sympy.Add(*(sympy.exp(t) for t in terms)))
        if kind == "argmax":
            if not all(t.is_number for t in terms):
                raise DataError("argmax cannot be folded while parameters are unknown; use .evaluate(...)")
            return Integer(max(range(len(terms)), key=lambda k: (terms[k], -k)))
        best = terms[0]
        for term in terms[1:]:
            best = (Maximum if kind == "max" else Minimum)(best, term)
        return best

    def _matrix(self, equation: Equation, here: dict[Basic, Basic], over: list[range]) -> Expr:
        row, column = equation.bound
        body = equation.body.args[0] if equation.kind == "solve" else equation.body
        matrix = sympy.Matrix(
            len(over[0]), len(over[1]),
            lambda r, c: self._value(body, {**here, row: Integer(r), column: Integer(c)}),
        )  # fmt: skip
        if equation.kind == "det":
            return matrix.det()
        if equation.kind == "logdet":
            return sympy.log(sympy.Abs(matrix.det()))
        if equation.kind == "solve":
            right_body = equation.body.args[1]
            used = body.atoms(Index) | right_body.atoms(Index)
            place = next(i for i in equation.indices if i not in used)
            right = sympy.Matrix([self._value(right_body, {**here, row: Integer(r)}) for r in over[0]])
            return matrix.LUsolve(right)[int(here[place])]
        r, c = (int(here[i]) for i in equation.indices[-2:])
        return matrix.inv()[r, c] if equation.kind == "inv" else matrix.cofactor(r, c)

    def _value(self, body: Basic, places: Mapping[Basic, Basic]) -> Expr:
        placed = replace(body, {**places, **self.extents})
        while True:
            # Innermost first: an entry may select the place of another.
            found = {e: self._lookup(e) for e in entries(placed) if all(i.is_Integer for i in e.indices)}
            found = {e: v for e, v in found.items() if v != e}
            if not found:
                return placed  # type: ignore[return-value]
            placed = placed.xreplace(found)

    def _lookup(self, entry: Entry) -> Expr:
        array = self.store.get(entry.variable)
        if array is None:
            return entry
        place = tuple(int(i) for i in entry.indices)
        inside = all(0 <= p < s for p, s in zip(place, array.shape, strict=True))
        return array[place] if inside else S.Zero


def _own_entries(variable: Variable, shape: tuple[int, ...]) -> np.ndarray:
    out = np.empty(shape, dtype=object)
    for place in np.ndindex(shape):
        out[place] = variable[place]
    return out


def tidied(expr: Expr) -> Expr:
    """Polynomials multiplied out and collected; everything else as it is."""
    heads = entries(expr)
    if not heads:
        return expr
    if len(heads) <= 50 and expr.is_polynomial(*heads):
        return sympy.expand(expr, deep=False) if not expr.has(sympy.Pow) else sympy.expand(expr)
    if isinstance(expr, sympy.Add):
        return sympy.expand_mul(
            sympy.Add(*(sympy.expand(t) if t.is_polynomial(*heads) else t for t in expr.args)), deep=False
        )
    coefficient, rest = expr.as_coeff_Mul()
    return Mul(coefficient, tidied(rest)) if coefficient != 1 and isinstance(rest, sympy.Add) else expr
