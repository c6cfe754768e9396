"""`fit`: a loss and data in, a fitted model out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..calculus.link import link, refuse_coupled
from ..calculus.weights import weighted
from ..errors import TrainingError
from ..kernels.api import compile_program
from ..library.optimizers import SGD, Optimizer
from ..notation.record import as_tensor
from ..notation.tensor import Tensor
from .asked import check_arguments, dtype_name, hyper_values, only_known, roles_of
from .checkpoints import Checkpoint, load
from .data import data_variables, make_table
from .drive import Callback, drive
from .history import History, Params
from .metrics import metric_formulas
from .run import Run, Task
from .samples import counting, validation_tables, with_weights
from .start import starting_params
from .truths import loss_demand, metric_demands


@only_known
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

    ``start``: starting values by name or Tensor, before declared ones.  Without
    either, numbers and vectors start at 0, matrices by glorot_uniform.
    ``optimizer``: how to step (gradient descent with rate 0.01).  ``epochs``:
    passes over the data, in all.  ``batch_size``: samples a step; None takes all
    of them, 1 one at a time.

    ``validation_data`` (as ``data``) or ``validation_split`` (a share, drawn by
    the seed) give ``val_loss`` and the like.  ``metrics``: names
    (`training.metrics.METRICS`) or a mapping from name to formula.
    ``sample_weight``: how often each sample counts, an array or a column's name;
    those that count 0 times are left out.
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
    >>> run
    Run(completed after 2 epochs, loss 1.7125, params {m: -0.58, b: 5.09})
    >>> run.history
    History(2 epochs: loss 2.5 → 1.825)
    """
    loss = as_tensor(loss)
    optimizer = SGD() if optimizer is None else optimizer
    callbacks = callbacks if callable(callbacks) or not isinstance(callbacks, Iterable) else list(callbacks)
    dtype = dtype_name(dtype)
    check_arguments(
        optimizer=optimizer, epochs=epochs, batch_size=batch_size, seed=seed, dtype=dtype, verbose=verbose,
        callbacks=callbacks, validation_data=validation_data, validation_split=validation_split,
    )  # fmt: skip
    if batch_size is not None and not per_batch:
        refuse_coupled(loss)
    roles, prediction = roles_of(loss, predict)
    demand = loss_demand(loss, roles)
    signed = demand is not None and demand.values == "sign"
    formulas = metric_formulas(metrics, roles, signed)
    weighed = sample_weight is not None
    program = link(loss, optimizer, prediction=prediction, metrics=formulas, sample_weight=weighed)
    needed = program.with_outputs({k: v for k, v in program.outputs.items() if k != "prediction"}).live()
    source = with_weights(data, sample_weight)
    table = make_table(source, data_variables(needed), dtype, known=data_variables(program))
    table = counting(table) if weighed else table
    table, validation = validation_tables(table, validation_data, validation_split, seed, dtype)
    settings = {
        "seed": seed, "batch_size": batch_size, "shuffle": shuffle, "samples": table.samples, "dtype": dtype,
        "columns": {name: list(columns) for name, columns in table.parts.items()},
    }  # fmt: skip
    task = Task(
        loss=weighted(loss) if weighed else loss,
        optimizer=optimizer,
        prediction=prediction,
        program=program,
        module=compile_program(program, target=target, dtype=dtype),
        dtype=dtype,
        table=table,
        validation=validation,
        hyper=hyper_values(program, optimizer, hyper),
        metrics=tuple(formulas),
        settings=settings,
        demands=(*([demand] if demand else []), *metric_demands(metrics, roles, signed)),
    )
    run = Run(task, _resumed(task, resume, start) if resume is not None else _fresh(task, start, seed))
    for samples in (table, validation):
        if samples is not None:
            task.check(samples, run.params.arrays)
    drive(run, task, epochs, list(callbacks), per_step, verbose)
    return run


def _fresh(task: Task, start: Mapping[Any, Any] | None, seed: int) -> Checkpoint:
    sizes = dict(task.table.sizes)
    variables = [v for v in task.program.inputs() if v.role == "param"]
    params = starting_params(variables, start, sizes, seed, task.module, task.dtype)
    state = task.module.init_state({str(extent): size for extent, size in sizes.items()})
    return Checkpoint(Params(params), state, History(), 0, 0, task.program.digest(), task.settings)


def _resumed(task: Task, resume: str | Path | Checkpoint | Run, start: Any) -> Checkpoint:
    if start is not None:
        raise TrainingError(
            "give start or resume, not both: a resumed run starts where its checkpoint stopped"
        )
    if isinstance(resume, Run):
        found = resume.checkpoint()
    else:
        found = resume if isinstance(resume, Checkpoint) else load(resume)
    if found.digest != task.program.digest():
        raise TrainingError(
            "resume: the checkpoint belongs to another loss, optimizer or metrics; fit the same ones to go on"
        )
    for name, value in task.settings.items():
        before = found.settings.get(name)
        if before != value:
            raise TrainingError(
                f"resume: the checkpoint was trained with {name}={before!r}, this call has {name}={value!r}"
            )
    return found.copied()
