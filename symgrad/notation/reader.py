"""The tree of a formula becomes a Tensor, through the operators and functions that everybody uses."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any, NoReturn

import sympy

from ..errors import ParseError, SymgradError
from ..ir.functions import BY_NAME
from ..ir.index import Extent
from .characters import FRACTIONS
from .condition import Condition, compare, where
from .excerpt import excerpt, quoted, refuse
from .limits import check_call, check_difference, check_power, check_settings, check_value
from .record import as_tensor, elementwise, record, stack
from .tensor import Tensor

NESTING = 120
"""How deep a tree may be: brackets, powers and signs together."""
_CONSTANTS = {"pi": sympy.pi, "e": sympy.E}
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_COMPARE = {"≤": "<=", "≥": ">=", "≠": "!="}

Value = Tensor | Condition | list[Any]


class Reader:
    """Reads trees of one formula; ``names``, ``functions`` and ``sizes`` are all that it can reach."""

    def __init__(
        self,
        text: str,
        names: Mapping[str, Tensor],
        functions: Mapping[str, Callable[..., Any]],
        sizes: Mapping[str, Extent],
    ):
        self.text, self.names, self.functions, self.sizes = text, names, functions, sizes

    def formula(self, tree: Any) -> Tensor:
        """The tensor of a whole formula.  Raises ParseError, or what an operation raises, with the place."""
        self.check_depth(tree)
        return self._tensor(tree)

    def check_depth(self, tree: Any) -> None:
        """Before anything is read: a tree deeper than `NESTING` is refused."""
        deep = [(tree, 1)]
        while deep:
            node, depth = deep.pop()
            if depth > NESTING:
                self._refuse(node, f"the formula nests deeper than {NESTING} levels")
            deep.extend((child, depth + 1) for child in getattr(node, "children", ()) if child is not None)

    def _refuse(self, node: Any, message: str) -> NoReturn:
        refuse(self.text, *span_of(node), message)

    def _do(self, node: Any, step: Callable[..., Any], *args: Any) -> Any:
        """One step of the formula; an error gets the place in the text."""
        try:
            result = step(*args)
            if isinstance(result, Tensor) and (number := _number(result)) is not None:
                check_value(number)
            return result
        except SymgradError as error:
            raise type(error)(f"{error}\n{excerpt(self.text, *span_of(node))}") from None
        except (ArithmeticError, ValueError):
            self._refuse(node, "this cannot be computed with the numbers given")

    # -- kinds of value -----------------------------------------------------------

    def _tensor(self, node: Any) -> Tensor:
        value = self._value(node)
        if isinstance(value, Condition):
            self._refuse(node, "a comparison stands only inside where(condition, a, b)")
        if isinstance(value, list):
            self._refuse(node, "a comma does not stand here; a decimal number has a point")
        return value

    def _condition(self, node: Any) -> Condition:
        value = self._value(node)
        if not isinstance(value, Condition):
            self._refuse(node, "expected a comparison, such as x > 0")
        return value

    def _value(self, node: Any) -> Value:
        if isinstance(node, str):
            return self._leaf(node)
        parts = node.children
        match node.data:
            case "sum":
                return self._sum(parts)
            case "product":
                return self._product(parts)
            case "negative":
                return self._do(node, lambda a: -a, self._tensor(parts[1]))
            case "positive":
                return self._tensor(parts[1])
            case "power" | "raised":
                return self._power(node)
            case "square_root":
                return self._do(node, self.functions["sqrt"], self._tensor(parts[0]))
            case "absolute":
                return self._do(node, abs, self._tensor(parts[0]))
            case "transposed":
                return self._do(node, Tensor.transpose, self._tensor(parts[0]))
            case "selected":
                key = tuple(self._place(part) for part in parts[1:])
                return self._do(node, lambda a: a[key], self._tensor(parts[0]))
            case "group":
                return self._value(parts[0]) if len(parts) == 1 else [self._value(part) for part in parts]
            case "list":
                return self._do(node, stack, [self._tensor(part) for part in parts])
            case "call":
                return self._call(node)
            case "comparison":
                return self._comparison(parts)
            case "opposite":
                return ~self._condition(parts[0])
            case "either":
                return self._condition(parts[0]) | self._condition(parts[1])
            case _:
                return self._condition(parts[0]) & self._condition(parts[1])

    def _leaf(self, token: Any) -> Tensor:
        if token.type == "NAME":
            return self.names[token.value]
        if token.value in self.sizes:
            return record((), self.sizes[token.value], ())
        return as_tensor(token.value if token.type == "NUMBER" else _CONSTANTS[token.value])

    # -- operators ------------------------------------------------------------------

    def _sum(self, parts: list[Any]) -> Tensor:
        result = self._tensor(parts[0])
        for sign, part in zip(parts[1::2], parts[2::2], strict=True):
            step = Tensor.__add__ if sign.type == "PLUS" else Tensor.__sub__
            result = self._do(sign, step, result, self._tensor(part))
        return result

    def _product(self, parts: list[Any]) -> Tensor:
        factors: list[tuple[Any, Any]] = []
        sign = None
        for part in parts:
            if getattr(part, "type", "") in ("TIMES", "OVER"):
                sign = part
            else:
                factors.append((sign, part))
                sign = None
        result = self._tensor(parts[0])
        for before, (sign, part) in pairwise(factors):
            if sign is None:
                self._check_implicit(*before, part, parts)
            result = self._do(sign or part, _multiplied, result, self._tensor(part), sign and sign.value)
        return result

    def _check_implicit(self, sign: Any, before: Any, part: Any, parts: list[Any]) -> None:
        """Refuse a product without a sign that could mean two things: ``x 2`` and ``1/2x``."""
        start = span_of(part)[0]
        if self.text[start] in f"0123456789.{FRACTIONS}":
            self._refuse(part, "a number does not stand behind a factor without a sign; write * or **")
        half = getattr(before, "type", "") == "NUMBER" and self.text[start - 1].isspace()
        if sign is None or sign.type != "OVER" or half:
            return
        whole = self.text[span_of(parts[0])[0] : span_of(part)[1]]
        message = (
            f"{quoted(whole)} can be read in two ways; write parentheses around the quotient or its divisor"
        )
        self._refuse(part, message)

    def _power(self, node: Any) -> Tensor:
        parts = node.children
        base = self._tensor(parts[0])
        if rule_of(parts[0]) == "square_root" and rule_of(parts[0].children[0]) != "group":
            self._refuse(node, "is the root of the power meant, or the power of the root? write parentheses")
        exponent = as_tensor(int(parts[1].value)) if node.data == "raised" else self._tensor(parts[2])
        if base.ndim > 1 and (node.data == "raised" or parts[1].value == "^"):
            message = "of a matrix, write A**k for each entry, A @ A for the product, inv(A) for the inverse"
            self._refuse(node, message)
        return self._do(node, _powered, base, exponent)

    def _comparison(self, parts: list[Any]) -> Condition:
        sides = [self._tensor(part) for part in parts[::2]]
        result: Condition | None = None
        for sign, a, b in zip(parts[1::2], sides, sides[1:], strict=False):
            one = self._do(sign, _compared, _COMPARE.get(sign.value, sign.value), a, b)
            result = one if result is None else result & one
        assert result is not None
        return result

    def _place(self, node: Any) -> Any:
        if rule_of(node) == "span":
            return slice(*(None if part is None else self._whole(part) for part in node.children))
        if getattr(node, "type", "") == "NONE":
            return None
        tensor = self._tensor(node)
        return tensor if _number(tensor) is None else self._whole(node)

    def _whole(self, node: Any) -> int:
        number = _number(self._tensor(node))
        if number is None or not number.is_Integer:
            self._refuse(node, "expected a whole number")
        return int(number)

    # -- calls --------------------------------------------------------------------------

    def _call(self, node: Any) -> Tensor:
        token, _, raised, *arguments = node.children
        named = {a.children[0].value: a.children[1] for a in arguments if rule_of(a) == "keyword"}
        placed = [a for a in arguments if rule_of(a) != "keyword"]
        if len(named) + len(placed) != len(arguments):
            self._refuse(node, "one argument is given twice")
        name = str(token.value)
        if name == "where":
            result = self._where(node, placed, named)
        else:
            result = self._apply(node, name, placed, named)
        if raised is None:
            return result
        power = raised.value if isinstance(raised, str) else raised.children[1].value  # type: ignore[attr-defined]
        if power < 0:
            self._refuse(raised, f"the inverse function or 1/{name}(…)? write the one that is meant")
        return self._do(node, _powered, result, as_tensor(power))

    def _where(self, node: Any, placed: list[Any], named: Mapping[str, Any]) -> Tensor:
        if len(placed) != 3 or named:
            self._refuse(node, "where takes a condition and two values: where(x > 0, x, 0)")
        condition = self._condition(placed[0])
        return self._do(node, where, condition, self._tensor(placed[1]), self._tensor(placed[2]))

    def _apply(self, node: Any, name: str, placed: list[Any], named: Mapping[str, Any]) -> Tensor:
        known, function = BY_NAME.get(name), self.functions[name]
        parameters = inspect.signature(function).parameters
        if known and not named and len(placed) == len(inspect.signature(known.partials).parameters):
            given = [self._tensor(part) for part in placed]
            self._do(node, check_call, name, _numbers(given))
            return self._do(node, elementwise, known.head, *given)
        names = (p.name if p.default is p.empty else f"{p.name}={p.default}" for p in parameters.values())
        takes = f"{name} takes ({', '.join(names)})"
        if known and function is known.partials:
            self._refuse(node, takes)
        try:
            bound = inspect.signature(function).bind(*placed, **named)
        except TypeError:
            self._refuse(node, takes)
        tensors: list[Any] = []
        settings: list[Any] = []
        for key, part in bound.arguments.items():
            parameter = parameters[key]
            if parameter.kind is parameter.VAR_POSITIONAL:
                bound.arguments[key] = tuple(self._tensor(each) for each in part)
                tensors += bound.arguments[key]
            elif parameter.default is parameter.empty:
                bound.arguments[key] = self._tensor(part)
                tensors.append(bound.arguments[key])
            else:
                bound.arguments[key] = self._setting(part, parameter)
                settings.append(bound.arguments[key])
        self._do(node, check_settings, _numbers(tensors), _numbers(settings))
        return self._do(node, lambda: as_tensor(function(*bound.args, **bound.kwargs)))

    def _setting(self, node: Any, parameter: inspect.Parameter) -> Any:
        """What a function takes as a plain number or several: an axis, a slope."""
        value = self._value(node)
        if isinstance(value, list):
            return tuple(self._whole(part) for part in node.children)
        if isinstance(value, Tensor) and (
            isinstance(parameter.default, float) or parameter.annotation == "float"
        ):
            number = _number(value)
            if number is None or not number.is_Rational:
                return value
            return Fraction(int(number.p), int(number.q))
        return self._whole(node)


def _number(tensor: Tensor) -> Any:
    """The exact number that a tensor is, else None (a size is no number yet)."""
    number = tensor.number()
    return number if number is not None and number.is_number else None


def _multiplied(a: Tensor, b: Tensor, sign: str | None) -> Tensor:
    if sign in ("/", "÷"):
        if _number(b) == 0:
            raise ParseError("division by zero")
        return a / b
    if sign == "@":
        return a @ b
    if a.ndim and b.ndim and sign not in ("*", "∗", "⊙", "∘"):
        if sign in ("·", "⋅") or (sign is None and a.ndim > 1):
            return a @ b
        raise ParseError(f"which product of shapes {a.shape} and {b.shape}? write * for each entry, or @")
    return a * b


def _powered(base: Tensor, exponent: Tensor) -> Tensor:
    check_power(_number(base), _number(exponent))
    return base**exponent


def _compared(sign: str, a: Tensor, b: Tensor) -> Condition:
    left, right = _number(a), _number(b)
    if left is not None and right is not None:
        check_difference(left, right)
    if left is not None:
        # As Python reads 0 < x, and as conditions print.
        return compare(_MIRRORED.get(sign, sign), b, a)
    return compare(sign, a, b)


def _numbers(values: list[Any]) -> list[Any]:
    """What is a number among arguments."""
    found = [as_tensor(v) if isinstance(v, int | Fraction) else v for v in values]
    numbers = [_number(v) for v in found if isinstance(v, Tensor)]
    return [number for number in numbers if number is not None]


def rule_of(node: Any) -> str:
    """The grammar's name for a node; nothing for a token."""
    return getattr(node, "data", "")


def span_of(node: Any) -> tuple[int, int]:
    place = node if isinstance(node, str) else node.meta
    return place.start_pos, place.end_pos  # type: ignore[union-attr]
