"""Equation bodies to expressions over local names: loads, branches, shared and loop-invariant parts.

A value is named in the outermost scope in which it is known, so loop-invariant
parts leave their loops; and named once, so shared parts are computed once.
Nothing leaves a branch, so what is not taken is not evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sympy import Add, Basic, Expr, Mul, Pow, S
from sympy.logic.boolalg import Boolean, Not

from ..ir.heads import Delta, Real, Where
from ..ir.index import Extent, Index
from ..ir.variable import Entry, Variable
from .names import Cell, Name, Namer
from .statements import If, Let, Statement

NEUTRAL: dict[str, Expr] = {"sum": S.Zero, "prod": S.One, "max": S.NegativeInfinity, "min": S.Infinity}
"""What each operation leaves a value unchanged with."""


class Indicator(Real):
    """1 where a condition holds, else 0."""

    nargs = 1


@dataclass
class Place:
    """Where a variable lies: an array, what stands first in its index, the variable's axes that follow."""

    array: Name
    kept: tuple[int, ...]
    prefix: tuple[Expr, ...] = ()

    def cell(self, places: Sequence[Expr]) -> Cell:
        """The element at positions on all of the variable's axes."""
        return Cell(self.array, *self.prefix, *(places[a] for a in self.kept))


@dataclass(eq=False)
class Scope:
    """Statements under construction, and the values already named in them."""

    depth: int
    conditional: bool = False
    statements: list[Statement] = field(default_factory=list)
    known: dict[Basic, Name] = field(default_factory=dict)
    scalars: dict[Variable, Expr] = field(default_factory=dict)
    deferred: list[Statement] = field(default_factory=list)


