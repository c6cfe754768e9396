"""Values at which a formula has none: which part of it fails, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn

from sympy import Basic, Expr, S

from ..display import show
from ..errors import DataError
from ..ir.late import np
from ..ir.program import Program
from ..ir.variable import Variable, entries

QUOTED = 6
"""How many numbers of an array a message quotes."""


def has_no_value(part: Basic) -> bool:
    """Whether exact numbers left the real line: a division by zero, the logarithm of −1."""
    if part.has(S.ComplexInfinity, S.NaN):
        return True
    return isinstance(part, Expr) and bool(part.is_number) and part.is_extended_real is False


def check_folded(
    program: Program, store: Mapping[Variable, np.ndarray], declared: Sequence[Variable]
) -> None:
    """Raise DataError where an output has no value, naming the first part that has none.

    ``declared``: the variables in the order in which formulas show them.
    """
    outputs = [store.get(variable) for variable in program.outputs.values()]
    if any(array is None or any(map(has_no_value, array.ravel())) for array in outputs):
        for equation in program.equations:
            array = store.get(equation.target)
            if array is not None and any(map(has_no_value, array.ravel())):
                _refuse(program, equation.target, store, declared, array)


def check_placed(
    program: Program,
    bodies: Iterable[Basic],
    store: Mapping[Variable, np.ndarray],
    declared: Sequence[Variable],
) -> None:
    """The same for a formula over sizes that nothing tells, whose equations now have these bodies."""
    if any(body.has(S.ComplexInfinity, S.NaN) for body in bodies):
        _refuse(program, next(iter(program.outputs.values())), store, declared)


def _refuse(
    program: Program,
    part: Variable,
    store: Mapping[Variable, np.ndarray],
    declared: Sequence[Variable],
    values: np.ndarray | None = None,
) -> NoReturn:
    """Raise DataError: part of a program has no real value at what is in ``store``."""
    within = program.with_outputs({"it": part}).live()
    row = None
    if part.per_sample and values is not None:
        row = next(place[0] for place in np.ndindex(values.shape) if has_no_value(values[place]))
    where = []
    for variable in within.inputs():
        array = store.get(variable)
        if array is not None and variable.role != "constant" and not any(map(entries, array.ravel())):
            own = array if row is None or not variable.per_sample else array[row]
            where.append(f"{variable.name} = {_quoted(own)}")
    place = f" at {', '.join(where)}" if where else ""
    place += f" (sample {row})" if row is not None else ""
    raise DataError(
        f"{show.ascii(within, declared)} has no value{place}: it divides by zero, or takes a logarithm, "
        "root or power outside of its domain"
    )


def _quoted(value: np.ndarray | Basic) -> str:
    if not isinstance(value, np.ndarray):
        return str(value)
    if not value.ndim:
        return str(value[()])
    shown = ", ".join(map(_quoted, value[:QUOTED]))
    return f"[{shown}{', …' if len(value) > QUOTED else ''}]"
