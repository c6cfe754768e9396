"""Many answers at once: a file of a class's answers in, a verdict for each line out."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ..calculus.gradient import Gradient, gradient
from ..errors import DataError, NotationError, SymgradError
from ..library.typed import FUNCTIONS, declared
from ..notation.parse import free_names, parse
from ..notation.symbols import param, split_names
from ..notation.tensor import Tensor
from .check import check
from .verdict import Verdict

Pairs = tuple[tuple[str, Any], ...]

COLUMNS = ("id", "verdict", "reason", "mistakes", "read_as")
"""What a line of verdicts has."""


@dataclass(frozen=True)
class Exercise:
    """A question as text: the derivative of ``loss`` by ``wrt``.

    ``params`` are further parameters and ``data`` per-sample data, names in one
    text each; ``on``: data put in; ``at``: values; ``aliases``: further names that an answer may use, and
    their formulas.
    """

    loss: str
    wrt: str
    params: str = ""
    data: str = ""
    on: Pairs = ()
    at: Pairs = ()
    aliases: tuple[tuple[str, str], ...] = ()
    seconds: float = 2.0

    def check(self, answer: Any, following: str | None = None) -> Verdict:
        """The verdict on an answer.  Raises SymgradError for an exercise that makes no sense.

        >>> Exercise("m**2", "m").check("2m").status
        'correct'
        """
        asked = derived(self)
        return check(
            asked.gradient, answer, wrt=asked.wrt, aliases=asked.aliases, at=dict((*self.on, *self.at)),
            seconds=self.seconds, following=following,
        )  # fmt: skip

    def asking(self, loss: str, wrt: str) -> Exercise:
        """Another question to the same names: those that its loss lacks are left out."""
        params, data = [*_names(self.params), self.wrt], _names(self.data)
        loss, wrt = loss or self.loss, wrt or self.wrt
        if not loss or not wrt:
            raise NotationError("no loss or no wrt, neither in this line nor for the whole file")
        given = [*params, *data, *(name for name, _ in (*self.on, *self.at)), wrt]
        known = free_names(loss, [name for name in given if name], functions=FUNCTIONS)
        return replace(
            self, loss=loss, wrt=wrt,
            params=" ".join(name for name in params if name in known and name != wrt),
            data=" ".join(name for name in data if name in known),
            on=tuple(pair for pair in self.on if pair[0] in known),
            at=tuple(pair for pair in self.at if pair[0] in known),
        )  # fmt: skip


def _names(text: str) -> list[str]:
    return split_names(text) if text.strip() else []


@dataclass(frozen=True)
class Derived:
    """What an exercise's text stands for."""

    gradient: Gradient
    loss: Tensor
    wrt: Tensor
    aliases: Mapping[str, Tensor]


@lru_cache(maxsize=64)
def derived(exercise: Exercise) -> Derived:
    """The gradient that an exercise asks for.  Raises SymgradError."""
    params = [exercise.wrt, *_names(exercise.params)]
    given = [name for name, _ in exercise.on] + _names(exercise.data)
    names = declared(exercise.loss, params, given, param)
    loss = parse(exercise.loss, names, functions=FUNCTIONS)
    wrt = next(tensor for tensor in names if tensor.name == exercise.wrt)
    aliases = {name: parse(text, names) for name, text in exercise.aliases}
    return Derived(gradient(loss, wrt), loss, wrt, aliases)


# -- a file of answers -------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One line: its id, its exercise and its answer, or why there is none."""

    id: Any
    answer: Any = None
    loss: str = ""
    wrt: str = ""
    fault: str = ""


def read_rows(path: str | os.PathLike[str]) -> list[Row]:
    """The lines of a CSV file (header ``id,answer`` and perhaps ``loss,wrt``) or of JSON lines.

    A line that cannot be read is a row with a ``fault``.  Raises DataError for
    a file that cannot be opened or lacks a column ``answer``.
    """
    try:
        # What is not UTF-8 costs its own line alone.
        text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None
    lines = list(io.StringIO(text, newline=""))
    return list(_json_rows(lines) if is_json(path) else _csv_rows(lines, str(path)))


def is_json(path: str | os.PathLike[str]) -> bool:
    """Whether a file holds JSON lines, by its name."""
    return Path(path).suffix.lower() in (".jsonl", ".ndjson", ".json")


