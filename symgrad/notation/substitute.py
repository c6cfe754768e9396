"""Values put into formulas: `.on` and `.at` exactly, `.evaluate` in floating point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sympy import Basic, Expr, Integer, Tuple
from sympy.matrices.exceptions import NonInvertibleMatrixError

from ..errors import DataError
from ..ir.evaluate import evaluate, extent_value
from ..ir.index import SAMPLES, Extent, Index
from ..ir.late import np
from ..ir.program import OPAQUE, Program
from ..ir.variable import Variable, entries, replace
from .domain import check_folded, check_placed
from .fold import Fold, TooManyTerms, check_labels, exact_array, shape_words, tidied
from .formula import Formula, gather, inputs_of, ordered
from .record import as_number, record
from .spelling import in_words

if TYPE_CHECKING:
    from .tensor import Tensor


def named_values(
    outputs: Iterable[Tensor],
    program: Program,
    mappings: Iterable[Mapping[Any, Any]],
    values: Mapping[str, Any],
) -> dict[Variable, Any]:
    """The user's values by variable; keys may be tensors, names, or ``lambda_`` for ``lambda``.

    A name that only the formula of origin contains serves for the sizes that it
    tells.  Raises DataError for one that neither contains.
    """
    gone = {variable.name: variable for tensor in outputs for variable in tensor.origin}
    inputs = {variable.name: variable for variable in program.inputs()}
    given: dict[Any, Any] = {}
    for mapping in mappings:
        if not hasattr(mapping, "keys"):
            raise DataError(
                f"expected values by name, such as {next(iter(inputs), 'x')}=..., or a mapping of names to "
                f"values; got {mapping!r}, a {type(mapping).__name__}"
            )
        given.update(mapping)
    given.update(values)
    found: dict[Variable, Any] = {}
    for key, value in given.items():
        name = key.name if isinstance(key, Formula) else str(key)
        name = in_words(name) or name
        name = name if name in inputs or name.rstrip("_") not in inputs else name.rstrip("_")
        if name in gone and name not in inputs:
            found[gone[name]] = value
            continue
        if name not in inputs:
            known = ", ".join(inputs) or "no variables at all"
            raise DataError(f"{name!r} does not stand in this formula, which has: {known}")
        found[inputs[name]] = value
    return found


def _exact(program: Program, given: Mapping[Variable, Any]) -> dict[Variable, np.ndarray]:
    """The values as exact arrays; raises DataError for what is no array of numbers."""
    arrays = {}
    told: dict[Expr, tuple[int, str]] = {}
    for variable, value in given.items():
        if variable.rank and not np.ndim(_nested(variable, value)):
            raise DataError(f"{variable.name}: expected {shape_words(variable)}, got {_got(value)}")
        arrays[variable] = exact_array(variable, value)
        for extent, length in zip(variable.shape, arrays[variable].shape, strict=True):
            told[extent] = (length, variable.name)
    check_not_empty(program, told)
    return arrays


def _nested(variable: Variable, value: Any) -> np.ndarray:
    """The values as they are, in an array; raises DataError where rows have different lengths."""
    try:
        array = np.array(value, dtype=object)
    except ValueError:
        array = np.empty(1, dtype=object)
        array[0] = []
    for place in np.ndindex(array.shape):
        if isinstance(array[place], list | tuple):
            raise DataError(
                f"{variable.name}: expected {shape_words(variable)}, got rows of different lengths"
            )
    return array


def _floats(variable: Variable, value: Any) -> np.ndarray:
    """The values in float64; raises DataError for NaN and for what is no number."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        nested = _nested(variable, value)
        if nested.ndim != variable.rank:
            raise DataError(f"{variable.name}: expected {shape_words(variable)}, got {_got(value)}") from None
        exact_array(variable, value)
        raise
    for place in np.argwhere(np.isnan(array))[:1].tolist():
        where = f" at place {place}" if place else ""
        raise DataError(f"{variable.name}: the value{where} is NaN; a formula needs numbers")
    return array


