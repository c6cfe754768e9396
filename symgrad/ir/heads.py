"""Sympy classes for the functions that sympy lacks, or that it would rewrite for the worse.

They hold exact values at a few arguments and nothing else; what is known of a
function (derivative, implementations, printing) stands in `functions`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import mpmath
import sympy
from sympy import Expr, Function, Integer, Rational, S


class Real(Function):
    """A real-valued function of real arguments (the base of our own heads)."""

    is_real = True
    is_commutative = True
    implementation: ClassVar[Callable[..., Any] | None] = None

    def fdiff(self, argindex: int = 1) -> Expr:
        raise TypeError("sympy must not differentiate: use symgrad.calculus")

    def _eval_evalf(self, prec: int) -> Expr | None:
        if self.implementation is None:
            return None
        # A few digits more than asked for: the arguments may be sums that cancel.
        exact = [arg.evalf(mpmath.libmp.prec_to_dps(prec) + 5) for arg in self.args]
        if not all(arg.is_Float or arg.is_Integer for arg in exact):
            return None
        with mpmath.workprec(prec + 10):
            value = self.implementation(*(arg._to_mpmath(prec + 10) for arg in exact))
            return Expr._from_mpmath(value, prec) if isinstance(value, mpmath.mpf) else None


def _branch(condition: Any, yes: Expr, no: Expr) -> Expr | None:
    """One of two values, where sympy can tell which."""
    return yes if condition is S.true else no if condition is S.false else None


class Sigmoid(Real):
    """1 / (1 + exp(-x))."""

    nargs = 1

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        if x.is_zero:
            return Rational(1, 2)
        return None


class Relu(Real):
    """max(x, 0)."""

    nargs = 1

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        return _branch(x > 0, x, S.Zero) if x.is_number else None


class LeakyRelu(Real):
    """x for x > 0, slope * x elsewhere."""

    nargs = 2

    @classmethod
    def eval(cls, x: Expr, slope: Expr) -> Expr | None:
        return _branch(x > 0, x, slope * x) if x.is_number else None


class Elu(Real):
    """x for x > 0, alpha * (exp(x) - 1) elsewhere."""

    nargs = 2

    @classmethod
    def eval(cls, x: Expr, alpha: Expr) -> Expr | None:
        return _branch(x > 0, x, alpha * (sympy.exp(x) - 1)) if x.is_number else None


class Softplus(Real):
    """log(1 + exp(x))."""

    nargs = 1


class FromZero(Real):
    """A function of one argument that is 0 at 0, and known exactly nowhere else."""

    nargs = 1

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        return S.Zero if x.is_zero else None


class Silu(FromZero):
    """x * sigmoid(x)."""


class Gelu(FromZero):
    """x/2 * (1 + erf(x / sqrt(2)))."""


class NormalCdf(Real):
    """The normal distribution function Φ(x) = erfc(-x / sqrt(2)) / 2, exact in the tail.

    Its own head, because sympy turns erfc(-u) into 2 - erfc(u), which cancels.
    """

    nargs = 1

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        return Rational(1, 2) if x.is_zero else None


class Expm1(FromZero):
    """exp(x) - 1, exact near 0."""


class Log1p(FromZero):
    """log(1 + x), exact near 0."""


class LogCosh(FromZero):
    """log(cosh(x)), without overflow."""


class Root(Real):
    """The square root of a sum of squares: a norm, whose kink at 0 has the derivative 0."""

    nargs = 1

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        return sympy.sqrt(x) if x.is_number else None


class InvRoot(Real):
    """1/sqrt(x), and 0 at x = 0: what a norm's derivative is made of."""

    nargs = 1

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        if x.is_number:
            return S.Zero if x.is_zero else 1 / sympy.sqrt(x)
        return None


class Lgamma(Real):
    """The logarithm of the gamma function.

    Its own head, because sympy's computes the factorial of every whole number.
    """

    nargs = 1

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        return S.Zero if x in (S.One, Integer(2)) else None


class Digamma(Real):
    """The derivative of lgamma."""

    nargs = 1


class Trigamma(Real):
    """The derivative of digamma."""

    nargs = 1


class Maximum(Real):
    """The larger of two; ties share the derivative equally."""

    nargs = 2

    @classmethod
    def eval(cls, a: Expr, b: Expr) -> Expr | None:
        if a == b:
            return a
        if a.is_number and b.is_number:
            return _branch(a >= b, a, b)
        if b.is_zero:
            return Relu(a)
        if a.is_zero:
            return Relu(b)
        return None


class Minimum(Real):
    """The smaller of two; ties share the derivative equally."""

    nargs = 2

    @classmethod
    def eval(cls, a: Expr, b: Expr) -> Expr | None:
        if a == b:
            return a
        if a.is_number and b.is_number:
            return _branch(a <= b, a, b)
        return None


class Where(Real):
    """``Where(condition, a, b)``: a where the condition holds, else b.

    The branch not taken is never evaluated by a kernel, so it may be undefined.
    """

    nargs = 3

    @classmethod
    def eval(cls, condition: Any, a: Expr, b: Expr) -> Expr | None:
        return a if a == b else _branch(condition, a, b)


class Delta(Real):
    """``Delta(a, b)``: 1 where the integer expressions a and b are equal, else 0."""

    nargs = 2

    @classmethod
    def eval(cls, a: Expr, b: Expr) -> Expr | None:
        if a == b:
            return S.One
        if isinstance(a, Integer) and isinstance(b, Integer):
            return S.Zero
        if b.compare(a) < 0:
            return cls(b, a, evaluate=False)
        return None
