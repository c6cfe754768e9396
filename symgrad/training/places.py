"""Whether every place that a formula selects exists: a kernel reads memory without asking."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sympy import Expr

from ..errors import DataError
from ..ir.evaluate import extent_value
from ..ir.index import Extent, Index
from ..ir.program import Program
from ..ir.variable import Entry, Variable, entries
from .data import Table, refuse


def check_places(program: Program, table: Table, params: Mapping[str, np.ndarray]) -> None:
    """Raise DataError for the first place outside its axis, in data, constants or the formula itself."""
    sizes = dict(table.sizes)
    for variable in program.inputs():
        if variable.name in params:
            lengths = params[variable.name].shape
            sizes |= {e: n for e, n in zip(variable.shape, lengths, strict=True) if isinstance(e, Extent)}
    selected = dict.fromkeys(
        (entry.variable, axis, place)
        for equation in program.equations
        for entry in entries(equation.body)
        for axis, place in enumerate(entry.indices)
        # Arithmetic with an index ends with its axis, or stands under a guard.
        if isinstance(place, Entry) or (entry == equation.body and not place.atoms(Entry, Index))
    )
    for owner, axis, place in selected:
        _check(owner, axis, place, table, sizes)


def _check(owner: Variable, axis: int, place: Expr, table: Table, sizes: dict[Expr, int]) -> None:
    size = extent_value(owner.shape[axis], sizes)
    own_axis = axis - owner.per_sample
    rows = "rows" if own_axis == 0 else f"along axis {own_axis} the places"
    has = f"{'what it selects from' if owner.role == 'temp' else owner.name} has {rows} 0 to {size - 1}"
    if isinstance(place, Entry):
        variable = place.variable
        if variable.name in table.arrays:
            values = table.arrays[variable.name]
            refuse((values < 0) | (values >= size), values, variable, (), has)
        elif variable.facts.value is not None:
            for value in np.ravel(variable.facts.value):
                if not 0 <= value < size:
                    raise DataError(f"{owner.name}[...] selects place {value}; {has}")
    elif not 0 <= extent_value(place, sizes) < size:
        place_number = extent_value(place, sizes) - (size if place.free_symbols else 0)
        raise DataError(f"{owner.name}[{place_number}]: {has}")