def _got(value: Any) -> str:
    """What came in place of an array, for a message."""
    shape = np.shape(value)
    if shape:
        return f"shape {shape}"
    number = as_number(value) is not None
    return f"the single number {value}; write [{value}]" if number else f"{value!r}, a {type(value).__name__}"


def check_not_empty(program: Program, told: Mapping[Expr, tuple[int, str]]) -> None:
    """Raise DataError for a mean over nothing, where a size that a formula divides by is 0."""
    for extent, (length, owner) in told.items():
        if length == 0 and any(e.body.has(1 / extent) for e in program.equations if extent.is_Symbol):
            what = "samples" if extent == SAMPLES else f"entries along {extent}"
            raise DataError(f"{owner} has no {what}, and there is no mean of nothing; give at least one")


def _singular(program: Program) -> str:
    """The message for a matrix that has no inverse."""
    inverted = [
        e.body.args[0] if e.kind == "solve" else e.body for e in program.equations if e.kind in OPAQUE
    ]
    names = dict.fromkeys(
        e.variable.name for body in inverted for e in entries(body) if e.variable.role != "temp"
    )
    which = f"the matrix {', '.join(names)}" if len(names) == 1 else "a matrix that the formula inverts"
    return f"{which} is singular with these values: its determinant is 0, so it has no inverse"


def put_data(
    outputs: Mapping[Any, Tensor], mappings: Iterable[Mapping[Any, Any]], values: Mapping[str, Any]
) -> dict[Any, Tensor]:
    """Formulas with all their data put in, folded to polynomials where they are.

    Raises DataError for missing data, lengths that disagree, and more than
    `TERMS` terms.
    """
    program = gather({str(k): tensor for k, tensor in enumerate(outputs.values())})
    given = named_values(outputs.values(), program, mappings, values)
    arrays = _exact(program, given)
    missing = [v.name for v in program.inputs() if v.role == "data" and v not in arrays]
    if missing:
        raise DataError(
            f"no data for {', '.join(missing)}; give all data at once, for example .on({missing[0]}=[...])"
        )
    return _folded(program, arrays, outputs)


def _folded(
    program: Program, arrays: dict[Variable, np.ndarray], outputs: Mapping[Any, Tensor]
) -> dict[Any, Tensor]:
    """The outputs of ``program``, computed exactly from what is known."""
    for variable in program.inputs():
        if variable.role == "constant" and variable.facts.value is not None:
            arrays.setdefault(variable, exact_array(variable, variable.facts.value))
    parents = {t.variable: t for t in inputs_of(*outputs.values())}
    fold = Fold(program, arrays)
    try:
        results = fold.run()
    except NonInvertibleMatrixError:
        raise DataError(_singular(program)) from None
    except TypeError:  # sympy compares nothing that has no value
        check_folded(program, fold.store, list(parents))
        raise
    check_folded(program, fold.store, list(parents))
    origin = _origin(program, outputs.values())
    return {key: with_origin(_from_array(results[str(k)], parents), origin) for k, key in enumerate(outputs)}


def _origin(program: Program, outputs: Iterable[Tensor]) -> frozenset[Variable]:
    """The variables that stand, or once stood, in formulas."""
    return frozenset(program.inputs()).union(*(t.origin for t in outputs))


def with_origin(tensor: Tensor, origin: frozenset[Variable]) -> Tensor:
    """The same tensor, remembering the variables of the formula that it came from."""
    return Formula._final(tensor.variable, tensor.equation, tensor.parents.values(), origin | tensor.origin)


def _from_array(array: np.ndarray, parents: Mapping[Variable, Tensor]) -> Tensor:
    tidy = [tidied(e) for e in array.ravel()]
    used = {e.variable for part in tidy for e in entries(part)}
    near = [parents[v] for v in used]
    if array.ndim == 0:
        return record((), tidy[0], near)
    indices = tuple(Index("j", Integer(size)) for size in array.shape)
    return record(indices, Tuple(*tidy), near, kind="table")


