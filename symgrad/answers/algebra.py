"""Polynomials over generators with indices: the normal form that proofs compare.

A polynomial is a mapping from monomials to rational coefficients; a monomial a
sorted tuple of (generator, exponent), exponents rational.  A generator is a
kind at some indices: an entry ``W[j, k]``, an exponential, a sum over bound
indices, a denominator.  A kind holds polynomials itself, over its own slots, in
a form that does not depend on the names of indices; so equal mathematics is the
same generator, and a renamed index costs no more than a renamed tuple.

Indices are numbers: slots of a kind −1, −2, …; its bound indices 0, 1, …; free
("live") ones from `LIVE` on.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from sympy import Expr

from ..ir.late import Late
from .clock import Clock, OutOfReach
from .labels import orders

flint: Any = Late("flint")

Exponent = int | Fraction
Mono = tuple[tuple[int, Exponent], ...]
Poly = dict[Mono, Any]
Frozen = tuple[tuple[Mono, Any], ...]
Head = tuple[Hashable, ...]

LIVE = 1000
"""The first live index."""

BITS = 100_000
"""The longest number that a power may give."""

TERMS = 6000
"""The largest polynomial that is worked with."""


@dataclass
class Kind:
    """What generators of one sort share; ``payload`` is spelled over slots and bound indices."""

    head: Head
    payload: tuple[Frozen, ...]
    slots: tuple[Expr, ...]
    bounds: tuple[Expr, ...]
    symmetries: tuple[tuple[int, ...], ...] = ()
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> Hashable:
        """The first word of the head."""
        return self.head[0]


Rule = Callable[["Algebra", Mono, int, Exponent], "Poly | None"]
RULES: dict[Hashable, Rule] = {}
"""By the head's name: what a generator in a monomial simplifies to, or None."""

Builder = Callable[["Algebra", Head, list[Poly], list[int]], Poly]
BUILDERS: dict[Hashable, Builder] = {}
"""By the head's name: a generator built anew from its parts, after a substitution."""