class Values:
    """Expressions in a stack of scopes."""

    def __init__(
        self,
        namer: Namer,
        places: dict[Variable, Place],
        scalars: Mapping[Variable, Expr],
        size: Callable[[Expr], Expr],
    ):
        self.namer, self.places, self.size = namer, places, size
        self.scopes = [Scope(0, scalars=dict(scalars))]
        self.depths: dict[Name, int] = {}
        self.automatic: set[Name] = set()
        """Names made up here, which may vanish again where they are used once."""

    @property
    def scope(self) -> Scope:
        """The innermost scope."""
        return self.scopes[-1]

    def depth(self, value: Basic) -> int:
        """In how many loops a lowered value stands."""
        return max((self.depths.get(n, 0) for n in value.atoms(Name)), default=0)

    def home(self, depth: int) -> Scope:
        """The outermost scope in which a value of that depth can be computed."""
        chosen = len(self.scopes) - 1
        while chosen > 0 and not self.scopes[chosen].conditional and self.scopes[chosen - 1].depth >= depth:
            chosen -= 1
        return self.scopes[chosen]

    def named(self, value: Expr, wanted: str = "") -> Expr:
        """A name for a lowered value, the one it has already if there is one."""
        if isinstance(value, Name) or value.is_number:
            return value
        for scope in reversed(self.scopes):
            if value in scope.known:
                return scope.known[value]
        home = self.home(self.depth(value))
        kind = value.kind if isinstance(value, Cell) else "int" if value.is_integer else "real"
        name = Name(self.namer.like(wanted) if wanted else self.namer.temp(), kind)
        self.automatic.add(name)
        self.depths[name] = home.depth
        home.known[value] = name
        home.statements.append(Let(name, value))
        return name

    def lower(self, node: Basic, indices: Mapping[Index, Expr]) -> Basic:
        """``node`` over local names; what it needs is added to the scopes."""
        if isinstance(node, Entry):
            return self._load(node, indices)
        if isinstance(node, Index):
            return indices[node]
        if isinstance(node, Extent):
            return self.size(node)
        if isinstance(node, Where):
            return self._branch(node, indices)
        if not node.args or (isinstance(node, Expr) and node.is_number):
            return node
        args = [self.lower(arg, indices) for arg in node.args]
        if isinstance(node, Add | Mul):
            return node.func(*self._grouped(node, args))
        if isinstance(node, Pow):
            return self._power(node, args)
        value = node.func(*args)
        if isinstance(node, Boolean | Delta):
            return value
        return self.named(value)  # a function's value  # type: ignore[arg-type]

    def _grouped(self, node: Basic, args: list[Basic]) -> list[Basic]:
        """The operands with those that are constant in the innermost loop put together and named."""
        inner = max(self.depth(a) for a in args)
        outer = [a for a in args if self.depth(a) < inner and not a.is_number]
        if not outer or (len(outer) == 1 and isinstance(outer[0], Name)):
            return args
        numbers = [a for a in args if a.is_number] if isinstance(node, Mul) else []
        group = self.named(node.func(*numbers, *outer))
        return [group, *(a for a in args if a not in outer and a not in numbers)]

    def _power(self, node: Pow, args: list[Basic]) -> Basic:
        base, exponent = args
        if node.exp.is_Integer:
            if abs(int(node.exp)) > 1:
                base = self.named(base)  # type: ignore[arg-type]
            return Pow(base, exponent)
        return self.named(Pow(base, exponent))

    def _load(self, entry: Entry, indices: Mapping[Index, Expr]) -> Expr:
        variable = entry.variable
        for scope in reversed(self.scopes):
            if variable in scope.scalars:
                return scope.scalars[variable]
        cell = self.places[variable].cell([self.lower(p, indices) for p in entry.indices])  # type: ignore[misc]
        wanted = ""
        if all(isinstance(p, Name) for p in cell.args[1:]):
            wanted = "_".join(
                [cell.array.name, *("i" if p.name in ("row", "position") else p.name for p in cell.args[1:])]
            )  # type: ignore[attr-defined]
        return self.named(cell, wanted)

    def _branch(self, node: Where, indices: Mapping[Index, Expr]) -> Expr:
        key = node.xreplace(dict(indices)) if indices else node
        for scope in reversed(self.scopes):
            if key in scope.known:
                return scope.known[key]
        home = self.home(self._source_depth(node, indices))
        outside = self.scopes[: self.scopes.index(home) + 1]
        inside, self.scopes = self.scopes, outside
        condition, one, two = node.args
        test = self.lower(condition, indices)
        if test in (S.true, S.false) or (one, two) in ((S.One, S.Zero), (S.Zero, S.One)):
            self.scopes = inside
            if test in (S.true, S.false):
                return self.lower(one if test == S.true else two, indices)  # type: ignore[return-value]
            return Indicator(test if one == 1 else Not(test))
        bodies = [self._inside(branch, indices) for branch in (one, two)]
        integer = all(v.is_integer for _, v in bodies) and any(not v.is_number for _, v in bodies)
        name = Name(self.namer.temp(), "int" if integer else "real")
        then, otherwise = ((*statements, Let(name, value)) for statements, value in bodies)
        home.statements.append(If(test, tuple(then), tuple(otherwise)))
        self.depths[name] = home.depth
        home.known[key] = name
        self.scopes = inside
        return name

    def _inside(self, branch: Basic, indices: Mapping[Index, Expr]) -> tuple[list[Statement], Expr]:
        """A branch's statements and value."""
        self.scopes.append(Scope(self.scope.depth, conditional=True))
        value = self.lower(branch, indices)
        return self.scopes.pop().statements, value  # type: ignore[return-value]

    def _source_depth(self, node: Basic, indices: Mapping[Index, Expr]) -> int:
        """The depth that ``node`` will have once it is lowered."""
        if isinstance(node, Entry):
            for scope in reversed(self.scopes):
                if node.variable in scope.scalars:
                    return self.depth(scope.scalars[node.variable])
            place = self.places[node.variable]
            kept = [node.indices[a] for a in place.kept]
            return max(
                [
                    self.depth(place.array),
                    *map(self.depth, place.prefix),
                    *(self._source_depth(p, indices) for p in kept),
                ]
            )
        if isinstance(node, Index):
            return self.depth(indices[node])
        return max((self._source_depth(arg, indices) for arg in node.args), default=0)
