"""Where data come from: mappings, frames, CSV and NPZ files, each as columns by name."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError, MissingExtraError
from ..notation.formula import Formula


@dataclass(frozen=True)
class Columns:
    """Named arrays; ``closed`` when each was named by the user for a datum, so that none may be left over.

    ``parts`` names the columns of a two-dimensional array that came from a frame.
    ``taken``: columns that are used already, and so are not left over.
    """

    arrays: Mapping[str, Any]
    closed: bool
    parts: Mapping[str, tuple[str, ...]]
    source: str
    taken: frozenset[str] = frozenset()

    def with_array(self, name: str, array: Any, taken: frozenset[str] = frozenset()) -> Columns:
        """With one more array, made of columns that are used up by it."""
        return replace(self, arrays={**self.arrays, name: array}, taken=self.taken | taken)


def read_columns(source: Any) -> Columns:
    """Columns from a mapping (by name or Tensor), a frame, a structured array, or a CSV or NPZ file's path.

    Raises DataError for what is none of these, MissingExtraError where a frame needs narwhals.
    """
    if isinstance(source, Columns):
        return source
    if isinstance(source, str | Path):
        return _from_path(Path(source))
    if isinstance(source, np.lib.npyio.NpzFile):
        return Columns({name: source[name] for name in source.files}, False, {}, "the npz file")
    if isinstance(source, Mapping):
        return _from_mapping(source)
    if isinstance(source, np.ndarray) and source.dtype.names:
        return Columns({name: source[name] for name in source.dtype.names}, False, {}, "the structured array")
    if _is_frame(source):
        return _from_frame(source)
    raise DataError(
        f"data is a {type(source).__name__}; expected a mapping such as {{'x': [1, 2], 'y': [3, 5]}}, "
        "a data frame, or the path of a CSV or NPZ file"
    )


def _is_frame(value: Any) -> bool:
    # Asked of the class: a lazy frame would have to run to tell its columns.
    return hasattr(type(value), "columns") and not isinstance(value, np.ndarray)


def _from_mapping(source: Mapping[Any, Any]) -> Columns:
    arrays: dict[str, Any] = {}
    parts: dict[str, tuple[str, ...]] = {}
    for key, value in source.items():
        name = key.name if isinstance(key, Formula) else str(key)
        if name in arrays:
            raise DataError(f"data names {name!r} twice")
        if _is_frame(value):
            parts[name] = tuple(str(c) for c in value.columns)
        arrays[name] = value
    return Columns(arrays, True, parts, "data")


def _from_frame(source: Any) -> Columns:
    try:
        import narwhals
    except ImportError:
        raise MissingExtraError(
            "data frames need narwhals; install it with: pip install 'symgrad[frames]' "
            "(or give a mapping of arrays, such as {'x': frame['x'].to_numpy()})"
        ) from None
    try:
        frame = narwhals.from_native(source)
        frame = frame.collect() if isinstance(frame, narwhals.LazyFrame) else frame
        arrays = {name: frame[name].to_numpy() for name in frame.columns}
    except TypeError as error:
        raise DataError(
            f"data is a {type(source).__name__}, which cannot be read as a data frame: {error}"
        ) from None
    return Columns(arrays, False, {}, "the data frame")


def _from_path(path: Path) -> Columns:
    if not path.is_file():
        raise DataError(f"there is no file {str(path)!r} to take data from")
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as file:
            return Columns({name: file[name] for name in file.files}, False, {}, path.name)
    if path.suffix.lower() not in (".csv", ".txt"):
        raise DataError(f"{path.name}: data files are CSV (with a line of names first) or NPZ")
    try:
        return Columns(_read_csv(path), False, {}, path.name)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path.name} is no UTF-8 text (byte {error.start} is {error.object[error.start]:#04x}); save "
            "it as UTF-8, or read it yourself and give a data frame"
        ) from None


def _read_csv(path: Path) -> dict[str, np.ndarray]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        names = [name.strip() for name in next(rows, [])]
        if not names or len(set(names)) < len(names):
            raise DataError(f"{path.name}: the first line must name the columns, each once; found {names}")
        for mark, word in ((";", "semicolons"), ("\t", "tabs")):
            if len(names) == 1 and mark in names[0]:
                raise DataError(
                    f"{path.name}: the first line names one column, {names[0]!r}; its columns seem to be "
                    f"separated by {word}: separate them by commas"
                )
        values: list[list[float]] = []
        for row in rows:
            if not row:
                continue
            if len(row) != len(names):
                raise DataError(
                    f"{path.name}, line {rows.line_num}: {len(row)} cells, the first line names {len(names)}"
                )
            values.append(
                [
                    _cell(text, f"{path.name}, line {rows.line_num} (row {len(values)}), column {name!r}")
                    for text, name in zip(row, names, strict=True)
                ]
            )
    table = np.array(values, dtype=float).reshape(len(values), len(names))
    if all(_is_number(name) for name in names):
        raise DataError(
            f"{path.name}: the first line must name the columns; found the numbers {', '.join(names)}"
        )
    return {name: table[:, k] for k, name in enumerate(names)}


def _cell(text: str, where: str) -> float:
    if not text.strip():
        return float("nan")
    try:
        return float(text)
    except ValueError:
        raise DataError(f"{where}: {text!r} is not a number") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
