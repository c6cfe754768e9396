"""A Program to a Plan: inputs named, schedule chosen, a routine for each public function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import get_args

from sympy import Expr, Integer, preorder_traversal

from ..errors import PlanError
from ..ir.functions import lookup
from ..ir.index import SAMPLES
from ..ir.late import np
from ..ir.program import Program
from ..ir.variable import Variable
from ..ir.verify import verify
from ..notation.record import as_number
from .arrays import ArrayBuilder
from .names import Name
from .plan import STEP, Binding, Length, Names, Plan, Routine, Schedule, check_sizes
from .printers.arrays import FUNCTIONS as ARRAY_FUNCTIONS
from .printers.scalar import FUNCTIONS as SCALAR_FUNCTIONS
from .products import heavy
from .rewrite import prepare
from .routine import Builder
from .stages import split

FUNCTIONS: Mapping[str, Mapping[str, str]] = {"cpu": SCALAR_FUNCTIONS, "numpy": ARRAY_FUNCTIONS}
BAKED = 1000
"""A constant with at most so many elements is written into the module; larger ones come with the data."""
_WHAT = {
    "data": ("data", "datum"),
    "constant": ("data", "constant"),
    "param": ("params", "parameter"),
    "state": ("state", "state"),
}


def make_plan(
    program: Program, *, target: str = "cpu", dtype: str = "float64", schedule: str = "auto"
) -> Plan:
    """Decide how a Program runs.

    Raises PlanError for an unknown target, dtype or schedule, for a schedule
    that the program cannot have, and for what the target cannot compute.
    """
    if target not in FUNCTIONS:
        raise PlanError(
            f"the target {target!r} is not known; expected one of {', '.join(map(repr, FUNCTIONS))}"
        )
    if dtype not in ("float64", "float32"):
        raise PlanError(f"the dtype {dtype!r} is not known; expected 'float64' or 'float32'")
    if schedule not in ("auto", *get_args(Schedule)):
        raise PlanError(f"the schedule {schedule!r} is not known; expected 'auto', 'streaming' or 'batched'")
    verify(program, stage="planning")
    check_sizes(program)
    wanted = _routines(program)
    if not wanted:
        raise PlanError(
            "the program gives out nothing that a kernel can compute: name an output 'loss' or 'prediction'"
        )
    prepared = {
        key: prepare(program.with_outputs(o), FUNCTIONS[target].__contains__, target)
        for key, o in wanted.items()
    }
    chosen, reason = _schedule(prepared, target, schedule)
    names = _names(program)
    # Asked of the program as it was written: a delta's place may lie outside, and then counts nothing.
    selections = {key: program.with_outputs(o).live().selections() for key, o in wanted.items()}
    routines = tuple(_routine(key, prepared[key], names, target, chosen, selections[key]) for key in wanted)
    return Plan(program, target, dtype, chosen, reason, routines, names, _functions(prepared.values()))


def _functions(programs: Iterable[Program]) -> frozenset[str]:
    bodies = [e.body for program in programs for e in program.equations]
    records = (lookup(node) for body in bodies for node in preorder_traversal(body))  # type: ignore[arg-type]
    return frozenset(record.name for record in records if record is not None)


def _routines(program: Program) -> dict[str, dict[str, Variable]]:
    """The outputs of each routine."""
    outputs = program.outputs
    loss = {k: v for k, v in outputs.items() if k == "loss"}

    def some(prefix: str) -> dict[str, Variable]:
        return {k: v for k, v in outputs.items() if k.startswith(prefix)}

    found: dict[str, dict[str, Variable]] = {"loss": loss}
    if loss and some("gradient:"):
        found["gradient"] = {**loss, **some("gradient:")}
    found["predict"] = some("prediction")
    found["metrics"] = some("metric:")
    if loss and some("next:"):
        found["train"] = {**loss, **some("next:")}
    return {key: chosen for key, chosen in found.items() if chosen}


def _schedule(prepared: Mapping[str, Program], target: str, asked: str) -> tuple[Schedule, str]:
    stages = {key: split(program.equations) for key, program in prepared.items()}
    coupled = next((s.coupled for s in stages.values() if s.coupled), "")
    if target == "numpy":
        if asked == "streaming":
            raise PlanError(
                "the numpy target has no streaming schedule, since it works on whole arrays; "
                "choose 'batched' or 'auto'"
            )
        return "batched", "the numpy target works on whole arrays"
    if asked == "streaming":
        if coupled:
            raise PlanError(f"this program cannot stream its samples: {coupled}; choose 'batched' or 'auto'")
        return "streaming", "as asked"
    if asked == "batched":
        return "batched", "as asked"
    if coupled:
        return "batched", coupled
    products = [name for s in stages.values() for name in heavy(s.samples)]
    if products:
        return "batched", f"it holds {len(set(products))} matrix products that are worth a batch at a time"
    return "streaming", "its equations are small, so each sample goes through all of them at once"


def _names(program: Program) -> Names:
    names = Names()
    for variable in program.inputs():
        declared = variable.role == "constant" and variable.facts.value is not None
        if declared and not variable.shape:
            number = as_number(variable.facts.value)
            if number is None:
                raise PlanError(
                    f"the constant {variable.name} has the value {variable.facts.value!r}, not a number"
                )
            names.scalars[variable] = number
            continue
        if variable.role == "hyper" and variable.name == STEP.name:
            names.scalars[variable] = STEP
            continue
        kind = "real" if variable.dtype == "real" else "int"
        name = Name(names.namer(variable.name), kind)
        if variable.shape:
            names.arrays[variable] = name
            if declared and np.asarray(variable.facts.value).size <= BAKED:
                names.baked[variable] = name
        else:
            names.scalars[variable] = name
            if variable.role != "hyper":
                names.zero_rank[variable] = Name(names.namer.like(f"{name}_array"), kind)
    # Before any function names its loop counters: a size may be called k.
    for variable in program.inputs():
        for extent in variable.shape:
            if not extent.is_Integer:
                names.size(extent)
    return names


def _routine(
    key: str, program: Program, names: Names, target: str, schedule: Schedule,
    selections: Mapping[Variable, Sequence[Expr]],
) -> Routine:  # fmt: skip
    outputs = program.outputs
    if key == "train":
        updated = {name.removeprefix("next:") for name in outputs if name.startswith("next:")}
        known = {v.name for v in names.scalars} | {v.name for v in names.arrays}
        missing = sorted(updated - known)
        if missing:
            raise PlanError(f"next:{missing[0]} is the next value of nothing that the program reads")
    inputs = program.inputs()
    if key == "train":
        inputs += [
            v for v in (*names.scalars, *names.arrays) if f"next:{v.name}" in outputs and v not in inputs
        ]
    build = Builder if target == "cpu" else ArrayBuilder
    routine = build(key, split(program.equations), outputs, inputs, names, schedule).build()
    inputs += _telling(routine, inputs, names)
    found = (_binding(v, names, key == "train", selections.get(v, ())) for v in inputs)
    bindings = tuple(binding for binding in found if binding is not None)
    return replace(routine, bindings=bindings, lengths=_lengths(routine, inputs, names))


def _telling(routine: Routine, inputs: list[Variable], names: Names) -> list[Variable]:
    """Arrays that a routine does not read, and needs to learn a size from."""
    told = {e for v in (*inputs, *names.baked) for e in v.shape}
    found: list[Variable] = []
    for extent in dict.fromkeys(e for size in routine.sizes for e in sorted(size.free_symbols, key=str)):
        if extent not in told:
            found.append(next(v for v in names.arrays if extent in v.shape))
            told.update(found[-1].shape)
    return found


def _binding(variable: Variable, names: Names, training: bool, selected: Sequence[Expr]) -> Binding | None:
    if variable in names.baked or (names.scalars.get(variable) == STEP and training):
        return None
    if variable.role == "hyper":
        name = names.scalars[variable]
        return Binding("hyper", variable.name, name, name)  # type: ignore[arg-type]
    if not variable.shape and variable not in names.zero_rank:  # a number written into the code
        return None
    mapping, what = _WHAT[variable.role]
    array = names.arrays[variable] if variable.shape else names.zero_rank[variable]
    name = array if variable.shape else names.scalars[variable]
    own = training and variable.role in ("param", "state")
    return Binding(
        "own" if own else "array", variable.name, name, array, mapping, what,  # type: ignore[arg-type]
        "real" if variable.dtype == "real" else "np.int64", variable.shape,
        _limits(variable, selected),
    )  # fmt: skip


def _limits(variable: Variable, selected: Sequence[Expr]) -> tuple[Expr, ...]:
    """The declared number of classes, and the lengths of axes that may be shorter."""
    if variable.facts.classes is None:
        return tuple(selected)
    classes = Integer(variable.facts.classes)
    return (classes, *(e for e in selected if not (e.is_Integer and e >= classes)))


def _lengths(routine: Routine, inputs: list[Variable], names: Names) -> tuple[Length, ...]:
    """Where each size that the routine mentions is read."""
    needed: dict[Expr, None] = dict.fromkeys(routine.sizes)
    arrays = [(names.arrays[v], v.shape) for v in inputs if v.shape]
    for _, shape in arrays:
        for extent in shape:
            for part in sorted(extent.free_symbols, key=str):
                needed.setdefault(part)
    every = arrays + [(names.arrays[v], v.shape) for v in names.baked]
    found: list[Length] = []
    for extent in needed:
        if extent.is_Integer:
            found.append(Length(names.size(extent), None, 0, int(extent)))  # type: ignore[arg-type]
            continue
        place = next((name, shape.index(extent)) for name, shape in every if extent in shape)
        if extent == SAMPLES:
            found.append(Length(Name("samples", "int"), *place))
        found.append(Length(names.size(extent), *place))  # type: ignore[arg-type]
    return tuple(found)
