"""Sample weights: a loss in which sample i counts wᵢ times."""

from __future__ import annotations

from sympy import Dummy, Expr

from ..errors import TrainingError
from ..ir.index import SAMPLES
from ..ir.variable import Entry, Variable, entries, replace
from ..notation.formula import label, ordered
from ..notation.record import record
from ..notation.reduce import reduce_samples
from ..notation.symbols import data
from ..notation.tensor import Tensor

WEIGHT: Tensor = data("sample_weight")
"""How often each sample counts."""


def weighted(tensor: Tensor) -> Tensor:
    """The formula with every term of a sum over samples times its weight, and n as the sum of the weights.

    Whole-number weights so give what repeated rows give.  Raises TrainingError
    for a reduction over samples that is not a sum.
    """
    made: dict[Variable, Tensor] = {}
    total = reduce_samples(WEIGHT, mean=False)
    for node in ordered(tensor):
        made[node.variable] = _reweighted(node, made, total)
    return made[tensor.variable]


def _reweighted(node: Tensor, made: dict[Variable, Tensor], total: Tensor) -> Tensor:
    equation = node.equation
    if equation is None:
        return node
    over = [b for b in equation.bound if b.is_sample]
    if over and equation.kind != "sum":
        raise TrainingError(
            f"{label(node)} takes the {equation.kind} over samples, for which sample weights have no "
            "meaning; "
            "leave sample_weight out"
        )
    body = replace(equation.body, {v: made[v].variable for v in node.parents})
    body = _counted(body, total)
    for index in over:
        body = body * WEIGHT.variable[index]
    parents = [*(made[v] for v in node.parents), WEIGHT, total]
    return record(equation.indices, body, parents, equation.bound, equation.kind, node.variable.dtype)


def _counted(body: Expr, total: Tensor) -> Expr:
    """``n`` as a number replaced; where it selects a place it stays."""
    hidden: dict[Entry, Dummy] = {e: Dummy() for e in entries(body)}
    shown = {dummy: entry for entry, dummy in hidden.items()}
    return replace(replace(replace(body, hidden), {SAMPLES: total.variable[()]}), shown)
