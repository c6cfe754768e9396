"""`fit`: a loss and data in, a fitted model out."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..calculus.link import link, refuse_coupled
from ..calculus.roles import truth_and_prediction
from ..calculus.weights import WEIGHT, weighted
from ..errors import TrainingError
from ..ir.program import Program
from ..ir.variable import Variable
from ..kernels.api import compile_program
from ..library.optimizers import SGD, STEP, Optimizer
from ..notation.core import Formula, as_tensor, label
from ..notation.tensor import Tensor
from .checkpoints import Checkpoint, load
from .data import Table, make_table
from .history import History, Params, Status
from .loop import diverging, run_epoch
from .metrics import metric_formulas
from .progress import Progress
from .run import Run, Task, data_variables
from .sources import read_columns
from .stability import largest_curvature
from .start import starting_params

Callback = Callable[[Run], None]


def fit(
    loss: Tensor,
    data: Any,
    *,
    start: Mapping[Any, Any] | None = None,
    optimizer: Optimizer | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    validation_data: Any = None,
    validation_split: float | None = None,
    metrics: Any = (),
    sample_weight: Any = None,
    predict: Any = None,
    hyper: Mapping[Any, float] | None = None,
    callbacks: Iterable[Callback] = (),
    seed: int = 0,
    shuffle: bool = True,
    per_batch: bool = False,
    per_step: bool = False,
    resume: str | Path | Checkpoint | Run | None = None,
    dtype: str = "float64",
    target: str = "cpu",
    verbose: int = 1,
) -> Run:
    """Fit the loss's parameters to data.

    ``data``: a mapping from name or Tensor to array, a data frame, or the path of
    a CSV or NPZ file; samples run along the first axis.  In a frame or file
    columns go by name, and one two-dimensional datum takes all columns that
    nothing else names.

    ``start``: starting values by name or Tensor, before declared ones; see
    `initial_value` for the rest.  ``optimizer``: how to step (gradient descent
    with rate 0.01).  ``epochs``: passes over the data, in all.  ``batch_size``:
    samples a step; None takes all of them, 1 one at a time.

    ``validation_data`` (as ``data``) or ``validation_split`` (a share, drawn by
    the seed) give ``val_loss`` and the like.  ``metrics``: names
    (`training.metrics.METRICS`) or a mapping from name to formula.
    ``sample_weight``: how often each sample counts, an array or a column's name.
    ``predict``: the prediction, or (truth, prediction), where the loss's form
    does not tell (`calculus.roles`).  ``hyper``: values of hyperparameters in
    the loss or optimizer that were declared without one.

    ``callbacks``: functions of the `Run`, called after every epoch.  ``seed``
    draws start values, split and the samples' order, which is a function of seed
    and epoch; ``shuffle=False`` keeps the given order.  ``per_batch``: a loss
    that couples samples is meant for each batch by itself.  ``per_step``: keep
    every step's loss too.  ``resume``: go on from a checkpoint, bit for bit.
    ``dtype``: ``"float64"`` or ``"float32"``.  ``target``: ``"cpu"`` or
    ``"numpy"``.  ``verbose``: 0, 1 or 2; goes to standard error.

    Raises TrainingError for what is asked wrongly, DataError for data that do
    not fit.  A run that diverges returns, with a warning; see `Run.check`.

    >>> import symgrad as sg
    >>> x, y = sg.data("x y"); m, b = sg.params("m b")
    >>> run = sg.fit(sg.mse(y, m*x + b), {"x": [1, 2], "y": [3, 5]}, start={m: -1, b: 5},
    ...              optimizer=sg.SGD(learning_rate=0.1), epochs=2, verbose=0)
    >>> run.history.loss, round(run.loss, 12)
    ([2.5, 1.825], 1.7125)
    """
    loss = as_tensor(loss)
    optimizer = SGD() if optimizer is None else optimizer
    _check_arguments(optimizer, epochs, batch_size, validation_data, validation_split, seed, dtype, verbose)
    if batch_size is not None and not per_batch:
        refuse_coupled(loss)
    roles, prediction = _roles(loss, predict)
    formulas = metric_formulas(metrics, roles)
    program = link(
        loss, optimizer, prediction=prediction, metrics=formulas, sample_weight=sample_weight is not None
    )
    read = program.with_outputs({k: v for k, v in program.outputs.items() if k != "prediction"}).live()
    known = data_variables(program)
    table = make_table(_with_weights(data, sample_weight), data_variables(read), dtype, known=known)
    table, validation = _validation(table, validation_data, validation_split, seed, dtype, known)
    settings = {
        "seed": seed,
        "batch_size": batch_size,
        "shuffle": shuffle,
        "samples": table.samples,
        "dtype": dtype,
    }
    task = Task(
        loss if sample_weight is None else weighted(loss), optimizer, prediction, program, compile_program(program, target=target, dtype=dtype),
        dtype, table, validation, _hyper_values(program, optimizer, hyper), tuple(formulas), settings,
    )  # fmt: skip
    run = Run(task, _beginning(task, start, seed, resume))
    _train(run, task, epochs, list(callbacks), per_step, verbose)
    return run


def _train(
    run: Run, task: Task, epochs: int, callbacks: list[Callback], per_step: bool, verbose: int
) -> None:
    first = {name: array.copy() for name, array in run.params.arrays.items()}
    settings = task.settings
    progress = Progress(verbose, epochs, run.epoch, task.table.samples, settings["batch_size"])
    try:
        while run.epoch < epochs and run.status.name == "running":
            _epoch(run, task, per_step)
            progress.epoch(
                run.epoch, {name: run.history[name][-1] for name in run.history if name != "step_loss"}
            )
            if diverging(run.history.loss):
                run.status = Status("diverged", _divergence(run, task, first))
                break
            for callback in callbacks:
                callback(run)
        run.loss = task.measure(task.table, run.params.arrays)["loss"]
        if run.status.name == "running":
            run.status = Status("completed", f"{run.epoch} epochs, {run.step} steps, loss {run.loss:.6g}")
            if run.epoch and diverging([*run.history.loss, run.loss], ended=True):
                run.status = Status("diverged", _divergence(run, task, first))
    except KeyboardInterrupt:
        run.status = Status(
            "interrupted",
            f"stopped by the user in epoch {run.epoch + 1}; the parameters are those after the last step",
        )
    progress.end(str(run.status))
    if run.status.name == "diverged":
        warnings.warn(run.status.message, RuntimeWarning, stacklevel=3)


def _epoch(run: Run, task: Task, per_step: bool) -> None:
    """One epoch: steps, then what the history keeps of it."""
    settings = task.settings
    arrays = run.params.arrays
    steps = (
        np.empty(-(-task.table.samples // (settings["batch_size"] or task.table.samples)))
        if per_step
        else None
    )
    loss, run.step = run_epoch(
        task.module.train_epoch, task.table.arrays, arrays, run._state, task.hyper,
        samples=task.table.samples, epoch=run.epoch, step=run.step, batch_size=settings["batch_size"],
        seed=settings["seed"], shuffle=settings["shuffle"], history=steps,
    )  # fmt: skip
    if steps is not None:
        run.history.extend("step_loss", steps.tolist())
    values = {"loss": float(loss), **task.measure(task.table, arrays, loss=False)}
    if task.validation is not None:
        values |= task.measure(task.validation, arrays, "val_")
    run.history.add(**values)
    run.epoch += 1


def _divergence(run: Run, task: Task, first: dict[str, np.ndarray]) -> str:
    losses = [*run.history.loss, run.loss] if np.isfinite(run.loss) else run.history.loss
    grew = f"the loss grew from {losses[0]:.6g} to {losses[-1]:.6g} in {run.epoch} epochs"
    numbers = task.optimizer.numbers()
    rate = (
        f"learning_rate={numbers['learning_rate']:g}" if "learning_rate" in numbers else "the learning rate"
    )
    values = {
        **first,
        **{name: np.asarray(value) for name, value in task.hyper.items()},
        STEP.name: np.asarray(1.0),
    }
    curvature = largest_curvature(task.loss, task.table, values)
    if not curvature > 0:
        return f"{grew}; {rate} is too large, take a smaller one"
    stable = 2 / curvature
    return (
        f"{grew}; {rate} is too large: for gradient descent the largest stable rate is 2/λmax = {stable:.3g} "
        f"(λmax = {curvature:.3g}, the loss's largest curvature where this run started); take a smaller one, "
        "or bring the columns to one scale"
    )


# -- what was asked -------------------------------------------------------------------


def _check_arguments(
    optimizer: Any,
    epochs: Any,
    batch_size: Any,
    validation_data: Any,
    validation_split: Any,
    seed: Any,
    dtype: Any,
    verbose: Any,
) -> None:
    if not isinstance(optimizer, Optimizer):
        named = optimizer.__name__ if isinstance(optimizer, type) else repr(optimizer)
        raise TrainingError(
            f"optimizer={named} is no optimizer; write for example optimizer=symgrad.SGD(learning_rate=0.1)"
        )
    if not _is_count(epochs, 0):
        raise TrainingError(f"epochs={epochs!r} must be a whole number, at least 0")
    if batch_size is not None and not _is_count(batch_size, 1):
        raise TrainingError(
            f"batch_size={batch_size!r} must be a whole number of samples, at least 1, or None for all of them in each step"
        )
    if not _is_count(seed, 0):
        raise TrainingError(f"seed={seed!r} must be a whole number, at least 0")
    if dtype not in ("float64", "float32"):
        raise TrainingError(f"dtype={dtype!r} must be 'float64' or 'float32'")
    if verbose not in (0, 1, 2):
        raise TrainingError(f"verbose={verbose!r} must be 0 (silent), 1 or 2 (a line for every epoch)")
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
            f"validation_split={validation_split!r} must be a share of the samples between 0 and 1, such as 0.2"
        )


def _is_count(value: Any, least: int) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= least


def _roles(loss: Tensor, predict: Any) -> tuple[tuple[Tensor, Tensor] | None, Tensor | None]:
    """(truth, prediction) where both are known, and the prediction."""
    found = truth_and_prediction(loss)
    if predict is None:
        return found, None if found is None else found[1]
    pair = isinstance(predict, tuple) and len(predict) == 2
    truth, prediction = predict if pair else (found[0] if found else None, predict)
    if not isinstance(prediction, Formula) or not (truth is None or isinstance(truth, Formula)):
        raise TrainingError(
            f"predict={predict!r} must be a formula such as m*x + b, or a pair (truth, prediction)"
        )
    if not prediction.per_sample:
        raise TrainingError(
            f"predict={label(prediction)} is the same for every sample; a prediction has one value per sample"
        )  # type: ignore[arg-type]
    return (None if truth is None else (truth, prediction)), prediction  # type: ignore[return-value]


def _with_weights(data: Any, sample_weight: Any) -> Any:
    if sample_weight is None:
        return data
    columns = read_columns(data)
    if isinstance(sample_weight, str):
        if sample_weight not in columns.arrays:
            raise TrainingError(f"sample_weight={sample_weight!r} is no column of {columns.source}")
        sample_weight = columns.arrays[sample_weight]
    return columns.with_array(WEIGHT.name, sample_weight)


def _validation(
    table: Table, data: Any, split: float | None, seed: int, dtype: str, known: list[Variable]
) -> tuple[Table, Table | None]:
    if data is not None:
        wanted = [v for v in table.variables.values() if v.per_sample and v != WEIGHT.variable]
        sizes = {extent: size for extent, size in table.sizes.items() if str(extent) != "n"}
        other = make_table(data, wanted, dtype, known=known, sizes=sizes, what="validation_data")
        if WEIGHT.name in table.arrays:
            other.arrays[WEIGHT.name] = np.ones(other.samples, dtype)
        other.arrays.update({name: a for name, a in table.arrays.items() if name not in other.arrays})
        return table, other
    if split is None:
        return table, None
    count = round(split * table.samples)
    if not 0 < count < table.samples:
        raise TrainingError(
            f"validation_split={split} of {table.samples} samples leaves {table.samples - count} to train on and {count} to validate"
        )
    places = np.random.default_rng([seed, 0x5EED]).permutation(table.samples)
    return table.rows(np.sort(places[count:])), table.rows(np.sort(places[:count]))


def _hyper_values(
    program: Program, optimizer: Optimizer, hyper: Mapping[Any, float] | None
) -> dict[str, float]:
    wanted = {v.name: v for v in program.inputs() if v.role == "hyper" and v != STEP.variable}
    given = {
        (key.name if isinstance(key, Formula) else str(key)): value for key, value in (hyper or {}).items()
    }
    given = {name if name in wanted else name.rstrip("_"): value for name, value in given.items()}
    for name in given:
        if name not in wanted:
            raise TrainingError(
                f"hyper names {name!r}, which is no hyperparameter here; there are: {', '.join(wanted) or 'none'}"
            )
    values = {**optimizer.numbers(), **given}
    for name, variable in wanted.items():
        value = values.get(name, variable.facts.value)
        if value is None:
            raise TrainingError(f"no value for the hyperparameter {name!r}; give hyper={{{name!r}: ...}}")
        values[name] = float(value)
    return {name: values[name] for name in wanted}


def _beginning(task: Task, start: Mapping[Any, Any] | None, seed: int, resume: Any) -> Checkpoint:
    if resume is None:
        variables = [v for v in task.program.inputs() if v.role == "param"]
        sizes = dict(task.table.sizes)
        params = starting_params(variables, start, sizes, seed, task.module, task.dtype)
        state = task.module.init_state({str(extent): size for extent, size in sizes.items()})
        return Checkpoint(Params(params), state, History(), 0, 0, task.program.digest(), task.settings)
    if start is not None:
        raise TrainingError(
            "give start or resume, not both: a resumed run starts where its checkpoint stopped"
        )
    found = (
        resume.checkpoint()
        if isinstance(resume, Run)
        else resume
        if isinstance(resume, Checkpoint)
        else load(resume)
    )
    if found.digest != task.program.digest():
        raise TrainingError(
            "resume: the checkpoint belongs to another loss, optimizer or metrics; fit the same ones to go on"
        )
    for name, value in task.settings.items():
        if found.settings.get(name) != value:
            raise TrainingError(
                f"resume: the checkpoint was trained with {name}={found.settings.get(name)!r}, this call has {name}={value!r}"
            )
    return found.copied()