def put_values(
    outputs: Mapping[Any, Tensor], mappings: Iterable[Mapping[Any, Any]], values: Mapping[str, Any]
) -> dict[Any, Tensor]:
    """Formulas with values for parameters, constants or hyperparameters put in, exactly."""
    program = gather({str(k): tensor for k, tensor in enumerate(outputs.values())})
    given = named_values(outputs.values(), program, mappings, values)
    for variable in program.inputs():
        if variable in given and variable.role == "data":
            raise DataError(
                f"{variable.name!r} is data: put data in with .on({variable.name}=[...]), all at once"
            )
    arrays = _exact(program, given)
    if _can_fold(program, arrays):
        try:
            return _folded(program, dict(arrays), outputs)
        except TooManyTerms:
            pass  # the values are put in without working the sums out
    origin = _origin(program, outputs.values())
    placed = {key: _at(tensor, arrays) for key, tensor in outputs.items()}
    bodies = [e.body for e in gather({str(k): t for k, t in enumerate(placed.values())}).equations]
    check_placed(program, bodies, arrays, [t.variable for t in inputs_of(*outputs.values())])
    return {key: with_origin(tensor, origin) for key, tensor in placed.items()}


def _can_fold(program: Program, arrays: Mapping[Variable, np.ndarray]) -> bool:
    """Whether the values tell every size, and every matrix that is inverted."""
    told = {e for v in arrays for e in v.shape}
    unknown = [
        v
        for v in program.inputs()
        if v not in arrays and not (v.role == "constant" and v.facts.value is not None)
    ]
    if unknown and any(e.kind in OPAQUE for e in program.equations):
        return False
    return all(e.is_Integer or e in told for v in program.inputs() for e in v.shape)


def _at(tensor: Tensor, arrays: Mapping[Variable, np.ndarray]) -> Tensor:
    made: dict[Variable, Tensor] = {}
    for node in ordered(tensor):
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
    for entry in reversed(entries(node.equation.body)):  # inner ones first: they select the outer ones
        target = new[entry.variable]
        swap[entry] = _entry_value(target, tuple(i.xreplace(swap) for i in entry.indices))
    body = replace(node.equation.body, swap)
    if not node.equation.bound and node.equation.kind == "sum" and not node.equation.indices:
        body = tidied(body)
    if node.equation.kind == "table":
        body = Tuple(*(tidied(part) for part in body.args))
    return record(
        node.equation.indices,
        body,
        new.values(),
        node.equation.bound,
        node.equation.kind,
        node.variable.dtype,
    )


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


def evaluate_at(
    outputs: Mapping[Any, Tensor], mappings: Iterable[Mapping[Any, Any]], values: Mapping[str, Any]
) -> dict[Any, np.ndarray]:
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
        array = _floats(variable, value)
        if array.ndim != variable.rank and not (array.ndim == 0 and variable not in given):
            raise DataError(f"{variable.name}: expected {shape_words(variable)}, got {_got(value)}")
        for extent, length in zip(variable.shape, array.shape, strict=False):
            expected, owner = known.setdefault(
                extent, (int(extent) if extent.is_Integer else length, variable.name)
            )
            if expected != length:
                what = "samples" if extent == SAMPLES else f"entries along {extent}"
                raise DataError(f"{variable.name} has {length} {what}, but {owner} has {expected}")
        if variable.dtype != "real":
            check_labels(variable, array, variable.facts.classes)
        arrays[variable.name] = array
    sizes = {extent.name: length for extent, (length, _) in known.items() if isinstance(extent, Extent)}
    for variable, extents in program.selections().items():
        for extent in extents:
            told = extent_value(extent, {Extent(name): length for name, length in sizes.items()})
            check_labels(variable, arrays[variable.name], told)
    check_not_empty(program, known)
    try:
        results = evaluate(program, arrays, sizes)
    except np.linalg.LinAlgError:
        raise DataError(_singular(program)) from None
    return {key: results[str(k)] for k, key in enumerate(outputs)}
