"""The largest learning rate at which gradient descent does not grow: 2/λmax of the Hessian."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from ..calculus.gradient import hvp
from ..ir.evaluate import evaluate, extent_value
from ..ir.index import SAMPLES
from ..ir.program import Program
from ..ir.variable import Variable
from ..notation.formula import gather
from ..notation.tensor import Tensor
from .data import Table

GRID = 4_000_000
"""How many numbers the evaluator may hold at once; more samples than fit are left out."""

ROUNDS = 100
"""The most Hessian-vector products that the power iteration takes."""


def largest_curvature(loss: Tensor, table: Table, values: Mapping[str, Any]) -> float:
    """The largest eigenvalue of the loss's Hessian, by power iteration on Hessian-vector products.

    ``values``: parameters and hyperparameters.  The derivative is exact; of many
    samples a random part is taken (see `GRID`).  Where the eigenvalue largest in
    size is negative, the spectrum is shifted by it.  NaN where nothing finite
    comes out.
    """
    params = [v for v in gather({"loss": loss}).inputs() if v.role == "param" and not v.facts.fixed]
    directions = {v: Tensor(Variable(f"{v.name}.direction", v.shape, "constant")) for v in params}
    products = hvp(loss, {Tensor(v): directions[v] for v in params})
    program = gather({v.name: products[Tensor(v)] for v in params})
    part = _part(program, table)
    given = {**values, **part.arrays}
    sizes = {str(extent): size for extent, size in part.sizes.items()}

    def times(vector: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return evaluate(program, {**given, **{f"{name}.direction": v for name, v in vector.items()}}, sizes)

    random = np.random.default_rng(0)
    start = {v.name: random.normal(size=np.shape(values[v.name])) for v in params}
    with np.errstate(all="ignore"):
        largest = _power(times, start, 0.0)
        return largest if largest >= 0 else _power(times, start, largest)


def _part(program: Program, table: Table) -> Table:
    rows = rows_at_once(program, table)
    if rows >= table.samples:
        return table
    return table.rows(np.sort(np.random.default_rng(0).permutation(table.samples)[:rows]))


def rows_at_once(program: Program, table: Table) -> int:
    """How many samples the evaluator may take together (see `GRID`)."""

    def grid(extent: object) -> int:
        return max(extent_value(extent, table.sizes), 1)  # type: ignore[arg-type]

    widest = max(
        (
            prod(grid(i.extent) for i in (*e.indices, *e.bound) if i.extent != SAMPLES)
            for e in program.equations
        ),
        default=1,
    )
    return max(GRID // widest, 1)


def _power(times, vector: dict[str, np.ndarray], shift: float) -> float:
    """The eigenvalue largest in size of the Hessian minus ``shift``, plus ``shift``."""
    estimate = 0.0
    for _ in range(ROUNDS):
        length = sum(float((v**2).sum()) for v in vector.values()) ** 0.5
        if not np.isfinite(length) or not length:
            return float("nan") if length else shift
        unit = {name: v / length for name, v in vector.items()}
        product = times(unit)
        vector = {name: product[name] - shift * v for name, v in unit.items()}
        before, estimate = estimate, sum(float((unit[name] * vector[name]).sum()) for name in unit)
        if abs(estimate - before) <= 1e-6 * abs(estimate):
            break
    return estimate + shift
