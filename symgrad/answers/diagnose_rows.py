"""Many candidates in one program: an axis in front whose rows are the alternatives.

Row 0 is the program as it was; row k has alternative k in place.  So all are
screened by one evaluation, and one row of interest is read out as a program of
its own, to be proved.
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Eq, Expr, Integer

from ..ir.heads import Where
from ..ir.index import Extent, Index
from ..ir.program import Equation, Program
from ..ir.variable import Entry, Variable, entries, replace

ROWS = Extent("·")
"""How many rows; no declared size can have this name."""


def chosen(row: Expr, right: Expr, wrong: Sequence[tuple[int, Expr]]) -> Expr:
    """``right``, but in some rows something else."""
    body = right
    for number, other in wrong:
        body = Where(Eq(row, number), other, body)
    return body


def has_rows(variable: Variable) -> bool:
    """Whether a variable has the axis."""
    return ROWS in variable.shape


def one_row(program: Program, number: int) -> Program:
    """The program of a single row, without the axis."""
    names = {e.target: _without(e.target, number) for e in program.equations if has_rows(e.target)}
    equations = []
    for equation in program.equations:
        rows = {i: Integer(number) for i in (*equation.indices, *equation.bound) if i.extent == ROWS}
        body = replace(equation.body, rows)
        body = replace(body, {e: _read(e, names) for e in entries(body) if e.variable in names})
        indices = tuple(i for i in equation.indices if i not in rows)
        target = names.get(equation.target, equation.target)
        equations.append(Equation(target, indices, body, equation.bound, equation.kind))
    outputs = {name: names.get(v, v) for name, v in program.outputs.items()}
    return Program(tuple(equations), outputs).live()


def _without(variable: Variable, number: int) -> Variable:
    shape = tuple(e for e in variable.shape if e != ROWS)
    return Variable(f"{variable.name}_{number}", shape, dtype=variable.dtype)


def _read(entry: Entry, names: dict[Variable, Variable]) -> Entry:
    shape = entry.variable.shape
    kept = [p for p, e in zip(entry.indices, shape, strict=True) if e != ROWS]
    # What stands inside an index (a gather's labels) has rows of its own to lose.
    return names[entry.variable][tuple(kept)]


def row_index() -> Index:
    """A new index over the rows."""
    return Index("s", ROWS)
