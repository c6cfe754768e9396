"""Extents (how long an axis is) and indices (who walks along it).

An extent is a sympy expression: an integer, a named size such as ``d``, or
arithmetic of those (a convolution's ``d - k + 1``).  Extents are equal by name,
never by coincidence.  An index is a sympy Dummy that carries its extent, so two
indices of one name never meet by accident; they get letters only when printed.
"""

from __future__ import annotations

import sympy
from sympy import Dummy, Expr, Symbol

from ..errors import DeclarationError


class Extent(Symbol):
    """A named size: a positive integer that is known only when data arrive."""

    __slots__ = ()

    def __new__(cls, name: str) -> Extent:
        return Symbol.__new__(cls, name, integer=True, positive=True)

    def __getnewargs_ex__(self):
        return ((self.name,), {})


SAMPLES = Extent("n")
"""The extent of the sample axis: how many samples the data hold."""


class Index(Dummy):
    """A bound or free index that runs over ``range(extent)``."""

    __slots__ = ("extent",)
    extent: Expr

    def __new__(cls, name: str, extent: Expr, dummy_index: int | None = None) -> Index:
        self = Dummy.__new__(cls, name, dummy_index, integer=True, nonnegative=True)
        self.extent = extent
        return self

    def __getnewargs_ex__(self):
        return ((self.name, self.extent, self.dummy_index), {})

    @property
    def is_sample(self) -> bool:
        """Whether it runs over the samples."""
        return self.extent == SAMPLES

    def fresh(self) -> Index:
        """Another index over the same extent."""
        return Index(self.name, self.extent)


def as_extent(size: object, owner: str) -> Expr:
    """The extent that a user's ``size`` (an int or a name) stands for.

    Raises DeclarationError, naming ``owner``, for anything else.
    """
    if isinstance(size, str):
        if not size.isidentifier():
            raise DeclarationError(
                f"{owner}: the size {size!r} is not a name; write a whole number or a name such as 'd'"
            )
        if size == SAMPLES.name:
            raise DeclarationError(
                f"{owner}: 'n' is the number of samples and needs no declaration; "
                "the shape is that of one sample: give other sizes another name"
            )
        return Extent(size)
    if isinstance(size, Expr):
        named: Expr = size
        if named.atoms(Symbol) == named.atoms(Extent):
            return named
    try:
        number = int(size)  # type: ignore[call-overload]
        exact = number == size and not isinstance(size, bool)
    except (TypeError, ValueError):
        exact, number = False, 0
    if not exact or number < 0:
        raise DeclarationError(
            f"{owner}: the size {size!r} must be a whole number (0 or more) or a name such as 'd'"
        )
    return sympy.Integer(number)


def fresh_indices(shape: tuple[Expr, ...], letters: str = "jklmpqrstuvw") -> tuple[Index, ...]:
    """One new index an axis; the sample axis is called i."""
    names = iter(letters)
    return tuple(Index("i" if extent == SAMPLES else next(names, "j"), extent) for extent in shape)
