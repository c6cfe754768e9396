"""A number typed as an answer: right if it is the value, rounded to the digits that were typed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sympy import Expr, Rational

from ..notation.tensor import Tensor
from .verdict import Counterexample, Verdict

LONGEST = 2_000
"""Answers of more characters are formulas, not numbers."""
DOUBLE = 15
"""Digits beyond these are not held against an answer: computers print more than they know."""
PRECISION = 60
"""Digits to which a value is worked out beside a rounded number."""

_ABOUT = re.compile(r"≈|≃|\\approx\b|\\simeq\b")
_EQUALS = re.compile(r"=|≈|≃|\\approx\b|\\simeq\b")
_NUMBER = re.compile(
    r"(?P<sign>[-+−]?) ?(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]+))?(?:[eE](?P<power>[-+]?[0-9]{1,3}))?"
    r" ?(?P<dots>…|\.\.\.|\\l?dots)?"
)


@dataclass(frozen=True)
class Typed:
    """A decimal number as it was typed.

    ``unit``: what its last digit counts, 0 if the number is exact.  ``digits``: how
    many significant ones.  ``cut``: whether dots stand behind it.
    """

    text: str
    value: Fraction
    unit: Fraction
    digits: int
    cut: bool

    def error(self, value: Expr) -> Expr:
        """How far a value lies beyond the number, away from zero."""
        error = value - Rational(*self.value.as_integer_ratio())
        error = -error if self.text.startswith(("-", "−")) else error
        return error if error.is_Rational else error.evalf(PRECISION)

    def fits(self, value: Expr) -> bool:
        """Whether a value rounds to the number; with dots, whether it begins with it."""
        error, unit = self.error(value), Rational(*self.unit.as_integer_ratio())
        return bool(0 <= error < unit) if self.cut else bool(abs(error) * 2 <= unit)


def typed_numbers(text: str) -> list[Typed] | None:
    """The number that a text gives, or those of a list; None if it is a formula.

    >>> typed_numbers("RMSE = 1.6")[0].unit
    Fraction(1, 10)
    >>> [one.value for one in typed_numbers("[1, -2.5]")]
    [Fraction(1, 1), Fraction(-5, 2)]
    >>> typed_numbers("5m + 3")
    """
    if len(text) > LONGEST:
        return None
    inside = _EQUALS.split(text)[-1].strip(" $.")
    inside = inside + "..." if text.rstrip(" $").endswith("...") else inside
    listed = inside[:1] + inside[-1:] in ("[]", "()")
    parts = inside[1:-1].split(",") if listed else [inside]
    found = [_typed(part.strip(), _ABOUT.search(text) is not None) for part in parts]
    return None if None in found else found  # type: ignore[return-value]


def _typed(text: str, about: bool) -> Typed | None:
    match = _NUMBER.fullmatch(text)
    if match is None or not (match["whole"] or match["part"]):
        return None
    part = match["part"] or ""
    power = int(match["power"] or 0)
    value = Fraction(f"{match['sign'].replace('−', '-')}{match['whole']}.{part or 0}") * Fraction(10) ** power
    rounded = part or match["power"] or match["dots"] or about
    digits = len((match["whole"] + part).lstrip("0")) or 1
    unit = Fraction(10) ** (power - len(part) + max(digits - DOUBLE, 0)) if rounded else Fraction(0)
    return Typed(text, value, unit, min(digits, DOUBLE), bool(match["dots"]))


def values_of(truth: Tensor) -> list[Expr] | None:
    """The numbers that a formula without variables consists of."""
    number = truth.number()
    if number is not None and number.is_number:
        return [number]
    equation = truth.equation
    if equation is None or equation.kind != "table" or not all(e.is_number for e in equation.body.args):
        return None
    return list(equation.body.args)  # type: ignore[arg-type]


def compare_rounded(truth: Tensor, text: str) -> Verdict | None:
    """The verdict on rounded numbers; None where truth or answer is no number, or the answer is exact."""
    values, typed = values_of(truth), typed_numbers(text)
    if values is None or typed is None or truth.ndim > 1 or not any(t.unit for t in typed):
        return None
    if len(values) != len(typed):
        return Verdict("malformed", message=f"the answer has {len(typed)} numbers, expected {len(values)}")
    for place, (value, one) in enumerate(zip(values, typed, strict=True)):
        if not one.fits(value):
            entry = (place,) if truth.ndim else ()
            point = Counterexample({}, {}, entry, six(value), one.text)
            return Verdict("wrong", counterexample=point, note=_cut_off(one, value))
    if all(t.error(v) == 0 for t, v in zip(typed, values, strict=True)):
        return Verdict("correct", proof=f"the value is {_listed([six(v) for v in values])}")
    return Verdict("correct", proof=_rounded(typed, values))


def _rounded(typed: Sequence[Typed], values: Sequence[Expr]) -> str:
    shown = _listed([six(value) for value in values])
    if len(typed) > 1:
        return f"the values are {shown}, rounded as they were typed"
    (one,) = typed
    if one.cut:
        return f"the value {six(values[0], one.digits + 2)} begins with {one.text}"
    digits = "1 digit" if one.digits == 1 else f"{one.digits} digits"
    return f"{one.text} is {six(values[0], one.digits + 2)} rounded to {digits}"


def _cut_off(one: Typed, value: Expr) -> str:
    """What to say of digits that were left out instead of rounded away."""
    if one.cut or not 0 <= one.error(value) < Rational(*one.unit.as_integer_ratio()):
        return ""
    step = Rational(*one.unit.as_integer_ratio())
    nearest = math.floor(abs(value) / step + Rational(1, 2)) * step * (1 if value > 0 else -1)
    return f"its digits were cut off: {six(value)} rounds to {float(nearest):g}"


def _listed(shown: list[str]) -> str:
    return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"


def six(value: Expr, digits: int = 6) -> str:
    """A number to six digits, or more.

    >>> from sympy import sqrt
    >>> six(sqrt(10) / 2)
    '1.58114'
    """
    return f"{float(value.evalf(20)):.{max(digits, 6)}g}"
