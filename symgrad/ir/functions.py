"""The registry of scalar functions: one record each, and nothing else knows them.

A record holds what every stage needs: the sympy head, the derivative as a
textbook writes it, values at kinks, numpy and mpmath implementations, how it is
printed.  To add a function, add a head (if sympy has none) and a record; the
tests' battery, the evaluator, the differentiator and the printers pick it up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy
from sympy import Expr, Rational, S

from .heads import (
    Digamma,
    Elu,
    Expm1,
    Gelu,
    InvRoot,
    LeakyRelu,
    Lgamma,
    Log1p,
    LogCosh,
    Maximum,
    Minimum,
    NormalCdf,
    Real,
    Relu,
    Root,
    Sigmoid,
    Silu,
    Softplus,
    Trigamma,
    Where,
)
from .late import np


@dataclass(frozen=True)
class ScalarFunction:
    """All that symgrad knows of one scalar function.

    ``name``: as users write it.  ``head``: its sympy class.  ``partials``: the
    derivative with respect to each argument; None where an argument is not
    differentiated.  ``numpy`` and ``mpmath``: implementations.  ``latex`` and
    ``unicode``: format strings over the printed arguments; None prints
    ``name(arguments)``.  ``domain``: the open interval on which the first argument is
    legal, as (low, high).  ``kinks``: pairs (first argument, registered
    derivative there) for functions without a derivative there, the other
    arguments at ``sample``.  ``sample``: typical values of further arguments.
    ``expanded``: the function in terms of simpler ones, for targets that have no
    helper of their own.
    """

    name: str
    head: type
    partials: Callable[..., tuple[Expr | None, ...]]
    numpy: Callable[..., Any]
    mpmath: Callable[..., Any]
    latex: str | None = None
    unicode: str | None = None
    domain: tuple[Any, Any] = (-sympy.oo, sympy.oo)
    kinks: tuple[tuple[Any, Any], ...] = ()
    sample: tuple[Any, ...] = ()
    expanded: Callable[..., Expr] | None = None


REGISTRY: dict[str, ScalarFunction] = {}
"""Records by the class name of their head."""

BY_NAME: dict[str, ScalarFunction] = {}
"""Records by the name that users write."""


def register(record: ScalarFunction) -> ScalarFunction:
    """Make a function known to every stage."""
    REGISTRY[record.head.__name__] = record
    if issubclass(record.head, Real):
        record.head.implementation = staticmethod(record.mpmath)
    BY_NAME[record.name] = record
    return record


def lookup(expr: Expr) -> ScalarFunction | None:
    """The record of the function at the root of ``expr``, if it is one."""
    return REGISTRY.get(type(expr).__name__)


def _sigmoid(x: Any) -> Any:
    with np.errstate(over="ignore"):
        e = np.exp(-np.abs(x))
        return np.where(np.asarray(x) >= 0, 1 / (1 + e), e / (1 + e))


def _softplus(x: Any) -> Any:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _scipy(name: str) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        import scipy.special  # loaded late: `import symgrad` must not need scipy

        return getattr(scipy.special, name)(*args)

    return call


def _numpy(name: str) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        return getattr(np, name)(*args)

    return call


def _log_cosh(x: Any) -> Any:
    # The first form loses digits near 0, the second overflows far from it.
    size = np.abs(x)
    near = np.log1p(2 * np.sinh(np.minimum(size, 1) / 2) ** 2)
    return np.where(size < 1, near, size + np.log1p(np.exp(-2 * size)) - np.log(2))


def _inv_root(x: Any) -> Any:
    x = np.asarray(x)
    return np.where(x > 0, 1 / np.sqrt(np.where(x > 0, x, 1)), 0)


def _half_ties(a: Expr, b: Expr, larger: bool) -> tuple[Expr, Expr]:
    tie = Where(sympy.Eq(a, b), Rational(1, 2), S.Zero)
    if larger:
        return Where(a > b, S.One, tie), Where(b > a, S.One, tie)
    return Where(a < b, S.One, tie), Where(b < a, S.One, tie)


def _density(x: Expr) -> Expr:
    return sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi)


_F = ScalarFunction
_pi = sympy.pi
for _record in (
    _F("exp", sympy.exp, lambda x: (sympy.exp(x),), _numpy("exp"), mpmath.exp, r"e^{{{0}}}"),
    _F("log", sympy.log, lambda x: (1 / x,), _numpy("log"), mpmath.log, r"\log {0:()}", domain=(0, sympy.oo)),
    _F("sin", sympy.sin, lambda x: (sympy.cos(x),), _numpy("sin"), mpmath.sin, r"\sin {0:()}"),
    _F("cos", sympy.cos, lambda x: (-sympy.sin(x),), _numpy("cos"), mpmath.cos, r"\cos {0:()}"),
    _F(
        "tan",
        sympy.tan,
        lambda x: (1 + sympy.tan(x) ** 2,),
        _numpy("tan"),
        mpmath.tan,
        r"\tan {0:()}",
        domain=(-_pi / 2, _pi / 2),
    ),
    _F(
        # Sympy turns a tangent shifted by a quarter turn into it.
        "cot",
        sympy.cot,
        lambda x: (-1 - sympy.cot(x) ** 2,),
        lambda x: 1 / np.tan(x),
        mpmath.cot,
        r"\cot {0:()}",
        domain=(0, _pi),
        expanded=lambda x: 1 / sympy.tan(x),
    ),
    _F(
        "asin",
        sympy.asin,
        lambda x: (1 / sympy.sqrt(1 - x**2),),
        _numpy("arcsin"),
        mpmath.asin,
        r"\arcsin {0:()}",
        domain=(-1, 1),
    ),
    _F(
        "acos",
        sympy.acos,
        lambda x: (-1 / sympy.sqrt(1 - x**2),),
        _numpy("arccos"),
        mpmath.acos,
        r"\arccos {0:()}",
        domain=(-1, 1),
    ),
    _F("atan", sympy.atan, lambda x: (1 / (1 + x**2),), _numpy("arctan"), mpmath.atan, r"\arctan {0:()}"),
    _F("sinh", sympy.sinh, lambda x: (sympy.cosh(x),), _numpy("sinh"), mpmath.sinh, r"\sinh {0:()}"),
    _F("cosh", sympy.cosh, lambda x: (sympy.sinh(x),), _numpy("cosh"), mpmath.cosh, r"\cosh {0:()}"),
    _F("tanh", sympy.tanh, lambda x: (1 - sympy.tanh(x) ** 2,), _numpy("tanh"), mpmath.tanh, r"\tanh {0:()}"),
    _F(
        "asinh",
        sympy.asinh,
        lambda x: (1 / sympy.sqrt(1 + x**2),),
        _numpy("arcsinh"),
        mpmath.asinh,
        r"\operatorname{{arsinh}} {0:()}",
    ),
    _F(
        "acosh",
        sympy.acosh,
        lambda x: (1 / (sympy.sqrt(x - 1) * sympy.sqrt(x + 1)),),
        _numpy("arccosh"),
        mpmath.acosh,
        r"\operatorname{{arcosh}} {0:()}",
        domain=(1, sympy.oo),
    ),
    _F(
        "atanh",
        sympy.atanh,
        lambda x: (1 / (1 - x**2),),
        _numpy("arctanh"),
        mpmath.atanh,
        r"\operatorname{{artanh}} {0:()}",
        domain=(-1, 1),
    ),
    _F(
        "abs",
        sympy.Abs,
        lambda x: (sympy.sign(x),),
        _numpy("abs"),
        mpmath.fabs,
        r"\left|{0}\right|",
        "|{0}|",
        kinks=((0, 0),),
    ),
    _F(
        "sign",
        sympy.sign,
        lambda x: (S.Zero,),
        _numpy("sign"),
        mpmath.sign,
        r"\operatorname{{sign}} {0:()}",
        kinks=((0, 0),),
    ),
    _F(
        "sigmoid",
        Sigmoid,
        lambda x: (Sigmoid(x) * (1 - Sigmoid(x)),),
        _sigmoid,
        lambda x: 1 / (1 + mpmath.exp(-x)),
        r"\sigma{0:()}",
        "σ{0:()}",
    ),
    _F(
        "relu",
        Relu,
        lambda x: (Where(x > 0, S.One, S.Zero),),
        lambda x: np.maximum(x, 0),
        lambda x: max(x, mpmath.mpf(0)),
        r"\operatorname{{relu}} {0:()}",
        kinks=((0, 0),),
    ),
    _F(
        "leaky_relu",
        LeakyRelu,
        lambda x, s: (Where(x > 0, S.One, s), Where(x > 0, S.Zero, x)),
        lambda x, s: np.where(np.asarray(x) > 0, x, s * np.asarray(x)),
        lambda x, s: x if x > 0 else s * x,
        kinks=((0, Rational(1, 100)),),
        sample=(Rational(1, 100),),
        expanded=lambda x, s: Where(x > 0, x, s * x),
    ),
    _F(
        "elu",
        Elu,
        lambda x, a: (Where(x > 0, S.One, a * sympy.exp(x)), Where(x > 0, S.Zero, Expm1(x))),
        lambda x, a: np.where(np.asarray(x) > 0, x, a * np.expm1(np.minimum(x, 0))),
        lambda x, a: x if x > 0 else a * mpmath.expm1(x),
        kinks=((0, Rational(1, 2)),),
        sample=(Rational(1, 2),),
        expanded=lambda x, a: Where(x > 0, x, a * Expm1(x)),
    ),
    _F(
        "softplus",
        Softplus,
        lambda x: (Sigmoid(x),),
        _softplus,
        lambda x: mpmath.log1p(mpmath.exp(x)) if x < 0 else x + mpmath.log1p(mpmath.exp(-x)),
    ),
    _F(
        "silu",
        Silu,
        lambda x: (Sigmoid(x) * (1 + x * (1 - Sigmoid(x))),),
        lambda x: x * _sigmoid(x),
        lambda x: x / (1 + mpmath.exp(-x)),
        expanded=lambda x: x * Sigmoid(x),
    ),
    _F(
        "gelu",
        Gelu,
        lambda x: (NormalCdf(x) + x * _density(x),),
        lambda x: x * _scipy("ndtr")(x),
        lambda x: x * mpmath.ncdf(x),
        expanded=lambda x: x * NormalCdf(x),
    ),
    _F(
        "normal_cdf",
        NormalCdf,
        lambda x: (_density(x),),
        _scipy("ndtr"),
        mpmath.ncdf,
        r"\Phi{0:()}",
        "Φ{0:()}",
    ),
    _F(
        "erf",
        sympy.erf,
        lambda x: (2 * sympy.exp(-(x**2)) / sympy.sqrt(_pi),),
        _scipy("erf"),
        mpmath.erf,
        r"\operatorname{{erf}}{0:()}",
    ),
    _F(
        "erfc",
        sympy.erfc,
        lambda x: (-2 * sympy.exp(-(x**2)) / sympy.sqrt(_pi),),
        _scipy("erfc"),
        mpmath.erfc,
        r"\operatorname{{erfc}}{0:()}",
    ),
    _F(
        "lgamma",
        Lgamma,
        lambda x: (Digamma(x),),
        _scipy("gammaln"),
        mpmath.loggamma,
        r"\log\Gamma{0:()}",
        "logΓ{0:()}",
        domain=(0, sympy.oo),
    ),
    _F(
        "digamma",
        Digamma,
        lambda x: (Trigamma(x),),
        _scipy("digamma"),
        mpmath.digamma,
        r"\psi{0:()}",
        "ψ{0:()}",
        domain=(0, sympy.oo),
    ),
    _F(
        "trigamma",
        Trigamma,
        lambda x: (None,),
        lambda x: _scipy("polygamma")(1, x),
        lambda x: mpmath.psi(1, x),
        r"\psi_1{0:()}",
        "ψ₁{0:()}",
        domain=(0, sympy.oo),
    ),
    _F(
        "expm1",
        Expm1,
        lambda x: (sympy.exp(x),),
        _numpy("expm1"),
        mpmath.expm1,
        r"\left(e^{{{0}}} - 1\right)",
    ),
    _F(
        "log1p",
        Log1p,
        lambda x: (1 / (1 + x),),
        _numpy("log1p"),
        mpmath.log1p,
        r"\log\left(1 + {0}\right)",
        domain=(-1, sympy.oo),
    ),
    _F(
        "log_cosh",
        LogCosh,
        lambda x: (sympy.tanh(x),),
        _log_cosh,
        lambda x: mpmath.log(mpmath.cosh(x)),
        r"\log \cosh {0:()}",
    ),
    _F(
        "root",
        Root,
        lambda x: (InvRoot(x) / 2,),
        _numpy("sqrt"),
        mpmath.sqrt,
        r"\sqrt{{{0}}}",
        "√{0:()}",
        domain=(0, sympy.oo),
        kinks=((0, 0),),
    ),
    _F(
        "inv_root",
        InvRoot,
        lambda x: (-(InvRoot(x) ** 3) / 2,),
        _inv_root,
        lambda x: 1 / mpmath.sqrt(x) if x else mpmath.mpf(0),
        r"\frac{{1}}{{\sqrt{{{0}}}}}",
        "1/√{0:()}",
        domain=(0, sympy.oo),
        expanded=lambda x: Where(x > 0, 1 / sympy.sqrt(x), S.Zero),
    ),
    _F(
        "maximum",
        Maximum,
        lambda a, b: _half_ties(a, b, True),
        _numpy("maximum"),
        max,
        r"\max\left({0}, {1}\right)",
        "max({0}, {1})",
        kinks=((1, Rational(1, 2)),),
        sample=(1,),
    ),
    _F(
        "minimum",
        Minimum,
        lambda a, b: _half_ties(a, b, False),
        _numpy("minimum"),
        min,
        r"\min\left({0}, {1}\right)",
        "min({0}, {1})",
        kinks=((1, Rational(1, 2)),),
        sample=(1,),
    ),
):
    register(_record)
