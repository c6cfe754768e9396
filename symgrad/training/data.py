"""Data made to fit a program: matched by name, checked, and laid out as kernels read them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sympy import Expr

from ..calculus.weights import WEIGHT
from ..errors import DataError
from ..ir.evaluate import extent_value
from ..ir.index import SAMPLES, Extent
from ..ir.program import Program
from ..ir.variable import Variable
from .sources import Columns, read_columns


def data_variables(program: Program) -> list[Variable]:
    """What a program reads and a user gives as data: data, and constants without a declared value."""
    found = [
        v for v in program.inputs() if v.role == "data" or (v.role == "constant" and v.facts.value is None)
    ]
    return sorted(found, key=lambda v: v == WEIGHT.variable)


@dataclass
class Table:
    """Arrays by name, sample axis first, C-ordered; ``sizes`` tells every named extent.

    ``parts``: the names of an array's columns, where a frame or file gave them.
    """

    arrays: dict[str, np.ndarray]
    variables: dict[str, Variable]
    sizes: dict[Expr, int]
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def samples(self) -> int:
        """The number of samples."""
        return self.sizes[SAMPLES]

    def rows(self, places: np.ndarray) -> Table:
        """Some of the samples."""
        arrays = {
            name: np.ascontiguousarray(array[places]) if self.variables[name].per_sample else array
            for name, array in self.arrays.items()
        }
        return Table(arrays, self.variables, {**self.sizes, SAMPLES: len(places)}, self.parts)


def make_table(
    source: Any,
    wanted: Sequence[Variable],
    dtype: str,
    *,
    known: Sequence[Variable] = (),
    sizes: Mapping[Expr, int] | None = None,
    parts: Mapping[str, tuple[str, ...]] | None = None,
    what: str = "data",
) -> Table:
    """The ``wanted`` variables' arrays from a user's data (see `read_columns`).

    ``known``: variables that may be named although they are not wanted.
    ``sizes``: extents settled before; ``parts``: the columns that arrays were made
    of before, which are taken by name again.  Real arrays become ``dtype``, labels int64.
    Raises DataError, naming the column and the first row that is wrong.
    """
    columns = read_columns(source)
    chosen = _match(columns, wanted, known, parts or {}, what)
    table = Table({}, {v.name: v for v in wanted}, dict(sizes or {}))
    owners: dict[Expr, str] = {}
    for variable in wanted:
        if variable.name not in chosen:
            continue
        value, names = chosen[variable.name]
        array = _checked(variable, _as_array(variable, value), dtype, names)
        if names:
            table.parts[variable.name] = names
        _settle(table.sizes, owners, variable, array)
        table.arrays[variable.name] = array
    if SAMPLES not in table.sizes or not any(v.per_sample for v in wanted):
        raise DataError(f"{what}: the formula reads no data with samples, so there is nothing to train on")
    if table.samples == 0:
        raise DataError(
            f"{what}: {owners.get(SAMPLES, what)} has no rows; training needs at least one sample"
        )
    return table


def _match(
    columns: Columns,
    wanted: Sequence[Variable],
    known: Sequence[Variable],
    parts: Mapping[str, tuple[str, ...]],
    what: str,
) -> dict[str, tuple[Any, tuple[str, ...]]]:
    names = {v.name for v in (*wanted, *known)}
    spelled = {name if name in names else name.rstrip("_"): name for name in columns.arrays}
    chosen = {
        name: _in_order(name, columns.arrays[own], columns.parts.get(own, ()), parts.get(name, ()))
        for name, own in spelled.items()
        if name in names
    }
    unknown = [own for name, own in spelled.items() if name not in names and own not in columns.taken]
    if columns.closed and unknown:
        reads = ", ".join(v.name for v in wanted if v.role == "data")
        raise DataError(f"{what} names {unknown[0]!r}, which the formula does not read; it reads {reads}")
    missing = [
        v for v in wanted if v.name not in chosen and not (v.role == "constant" and v.facts.value is not None)
    ]
    if len(missing) == 1 and missing[0].rank == 2 and not columns.closed:
        variable = missing.pop()
        before = parts.get(variable.name)
        if before is not None:
            _all_there(variable.name, before, tuple(columns.arrays))
        rest = before or tuple(own for own in unknown if np.ndim(columns.arrays[own]) == 1)
        size = variable.shape[1]
        if not rest or (size.is_Integer and int(size) != len(rest)):
            raise DataError(
                f"{columns.source} has no column {variable.name!r}, and {len(rest)} columns that "
                "nothing else names "
                f"({listed(rest)}), where {variable.name} needs {size}; give a mapping such as "
                f"{{{variable.name!r}: frame[[...]]}}"
            )
        why = f", a column that {variable.name} takes because nothing else names it; leave it out of the data"
        chosen[variable.name] = (
            np.column_stack([_numeric(columns.arrays[own], repr(own), why) for own in rest]),
            rest,
        )
    if missing:
        # What a table's leftover columns could be is missing only because another name is.
        name = min(missing, key=lambda v: v.rank).name
        close = difflib.get_close_matches(name.lower(), [own.lower() for own in unknown], 1)
        meant = [own for own in unknown if own.lower() in close]
        raise DataError(
            f"{columns.source} has no {name!r}, which the formula reads; it has "
            f"{listed(tuple(columns.arrays))}" + (f" (is {meant[0]!r} meant?)" if meant else "")
        )
    return chosen


def _in_order(
    name: str, value: Any, found: tuple[str, ...], before: tuple[str, ...]
) -> tuple[Any, tuple[str, ...]]:
    """A part of a frame with its columns as they were before, where both are known by name."""
    if not found or not before or found == before:
        return value, found
    _all_there(name, before, found)
    return _numeric(value, name)[:, [found.index(column) for column in before]], before


def _all_there(name: str, before: tuple[str, ...], found: tuple[str, ...]) -> None:
    lost = [column for column in before if column not in found]
    if lost:
        raise DataError(
            f"{name} was trained with the columns {listed(before)}, and these data have "
            f"{listed(found)}: there is no {lost[0]!r}; name the columns as in training"
        )


def listed(names: Sequence[str]) -> str:
    """Names in a message, the first dozen of them."""
    return ", ".join(names[:12]) + (", …" if len(names) > 12 else "") if names else "nothing"


def _numeric(value: Any, name: str, why: str = "") -> np.ndarray:
    """An array of numbers; ``why`` says why they are needed, where it is not plain."""
    try:
        array = np.asarray(value)
        if array.dtype == object and not any(isinstance(entry, str) for entry in array.flat):
            array = array.astype(float)
    except (TypeError, ValueError):
        raise DataError(f"{name} does not hold plain numbers in rows of one length{why}") from None
    if array.dtype.kind not in "biuf":
        held = "text" if array.dtype.kind in "OUSTV" else str(array.dtype)
        raise DataError(f"{name} holds {held}, expected numbers{why}")
    return array


def _as_array(variable: Variable, value: Any) -> np.ndarray:
    array = _numeric(value, variable.name)
    if array.ndim != variable.rank:
        hint = ""
        if array.ndim == variable.rank + 1 and array.shape[-1] == 1:
            hint = f"; take its only column, {variable.name}[:, 0]"
        elif array.ndim == 1 and variable.rank == 2:
            hint = "; one sample is a row, a feature a column"
        raise DataError(f"{variable.name}: expected {shape_words(variable)}, got shape {array.shape}{hint}")
    return array


def shape_words(variable: Variable) -> str:
    """The declared shape of an array of all samples, in words."""
    if not variable.shape:
        return "a single number"
    sizes = ["n samples" if e == SAMPLES else str(e) for e in variable.shape]
    return f"shape ({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def _settle(sizes: dict[Expr, int], owners: dict[Expr, str], variable: Variable, array: np.ndarray) -> None:
    for extent, length in zip(variable.shape, array.shape, strict=True):
        if isinstance(extent, Extent):
            known = sizes.setdefault(extent, length)
            owner = owners.setdefault(extent, variable.name if known == length else "the training data")
            if known != length:
                what = "samples" if extent == SAMPLES else f"entries along the axis of size {extent}"
                raise DataError(
                    f"{variable.name} has {length} {what}, {owner} has {known}; they must have equally many"
                )
    for axis, (extent, length) in enumerate(zip(variable.shape, array.shape, strict=True)):
        if not isinstance(extent, Extent) and set(extent.free_symbols) <= set(sizes):
            expected = extent_value(extent, sizes)
            if expected != length:
                raise DataError(
                    f"{variable.name}: axis {axis} has {length} entries, expected {expected} "
                    f"({shape_words(variable)})"
                )


def _checked(variable: Variable, array: np.ndarray, dtype: str, parts: tuple[str, ...]) -> np.ndarray:
    """The array as the kernel's type, every value legal."""
    if array.dtype.kind == "f":
        refuse(~np.isfinite(array), array, variable, parts, "fill it in or leave the row out")
    if variable.dtype == "real":
        with np.errstate(over="ignore"):
            made = np.asarray(array, dtype=dtype, order="C")
        if made is not array and dtype == "float32" and not np.isfinite(made).all():
            refuse(
                ~np.isfinite(made),
                array,
                variable,
                parts,
                "too large for float32: scale the column, or use dtype='float64'",
            )
    else:
        made = np.asarray(array, dtype=np.int64, order="C")
        if array.dtype.kind == "f":
            refuse(made != array, array, variable, parts, f"{variable.name} holds whole numbers")
    if variable.dtype == "bool":
        refuse((made != 0) & (made != 1), array, variable, parts, "expected 0 or 1")
    classes = variable.facts.classes
    if classes is not None:
        refuse(
            (made < 0) | (made >= classes),
            array,
            variable,
            parts,
            f"labels are 0 to {classes - 1}, declared by classes={classes}",
        )
    if variable.facts.one_hot:
        single = ((made == 0) | (made == 1)).all(axis=-1) & (made.sum(axis=-1) == 1)
        refuse(
            ~single,
            array,
            variable,
            parts,
            "each row must hold a single 1 and else 0, as declared by one_hot=True",
        )
    if variable.name == "sample_weight":
        refuse(made < 0, array, variable, parts, "a weight is at least 0")
        if not made.sum() > 0:
            raise DataError("sample_weight: all weights are 0, so no sample counts")
    return made


def refuse(
    wrong: np.ndarray, array: np.ndarray, variable: Variable, parts: tuple[str, ...], why: str
) -> None:
    """Raise DataError naming the first place where ``wrong`` holds."""
    if not wrong.any():
        return
    place = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
    row, rest = int(place[0]) if place else 0, [int(p) for p in place[1:]]
    where = f"row {row}" if variable.per_sample else f"place {[int(p) for p in place]}"
    if variable.per_sample and rest:
        column = repr(parts[rest[-1]]) if parts else str(rest[0] if len(rest) == 1 else rest)
        where = f"column {column}, {where}"
    value = array[place]
    shown = "NaN" if np.isscalar(value) and np.isnan(value) else f"{value}"
    count = int(wrong.sum())
    more = f" ({count:,} such places in all)" if count > 1 else ""
    raise DataError(f"{variable.name}, {where}: {shown}{more}; {why}")
