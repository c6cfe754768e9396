"""The one representation: a Program is an ordered tuple of equations.

A model, its loss, its gradient and an optimizer's update are all Programs; a
pass is a function from Program to Program.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sympy import Add, Basic, Expr, Mul

from .index import SAMPLES, Index
from .late import hashlib
from .variable import Entry, Variable, entries, replace

Kind = Literal[
    "sum",
    "prod",
    "max",
    "min",
    "argmax",
    "logsumexp",
    "table",
    "inv",
    "det",
    "logdet",
    "cofactor",
    "solve",
]
REDUCTIONS = ("sum", "prod", "max", "min", "argmax", "logsumexp")
OPAQUE = ("inv", "det", "logdet", "cofactor", "solve")


@dataclass(frozen=True)
class Equation:
    """``target[indices] = reduce over bound of body``.

    ``kind`` says which reduction; with no bound indices a ``sum`` is a plain
    definition.  ``target``'s axes are exactly ``indices`` (each once, in order).

    - ``sum``, ``prod``, ``max``, ``min``, ``logsumexp``: over all of ``bound``.
    - ``argmax``: one bound index; the position of the first largest body.
    - ``table``: body is a sympy Tuple of the target's entries in row-major order
      over its trailing axes, whose indices do not stand in the entries.
    - ``inv``, ``det``, ``logdet`` (of |det|), ``cofactor``: ``bound`` is
      (row, column), body the matrix entry over them; ``inv`` and ``cofactor``
      end in two target indices, ``det`` and ``logdet`` in none of the matrix's.
    - ``solve``: body is ``Tuple(A[row, column], b[row, *rest])``; the target's
      indices end in (row of x, *rest).
    """

    target: Variable
    indices: tuple[Index, ...]
    body: Expr
    bound: tuple[Index, ...] = ()
    kind: Kind = "sum"

    @property
    def pointwise(self) -> bool:
        """Whether it only computes entry by entry, with nothing to reduce."""
        return self.kind == "sum" and not self.bound

    def reads(self) -> list[Variable]:
        """The variables that the body refers to, each once, in order."""
        seen: dict[Variable, None] = {}
        for entry in entries(self.body):
            seen.setdefault(entry.variable)
        return list(seen)

    def at(self, *positions: Expr) -> Expr:
        """The body with the target's indices replaced; for pointwise equations."""
        return replace(self.body, dict(zip(self.indices, positions, strict=True)))

    def map(self, change: Callable[[Expr], Expr]) -> Equation:
        """The same equation with ``change`` applied to its body."""
        return Equation(self.target, self.indices, change(self.body), self.bound, self.kind)

    def fresh(self) -> Equation:
        """The same equation over new indices."""
        new = {index: index.fresh() for index in (*self.indices, *self.bound)}
        return Equation(
            self.target,
            tuple(new[i] for i in self.indices),
            replace(self.body, new),
            tuple(new[i] for i in self.bound),
            self.kind,
        )

    def digest(self) -> str:
        """A name for the right-hand side: equal for equal mathematics.

        Indices count by position alone; the order of sums and products does not
        count.  The target's name does not enter.
        """
        text = canonical(self)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def canonical(equation: Equation) -> str:
    """The right-hand side as text in which bound indices are renumbered."""
    names = {index: f"i{k}:{index.extent}" for k, index in enumerate(equation.indices)}
    # The order of bound indices means nothing to a plain reduction, so it is
    # taken from the body's own first mention, found with all of them anonymous.
    bound = list(equation.bound)
    if equation.kind in REDUCTIONS and len(bound) > 1:
        signature = {b: _signature(equation.body, b, names) for b in bound}
        bound.sort(key=signature.__getitem__)
    names |= {index: f"b{k}:{index.extent}" for k, index in enumerate(bound)}
    shape = ",".join(str(e) for e in equation.target.shape)
    count = len(equation.indices)
    return (
        f"{equation.kind}|{shape}|{count}|{len(bound)}|{_text(equation.body, names)}|{equation.target.dtype}"
    )


def _signature(body: Basic, index: Index, names: Mapping[Basic, str]) -> str:
    return _text(body, {**names, index: "this"})


