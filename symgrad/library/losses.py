"""Losses, in public notation alone: the truth first, averaged over samples.

Each returns a scalar: the mean over samples, and over the prediction's own axes
where it has any.  All raise NotationError when truth and prediction look
swapped, and ShapeError when their shapes differ.
"""

from __future__ import annotations

import math
from typing import Any

import sympy

from ..errors import NotationError, ShapeError
from ..notation.condition import where
from ..notation.formula import described
from ..notation.functions import log, log_of_cosh, relu, root
from ..notation.tensor import Tensor
from .checks import average, in_order, truth_first


def mse(y_true: Any, y_pred: Any) -> Tensor:
    """Mean squared error: (1/n) Σᵢ (yᵢ − ŷᵢ)², averaged over own axes too.

    Both real, of one shape.  Source: Hastie, Tibshirani and Friedman, The
    Elements of Statistical Learning, 2nd ed., eq. 2.3 (there as a sum).

    >>> import symgrad as sg
    >>> x, y = sg.data("x y"); m, b = sg.params("m b")
    >>> str(sg.mse(y, m*x + b).on(x=[1, 2], y=[3, 5]).at(m=-1, b=5))
    '5/2'
    """
    truth, prediction = truth_first("mse", y_true, y_pred)
    return average((truth - prediction) ** 2)


def rmse(y_true: Any, y_pred: Any) -> Tensor:
    """Root mean squared error: √mse; its gradient at a perfect fit is 0.

    Both real, of one shape.  It couples the samples: mini-batches of it are not
    its parts.

    >>> import symgrad as sg
    >>> x, y = sg.data("x y"); m, b = sg.params("m b")
    >>> str(sg.rmse(y, m*x + b).on(x=[1, 2], y=[3, 5]).at(m=-1, b=5))
    'sqrt(10)/2'
    """
    truth, prediction = truth_first("rmse", y_true, y_pred)
    return root(average((truth - prediction) ** 2))


def mae(y_true: Any, y_pred: Any) -> Tensor:
    """Mean absolute error: (1/n) Σᵢ |yᵢ − ŷᵢ|, averaged over own axes too.

    Both real, of one shape.  Where a residual is 0 its derivative is 0.

    >>> import symgrad as sg
    >>> x, y = sg.data("x y"); m, b = sg.params("m b")
    >>> str(sg.mae(y, m*x + b).on(x=[1, 2], y=[3, 5]).at(m=-1, b=5))
    '3/2'
    """
    truth, prediction = truth_first("mae", y_true, y_pred)
    return average(abs(truth - prediction))


def huber(y_true: Any, y_pred: Any, delta: Any = 1.0) -> Tensor:
    """r²/2 for |r| ≤ δ, else δ(|r| − δ/2), with r = y − ŷ; the mean over samples and own axes.

    Both real, of one shape; ``delta`` > 0, a number or a hyperparameter.  Source:
    Huber, Robust Estimation of a Location Parameter, 1964.

    >>> import symgrad as sg
    >>> x, y = sg.data("x y"); m, b = sg.params("m b")
    >>> str(sg.huber(y, m*x + b).on(x=[1, 2], y=[3, 5]).at(m=-1, b=5))
    '1'
    """
    truth, prediction = truth_first("huber", y_true, y_pred)
    _positive("huber", "delta", delta)
    r = truth - prediction
    return average(where(abs(r) <= delta, r**2 / 2, delta * (abs(r) - delta / 2)))


def log_cosh(y_true: Any, y_pred: Any) -> Tensor:
    """(1/n) Σᵢ log cosh(yᵢ − ŷᵢ), averaged over own axes too; without overflow.

    Both real, of one shape: r²/2 near 0, |r| − log 2 far from it.

    >>> import symgrad as sg
    >>> y, x, w = sg.data("y"), sg.data("x"), sg.param("w")
    >>> str(sg.log_cosh(y, w*x).on(x=[1], y=[2]).at(w=2))
    '0'
    """
    truth, prediction = truth_first("log_cosh", y_true, y_pred)
    return average(log_of_cosh(truth - prediction))


