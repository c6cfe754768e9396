"""Runs on disk: one npz file without pickle, written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from .history import History, Params

FORMAT = 1


@dataclass
class Checkpoint:
    """A run as far as it got: ``params``, ``state``, ``history``, and what resuming needs.

    ``best``: the best parameters so far, where early stopping kept them.
    ``settings``: seed, batch size and number of samples, which must be the same
    in a run that goes on; ``digest`` tells of the equations.
    """

    params: Params
    state: dict[str, np.ndarray]
    history: History
    epoch: int
    step: int
    digest: str
    settings: dict[str, Any]
    best: dict[str, np.ndarray] = field(default_factory=dict)

    def copied(self) -> Checkpoint:
        """The same in arrays and lists of its own, to go on from."""
        params, state, best = (
            {name: array.copy() for name, array in arrays.items()}
            for arrays in (self.params.arrays, self.state, self.best)
        )
        return replace(self, params=Params(params), state=state, best=best, history=History(self.history))


def save(checkpoint: Checkpoint, path: str | Path) -> None:
    """Write a checkpoint: to a temporary file beside it, synced, then renamed.

    Raises DataError for a place that cannot be written to.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise DataError(f"cannot save {str(path)!r}: there is no folder {str(path.parent)!r}; make it first")
    if path.is_dir():
        raise DataError(f"cannot save {str(path)!r}: it is a folder; give a file's name such as 'run.npz'")
    groups = {"param": checkpoint.params.arrays, "state": checkpoint.state, "best": checkpoint.best}
    arrays = {
        f"{group}:{name}": array for group, members in groups.items() for name, array in members.items()
    }
    arrays |= {f"history:{name}": np.array(values) for name, values in checkpoint.history.items()}
    about = {
        "format": FORMAT, "epoch": checkpoint.epoch, "step": checkpoint.step,
        "digest": checkpoint.digest, "settings": checkpoint.settings,
    }  # fmt: skip
    arrays["about"] = np.array(json.dumps(about))
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            os.unlink(file.name)
            raise
    os.replace(file.name, path)


def load(path: str | Path) -> Checkpoint:
    """A checkpoint that `Run.save` or a `Checkpoints` callback wrote.

    Raises DataError for a file that is none.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"there is no checkpoint {str(path)!r}")
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(arrays.pop("about").item())
        if about["format"] != FORMAT:
            raise DataError(
                f"{path.name} was written in format {about['format']}, this version reads format {FORMAT}"
            )
        groups: dict[str, dict[str, np.ndarray]] = {"param": {}, "state": {}, "best": {}, "history": {}}
        for key, array in arrays.items():
            group, _, name = key.partition(":")
            groups[group][name] = array
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"{path.name} is no checkpoint of symgrad, or a damaged one; run.save(path) writes them, and "
            "data go to symgrad.fit(loss, path)"
        ) from None
    history = History({name: array.tolist() for name, array in groups["history"].items()})
    return Checkpoint(
        Params(groups["param"]),
        groups["state"],
        history,
        about["epoch"],
        about["step"],
        about["digest"],
        about["settings"],
        groups["best"],
    )
