"""A training run: its parameters, its history, how it ended, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DivergenceError, TrainingError
from ..ir.program import Program
from ..ir.variable import Variable
from ..library.optimizers import Optimizer
from ..notation.tensor import Tensor
from .checkpoints import Checkpoint, save
from .data import Table, data_variables
from .history import Status
from .places import check_places
from .samples import further_table
from .truths import Demand, check_truths


@dataclass
class Task:
    """What a run works on: the linked program, its kernels, the data and the numbers."""

    loss: Tensor
    optimizer: Optimizer
    prediction: Tensor | None
    program: Program
    module: Any
    dtype: str
    table: Table
    validation: Table | None
    hyper: dict[str, float]
    metrics: tuple[str, ...]
    settings: dict[str, Any]
    demands: tuple[Demand, ...] = ()

    def check(self, table: Table, params: dict[str, np.ndarray]) -> None:
        """Raise DataError for data that a kernel cannot take, or for which the loss has no meaning."""
        check_places(self.program, table, params)
        check_truths(self.demands, table)

    def measure(
        self, table: Table, params: dict[str, np.ndarray], prefix: str = "", loss: bool = True
    ) -> dict[str, float]:
        """The loss (if asked for) and every metric on some data."""
        values = {"loss": float(self.module.loss(table.arrays, params, self.hyper))} if loss else {}
        if self.metrics:
            values |= {k: float(v) for k, v in self.module.metrics(table.arrays, params, self.hyper).items()}
        return {prefix + name: value for name, value in values.items()}


class Run:
    """What `symgrad.fit` returns.

    ``params``: the fitted parameters, by name or Tensor.  ``history``: numbers
    by epoch (see `History`).  ``status``: how it ended, with a message.
    ``loss``: the loss at ``params`` on the training data.  ``epoch``, ``step``:
    how many were done.  ``state``: what the optimizer remembers.
    """

    def __init__(self, task: Task, checkpoint: Checkpoint):
        self._task = task
        self.state = checkpoint.state
        self._best = checkpoint.best
        self.params = checkpoint.params
        self.history = checkpoint.history
        self.epoch, self.step = checkpoint.epoch, checkpoint.step
        self.status = Status("running", "not finished")
        self.loss = float("nan")

    def __repr__(self) -> str:
        return (
            f"Run({self.status.name} after {self.epoch} epochs, loss {self.loss:.6g}, params {self.params!r})"
        )

    @property
    def data(self) -> dict[str, np.ndarray]:
        """The training data as arrays by name, validation samples left out."""
        return self._task.table.arrays

    def predict(self, data: Any = None, **columns: Any) -> np.ndarray:
        """The prediction for each sample of ``data`` (as `symgrad.fit` takes them; the truth is not needed).

        Columns may be given by name instead.  Raises TrainingError where the
        loss does not tell its prediction, DataError for data that do not fit.
        """
        task = self._task
        if task.prediction is None:
            raise TrainingError(
                "the form of the loss does not tell which part of it is the prediction; "
                "say fit(..., predict=tensor)"
            )
        part = task.program.with_outputs({"prediction": task.program.outputs["prediction"]}).live()
        table = self._given(columns if data is None else data, data_variables(part))
        return task.module.predict(table.arrays, self.params.arrays, task.hyper)

    def evaluate(self, data: Any = None, **columns: Any) -> dict[str, float]:
        """The loss and the metrics on other data."""
        wanted = list(self._task.table.variables.values())
        return self._task.measure(self._given(columns if data is None else data, wanted), self.params.arrays)

    def _given(self, source: Any, wanted: list[Variable]) -> Table:
        task = self._task
        known = data_variables(task.program)
        table = further_table(task.table, source, wanted, known, task.dtype, "data")
        task.check(table, self.params.arrays)
        return table

    def checkpoint(self) -> Checkpoint:
        """The run as it stands."""
        task = self._task
        return Checkpoint(
            self.params,
            self.state,
            self.history,
            self.epoch,
            self.step,
            task.program.digest(),
            task.settings,
            self._best,
        )

    def save(self, path: str | Path) -> None:
        """Write the run to one npz file: `symgrad.load` reads it, ``fit(resume=path)`` goes on from it."""
        save(self.checkpoint(), path)

    def check(self) -> Run:
        """The run itself; raises DivergenceError if it diverged."""
        if self.status.name == "diverged":
            raise DivergenceError(self.status.message)
        return self

    # -- for callbacks ------------------------------------------------------------

    def stop(self, why: str) -> None:
        """End the run after this epoch."""
        self.status = Status("stopped early", why)

    def keep_best(self) -> None:
        """Remember the parameters as they are."""
        self._best = {name: array.copy() for name, array in self.params.arrays.items()}

    def restore_best(self) -> None:
        """Put the remembered parameters back."""
        for name, array in self._best.items():
            self.params.arrays[name][...] = array
