"""Programs built by hand, equation by equation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symgrad.ir.index import SAMPLES, Index, as_extent
from symgrad.ir.program import Equation, Program
from symgrad.ir.variable import Facts, Variable


def variable(name: str, *shape: Any, role: str = "data", dtype: str = "real", **facts: Any) -> Variable:
    """A declared variable; the extent "n" is the sample axis."""
    extents = tuple(SAMPLES if e == "n" else as_extent(e, name) for e in shape)
    return Variable(name, extents, role, dtype, Facts(**facts))  # type: ignore[arg-type]


def indices(*extents: Any) -> list[Index]:
    """New indices over extents."""
    return [Index("i" if e == "n" else "j", SAMPLES if e == "n" else as_extent(e, "index")) for e in extents]


def define(
    name: str,
    over: Sequence[Index],
    body: Any,
    bound: Sequence[Index] = (),
    kind: str = "sum",
    dtype: str = "real",
) -> Equation:
    """One equation and its target."""
    target = Variable(name, tuple(i.extent for i in over), "temp", dtype)  # type: ignore[arg-type]
    return Equation(target, tuple(over), body, tuple(bound), kind)  # type: ignore[arg-type]


def program(*equations: Equation, **outputs: str) -> Program:
    """The equations; outputs by name, ``metric_a`` for ``metric:a`` and ``next_a`` for ``next:a``."""
    known = {e.target.name: e.target for e in equations}
    named = {
        key.replace("metric_", "metric:").replace("next_", "next:").replace("gradient_", "gradient:"): known[
            v
        ]
        for key, v in outputs.items()
    }
    return Program(equations, named)
