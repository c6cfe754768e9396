"""The registered functions in ball arithmetic, each with its domain.

What is outside the domain of a formula raises `Undefined`; what the precision
leaves open raises `Unclear`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ir.late import Late

flint: Any = Late("flint")


class Undefined(ArithmeticError):
    """The formula has no value at this point."""


class Unclear(ArithmeticError):
    """The balls are too wide to tell."""


class Tie(Unclear):
    """Two sides of a comparison are exactly equal: the point lies on a kink."""


def whole_power(base: Any, count: int) -> Any:
    """base^count; Undefined for a division by 0."""
    if count < 0:
        if base.is_zero():
            raise Undefined
        if base.contains(0):
            raise Unclear
    return base**count


def sign_of(value: Any) -> int:
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


def logarithm(x: Any) -> Any:
    """log x; Undefined up to 0."""
    if x <= 0:
        raise Undefined
    if not x > 0:
        raise Unclear
    return x.log()


def square_root(x: Any) -> Any:
    """√x; Undefined below 0."""
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
    "log": logarithm,
    "asin": lambda x: _unit(x, "asin"),
    "acos": lambda x: _unit(x, "acos"),
    "atanh": lambda x: _unit(x, "atanh"),
    "acosh": _acosh,
    "abs": abs,
    "sign": lambda x: flint.arb(sign_of(x)),
    "sigmoid": _sigmoid,
    "relu": lambda x: x.max(flint.arb(0)),
    "softplus": _softplus,
    "normal_cdf": _normal_cdf,
    "lgamma": lambda x: _gamma(x, "lgamma"),
    "digamma": lambda x: _gamma(x, "digamma"),
    "trigamma": lambda x: _gamma(x, "trigamma"),
    "expm1": lambda x: x.expm1(),
    "log1p": lambda x: logarithm(1 + x),
    "log_cosh": lambda x: x.cosh().log(),
    "root": square_root,
    "maximum": lambda a, b: a.max(b),
    "minimum": lambda a, b: a.min(b),
}  # fmt: skip
"""Ball arithmetic by the name of a registered function; others need ``expanded``."""
