"""How large the exact numbers of a formula may become: each step is checked before it is computed.

Sympy computes with numbers as soon as it meets them: ``9**9**9**9`` and
``exp(10**9*log(2))`` would take all memory.  Only steps on numbers need a check:
where a variable stands, nothing is computed.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from sympy import Expr, Integer, Rational, S, log

from ..errors import ParseError

BITS = 10_000
"""The most bits of an exact number (Python prints integers of up to 4,300 digits)."""
EXPONENT = 1_000
"""The largest size of an exponent."""
GROWTH = {"exp": 100_000, "expm1": 100_000, "sinh": 100_000, "cosh": 100_000, "elu": 100_000, "lgamma": 1_000}
"""Functions whose value at a number is much larger than the number, and the largest number each takes."""


def bits(number: Expr) -> int:
    """The length of the longest integer inside an exact number."""
    return max((max(int(a.p).bit_length(), int(a.q).bit_length()) for a in number.atoms(Rational)), default=1)


def check_power(base: Expr | None, exponent: Expr | None) -> None:
    """Before ``base**exponent``; None stands for what is no number."""
    if exponent is None:
        return
    if _larger(exponent, EXPONENT):
        raise ParseError(f"an exponent may be at most {EXPONENT:,} in size")
    if base is None:
        return
    if base.is_zero and exponent.is_negative:
        raise ParseError("division by zero")
    if bits(base) * max(float(abs(exponent)), 1) > BITS:
        raise ParseError(f"this power has more than {BITS:,} bits; numbers so large are not computed")


def check_call(name: str, numbers: Sequence[Expr]) -> None:
    """Before a registered function is applied to what numbers there are among its arguments."""
    check_settings(numbers, ())
    for number in numbers:
        if _larger(number, GROWTH.get(name)):
            raise ParseError(f"{name} of a number larger than {GROWTH[name]:,} is not computed")
        if name == "exp" and number.has(log) and _larger(number, EXPONENT):
            # exp(k log 2) is computed at once, as 2**k.
            raise ParseError(f"this power has an exponent larger than {EXPONENT:,}")


def check_settings(numbers: Sequence[Expr], settings: Sequence[Expr]) -> None:
    """Before a function made of several steps: a setting may be an exponent of the numbers."""
    for a, b in itertools.combinations([*numbers, *settings], 2):
        check_difference(a, b)
    power = max((float(abs(setting)) for setting in settings), default=0)
    if numbers and power * max(map(bits, numbers)) > BITS:
        raise ParseError(
            f"this could give numbers of more than {BITS:,} bits; numbers so large are not computed"
        )


def check_difference(a: Expr, b: Expr) -> None:
    """Before two numbers are compared."""
    if a != b:
        check_value(a - b)


def check_value(number: Expr) -> None:
    """After a step on numbers: a finite real number, not too long, and not a zero in disguise."""
    if bits(number) > BITS:
        raise ParseError(f"this number has more than {BITS:,} bits; numbers so large are not computed")
    if number.is_Rational:
        return
    try:
        value = number.evalf(5)
    except (TypeError, ValueError):  # mpmath at a pole, or where the value is complex
        value = S.NaN
    if not value.is_Float or not value.is_finite:
        raise ParseError("this is not a real number: it divides by zero, or leaves a function's domain")
    # A sign that digits do not tell would be looked for with algebraic numbers of any degree.
    if value._prec == 1:
        raise ParseError("this number cannot be told from zero; write it in a simpler form")


def _larger(number: Expr, most: int | None) -> bool:
    return most is not None and bool(abs(number if number.is_Rational else number.evalf(5)) > Integer(most))
