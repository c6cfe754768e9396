"""What losses ask of their arguments: the truth first, shapes that fit, labels as labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..errors import NotationError, ShapeError
from ..notation.formula import described, inputs_of, label
from ..notation.functions import mean
from ..notation.record import as_tensor
from ..notation.tensor import Tensor


def truth_first(loss: str, y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Both as tensors of one shape; raises NotationError when swapped, ShapeError when they differ."""
    truth, prediction = in_order(loss, y_true, y_pred)
    if truth.shape != prediction.shape:
        single = ""
        if prediction.shape == (*truth.shape, 1):
            place = "[..., 0]" if truth.ndim else "[0]"
            single = (
                f"; write (prediction){place} for the prediction's single entry, "
                f"or give {label(truth)} the shape {prediction.shape}"
            )
        raise ShapeError(
            f"{loss}: the truth {described(truth)} and the prediction {described(prediction)} "
            f"have different shapes{single}"
        )
    return truth, prediction


def in_order(loss: str, y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Both as tensors; raises NotationError when the first is the model's and the second is data."""
    truth, prediction = as_tensor(y_true), as_tensor(y_pred)
    fitted, measured = names(truth, "param"), names(prediction, "data")
    if fitted and measured and not names(prediction, "param"):
        raise NotationError(
            f"{loss}: the truth comes first, but {label(truth)} depends on the parameters "
            f"{', '.join(fitted)} and {label(prediction)} is data: they look swapped; "
            f"write {loss}({label(prediction)}, {label(truth)})"
        )
    return truth, prediction


def names(tensor: Tensor, role: str) -> list[str]:
    """The names of one role that a tensor depends on."""
    return [t.name for t in inputs_of(tensor) if t.role == role]


def average(x: Tensor) -> Tensor:
    """The mean over own axes and over samples, where there are any."""
    own = x.mean() if x.ndim else x
    return mean(own) if own.per_sample else own


def no_samples(penalty: str, weights: Iterable[Any]) -> list[Tensor]:
    """The tensors of a penalty; raises NotationError for none, or for one with a value per sample."""
    tensors = [as_tensor(w) for w in weights]
    if not tensors:
        raise NotationError(f"{penalty} needs at least one parameter, such as {penalty}(w)")
    for tensor in tensors:
        if tensor.per_sample:
            raise NotationError(
                f"{penalty}: {label(tensor)} has one value per sample; a penalty is on parameters"
            )
    return tensors
