"""Values put into formulas: `.on` and `.at` exactly, `.evaluate` in floating point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sympy import Basic, Expr, Integer, S, Tuple

from ..errors import DataError
from ..ir.evaluate import evaluate, extent_value
from ..ir.index import SAMPLES, Extent, Index
from ..ir.late import np
from ..ir.program import OPAQUE, Program
from ..ir.variable import Variable, entries, replace
from .fold import Fold, TooManyTerms, check_labels, exact_array, shape_words, tidied
from .formula import Formula, gather, inputs_of
from .record import record

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


def put_data(
    outputs: Mapping[Any, Tensor], mappings: Iterable[Mapping[Any, Any]], values: Mapping[str, Any]
) -> dict[Any, Tensor]:
    """Formulas with all their data put in, folded to polynomials where they are.

    Raises DataError for missing data, lengths that disagree, and more than
    `TERMS` terms.
    """
    program = gather({str(k): tensor for k, tensor in enumerate(outputs.values())})
    given = named_values(outputs.values(), program, mappings, values)
    arrays = {variable: exact_array(variable, value) for variable, value in given.items()}
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
    results = Fold(program, arrays).run()
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
    for part in tidy:
        if part.has(S.ComplexInfinity, S.NaN) or (part.is_number and part.is_extended_real is False):
            raise DataError(
                "the formula has no real value for what was put in: something divides by zero, or takes "
                "a logarithm, root or power outside of its domain"
            )
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
    arrays = {variable: exact_array(variable, value) for variable, value in given.items()}
    if _can_fold(program, arrays):
        try:
            return _folded(program, dict(arrays), outputs)
        except TooManyTerms:
            pass  # the values are put in without working the sums out
    origin = _origin(program, outputs.values())
    return {key: with_origin(_at(tensor, arrays), origin) for key, tensor in outputs.items()}


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
        array = np.asarray(value, dtype=np.float64)
        if array.ndim != variable.rank and not (array.ndim == 0 and variable not in given):
            raise DataError(f"{variable.name}: expected {shape_words(variable)}, got shape {array.shape}")
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
    results = evaluate(program, arrays, sizes)
    return {key: results[str(k)] for k, key in enumerate(outputs)}
