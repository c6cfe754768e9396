"""Single changes to a formula: one sign, term, factor, exponent, variable or pair of axes.

Made all at once, a row each (see `diagnose_rows`).  A change to the right
derivative that gives the answer is a mistake in it; so is one to the answer
that gives the right derivative.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sympy import Add, And, Eq, Expr, Integer, Mul, Pow, S

from ..ir.functions import lookup
from ..ir.heads import Where
from ..ir.index import Index
from ..ir.program import OPAQUE, Equation, Program
from ..ir.variable import Entry, Variable, entries, replace
from .clock import OutOfReach
from .diagnose_rows import ROWS, chosen, row_index
from .slips import Slip, nodes, turned
from .slips_rules import is_real

MOST = 400
"""At most so many changes are tried."""

TABLE = 64
"""The largest table whose entries are changed."""


def edited(program: Program, output: Variable) -> tuple[Program, list[Slip]]:
    """The output with an axis of rows in front, as ``it``, and the change of each row from 1 on."""
    made: list[Equation] = []
    changes: list[Slip] = []
    rows: dict[Variable, Variable] = {}
    given = [v for v in program.inputs() if v.role != "constant"]
    for equation in program.equations:
        equation = _without_table(equation)
        new = _edited(equation, given, rows, changes)
        if new is not None:
            rows[equation.target] = new.target
        made.append(new or equation)
        apart = _sums_apart(equation, rows, changes)
        made += apart
        if apart:
            rows[equation.target] = apart[-1].target
    return Program(tuple(made), {"it": rows.get(output, output)}).live(), changes


def _edited(
    equation: Equation, given: Sequence[Variable], rows: dict[Variable, Variable], changes: list[Slip]
) -> Equation | None:
    """The equation with its changes and those above it in rows; None where there are none."""
    row = row_index()
    wrong: list[tuple[int, Expr]] = []
    if equation.kind not in OPAQUE:
        seen = [equation.body]
        for name, message, body, part in _changes(equation.body, given):
            if body in seen or not is_real(body) or len(changes) >= MOST:
                continue
            seen.append(body)
            changes.append(Slip(name, message, equation.target, part))
            wrong.append((len(changes), body))
    body = chosen(row, equation.body, wrong)
    body = replace(body, {e: _in_row(e, rows, row) for e in entries(body) if e.variable in rows})
    if not body.has(row):
        return None
    target = equation.target
    target = Variable(f"{target.name}_rows", (ROWS, *target.shape), target.role, target.dtype)
    return Equation(target, (row, *equation.indices), body, equation.bound, equation.kind)


def _sums_apart(equation: Equation, rows: dict[Variable, Variable], changes: list[Slip]) -> list[Equation]:
    """Σ f g taken for Σ f · Σ g, or for the mean of f times g's: the last equation, and what it needs."""
    target, bound = equation.target, equation.bound
    if equation.kind != "sum" or len(bound) != 1 or target not in rows:
        return []
    factors = [f for f in Mul.make_args(equation.body) if f.has(bound[0])]
    outside = Mul(*(f for f in Mul.make_args(equation.body) if f not in factors))
    made: list[Equation] = []
    row, usual, wrong = row_index(), rows[target], []
    for k, factor in enumerate(factors if len(factors) > 1 else []):
        rest = Mul(*(f for j, f in enumerate(factors) if j != k))
        halves = []
        for number, half in enumerate((factor, rest)):
            sums = Variable(f"{target.name}_part{k}{number}", (ROWS, *target.shape))
            body = replace(half, {e: _in_row(e, rows, row) for e in entries(half) if e.variable in rows})
            made.append(Equation(sums, (row, *equation.indices), body, bound))
            halves.append(sums[(row, *equation.indices)])
        for scale in (S.One, 1 / bound[0].extent):
            message = "the sum of a product was taken as the product of the sums"
            changes.append(Slip("sum of products", message, target))
            wrong.append((len(changes), outside * scale * Mul(*halves)))
    if wrong:
        new = Variable(f"{usual.name}_apart", usual.shape)
        body = chosen(row, usual[(row, *equation.indices)], wrong)
        made.append(Equation(new, (row, *equation.indices), body))
    return made


def _in_row(entry: Entry, rows: dict[Variable, Variable], row: Index) -> Entry:
    return rows[entry.variable][(row, *entry.indices)]


def _without_table(equation: Equation) -> Equation:
    """A table as branches over its indices."""
    if equation.kind != "table":
        return equation
    if len(equation.body.args) > TABLE:
        raise OutOfReach("a large table")
    body: Expr = S.Zero
    for number, part in enumerate(equation.body.args):
        place = []
        for index in reversed(equation.indices):
            number, at = divmod(number, int(index.extent))
            place.append(Eq(index, Integer(at)))
        body = Where(And(*place), part, body)
    return Equation(equation.target, equation.indices, body)


_Change = tuple[str, str, Expr, Expr | None]


def _changes(body: Expr, given: Sequence[Variable]) -> Iterator[_Change]:
    """(name, message, body, part) of every single change to a body; see `Slip`."""
    for node in nodes(body):
        for name, message, new, part in _node_changes(node):
            yield name, message, body.xreplace({node: new}), part
    for entry in entries(body, inside_indices=False):
        flipped = turned(entry)
        if flipped is not None:
            yield "transpose", "{} has to be transposed", body.xreplace({entry: flipped}), entry
        for other in given:
            if other != entry.variable and (other.shape, other.dtype) == (entry.variable.shape, "real"):
                message = f"{other} stands in the place of {{}}"
                yield "swapped variable", message, body.xreplace({entry: other[entry.indices]}), entry
    if isinstance(body, Entry):
        yield "term's sign", "the sign of {} is wrong", -body, body


def _node_changes(node: Expr) -> Iterator[_Change]:
    if isinstance(node, Add):
        for k, term in enumerate(node.args):
            rest = Add(*(t for j, t in enumerate(node.args) if j != k))
            yield "term's sign", "the sign of the term {} is wrong", rest - term, term  # type: ignore
            yield "term missing", "the term {} is missing", rest, term  # type: ignore[misc]
    elif isinstance(node, Mul):
        for k, factor in enumerate(node.args):
            rest = Mul(*(f for j, f in enumerate(node.args) if j != k))
            if factor == -1:
                yield "term's sign", "the sign of {} is wrong", rest, node
            else:
                name = "factor missing" if factor.has(Entry) else "constant factor"
                yield name, "the factor {} is missing", rest, factor  # type: ignore[misc]
    elif isinstance(node, Pow):
        base, exponent = node.args
        for new in (S.One, exponent + 1, exponent - 1, -exponent):  # type: ignore[operator]
            if new not in (exponent, 0):
                yield "exponent", "the exponent of {} is wrong", base**new, node  # type: ignore[operator]
    elif isinstance(node, Where):
        for branch in node.args[1:]:
            yield "branch", "only one branch was kept", branch, None  # type: ignore[misc]
    record = lookup(node)
    if record is not None and len(node.args) == 1:
        argument = node.args[0]
        yield "function", f"{record.name} was left out", argument, None  # type: ignore[misc]
        message = f"the argument of {record.name} has the wrong sign"
        yield "function", message, node.func(-argument), None  # type: ignore[operator]