def quantile(y_true: Any, y_pred: Any, q: float = 0.5) -> Tensor:
    """The pinball loss: q r for r > 0, (q − 1) r for r < 0, with r = y − ŷ; the mean.

    Both real, of one shape; 0 < q < 1.  Its minimum over a constant is the
    q-quantile.  Where r is 0 the derivative is 0.  Source: Koenker and Bassett,
    Regression Quantiles, 1978.  Raises NotationError for another q.

    >>> import symgrad as sg
    >>> y, b = sg.data("y"), sg.param("b")
    >>> str(sg.quantile(y, b, q=0.9).on(y=[3, 5]).at(b=4))
    '1/2'
    """
    truth, prediction = truth_first("quantile", y_true, y_pred)
    if not (isinstance(q, int | float) and 0 < q < 1):
        raise NotationError(f"quantile: q={q!r} must be a number between 0 and 1")
    r = truth - prediction
    share = sympy.Rational(str(q))
    return average(share * relu(r) + (1 - share) * relu(-r))


def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """(1/n) Σᵢ max(0, 1 − yᵢ ŷᵢ), averaged over own axes too.

    Truth −1 or 1, prediction real, of one shape.  At the margin the derivative is
    0.  Source: Cortes and Vapnik, Support-Vector Networks, 1995.

    >>> import symgrad as sg
    >>> x, y, w = sg.data("x"), sg.data("y"), sg.param("w")
    >>> str(sg.hinge(y, w*x).on(x=[1, 2], y=[1, -1]).at(w=3))
    '7/2'
    """
    truth, prediction = truth_first("hinge", y_true, y_pred)
    return average(relu(1 - truth * prediction))


def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """(1/n) Σᵢ max(0, 1 − yᵢ ŷᵢ)², averaged over own axes too.

    Truth −1 or 1, prediction real, of one shape.

    >>> import symgrad as sg
    >>> x, y, w = sg.data("x"), sg.data("y"), sg.param("w")
    >>> str(sg.squared_hinge(y, w*x).on(x=[1, 2], y=[1, -1]).at(w=3))
    '49/2'
    """
    truth, prediction = truth_first("squared_hinge", y_true, y_pred)
    return average(relu(1 - truth * prediction) ** 2)


def binary_cross_entropy(y_true: Any, p: Any) -> Tensor:
    """−(1/n) Σᵢ (tᵢ log pᵢ + (1 − tᵢ) log(1 − pᵢ)), averaged over own axes too.

    Truth in [0, 1], probabilities 0 < p < 1, of one shape.  With p = sigmoid(z)
    the derivation works on z, without overflow, and the gradient is p − t.
    Source: Bishop, Pattern Recognition and Machine Learning, 2006, eq. 4.90.

    >>> import symgrad as sg
    >>> x, t, w = sg.data("x"), sg.data("t"), sg.param("w")
    >>> sg.binary_cross_entropy(t, sg.sigmoid(w*x)).shape
    ()
    """
    truth, prediction = truth_first("binary_cross_entropy", y_true, p)
    return average(-(truth * log(prediction) + (1 - truth) * log(1 - prediction)))


