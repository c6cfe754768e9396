"""Made-up names that are used once give way to their values, so that a kernel reads well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from sympy import Basic, Pow

from .names import Cell, Name
from .statements import Accumulate, Call, Copy, If, Let, Loop, MatMul, Statement, Store, expressions, walk


def tidy(
    statements: Sequence[Statement], automatic: Iterable[Name], returned: Iterable[Basic] = ()
) -> tuple[Statement, ...]:
    """The same statements: automatic names used once (in their own block) inlined, unused ones dropped."""
    while True:
        uses = _uses(statements, returned)
        done = _block(tuple(statements), set(automatic), uses)
        if done == tuple(statements):
            return done
        statements = done


def _uses(statements: Sequence[Statement], returned: Iterable[Basic]) -> Counter[Name]:
    uses: Counter[Name] = Counter()
    for statement in walk(statements):
        for expression in _read(statement):
            _count(expression, uses)
    for expression in returned:
        _count(expression, uses)
    return uses


def _count(node: Basic, uses: Counter[Name]) -> None:
    if isinstance(node, Name):
        uses[node] += 1
    for arg in node.args:
        _count(arg, uses)
    if isinstance(node, Pow) and node.exp.is_Integer and abs(int(node.exp)) > 1:
        _count(node.base, uses)  # a power is printed as a product


def _read(statement: Statement) -> list[Basic]:
    """The expressions of a statement, less the name that a Let binds."""
    skip = statement.name if isinstance(statement, Let) else None
    return [e for e in expressions(statement) if e is not skip]


def _block(
    block: tuple[Statement, ...], automatic: set[Name], uses: Mapping[Name, int]
) -> tuple[Statement, ...]:
    inlined: dict[Name, Basic] = {}
    kept: list[Statement] = []
    for position, statement in enumerate(block):
        if isinstance(statement, Let) and statement.name in automatic:
            if not uses.get(statement.name):
                continue
            rest = block[position + 1 :]
            if uses[statement.name] == 1 and _may_move(statement, rest):
                inlined[statement.name] = _put(statement.value, inlined)
                continue
        kept.append(_rewritten(statement, inlined, automatic, uses))
    return tuple(kept)


def _may_move(statement: Let, rest: tuple[Statement, ...]) -> bool:
    """Whether the value can be computed where it is used: in this block, before anything it reads changes."""
    reads = statement.value.atoms(Name)
    for later in rest:
        if any(statement.name in e.atoms(Name) for e in _read(later)):
            return not isinstance(later, Loop | MatMul | Call)
        for inner in walk((later,)):
            if isinstance(inner, If | Loop):
                continue
            if _written(inner) & reads:
                return False
    return False


def _written(statement: Statement) -> set[Name]:
    if isinstance(statement, Store):
        return {statement.cell.array}
    if isinstance(statement, Accumulate):
        target = statement.target
        return {target.array if isinstance(target, Cell) else target}
    if isinstance(statement, MatMul):
        return {statement.out.array}
    if isinstance(statement, Call):
        return {a.array for a in statement.arguments if isinstance(a, Cell)}
    if isinstance(statement, Copy):
        return {statement.target}
    return {statement.name}  # type: ignore[union-attr]


def _put(value: Any, inlined: Mapping[Name, Basic]) -> Any:
    """``value`` with names replaced, nothing evaluated anew."""
    if isinstance(value, Name):
        return inlined.get(value, value)
    if isinstance(value, tuple):
        return tuple(_put(v, inlined) for v in value)
    if not isinstance(value, Basic) or not value.args or not any(n in inlined for n in value.atoms(Name)):
        return value
    return value.func(*(_put(arg, inlined) for arg in value.args))


def _rewritten(
    statement: Statement, inlined: Mapping[Name, Basic], automatic: set[Name], uses: Mapping[Name, int]
) -> Statement:
    changed: dict[str, Any] = {}
    for field in fields(statement):
        value = getattr(statement, field.name)
        if field.name in ("body", "then", "otherwise"):
            changed[field.name] = _block(value, automatic, uses)
        elif not (isinstance(statement, Let) and field.name == "name"):
            changed[field.name] = _put(value, inlined)
    return replace(statement, **changed)
