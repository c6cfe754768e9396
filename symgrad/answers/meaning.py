"""The tree of an answer becomes a Value: one class reads it, in one way a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import sympy
from sympy import Integer, Rational, S

from ..ir.heads import Delta
from ..ir.index import Index
from ..notation.limits import check_difference
from ..notation.reader import rule_of, span_of
from ..notation.runs import Places
from ..notation.sum_signs import Big
from . import values as v
from .calls import NAMES, Calls, norm, softmax
from .multiply import multiplied
from .products import Products, divided
from .scope import extents
from .values import Truth, Value

STEPS = 4_000
"""The most steps of one reading: a finite sum reads its summand once a term."""

_COMPARE: dict[str, Any] = {
    "<": sympy.Lt, "<=": sympy.Le, "≤": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "≥": sympy.Ge,
    "==": sympy.Eq, "!=": sympy.Ne, "≠": sympy.Ne,
}  # fmt: skip
_LETTERED = {"each", "sum", "prod", "max", "min", "logsumexp", "softmax", "log_softmax"}


class Meaning(Products):
    """Reads one tree in one way.

    ``style``: ``sample`` (data stand for one sample's value, as in a sum),
    ``rows`` or ``columns`` (data are matrices with a row, or a column, for each
    sample).  ``shape``: that of the derivative.  ``slopes``: derivatives that may stand in it as symbols.
    ``inputs``: data that predictions are functions of.
    """

    def value(self, tree: Any) -> Value:
        """What the whole answer stands for.  Raises SymgradError, with the place."""
        return self._tensor(tree)

    def _value(self, node: Any) -> Any:
        self.steps += 1
        if self.steps > STEPS:
            self._refuse(node, "this takes too many steps to read; write the sum with a named size")
        if isinstance(node, str):
            return self._atom(node)
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
                return self._do(node, divided, self._tensor(parts[0]), self._tensor(parts[1]))
            case "square_root":
                return self._do(node, v.pointwise, sympy.sqrt, self._tensor(parts[0]))
            case "nth_root":
                degree = parts[0].children[0].value
                return self._do(node, self._raise, self._tensor(parts[1]), Value(1 / Rational(degree)))
            case "absolute":
                value = self._tensor(parts[0])
                if len(value.axes) == 1 and self._pick(node, "size", 2, genuine=True) == 0:
                    return self._do(node, norm, value)
                return self._do(node, v.pointwise, sympy.Abs, value)
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
                return self._function(node)
            case "cases":
                return self._cases(node)
            case "chosen":
                return self._do(
                    node, v.chosen, self._truth(parts[1]), self._tensor(parts[0]), self._tensor(parts[2])
                )
            case "comparison":
                return self._comparison(parts)
            case "opposite":
                truth = self._truth(parts[0])
                return replace(truth, build=lambda *a: sympy.Not(truth.build(*a)))
            case _:
                how = sympy.Or if node.data == "either" else sympy.And
                return self._truth(parts[0]).joined(self._truth(parts[1]), how)

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

    def _function(self, node: Any) -> Value:
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
        settings = {
            a.children[0].value: self._setting(a.children[1]) for a in arguments if rule_of(a) == "keyword"
        }  # type: ignore[call-arg]
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
            result = self._do(factor, multiplied, self.choices, result, self._tensor(factor), None)
        return result

    def _with_places(self, calls: Calls, name: str, places: Places, values: list[Value]) -> Value:
        """log₂ x; softmax along a letter; else the entry of the result."""
        if name in ("log", "ln") and len(places.units) == 1 and places.units[0].isdigit():
            base = Integer(places.units[0])
            return divided(calls(name, values, {}), calls(name, [Value(base)], {}))
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


def _stacked(parts: Sequence[Value]) -> Value:
    index = Index("s", Integer(len(parts)))
    stacked = v.pointwise(
        lambda *a: sympy.Add(*(Delta(index, Integer(k)) * e for k, e in enumerate(a))), *parts
    )
    return v.settled(stacked.entry, (index, *stacked.axes), stacked.parents)
