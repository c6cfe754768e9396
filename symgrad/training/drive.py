"""The epochs of a `Run`: steps, history, callbacks, and how it ends."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np

from ..errors import SymgradError
from ..library.optimizers import STEP
from .data import listed
from .history import Status
from .loop import Arrays, diverging, run_epoch
from .progress import Progress
from .run import Run, Task
from .stability import largest_curvature
from .undefined import first_undefined

Callback = Callable[[Run], None]


def drive(
    run: Run, task: Task, epochs: int, callbacks: Sequence[Callback], per_step: bool, verbose: int
) -> None:
    """Train until ``epochs`` are done, a callback stops the run, it diverges, or the user interrupts it."""
    first = {name: array.copy() for name, array in run.params.arrays.items()}
    progress = Progress(verbose, epochs, run.epoch, task.table.samples, task.settings["batch_size"])
    for name, columns in task.table.parts.items():
        progress.note(f"{name} takes the columns {listed(columns)}")
    try:
        while run.epoch < epochs and run.status.name == "running":
            _epoch(run, task, per_step)
            latest = {name: values[-1] for name, values in run.history.items() if name != "step_loss"}
            progress.epoch(run.epoch, latest)
            if diverging(run.history.loss):
                run.status = Status("diverged", _divergence(run, task, first, run.history.loss))
                break
            for callback in callbacks:
                callback(run)
    except KeyboardInterrupt:
        run.status = Status(
            "interrupted",
            f"stopped by the user in epoch {run.epoch + 1}; the parameters are those after the last step",
        )
    run.loss = task.measure(task.table, run.params.arrays)["loss"]
    if run.status.name == "running":
        run.status = _finished(run, task, first)
    progress.end(str(run.status))
    if run.status.name == "diverged":
        warnings.warn(run.status.message, RuntimeWarning, stacklevel=4)


def _epoch(run: Run, task: Task, per_step: bool) -> None:
    """One epoch: steps, then what the history keeps of it."""
    settings, table, arrays = task.settings, task.table, run.params.arrays
    steps = np.empty(-(-table.samples // (settings["batch_size"] or table.samples))) if per_step else None
    loss, step = run_epoch(
        task.module.train_epoch, table.arrays, arrays, run.state, task.hyper,
        samples=table.samples, epoch=run.epoch, step=run.step, batch_size=settings["batch_size"],
        seed=settings["seed"], shuffle=settings["shuffle"], history=steps,
    )  # fmt: skip
    values = {"loss": float(loss), **task.measure(table, arrays, loss=False)}
    if task.validation is not None:
        values |= task.measure(task.validation, arrays, "val_")
    if steps is not None:
        run.history.extend("step_loss", steps.tolist())
    run.history.add(**values)
    run.epoch, run.step = run.epoch + 1, step


def _finished(run: Run, task: Task, first: Arrays) -> Status:
    losses = [*run.history.get("loss", []), run.loss]
    if diverging(losses, ended=True):
        return Status("diverged", _divergence(run, task, first, losses))
    return Status("completed", f"{run.epoch} epochs, {run.step} steps, loss {run.loss:.6g}")


def _divergence(run: Run, task: Task, first: Arrays, losses: Sequence[float]) -> str:
    values = {**task.hyper, STEP.name: 1.0, **first}
    begin = task.measure(task.table, first)["loss"]
    if not np.isfinite(begin):
        reason = first_undefined(task.loss, task.table, values)
        return f"the loss is {begin:g} at the start" + (f": {reason}" if reason else "; start elsewhere")
    if losses[-1] < begin:
        return (
            f"the loss fell from {begin:.6g} to {losses[-1]:.6g} in {run.epoch} epochs, ever faster: it "
            "seems to have no least value; is a sign wrong, or a penalty missing?"
        )
    grew = f"the loss grew from {begin:.6g} to {losses[-1]:.6g} in {run.epoch} epochs"
    rate = task.optimizer.numbers().get("learning_rate")
    words = "the learning rate" if rate is None else f"learning_rate={rate:g}"
    try:
        curvature = largest_curvature(task.loss, task.table, values)
    except SymgradError:  # a function of which no second derivative is known
        curvature = float("nan")
    if not (curvature > 0 and np.isfinite(curvature)):
        return f"{grew}; {words} is too large, take a smaller one"
    return (
        f"{grew}; {words} is too large: for gradient descent the largest stable rate is "
        f"2/λmax = {2 / curvature:.3g} (λmax = {curvature:.3g}, the loss's largest curvature where this run "
        "started); take a smaller one, or bring the columns to one scale"
    )
