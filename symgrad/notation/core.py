"""What a formula is made of, and how an operation records one.

An operation on tensors records one equation.  A formula knows the equation that
defines it and the formulas that equation reads; `gather` turns any of them into
a Program.  A formula's name is a digest of its right-hand side, so equal
mathematics is one variable, and `==` is structural.

Users hold `Tensor`, the one subclass, which adds operators and methods.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import sympy
from sympy import Basic, Expr, Integer, Rational, S

from ..display import show
from ..errors import DeclarationError, NotationError, ShapeError
from ..ir.functions import REGISTRY, Delta, Lgamma, Maximum, Minimum
from ..ir.index import SAMPLES, Extent, Index, fresh_indices
from ..ir.late import hashlib, np
from ..ir.program import Equation, Kind, Program
from ..ir.variable import DType, Entry, Facts, Variable

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

    def __hash__(self) -> int:
        return hash(self.variable)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Formula):
            return self.variable == other.variable
        if isinstance(other, int | float | sympy.Number | sympy.Expr | np.number):
            try:
                return self.variable == as_tensor(other).variable
            except NotationError:
                return False
        return NotImplemented

    def __bool__(self) -> bool:
        value = self.number()
        if value is None:
            raise NotationError(f"{self!r} is a formula, neither true nor false; compare values instead")
        return bool(value != 0)

    def number(self) -> Expr | None:
        """The exact value of a formula without variables, else None."""
        if self.equation is not None and not self.variable.shape and not self.parents and self.equation.pointwise:
            return self.equation.body
        return None

    def __float__(self) -> float:
        value = self.number()
        if value is None:
            names = ", ".join(v.name for v in gather({"it": self}).inputs())
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
        return gather({"it": self})

    def _declared(self) -> list[Variable]:
        return [tensor.variable for tensor in inputs_of(self)]  # type: ignore[arg-type]

    def _sympy_(self) -> Expr:
        return Handle(self)

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


# -- recording ------------------------------------------------------------------


def own_shape(variable: Variable) -> tuple[Expr, ...]:
    """The extents without the sample axis."""
    return variable.shape[1:] if variable.per_sample else variable.shape


def axes_for(per_sample: bool, shape: Sequence[Expr]) -> tuple[tuple[Index, ...], tuple[Index, ...]]:
    """New indices: the sample index (if any) and one for each own axis."""
    lead = (Index("i", SAMPLES),) if per_sample else ()
    return lead, fresh_indices(tuple(shape))


def record(
    indices: Sequence[Index],
    body: Basic,
    parents: Iterable[Tensor],
    bound: Sequence[Index] = (),
    kind: Kind = "sum",
    dtype: DType = "real",
) -> Tensor:
    """The tensor of one new equation, or the tensor that the equation merely repeats."""
    used = {e.variable for e in body.atoms(Entry)}
    kept = [parent for parent in parents if parent.variable in used]
    if kind == "sum" and not bound and isinstance(body, Entry) and body.is_whole(tuple(indices)):
        return kept[0] if len(kept) == 1 else next(p for p in kept if p.variable == body.variable)
    target = Variable("", tuple(i.extent for i in indices), "temp", dtype)
    equation = Equation(target, tuple(indices), body, tuple(bound), kind)  # type: ignore[arg-type]
    target = target.renamed(f"t{equation.digest()}")
    return Formula._final(target, Equation(target, tuple(indices), body, tuple(bound), kind), kept)  # type: ignore[arg-type]


def as_number(value: Any) -> Expr | None:
    """A Python, numpy or sympy number as an exact sympy number; floats are read as typed."""
    if isinstance(value, bool | np.bool_):
        return Integer(int(value))
    if isinstance(value, int | np.integer):
        return Integer(int(value))
    if isinstance(value, float | np.floating):
        if not np.isfinite(value):
            return {"inf": S.Infinity, "-inf": S.NegativeInfinity}.get(str(float(value)), S.NaN)
        return Rational(str(value))
    if isinstance(value, Expr) and value.is_number:
        return value.xreplace({f: Rational(str(f)) for f in value.atoms(sympy.Float)})
    if hasattr(value, "numerator") and hasattr(value, "denominator") and not isinstance(value, Formula):
        return Rational(int(value.numerator), int(value.denominator))
    return None


def as_tensor(value: Any) -> Tensor:
    """A tensor for a number, an array, a sympy expression of tensors, or a tensor.

    Raises NotationError for anything else, a bare sympy symbol included.
    """
    if isinstance(value, Formula):
        return value  # type: ignore[return-value]
    number = as_number(value)
    if number is not None:
        return record((), number, ())
    if isinstance(value, Expr):
        return _from_sympy(value)
    to_tensor = getattr(value, "_as_tensor_", None)
    if to_tensor is not None:
        return to_tensor()
    if isinstance(value, np.ndarray | list | tuple):
        return _constant_array(value)
    raise NotationError(
        f"{value!r} is a {type(value).__name__} and cannot stand in a formula; expected a tensor, a number or an array"
    )


def _constant_array(value: Any) -> Tensor:
    if not isinstance(value, np.ndarray) and any(isinstance(v, Formula) for v in value):
        return stack(value)
    array = np.array(value)
    if array.dtype == object or array.dtype.kind not in "biuf":
        raise NotationError(f"the array {value!r} does not hold plain numbers")
    if array.ndim == 0:
        return as_tensor(array.item())
    array.setflags(write=False)
    shape = tuple(Integer(s) for s in array.shape)
    facts = Facts(value=array)
    digest = Variable("", shape, "constant", "real", facts)
    dtype: DType = "real" if array.dtype.kind == "f" else "int"
    name = "c" + hashlib.sha256("|".join(digest._key).encode()).hexdigest()[:12]
    return Formula._final(Variable(name, shape, "constant", dtype, facts))


def _from_sympy(expr: Expr) -> Tensor:
    """Rebuild a sympy expression over tensors with the tensors' own operators."""
    if isinstance(expr, Handle):
        return expr.tensor
    if isinstance(expr, sympy.Add | sympy.Mul | sympy.Pow):
        parts = [as_tensor(arg) for arg in expr.args]
        return elementwise(lambda *a: expr.func(*a), *parts)
    if type(expr).__name__ in REGISTRY:
        return elementwise(expr.func, *(as_tensor(arg) for arg in expr.args))
    if isinstance(expr, sympy.loggamma):
        return elementwise(Lgamma, *expr.args)
    pairs = {sympy.Max: Maximum, sympy.Min: Minimum}
    if type(expr) in pairs:
        result = as_tensor(expr.args[0])
        for arg in expr.args[1:]:
            result = elementwise(pairs[type(expr)], result, arg)
        return result
    if isinstance(expr, Extent):
        return record((), expr, ())
    if expr.is_Symbol:
        raise NotationError(
            f"the sympy symbol {expr} has no role here; declare it with symgrad.param({str(expr)!r}) or symgrad.data({str(expr)!r})"
        )
    raise NotationError(f"the sympy expression {expr} has no meaning here: {type(expr).__name__} is not a known function")


