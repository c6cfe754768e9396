"""What a formula is made of: a variable, the equation that defines it, and what that reads.

`gather` turns formulas into a Program.  A formula's name is a digest of its
right-hand side, so equal mathematics is one variable.  Users hold `Tensor`, the
one subclass, which adds operators and methods.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import sympy
from sympy import Expr

from ..display import show
from ..errors import DeclarationError, NotationError
from ..ir.index import Index, fresh_indices
from ..ir.program import Equation, Program
from ..ir.variable import Variable

if TYPE_CHECKING:
    from .tensor import Tensor


class Formula:
    """A variable, the equation that defines it (none if declared) and what that reads.

    ``origin`` holds variables that stood in the formula it came from (by a
    derivative, or by values put in) and may have dropped out.
    """

    __slots__ = ("variable", "equation", "parents", "origin", "serial")
    _final: ClassVar[type[Tensor]]
    _serials = itertools.count()

    def __init_subclass__(cls) -> None:
        Formula._final = cls  # type: ignore[assignment]

    def __init__(
        self,
        variable: Variable,
        equation: Equation | None = None,
        parents: Iterable[Tensor] = (),
        origin: frozenset[Variable] = frozenset(),
    ):
        self.variable = variable
        self.equation = equation
        self.parents = {parent.variable: parent for parent in parents}
        self.serial = next(self._serials)
        self.origin = origin.union(*(parent.origin for parent in self.parents.values()))

    # -- what it is ---------------------------------------------------------

    @property
    def shape(self) -> tuple[Any, ...]:
        """The shape for one sample: whole numbers and names of sizes."""
        return tuple(int(e) if e.is_Integer else str(e) for e in own_shape(self.variable))

    @property
    def ndim(self) -> int:
        """The number of axes for one sample."""
        return len(own_shape(self.variable))

    @property
    def per_sample(self) -> bool:
        """Whether there is one value per sample."""
        return self.variable.per_sample

    @property
    def name(self) -> str:
        """The declared name; for a formula, a digest of it."""
        return self.variable.name

    @property
    def role(self) -> str:
        """``param``, ``data``, ``constant``, ``hyper``, ``state`` or ``temp`` (a formula)."""
        return self.variable.role

    def __bool__(self) -> bool:
        value = self.number()
        if value is None:
            raise NotationError(f"{self!r} is a formula, neither true nor false; compare values instead")
        return bool(value != 0)

    def number(self) -> Expr | None:
        """The exact value of a formula without variables, else None."""
        if (
            self.equation is not None
            and not self.variable.shape
            and not self.parents
            and self.equation.pointwise
        ):
            return self.equation.body
        return None

    def __float__(self) -> float:
        value = self.number()
        if value is None:
            names = ", ".join(v.name for v in self._shown().inputs())
            raise NotationError(f"{self!r} still depends on {names}; give values with .on(...) and .at(...)")
        return float(value)

    def __int__(self) -> int:
        return int(float(self))

    def __len__(self) -> int:
        if not self.ndim:
            raise NotationError(f"{self!r} is a scalar and has no length")
        size = own_shape(self.variable)[0]
        if not size.is_Integer:
            raise NotationError(f"{self!r} has {size} rows, a size that is known only when data arrive")
        return int(size)

    # -- how it prints ------------------------------------------------------

    def __repr__(self) -> str:
        return show.unicode(self._shown(), self._declared())

    def __str__(self) -> str:
        return show.ascii(self._shown(), self._declared())

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {show.latex(self._shown(), self._declared())}$"

    def _shown(self) -> Program:
        return gather({"it": self})  # type: ignore[dict-item]

    def _declared(self) -> list[Variable]:
        return [tensor.variable for tensor in inputs_of(self)]  # type: ignore[arg-type]

    def _sympy_(self) -> Expr:
        return Handle(self)  # type: ignore[arg-type]

    @property
    def expr(self) -> Expr:
        """The sympy expression: for a scalar the closed form with sums, else one entry over `indices`."""
        return show.to_sympy(self._shown())

    @property
    def indices(self) -> tuple[Index, ...]:
        """The indices that `expr` runs over, the sample index first."""
        return self.equation.indices if self.equation else fresh_indices(self.variable.shape)


class Handle(sympy.AtomicExpr):
    """A tensor inside a sympy expression, until that expression meets a tensor again."""

    is_real = True
    is_commutative = True
    __slots__ = ("tensor",)
    tensor: Tensor

    def __new__(cls, tensor: Tensor) -> Handle:
        self = sympy.AtomicExpr.__new__(cls)
        self.tensor = tensor
        return self

    def _hashable_content(self):
        return self.tensor.variable._key

    def _sympystr(self, printer: Any) -> str:
        return str(self.tensor)


def own_shape(variable: Variable) -> tuple[Expr, ...]:
    """The extents without the sample axis."""
    return variable.shape[1:] if variable.per_sample else variable.shape


def described(tensor: Tensor) -> str:
    """A tensor in a message: how it is called, and its own shape."""
    sizes = ", ".join(str(s) for s in own_shape(tensor.variable))
    return f"{label(tensor)} ({sizes},)" if tensor.ndim == 1 else f"{label(tensor)} ({sizes})"


def label(tensor: Tensor) -> str:
    """How a message speaks of a tensor: its name if it has one, else its formula, cut short."""
    if tensor.equation is None:
        return tensor.name
    text = repr(tensor)
    return text if len(text) <= 60 else text[:57] + "…"


def ordered(*tensors: Tensor) -> list[Tensor]:
    """The tensors and all that they read, each once and after what it reads itself."""
    done: dict[Variable, Tensor] = {}
    for tensor in tensors:
        todo: list[tuple[Tensor, bool]] = [(tensor, False)]
        while todo:
            node, ready = todo.pop()
            if node.variable in done:
                continue
            if ready:
                done[node.variable] = node
                continue
            todo.append((node, True))
            todo.extend((parent, False) for parent in reversed(list(node.parents.values())))
    return list(done.values())


def gather(outputs: Mapping[str, Tensor]) -> Program:
    """The Program of some tensors: every equation they need, in order.

    Raises DeclarationError when one name was declared in two ways.
    """
    nodes = ordered(*outputs.values())
    names: dict[str, Variable] = {}
    for node in nodes:
        _note_name(names, node.variable)
    equations = tuple(node.equation for node in nodes if node.equation is not None)
    return Program(equations, {name: tensor.variable for name, tensor in outputs.items()})


def inputs_of(*tensors: Tensor) -> list[Tensor]:
    """The declared tensors that formulas read, in the order of their declarations."""
    found: list[Tensor] = []
    seen: set[Variable] = set()
    todo = list(tensors)
    while todo:
        node = todo.pop()
        if node.variable in seen:
            continue
        seen.add(node.variable)
        if node.equation is None:
            found.append(node)
        todo.extend(node.parents.values())
    return sorted(found, key=lambda tensor: tensor.serial)


def _note_name(names: dict[str, Variable], variable: Variable) -> None:
    other = names.setdefault(variable.name.rstrip("_"), variable)
    if other == variable:
        return
    if other.name != variable.name:
        raise DeclarationError(
            f"the names {other.name!r} and {variable.name!r} are the same once printed as code; rename one"
        )
    raise DeclarationError(
        f"{variable.name!r} is declared twice in one formula, differently: {_declared(other)} and "
        f"{_declared(variable)}; "
        "declare it once and use it in both places"
    )


def _declared(variable: Variable) -> str:
    sizes = ", ".join(str(s) for s in own_shape(variable))
    facts = variable.facts.key()
    return f"{variable.role} of shape ({sizes}){' with ' + facts if facts else ''}"
