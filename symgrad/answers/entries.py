"""What the names of an answer stand for: data and parameters, and the entries that subscripts choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy
from sympy import Expr, Rational, S

from ..errors import ParseError, ShapeError, SymgradError
from ..ir.heads import Delta
from ..ir.index import SAMPLES, Extent, Index
from ..notation.excerpt import excerpt
from ..notation.formula import own_shape
from ..notation.limits import check_value
from ..notation.reader import Reader, rule_of, span_of
from ..notation.runs import Places
from ..notation.tensor import Tensor
from . import values as v
from .calls import norm
from .choices import Choices
from .multiply import multiplied
from .scope import Scope, axes_meant
from .values import Truth, Value

STEPS = 4_000
"""The most steps of one reading: a finite sum reads its summand once a term."""

_COMPARE: dict[str, Any] = {
    "<": sympy.Lt, "<=": sympy.Le, "≤": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "≥": sympy.Ge,
    "==": sympy.Eq, "!=": sympy.Ne, "≠": sympy.Ne,
}  # fmt: skip
_LETTERED = {"each", "sum", "prod", "max", "min", "logsumexp", "softmax", "log_softmax"}


class Entries(Reader):
    """Names, letters and subscripts; a reading's state.  `Meaning` says what its arguments are."""

    def __init__(
        self,
        text: str,
        names: Mapping[str, Tensor],
        functions: Mapping[str, Callable[..., Any]],
        sizes: Mapping[str, Extent],
        choices: Choices,
        *,
        style: str = "sample",
        free: Sequence[str] = (),
        zero: bool = False,
        shape: Sequence[Expr] = (),
        slopes: Mapping[str, Tensor] | None = None,
        truths: frozenset[str] = frozenset(),
    ):
        super().__init__(text, names, functions, sizes)
        self.choices, self.style, self.slopes, self.truths = choices, style, slopes or {}, truths
        self.scope = Scope(Index("i", SAMPLES) if style == "sample" else None, zero, free=dict.fromkeys(free))
        self.shape, self.steps = shape, 0

    # -- kinds of value -------------------------------------------------------------------

    def _do(self, node: Any, step: Callable[..., Any], *args: Any) -> Any:
        try:
            result = step(*args)
            if isinstance(result, Value) and result.entry.is_number:
                check_value(result.entry)
            return result
        except SymgradError as error:
            if "\n  " in str(error):
                raise
            raise type(error)(f"{error}\n{excerpt(self.text, *span_of(node))}") from None
        except (ArithmeticError, ValueError, TypeError):
            self._refuse(node, "this cannot be computed as it stands")

    def _pick(self, node: Any, what: str, ways: int, genuine: bool = False) -> int:
        return self.choices.pick((what, *span_of(node)), ways, genuine)

    def _tensor(self, node: Any) -> Value:  # type: ignore[override]
        value: Any = self._value(node)
        if isinstance(value, Truth):
            self._refuse(node, "a comparison stands only inside where(condition, a, b), cases or [x > 0]")
        if isinstance(value, list):
            self._refuse(node, "a comma does not stand here; a decimal number has a point")
        return value

    def _truth(self, node: Any) -> Truth:
        value = self._value(node)
        if not isinstance(value, Truth):
            self._refuse(node, "expected a comparison, such as x > 0")
        return value

    # -- leaves ------------------------------------------------------------------------------

    def _atom(self, token: Any) -> Value:
        match token.type:
            case "NUMBER":
                return Value(Rational(token.value.numerator, token.value.denominator))
            case "NAME":
                return self._named(self.names[token.value])
            case "CONSTANT":
                return self._constant(token)
            case "LETTER":
                return self._letter(token)
            case "DERIVATIVE":
                slope = self.slopes.get(token.value.name or "")
                if slope is None or token.value.places:
                    self._refuse(token, "the derivative stands here as a symbol; write what it is")
                return self._named(slope)
            case _:
                return self._symbol(token)

    def _constant(self, token: Any) -> Value:
        if token.value in self.sizes:
            return Value(self.sizes[token.value])
        constants = {"pi": sympy.pi, "e": sympy.E}
        return v.identity() if token.value == "I" else Value(constants[token.value])

    def _letter(self, token: Any) -> Value:
        return Value(self._bound(token, token.value) + self.scope.shift.get(token.value, 1))

    def _bound(self, token: Any, letter: str) -> Expr:
        known = self.scope.letters.get(letter, self.scope.free.get(letter))
        if known is None:
            self._refuse(token, f"{letter!r} is bound by no sum here")
        return known

    def _symbol(self, token: Any) -> Value:
        if token.value[0] == "ones":
            return v.ones()
        if token.value[0] == "zeros":
            return Value(S.Zero)
        if token.value[0] == "unit":
            (index,) = (axis := v.ones().axes)
            unit = token.value[1]
            place = (
                self._do(token, self.scope.place, unit, index.extent)
                if unit.isdigit()
                else self._bound(token, unit)
            )
            return Value(Delta(index, place), axis)
        whole = self.names[token.value[1]]
        if not whole.per_sample:
            self._refuse(token, f"a bar means the mean over samples, and {whole.name} is the same for all")
        value = self._placed(whole, {None: Index("i", SAMPLES)})
        (index,) = (i for i in value.entry.atoms(Index) if i.is_sample)
        return self._do(token, lambda: v.pointwise(lambda a: a / SAMPLES, v.reduced("sum", value, [index])))

    def _named(self, tensor: Tensor) -> Value:
        """A tensor without a subscript: over its axes, and its samples as the style has them."""
        if not tensor.per_sample:
            return self._placed(tensor, {})
        if self.style == "sample":
            return self._placed(tensor, {None: self.scope.ambient})
        index = Index("i", SAMPLES)
        value = self._placed(tensor, {None: index})
        if self.style == "rows":
            return replace(value, axes=(index, *value.axes))
        return replace(value, axes=(*value.axes, index), row=not value.axes)

    def _placed(self, tensor: Tensor, places: Mapping[int | None, Any]) -> Value:
        """A tensor with some of its axes at places (None: the samples), the others as axes."""
        if (known := tensor.number()) is not None:
            return Value(known)
        own = [Index("j", extent) for extent in own_shape(tensor.variable)]
        entry = tensor.variable[(
            *([places[None]] if tensor.per_sample else []),
            *(places.get(k, index) for k, index in enumerate(own)),
        )]  # fmt: skip
        return Value(entry, tuple(i for k, i in enumerate(own) if k not in places), (tensor,))

    # -- subscripts --------------------------------------------------------------------------

    def _indexed(self, node: Any) -> Value:
        base, places = node.children[0], node.children[1].value
        if getattr(base, "type", "") == "NAME":
            return self._do(node, self._entry_of, self.names[base.value], places)
        if rule_of(base) == "norm":
            return self._do(node, norm, self._tensor(base.children[0]), places.units[0])
        if rule_of(base) == "indexed" and getattr(base.children[0], "type", "") == "NAME":
            # x_j^{(i)}, x^{(i)}_j
            first = base.children[1].value
            if first.sample != places.sample:
                return self._do(
                    node, self._entry_of, self.names[base.children[0].value], *_sorted(first, places)
                )
        value = self._tensor(base)
        return self._do(node, self._entry_at, value, places)

    def _entry_of(self, tensor: Tensor, places: Places, sample: Places | None = None) -> Value:
        meant = axes_meant(tensor, places, self.scope)
        if sample is not None:
            meant = [*axes_meant(tensor, Places(places.units), _Only(self.scope)), (sample.units[0], None)]  # type: ignore[arg-type]
        own = own_shape(tensor.variable)
        found: dict[int | None, Expr] = {
            axis: self.scope.place(unit, SAMPLES if axis is None else own[axis]) for unit, axis in meant
        }
        if tensor.per_sample and None not in found:
            if self.scope.ambient is None:
                index = Index("i", SAMPLES)
                value = self._placed(tensor, {**found, None: index})
                axes = (index, *value.axes) if self.style == "rows" else (*value.axes, index)
                return replace(value, axes=axes)
            found[None] = self.scope.ambient
        return self._placed(tensor, found)

    def _entry_at(self, value: Value, places: Places) -> Value:
        """A subscript behind a bracket: its first axes, or the sample that its data are of."""
        units = [
            u
            for unit in places.units
            for u in (unit if len(value.axes) == len(unit) and unit.isdigit() else [unit])
        ]
        ambient = self.scope.ambient
        if ambient is not None and value.entry.has(ambient) and len(units) == len(value.axes) + 1:
            value = value.put({ambient: self.scope.place(units.pop(0), SAMPLES)})
        elif (
            ambient is not None
            and value.entry.has(ambient)
            and len(units) == 1
            and (places.sample or self.scope.kind(units[0]) == SAMPLES)
        ):
            return value.put({ambient: self.scope.place(units[0], SAMPLES)})
        if len(units) > len(value.axes):
            raise ShapeError(f"this has {len(value.axes)} axes, and the subscript names {len(units)}")
        value = value.fresh()
        mapping = {i: self.scope.place(u, i.extent) for u, i in zip(units, value.axes, strict=False)}
        return Value(value.entry.xreplace(mapping), value.axes[len(units) :], value.parents)

    def _selected(self, node: Any) -> Value:
        """W[0], W[:, 1]: numbers from 0, as in Python; behind a number a bracket is a factor."""
        base, *keys = node.children
        if rule_of(keys[0]) in ("comparison", "both", "either", "opposite"):
            one = self._do(node, v.chosen, self._truth(keys[0]), Value(S.One), Value(S.Zero))
            return self._do(node, multiplied, self.choices, self._tensor(base), one, None)
        if getattr(base, "type", "") == "NAME" and all(getattr(k, "type", "") == "LETTER" for k in keys):
            # Our own W[j, k], as `str` writes where no matrix form exists.
            return self._do(
                node, self._entry_of, self.names[base.value], Places(tuple(k.value for k in keys))
            )
        value = self._tensor(base)
        if not value.axes:
            if len(keys) > 1 or rule_of(keys[0]) == "span" or getattr(keys[0], "type", "") == "NONE":
                self._refuse(node, "this has no entries to choose from")
            return self._do(node, multiplied, self.choices, value, self._tensor(keys[0]), None)
        return self._do(node, self._chosen_entries, value, keys)

    def _chosen_entries(self, value: Value, keys: Sequence[Any]) -> Value:
        value = value.fresh()
        mapping: dict[Any, Any] = {}
        axes: list[Index] = []
        rest = iter(value.axes)
        for key in keys:
            if getattr(key, "type", "") == "NONE":
                axes.append(Index("u", S.One))
                continue
            index = next(rest, None)
            if index is None:
                raise ShapeError(f"there are {len(value.axes)} axes, and {len(keys)} places were given")
            if rule_of(key) == "span":
                if any(part is not None for part in key.children):
                    raise ParseError("a part of an axis is not read here; write the entries")
                axes.append(index)
                continue
            inner = self._tensor(key)
            at = inner.entry
            if inner.axes or not (at.is_Integer or isinstance(at, Index) or at.is_integer):
                raise ParseError("expected a whole number, an index letter or a label")
            if at.is_Integer and index.extent.is_Integer and not -index.extent <= at < index.extent:
                raise ShapeError(f"there is no entry {at} along an axis of {index.extent}")
            if isinstance(key, str) and key.type == "LETTER":  # type: ignore[attr-defined]
                at = self._bound(key, str(key.value))  # type: ignore[attr-defined]
            mapping[index] = at + index.extent if at.is_negative else at
            value = replace(value, parents=(*value.parents, *inner.parents))
        return Value(value.entry.xreplace(mapping), (*axes, *rest), value.parents)


class _Only:
    """A scope in which no letter is a sample's, for x_j^{(i)}."""

    def __init__(self, scope: Scope):
        self.scope = scope

    def kind(self, unit: str) -> Expr | None:
        return None if self.scope.kind(unit) == SAMPLES else self.scope.kind(unit)


def _sorted(first: Places, second: Places) -> tuple[Places, Places]:
    return (second, first) if first.sample else (first, second)
