"""What happens after an epoch: a callback is a function of the run so far.

It may read the run (``run.epoch``, ``run.history``, ``run.params``) and end it
with ``run.stop("why")``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import TrainingError

if TYPE_CHECKING:
    from .run import Run


@dataclass(frozen=True)
class EarlyStopping:
    """Stops when ``monitor`` has not improved for ``patience`` epochs, and puts the best parameters back.

    An improvement is one by more than ``min_delta``, downwards, or upwards with
    ``mode="max"``; by default upwards for accuracy and r2.  What it remembers is
    in the history and the checkpoint, so a resumed run stops where the whole
    one would.  Raises TrainingError.

    >>> import symgrad as sg
    >>> sg.EarlyStopping(patience=5).monitor
    'val_loss'
    """

    monitor: str = "val_loss"
    patience: int = 10
    min_delta: float = 0.0
    restore_best: bool = True
    mode: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.patience, int) or self.patience < 1:
            raise TrainingError(
                f"EarlyStopping: patience={self.patience!r} must be a whole number of epochs, at least 1"
            )
        if self.mode not in (None, "min", "max"):
            raise TrainingError(f"EarlyStopping: mode={self.mode!r} must be 'min' or 'max'")

    def __call__(self, run: Run) -> None:
        """Look at the epoch that has just ended."""
        if self.monitor not in run.history:
            raise TrainingError(
                f"EarlyStopping watches {self.monitor!r}, which the history does not have; it has "
                f"{', '.join(run.history)}"
                + ("; give validation_data or validation_split" if self.monitor.startswith("val_") else "")
            )
        best, place = self._best(run.history[self.monitor])
        if place == len(run.history[self.monitor]) - 1 and self.restore_best:
            run.keep_best()
        waited = len(run.history[self.monitor]) - 1 - place
        if waited >= self.patience:
            if self.restore_best:
                run.restore_best()
            run.stop(
                f"{self.monitor} has not improved for {waited} epochs; its best was {best:.6g} after "
                f"epoch {place + 1}" + (", whose parameters are restored" if self.restore_best else "")
            )

    def _best(self, values: list[float]) -> tuple[float, int]:
        upwards = self.mode == "max" or (
            self.mode is None and self.monitor.removeprefix("val_") in ("accuracy", "r2")
        )
        sign = -1.0 if upwards else 1.0
        best, place = np.inf, 0
        for epoch, value in enumerate(values):
            if sign * value < best - self.min_delta:
                best, place = sign * value, epoch
        return sign * best, place


@dataclass(frozen=True)
class Checkpoints:
    """Saves the run to ``path`` after every so many epochs; `symgrad.fit(resume=path)` goes on from there.

    >>> import symgrad as sg
    >>> callback = sg.Checkpoints("run.npz", every=10)
    """

    path: str | Path
    every: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.every, int) or self.every < 1:
            raise TrainingError(
                f"Checkpoints: every={self.every!r} must be a whole number of epochs, at least 1"
            )

    def __call__(self, run: Run) -> None:
        """Save if this epoch is one of those."""
        if run.epoch % self.every == 0:
            run.save(self.path)