def _json_rows(lines: list[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Row(number, fault=f"line {number} is not JSON: {error}")
            continue
        if not isinstance(found, dict):
            yield Row(number, fault=f"line {number}: expected an object with the keys id and answer")
            continue
        yield _row(number, found)


def _csv_rows(lines: list[str], path: str) -> Iterator[Row]:
    sign = max(",;\t", key=(lines or [""])[0].count)
    header = [name.strip().lower() for name in next(csv.reader(lines[:1], delimiter=sign), [])]
    if "answer" not in header:
        raise DataError(
            f"{path}: the first line names the columns, id and answer (and loss, wrt); it is {lines[:1]}"
        )
    start = 1
    while start < len(lines):
        # A quote that is never closed would swallow all later lines: then only its own line is lost.
        reader = csv.reader(lines[start:], delimiter=sign, strict=True)
        done = start
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield _cells(done + 1, header, cells)
                done = start + reader.line_num
        except csv.Error as error:
            yield Row(done + 1, fault=f"line {done + 1} is not CSV: {error}")
            start = done + 1
        else:
            return


def _cells(number: int, header: list[str], cells: list[str]) -> Row:
    if len(cells) > len(header):
        return Row(
            cells[header.index("id")] if "id" in header else number,
            fault=f"line {number} has {len(cells)} cells for {len(header)} columns; "
            "an answer that holds a comma stands in double quotes",
        )
    return _row(number, dict(zip(header, cells, strict=False)))


def _row(number: int, found: Mapping[str, Any]) -> Row:
    name, answer = found.get("id", number), found.get("answer")
    if isinstance(answer, bool) or not isinstance(answer, str | int | float):
        return Row(name, fault=f"line {number} has no answer as text or number")
    loss, wrt = found.get("loss") or "", found.get("wrt") or ""
    if not isinstance(loss, str) or not isinstance(wrt, str):
        return Row(name, fault=f"line {number}: loss and wrt are text")
    return Row(name, answer, loss, wrt)


def mark(row: Row, exercise: Exercise) -> dict[str, Any]:
    """The verdict on one line, by column.

    >>> mark(Row("ada", "2m"), Exercise("m**2", "m"))["verdict"]
    'correct'
    """
    verdict = _mark(row, exercise)
    return {
        "id": row.id,
        "verdict": verdict.status,
        "reason": " ".join([verdict.reason, verdict.note]).strip(),
        "mistakes": [str(mistake) for mistake in verdict.mistakes],
        "read_as": "" if verdict.claim is None else str(verdict.claim),
    }


def _mark(row: Row, exercise: Exercise) -> Verdict:
    if row.fault:
        return Verdict("malformed", message=row.fault)
    try:
        whole = exercise.loss and exercise.wrt and not (row.loss or row.wrt)
        asked = exercise if whole else exercise.asking(row.loss, row.wrt)
        return asked.check(row.answer)
    except SymgradError as error:
        return Verdict("undecided", tried=f"the exercise cannot be read: {error}")
    except Exception as error:  # a bug costs one line, and is seen there
        return Verdict("undecided", tried=f"{type(error).__name__}: {error}")


def mark_all(rows: list[Row], exercise: Exercise, jobs: int | None = None) -> Iterator[dict[str, Any]]:
    """`mark` for each line, in order, over ``jobs`` processes (as many as there are processors)."""
    jobs = min(jobs or os.cpu_count() or 1, len(rows))
    if jobs <= 1:
        yield from (mark(row, exercise) for row in rows)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = [_submitted(pool, row, exercise) for row in rows]
        for row, future in zip(rows, waiting, strict=True):
            try:
                assert future is not None
                yield future.result()
            except (AssertionError, BrokenProcessPool):
                yield _alone(row, exercise)


def _submitted(pool: ProcessPoolExecutor, row: Row, exercise: Exercise) -> Future[dict[str, Any]] | None:
    try:
        return pool.submit(mark, row, exercise)
    except BrokenProcessPool:
        return None


def _alone(row: Row, exercise: Exercise) -> dict[str, Any]:
    """A line that was open when a process died, in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(mark, row, exercise).result()
        except BrokenProcessPool:
            fault = "checking this line ended its process"
            return dict(zip(COLUMNS, (row.id, "undecided", fault, [], ""), strict=True))


def written(marks: Iterable[Mapping[str, Any]], as_json: bool) -> Iterator[str]:
    """Verdicts as JSON lines, or as CSV with a header (mistakes separated by semicolons)."""
    if as_json:
        yield from (json.dumps(found, ensure_ascii=False) + "\n" for found in marks)
        return
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    writer.writerow(COLUMNS)
    yield line.getvalue()
    for found in marks:
        line.seek(line.truncate(0))
        writer.writerow([*(found[c] for c in COLUMNS[:3]), "; ".join(found["mistakes"]), found["read_as"]])
        yield line.getvalue()