def broadcast(tensors: Sequence[Tensor]) -> tuple[bool, tuple[Expr, ...]]:
    """Whether the result has a sample axis, and its own shape by numpy's rules.

    Raises ShapeError naming both shapes.
    """
    shape = broadcast_shapes(tensors, [own_shape(t.variable) for t in tensors])
    return any(t.per_sample for t in tensors), shape


def broadcast_shapes(tensors: Sequence[Tensor], shapes: Iterable[Sequence[Expr]]) -> tuple[Expr, ...]:
    """The common shape of axes that belong to ``tensors``, by numpy's rules; raises ShapeError."""
    shape: list[Expr] = []
    for own in shapes:
        width = max(len(shape), len(own))
        left = [S.One] * (width - len(shape)) + shape
        right = [S.One] * (width - len(own)) + list(own)
        merged = []
        for a, b in zip(left, right, strict=True):
            if a != b and a != 1 and b != 1:
                raise ShapeError(
                    f"shapes {' and '.join(described(t) for t in tensors)} do not fit: {a} against {b}; "
                    "sizes must be equal by number or by name, or be 1"
                )
            merged.append(b if a == 1 else a)
        shape = merged
    return tuple(shape)


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


def entry_at(tensor: Tensor, lead: Sequence[Index], own: Sequence[Expr]) -> Expr:
    """The tensor's element at indices of a broadcast result."""
    number = tensor.number()
    if number is not None:
        return number
    shape = own_shape(tensor.variable)
    places = [S.Zero if extent == 1 and index != 0 and not _is_unit(index) else index for extent, index in zip(shape, own[len(own) - len(shape) :], strict=True)]
    return tensor.variable[(*(lead if tensor.per_sample else ()), *places)]


