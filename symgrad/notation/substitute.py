"""Values put into formulas: `.on` and `.at` exactly, `.evaluate` in floating point."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sympy
from sympy import Basic, Expr, Integer, Mul, S, Tuple

from ..errors import DataError
from ..ir.evaluate import evaluate
from ..ir.heads import Maximum, Minimum
from ..ir.index import SAMPLES, Extent, Index
from ..ir.late import np
from ..ir.program import OPAQUE, Equation, Program
from ..ir.variable import Entry, Variable, entries, replace
from .formula import Formula, gather, inputs_of
from .record import as_number, record

if TYPE_CHECKING:
    from .tensor import Tensor

TERMS = 20_000
"""How many terms `.on` folds exactly before it points to `.evaluate`."""


def named_values(
    outputs: Iterable[Tensor], program: Program, mappings: Iterable[Mapping[Any, Any]], values: Mapping[str, Any]
) -> dict[Variable, Any]:
    """The user's values by variable; keys may be tensors, names, or ``lambda_`` for ``lambda``.

    A name that only the formula of origin contains serves for the sizes that it
    tells.  Raises DataError for one that neither contains.
    """
    gone = {variable.name: variable for tensor in outputs for variable in tensor.origin}
    inputs = {variable.name: variable for variable in program.inputs()}
    given: dict[Any, Any] = {}
    for mapping in mappings:
        given.update(mapping)
    given.update(values)
    found: dict[Variable, Any] = {}
    for key, value in given.items():
        name = key.name if isinstance(key, Formula) else str(key)
        name = name if name in inputs or name.rstrip("_") not in inputs else name.rstrip("_")
        if name in gone and name not in inputs:
            found[gone[name]] = value
            continue
        if name not in inputs:
            known = ", ".join(inputs) or "no variables at all"
            raise DataError(f"{name!r} does not stand in this formula, which has: {known}")
        found[inputs[name]] = value
    return found


# -- exact folding ---------------------------------------------------------------


def put_data(outputs: Mapping[Any, Tensor], mappings: Iterable[Mapping[Any, Any]], values: Mapping[str, Any]) -> dict[Any, Tensor]:
    """Formulas with all their data put in, folded to polynomials where they are.

    Raises DataError for missing data, lengths that disagree, and more than
    `TERMS` terms.
    """
    program = gather({str(k): tensor for k, tensor in enumerate(outputs.values())})
    given = named_values(outputs.values(), program, mappings, values)
    arrays = {variable: exact_array(variable, value) for variable, value in given.items()}
    missing = [v.name for v in program.inputs() if v.role == "data" and v not in arrays]
    if missing:
        raise DataError(f"no data for {', '.join(missing)}; give all data at once, for example .on({missing[0]}=[...])")
    return _folded(program, arrays, outputs)


def _folded(program: Program, arrays: dict[Variable, np.ndarray], outputs: Mapping[Any, Tensor]) -> dict[Any, Tensor]:
    """The outputs of ``program``, computed exactly from what is known."""
    for variable in program.inputs():
        if variable.role == "constant" and variable.facts.value is not None:
            arrays.setdefault(variable, exact_array(variable, variable.facts.value))
    parents = {t.variable: t for t in inputs_of(*outputs.values())}
    results = _Fold(program, arrays).run()
    origin = _origin(program, outputs.values())
    return {key: with_origin(_from_array(results[str(k)], parents), origin) for k, key in enumerate(outputs)}


def _origin(program: Program, outputs: Iterable[Tensor]) -> frozenset[Variable]:
    """The variables that stand, or once stood, in formulas."""
    return frozenset(program.inputs()).union(*(t.origin for t in outputs))


def with_origin(tensor: Tensor, origin: frozenset[Variable]) -> Tensor:
    """The same tensor, remembering the variables of the formula that it came from."""
    return Formula._final(tensor.variable, tensor.equation, tensor.parents.values(), origin | tensor.origin)


def exact_array(variable: Variable, value: Any) -> np.ndarray:
    """The user's numbers as an object array of exact sympy numbers, of the declared rank.

    Raises DataError naming the variable.
    """
    array = np.array(value.tolist() if isinstance(value, np.ndarray) else value, dtype=object)
    if array.ndim == 0 and variable.rank:
        array = np.array(value if isinstance(value, list | tuple) else list(np.asarray(value)), dtype=object)
    if array.ndim != variable.rank:
        raise DataError(
            f"{variable.name}: expected {_shape_words(variable)}, got an array of {array.ndim} axes, shape {array.shape}"
        )
    out = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape):
        number = as_number(array[place])
        if number is None:
            formula = array[place]
            number = formula.number() if isinstance(formula, Formula) else None
        if number is None:
            where = f" at place {list(place)}" if place else ""
            raise DataError(f"{variable.name}: {array[place]!r}{where} is not a number")
        if number is S.NaN:
            raise DataError(f"{variable.name}: the value at place {list(place)} is NaN; a formula needs numbers")
        out[place] = number
    for k, (extent, length) in enumerate(zip(variable.shape, array.shape, strict=True)):
        if extent.is_Integer and int(extent) != length:
            raise DataError(f"{variable.name}: axis {k} has {length} entries, expected {extent} ({_shape_words(variable)})")
    if variable.facts.classes is not None:
        for place in np.ndindex(out.shape):
            if not (out[place].is_Integer and 0 <= out[place] < variable.facts.classes):
                raise DataError(_bad_label(variable, out[place], place))
    return out


def _bad_label(variable: Variable, label: Any, place: Iterable[int]) -> str:
    return f"{variable.name}: the label {label} at place {list(place)} is not one of 0 to {variable.facts.classes - 1}"


def _shape_words(variable: Variable) -> str:
    sizes = ", ".join("n samples" if e == SAMPLES else str(e) for e in variable.shape)
    return f"shape ({sizes})" if variable.shape else "a single number"


class _TooMany(DataError):
    """More terms than are folded exactly."""


class _Fold:
    """Every equation computed entry by entry with exact numbers and parameter entries."""

    def __init__(self, program: Program, arrays: Mapping[Variable, np.ndarray]):
        self.program = program
        self.store: dict[Variable, np.ndarray] = dict(arrays)
        self.extents: dict[Basic, Basic] = {}
        self.owner: dict[Basic, Variable] = {}
        self.spent = 0
        for variable, array in arrays.items():
            for extent, length in zip(variable.shape, array.shape, strict=True):
                self._note(extent, length, variable)

    def _note(self, extent: Expr, length: int, variable: Variable) -> None:
        if not isinstance(extent, Extent):
            return
        known = self.extents.setdefault(extent, Integer(length))
        if known != length:
            what = "samples" if extent == SAMPLES else f"entries along {extent}"
            raise DataError(
                f"{variable.name} has {length} {what}, {self.owner[extent].name} has {known}; they must have equally many"
            )
        self.owner.setdefault(extent, variable)

    def run(self) -> dict[str, np.ndarray]:
        for variable in self.program.inputs():
            if variable not in self.store:
                shape = tuple(self._length(e, variable.name) for e in variable.shape)
                self.store[variable] = _own_entries(variable, shape)
        for equation in self.program.equations:
            self.store[equation.target] = self._equation(equation)
        return {name: self.store[variable] for name, variable in self.program.outputs.items()}

    def _length(self, extent: Expr, name: str) -> int:
        size = extent.xreplace(self.extents)
        if not size.is_Integer:
            raise DataError(f"the size {extent} of {name} is not told by the data; give data that have this size")
        return int(size)

    def _equation(self, equation: Equation) -> np.ndarray:
        shape = tuple(self._length(i.extent, equation.target.name) for i in equation.indices)
        over = [range(self._length(b.extent, "a sum")) for b in equation.bound]
        out = np.empty(shape, dtype=object)
        count = int(np.prod(shape, dtype=int)) * int(np.prod([len(r) for r in over], dtype=int))
        self.spent += count * (len(over[0]) if equation.kind in OPAQUE else 1)
        if self.spent > TERMS:
            raise _TooMany(
                f"more than {TERMS:,} terms to fold exactly; use .evaluate(...) for the numerical value at given parameters"
            )
        if equation.kind == "table":
            for place, part in zip(np.ndindex(shape), equation.body.args, strict=True):
                out[place] = self._value(part, {})
            return out
        for place in np.ndindex(shape):
            here = {i: Integer(p) for i, p in zip(equation.indices, place, strict=True)}
            out[place] = self._entry(equation, here, over)
        return out

    def _entry(self, equation: Equation, here: dict[Basic, Basic], over: list[range]) -> Expr:
        def body(position: tuple[int, ...], expr: Basic = equation.body) -> Expr:
            inner = {b: Integer(p) for b, p in zip(equation.bound, position, strict=True)}
            return self._value(expr, {**here, **inner})

        kind = equation.kind
        if kind in OPAQUE:
            return self._matrix(equation, here, over)
        terms = [body(position) for position in itertools.product(*over)]
        if kind == "sum":
            return sympy.Add(*terms)
        if kind == "prod":
            return sympy.Mul(*terms)
        if kind == "logsumexp":
            return sympy.log(sympy.Add(*(sympy.exp(t) for t in terms)))
        if kind == "argmax":
            if not all(t.is_number for t in terms):
                raise DataError("argmax cannot be folded while parameters are unknown; use .evaluate(...)")
            return Integer(max(range(len(terms)), key=lambda k: (terms[k], -k)))
        best = terms[0]
        for term in terms[1:]:
            best = (Maximum if kind == "max" else Minimum)(best, term)
        return best

    def _matrix(self, equation: Equation, here: dict[Basic, Basic], over: list[range]) -> Expr:
        row, column = equation.bound
        body = equation.body.args[0] if equation.kind == "solve" else equation.body
        matrix = sympy.Matrix(
            len(over[0]), len(over[1]),
            lambda r, c: self._value(body, {**here, row: Integer(r), column: Integer(c)}),
        )  # fmt: skip
        if equation.kind == "det":
            return matrix.det()
        if equation.kind == "logdet":
            return sympy.log(sympy.Abs(matrix.det()))
        if equation.kind == "solve":
            right_body = equation.body.args[1]
            used = body.atoms(Index) | right_body.atoms(Index)
            place = next(i for i in equation.indices if i not in used)
            right = sympy.Matrix([self._value(right_body, {**here, row: Integer(r)}) for r in over[0]])
            return matrix.LUsolve(right)[int(here[place])]
        r, c = (int(here[i]) for i in equation.indices[-2:])
        return matrix.inv()[r, c] if equation.kind == "inv" else matrix.cofactor(r, c)

    def _value(self, body: Basic, places: Mapping[Basic, Basic]) -> Expr:
        placed = replace(body, {**places, **self.extents})
        while True:
            # Innermost first: an entry may select the place of another.
            found = {e: self._lookup(e) for e in entries(placed) if all(i.is_Integer for i in e.indices)}
            found = {e: v for e, v in found.items() if v != e}
            if not found:
                return placed  # type: ignore[return-value]
            placed = placed.xreplace(found)

    def _lookup(self, entry: Entry) -> Expr:
        array = self.store.get(entry.variable)
        if array is None:
            return entry
        place = tuple(int(i) for i in entry.indices)
        inside = all(0 <= p < s for p, s in zip(place, array.shape, strict=True))
        return array[place] if inside else S.Zero


def _own_entries(variable: Variable, shape: tuple[int, ...]) -> np.ndarray:
    out = np.empty(shape, dtype=object)
    for place in np.ndindex(shape):
        out[place] = variable[place]
    return out


def _from_array(array: np.ndarray, parents: Mapping[Variable, Tensor]) -> Tensor:
    tidy = [tidied(e) for e in array.ravel()]
    used = {e.variable for part in tidy for e in entries(part)}
    near = [parents[v] for v in used]
    if array.ndim == 0:
        return record((), tidy[0], near)
    indices = tuple(Index("j", Integer(size)) for size in array.shape)
    return record(indices, Tuple(*tidy), near, kind="table")


def tidied(expr: Expr) -> Expr:
    """Polynomials multiplied out and collected; everything else as it is."""
    heads = entries(expr)
    if not heads:
        return expr
    if len(heads) <= 50 and expr.is_polynomial(*heads):
        return sympy.expand(expr, deep=False) if not expr.has(sympy.Pow) else sympy.expand(expr)
    if isinstance(expr, sympy.Add):
        return sympy.expand_mul(sympy.Add(*(sympy.expand(t) if t.is_polynomial(*heads) else t for t in expr.args)), deep=False)
    coefficient, rest = expr.as_coeff_Mul()
    return Mul(coefficient, tidied(rest)) if coefficient != 1 and isinstance(rest, sympy.Add) else expr


# -- values for parameters ---------------------------------------------------------


def put_values(outputs: Mapping[Any, Tensor], mappings: Iterable[Mapping[Any, Any]], values: Mapping[str, Any]) -> dict[Any, Tensor]:
    """Formulas with values for parameters, constants or hyperparameters put in, exactly."""
    program = gather({str(k): tensor for k, tensor in enumerate(outputs.values())})
    given = named_values(outputs.values(), program, mappings, values)
    for variable in program.inputs():
        if variable in given and variable.role == "data":
            raise DataError(f"{variable.name!r} is data: put data in with .on({variable.name}=[...]), all at once")
    arrays = {variable: exact_array(variable, value) for variable, value in given.items()}
    if _can_fold(program, arrays):
        try:
            return _folded(program, dict(arrays), outputs)
        except _TooMany:
            pass  # the values are put in without working the sums out
    origin = _origin(program, outputs.values())
    return {key: with_origin(_at(tensor, arrays), origin) for key, tensor in outputs.items()}


def _can_fold(program: Program, arrays: Mapping[Variable, np.ndarray]) -> bool:
    """Whether no data are missing, no size is a name that the values do not tell, and no matrix is unknown."""
    told = {e for v in arrays for e in v.shape}
    unknown = [v for v in program.inputs() if v not in arrays and not (v.role == "constant" and v.facts.value is not None)]
    if unknown and any(e.kind in OPAQUE for e in program.equations):
        return False
    return all(e.is_Integer or e in told for v in program.inputs() for e in v.shape)


def _at(tensor: Tensor, arrays: Mapping[Variable, np.ndarray]) -> Tensor:
    made: dict[Variable, Tensor] = {}
    todo = [(tensor, False)]
    while todo:
        node, ready = todo.pop()
        if node.variable in made:
            continue
        if not ready:
            todo.append((node, True))
            todo.extend((p, False) for p in node.parents.values())
            continue
        made[node.variable] = _rebuilt(node, made, arrays)
    return made[tensor.variable]


def _rebuilt(node: Tensor, made: Mapping[Variable, Tensor], arrays: Mapping[Variable, np.ndarray]) -> Tensor:
    if node.equation is None:
        if node.variable not in arrays:
            return node
        array = arrays[node.variable]
        if not array.ndim:
            return record((), array[()], ())
        indices = tuple(Index("j", Integer(s)) for s in array.shape)
        return record(indices, Tuple(*array.ravel()), (), kind="table")
    new = {v: made[v] for v in node.parents}
    if all(new[v] is p for v, p in node.parents.items()):
        return node
    swap: dict[Basic, Basic] = {}
    for entry in entries(node.equation.body):
        target = new[entry.variable]
        swap[entry] = _entry_value(target, tuple(i.xreplace(swap) for i in entry.indices))
    body = replace(node.equation.body, swap)
    if not node.equation.bound and node.equation.kind == "sum" and not node.equation.indices:
        body = tidied(body)
    if node.equation.kind == "table":
        body = Tuple(*(tidied(part) for part in body.args))
    return record(node.equation.indices, body, new.values(), node.equation.bound, node.equation.kind, node.variable.dtype)


def _entry_value(tensor: Tensor, places: tuple[Expr, ...]) -> Expr:
    """An entry of a tensor, read out where its place is known and its equation spells it."""
    equation = tensor.equation
    if equation is None or not all(p.is_Integer for p in places):
        return tensor.variable[places]
    if equation.kind == "table":
        sizes = [int(i.extent) for i in equation.indices]
        return equation.body.args[int(np.ravel_multi_index([int(p) for p in places], sizes))]
    if not places and tensor.number() is not None:
        return equation.body
    return tensor.variable[places]


# -- numbers -------------------------------------------------------------------------


def evaluate_at(outputs: Mapping[Any, Tensor], mappings: Iterable[Mapping[Any, Any]], values: Mapping[str, Any]) -> dict[Any, np.ndarray]:
    """The reference evaluator's float64 values for arrays of data and parameters.

    Raises DataError for what is missing or does not fit.
    """
    program = gather({str(k): tensor for k, tensor in enumerate(outputs.values())})
    given = named_values(outputs.values(), program, mappings, values)
    arrays: dict[str, np.ndarray] = {}
    known: dict[Expr, tuple[int, str]] = {}
    for variable in dict.fromkeys((*program.inputs(), *given)):
        value = given.get(variable, variable.facts.value)
        if value is None:
            raise DataError(f"no value for {variable.name} ({variable.role}); give {variable.name}=...")
        array = np.asarray(value, dtype=np.float64)
        if array.ndim != variable.rank and not (array.ndim == 0 and variable not in given):
            raise DataError(f"{variable.name}: expected {_shape_words(variable)}, got shape {array.shape}")
        for extent, length in zip(variable.shape, array.shape, strict=False):
            expected, owner = known.setdefault(extent, (int(extent) if extent.is_Integer else length, variable.name))
            if expected != length:
                what = "samples" if extent == SAMPLES else f"entries along {extent}"
                raise DataError(f"{variable.name} has {length} {what}, but {owner} has {expected}")
        classes = variable.facts.classes
        if classes is not None:
            for place in np.argwhere((array < 0) | (array >= classes) | (array % 1 != 0))[:1].tolist():
                raise DataError(_bad_label(variable, f"{array[tuple(place)]:g}", place))
        arrays[variable.name] = array
    sizes = {extent.name: length for extent, (length, _) in known.items() if isinstance(extent, Extent)}
    results = evaluate(program, arrays, sizes)
    return {key: results[str(k)] for k, key in enumerate(outputs)}


