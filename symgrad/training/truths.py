"""What a loss or a metric asks of the truth's values, checked on the data before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import SymgradError
from ..library.loss_records import LOSSES, TRUTHS, Values
from ..notation.formula import ordered
from ..notation.tensor import Tensor
from .data import Table, refuse


@dataclass(frozen=True)
class Demand:
    """``who`` needs the values of the datum ``name`` to be of a kind (see `TRUTHS`)."""

    who: str
    name: str
    values: Values
    advice: str = ""


def loss_demand(loss: Tensor, roles: tuple[Tensor, Tensor] | None) -> Demand | None:
    """What the registered loss that a formula contains, if any, asks of its truth.

    Equal mathematics is one variable, so a loss is known by its formula, written
    out or not.
    """
    if roles is None or roles[0].equation is not None:
        return None
    truth, prediction = roles
    parts = {node.variable for node in ordered(loss)}
    for record in LOSSES.values():
        axes = {len(own) - len(predicted) for own, predicted in record.shapes}
        if record.truth not in TRUTHS or truth.ndim - prediction.ndim not in axes:
            continue
        try:
            formula = record.function(truth, prediction)
        except SymgradError:  # truth and prediction of shapes that this loss does not take
            continue
        if formula.variable in parts:
            return Demand(record.function.__name__, truth.name, record.truth)
    return None


def metric_demands(metrics: Any, roles: tuple[Tensor, Tensor] | None, signed: bool) -> list[Demand]:
    """What metrics asked for by name need: a share of right answers needs answers that are right or wrong."""
    named = metrics.values() if isinstance(metrics, Mapping) else metrics
    if roles is None or "accuracy" not in [name for name in named if isinstance(name, str)]:
        return []
    truth, prediction = roles
    if truth.equation is not None or prediction.ndim:
        return []
    advice = "; for a target that is a real number take metrics=['r2'] or ['mae']"
    return [Demand("the metric accuracy", truth.name, "sign" if signed else "mask", advice)]


def check_truths(demands: Sequence[Demand], table: Table) -> None:
    """Raise DataError for the first sample whose truth is not what is asked of it."""
    for demand in demands:
        if demand.name not in table.arrays:
            continue
        legal, words = TRUTHS[demand.values]
        array, variable = table.arrays[demand.name], table.variables[demand.name]
        why = f"{demand.who} needs a truth {words}{demand.advice}"
        refuse(~legal(array), array, variable, table.parts.get(demand.name, ()), why)
