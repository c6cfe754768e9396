"""Metrics by name, as formulas of the truth and the prediction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import TrainingError
from ..library.losses import mae, mse, rmse
from ..notation.condition import equal, where
from ..notation.formula import label
from ..notation.functions import mean
from ..notation.record import as_tensor
from ..notation.tensor import Tensor


def accuracy(truth: Tensor, prediction: Tensor) -> Tensor:
    """The share of samples whose most probable class is the true one.

    Labels or one-hot rows against one score a class; 0/1 labels against one
    probability (1 where it exceeds 1/2).

    >>> import symgrad as sg
    >>> t, p = sg.data("t", classes=2), sg.data("p")
    >>> float(accuracy(t, p).on(t=[0, 1, 1, 0], p=[0.1, 0.9, 0.2, 0.3]))
    0.75
    """
    if prediction.ndim == 0 and truth.ndim == 0 and truth.variable.facts.classes in (None, 2):
        return mean(where(equal(truth, where(prediction > 0.5, 1, 0)), 1, 0))
    if prediction.ndim == 1 and truth.ndim == 0 and truth.variable.dtype == "int":
        return mean(where(equal(truth, prediction.argmax()), 1, 0))
    if prediction.ndim == 1 and truth.shape == prediction.shape:
        return mean(where(equal(truth.argmax(), prediction.argmax()), 1, 0))
    raise TrainingError(
        f"accuracy compares labels or one-hot rows with scores, and {label(truth)} has shape {truth.shape}, "
        f"{label(prediction)} {prediction.shape}; give metrics={{'accuracy': your own formula}}"
    )


def r2(truth: Tensor, prediction: Tensor) -> Tensor:
    """The share of the truth's variance that is explained, 1 − Σ(y − p)²/Σ(y − ȳ)².

    >>> import symgrad as sg
    >>> y, p = sg.data("y p")
    >>> float(r2(y, p).on(y=[1, 2, 3], p=[1, 2, 4]))
    0.5
    """
    return 1 - mean((truth - prediction) ** 2) / mean((truth - mean(truth)) ** 2)


def sign_accuracy(truth: Tensor, prediction: Tensor) -> Tensor:
    """The share of samples whose prediction has the sign of the label, −1 or 1.

    >>> import symgrad as sg
    >>> t, p = sg.data("t p")
    >>> float(sign_accuracy(t, p).on(t=[1, -1, 1, -1], p=[0.1, -0.9, -0.2, 0.3]))
    0.5
    """
    return mean(where(truth * prediction > 0, 1, 0))


METRICS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "accuracy": accuracy,
    "mae": mae,
    "mse": mse,
    "r2": r2,
    "rmse": rmse,
}
"""Metrics by name: functions of truth and prediction."""

SIGNED: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"accuracy": sign_accuracy}
"""Those that are others where the loss takes labels −1 and 1."""


def metric_formulas(
    metrics: Any, roles: tuple[Tensor, Tensor] | None, signed: bool = False
) -> dict[str, Tensor]:
    """Formulas by name, from a list of names or a mapping from name to formula (or registered name).

    ``signed``: labels are −1 and 1, as hinge takes them.

    Raises TrainingError for an unknown name, and where a name is asked for and
    truth and prediction are not known.
    """
    if isinstance(metrics, str) or not isinstance(metrics, Mapping | Sequence):
        raise TrainingError(
            f"metrics={metrics!r} must be a list of names such as ['accuracy'], or a mapping from name "
            "to formula"
        )
    pairs = metrics.items() if isinstance(metrics, Mapping) else [(name, name) for name in metrics]
    known = {**METRICS, **SIGNED} if signed else METRICS
    return {str(name): _formula(str(name), value, roles, known) for name, value in pairs}


def _formula(
    name: str,
    value: Any,
    roles: tuple[Tensor, Tensor] | None,
    known: Mapping[str, Callable[[Tensor, Tensor], Tensor]],
) -> Tensor:
    if isinstance(value, str):
        if value not in known:
            raise TrainingError(
                f"no metric is called {value!r}; there are {', '.join(METRICS)}, or give a mapping from "
                "name to formula"
            )
        if roles is None:
            raise TrainingError(
                f"metric {value!r}: the loss does not tell truth and prediction apart; "
                "say fit(..., predict=(truth, prediction)), or give the metric as a formula"
            )
        return known[value](*roles)
    tensor = as_tensor(value)
    if tensor.per_sample or tensor.ndim:
        raise TrainingError(
            f"metric {name!r} is {label(tensor)}, which is no single number; average it with "
            "symgrad.mean(...)"
        )
    return tensor
