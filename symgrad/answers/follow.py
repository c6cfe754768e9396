"""Marking a second answer by the first one: what would be right given an earlier mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Basic

from ..errors import NotationError
from ..ir.variable import Variable, entries, replace
from ..notation.formula import gather, inputs_of
from ..notation.record import record
from ..notation.tensor import Tensor


def stands_in(part: Tensor, whole: Tensor) -> bool:
    """Whether a formula is, or is a part of, another."""
    return part.variable == whole.variable or part.variable in gather({"it": whole}).definitions()


def put_in(whole: Tensor, changed: Mapping[Tensor, Tensor]) -> Tensor:
    """A formula with some of its parts replaced by others of the same shape.

    >>> import symgrad as sg
    >>> m = sg.param("m")
    >>> slope = sg.grad(m**2, m)
    >>> put_in(m - slope / 4, {slope: 3*m})
    m − 3/4 m
    """
    for part, other in changed.items():
        if part.shape != other.shape or part.per_sample != other.per_sample:
            raise NotationError(f"{other!r} has shape {other.shape}, and what it stands for {part.shape}")
    swap = {part.variable: other for part, other in changed.items()}
    made: dict[Variable, Tensor] = {t.variable: t for t in inputs_of(whole)} | swap
    for equation in gather({"it": whole}).equations:
        if equation.target in swap:
            continue
        new: dict[Basic, Basic] = {}
        for entry in reversed(entries(equation.body)):
            new[entry] = made[entry.variable].variable[tuple(i.xreplace(new) for i in entry.indices)]
        made[equation.target] = record(
            equation.indices, replace(equation.body, new), [made[v] for v in equation.reads()],
            equation.bound, equation.kind, equation.target.dtype,
        )  # fmt: skip
    return made[whole.variable]


def earlier(given: Any) -> dict[Tensor, Tensor]:
    """What earlier answers made of their derivatives, from one Verdict or several.

    Raises NotationError for anything else, and for an answer that could not be read.
    """
    found: dict[Tensor, Tensor] = {}
    for verdict in given if isinstance(given, list | tuple) else [given]:
        truth, claim = getattr(verdict, "truth", None), getattr(verdict, "claim", None)
        if not isinstance(truth, Tensor) or not isinstance(claim, Tensor):
            raise NotationError(
                f"following={verdict!r}: expected the Verdict of an answer that could be read, or its text"
            )
        found[truth] = claim
    return found
