"""Which datum of a loss is the truth, and which formula predicts it."""

from __future__ import annotations

from sympy import log

from ..ir.heads import Log1p
from ..ir.variable import Entry, Variable
from ..notation.formula import ordered
from ..notation.tensor import Tensor


def truth_and_prediction(loss: Tensor) -> tuple[Tensor, Tensor] | None:
    """The truth and the prediction in a loss, or None where its form does not tell.

    The rule: the prediction is the last formula, one value (or vector) per
    sample, through which alone the parameters reach the loss sample by sample,
    and which does not read the truth.  (Penalties do not count; a logarithm
    around it is taken off.)  Just one datum must have such a formula.  So it
    is for ``mse(y, m*x + b)`` and for ``mean((y - (m*x + b))**2)`` alike, and
    not where a second datum weighs the terms or adds to the prediction.

    >>> import symgrad as sg
    >>> x, y = sg.data("x y"); m, b = sg.params("m b")
    >>> truth_and_prediction(sg.mean((y - (m*x + b))**2)) == (y, m*x + b)
    True
    """
    nodes = ordered(loss)
    reads: dict[Variable, set[Variable]] = {}
    for node in nodes:
        reads[node.variable] = {node.variable}.union(*(reads[v] for v in node.parents))
    params = {n.variable for n in nodes if n.role == "param"}
    moving = [n for n in nodes if n.per_sample and reads[n.variable] & params]
    # Nodes come in order, so what holds for several is wanted of the last.
    gates = [n for n in moving if _is_gate(n, loss, moving, reads)]
    found = []
    for datum in nodes:
        if datum.role != "data":
            continue
        apart = [gate for gate in gates if datum.variable not in reads[gate.variable]]
        if apart:
            found.append((datum, _without_log(apart[-1])))
    return found[0] if len(found) == 1 else None


def _is_gate(gate: Tensor, loss: Tensor, moving: list[Tensor], reads: dict[Variable, set[Variable]]) -> bool:
    """Whether every path from per-sample formulas with parameters to the loss goes through ``gate``."""
    seen: set[Variable] = {gate.variable}
    todo = [loss]
    while todo:
        node = todo.pop()
        if node.variable not in seen:
            seen.add(node.variable)
            todo.extend(node.parents.values())
    return all(gate.variable in reads[n.variable] for n in moving if n.variable in seen)


def _without_log(gate: Tensor) -> Tensor:
    equation = gate.equation
    if equation is None or not equation.pointwise or not isinstance(equation.body, log | Log1p):
        return gate
    inside = equation.body.args[0]
    whole = isinstance(inside, Entry) and inside.indices == equation.indices
    return gate.parents[inside.variable] if whole else gate
