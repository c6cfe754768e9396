"""The functions of an answer, applied to values over letters and axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy
from sympy import Expr, Rational, S

from ..errors import NotationError, ParseError, ShapeError
from ..ir.functions import BY_NAME
from ..ir.heads import Root
from ..ir.index import Index
from ..notation.limits import check_call, check_settings
from . import values as v
from .values import Value

_HEADS: dict[str, Callable[..., Expr]] = {
    **{name: record.head for name, record in BY_NAME.items()},
    "ln": sympy.log,
    "sqrt": sympy.sqrt,
    "log_of_cosh": BY_NAME["log_cosh"].head,
    "σ": BY_NAME["sigmoid"].head,
    "square": lambda x: x**2,
    "sec": lambda x: 1 / sympy.cos(x),
    "csc": lambda x: 1 / sympy.sin(x),
    "cot": lambda x: sympy.cos(x) / sympy.sin(x),
    "clip": lambda x, a, b: BY_NAME["minimum"].head(BY_NAME["maximum"].head(x, a), b),
}
LARGEST = 10_000
"""The largest number that a function of vectors or matrices takes, as eye(3)."""
_DEFAULTS = {"leaky_relu": Rational(1, 100), "elu": S.One}
_REDUCTIONS = {"sum", "total", "mean", "prod", "logsumexp", "max", "min", "argmax"}
NAMES = {
    *_HEADS,
    *_REDUCTIONS,
    "softmax",
    "log_softmax",
    "norm",
    "dot",
    "outer",
    "matmul",
    "indicator",
    "transpose",
    "each",
}
"""The functions that are read here; others are applied as functions of tensors."""


class Calls:
    """Functions where ``ambient`` is the sample of data without a subscript (None in matrix notation)."""

    def __init__(self, ambient: Index | None, further: Mapping[str, Callable[..., Any]]):
        self.ambient, self.further = ambient, further

    def __call__(self, name: str, arguments: Sequence[Value], settings: Mapping[str, Any]) -> Value:
        """A function's value.  Raises ParseError, ShapeError."""
        if unknown := set(settings) - {"axis", "ord", "slope", "alpha"}:
            raise ParseError(f"{name} takes no {min(unknown)}=")
        if name.endswith("'"):
            return self._derivative(name[:-1], arguments)
        if name in ("max", "min") and len(arguments) > 1:
            return self._largest(name, arguments)
        if name in _HEADS:
            return self._pointwise(name, arguments, settings)
        if name in _REDUCTIONS:
            return self._reduced(name, arguments, settings)
        if name in ("softmax", "log_softmax"):
            self._count(name, arguments, 1)
            return softmax(arguments[0], self._axes(name, arguments[0], settings.get("axis", -1)), name)
        if name == "norm":
            return norm(
                arguments[0], str(arguments[1].number) if len(arguments) > 1 else str(settings.get("ord", 2))
            )
        if name in ("dot", "matmul", "outer"):
            self._count(name, arguments, 2)
            a, b = arguments
            return v.outer(a, b) if name == "outer" else v.contracted(a, b)
        if name == "transpose":
            return v.transposed(arguments[0])
        function = self.further[name]
        numbers = [a.number for a in arguments]
        check_settings([n for n in numbers if n is not None], [])
        if any(n is not None and abs(n) > LARGEST for n in numbers):
            raise ParseError(f"{name} of a number larger than {LARGEST:,} is not read")
        return v.through(lambda *a: function(*a, **settings), *arguments)

    def _count(self, name: str, arguments: Sequence[Value], wanted: int) -> None:
        if len(arguments) != wanted:
            raise ParseError(f"{name} takes {wanted} argument{'s' * (wanted > 1)}, got {len(arguments)}")

    def _pointwise(self, name: str, arguments: Sequence[Value], settings: Mapping[str, Any]) -> Value:
        if name in _DEFAULTS and len(arguments) == 1:
            further = next(iter(settings.values()), _DEFAULTS[name])
            arguments = [arguments[0], Value(Rational(str(further)))]
        record = BY_NAME.get({"ln": "log", "σ": "sigmoid"}.get(name, name))
        check_call(record.name if record else name, [a.number for a in arguments if a.number is not None])
        try:
            return v.pointwise(_HEADS[name], *arguments)
        except TypeError:
            raise ParseError(f"{name} does not take {len(arguments)} arguments") from None

    def _derivative(self, name: str, arguments: Sequence[Value]) -> Value:
        record = BY_NAME.get({"ln": "log", "σ": "sigmoid"}.get(name, name))
        if record is None or len(arguments) != 1:
            raise ParseError(f"the derivative {name}′ is not known")
        check_call(record.name, [a.number for a in arguments if a.number is not None])
        partial = record.partials
        return v.pointwise(lambda x: partial(x)[0], arguments[0])  # type: ignore[return-value, arg-type]

    def _largest(self, name: str, arguments: Sequence[Value]) -> Value:
        head = BY_NAME["maximum" if name == "max" else "minimum"].head
        result = arguments[0]
        for other in arguments[1:]:
            result = v.pointwise(head, result, other)
        return result

    def _reduced(self, name: str, arguments: Sequence[Value], settings: Mapping[str, Any]) -> Value:
        axis = settings.get("axis")
        if len(arguments) == 2 and arguments[1].number is not None and axis is None:
            axis, arguments = int(arguments[1].number), arguments[:1]
        self._count(name, arguments, 1)
        value = arguments[0]
        kind = {"total": "sum", "mean": "sum"}.get(name, name)
        sampled = self.ambient is not None and axis is None and value.entry.has(self.ambient)
        # A sum over own axes comes before one over samples.
        if sampled and (name in ("mean", "total") or (name == "sum" and not value.axes)):
            over = [self.ambient]  # type: ignore[list-item]
            result = v.reduced("sum", value, over)
            return self._mean(result, over) if name == "mean" else result
        if name == "total" and not any(i.is_sample for i in value.axes):
            raise NotationError("total sums over samples, and this is the same for every sample")
        over = self._axes(name, value, axis)
        if name in ("mean", "total") and axis is None and any(i.is_sample for i in value.axes):
            over = [i for i in value.axes if i.is_sample]
        if not over:
            raise ShapeError(f"there is nothing that {name} could run over")
        result = v.reduced(kind, value, over)  # type: ignore[arg-type]
        return self._mean(result, over) if name == "mean" else result

    def _mean(self, value: Value, over: Sequence[Index]) -> Value:
        return v.pointwise(lambda a: a / sympy.Mul(*(i.extent for i in over)), value)

    def _axes(self, name: str, value: Value, axis: Any) -> list[Index]:
        if axis is None:
            return list(value.axes)
        chosen: tuple[int, ...] = axis if isinstance(axis, tuple) else (axis,)
        if not all(-len(value.axes) <= a < len(value.axes) for a in chosen):
            raise ShapeError(f"{name} along axis {axis} of something with {len(value.axes)} axes")
        return [value.axes[a] for a in chosen]


