"""Numpy's functions that have a meaning for formulas, and what to write in their place."""

from __future__ import annotations

_OWN = "prod where einsum concatenate stack dot outer trace diag clip cumsum inv det solve norm"

INSTEAD = {
    **{name: f"symgrad.{name}" for name in _OWN.split()},
    "mean": "symgrad.mean over samples, x.mean(...) over x's own axes",
    "sum": "symgrad.total over samples, symgrad.sum over own axes",
    **{name: f"x.{name}(...)" for name in ("max", "min", "argmax", "transpose")},
    "amax": "x.max(...)",
    "amin": "x.min(...)",
    "inner": "symgrad.dot",
    "matmul": "@",
    "slogdet": "symgrad.logdet",
}
"""What to write by the name of numpy's function."""


def refusal(name: str) -> str:
    """The message for a function of numpy that met a formula.

    >>> refusal("outer")
    'numpy.outer has no meaning for a formula here; write symgrad.outer'
    """
    instead = INSTEAD.get(name, "it with symgrad's functions")
    return f"numpy.{name} has no meaning for a formula here; write {instead}"
