"""What `fit` was asked for, checked before anything is derived or compiled."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

import numpy as np

from ..calculus.roles import truth_and_prediction
from ..errors import TrainingError
from ..ir.program import Program
from ..library.optimizers import OPTIMIZERS, STEP, Optimizer
from ..notation.formula import Formula, label
from ..notation.record import as_number
from ..notation.tensor import Tensor


def check_arguments(
    *,
    optimizer: Any,
    epochs: Any,
    batch_size: Any,
    validation_data: Any,
    validation_split: Any,
    seed: Any,
    dtype: Any,
    verbose: Any,
    callbacks: Any,
) -> None:
    """Raise TrainingError for an argument that makes no sense, naming it and what it should be."""
    if not isinstance(optimizer, Optimizer):
        named = optimizer.__name__ if isinstance(optimizer, type) else repr(optimizer)
        raise TrainingError(
            f"optimizer={named} is no optimizer; write for example optimizer=symgrad.SGD(learning_rate=0.1)"
        )
    if not is_count(epochs, 0):
        raise TrainingError(f"epochs={epochs!r} must be a whole number, at least 0")
    if batch_size is not None and not is_count(batch_size, 1):
        raise TrainingError(
            f"batch_size={batch_size!r} must be a whole number of samples, at least 1, or None for all "
            "of them in each step"
        )
    if not is_count(seed, 0):
        raise TrainingError(f"seed={seed!r} must be a whole number, at least 0")
    if dtype not in ("float64", "float32"):
        raise TrainingError(f"dtype={dtype!r} must be 'float64' or 'float32'")
    if verbose not in (0, 1, 2):
        raise TrainingError(f"verbose={verbose!r} must be 0 (silent), 1 or 2 (a line for every epoch)")
    _check_callbacks(callbacks)
    if validation_split is None:
        return
    if validation_data is not None:
        raise TrainingError("give validation_data or validation_split, not both")
    if (
        isinstance(validation_split, bool)
        or not isinstance(validation_split, int | float)
        or not 0 < validation_split < 1
    ):
        raise TrainingError(
            f"validation_split={validation_split!r} must be a share of the samples between 0 and 1, "
            "such as 0.2"
        )


Given = ParamSpec("Given")
Result = TypeVar("Result")


def only_known(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """The function, raising TrainingError for an option that it does not have."""
    known = list(inspect.signature(function).parameters)

    @functools.wraps(function)
    def checked(*args: Given.args, **options: Given.kwargs) -> Result:
        for name, value in options.items():
            if name in known:
                continue
            owner = next((kind for kind in OPTIMIZERS.values() if name in kind.__dataclass_fields__), None)
            close = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {close[0]}?" if close else f"; it has {', '.join(known)}"
            if owner is not None:
                hint = f"; the optimizer takes it: optimizer=symgrad.{owner.__name__}({name}={value!r})"
            raise TrainingError(f"{function.__name__} has no option {name}={value!r}{hint}")
        return function(*args, **options)

    return checked


def _check_callbacks(callbacks: Any) -> None:
    if callable(callbacks) or isinstance(callbacks, str) or not isinstance(callbacks, Iterable):
        shown = callbacks.__name__ if isinstance(callbacks, type) else repr(callbacks)
        raise TrainingError(f"callbacks={shown} must be a list; write callbacks=[{shown}]")
    for callback in callbacks:
        if isinstance(callback, type):
            name = callback.__name__
            raise TrainingError(f"callbacks holds the class {name}; give one of it: callbacks=[{name}(...)]")
        if not callable(callback):
            raise TrainingError(
                f"callbacks holds {callback!r}, which cannot be called; a callback is a function of the run, "
                "such as symgrad.EarlyStopping()"
            )


def dtype_name(dtype: Any) -> Any:
    """A numpy type by its name (numpy.float32 is ``"float32"``); whatever else as it is."""
    if isinstance(dtype, type) and issubclass(dtype, np.generic):
        return dtype.__name__
    return dtype.name if isinstance(dtype, np.dtype) else dtype


def is_count(value: Any, least: int) -> bool:
    """Whether a value is a whole number of at least ``least``."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= least


def by_name(given: Mapping[Any, Any] | None, known: Sequence[str], refusal: str, what: str) -> dict[str, Any]:
    """A user's mapping with names for keys: tensors serve too, and ``lambda_`` for ``lambda``.

    Raises TrainingError for what is no mapping (``what`` is its argument's name),
    and, in the words of ``refusal``, for a name that is not known.
    """
    if given is not None and not isinstance(given, Mapping):
        raise TrainingError(
            f"{what}={given!r} must be a mapping from names to values, such as "
            f"{what}={{{(known[0] if known else 'name')!r}: 1}}"
        )
    named = {
        key.name if isinstance(key, Formula) else str(key): value for key, value in (given or {}).items()
    }
    named = {name if name in known else name.rstrip("_"): value for name, value in named.items()}
    for name in named:
        if name not in known:
            raise TrainingError(f"{refusal.format(repr(name))}; there are: {', '.join(known) or 'none'}")
    return named


def roles_of(loss: Tensor, predict: Any) -> tuple[tuple[Tensor, Tensor] | None, Tensor | None]:
    """(truth, prediction), where both are known, and the prediction, where it is.

    Both are read off the loss's form unless the user says them.
    """
    found = truth_and_prediction(loss)
    if predict is None:
        return found, None if found is None else found[1]
    pair = isinstance(predict, tuple) and len(predict) == 2
    truth, prediction = predict if pair else (found[0] if found else None, predict)
    if not isinstance(prediction, Tensor) or not isinstance(truth, Tensor | None):
        raise TrainingError(
            f"predict={predict!r} must be a formula such as m*x + b, or a pair (truth, prediction)"
        )
    if not prediction.per_sample:
        raise TrainingError(
            f"predict={label(prediction)} is the same for every sample; a prediction has one value per sample"
        )
    return (None if truth is None else (truth, prediction)), prediction


def hyper_values(
    program: Program, optimizer: Optimizer, hyper: Mapping[Any, float] | None
) -> dict[str, float]:
    """Every hyperparameter's value: the optimizer's numbers, the user's, the declared ones.

    Raises TrainingError for an unknown name and for one without a value.
    """
    wanted = {v.name: v for v in program.inputs() if v.role == "hyper" and v != STEP.variable}
    given = by_name(hyper, list(wanted), "hyper names {}, which is no hyperparameter here", "hyper")
    values = {**optimizer.numbers(), **given}
    for name, variable in wanted.items():
        value = values.get(name, variable.facts.value)
        if value is None:
            raise TrainingError(f"no value for the hyperparameter {name!r}; give hyper={{{name!r}: ...}}")
        number = as_number(value)
        if number is None or not number.is_finite:
            raise TrainingError(f"hyper: {name}={value!r} must be a finite number")
        values[name] = float(number)
    return {name: values[name] for name in wanted}
