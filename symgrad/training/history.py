"""What a run remembers: losses and metrics by epoch, how it ended, parameters by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..notation.formula import Formula


class History(dict[str, list[float]]):
    """Lists of numbers by name, one number an epoch: ``history.loss``, ``history["val_loss"]``.

    ``loss`` is the mean over the epoch's steps, each before its update;
    ``val_loss`` and metrics are taken at the end of the epoch.  So with the whole
    data in one step, epoch 1's loss is that of the start, and its val_loss that
    after one update.  ``step_loss`` (on request) has a number a step.
    A data frame can be made of it: ``pandas.DataFrame(run.history)``.
    """

    def __init__(self, lists: Mapping[str, list[float]] | None = None):
        super().__init__({name: list(values) for name, values in (lists or {}).items()})

    def add(self, **values: float) -> None:
        """Append a number to each of some lists."""
        for name, value in values.items():
            self.setdefault(name, []).append(float(value))

    def extend(self, name: str, values: list[float]) -> None:
        """Append several numbers to one list."""
        self.setdefault(name, []).extend(values)

    def __missing__(self, name: str) -> list[float]:
        raise KeyError(f"no {name!r} in the history, which has: {', '.join(self)}")

    def __getattr__(self, name: str) -> list[float]:
        if name not in self:
            raise AttributeError(f"no {name!r} in the history, which has: {', '.join(self)}")
        return self[name]

    def __repr__(self) -> str:
        ends = [f"{name} {values[0]:.6g} → {values[-1]:.6g}" for name, values in self.items() if values]
        return f"History({len(self.get('loss', ()))} epochs: {', '.join(ends)})"


class Params(Mapping[str, Any]):
    """Fitted parameters by name or Tensor: numbers, or arrays of the declared shapes."""

    def __init__(self, arrays: dict[str, np.ndarray]):
        self.arrays = arrays

    def __getitem__(self, key: Any) -> Any:
        name = key.name if isinstance(key, Formula) else key
        name = name if name in self.arrays else str(name).rstrip("_")
        if name not in self.arrays:
            raise KeyError(f"no parameter {name!r}; there are: {', '.join(self.arrays)}")
        value = self.arrays[name]
        return value.item() if value.ndim == 0 else value

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{name}: {_short(value)}" for name, value in self.arrays.items()) + "}"


def _short(value: np.ndarray) -> str:
    if value.ndim == 0:
        return f"{value.item():.6g}"
    shown = np.array2string(value, precision=4, separator=", ", threshold=12)
    return shown if value.size <= 12 and value.ndim == 1 else f"array of shape {value.shape}"


@dataclass(frozen=True)
class Status:
    """How a run ended, with the message that says so."""

    name: Literal["running", "completed", "stopped early", "diverged", "interrupted"]
    message: str

    @property
    def ok(self) -> bool:
        """Whether the parameters are those of a run that went as asked."""
        return self.name in ("completed", "stopped early")

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"
