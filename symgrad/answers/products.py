"""Sums, products and powers of an answer: what a sum sign reaches, which product a shape asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from itertools import product as combinations
from typing import Any

import sympy
from sympy import Expr, Integer, S

from ..errors import ParseError
from ..ir.functions import BY_NAME
from ..ir.heads import Delta
from ..ir.index import SAMPLES, Index
from ..notation.characters import FRACTIONS
from ..notation.limits import BITS, bits, check_power
from ..notation.reader import rule_of, span_of
from ..notation.runs import Places
from ..notation.sum_signs import Big
from . import values as v
from .calls import squared_norm
from .entries import Entries
from .multiply import ENTRYWISE, multiplied
from .scope import FINITE, bindings
from .values import Value

STEPS = 4_000
"""The most steps of one reading: a finite sum reads its summand once a term."""

_COMPARE: dict[str, Any] = {
    "<": sympy.Lt, "<=": sympy.Le, "≤": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "≥": sympy.Ge,
    "==": sympy.Eq, "!=": sympy.Ne, "≠": sympy.Ne,
}  # fmt: skip
_LETTERED = {"each", "sum", "prod", "max", "min", "logsumexp", "softmax", "log_softmax"}


class Products(Entries):
    """Operators and sum signs."""

    # -- sums and products -----------------------------------------------------------------------

    def _sum(self, parts: list[Any]) -> Value:  # type: ignore[override]
        parts = self._extended(parts)
        result = self._tensor(parts[0])
        for sign, part in zip(parts[1::2], parts[2::2], strict=True):
            step = (lambda a, b: a + b) if sign.type == "PLUS" else (lambda a, b: a - b)
            result = self._do(sign, v.pointwise, step, result, self._tensor(part))
        return result

    def _extended(self, parts: list[Any]) -> list[Any]:
        """A sum sign reaches what follows where its letter stands there, or where that alone makes sense."""
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
                    if self.style == "sample" and (
                        getattr(place, "extent", None) == SAMPLES or len(bound[0]) > 1
                    ):
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
        over = (
            [here] if here is not None and value.entry.has(here) else [i for i in value.axes if i.is_sample]
        )
        over = over or list(value.axes)
        if not over:
            self._refuse(node, "over what does this sum run? write its index")
        return self._do(node, v.reduced, big.kind, self._fitted(value), over)

    def _product(self, parts: list[Any]) -> Value:  # type: ignore[override]
        groups: list[tuple[str, list[tuple[Any, Any, Value]]]] = [("", [])]
        for sign, node, value in self._factors(parts):
            mark = sign.value if sign is not None else ""
            if mark in ENTRYWISE and self._pick(parts[0], "entrywise", 2) == 0:
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
                        value = self._do(further, multiplied, self.choices, value, more, None)
                    k = last
                result = self._do(sign, divided, result, value)
            else:
                result = self._do(sign or node, multiplied, self.choices, result, value, sign and sign.value)
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
            if mark is None and digit and "\\" not in between and not self._is_rate(before):
                self._refuse(part, "a number does not stand behind a factor without a sign; write * or ^")
        found: list[tuple[Any, Any, Value]] = []
        k = 0
        while k < len(pairs):
            sign, node = pairs[k]
            applied = (
                self._application(node, pairs[k + 1][1])
                if k + 1 < len(pairs) and pairs[k + 1][0] is None
                else None
            )
            found.append((sign, node, applied if applied is not None else self._tensor(node)))
            k += 1 if applied is None else 2
        return found

    def _is_rate(self, node: Any) -> bool:
        """A hyperparameter's name, or where the rate of an update rule was."""
        kind = getattr(node, "type", "")
        if kind == "NAME":
            return self.names[node.value].role == "hyper"
        return kind == "NUMBER" and self.text[span_of(node)[0]] not in "0123456789."

    def _application(self, node: Any, following: Any) -> Value | None:
        """``t(x)`` where t is a datum or prediction: its value for the sample of x; else None."""
        power = None
        if rule_of(following) in ("power", "raised"):
            power, following = following, following.children[0]
        places: tuple[str, ...] = ()
        name = node
        if rule_of(node) == "indexed" and getattr(node.children[0], "type", "") == "NAME":
            name, places = node.children[0], node.children[1].value.units
        if (
            getattr(name, "type", "") != "NAME"
            or rule_of(following) != "group"
            or len(following.children) != 1
        ):
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
            self._indexed(node) if places else self._named(tensor)
        )  # fmt: skip
        if power is not None:
            exponent = (
                Value(Integer(power.children[1].value))
                if power.data == "raised"
                else self._tensor(power.children[2])
            )
            value = self._do(power, self._raise, value, exponent)
        return value

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
            if (
                exponent.number == 2
                and self._pick(node, "squared", 2) == 0
                and base.shape[0] == base.shape[1]
            ):
                return self._do(node, v.contracted, base, base)
        if (
            len(base.axes) == 1
            and mark == "^"
            and exponent.number == 2
            and self._pick(node, "squared", 2) == 1
        ):
            return self._do(node, squared_norm, base)
        return self._do(node, self._raise, base, exponent)

    def _raise(self, base: Value, exponent: Value) -> Value:
        check_power(base.number, exponent.number)
        if exponent.number is not None and bits(base.entry) * max(float(abs(exponent.number)), 1) > BITS:
            raise ParseError(f"this power has more than {BITS:,} bits; numbers so large are not computed")
        return v.pointwise(lambda a, b: a**b, base, exponent)

    def _inverse(self, base: Value) -> Value:
        return v.through(self.functions["inv"], base)


def divided(a: Value, b: Value) -> Value:
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
        "max": lambda *a: _chained(a, "maximum"), "min": lambda *a: _chained(a, "minimum"),
    }  # fmt: skip
    return terms[0] if len(terms) == 1 else v.pointwise(steps[kind], *terms)


def _chained(entries: Sequence[Expr], name: str) -> Expr:
    result = entries[0]
    for other in entries[1:]:
        result = BY_NAME[name].head(result, other)
    return result


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
        if kind == "PLACES" and letters & {
            u[:1] for unit in node.value.units for u in (unit if unit.isalpha() else [unit])
        }:
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
