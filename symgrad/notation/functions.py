"""Functions of tensors: the registered scalar ones entry by entry, and reductions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sympy
from sympy import Rational

from ..errors import NotationError, ShapeError
from ..ir.functions import BY_NAME
from ..ir.heads import Delta, Where
from ..ir.index import Index, as_extent
from .formula import described, own_shape
from .record import as_tensor, axes_for, elementwise, record
from .reduce import chosen_axes, reduce_own, reduce_samples

if TYPE_CHECKING:
    from .tensor import Tensor


__all__ = [
    "exp", "log", "sin", "cos", "tan", "cot", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh",
    "acosh", "atanh", "abs", "sign", "sigmoid", "relu", "softplus", "silu", "gelu", "normal_cdf", "erf",
    "erfc", "lgamma", "digamma", "expm1", "log1p", "log_of_cosh", "root", "sqrt", "leaky_relu", "elu",
    "maximum", "minimum", "clip", "mean", "total", "sum", "prod", "logsumexp", "softmax",
    "log_softmax", "norm", "cumsum", "one_hot",
]  # fmt: skip


def _unary(name: str, says: str, public: str | None = None) -> Any:
    head = BY_NAME[name].head
    public = public or name

    def function(x: Any) -> Tensor:
        return elementwise(head, x)

    function.__name__ = function.__qualname__ = public
    function.__doc__ = f"""{says}, entry by entry; the result has the shape of ``x``.

    >>> import symgrad as sg
    >>> sg.{public}(sg.param("x", 3)).shape
    (3,)
    """
    return function


exp = _unary("exp", "The exponential e^x")
log = _unary("log", "The natural logarithm, for x > 0")
sin = _unary("sin", "The sine")
cos = _unary("cos", "The cosine")
tan = _unary("tan", "The tangent")
cot = _unary("cot", "The cotangent")
asin = _unary("asin", "The inverse sine, for −1 ≤ x ≤ 1")
acos = _unary("acos", "The inverse cosine, for −1 ≤ x ≤ 1")
atan = _unary("atan", "The inverse tangent")
sinh = _unary("sinh", "The hyperbolic sine")
cosh = _unary("cosh", "The hyperbolic cosine")
tanh = _unary("tanh", "The hyperbolic tangent")
asinh = _unary("asinh", "The inverse hyperbolic sine")
acosh = _unary("acosh", "The inverse hyperbolic cosine, for x ≥ 1")
atanh = _unary("atanh", "The inverse hyperbolic tangent, for −1 < x < 1")
abs = _unary("abs", "The absolute value; its derivative at 0 is 0")
sign = _unary("sign", "−1, 0 or 1; its derivative is 0")
sigmoid = _unary("sigmoid", "The logistic function σ(x) = 1/(1 + e^−x)")
relu = _unary("relu", "max(x, 0); its derivative at 0 is 0")
softplus = _unary("softplus", "log(1 + e^x), without overflow")
silu = _unary("silu", "x σ(x), also called swish")
gelu = _unary(
    "gelu", "x Φ(x) with the normal distribution function Φ (Hendrycks and Gimpel 2016, the exact form)"
)
normal_cdf = _unary("normal_cdf", "The normal distribution function Φ(x), exact in the lower tail")
erf = _unary("erf", "The error function")
erfc = _unary("erfc", "1 − erf(x), exact in the tail")
lgamma = _unary("lgamma", "The logarithm of the gamma function, for x > 0")
digamma = _unary("digamma", "The derivative of lgamma, for x > 0")
expm1 = _unary("expm1", "e^x − 1, exact near 0")
log1p = _unary("log1p", "log(1 + x), exact near 0")
log_of_cosh = _unary("log_cosh", "log(cosh(x)), without overflow", public="log_of_cosh")
root = _unary("root", "The square root of what is never negative: as `sqrt`, but its derivative at 0 is 0")


def sqrt(x: Any) -> Tensor:
    """The square root, for x ≥ 0, entry by entry.

    >>> import symgrad as sg
    >>> float(sg.sqrt(9))
    3.0
    """
    return elementwise(sympy.sqrt, x)


def leaky_relu(x: Any, slope: float = 0.01) -> Tensor:
    """x for x > 0, ``slope`` times x elsewhere; its derivative at 0 is ``slope``.

    >>> import symgrad as sg
    >>> sg.leaky_relu(sg.param("x", 3)).shape
    (3,)
    """
    return elementwise(BY_NAME["leaky_relu"].head, x, slope)


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """x for x > 0, ``alpha`` (e^x − 1) elsewhere (Clevert et al. 2016).

    >>> import symgrad as sg
    >>> sg.elu(sg.param("x", 3)).shape
    (3,)
    """
    return elementwise(BY_NAME["elu"].head, x, alpha)


def maximum(a: Any, b: Any) -> Tensor:
    """The larger of two, entry by entry; ties share the derivative equally; ``maximum(x, 0)`` is relu.

    >>> import symgrad as sg
    >>> sg.maximum(sg.param("x", 3), 0) == sg.relu(sg.param("x", 3))
    True
    """
    return elementwise(BY_NAME["maximum"].head, a, b)


def minimum(a: Any, b: Any) -> Tensor:
    """The smaller of two, entry by entry; ties share the derivative equally.

    >>> import symgrad as sg
    >>> sg.minimum(sg.param("x", 3), 1).shape
    (3,)
    """
    return elementwise(BY_NAME["minimum"].head, a, b)


def clip(x: Any, low: Any, high: Any) -> Tensor:
    """x kept between ``low`` and ``high``, entry by entry.

    >>> import symgrad as sg
    >>> float(sg.clip(7, 0, 1))
    1.0
    """
    return minimum(maximum(x, low), high)


def mean(x: Any) -> Tensor:
    """The mean over samples, (1/n) Σᵢ, entry by entry of x's own axes.

    Raises NotationError when x does not vary from sample to sample.

    >>> import symgrad as sg
    >>> x, y = sg.data("x y"); m, b = sg.params("m b")
    >>> sg.mean((y - (m*x + b))**2).per_sample
    False
    """
    return reduce_samples(as_tensor(x), mean=True)


def total(x: Any) -> Tensor:
    """The sum over samples, Σᵢ, entry by entry of x's own axes.

    Raises NotationError when x does not vary from sample to sample.

    >>> import symgrad as sg
    >>> str(sg.total(sg.data("x")).on(x=[1, 2, 3]))
    '6'
    """
    return reduce_samples(as_tensor(x), mean=False)


def sum(x: Any, axis: int | Sequence[int] | None = None) -> Tensor:
    """The sum over x's own axes (all, one or several); `total` sums over samples.

    >>> import symgrad as sg
    >>> sg.sum(sg.param("W", (3, 4)), axis=1).shape
    (3,)
    """
    return as_tensor(x).sum(axis)


def prod(x: Any, axis: int | Sequence[int] | None = None) -> Tensor:
    """The product over x's own axes; its gradient is right at factors of zero.

    >>> import symgrad as sg
    >>> sg.prod(sg.param("w", 3)).shape
    ()
    """
    return as_tensor(x).prod(axis)


def logsumexp(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
    """log Σ exp(x) over x's own axes, without overflow.

    >>> import symgrad as sg
    >>> sg.logsumexp(sg.param("z", 10)).shape
    ()
    """
    return reduce_own("logsumexp", as_tensor(x), axis, keepdims)


def softmax(x: Any, axis: int = -1) -> Tensor:
    """exp(x) / Σ exp(x) along one own axis, without overflow.

    Raises ShapeError for a scalar.

    >>> import symgrad as sg
    >>> sg.softmax(sg.param("z", 10)).shape
    (10,)
    """
    return exp(log_softmax(x, axis))


def log_softmax(x: Any, axis: int = -1) -> Tensor:
    """log softmax(x) = x − logsumexp(x) along one own axis.

    Raises ShapeError for a scalar.

    >>> import symgrad as sg
    >>> sg.log_softmax(sg.param("z", 10)).shape
    (10,)
    """
    tensor = as_tensor(x)
    (place,) = chosen_axes(axis, tensor)
    top = logsumexp(tensor, place)
    lead, own = axes_for(tensor.per_sample, own_shape(tensor.variable))
    rest = (*own[:place], *own[place + 1 :])
    return record((*lead, *own), tensor.variable[(*lead, *own)] - top.variable[(*lead, *rest)], [tensor, top])


def norm(x: Any, ord: float = 2, axis: int | Sequence[int] | None = None) -> Tensor:
    """The ``ord``-norm over own axes (1, 2 or any p > 0; ``float('inf')`` for the largest size).

    The 2-norm's derivative at the origin is 0 (minimum norm subgradient).

    >>> import symgrad as sg
    >>> str(sg.norm(sg.param("w", 2)).at(w=[3, 4]))
    '5'
    """
    tensor = as_tensor(x)
    if ord == float("inf"):
        return abs(tensor).max(axis)
    if ord == 1:
        return abs(tensor).sum(axis)
    if ord == 2:
        return root((tensor**2).sum(axis))
    if not ord > 0:
        raise ShapeError(f"norm: ord={ord!r} must be a positive number")
    power = Rational(str(ord))
    return (abs(tensor) ** power).sum(axis) ** (1 / power)


def cumsum(x: Any, axis: int = -1) -> Tensor:
    """Running sums along one own axis.

    >>> import symgrad as sg
    >>> sg.cumsum(sg.param("w", 5)).shape
    (5,)
    """
    tensor = as_tensor(x)
    (place,) = chosen_axes(axis, tensor)
    lead, own = axes_for(tensor.per_sample, own_shape(tensor.variable))
    k = Index("k", own[place].extent)
    where = Where(k <= own[place], tensor.variable[(*lead, *own[:place], k, *own[place + 1 :])], sympy.S.Zero)
    return record((*lead, *own), where, [tensor], (k,))


def one_hot(label: Any, classes: int | None = None) -> Tensor:
    """1 at the label's place and 0 elsewhere, along a new last axis.

    ``label``: whole numbers.  ``classes``: how many there are, unless the label's
    declaration says.  Raises NotationError when neither does, or for a real label.

    >>> import symgrad as sg
    >>> sg.one_hot(sg.data("label", classes=3)).shape
    (3,)
    """
    tensor = as_tensor(label)
    if tensor.variable.dtype == "real":
        raise NotationError(
            f"one_hot: {described(tensor)} is real; "
            "declare it as an integer datum with symgrad.data(name, classes=...)"
        )
    declared = tensor.variable.facts.classes
    if classes is None and declared is None:
        raise NotationError(
            f"one_hot: how many classes {described(tensor)} has is not declared; give classes=..."
        )
    if classes is not None and declared is not None and classes != declared:
        raise NotationError(
            f"one_hot: {described(tensor)} is declared with {declared} classes, got classes={classes}"
        )
    lead, own = axes_for(tensor.per_sample, own_shape(tensor.variable))
    place = Index("c", as_extent(declared if classes is None else classes, "one_hot"))
    return record((*lead, *own, place), Delta(place, tensor.variable[(*lead, *own)]), [tensor])
