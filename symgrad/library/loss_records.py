"""The registry of losses: what the tests' one battery, and whoever lists losses, needs to know of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..ir.late import Late
from ..notation.tensor import Tensor
from . import losses

mpmath = Late("mpmath")

Values = Literal["real", "positive", "count", "sign", "probability", "mask", "label", "one_hot", "simplex"]
"""What a truth or a prediction may hold: ``simplex`` rows are positive and sum to 1."""

TRUTHS: dict[Values, tuple[Callable[[Any], Any], str]] = {
    "sign": (lambda a: abs(a) == 1, "of -1 or 1 (of 0 and 1 labels y: 2*y - 1)"),
    "probability": (lambda a: (a >= 0) & (a <= 1), "between 0 and 1"),
    "one_hot": (lambda a: (a >= 0) & (a <= 1), "between 0 and 1"),
    "mask": (lambda a: (a == 0) | (a == 1), "of 0 or 1"),
    "count": (lambda a: a >= 0, "of at least 0"),
}
"""Kinds of values that not every number is of: which entries of an array are, and how to say it."""


@dataclass(frozen=True)
class LossRecord:
    """One loss.

    ``truth``, ``prediction``: which values they hold.  ``shapes``: (truth's,
    prediction's) own shapes it is tried with.  ``reference``: one sample's loss
    from flat lists of mpmath numbers (a label is one number); ``outer`` is
    applied to the mean over samples.  ``details``: further arguments.  ``best``: the
    prediction at which the gradient is zero, from the truth.  ``kinks``: (truth,
    prediction, derivative by the prediction) for one scalar sample.
    """

    name: str
    function: Callable[..., Tensor]
    reference: Callable[[Sequence[Any], Sequence[Any]], Any]
    truth: Values = "real"
    prediction: Values = "real"
    shapes: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (((), ()), ((3,), (3,)), ((2, 3), (2, 3)))
    outer: Callable[[Any], Any] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    best: Callable[[Any], Any] | None = None
    kinks: tuple[tuple[float, float, float], ...] = ()


def _each(one: Callable[[Any, Any], Any]) -> Callable[[Sequence[Any], Sequence[Any]], Any]:
    """The mean over own axes of a loss between numbers."""
    return lambda t, p: mpmath.fsum(one(a, b) for a, b in zip(t, p, strict=True)) / len(t)


def _same(truth: Any) -> Any:
    return truth


def _root(mean: Any) -> Any:
    return mpmath.sqrt(mean)


def _huber(t: Any, p: Any) -> Any:
    r = abs(t - p)
    return r**2 / 2 if r <= 0.75 else 0.75 * (r - 0.375)


def _dice(t: Sequence[Any], p: Sequence[Any]) -> Any:
    overlap = mpmath.fsum(a * b for a, b in zip(t, p, strict=True))
    return 1 - (2 * overlap + 1) / (mpmath.fsum(t) + mpmath.fsum(p) + 1)


def _one_hot_entropy(t: Sequence[Any], p: Sequence[Any]) -> Any:
    return -mpmath.fsum(a * mpmath.log(b) for a, b in zip(t, p, strict=True))


_R = LossRecord
LOSSES: dict[str, LossRecord] = {
    record.name: record
    for record in (
        _R("mse", losses.mse, _each(lambda t, p: (t - p) ** 2), best=_same),
        _R(
            "rmse",
            losses.rmse,
            _each(lambda t, p: (t - p) ** 2),
            outer=_root,
            best=_same,
            kinks=((2, 2, 0),),
        ),
        _R("mae", losses.mae, _each(lambda t, p: abs(t - p)), best=_same, kinks=((2, 2, 0),)),
        _R("huber", losses.huber, _each(_huber), details={"delta": 0.75}, best=_same),
        _R("log_cosh", losses.log_cosh, _each(lambda t, p: mpmath.log(mpmath.cosh(t - p))), best=_same),
        _R(
            "quantile",
            losses.quantile,
            _each(lambda t, p: max(0.75 * (t - p), -0.25 * (t - p))),
            details={"q": 0.75},
            best=_same,
            kinks=((2, 2, 0),),
        ),
        _R(
            "hinge",
            losses.hinge,
            _each(lambda t, p: max(0, 1 - t * p)),
            truth="sign",
            best=lambda t: 2 * t,
            kinks=((1, 1, 0), (-1, -1, 0)),
        ),
        _R(
            "squared_hinge",
            losses.squared_hinge,
            _each(lambda t, p: max(0, 1 - t * p) ** 2),
            truth="sign",
            best=_same,
        ),
        _R(
            "binary_cross_entropy",
            losses.binary_cross_entropy,
            _each(lambda t, p: -(t * mpmath.log(p) + (1 - t) * mpmath.log(1 - p))),
            truth="probability",
            prediction="probability",
            best=_same,
        ),
        _R(
            "cross_entropy",
            losses.cross_entropy,
            lambda t, p: -mpmath.log(p[int(t[0])]),
            truth="label",
            prediction="simplex",
            shapes=(((), (3,)), ((), (7,))),
        ),
        _R(
            "cross_entropy, one-hot",
            losses.cross_entropy,
            _one_hot_entropy,
            truth="one_hot",
            prediction="simplex",
            shapes=(((3,), (3,)), ((7,), (7,))),
        ),
        _R(
            "poisson",
            losses.poisson,
            _each(lambda t, p: p - t * mpmath.log(p)),
            truth="count",
            prediction="positive",
            best=_same,
        ),
        _R(
            "gaussian_nll",
            losses.gaussian_nll,
            _each(lambda t, p: mpmath.log(2 * mpmath.pi * 0.5) / 2 + (t - p) ** 2),
            details={"variance": 0.5},
            best=_same,
        ),
        _R(
            "dice",
            losses.dice,
            _dice,
            truth="mask",
            prediction="probability",
            shapes=(((4,), (4,)), ((2, 3), (2, 3))),
        ),
    )
}
"""Records by name; a loss that takes its truth in two ways has two."""
