"""What a kernel does, a frozen dataclass a kind of statement; templates say how a target spells each.

Expressions in them are sympy expressions over `Name` and `Cell`; for the numpy
target they are `Grid`s, whole equations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from sympy import Basic, Expr

from .names import Cell, Name

Operation = Literal["sum", "prod", "max", "min"]


@dataclass(frozen=True)
class Let:
    """Bind a name to a value."""

    name: Name
    value: Any


@dataclass(frozen=True)
class Start:
    """Bind an accumulator to the neutral element of its operation."""

    name: Name
    operation: Operation


@dataclass(frozen=True)
class Store:
    """Write an element of an array."""

    cell: Cell
    value: Any


@dataclass(frozen=True)
class Accumulate:
    """Combine a value into a name or an element."""

    target: Name | Cell
    operation: Operation
    value: Any


@dataclass(frozen=True)
class Loop:
    """Run the body for each ``counter`` from 0 below ``extent``, or backwards."""

    counter: Name
    extent: Expr
    body: tuple[Statement, ...]
    reverse: bool = False


@dataclass(frozen=True)
class If:
    """Run one of two bodies."""

    condition: Basic
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...] = ()


@dataclass(frozen=True)
class MatMul:
    """``out = a · b``, or ``out += a · b``, over (rows, columns, inner); ``form`` says how the operands lie.

    ``nt``: a[row, inner], b[column, inner]; ``nn``: a[row, inner], b[inner, column];
    ``tn``: a[inner, row], b[inner, column].
    """

    out: Cell
    a: Cell
    b: Cell
    form: Literal["nt", "nn", "tn"]
    rows: Expr
    columns: Expr
    inner: Expr
    accumulate: bool = False


@dataclass(frozen=True)
class Call:
    """Call a fixed helper on arrays; ``result`` takes what it returns."""

    function: str
    arguments: tuple[Any, ...]
    result: Name | None = None


@dataclass(frozen=True)
class Copy:
    """Overwrite an array with another of its shape."""

    target: Name
    source: Name


Statement = Let | Start | Store | Accumulate | Loop | If | MatMul | Call | Copy


def walk(statements: Sequence[Statement]) -> Iterator[Statement]:
    """Every statement, outer ones before what they hold."""
    for statement in statements:
        yield statement
        if isinstance(statement, Loop):
            yield from walk(statement.body)
        elif isinstance(statement, If):
            yield from walk(statement.then)
            yield from walk(statement.otherwise)


def expressions(statement: Statement) -> Iterator[Basic]:
    """The expressions that a statement itself holds, bodies aside."""
    for field in fields(statement):
        value = getattr(statement, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Basic):
                yield part
            elif hasattr(part, "parts"):
                yield from part.parts()


def bound_names(statements: Sequence[Statement]) -> set[Name]:
    """The names that the statements bind themselves."""
    names: set[Name] = set()
    for statement in walk(statements):
        if isinstance(statement, Let | Start):
            names.add(statement.name)
        elif isinstance(statement, Loop):
            names.add(statement.counter)
        elif isinstance(statement, Call) and statement.result is not None:
            names.add(statement.result)
    return names


def used_names(statements: Sequence[Statement]) -> set[Name]:
    """The names that stand anywhere in the statements, bound ones included."""
    names: set[Name] = set()
    for statement in walk(statements):
        for expression in expressions(statement):
            names |= expression.atoms(Name)
    return names
