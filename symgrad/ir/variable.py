"""Variables (whole tensors, by name) and entries (one element of one)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from sympy import Atom, Basic, Expr, Integer, sympify

from .index import SAMPLES, Index
from .late import hashlib, np

Role = Literal["param", "data", "constant", "hyper", "state", "temp"]
DType = Literal["real", "int", "bool"]


@dataclass(frozen=True, eq=False)
class Facts:
    """What a declaration says beyond name, shape, role and dtype.

    ``value``: the initial value of a parameter, the value of a constant or the
    default of a hyperparameter (nested lists, numpy array or number; exact where
    the user typed a number).  ``min``/``max``: inclusive bounds of a parameter.
    ``fixed``: a parameter that training leaves alone.  ``classes``: an integer
    datum's labels are 0 … classes − 1.  ``one_hot``: a datum whose last axis
    holds a single one.  ``init``/``seed``: a random initial value by a named
    scheme.  ``unit``: shown in docstrings.
    """

    value: Any = None
    min: Any = None
    max: Any = None
    fixed: bool = False
    classes: int | None = None
    one_hot: bool = False
    init: str | None = None
    seed: int | None = None
    unit: str = ""

    def key(self) -> str:
        """A string equal for equal facts."""
        parts = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value is field.default:
                continue
            if isinstance(value, np.ndarray):
                digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()[:16]
                value = f"{value.dtype}{value.shape}{digest}"
            parts.append(f"{field.name}={value}")
        return ";".join(parts)


class Variable(Atom):
    """A whole tensor: its name, shape, role, dtype and declared facts.

    ``shape`` lists extents, the sample axis (`SAMPLES`) first where there is
    one.  Two variables are equal when all of these are.
    """

    __slots__ = ("name", "shape", "role", "dtype", "facts", "_key")
    name: str
    shape: tuple[Expr, ...]
    role: Role
    dtype: DType
    facts: Facts

    def __new__(
        cls,
        name: str,
        shape: tuple[Expr, ...] = (),
        role: Role = "temp",
        dtype: DType = "real",
        facts: Facts | None = None,
    ) -> Variable:
        self = Atom.__new__(cls)
        self.name, self.shape, self.role, self.dtype = name, tuple(shape), role, dtype
        self.facts = facts if facts is not None else Facts()
        self._key = (name, role, dtype, str(self.shape), self.facts.key())
        return self

    def __getnewargs__(self):
        return (self.name, self.shape, self.role, self.dtype, self.facts)

    def _hashable_content(self):
        return self._key

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__

    def _sympystr(self, printer: object) -> str:
        return self.name

    @property
    def rank(self) -> int:
        """The number of axes, the sample axis included."""
        return len(self.shape)

    @property
    def per_sample(self) -> bool:
        """Whether it has one value per sample."""
        return SAMPLES in self.shape

    def renamed(self, name: str) -> Variable:
        """The same variable under another name."""
        return Variable(name, self.shape, self.role, self.dtype, self.facts)

    # Without it sympy takes whatever can be indexed for a sequence, and walks it without end.
    __iter__ = None

    def __getitem__(self, indices: object) -> Entry:
        """One element: ``variable[i, j]``; ``variable[()]`` for a scalar."""
        parts = indices if isinstance(indices, tuple) else (indices,)
        return Entry(self, *parts)


class Entry(Expr):
    """One element of a variable: ``Entry(W, j, k)`` is W[j, k].

    Index positions hold integer expressions: indices, integers, arithmetic of
    those, or an entry of an integer variable (a gather).  Sympy may compute with
    entries, and must never differentiate them: that is `calculus`'s work.
    """

    __slots__ = ()
    is_commutative = True
    is_real = True

    def __new__(cls, variable: Variable, *indices: Any) -> Entry:
        return Expr.__new__(cls, variable, *(sympify(index) for index in indices))

    @property
    def variable(self) -> Variable:
        """The tensor it is an element of."""
        return self.args[0]  # type: ignore[return-value]

    @property
    def indices(self) -> tuple[Expr, ...]:
        """Where in the tensor."""
        return self.args[1:]  # type: ignore[return-value]

    def is_whole(self, indices: tuple[Index, ...]) -> bool:
        """Whether it is the variable itself over ``indices``, and not a part of it."""
        return self.indices == indices and self.variable.shape == tuple(i.extent for i in indices)

    def _eval_is_integer(self):
        return True if self.variable.dtype in ("int", "bool") else None

    def _eval_is_positive(self):
        low = self.variable.facts.min
        return True if isinstance(low, (int, float, Integer)) and low > 0 else None

    def _eval_derivative(self, symbol: Basic) -> Expr:
        raise TypeError("sympy must not differentiate entries: use symgrad.calculus")

    def _sympystr(self, printer: Any) -> str:
        if not self.indices:
            return self.variable.name
        return f"{self.variable.name}[{', '.join(printer.doprint(i) for i in self.indices)}]"


def entries(expr: Basic, *, inside_indices: bool = True) -> list[Entry]:
    """The distinct entries in ``expr``, in the order of a walk from the root.

    Without ``inside_indices`` the entries that only select where another one
    is read (a gather's labels) are left out.
    """
    found: dict[Entry, None] = {}

    def walk(node: Basic) -> None:
        if isinstance(node, Entry):
            found.setdefault(node)
            if not inside_indices:
                return
        for arg in node.args:
            walk(arg)

    walk(expr)
    return list(found)


def free_indices(expr: Basic) -> set[Index]:
    """The indices that stand anywhere in ``expr``."""
    return expr.atoms(Index)


def replace(expr: Any, mapping: Mapping[Any, Any]) -> Any:
    """``expr`` with whole sub-expressions replaced, all at once.

    Sympy's own ``xreplace``, shielded from an empty mapping.
    """
    return expr.xreplace(dict(mapping)) if mapping else expr
