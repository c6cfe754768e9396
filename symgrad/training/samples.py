"""Which samples train, which validate, and how much each counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..calculus.weights import WEIGHT
from ..errors import TrainingError
from ..ir.index import SAMPLES
from ..ir.variable import Variable
from .data import Table, make_table
from .sources import read_columns


def with_weights(data: Any, sample_weight: Any) -> Any:
    """The data with the samples' weights as a column of their own; weights may be a column's name."""
    if sample_weight is None:
        return data
    columns = read_columns(data)
    taken: frozenset[str] = frozenset()
    if isinstance(sample_weight, str):
        if sample_weight not in columns.arrays:
            raise TrainingError(f"sample_weight={sample_weight!r} is no column of {columns.source}")
        taken = frozenset({sample_weight})
        sample_weight = columns.arrays[sample_weight]
    return columns.with_array(WEIGHT.name, sample_weight, taken)


def counting(table: Table) -> Table:
    """The samples that count at all: a batch of weights 0 alone would have no mean."""
    weights = table.arrays[WEIGHT.name]
    return table if weights.all() else table.rows(np.flatnonzero(weights))


def further_table(
    first: Table, source: Any, wanted: Sequence[Variable], known: Sequence[Variable], dtype: str, what: str
) -> Table:
    """Other samples for the same program: constants as in the first table, weights 1 where none are given."""
    columns = read_columns(source)
    kept = {v.name for v in wanted if not v.per_sample and v.name not in columns.arrays}
    unweighed = WEIGHT.variable in wanted and WEIGHT.name not in columns.arrays
    rest = [v for v in wanted if v.name not in kept and not (unweighed and v == WEIGHT.variable)]
    sizes = {extent: size for extent, size in first.sizes.items() if extent != SAMPLES}
    table = make_table(
        columns, rest, dtype, known=[*wanted, *known], sizes=sizes, parts=first.parts, what=what
    )
    table.arrays.update({name: first.arrays[name] for name in kept})
    if unweighed:
        table.arrays[WEIGHT.name] = np.ones(table.samples, dtype)
    table.variables.update({v.name: v for v in wanted})
    return table


def validation_tables(
    table: Table, data: Any, split: float | None, seed: int, dtype: str
) -> tuple[Table, Table | None]:
    """The samples to train on and those to validate with: given apart, or a share drawn by the seed."""
    if data is not None:
        wanted = list(table.variables.values())
        return table, further_table(table, data, wanted, wanted, dtype, "validation_data")
    if split is None:
        return table, None
    count = round(split * table.samples)
    if not 0 < count < table.samples:
        raise TrainingError(
            f"validation_split={split} of {table.samples} samples leaves {table.samples - count} to train on "
            f"and {count} to validate"
        )
    # A stream of its own: the epochs' orders are drawn from (seed, epoch).
    places = np.random.default_rng([seed, 0, 1]).permutation(table.samples)
    return table.rows(np.sort(places[count:])), table.rows(np.sort(places[:count]))
