"""Where training starts: the user's values, before the declared ones, before drawn ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sympy import Expr

from ..errors import DataError
from ..ir.evaluate import extent_value
from ..ir.index import Extent
from ..ir.variable import Variable
from .asked import by_name


def starting_params(
    variables: Sequence[Variable],
    start: Mapping[Any, Any] | None,
    sizes: dict[Expr, int],
    seed: int,
    module: Any,
    dtype: str,
) -> dict[str, np.ndarray]:
    """Every parameter's array: from ``start`` (by name or Tensor), else as declared, else drawn.

    Sizes that only starting values tell are added to ``sizes``.  Raises
    TrainingError for a name that is no parameter of the loss, DataError for
    values that do not fit.
    """
    given = by_name(
        start,
        [v.name for v in variables],
        "start names {}, which is no parameter that the loss uses",
        "start",
    )
    chosen = {v.name: _chosen(v, given[v.name], dtype) for v in variables if v.name in given}
    for variable in variables:
        if variable.name not in given and isinstance(variable.facts.value, np.ndarray):
            chosen[variable.name] = np.array(variable.facts.value, dtype=dtype)
        if variable.name in chosen:
            _check_shape(variable, chosen[variable.name], sizes)
    for variable in variables:
        unknown = [
            str(size) for extent in variable.shape for size in extent.free_symbols if size not in sizes
        ]
        if unknown:
            raise DataError(
                f"the size {unknown[0]!r} of {variable.name} is told by no data; give "
                f"start={{{variable.name!r}: ...}}"
            )
    drawn = module.init(seed, {str(extent): size for extent, size in sizes.items()})
    return {**{v.name: drawn[v.name] for v in variables}, **chosen}


def _chosen(variable: Variable, given: Any, dtype: str) -> np.ndarray:
    try:
        value = np.array(given, dtype=dtype, order="C")
    except (TypeError, ValueError):
        raise DataError(f"start: {variable.name}={given!r} does not hold plain numbers") from None
    if not np.isfinite(value).all():
        raise DataError(f"start: {variable.name} holds NaN or infinity")
    low, high = variable.facts.min, variable.facts.max
    if value.size and low is not None and value.min() < low:
        raise DataError(f"start: {variable.name} has a value of {value.min()}, below its declared min={low}")
    if value.size and high is not None and value.max() > high:
        raise DataError(f"start: {variable.name} has a value of {value.max()}, above its declared max={high}")
    return value


def _check_shape(variable: Variable, value: np.ndarray, sizes: dict[Expr, int]) -> None:
    wanted = [
        str(e) if isinstance(e, Extent) and e not in sizes else extent_value(e, sizes) for e in variable.shape
    ]
    fits = len(wanted) == value.ndim and all(
        isinstance(w, str) or w == s for w, s in zip(wanted, value.shape, strict=True)
    )
    if not fits:
        raise DataError(f"start: {variable.name} has shape {value.shape}, declared is {tuple(wanted)}")
    sizes.update(
        {e: length for e, length in zip(variable.shape, value.shape, strict=True) if isinstance(e, Extent)}
    )
