"""Whole equations as numpy expressions: broadcasting for elementwise bodies, einsum for sums of products."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sympy import Basic, Expr, Mul, Pow, S
from sympy.logic.boolalg import Not

from ...ir.heads import Delta, Where
from ...ir.index import SAMPLES, Extent, Index
from ...ir.program import Equation
from ...ir.variable import Entry, Variable, free_indices
from ..plan import N, Names
from ..rewrite import in_range
from ..routine import ROWS
from ..values import Indicator
from ..views import solve_position
from .scalar import ATOM, COMPARE, POWER, Printed, ScalarPrinter

_NUMPY = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
    "lgamma": "gammaln", "normal_cdf": "ndtr",
}  # fmt: skip
FUNCTIONS: Mapping[str, str] = {
    **{name: f"np.{_NUMPY.get(name, name)}" for name in (
        "exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
        "asinh", "acosh", "atanh", "abs", "sign", "maximum", "minimum", "expm1", "log1p",
    )},
    "root": "np.sqrt",
    **{name: f"special.{_NUMPY.get(name, name)}" for name in (
        "erf", "erfc", "lgamma", "digamma", "normal_cdf",
    )},
    **{name: f"_{name}" for name in ("sigmoid", "softplus", "log_cosh", "relu", "trigamma")},
}  # fmt: skip
"""How a function of the registry is called; a leading underscore is a helper of templates/numpy/vecmath."""
NEED_SCIPY = frozenset({"erf", "erfc", "lgamma", "digamma", "trigamma", "normal_cdf"})


class ArrayPrinter(ScalarPrinter):
    """Prints `Grid`s, and the few plain values of statements."""

    functions = FUNCTIONS
    sqrt = "np.sqrt"
    infinity = "np.inf"

    def __init__(self, dtype: str, names: Names):
        super().__init__("float64")  # numpy's literals take the dtype of the arrays they meet
        self.names = names
        self.axes: tuple[Index, ...] = ()
        self.held: Mapping[Variable, Expr] = {}

    def __call__(self, node: Any, kind: str = "real") -> str:
        if not hasattr(node, "equation"):
            return super().__call__(node, kind)
        self.held = node.held
        return self._equation(node.equation)

    # -- equations --------------------------------------------------------------

    def _equation(self, equation: Equation) -> str:
        kind, indices, bound, body = equation.kind, equation.indices, equation.bound, equation.body
        if kind == "table":
            text = self._table(equation)
        elif kind == "solve":
            text = self._solve(equation)
        elif kind in ("inv", "det", "logdet", "cofactor"):
            text = self._matrix(equation)
        elif not bound:
            text = self._full(body, indices)
        elif kind == "sum":
            text = self._total(body, indices, bound)
        else:
            over = ", ".join(str(len(indices) + k) for k in range(len(bound)))
            start = (
                ""
                if equation.target.dtype != "real" or kind == "prod"
                else f", initial={'-' if kind == 'max' else ''}np.inf"
            )
            text = f"np.{kind}({self._full(body, (*indices, *bound))}, axis=({over},){start})"
        return f"np.asarray({text}, np.int64)" if equation.target.dtype != "real" else text

    def _on(
        self, node: Basic, axes: Sequence[Index], printed: Callable[[Basic], Printed] | None = None
    ) -> str:
        """``node`` with its axes in this order, as numpy broadcasts (leading ones may be missing)."""
        before, self.axes = self.axes, tuple(axes)
        text = (printed or self.real)(node)[0]
        self.axes = before
        return text

    def _full(self, body: Expr, axes: Sequence[Index]) -> str:
        """``body`` over all of its axes."""
        text = self._on(body, axes)
        return (
            text
            if set(axes) <= free_indices(body) or not axes
            else f"np.broadcast_to({text}, {self._shape(axes)})"
        )

    def _shape(self, axes: Sequence[Index]) -> str:
        return f"({''.join(self._size(i.extent) + ', ' for i in axes).strip()})"

    def _size(self, extent: Expr) -> str:
        if extent == SAMPLES:
            return ROWS.name
        return self.integer(self.names.named_size(extent))[0]

    def _total(self, body: Expr, indices: Sequence[Index], bound: Sequence[Index]) -> str:
        factors = [f for f in Mul.make_args(body) if free_indices(f)]
        plain = [f for f in Mul.make_args(body) if not free_indices(f)]
        kept = [i for i in indices if i in free_indices(body)]
        if len(factors) == 1:
            over = ", ".join(str(len(kept) + k) for k in range(len(bound)))
            text = f"np.sum({self._full(factors[0], (*kept, *bound))}, axis=({over},))"
        else:
            letters = {index: chr(ord("a") + k) for k, index in enumerate((*kept, *bound))}
            operands, inputs = [], []
            for factor in factors:
                own = [i for i in letters if i in free_indices(factor)]
                operands.append(self._on(factor, own))
                inputs.append("".join(letters[i] for i in own))
            out = "".join(letters[i] for i in kept)
            text = f'np.einsum("{",".join(inputs)}->{out}", {", ".join(operands)}, optimize=True)'
        if plain:
            text = f"{self.wrap(self.real(Mul(*plain)), POWER)} * {text}"
        if len(kept) < len(indices):
            places = ", ".join(":" if i in kept else "None" for i in indices)
            text = f"np.broadcast_to(({text})[{places}], {self._shape(indices)})"
        return text

    def _matrix(self, equation: Equation) -> str:
        lead = equation.indices[:-2] if equation.kind in ("inv", "cofactor") else equation.indices
        matrix = self._full(equation.body, (*lead, *equation.bound))
        if equation.kind == "cofactor":
            return f"_cofactor({matrix})"
        if equation.kind == "logdet":
            return f"np.linalg.slogdet({matrix})[1]"
        return f"np.linalg.{equation.kind}({matrix})"

    def _solve(self, equation: Equation) -> str:
        matrix, right = equation.body.args
        position = solve_position(equation)
        lead, rest = equation.indices[:position], equation.indices[position + 1 :]
        row, column = equation.bound
        one = self._full(matrix, (*lead, row, column))
        two = self._full(right, (*lead, row, *rest))
        return f"_solve({one}, {two}, {len(lead)})"

    def _table(self, equation: Equation) -> str:
        used = free_indices(equation.body)
        lead = [i for i in equation.indices if i in used]
        parts = ", ".join(self._full(e, lead) for e in equation.body.args)
        return f"np.stack([{parts}], axis=-1).reshape({self._shape(equation.indices)})"

    # -- leaves -------------------------------------------------------------------

    def real(self, node: Basic) -> Printed:
        if isinstance(node, Entry):
            return self._entry(node)
        if isinstance(node, Index):
            return self._range(node)
        if isinstance(node, Extent):
            return (N.name if node == SAMPLES else self._size(node)), ATOM
        if isinstance(node, Where):
            condition, one, two = node.args
            return f"np.where({self.condition(condition)[0]}, {self.real(one)[0]}, {self.real(two)[0]})", ATOM
        if isinstance(node, Delta | Indicator):
            return f"np.where({self.condition(node)[0]}, real(1), real(0))", ATOM
        return super().real(node)

    def integer(self, node: Basic) -> Printed:
        if isinstance(node, Entry | Index | Extent | Where):
            return self.real(node)
        return super().integer(node)

    def condition(self, node: Basic) -> Printed:
        if isinstance(node, Delta):
            one, two = (self.wrap(self.integer(a), COMPARE + 1) for a in node.args)
            return f"{one} == {two}", COMPARE
        if isinstance(node, Indicator):
            return self.condition(node.args[0])
        if isinstance(node, Not):
            return f"np.logical_not({self.condition(node.args[0])[0]})", ATOM
        return super().condition(node)

    def _power(self, node: Pow) -> Printed:
        base, exponent = node.args
        if exponent.is_number and exponent.is_negative:
            return self._product((node,))
        if exponent == 2:
            return f"np.square({self.real(base)[0]})", ATOM
        if exponent == S.Half:
            return f"np.sqrt({self.real(base)[0]})", ATOM
        power = str(exponent) if exponent.is_Integer else self.wrap(self.real(exponent), POWER)
        return f"{self.wrap(self.real(base), ATOM)} ** {power}", POWER

    def _range(self, index: Index) -> Printed:
        after = len(self.axes) - 1 - self.axes.index(index)
        text = f"np.arange({self._size(index.extent)})"
        return (f"{text}[:{', None' * after}]" if after else text), ATOM

    def _entry(self, entry: Entry) -> Printed:
        held = self.held[entry.variable]
        if not entry.indices:
            return super().real(held)
        text = str(held)
        moving = [p for p in entry.indices if not p.is_Integer]
        places = list(entry.indices)
        plain = all(
            isinstance(p, Index)
            and (p.extent == e or (p.extent.is_Integer and e.is_Integer and p.extent <= e))
            for p, e in zip(places, entry.variable.shape, strict=True)
            if not p.is_Integer
        )
        if not plain or len(set(moving)) < len(moving):
            return (
                f"{text}[{', '.join(self._position(p, axis, entry) for axis, p in enumerate(places))}]",
                ATOM,
            )
        parts = [
            str(p) if p.is_Integer else self._slice(p, e)
            for p, e in zip(places, entry.variable.shape, strict=True)
        ]  # type: ignore[arg-type]
        order = [self.axes.index(p) for p in moving]  # type: ignore[arg-type]
        if any(p != ":" for p in parts):
            text = f"{text}[{', '.join(parts)}]"
        if order != sorted(order):
            turn = sorted(range(len(order)), key=order.__getitem__)
            text = f"{text}.T" if len(order) == 2 else f"{text}.transpose({', '.join(map(str, turn))})"
        if order:
            spread = [":" if axis in order else "None" for axis in range(min(order), len(self.axes))]
            if "None" in spread:
                text = f"{text}[{', '.join(spread)}]"
        return text, ATOM

    def _slice(self, index: Index, extent: Expr) -> str:
        return ":" if index.extent == extent else f":{self._size(index.extent)}"

    def _position(self, place: Basic, axis: int, entry: Entry) -> str:
        text = self.integer(place)[0]
        if in_range(place, entry.variable.shape[axis]):  # type: ignore[arg-type]
            return text
        return f"np.clip({text}, 0, {self.held[entry.variable]}.shape[{axis}] - 1)"
