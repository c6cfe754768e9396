"""Exponentials, logarithms, circular functions: written in independent generators.

exp(a + b) is exp(a)·exp(b), so every exponential is a product of powers of
exponentials of single terms, and sigmoid, tanh, cosh are rational in those;
sine and cosine are rational in e^(i t).  A logarithm is split over the factors
that are known to be positive.  What has no such form is a generator of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .algebra import BUILDERS, RULES, Algebra, Exponent, Mono, Poly, flint, merged, tidy, without
from .cases import above_zero, by_cases, choose, magnitude, sign_of
from .clock import OutOfReach
from .factors import orientation
from .powers import power
from .signs import is_positive, known_sign, signed_factors

Function = Callable[..., Poly]

HALF = Fraction(1, 2)


def exponential(algebra: Algebra, poly: Poly) -> Poly:
    """e to the power of a polynomial, as a monomial in exponentials of its terms."""
    return by_cases(algebra, [poly], lambda parts: _exponential(algebra, parts[0]))


def _exponential(algebra: Algebra, poly: Poly) -> Poly:
    out: Poly = algebra.constant(1)
    for mono, c in poly.items():
        exponent = _rational(c)
        if len(mono) == 1 and mono[0][1] == 1 and algebra.kind(mono[0][0]).name == "log":
            (inside,), _ = algebra.opened(mono[0][0])
            factor = power(algebra, inside, exponent)
        elif len(mono) == 1 and mono[0][1] == 1 and algebra.kind(mono[0][0]).name == "logprime":
            factor = algebra.one(algebra.simple(("prime", algebra.kind(mono[0][0]).head[1])), exponent)
        else:
            factor = algebra.one(algebra.close(("exp",), [{mono: flint.fmpq(1)}]), exponent)
        out = algebra.multiply(out, factor)
    return out


def _rational(c: Any) -> Exponent:
    return tidy(Fraction(int(c.p), int(c.q)))


def logarithm(algebra: Algebra, poly: Poly) -> Poly:
    """The natural logarithm, where its argument is positive."""
    return by_cases(algebra, [poly], lambda parts: _logarithm(algebra, parts[0]))


def _logarithm(algebra: Algebra, poly: Poly) -> Poly:
    number, parts = signed_factors(algebra, poly)
    out: Poly = {}
    rest: Poly = algebra.constant(1)
    for part, e in parts:
        if known_sign(algebra, part) or Fraction(e).denominator != 1:
            algebra.add_to(
                out,
                _log_of_positive(algebra, part),
                flint.fmpq(Fraction(e).numerator, Fraction(e).denominator),
            )
        elif e % 2 == 0:
            algebra.add_to(out, logarithm(algebra, magnitude(algebra, part)), flint.fmpq(int(e)))
        else:
            if e != 1:
                algebra.add_to(out, logarithm(algebra, magnitude(algebra, part)), flint.fmpq(int(e) - 1))
            rest = algebra.multiply(rest, part)
    if number < 0:
        number, rest = -number, algebra.scale(rest, -1)
    algebra.add_to(out, log_of_number(algebra, number))
    if rest != {(): 1}:
        if rest.keys() == {()}:
            raise OutOfReach("the logarithm of a negative number")
        algebra.add_to(out, algebra.one(algebra.close(("log",), [rest])))
    return out


def _log_of_positive(algebra: Algebra, part: Poly) -> Poly:
    if len(part) == 1:
        ((mono, c),) = part.items()
        kind = algebra.kind(mono[0][0])
        if c == 1 and len(mono) == 1 and mono[0][1] == 1:
            if kind.name == "exp":
                return algebra.opened(mono[0][0])[0][0]
            if kind.name == "prime":
                return algebra.one(algebra.simple(("logprime", kind.head[1])))
    return algebra.one(algebra.close(("log",), [part]))


def log_of_number(algebra: Algebra, number: Any) -> Poly:
    """log of a positive rational, over its primes."""
    out: Poly = {}
    for side, sign in ((int(number.p), 1), (int(number.q), -1)):
        if side.bit_length() > 64:
            raise OutOfReach("the logarithm of a large number")
        for prime, e in flint.fmpz(side).factor():
            algebra.add_to(
                out, algebra.one(algebra.simple(("logprime", int(prime)))), flint.fmpq(int(e) * sign)
            )
    return out


def general_power(algebra: Algebra, base: Poly, exponent: Poly) -> Poly:
    """base^exponent, the exponent a number or a formula."""
    if not exponent or exponent.keys() == {()}:
        return BUILDERS["power"](algebra, ("power", _rational(exponent.get((), flint.fmpq(0)))), [base], [])
    return exponential(algebra, algebra.multiply(exponent, logarithm(algebra, base)))


# -- circular functions ------------------------------------------------------------------


def turn(algebra: Algebra, poly: Poly) -> Poly:
    """e^(i p)."""
    out: Poly = algebra.constant(1)
    for mono, c in poly.items():
        out = algebra.multiply(
            out, algebra.one(algebra.close(("turn",), [{mono: flint.fmpq(1)}]), _rational(c))
        )
    return out


def imaginary(algebra: Algebra) -> int:
    """The generator i."""
    return algebra.simple(("i",))


def _i_rule(algebra: Algebra, mono: Mono, generator: int, exponent: Exponent) -> Poly | None:
    """i² is −1."""
    if exponent == 1:
        return None
    turns = int(exponent) % 4
    rest = merged(without(mono, generator), ((generator, 1),) if turns % 2 else ())
    return algebra.scale(algebra.reduced(rest), -1 if turns >= 2 else 1)


def _turn_rule(algebra: Algebra, mono: Mono, generator: int, exponent: Exponent) -> Poly | None:
    """e^(iπ) is −1, e^(iπ/2) is i."""
    kind = algebra.kind(generator)
    if kind.slots or 0 < exponent < HALF:
        return None
    ((inner, _),) = kind.payload[0]
    if len(inner) != 1 or inner[0][1] != 1 or algebra.kind(inner[0][0]).name != "pi":
        return None
    quarters = exponent // HALF
    left = tidy(Fraction(exponent) - quarters * HALF)
    rest = merged(without(mono, generator), ((generator, left),) if left else ())
    return algebra.multiply({rest: flint.fmpq(1)}, algebra.one(imaginary(algebra), int(quarters) % 4))


def sine(algebra: Algebra, poly: Poly) -> Poly:
    """(e^(ip) − e^(−ip)) / 2i."""

    def of(parts: list[Poly]) -> Poly:
        forth, back = turn(algebra, parts[0]), turn(algebra, algebra.scale(parts[0], -1))
        return algebra.scale(
            algebra.multiply(algebra.one(imaginary(algebra)), algebra.subtract(forth, back)),
            flint.fmpq(-1, 2),
        )

    return by_cases(algebra, [poly], of)


def cosine(algebra: Algebra, poly: Poly) -> Poly:
    """(e^(ip) + e^(−ip)) / 2."""

    def of(parts: list[Poly]) -> Poly:
        forth, back = turn(algebra, parts[0]), turn(algebra, algebra.scale(parts[0], -1))
        return algebra.scale(algebra.add(forth, back), flint.fmpq(1, 2))

    return by_cases(algebra, [poly], of)


# -- the registered functions ---------------------------------------------------------------


def inverse(algebra: Algebra, poly: Poly) -> Poly:
    """1/p."""
    return BUILDERS["power"](algebra, ("power", -1), [poly], [])


def root(algebra: Algebra, poly: Poly) -> Poly:
    """√p."""
    return BUILDERS["power"](algebra, ("power", HALF), [poly], [])


def hyperbolic(algebra: Algebra, poly: Poly, sign: int) -> Poly:
    """(e^p ± e^−p)/2."""
    up, down = exponential(algebra, poly), exponential(algebra, algebra.scale(poly, -1))
    return algebra.scale(algebra.add(up, algebra.scale(down, sign)), flint.fmpq(1, 2))


def logistic(algebra: Algebra, poly: Poly) -> Poly:
    """1/(1 + e^−p)."""
    return inverse(algebra, algebra.add(algebra.constant(1), exponential(algebra, algebra.scale(poly, -1))))


def opaque(algebra: Algebra, name: str, *polys: Poly) -> Poly:
    """A function that has no simpler form here; odd ones take their sign outside."""

    def of(parts: list[Poly]) -> Poly:
        if name in ODD:
            if not parts[0]:
                return {}
            facing = orientation(algebra, parts[0])
            inside = algebra.scale(parts[0], facing)
            return algebra.scale(algebra.one(algebra.close(("function", name), [inside])), facing)
        return algebra.one(algebra.close(("function", name), parts))

    return by_cases(algebra, polys, of)


ODD = ("erf", "atan", "asin")


def _one(algebra: Algebra) -> Poly:
    return algebra.constant(1)


def _larger(algebra: Algebra, a: Poly, b: Poly) -> Poly:
    return choose(algebra, above_zero(algebra, algebra.subtract(a, b)), a, b)


def _normal_cdf(algebra: Algebra, x: Poly) -> Poly:
    inside = algebra.multiply(x, algebra.one(algebra.simple(("prime", 2)), -HALF))
    return algebra.scale(algebra.add(_one(algebra), opaque(algebra, "erf", inside)), flint.fmpq(1, 2))


def _atanh(algebra: Algebra, x: Poly) -> Poly:
    up, down = algebra.add(_one(algebra), x), algebra.subtract(_one(algebra), x)
    return algebra.scale(logarithm(algebra, algebra.multiply(up, inverse(algebra, down))), flint.fmpq(1, 2))


def _area(algebra: Algebra, x: Poly, sign: int) -> Poly:
    """log(x + √(x² ± 1))."""
    under = algebra.add(algebra.multiply(x, x), algebra.constant(sign))
    return logarithm(algebra, algebra.add(x, root(algebra, under)))


FUNCTIONS: dict[str, Function] = {
    "exp": exponential,
    "log": logarithm,
    "sin": sine,
    "cos": cosine,
    "tan": lambda a, x: a.multiply(sine(a, x), inverse(a, cosine(a, x))),
    "acos": lambda a, x: a.subtract(
        a.scale(a.one(a.simple(("pi",))), flint.fmpq(1, 2)), opaque(a, "asin", x)
    ),
    "sinh": lambda a, x: hyperbolic(a, x, -1),
    "cosh": lambda a, x: hyperbolic(a, x, 1),
    "tanh": lambda a, x: a.multiply(hyperbolic(a, x, -1), inverse(a, hyperbolic(a, x, 1))),
    "asinh": lambda a, x: _area(a, x, 1),
    "acosh": lambda a, x: _area(a, x, -1),
    "atanh": _atanh,
    "abs": magnitude,
    "sign": lambda a, x: by_cases(a, [x], lambda p: sign_of(a, p[0])),
    "sigmoid": logistic,
    "relu": lambda a, x: _larger(a, x, {}),
    "softplus": lambda a, x: logarithm(a, a.add(_one(a), exponential(a, x))),
    "normal_cdf": _normal_cdf,
    "erfc": lambda a, x: a.subtract(_one(a), opaque(a, "erf", x)),
    "expm1": lambda a, x: a.subtract(exponential(a, x), _one(a)),
    "log1p": lambda a, x: logarithm(a, a.add(_one(a), x)),
    "log_cosh": lambda a, x: logarithm(a, hyperbolic(a, x, 1)),
    "root": root,
    "maximum": _larger,
    "minimum": lambda a, x, y: choose(a, above_zero(a, a.subtract(x, y)), y, x),
}
"""Normal forms by the name of a registered function; others are expanded, or opaque."""


def _build_terms(function: Function) -> Any:
    return lambda algebra, head, payload, bounds: function(algebra, payload[0])


RULES["i"] = _i_rule
RULES["turn"] = _turn_rule
BUILDERS["exp"] = _build_terms(exponential)
BUILDERS["log"] = _build_terms(logarithm)
BUILDERS["turn"] = _build_terms(turn)
BUILDERS["function"] = lambda algebra, head, payload, bounds: opaque(algebra, str(head[1]), *payload)
__all__ = [
    "FUNCTIONS",
    "exponential",
    "general_power",
    "inverse",
    "is_positive",
    "logarithm",
    "opaque",
    "root",
]