def softmax(value: Value, over: Sequence[Index], name: str = "softmax") -> Value:
    """softmax, or its logarithm, along indices: axes or letters.  Raises ShapeError."""
    if len(over) != 1:
        raise ShapeError("softmax runs along one axis, and a number has none")
    inner = value.put({over[0]: over[0].fresh()}) if over[0] not in value.axes else value.fresh()
    place = value.axes.index(over[0]) if over[0] in value.axes else None
    index = (
        inner.axes[place]
        if place is not None
        else next(iter(inner.entry.atoms(Index) - value.entry.atoms(Index)))
    )
    top = v.reduced("logsumexp", inner, [index])
    if place is not None:
        kept = [i for k, i in enumerate(value.axes) if k != place]
        top = top.put(dict(zip(top.axes, kept, strict=True)))
    body = value.entry - top.entry
    result = v.settled(body, value.axes, (*value.parents, *top.parents), value.row)
    return result if name == "log_softmax" else v.pointwise(sympy.exp, result)


def norm(value: Value, order: str = "2") -> Value:
    """The norm of a vector; the Frobenius norm of a matrix; |x| of a number."""
    if order in ("oo", "inf"):
        return _over_all("max", v.pointwise(sympy.Abs, value))
    if order == "1":
        return _over_all("sum", v.pointwise(sympy.Abs, value))
    if order not in ("2", "F"):
        raise ParseError(f"the norm {order} is not read; there are 1, 2, F and ∞")
    return v.pointwise(Root, squared_norm(value))


def squared_norm(value: Value) -> Value:
    """The sum of squares over all axes."""
    return _over_all("sum", v.pointwise(lambda a: a**2, value))


def _over_all(kind: Any, value: Value) -> Value:
    return v.reduced(kind, value, value.axes)