class Algebra:
    """All kinds and generators of one decision, and the arithmetic of polynomials in them."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.kinds: list[Kind] = []
        self.generators: list[tuple[int, tuple[int, ...]]] = []
        self.extents: dict[int, Expr] = {}
        self.positive: set[int] = set()
        self.flipped: set[int] = set()
        self.memo: dict[Any, Any] = {}
        self._kind_ids: dict[Hashable, int] = {}
        self._generator_ids: dict[tuple[int, tuple[int, ...]], int] = {}
        self.things: list[Any] = []
        self._names: dict[Hashable, int] = {}
        self._next = LIVE

    # -- indices, kinds, generators ---------------------------------------------

    def fresh(self, extent: Expr) -> int:
        """A new live index."""
        self._next += 1
        self.extents[self._next] = extent
        return self._next

    def kind(self, generator: int) -> Kind:
        """The kind of a generator."""
        return self.kinds[self.generators[generator][0]]

    def indices(self, generator: int) -> tuple[int, ...]:
        """Where a generator stands."""
        return self.generators[generator][1]

    def generator(self, kind: int, indices: tuple[int, ...]) -> int:
        """The number of a kind at some indices."""
        symmetries = self.kinds[kind].symmetries
        if symmetries:
            indices = min(tuple(indices[k] for k in s) for s in symmetries)
        key = (kind, indices)
        if key not in self._generator_ids:
            self._generator_ids[key] = len(self.generators)
            self.generators.append(key)
        return self._generator_ids[key]

    def simple(self, head: Head, indices: tuple[int, ...] = (), slots: tuple[Expr, ...] = ()) -> int:
        """A generator without a payload, such as an entry ``W[j, k]``."""
        return self.generator(self._kind(Kind(head, (), slots, ())), indices)

    def close(
        self,
        head: Head,
        payload: Sequence[Poly],
        bounds: Sequence[int] = (),
        ordered: bool = False,
        symmetric: bool = False,
    ) -> int:
        """The generator of a head over polynomials in live indices, of which ``bounds`` are bound.

        ``ordered``: the bound indices have each its own role.  ``symmetric``: the
        order of the payload means nothing.
        """
        free = sorted(set().union(*(self.free(p) for p in payload)) - set(bounds))

        def spelled(change: Mapping[int, int]) -> tuple[Frozen, ...]:
            # Signatures give several indices one name, so terms may meet: all are kept.
            parts = tuple(
                tuple(sorted((self.rename_mono(m, change), c) for m, c in p.items())) for p in payload
            )
            return tuple(sorted(parts)) if symmetric else parts

        sizes = {i: str(self.extents[i]) for i in (*free, *bounds)}
        key, (best, own), same = orders(free, list(bounds), spelled, sizes, ordered)
        kind = Kind(
            head, key, tuple(self.extents[i] for i in best), tuple(self.extents[i] for i in own),
            tuple(tuple(best.index(i) for i in other) for other in same) if len(same) > 1 else (),
        )  # fmt: skip
        return self.generator(self._kind(kind), tuple(best))

    def _kind(self, kind: Kind) -> int:
        key = (kind.head, kind.payload, kind.slots, kind.bounds)
        if key not in self._kind_ids:
            self._kind_ids[key] = len(self.kinds)
            self.kinds.append(kind)
        return self._kind_ids[key]

    def number(self, thing: Hashable) -> int:
        """A number for a hashable thing, so that heads compare."""
        if thing not in self._names:
            self._names[thing] = len(self.things)
            self.things.append(thing)
        return self._names[thing]

    def opened(self, generator: int) -> tuple[list[Poly], list[int]]:
        """The payload over live indices, and the fresh live indices that stand for the bound ones."""
        kind = self.kind(generator)
        own = [self.fresh(extent) for extent in kind.bounds]
        change = {-1 - k: i for k, i in enumerate(self.indices(generator))} | dict(enumerate(own))
        return [self.rename(dict(p), change) for p in kind.payload], own

    # -- renaming and substituting ----------------------------------------------------

    def free(self, poly: Poly) -> set[int]:
        """The indices that stand in a polynomial."""
        return {i for mono in poly for g, _ in mono for i in self.generators[g][1]}

    def rename(self, poly: Poly, change: Mapping[int, int]) -> Poly:
        """Other indices, one for one."""
        if not change:
            return poly
        return {self.rename_mono(mono, change): c for mono, c in poly.items()}

    def rename_mono(self, mono: Mono, change: Mapping[int, int]) -> Mono:
        """A monomial under other indices."""
        moved = []
        for g, e in mono:
            kind, indices = self.generators[g]
            if indices:
                g = self.generator(kind, tuple(change.get(i, i) for i in indices))
            moved.append((g, e))
        return tuple(sorted(moved))

    def substitute(self, poly: Poly, change: Mapping[int, Poly]) -> Poly:
        """Polynomials (whole-valued) in the place of indices."""
        out: Poly = {}
        for mono, c in poly.items():
            term: Poly = {(): c}
            for g, e in mono:
                if any(i in change for i in self.indices(g)):
                    factor = self.whole_power(self.substitute_in(g, change), e)
                else:
                    factor = {((g, e),): flint.fmpq(1)}
                term = self.multiply(term, factor)
            self.add_to(out, term)
        return out

    def substitute_in(self, generator: int, change: Mapping[int, Poly]) -> Poly:
        """A generator with other places."""
        kind = self.kind(generator)
        plain = {i: self.plain_index(p) for i, p in change.items()}
        moved = tuple(plain.get(i, i) for i in self.indices(generator))
        if None not in moved and (len(set(moved)) == len(moved) or kind.name == "entry"):
            kind_id = self.generators[generator][0]
            return self.single(self.generator(kind_id, moved))  # type: ignore[arg-type]
        if kind.name in ("entry", "index"):
            return BUILDERS[kind.name](
                self, kind.head, [change.get(i, self.index(i)) for i in self.indices(generator)], []
            )
        payload, own = self.opened(generator)
        return BUILDERS[kind.name](self, kind.head, [self.substitute(p, change) for p in payload], own)

    def whole_power(self, poly: Poly, exponent: Exponent) -> Poly:
        """A power; of a sum only a whole one."""
        if len(poly) == 1:
            ((mono, c),) = poly.items()
            if c == 1 or isinstance(exponent, int):
                if c != 1 and abs(exponent) * max(int(c.p).bit_length(), int(c.q).bit_length()) > BITS:
                    raise OutOfReach(f"the power {exponent}")
                power = self.reduced(tuple((g, e * exponent) for g, e in mono))
                return power if c == 1 else self.scale(power, c**exponent)
        if isinstance(exponent, int) and exponent >= 0:
            out: Poly = {(): flint.fmpq(1)}
            for _ in range(exponent):
                out = self.multiply(out, poly)
            return out
        return BUILDERS["power"](self, ("power", exponent), [poly], [])

    def index(self, live: int) -> Poly:
        """A live index as a number."""
        return self.single(self.simple(("index",), (live,), (self.extents[live],)))

    def plain_index(self, poly: Poly) -> int | None:
        """The live index that a polynomial is, if it is just that."""
        if len(poly) == 1:
            ((mono, c),) = poly.items()
            if c == 1 and len(mono) == 1 and mono[0][1] == 1 and self.kind(mono[0][0]).name == "index":
                return self.indices(mono[0][0])[0]
        return None

    # -- arithmetic -----------------------------------------------------------------------

    def constant(self, value: Any) -> Poly:
        """A rational number."""
        value = flint.fmpq(value) if not isinstance(value, flint.fmpq) else value
        return {(): value} if value != 0 else {}

    def single(self, generator: int) -> Poly:
        """A generator as it is."""
        return {((generator, 1),): flint.fmpq(1)}

    def one(self, generator: int, exponent: Exponent = 1) -> Poly:
        """A generator, or a power of one."""
        return self.reduced(((generator, exponent),))

    def add_to(self, total: Poly, more: Poly, factor: Any = 1) -> None:
        """``total += factor * more``."""
        for mono, c in more.items():
            value = total.get(mono, 0) + c * factor
            if value == 0:
                del total[mono]
            else:
                total[mono] = value
        if len(total) > TERMS:
            raise OutOfReach(f"more than {TERMS} terms")

    def add(self, *polys: Poly) -> Poly:
        """A sum."""
        out: Poly = {}
        for poly in polys:
            self.add_to(out, poly)
        return out

    def scale(self, poly: Poly, factor: Any) -> Poly:
        """A rational multiple."""
        return {mono: c * factor for mono, c in poly.items()} if factor != 0 else {}

    def subtract(self, left: Poly, right: Poly) -> Poly:
        """A difference."""
        out = dict(left)
        self.add_to(out, right, -1)
        return out

    def multiply(self, *polys: Poly) -> Poly:
        """A product, simplified."""
        out: Poly = {(): flint.fmpq(1)}
        for poly in polys:
            out = self._product(out, poly)
        return out

    def _product(self, left: Poly, right: Poly) -> Poly:
        if len(left) == 1 and () in left:
            return right if left[()] == 1 else self.scale(right, left[()])
        self.clock.check()
        out: Poly = {}
        for a, c in left.items():
            for b, d in right.items():
                self.add_to(out, self.reduced(merged(a, b)), c * d)
        return out

    def reduced(self, mono: Mono) -> Poly:
        """A monomial simplified by the rules of its generators."""
        if not any(self.kind(g).name in RULES for g, _ in mono):
            return {mono: flint.fmpq(1)}
        key = ("reduced", mono)
        if key not in self.memo:
            self.clock.check()
            self.memo[key] = self._reduce(mono)
        return self.memo[key]

    def _reduce(self, mono: Mono) -> Poly:
        for g, e in mono:
            rule = RULES.get(self.kind(g).name)
            if rule is not None:
                new = rule(self, mono, g, e)
                if new is not None:
                    return new
        return {mono: flint.fmpq(1)}

    def heads(self, poly: Poly) -> set[Hashable]:
        """The names of the heads at the top of a polynomial."""
        return {self.kind(g).name for mono in poly for g, _ in mono}


def merged(left: Mono, right: Mono) -> Mono:
    """The product of two monomials."""
    if not left:
        return right
    if not right:
        return left
    powers: dict[int, Exponent] = dict(left)
    for g, e in right:
        powers[g] = powers.get(g, 0) + e
    return tuple(sorted((g, tidy(e)) for g, e in powers.items() if e != 0))


def without(mono: Mono, generator: int) -> Mono:
    """A monomial without one generator."""
    return tuple(p for p in mono if p[0] != generator)


def tidy(exponent: Exponent) -> Exponent:
    """Whole exponents as ints."""
    return int(exponent) if isinstance(exponent, Fraction) and exponent.denominator == 1 else exponent


def generators_of(polys: Iterable[Poly]) -> set[int]:
    """The generators at the top of some polynomials."""
    return {g for poly in polys for mono in poly for g, _ in mono}
