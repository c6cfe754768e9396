"""The reference evaluator: what a Program means, in numpy, an equation at a time.

It favours being obviously right over speed: every body is computed over the
whole grid of its indices.  Generated kernels are tested against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

from sympy import Add, Basic, Expr, Mul, Pow, Rational
from sympy.core.numbers import NumberSymbol
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne
from sympy.logic.boolalg import And, BooleanFalse, BooleanTrue, Not, Or

from ..errors import DataError, InternalError
from .functions import lookup
from .heads import Delta, Where
from .index import Extent, Index
from .late import np
from .program import Equation, Program
from .variable import Entry, Variable

_COMPARE = {Eq: "equal", Ne: "not_equal", Gt: "greater", Ge: "greater_equal", Lt: "less", Le: "less_equal"}


def evaluate(
    program: Program, values: Mapping[str, Any], sizes: Mapping[str, int] | None = None, dtype: Any = float
) -> dict[str, np.ndarray]:
    """The program's outputs for given inputs.

    ``values`` maps each input's name to an array of its shape (sample axis
    first).  ``sizes`` gives extents that no input's shape tells.  Real arrays
    are taken as ``dtype``.
    """
    extents: dict[Expr, int] = {Extent(k): v for k, v in (sizes or {}).items()}
    store: dict[Variable, np.ndarray] = {}
    for variable in program.inputs():
        given = values.get(variable.name, variable.facts.value)
        kind = dtype if variable.dtype == "real" else np.int64
        array = np.asarray(given).astype(kind)
        if array.shape == () and variable.shape:
            array = np.broadcast_to(array, tuple(extent_value(e, extents) for e in variable.shape))
        store[variable] = array
        for extent, length in zip(variable.shape, array.shape, strict=True):
            if isinstance(extent, Extent):
                extents.setdefault(extent, length)
    with np.errstate(all="ignore"):
        for equation in program.equations:
            store[equation.target] = _Run(equation, store, extents, dtype).result()
    return {name: store[variable] for name, variable in program.outputs.items()}


def extent_value(extent: Expr, extents: Mapping[Expr, int]) -> int:
    """An extent as a number, once the named sizes are known; raises DataError where they are not."""
    size = extent.xreplace({k: Rational(v) for k, v in extents.items()})
    if not size.is_Integer:
        raise DataError(f"the size {extent} is not told by the values given")
    return int(size)


class _Run:
    """One equation on one grid: target indices first, then bound ones."""

    def __init__(
        self,
        equation: Equation,
        store: Mapping[Variable, np.ndarray],
        extents: Mapping[Expr, int],
        dtype: Any,
    ):
        self.equation, self.store, self.extents, self.dtype = equation, store, extents, dtype
        self.axes = (*equation.indices, *equation.bound)
        self.shape = tuple(extent_value(index.extent, extents) for index in self.axes)
        self.place = {index: k for k, index in enumerate(self.axes)}

    def result(self) -> np.ndarray:
        equation = self.equation
        if equation.kind == "table":
            return self._table()
        if equation.kind == "solve":
            return self._solve()
        body = np.broadcast_to(self.value(equation.body), self.shape)
        count = len(equation.indices)
        over = tuple(range(count, len(self.shape)))
        if equation.kind in ("sum", "prod", "max", "min"):
            if not over:
                return self._cast(body)
            if equation.kind in ("max", "min") and body.size == 0:
                return np.full(self.shape[:count], -np.inf if equation.kind == "max" else np.inf)
            ufunc = {"sum": np.sum, "prod": np.prod, "max": np.max, "min": np.min}[equation.kind]
            return self._cast(ufunc(body, axis=over))
        if equation.kind == "argmax":
            return np.argmax(body, axis=count)
        if equation.kind == "logsumexp":
            top = np.max(body, axis=over, keepdims=True, initial=-np.inf)
            safe = np.where(np.isfinite(top), top, 0)
            total = np.sum(np.exp(body - safe), axis=over)
            return np.log(total) + safe.reshape(total.shape)
        return self._matrix(body)

    def _cast(self, array: np.ndarray) -> np.ndarray:
        return np.array(array, dtype=self.dtype if self.equation.target.dtype == "real" else np.int64)

    def _matrix(self, body: np.ndarray) -> np.ndarray:
        # The matrix lies over the two bound axes; inv and cofactor own two target axes besides.
        kind, count = self.equation.kind, len(self.equation.indices)
        lead = count - 2 if kind in ("inv", "cofactor") else count
        take = body[(slice(None),) * lead + (0,) * (count - lead)] if self.shape[lead:count] else body
        if kind == "inv":
            return np.linalg.inv(take)
        if kind == "det":
            return np.linalg.det(take)
        if kind == "logdet":
            return np.linalg.slogdet(take)[1]
        rows = take.shape[-1]
        out = np.empty_like(take)
        for r in range(rows):
            for c in range(rows):
                minor = np.delete(np.delete(take, r, axis=-2), c, axis=-1)
                out[..., r, c] = (-1) ** (r + c) * np.linalg.det(minor)
        return out

    def _solve(self) -> np.ndarray:
        equation = self.equation
        matrix_body, right_body = equation.body.args
        row, column = equation.bound
        position = next(
            k
            for k in range(len(equation.indices))
            if equation.indices[k] not in (matrix_body.atoms(Index) | right_body.atoms(Index))
        )
        lead, rest = equation.indices[:position], equation.indices[position + 1 :]
        matrix = self._on((*lead, row, column), matrix_body)
        right = self._on((*lead, row, *rest), right_body)
        flat = right.reshape(*right.shape[: len(lead) + 1], -1)
        return np.linalg.solve(matrix, flat).reshape(right.shape)

    def _on(self, axes: tuple[Index, ...], body: Expr) -> np.ndarray:
        run = _Run.__new__(_Run)
        run.equation, run.store, run.extents, run.dtype = self.equation, self.store, self.extents, self.dtype
        run.axes = axes
        run.shape = tuple(extent_value(index.extent, self.extents) for index in axes)
        run.place = {index: k for k, index in enumerate(axes)}
        return np.broadcast_to(run.value(body), run.shape)

    def _table(self) -> np.ndarray:
        return np.array([float(self.value(e)) for e in self.equation.body.args], dtype=self.dtype).reshape(
            self.shape
        )

    def value(self, node: Basic) -> Any:
        """The array of ``node`` over the grid (axes of length 1 where it does not vary)."""
        if isinstance(node, Entry):
            return self._entry(node)
        if isinstance(node, Index):
            shape = [1] * len(self.shape)
            shape[self.place[node]] = -1
            return np.arange(self.shape[self.place[node]]).reshape(shape)
        if isinstance(node, Extent):
            return extent_value(node, self.extents)
        if node.is_Integer:
            return int(node)
        if node.is_Number or isinstance(node, NumberSymbol) or node.is_number:
            return self.dtype(float(node))
        args = [self.value(arg) for arg in node.args]
        return self._apply(node, args)

    def _apply(self, node: Basic, args: list[Any]) -> Any:
        if isinstance(node, Add):
            return reduce(np.add, args)
        if isinstance(node, Mul):
            return reduce(np.multiply, args)
        if isinstance(node, Pow):
            return self._power(args[0], node.exp, args[1])
        if isinstance(node, Where):
            return np.where(*args)
        if isinstance(node, Delta):
            return np.equal(*args).astype(self.dtype)
        if type(node) in _COMPARE:
            return getattr(np, _COMPARE[type(node)])(*args)
        if isinstance(node, And | Or):
            return reduce(np.logical_and if isinstance(node, And) else np.logical_or, args)
        if isinstance(node, Not):
            return np.logical_not(args[0])
        if isinstance(node, BooleanTrue | BooleanFalse):
            return bool(node)
        record = lookup(node)
        if record is None:
            raise InternalError(
                f"the evaluator does not know {type(node).__name__}; this is a bug in symgrad"
            )
        return record.numpy(*args)

    def _power(self, base: Any, exponent: Expr, value: Any) -> Any:
        if exponent == Rational(1, 2):
            return np.sqrt(base)
        if exponent == -1:
            return 1 / np.asarray(base, dtype=self.dtype)
        if exponent.is_Integer:
            return np.asarray(base, dtype=self.dtype) ** int(exponent)
        if exponent == Rational(-1, 2):
            return 1 / np.sqrt(base)
        return np.power(np.asarray(base, dtype=self.dtype), value)

    def _entry(self, entry: Entry) -> Any:
        array = self.store[entry.variable]
        if not entry.indices:
            return array[()]
        places = []
        for index, length in zip(entry.indices, array.shape, strict=True):
            position = np.asarray(self.value(index)).astype(np.int64)
            # A guard keeps positions outside from counting; here they only must not fail.
            places.append(np.clip(position, 0, max(length - 1, 0)))
        if array.size == 0:
            return np.zeros(np.broadcast_shapes(*(p.shape for p in places)), self.dtype)
        return array[tuple(np.broadcast_arrays(*places))] if len(places) > 1 else array[places[0]]
