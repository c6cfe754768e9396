"""The one class that a user holds: a Tensor, from scalar to matrix and beyond."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

import sympy
from sympy import Rational

from ..errors import NotationError, ShapeError
from ..ir.functions import BY_NAME
from ..ir.late import np
from .condition import Condition, compare
from .formula import Formula, inputs_of, label, own_shape
from .indexing import index
from .numpy_names import refusal
from .record import as_tensor, axes_for, elementwise, record
from .reduce import chosen_axes, matmul, normal_axis, reduce_own
from .substitute import evaluate_at, put_data, put_values


class Tensor(Formula):
    """A formula with a shape: declared, or built from others by operators.

    ``shape`` is the shape for one sample; ``per_sample`` says whether there is
    one value per sample besides.  Operators follow numpy: ``+ - * / ** @``,
    indexing, ``.T``, ``.sum(axis)``, ``.max(axis)``; shapes broadcast.

    >>> import symgrad as sg
    >>> m, b = sg.params("m b")
    >>> x = sg.data("x")
    >>> (m*x + b).shape, (m*x + b).per_sample
    ((), True)
    """

    __slots__ = ()

    # Sympy's operators step back for a higher priority; numpy's for __array_ufunc__.
    _op_priority = 1000.0

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

    def __iter__(self) -> Iterator[Tensor]:
        if self.equation is None and self.ndim and isinstance(self.shape[0], str):
            raise NotationError(
                f"{self.name} has {self.shape[0]} entries, a size that is known only when data arrive, and "
                f"cannot be taken apart; two names are declared in one string: '{self.name} {self.shape[0]}'"
            )
        return (self[k] for k in range(len(self)))

    # -- operators ----------------------------------------------------------

    def __add__(self, other: Any) -> Tensor:
        return elementwise(lambda a, b: a + b, self, other)

    def __radd__(self, other: Any) -> Tensor:
        return elementwise(lambda a, b: a + b, other, self)

    def __sub__(self, other: Any) -> Tensor:
        return elementwise(lambda a, b: a - b, self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return elementwise(lambda a, b: a - b, other, self)

    def __mul__(self, other: Any) -> Tensor:
        return elementwise(lambda a, b: a * b, self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return elementwise(lambda a, b: a * b, other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return elementwise(lambda a, b: a / b, self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return elementwise(lambda a, b: a / b, other, self)

    def __pow__(self, other: Any) -> Tensor:
        return elementwise(lambda a, b: a**b, self, other)

    def __rpow__(self, other: Any) -> Tensor:
        return elementwise(lambda a, b: a**b, other, self)

    def __xor__(self, other: Any) -> Tensor:
        _no_power(self, other)

    def __rxor__(self, other: Any) -> Tensor:
        _no_power(other, self)

    def __neg__(self) -> Tensor:
        return elementwise(lambda a: -a, self)

    def __pos__(self) -> Tensor:
        return self

    def __abs__(self) -> Tensor:
        return elementwise(sympy.Abs, self)

    def __matmul__(self, other: Any) -> Tensor:
        return matmul(self, as_tensor(other))

    def __rmatmul__(self, other: Any) -> Tensor:
        return matmul(as_tensor(other), self)

    def __lt__(self, other: Any) -> Condition:
        return compare("<", self, other)

    def __le__(self, other: Any) -> Condition:
        return compare("<=", self, other)

    def __gt__(self, other: Any) -> Condition:
        return compare(">", self, other)

    def __ge__(self, other: Any) -> Condition:
        return compare(">=", self, other)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        operators: dict[str, Callable[..., Any]] = {
            "add": lambda a, b: as_tensor(a) + b,
            "subtract": lambda a, b: as_tensor(a) - b,
            "multiply": lambda a, b: as_tensor(a) * b,
            "divide": lambda a, b: as_tensor(a) / b,
            "power": lambda a, b: as_tensor(a) ** b,
            "matmul": lambda a, b: as_tensor(a) @ b,
            "negative": lambda a: -a,
            "square": lambda a: a**2,
            "sqrt": lambda a: elementwise(sympy.sqrt, a),
            "absolute": abs,
            "bitwise_xor": _no_power,
            "less": lambda a, b: as_tensor(a) < b,
            "less_equal": lambda a, b: as_tensor(a) <= b,
            "greater": lambda a, b: as_tensor(a) > b,
            "greater_equal": lambda a, b: as_tensor(a) >= b,
        }
        aliases = {
            "arcsin": "asin", "arccos": "acos", "arctan": "atan",
            "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
        }  # fmt: skip
        name = aliases.get(ufunc.__name__, ufunc.__name__)
        if method == "__call__" and not kwargs:
            if name in operators:
                return operators[name](*inputs)
            if name in BY_NAME:
                return elementwise(BY_NAME[name].head, *inputs)
        raise NotationError(refusal(ufunc.__name__))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in (np.shape, np.ndim):
            return getattr(self, function.__name__)
        raise NotationError(refusal(function.__name__))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Its numbers, where it holds no variables; entries as they are for dtype ``object``."""
        known = all(tensor.role == "constant" for tensor in inputs_of(self))
        measured = all(isinstance(size, int) for size in self.shape)
        if measured and (dtype is object or dtype == np.dtype(object)):
            exact = self.at() if known else self
            table = exact.equation if exact.equation and exact.equation.kind == "table" else None
            array = np.empty(self.shape, dtype=object)
            for k, place in enumerate(np.ndindex(self.shape)):
                array[place] = table.body.args[k] if table else exact[place] if place else exact
            return array
        if not known:
            raise NotationError(
                f"{label(self)} is a formula, no array of numbers: write symgrad's functions in place of "
                "numpy's, or take its values with .evaluate(...)"
            )
        return self.evaluate().astype(dtype or float)

    # -- axes ---------------------------------------------------------------

    @property
    def T(self) -> Tensor:
        """With its own axes reversed (the sample axis stays)."""
        return self.transpose()

    def transpose(self, *axes: int) -> Tensor:
        """With its own axes permuted; without arguments reversed."""
        order = [normal_axis(a, self) for a in axes] or list(reversed(range(self.ndim)))
        if sorted(order) != list(range(self.ndim)):
            raise ShapeError(f"transpose{axes}: give each of the {self.ndim} axes of {self!r} once")
        if self.ndim < 2:
            return self
        shape = own_shape(self.variable)
        lead, own = axes_for(self.per_sample, tuple(shape[a] for a in order))
        back = [own[order.index(k)] for k in range(self.ndim)]
        return record((*lead, *own), self.variable[(*lead, *back)], [self], dtype=self.variable.dtype)

    def __getitem__(self, key: Any) -> Tensor:
        return index(self, key)

    # -- reductions over its own axes -----------------------------------------

    def sum(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """The sum over its own axes (never over samples: that is `symgrad.total`)."""
        return reduce_own("sum", self, axis, keepdims)

    def mean(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """The mean over its own axes (never over samples: that is `symgrad.mean`)."""
        count = sympy.prod([own_shape(self.variable)[a] for a in chosen_axes(axis, self)])
        return reduce_own("sum", self, axis, keepdims) / count

    def prod(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """The product over its own axes."""
        return reduce_own("prod", self, axis, keepdims)

    def max(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """The largest over its own axes; ties share the derivative equally."""
        return reduce_own("max", self, axis, keepdims)

    def min(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """The smallest over its own axes; ties share the derivative equally."""
        return reduce_own("min", self, axis, keepdims)

    def argmax(self, axis: int = -1) -> Tensor:
        """The position of the largest along one axis; its derivative is zero."""
        return reduce_own("argmax", self, axis, False)

    # -- values ----------------------------------------------------------------

    def on(self, *mappings: Mapping[Any, Any], **data: Any) -> Tensor:
        """The formula with data put in, exactly: numbers are read as they were typed.

        >>> import symgrad as sg
        >>> x, y = sg.data("x y"); m, b = sg.params("m b")
        >>> str(sg.mse(y, m*x + b).on(x=[1, 2], y=[3, 5]).at(m=-1, b=5))
        '5/2'
        """
        return put_data({"it": self}, mappings, data)["it"]

    def at(self, *mappings: Mapping[Any, Any], **values: Any) -> Tensor:
        """The formula with values for parameters or hyperparameters put in, exactly."""
        return put_values({"it": self}, mappings, values)["it"]

    def evaluate(self, *mappings: Mapping[Any, Any], **values: Any) -> np.ndarray:
        """The numerical value in float64 for arrays of data and parameters (sample axis first)."""
        return evaluate_at({"it": self}, mappings, values)["it"]

    def n(self, digits: int = 15) -> Tensor:
        """With its exact numbers as decimals of so many digits, at least 1."""
        if isinstance(digits, bool) or not isinstance(digits, int | np.integer) or digits < 1:
            raise NotationError(f".n({digits!r}): the number of digits must be a whole number, at least 1")
        if self.equation is None:
            return self
        body = self.equation.body
        rounded = (
            body.xreplace({a: sympy.Float(a, digits) for a in body.atoms(Rational) if not a.is_Integer})
            if body.free_symbols or self.parents
            else body.evalf(digits)
        )
        return record(
            (*self.equation.indices,), rounded, self.parents.values(), self.equation.bound, self.equation.kind
        )


def _no_power(left: Any, right: Any) -> NoReturn:
    left, right = (label(part) if isinstance(part, Tensor) else repr(part) for part in (left, right))
    raise NotationError(f"{left} ^ {right}: a power is written ** in Python: {left}**{right}")