def _is_unit(index: Expr) -> bool:
    return isinstance(index, Index) and index.extent == 1


def elementwise(function: Callable[..., Basic], *operands: Any, dtype: DType = "real") -> Tensor:
    """Record ``function`` (of sympy scalars) applied entry by entry to broadcast operands."""
    tensors = [as_tensor(operand) for operand in operands]
    per_sample, shape = broadcast(tensors)
    lead, own = axes_for(per_sample, shape)
    body = function(*(entry_at(t, lead, own) for t in tensors))
    return record((*lead, *own), body, tensors, dtype=dtype)


def normal_axis(axis: int, tensor: Tensor) -> int:
    """An axis counted from the front; raises ShapeError where there is none."""
    if not -tensor.ndim <= axis < tensor.ndim:
        raise ShapeError(
            f"axis {axis} of {label(tensor)}: it has {tensor.ndim} axes of its own "
            "(samples are not one of them: use symgrad.mean or symgrad.total)"
        )
    return axis % tensor.ndim


def chosen_axes(axis: int | Sequence[int] | None, tensor: Tensor) -> list[int]:
    """The axes that a reduction is over, from the front, in order."""
    if axis is None:
        return list(range(tensor.ndim))
    given = [axis] if isinstance(axis, int) else list(axis)
    return sorted({normal_axis(a, tensor) for a in given})


def reduce_own(kind: Kind, tensor: Tensor, axis: int | Sequence[int] | None, keepdims: bool) -> Tensor:
    """Record a reduction over a tensor's own axes."""
    over = chosen_axes(axis, tensor)
    if not over:
        return tensor
    lead, own = axes_for(tensor.per_sample, own_shape(tensor.variable))
    for a in over:
        if own[a].extent == 0 and kind in ("max", "min", "argmax"):
            raise ShapeError(f"{kind} over axis {a} of {label(tensor)}, which has no elements")
    body = tensor.variable[(*lead, *own)]
    kept = [i for k, i in enumerate(own) if k not in over]
    if keepdims:
        kept = [Index(i.name, S.One) if k in over else i for k, i in enumerate(own)]
    dtype: DType = "int" if kind == "argmax" else "real"
    return record((*lead, *kept), body, [tensor], tuple(own[a] for a in over), kind, dtype)


def reduce_samples(tensor: Tensor, mean: bool) -> Tensor:
    """The sum or mean over samples, entry by entry of the tensor's own axes."""
    if not tensor.per_sample:
        raise NotationError(
            f"{label(tensor)} is the same for every sample, so there is nothing to average over; "
            "use .sum() or .mean() for its own axes"
        )
    lead, own = axes_for(True, own_shape(tensor.variable))
    body: Expr = tensor.variable[(*lead, *own)]
    return record(own, body / SAMPLES if mean else body, [tensor], lead)


