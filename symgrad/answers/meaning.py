"""The tree of an answer becomes a Value: letters bound by sums, entries by subscripts, products by shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from itertools import product as combinations
from typing import Any

import sympy
from sympy import Expr, Integer, Rational, S

from ..errors import ParseError, ShapeError, SymgradError
from ..ir.heads import Delta
from ..ir.index import SAMPLES, Extent, Index
from ..notation.characters import FRACTIONS
from ..notation.excerpt import excerpt
from ..notation.formula import own_shape
from ..notation.handwritten import Big
from ..notation.limits import BITS, bits, check_difference, check_power, check_value
from ..notation.reader import Reader, rule_of, span_of
from ..notation.runs import Places
from ..notation.tensor import Tensor
from . import values as v
from .calls import NAMES, Calls, norm, softmax, squared_norm
from .choices import Choices
from .scope import FINITE, Scope, axes_meant, bindings, extents
from .values import Truth, Value

STEPS = 4_000
"""The most steps of one reading: a finite sum reads its summand once a term."""

_COMPARE: dict[str, Any] = {
    "<": sympy.Lt, "<=": sympy.Le, "≤": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "≥": sympy.Ge,
    "==": sympy.Eq, "!=": sympy.Ne, "≠": sympy.Ne,
}  # fmt: skip
_LETTERED = {"each", "sum", "prod", "max", "min", "logsumexp", "softmax", "log_softmax"}
_ENTRYWISE = ("⊙", "∘", "⊘", "∗")


class Meaning(Reader):
    """Reads one tree in one way.

    ``style``: ``sample`` (data stand for one sample's value, as in a sum),
    ``rows`` or ``columns`` (data are matrices with a row, or a column, for each
    sample).  ``shape``: that of the derivative.  ``slopes``: derivatives that may stand in it as symbols.
    ``inputs``: data that predictions are functions of.
    """

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

    def value(self, tree: Any) -> Value:
        """What the whole answer stands for.  Raises SymgradError, with the place."""
        return self._tensor(tree)

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
        value = self._value(node)
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

    def _value(self, node: Any) -> Any:
        self.steps += 1
        if self.steps > STEPS:
            self._refuse(node, "this takes too many steps to read; write the sum with a named size")
        if isinstance(node, str):
            return self._leaf(node)
        parts = node.children
        match node.data:
            case "sum":
                return self._sum(parts)
            case "product" | "scaled":
                return self._product(parts)
            case "big":
                return self._big(node)
            case "negative":
                return self._do(node, v.pointwise, lambda a: -a, self._tensor(parts[1]))
            case "positive":
                return self._tensor(parts[1])
            case "power" | "raised":
                return self._power(node)
            case "fraction":
                return self._do(node, _divided, self._tensor(parts[0]), self._tensor(parts[1]))
            case "square_root":
                return self._do(node, v.pointwise, sympy.sqrt, self._tensor(parts[0]))
            case "nth_root":
                degree = parts[0].children[0].value
                return self._do(node, self._raise, self._tensor(parts[1]), Value(1 / Rational(degree)))
            case "absolute":
                value = self._tensor(parts[0])
                return norm(value) if len(value.axes) == 1 else self._do(node, v.pointwise, sympy.Abs, value)
            case "norm":
                return self._do(node, norm, self._tensor(parts[0]))
            case "transposed":
                return v.transposed(self._tensor(parts[0]))
            case "indexed":
                return self._indexed(node)
            case "selected":
                return self._selected(node)
            case "group":
                return self._value(parts[0]) if len(parts) == 1 else [self._value(part) for part in parts]
            case "list":
                return self._list(node)
            case "matrix":
                return self._matrix(node)
            case "call" | "bare":
                return self._call(node)
            case "cases":
                return self._cases(node)
            case "chosen":
                return self._do(node, v.chosen, self._truth(parts[1]), self._tensor(parts[0]), self._tensor(parts[2]))
            case "comparison":
                return self._comparison(parts)
            case "opposite":
                truth = self._truth(parts[0])
                return replace(truth, build=lambda *a: sympy.Not(truth.build(*a)))
            case _:
                how = sympy.Or if node.data == "either" else sympy.And
                return self._truth(parts[0]).joined(self._truth(parts[1]), how)

    # -- leaves ------------------------------------------------------------------------------

    def _leaf(self, token: Any) -> Value:
        match token.type:
            case "NUMBER":
                return Value(Rational(token.value.numerator, token.value.denominator))
            case "NAME":
                return self._whole(self.names[token.value])
            case "CONSTANT":
                return self._constant(token)
            case "LETTER":
                return self._letter(token)
            case "DERIVATIVE":
                slope = self.slopes.get(token.value.name or "")
                if slope is None or token.value.places:
                    self._refuse(token, "the derivative stands here as a symbol; write what it is")
                return self._whole(slope)
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
            place = self._do(token, self.scope.place, unit, index.extent) if unit.isdigit() else self._bound(token, unit)
            return Value(Delta(index, place), axis)
        whole = self.names[token.value[1]]
        if not whole.per_sample:
            self._refuse(token, f"a bar means the mean over samples, and {whole.name} is the same for all")
        value = self._place(whole, {None: Index("i", SAMPLES)})
        (index,) = (i for i in value.entry.atoms(Index) if i.is_sample)
        return self._do(token, lambda: v.pointwise(lambda a: a / SAMPLES, v.reduced("sum", value, [index])))

    def _whole(self, tensor: Tensor) -> Value:
        """A tensor without a subscript: over its axes, and its samples as the style has them."""
        if not tensor.per_sample:
            return self._place(tensor, {})
        if self.style == "sample":
            return self._place(tensor, {None: self.scope.ambient})
        index = Index("i", SAMPLES)
        value = self._place(tensor, {None: index})
        if self.style == "rows":
            return replace(value, axes=(index, *value.axes))
        return replace(value, axes=(*value.axes, index), row=not value.axes)

    def _place(self, tensor: Tensor, places: Mapping[int | None, Any]) -> Value:
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
                return self._do(node, self._entry_of, self.names[base.children[0].value], *_sorted(first, places))
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
                value = self._place(tensor, {**found, None: index})
                axes = (index, *value.axes) if self.style == "rows" else (*value.axes, index)
                return replace(value, axes=axes)
            found[None] = self.scope.ambient
        return self._place(tensor, found)

    def _entry_at(self, value: Value, places: Places) -> Value:
        """A subscript behind a bracket: its first axes, or the sample that its data are of."""
        units = [u for unit in places.units for u in (unit if len(value.axes) == len(unit) and unit.isdigit() else [unit])]
        ambient = self.scope.ambient
        if ambient is not None and value.entry.has(ambient) and len(units) == len(value.axes) + 1:
            value = value.put({ambient: self.scope.place(units.pop(0), SAMPLES)})
        elif ambient is not None and value.entry.has(ambient) and len(units) == 1 and (
            places.sample or self.scope.kind(units[0]) == SAMPLES
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
            return self._do(node, self._times, self._tensor(base), one, None)
        if getattr(base, "type", "") == "NAME" and all(getattr(k, "type", "") == "LETTER" for k in keys):
            # Our own W[j, k], as `str` writes where no matrix form exists.
            return self._do(node, self._entry_of, self.names[base.value], Places(tuple(k.value for k in keys)))
        value = self._tensor(base)
        if not value.axes:
            if len(keys) > 1 or rule_of(keys[0]) == "span" or getattr(keys[0], "type", "") == "NONE":
                self._refuse(node, "this has no entries to choose from")
            return self._do(node, self._times, value, self._tensor(keys[0]), None)
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
                at = self.scope.letters.get(key, self.scope.free.get(key))  # type: ignore[call-overload]
            mapping[index] = at + index.extent if at.is_negative else at
            value = replace(value, parents=(*value.parents, *inner.parents))
        return Value(value.entry.xreplace(mapping), (*axes, *rest), value.parents)

    # -- sums and products -----------------------------------------------------------------------

    def _sum(self, parts: list[Any]) -> Value:  # type: ignore[override]
        parts = self._extended(parts)
        result = self._tensor(parts[0])
        for sign, part in zip(parts[1::2], parts[2::2], strict=True):
            step = (lambda a, b: a + b) if sign.type == "PLUS" else (lambda a, b: a - b)
            result = self._do(sign, v.pointwise, step, result, self._tensor(part))
        return result

    def _extended(self, parts: list[Any]) -> list[Any]:
        """A sum sign reaches over what follows where its letter stands there, or where that alone makes sense."""
        for k in range(0, len(parts) - 1, 2):
            path = _trailing(parts[k])
            if path is None:
                continue
            letters = set(path[-1].children[0].value.letters) - set(self.scope.letters)
            later = any(_mentions(part, letters) for part in parts[k + 2 :: 2])
            if self._pick(path[-1], "reach", 2) == (0 if later else 1):
                big = path[-1]
                inner = type(big)("sum", [big.children[1], *parts[k + 1 :]], big.meta)
                new = type(big)("big", [big.children[0], inner], big.meta)
                for outer in reversed(path[:-1]):
                    new = type(big)(outer.data, [*outer.children[:-1], new], outer.meta)
                return [*parts[:k], new]
        return parts

    def _big(self, node: Any) -> Value:
        token, body = node.children
        big: Big = token.value
        if not big.letters:
            return self._unlettered(node, big, body)
        bound = self._do(token, bindings, big, body, self.names, self.scope, self.sizes)
        saved = (self.scope.ambient, dict(self.scope.letters), dict(self.scope.shift))
        first = 0 if big.lower == 0 else 1
        terms: list[Value] = []
        try:
            for places in combinations(*bound):
                for letter, place in zip(big.letters, places, strict=True):
                    self.scope.letters[letter], self.scope.shift[letter] = place, first
                    if self.style == "sample" and (getattr(place, "extent", None) == SAMPLES or len(bound[0]) > 1):
                        self.scope.ambient = place  # type: ignore[assignment]
                if len(terms) >= FINITE * FINITE:
                    self._refuse(token, "this sum has too many terms")
                terms.append(self._do(node, self._without, self._tensor(body), big, places))
        finally:
            self.scope.ambient, self.scope.letters, self.scope.shift = saved
        indices = [p[0] for p in bound if len(p) == 1 and isinstance(p[0], Index)]
        kind: Any = big.kind
        if indices and self.style != "sample" and any(i.is_sample for t in terms for i in t.axes):
            self._refuse(token, "under a sum sign the data need its index here")
        summed = [self._do(node, v.reduced, kind, self._fitted(t), indices) if indices else t for t in terms]
        return self._do(node, _folded, kind, summed)

    def _without(self, value: Value, big: Big, places: Sequence[Any]) -> Value:
        """The summand, 0 where the index is the one to skip."""
        if big.apart is None:
            return value
        other = self.scope.letters.get(big.apart, self.scope.free.get(big.apart))
        if other is None or big.kind != "sum":
            raise ParseError(f"the index {big.apart} is not known here")
        return v.pointwise(lambda a: a * (1 - Delta(places[-1], other)), value)

    def _fitted(self, value: Value) -> Value:
        return v.fitted(value, self.shape)

    def _unlettered(self, node: Any, big: Big, body: Any) -> Value:
        saved = self.scope.ambient
        if self.style == "sample":
            self.scope.ambient = Index("i", SAMPLES)
        here = self.scope.ambient
        try:
            value = self._tensor(body)
        finally:
            self.scope.ambient = saved
        over = [here] if here is not None and value.entry.has(here) else [i for i in value.axes if i.is_sample]
        over = over or list(value.axes)
        if not over:
            self._refuse(node, "over what does this sum run? write its index")
        return self._do(node, v.reduced, big.kind, self._fitted(value), over)

    def _product(self, parts: list[Any]) -> Value:  # type: ignore[override]
        groups: list[tuple[str, list[tuple[Any, Any, Value]]]] = [("", [])]
        for sign, node, value in self._factors(parts):
            mark = sign.value if sign is not None else ""
            if mark in _ENTRYWISE and self._pick(parts[0], "entrywise", 2) == 0:
                groups.append((mark, []))
                sign = None
            groups[-1][1].append((sign, node, value))
        results = [(mark, self._chain(group)) for mark, group in groups]
        result = results[0][1]
        for (mark, value), (_, group) in zip(results[1:], groups[1:], strict=True):
            step = (lambda a, b: a / b) if mark == "⊘" else (lambda a, b: a * b)
            result = self._do(group[0][1], v.pointwise, step, result, value)
        return result

    def _chain(self, factors: list[tuple[Any, Any, Value]]) -> Value:
        result = factors[0][2]
        k = 1
        while k < len(factors):
            sign, node, value = factors[k]
            if sign is not None and sign.type == "OVER":
                # a/bc: does c stand below?
                last = k
                while last + 1 < len(factors) and factors[last + 1][0] is None:
                    last += 1
                if last > k and self._below(sign, node, factors[k + 1][1]):
                    for _, further, more in factors[k + 1 : last + 1]:
                        value = self._do(further, self._times, value, more, None)
                    k = last
                result = self._do(sign, _divided, result, value)
            else:
                result = self._do(sign or node, self._times, result, value, sign and sign.value)
            k += 1
        return result

    def _below(self, sign: Any, divisor: Any, further: Any) -> bool:
        """Whether ``a/bc`` is a/(bc): told by the spaces, and tried both ways where they do not tell."""
        start = span_of(further)[0]
        apart = self.text[start - 1].isspace()
        short = getattr(divisor, "type", "") in ("NUMBER", "CONSTANT") or rule_of(divisor) == "group"
        if apart or rule_of(further) in ("group", "big", "transposed") or short:
            both = not apart and rule_of(further) != "big" and rule_of(divisor) != "group"
            return self._pick(sign, "below", 2, genuine=True) == 1 if both else False
        return self._pick(sign, "below", 2, genuine=True) == 0

    def _factors(self, parts: list[Any]) -> list[tuple[Any, Any, Value]]:
        """Sign, node and value of each factor; a datum applied to another is one factor."""
        pairs: list[tuple[Any, Any]] = []
        sign = None
        for part in parts:
            if getattr(part, "type", "") in ("TIMES", "OVER"):
                sign = part
            else:
                pairs.append((sign, part))
                sign = None
        for (_, before), (mark, part) in pairwise(pairs):
            between = self.text[span_of(before)[1] : span_of(part)[0]]
            digit = self.text[span_of(part)[0]] in f"0123456789.{FRACTIONS}" and rule_of(part) != "group"
            if mark is None and digit and "\\" not in between:
                self._refuse(part, "a number does not stand behind a factor without a sign; write * or ^")
        found: list[tuple[Any, Any, Value]] = []
        k = 0
        while k < len(pairs):
            sign, node = pairs[k]
            applied = self._application(node, pairs[k + 1][1]) if k + 1 < len(pairs) and pairs[k + 1][0] is None else None
            found.append((sign, node, applied if applied is not None else self._tensor(node)))
            k += 1 if applied is None else 2
        return found

    def _application(self, node: Any, following: Any) -> Value | None:
        """``t(x)`` where t is a datum or prediction: its value for the sample of x; else None."""
        power = None
        if rule_of(following) in ("power", "raised"):
            power, following = following, following.children[0]
        places: tuple[str, ...] = ()
        name = node
        if rule_of(node) == "indexed" and getattr(node.children[0], "type", "") == "NAME":
            name, places = node.children[0], node.children[1].value.units
        if getattr(name, "type", "") != "NAME" or rule_of(following) != "group" or len(following.children) != 1:
            return None
        tensor, inner = self.names[name.value], following.children[0]
        if not tensor.per_sample or self.text[span_of(following)[0]] != "(":
            return None
        at = _argument(inner)
        if at is None or at[0] == name.value or (at[0] and not self.names[at[0]].per_sample):
            return None
        if at[0]:
            sure = tensor.role == "temp" or name.value in self.truths
            known = self.names[at[0]]
            if known.role == "temp" or at[0] in self.truths:
                return None
            if not sure and self._pick(following, "applied", 2, genuine=True) == 0:
                return None
        value = self._do(node, self._entry_of, tensor, Places(places), Places((at[1],), True)) if at[1] else (
            self._indexed(node) if places else self._whole(tensor)
        )  # fmt: skip
        if power is not None:
            exponent = Value(Integer(power.children[1].value)) if power.data == "raised" else self._tensor(power.children[2])
            value = self._do(power, self._raise, value, exponent)
        return value

    def _times(self, a: Value, b: Value, sign: str | None) -> Value:
        """A product by shapes: numbers scale, vectors and matrices multiply as in linear algebra."""
        if not a.axes or not b.axes or sign in _ENTRYWISE:
            result = v.pointwise(lambda p, q: p * q, a, b)
            return replace(result, row=(a if a.axes else b).row) if not (a.axes and b.axes) else result
        if sign == "*" and self.choices.pick("star", 2) == 0:
            return v.pointwise(lambda p, q: p * q, a, b)
        one, two = len(a.axes), len(b.axes)
        if one == 1 and two == 1:
            if not a.row and b.row:
                return v.outer(a, b)
            if a.row or sign in ("@", "·", "⋅", "*"):
                return v.contracted(a, b)
            # Two columns side by side are no product in linear algebra; people mean one of these.
            # (A sum over samples must be written: x(mx + b - y) has none.)
            if self.choices.pick("columns", 2) == 0 and not a.axes[0].is_sample:
                return v.contracted(a, b)
            return v.pointwise(lambda p, q: p * q, a, b)
        return v.contracted(a, b)

    # -- powers -------------------------------------------------------------------------------------

    def _power(self, node: Any) -> Value:  # type: ignore[override]
        parts = node.children
        mark = "^" if node.data == "raised" else parts[1].value
        exponent = Value(Integer(parts[1].value)) if node.data == "raised" else self._tensor(parts[2])
        inner = _norm_inside(parts[0])
        if inner is not None and exponent.number == 2:
            return self._do(node, squared_norm, self._tensor(inner))
        base = self._tensor(parts[0])
        if len(base.axes) == 2 and mark == "^" and exponent.number is not None:
            if exponent.number == -1:
                return self._do(node, self._inverse, base)
            if exponent.number == 2 and self._pick(node, "squared", 2) == 0 and base.shape[0] == base.shape[1]:
                return self._do(node, v.contracted, base, base)
        if len(base.axes) == 1 and mark == "^" and exponent.number == 2 and self._pick(node, "squared", 2) == 1:
            return self._do(node, squared_norm, base)
        return self._do(node, self._raise, base, exponent)

    def _raise(self, base: Value, exponent: Value) -> Value:
        check_power(base.number, exponent.number)
        if exponent.number is not None and bits(base.entry) * max(float(abs(exponent.number)), 1) > BITS:
            raise ParseError(f"this power has more than {BITS:,} bits; numbers so large are not computed")
        return v.pointwise(lambda a, b: a**b, base, exponent)

    def _inverse(self, base: Value) -> Value:
        return v.through(self.functions["inv"], base)

    # -- lists, matrices, cases --------------------------------------------------------------------------

    def _list(self, node: Any) -> Any:
        items = [self._value(part) for part in node.children]
        if len(items) == 1 and isinstance(items[0], Truth):
            return self._do(node, v.chosen, items[0], Value(S.One), Value(S.Zero))
        if len(items) == 1 and self._pick(node, "vector of one", 2) == 0:
            return items[0]
        if any(not isinstance(i, Value) for i in items):
            self._refuse(node, "expected formulas between the commas")
        return self._do(node, _stacked, items)

    def _matrix(self, node: Any) -> Value:
        rows = [[self._tensor(cell) for cell in row.children] for row in node.children]
        if len({len(row) for row in rows}) > 1:
            self._refuse(node, "the rows of this matrix have different lengths")
        if len(rows[0]) == 1:
            if len(rows) == 1 and self._pick(node, "vector of one", 2) == 0:
                return rows[0][0]
            return self._do(node, _stacked, [row[0] for row in rows])
        flat = [self._do(node, _stacked, row) for row in rows]
        return replace(flat[0], row=True) if len(flat) == 1 else self._do(node, _stacked, flat)

    def _cases(self, node: Any) -> Value:
        result: Value | None = None
        rows = [child for child in node.children if child is not None]
        for k, case in enumerate(reversed(rows)):
            value, *conditions = (child for child in case.children if child is not None)
            if not conditions or k == 0:
                if not conditions and k:
                    self._refuse(case, "'otherwise' stands in the last line")
                # Without an "otherwise" the last line holds where no other does.
                if conditions:
                    self._truth(conditions[0])
                result = self._tensor(value)
                continue
            assert result is not None
            result = self._do(case, v.chosen, self._truth(conditions[0]), self._tensor(value), result)
        assert result is not None
        return result

    # -- conditions --------------------------------------------------------------------------------------

    def _comparison(self, parts: list[Any]) -> Truth:  # type: ignore[override]
        sides = [self._tensor(part) for part in parts[::2]]
        result: Truth | None = None
        for token, (a, b) in zip(parts[1::2], pairwise(sides), strict=True):
            if a.number is not None and b.number is not None:
                self._do(token, check_difference, a.number, b.number)
            one = Truth((a, b), _COMPARE[token.value])
            result = one if result is None else result.joined(one, sympy.And)
        assert result is not None
        return result

    # -- calls -----------------------------------------------------------------------------------------------

    def _call(self, node: Any) -> Value:
        token, places, raised, *arguments = node.children
        name = str(token.value)
        if name == "where" and node.data == "call" and len(arguments) == 3:
            yes, no = self._tensor(arguments[1]), self._tensor(arguments[2])
            result = self._do(node, v.chosen, self._truth(arguments[0]), yes, no)
        elif name == "indicator":
            result = self._do(node, v.chosen, self._truth(arguments[0]), Value(S.One), Value(S.Zero))
        else:
            result = self._applied(node, name, places, arguments)
        if raised is None:
            return result
        power = raised.value if isinstance(raised, str) else raised.children[1].value  # type: ignore[attr-defined]
        if power < 0:
            self._refuse(raised, f"the inverse function or 1/{name}(…)? write the one that is meant")
        return self._do(node, self._raise, result, Value(Integer(power)))

    def _over_letters(self, node: Any, name: str, letters: Sequence[Any], body: Any) -> Value:
        """sum(j, W[j, k]), each(j, …): what `str` writes where no matrix form exists."""
        if name in ("softmax", "log_softmax"):
            index = self._bound(letters[0], letters[0].value)
            if not isinstance(index, Index):
                self._refuse(node, "softmax runs over an index")
            return self._do(node, softmax, self._tensor(body), [index], name)
        if name == "each":
            for letter in letters:
                found = extents(letter.value, body, self.names, self.scope)
                self.scope.free[letter.value] = Index(letter.value, found[0]) if found else None
            return self._tensor(body)
        sign = type(letters[0])("BIG", Big(name, tuple(t.value for t in letters)), *())
        sign.start_pos, sign.end_pos = span_of(node)
        return self._big(type(node)("big", [sign, body], node.meta))

    def _applied(self, node: Any, name: str, places: Any, arguments: list[Any]) -> Value:
        letters = [a for a in arguments if getattr(a, "type", "") == "LETTER"]
        if letters and name in _LETTERED and arguments == [*letters, arguments[-1]] and node.data == "call":
            return self._over_letters(node, name, letters, arguments[-1])
        if name.removesuffix("'") not in NAMES and name not in self.functions:
            self._refuse(node, f"{name} is no known function")
        rest: list[Any] = []
        if node.data == "bare":
            # log p q: of both, or of p alone?
            (inside,) = arguments
            split = rule_of(inside) == "product" and getattr(inside.children[0], "type", "") != "NUMBER"
            if split and self._pick(inside, "reach", 2, genuine=True) == 1:
                arguments, rest = [inside.children[0]], inside.children[1:]
        settings = {a.children[0].value: self._setting(a.children[1]) for a in arguments if rule_of(a) == "keyword"}  # type: ignore[call-arg]
        settings.pop("keepdims", None)
        values = [self._tensor(a) for a in arguments if rule_of(a) != "keyword"]
        calls = Calls(self.scope.ambient, self.functions)
        if places is not None:
            result = self._do(node, self._with_places, calls, name, places.value, values)
        else:
            result = self._do(node, calls, name, [self._fitted(value) for value in values], settings)
        for factor in rest:
            if getattr(factor, "type", "") == "TIMES":
                continue
            result = self._do(factor, self._times, result, self._tensor(factor), None)
        return result

    def _with_places(self, calls: Calls, name: str, places: Places, values: list[Value]) -> Value:
        """log₂ x; softmax along a letter; else the entry of the result."""
        if name in ("log", "ln") and len(places.units) == 1 and places.units[0].isdigit():
            base = Integer(places.units[0])
            return _divided(calls(name, values, {}), calls(name, [Value(base)], {}))
        if name in ("softmax", "log_softmax") and len(places.units) == 1:
            known = self.scope.letters.get(places.units[0], self.scope.free.get(places.units[0]))
            if isinstance(known, Index) and values[0].entry.has(known):
                return softmax(values[0], [known], name)
        return self._entry_at(calls(name, values, {}), places)

    def _setting(self, node: Any) -> Any:  # type: ignore[override]
        value = self._value(node)
        parts = value if isinstance(value, list) else [value]
        numbers = [part.number if isinstance(part, Value) else None for part in parts]
        if any(n is None or not n.is_Rational for n in numbers):
            self._refuse(node, "expected a number")
        made = [int(n) if n.is_Integer else float(n) for n in numbers]  # type: ignore[union-attr, arg-type]
        return tuple(made) if isinstance(value, list) else made[0]


class _Only:
    """A scope in which no letter is a sample's, for x_j^{(i)}."""

    def __init__(self, scope: Scope):
        self.scope = scope

    def kind(self, unit: str) -> Expr | None:
        return None if self.scope.kind(unit) == SAMPLES else self.scope.kind(unit)


def _sorted(first: Places, second: Places) -> tuple[Places, Places]:
    return (second, first) if first.sample else (first, second)


def _divided(a: Value, b: Value) -> Value:
    if b.number == 0:
        raise ParseError("division by zero")
    result = v.pointwise(lambda p, q: p / q, a, b)
    return replace(result, row=a.row) if not b.axes else result


def _folded(kind: str, terms: Sequence[Value]) -> Value:
    """The terms of a sum with written limits, together."""
    if not terms:
        return Value(S.Zero if kind == "sum" else S.One)
    steps = {
        "sum": sympy.Add, "prod": sympy.Mul,
        "max": lambda *a: _pairwise(a, "maximum"), "min": lambda *a: _pairwise(a, "minimum"),
    }  # fmt: skip
    return terms[0] if len(terms) == 1 else v.pointwise(steps[kind], *terms)


def _pairwise(entries: Sequence[Expr], name: str) -> Expr:
    from ..ir.functions import BY_NAME

    result = entries[0]
    for other in entries[1:]:
        result = BY_NAME[name].head(result, other)
    return result


def _stacked(parts: Sequence[Value]) -> Value:
    index = Index("s", Integer(len(parts)))
    stacked = v.pointwise(lambda *a: sympy.Add(*(Delta(index, Integer(k)) * e for k, e in enumerate(a))), *parts)
    return v.settled(stacked.entry, (index, *stacked.axes), stacked.parents)


def _norm_inside(node: Any) -> Any:
    """What stands in ‖…‖ or ‖…‖₂."""
    if rule_of(node) == "indexed" and node.children[1].value.units[0] in ("2", "F"):
        node = node.children[0]
    return node.children[0] if rule_of(node) == "norm" else None


def _trailing(node: Any) -> list[Any] | None:
    """The way down to a sum sign that ends a term, or None."""
    path = [node]
    while rule_of(path[-1]) in ("scaled", "negative", "positive"):
        path.append(path[-1].children[-1])
    return path if rule_of(path[-1]) == "big" else None


def _mentions(node: Any, letters: set[str]) -> bool:
    stack = [node]
    while stack:
        node = stack.pop()
        kind = getattr(node, "type", "")
        if kind == "LETTER" and node.value in letters:
            return True
        if kind == "PLACES" and letters & {u[:1] for unit in node.value.units for u in (unit if unit.isalpha() else [unit])}:
            return True
        children = [c for c in getattr(node, "children", ()) if c is not None]
        if rule_of(node) == "big":
            inner = set(children[0].value.letters)
            if inner & letters:
                continue
        stack += children
    return False


def _argument(node: Any) -> tuple[str, str] | None:
    """A lone name, a letter, or a name with one letter below: (name, letter)."""
    if getattr(node, "type", "") == "NAME":
        return node.value, ""
    if getattr(node, "type", "") == "LETTER":
        return "", node.value
    if rule_of(node) == "indexed" and getattr(node.children[0], "type", "") == "NAME":
        units = node.children[1].value.units
        return (node.children[0].value, units[0]) if len(units) == 1 else None
    return None


