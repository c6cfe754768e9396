"""Identifiers for generated code: the one way by which a user's name reaches it."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata

from sympy import Expr, Symbol

_OWN = """
math np numba zlib special real samples order row rows position lower upper start stop first last batch
data params state hyper history seed sizes n step total count batch_size place done piece span gradients
loss gradient loss_and_gradient predict prediction metrics init init_state train_epoch
TARGET DTYPE SCHEDULE EQUATIONS PARAMS DATA STATE HYPER PIECE
"""
RESERVED = frozenset(keyword.kwlist) | frozenset(dir(builtins)) | frozenset(_OWN.split())
"""What generated modules use themselves."""

_HASHED = re.compile(r"[tc][0-9a-f]{8,}")


class Namer:
    """Gives every name an identifier of its own; the same names in the same order give the same identifiers.

    >>> namer = Namer()
    >>> namer("lambda"), namer("m.velocity"), namer("m_velocity"), namer("t0123456789abcdef")
    ('lambda_', 'm_velocity', 'm_velocity_2', 't1')
    """

    def __init__(self) -> None:
        self._taken = set(RESERVED)

    def child(self) -> Namer:
        """A namer for an inner scope, to which all names so far are taken."""
        other = Namer()
        other._taken = set(self._taken)
        return other

    def __call__(self, name: str) -> str:
        """A new legal identifier that resembles ``name``."""
        if _HASHED.fullmatch(name):
            return self._numbered(name[0])
        return self._free(_legal(name))

    def temp(self, stem: str = "t") -> str:
        """A new numbered identifier, ``t1``, ``t2``, …"""
        return self._numbered(stem)

    def like(self, name: str) -> str:
        """A new identifier that is ``name`` itself if it is free."""
        return self._free(_legal(name))

    def _numbered(self, stem: str) -> str:
        number = 1
        while f"{stem}{number}" in self._taken:
            number += 1
        self._taken.add(f"{stem}{number}")
        return f"{stem}{number}"

    def _free(self, wanted: str) -> str:
        found = wanted
        if found in self._taken:
            found = f"{wanted}_" if keyword.iskeyword(wanted) or wanted in RESERVED else f"{wanted}_2"
        number = 2
        while found in self._taken:
            number += 1
            found = f"{wanted}_{number}"
        self._taken.add(found)
        return found


def _legal(name: str) -> str:
    """Letters, digits and underscores only, a letter first, and stable under Python's own folding."""
    folded = unicodedata.normalize("NFKC", name)
    kept = "".join(c if c.isalnum() or c == "_" else "_" for c in folded).strip("_")
    if not kept or not kept[0].isalpha() or not kept.isidentifier():
        kept = "v" + "".join(c if c.isascii() else "_" for c in kept)
    return kept


class Name(Symbol):
    """A local name of generated code: a scalar, an array, a size or a loop's counter.

    ``kind`` is ``real`` (the module's dtype), ``wide`` (float64 whatever the
    dtype), ``int`` or ``bool``.
    """

    __slots__ = ("kind",)
    kind: str

    def __new__(cls, name: str, kind: str = "real") -> Name:
        # Past sympy's cache, which would hand out one object for two kinds.
        self = (
            Symbol.__xnew__(cls, name, integer=True)
            if kind == "int"
            else Symbol.__xnew__(cls, name, real=True)
        )
        self.kind = kind
        return self

    def _hashable_content(self):
        return (*super()._hashable_content(), self.kind)


class Cell(Expr):
    """An element of an array of generated code (or a part, with fewer indices than axes)."""

    __slots__ = ()
    is_commutative = True
    is_real = True

    def __new__(cls, array: Name, *indices: Expr) -> Cell:
        return Expr.__new__(cls, array, *indices)

    @property
    def array(self) -> Name:
        """The array that it is an element of."""
        return self.args[0]  # type: ignore[return-value]

    @property
    def kind(self) -> str:
        """The array's kind."""
        return self.array.kind

    def _eval_is_integer(self):
        return True if self.kind == "int" else None