def cross_entropy(y_true: Any, p: Any) -> Tensor:
    """−(1/n) Σᵢ log pᵢ[label], or −(1/n) Σᵢ Σₖ tᵢₖ log pᵢₖ for a truth with p's shape.

    ``p``: probabilities > 0 that sum to 1 along the last own axis; further axes
    are averaged over.  Truth: a label (whole numbers, one fewer axis), one-hot
    rows or probabilities.  With p = softmax(z) the derivation works on z, without
    overflow.  Source: Bishop, Pattern Recognition and Machine Learning, 2006,
    eq. 4.108.

    >>> import symgrad as sg
    >>> X, label = sg.data("X", 4), sg.data("label", classes=3)
    >>> sg.cross_entropy(label, sg.softmax(sg.params("W", (3, 4)) @ X)).shape
    ()
    """
    truth, prediction = in_order("cross_entropy", y_true, p)
    if not prediction.ndim:
        raise ShapeError(
            f"cross_entropy: {described(prediction)} needs one probability a class along its last axis; "
            "for a single probability use binary_cross_entropy"
        )
    if truth.variable.dtype == "real":
        truth, prediction = truth_first("cross_entropy", truth, prediction)
        return average(-(truth * log(prediction)).sum(-1))
    classes = truth.variable.facts.classes
    if truth.ndim or prediction.ndim != 1:
        raise ShapeError(
            f"cross_entropy: one label a sample and one row of probabilities fit, got {described(truth)} and "
            f"{described(prediction)}; for several labels a sample give symgrad.one_hot(...)"
        )
    if classes is not None and prediction.shape != (classes,):
        raise ShapeError(
            f"cross_entropy: {described(truth)} has {classes} classes, "
            f"but the prediction is {described(prediction)}"
        )
    return average(-log(prediction[truth]))


def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """(1/n) Σᵢ (ŷᵢ − yᵢ log ŷᵢ), averaged over own axes too.

    Truth: counts ≥ 0; prediction: expected counts > 0, of one shape.  The negative
    log-likelihood without log y!, which no parameter changes.  Source: McCullagh
    and Nelder, Generalized Linear Models, 2nd ed., 1989, section 6.2.

    >>> import symgrad as sg
    >>> y, rate = sg.data("y"), sg.param("rate", min=0)
    >>> str(sg.poisson(y, rate).on(y=[1, 3]).at(rate=1))
    '1'
    """
    truth, prediction = truth_first("poisson", y_true, y_pred)
    return average(prediction - truth * log(prediction))


def gaussian_nll(y_true: Any, y_pred: Any, variance: Any) -> Tensor:
    """The Gaussian negative log-likelihood ½ log(2πv) + (y − ŷ)²/(2v), averaged as `mse`.

    Truth and prediction real, of one shape; ``variance`` > 0: a parameter that
    broadcasts to them, or a prediction of its own.  Source: Nix and Weigend,
    Estimating the mean and variance of the target probability distribution, 1994.

    >>> import symgrad as sg
    >>> y, mu, v = sg.data("y"), sg.param("mu"), sg.param("v", value=1, min=1e-6)
    >>> round(float(sg.gaussian_nll(y, mu, v).evaluate(y=[1.0], mu=1.0, v=1.0)), 6)
    0.918939
    """
    truth, prediction = truth_first("gaussian_nll", y_true, y_pred)
    _positive("gaussian_nll", "variance", variance)
    return average((log(2 * sympy.pi * variance) + (truth - prediction) ** 2 / variance) / 2)


def dice(y_true: Any, p: Any, smooth: float = 1.0) -> Tensor:
    """(1/n) Σᵢ (1 − (2 Σ t p + s)/(Σ t + Σ p + s)), the inner sums over own axes (a mask's pixels).

    Truth 0 or 1, prediction in [0, 1], of one shape with at least one own axis;
    ``smooth`` s > 0 keeps empty masks defined.  Source: Milletari, Navab and
    Ahmadi, V-Net, 2016 (there with squares below and s = 0); Sudre et al., 2017.

    >>> import symgrad as sg
    >>> t, p = sg.data("t p", 4)
    >>> str(sg.dice(t, p).on(t=[[1, 1, 0, 0]], p=[[1, 1, 0, 0]]))
    '0'
    """
    truth, prediction = truth_first("dice", y_true, p)
    if not truth.ndim:
        raise ShapeError(f"dice compares masks, and {described(truth)} has no axes of its own")
    _positive("dice", "smooth", smooth)
    overlap = 2 * (truth * prediction).sum() + smooth
    return average(1 - overlap / (truth.sum() + prediction.sum() + smooth))


def _positive(loss: str, name: str, value: Any) -> None:
    if isinstance(value, int | float) and not (0 < value < math.inf):
        raise NotationError(f"{loss}: {name}={value!r} must be positive and finite")