def matmul(a: Tensor, b: Tensor) -> Tensor:
    """numpy's ``a @ b`` over own axes."""
    if not a.ndim or not b.ndim:
        raise ShapeError(f"@ needs at least one axis on each side, got {described(a)} and {described(b)}; use * for scalars")
    left, right = own_shape(a.variable), own_shape(b.variable)
    inner = right[-2] if len(right) > 1 else right[-1]
    if left[-1] != inner:
        raise ShapeError(
            f"{label(a)} @ {label(b)}: shapes {described(a)} and {described(b)} do not fit: the last axis of the first is {left[-1]}, "
            f"the {'first' if len(right) < 3 else 'last but one'} of the second is {inner}"
        )
    batch_a, batch_b = left[:-2], right[:-2]
    batch = broadcast_shapes([a, b], [batch_a, batch_b])
    rows = left[-2:-1]
    columns = right[-1:] if len(right) > 1 else ()
    lead, own = axes_for(a.per_sample or b.per_sample, (*batch, *rows, *columns))
    k = Index("k", left[-1])
    front = own[: len(batch)]
    row = own[len(batch) : len(batch) + len(rows)]
    column = own[len(batch) + len(rows) :]

    def part(tensor: Tensor, sizes: tuple[Expr, ...], rest: tuple[Index, ...]) -> Expr:
        places = [S.Zero if size == 1 and not _is_unit(i) else i for size, i in zip(sizes, front[len(front) - len(sizes) :], strict=True)]
        return tensor.variable[(*(lead if tensor.per_sample else ()), *places, *rest)]

    body = part(a, batch_a, (*row, k)) * part(b, batch_b, (k, *column))
    return record((*lead, *own), body, [a, b], (k,))


def gather(outputs: Mapping[str, Tensor]) -> Program:
    """The Program of some tensors: every equation they need, in order.

    Raises DeclarationError when one name was declared in two ways.
    """
    order: list[Equation] = []
    done: set[Variable] = set()
    names: dict[str, Variable] = {}
    for tensor in outputs.values():
        stack: list[tuple[Tensor, bool]] = [(tensor, False)]
        while stack:
            node, ready = stack.pop()
            if node.variable in done:
                continue
            if not ready:
                stack.append((node, True))
                stack.extend((p, False) for p in reversed(list(node.parents.values())) if p.variable not in done)
                continue
            done.add(node.variable)
            _note_name(names, node.variable)
            if node.equation is not None:
                order.append(node.equation)
    return Program(tuple(order), {name: tensor.variable for name, tensor in outputs.items()})


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
        raise DeclarationError(f"the names {other.name!r} and {variable.name!r} are the same once printed as code; rename one")
    raise DeclarationError(
        f"{variable.name!r} is declared twice in one formula, differently: {_declared(other)} and {_declared(variable)}; "
        "declare it once and use it in both places"
    )


def _declared(variable: Variable) -> str:
    sizes = ", ".join(str(s) for s in own_shape(variable))
    facts = variable.facts.key()
    return f"{variable.role} of shape ({sizes}){' with ' + facts if facts else ''}"


def stack(parts: Sequence[Any], axis: int = 0) -> Tensor:
    """Tensors (or numbers) of one shape joined along a new axis of their own.

    >>> import symgrad as sg
    >>> a, b = sg.params("a b")
    >>> sg.stack([a, 2*b, 1]).shape
    (3,)
    """
    tensors = [as_tensor(part) for part in parts]
    if not tensors:
        raise ShapeError("stack needs at least one tensor")
    per_sample, shape = broadcast(tensors)
    if not -len(shape) - 1 <= axis <= len(shape):
        raise ShapeError(f"stack along axis {axis}: the parts have {len(shape)} axes, so 0 to {len(shape)} are possible")
    place = axis % (len(shape) + 1)
    lead, own = axes_for(per_sample, shape)
    chosen = Index("s", Integer(len(tensors)))
    body: Expr = S.Zero
    for k, tensor in enumerate(tensors):
        body += Delta(chosen, Integer(k)) * entry_at(tensor, lead, own)
    return record((*lead, *own[:place], chosen, *own[place:]), body, tensors)
