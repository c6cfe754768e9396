"""Whether a loss is a sum over samples, so that a part of them tells of the whole."""

from __future__ import annotations

from sympy import Add, Basic, Mul

from ..ir.program import Equation, Program
from ..ir.variable import Entry, Variable


def coupled(program: Program) -> str:
    """Why the program couples samples, in words; empty for a loss that averages or sums per-sample terms.

    Such a loss is Σ over samples of terms that each read one sample, combined
    linearly with what no sample enters.  A batch's variance, or the root of a
    mean, is none.
    """
    reduced: set[Variable] = set()
    for equation in program.equations:
        reads = [v for v in equation.reads() if v in reduced]
        over = any(b.is_sample for b in equation.bound)
        if not over and not reads:
            continue
        reason = _reason(equation, reads, over)
        if reason:
            return reason
        reduced.add(equation.target)
    return ""


def _reason(equation: Equation, reads: list[Variable], over: bool) -> str:
    if over and equation.kind != "sum":
        return f"it takes the {equation.kind} over samples"
    if equation.target.per_sample or (over and reads):
        return "each sample's term reads a sum over all samples"
    if reads and (equation.kind != "sum" or _degree(equation.body, set(reads)) > 1):
        return "it is not linear in its sum over samples"
    return ""


def _degree(node: Basic, among: set[Variable]) -> int:
    """The degree of ``node`` in the given variables' entries; 2 stands for all that is not linear."""
    if isinstance(node, Entry):
        return int(node.variable in among)
    parts = [_degree(arg, among) for arg in node.args]
    if isinstance(node, Add):
        return max(parts)
    if isinstance(node, Mul):
        return sum(parts)
    return 2 if any(parts) else 0