def _text(node: Basic, names: Mapping[Basic, str]) -> str:
    if isinstance(node, Index):
        return names.get(node, f"?:{node.extent}")
    if isinstance(node, Variable):
        return "§" + "|".join(map(str, node._key))
    if not node.args:
        return f"{type(node).__name__}({node})" if not node.is_Number else str(node)
    parts = [_text(arg, names) for arg in node.args]
    if isinstance(node, Add | Mul):
        parts.sort()
    return f"{type(node).__name__}({','.join(parts)})"


@dataclass(frozen=True)
class Program:
    """Equations in an order in which each reads only what stands before it.

    ``outputs`` maps a name (``"loss"``, ``"gradient:m"``, …) to the variable
    that holds it: an equation's target, or an input itself.  ``adjoints`` tells
    of a derived target what it is the derivative by (up to a factor without
    indices, which floats on to the parameters): δ₂ → z₂.
    """

    equations: tuple[Equation, ...]
    outputs: Mapping[str, Variable] = field(default_factory=dict)
    adjoints: Mapping[Variable, Variable] = field(default_factory=dict)

    def definitions(self) -> dict[Variable, Equation]:
        """Each target's equation."""
        return {equation.target: equation for equation in self.equations}

    def inputs(self) -> list[Variable]:
        """Variables that are read, or given out, and defined nowhere; in order of first use."""
        defined = {equation.target for equation in self.equations}
        seen: dict[Variable, None] = {}
        for equation in self.equations:
            for variable in equation.reads():
                if variable not in defined:
                    seen.setdefault(variable)
        for variable in self.outputs.values():
            if variable not in defined:
                seen.setdefault(variable)
        return list(seen)

    def selections(self) -> dict[Variable, list[Expr]]:
        """For each integer input that selects places (a gather's labels): the extents of its axes."""
        inputs = set(self.inputs())
        found: dict[Variable, dict[Expr, None]] = {}
        for equation in self.equations:
            for entry in entries(equation.body):
                for place, extent in zip(entry.indices, entry.variable.shape, strict=True):
                    if isinstance(place, Entry) and place.variable in inputs:
                        found.setdefault(place.variable, {})[extent] = None
        return {variable: list(extents) for variable, extents in found.items()}

    def live(self) -> Program:
        """Without the equations that no output needs."""
        needed = set(self.outputs.values())
        kept: list[Equation] = []
        for equation in reversed(self.equations):
            if equation.target in needed:
                kept.append(equation)
                needed.update(equation.reads())
        return dataclasses.replace(self, equations=tuple(reversed(kept)))

    def with_outputs(self, outputs: Mapping[str, Variable]) -> Program:
        """The same equations, giving out something else."""
        return dataclasses.replace(self, outputs=dict(outputs))

    def extended(self, equations: Iterable[Equation]) -> Program:
        """With further equations at the end."""
        return dataclasses.replace(self, equations=(*self.equations, *equations))

    def digest(self) -> str:
        """A hash of the equations and outputs, the same in every process."""
        parts = [f"{e.target.name}={canonical(e)}" for e in self.equations]
        parts += [f"{name}->{variable.name}" for name, variable in self.outputs.items()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def substitute_variables(program: Program, new: Mapping[Variable, Variable]) -> Program:
    """The program with whole variables replaced, targets and outputs included."""
    if not new:
        return program
    equations = tuple(
        Equation(new.get(e.target, e.target), e.indices, rename_entries(e.body, new), e.bound, e.kind)
        for e in program.equations
    )
    outputs = {k: new.get(v, v) for k, v in program.outputs.items()}
    adjoints = {new.get(v, v): new.get(w, w) for v, w in program.adjoints.items()}
    return Program(equations, outputs, adjoints)


def rename_entries(expr: Expr, new: Mapping[Variable, Variable]) -> Expr:
    """``expr`` reading other variables at the same places."""
    found = {v: new[v] for v in (e.variable for e in entries(expr)) if v in new}
    return replace(expr, found)


__all__ = [
    "OPAQUE",
    "REDUCTIONS",
    "SAMPLES",
    "Entry",
    "Equation",
    "Kind",
    "Program",
    "canonical",
    "rename_entries",
    "substitute_variables",
]
