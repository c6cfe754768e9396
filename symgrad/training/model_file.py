"""MODEL.py: a model, its data and how to fit it, as a file of plain declarations.

The file is an ordinary Python program of the user's own.  Read from it are

- ``loss``: the formula to minimise (required);
- ``data``: what `fit` takes, a path counted from the file's folder, or a
  function from a data file's path (with a default) to what `fit` takes;
- any other argument of `fit` under its own name: ``optimizer``, ``epochs``,
  ``batch_size``, ``start``, ``metrics``, …;
- ``report``: a function of the finished `Run`, called last.
"""

from __future__ import annotations

import difflib
import inspect
import runpy
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from ..calculus.gradient import grad
from ..display.terminal import printable
from ..errors import SymgradError, TrainingError
from ..notation.formula import Formula
from ..notation.tensor import Tensor
from .fit import fit
from .run import Run

OPTIONS = tuple(name for name in inspect.signature(fit).parameters if name not in ("loss", "data"))
"""The names besides ``loss``, ``data`` and ``report`` that a model file may give."""


@dataclass(frozen=True)
class Model:
    """What a model file declares."""

    path: Path
    loss: Tensor
    data: Any
    options: Mapping[str, Any]
    report: Callable[[Run], Any] | None

    def source(self, given: str | Path | None = None) -> Any:
        """The data: from ``given``, a data file's path, or as the model file says.

        Raises TrainingError where neither tells.
        """
        if callable(self.data):
            return self.data() if given is None else self.data(given)
        if given is not None:
            return given
        if self.data is None:
            raise TrainingError(
                f"{self.path.name} names no data; give a data file after it (symgrad train "
                f"{self.path.name} DATA.csv), or write data = ... in it"
            )
        return self.path.parent / self.data if isinstance(self.data, str | Path) else self.data

    def fit(self, given: str | Path | None = None, **overrides: Any) -> Run:
        """Fit as the file says; ``overrides`` go before its own options."""
        return fit(self.loss, self.source(given), **{**self.options, **overrides})


def load_model(path: str | Path) -> Model:
    """Run a model file and read its declarations.

    Warns of a name that looks like a misspelt option.  Raises TrainingError for a
    file that is missing, is no Python, fails, or declares no loss.
    """
    if not Path(path).is_file():
        raise TrainingError(f"there is no model file {str(path)!r}")
    # Whole, so that a path that the file makes from its own is not counted from its folder once more.
    path = Path(path).resolve()
    if path.suffix != ".py":
        raise TrainingError(
            f"{path.name} is no model file, which is a Python program such as MODEL.py; data come after it: "
            f"symgrad train MODEL.py {path.name}"
        )
    names = {name: value for name, value in _run(path).items() if not _is_ours(value)}
    _warn_of_misspelt(path, names)
    loss = names.get("loss")
    if not isinstance(loss, Formula):
        found = "none" if loss is None else f"a {type(loss).__name__}"
        raise TrainingError(
            f"{path.name} must say what to minimise, for example loss = sg.mse(y, m*x + b); its loss is "
            f"{found}"
        )
    options = {name: names[name] for name in OPTIONS if name in names}
    return Model(path, loss, names.get("data"), options, names.get("report"))  # type: ignore[arg-type]


def _run(path: Path) -> dict[str, Any]:
    """The names that a file defines; its own mistakes are told by its own lines."""
    try:
        return runpy.run_path(str(path))
    except SymgradError:
        raise
    except SyntaxError as error:
        raise TrainingError(
            f"{Path(error.filename or path).name}, line {error.lineno}: {(error.text or '').strip()!r} "
            f"is no Python: {error.msg}"
        ) from None
    except Exception as error:
        lines = [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
        ]
        where = f", line {lines[-1]}" if lines else ""
        raise TrainingError(f"{path.name}{where}: {type(error).__name__}: {error}") from error


def _warn_of_misspelt(path: Path, names: Mapping[str, Any]) -> None:
    known = (*OPTIONS, "loss", "data", "report")
    for name, value in names.items():
        helper = isinstance(value, type | ModuleType) or inspect.isroutine(value)
        close = [] if name in known or helper else difflib.get_close_matches(name, known, 1, 0.8)
        if close and close[0] not in names:
            warnings.warn(
                f"{path.name}: {name} is no option of fit and has no effect there; did you mean {close[0]}?",
                stacklevel=3,
            )


def train_model(model: Model, given: str | Path | None = None, **overrides: Any) -> Run:
    """Print a model's loss and the derived gradient, fit it, and print the result."""
    for title, formula in (("loss", model.loss), ("gradient", grad(model.loss))):
        print(f"{title}\n{_indented(printable(repr(formula), str(formula)))}\n", flush=True)
    run = model.fit(given, **overrides)
    print(f"\n{run.status}\n")
    if model.report is not None:
        model.report(run)
    else:
        for name, value in run.params.items():
            print(f"{name} = {value}")
    return run


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _is_ours(value: Any) -> bool:
    """Whether a name came with ``from symgrad import *``, where ``data`` and ``hyper`` are functions."""
    return inspect.isfunction(value) and value.__module__.startswith("symgrad.")
