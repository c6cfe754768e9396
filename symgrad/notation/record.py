"""Operations as equations: an operation on tensors records one, and gives its tensor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sympy
from sympy import Basic, Expr, Integer, Rational, S

from ..errors import NotationError, ShapeError
from ..ir.functions import REGISTRY
from ..ir.heads import Delta, Lgamma, Maximum, Minimum
from ..ir.index import SAMPLES, Extent, Index, fresh_indices
from ..ir.late import hashlib, np
from ..ir.program import Equation, Kind
from ..ir.variable import DType, Entry, Facts, Variable
from .formula import Formula, Handle, described, own_shape

if TYPE_CHECKING:
    from .tensor import Tensor


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
        f"{value!r} is a {type(value).__name__} and cannot stand in a formula; expected a tensor, "
        "a number or an array"
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
        return elementwise(expr.func, *parts)
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
            f"the sympy symbol {expr} has no role here; declare it with "
            f"symgrad.param({str(expr)!r}) or symgrad.data({str(expr)!r})"
        )
    raise NotationError(
        f"the sympy expression {expr} has no meaning here: {type(expr).__name__} is not a known function"
    )


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
            if a not in (b, S.One) and b != 1:
                raise ShapeError(
                    f"shapes {' and '.join(described(t) for t in tensors)} do not fit: {a} against {b}; "
                    "sizes must be equal by number or by name, or be 1"
                )
            merged.append(b if a == 1 else a)
        shape = merged
    return tuple(shape)


def entry_at(tensor: Tensor, lead: Sequence[Index], own: Sequence[Expr]) -> Expr:
    """The tensor's element at indices of a broadcast result."""
    number = tensor.number()
    if number is not None:
        return number
    shape = own_shape(tensor.variable)
    places = [
        S.Zero if extent == 1 and index != 0 and not is_unit(index) else index
        for extent, index in zip(shape, own[len(own) - len(shape) :], strict=True)
    ]
    return tensor.variable[(*(lead if tensor.per_sample else ()), *places)]


def is_unit(index: Expr) -> bool:
    return isinstance(index, Index) and index.extent == 1


def elementwise(function: Callable[..., Basic], *operands: Any, dtype: DType = "real") -> Tensor:
    """Record ``function`` (of sympy scalars) applied entry by entry to broadcast operands."""
    tensors = [as_tensor(operand) for operand in operands]
    per_sample, shape = broadcast(tensors)
    lead, own = axes_for(per_sample, shape)
    body = function(*(entry_at(t, lead, own) for t in tensors))
    return record((*lead, *own), body, tensors, dtype=dtype)


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
        raise ShapeError(
            f"stack along axis {axis}: the parts have {len(shape)} axes, so 0 to {len(shape)} are possible"
        )
    place = axis % (len(shape) + 1)
    lead, own = axes_for(per_sample, shape)
    chosen = Index("s", Integer(len(tensors)))
    body: Expr = S.Zero
    for k, tensor in enumerate(tensors):
        body += Delta(chosen, Integer(k)) * entry_at(tensor, lead, own)
    return record((*lead, *own[:place], chosen, *own[place:]), body, tensors)
