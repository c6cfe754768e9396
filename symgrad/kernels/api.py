"""From a Program to a module that runs: `generate` its source, or `compile_program` it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from sympy import Expr

from .. import _version
from ..ir.late import np
from ..ir.program import Program
from .build import build
from .docstring import equations_text
from .plan import SAMPLES, Plan
from .planner import make_plan
from .printers.arrays import NEED_SCIPY
from .render import render

if TYPE_CHECKING:
    Arrays = Mapping[str, np.ndarray]
WORK = 2e7
"""About how many operations one call of a kernel does, some tens of milliseconds."""
CHUNKS = {"streaming": 1024, "batched": 256}
"""Samples in a chunk; sums over samples are rounded alike whatever the number of chunks a call does."""
KEPT_VALUES = 4096
"""A declared initial value with at most so many elements is written into the module."""


class KernelModule(Protocol):
    """A generated module.

    ``data``, ``params`` and ``state`` map names to C-contiguous arrays of the
    module's dtype (int64 for labels), samples first; ``hyper`` maps names to
    numbers.  ``metrics``, ``predict`` and ``train_epoch`` exist where the program
    gives out metrics, a prediction, next values.
    """

    TARGET: str
    DTYPE: str
    SCHEDULE: str
    EQUATIONS: str
    PARAMS: dict[str, dict[str, Any]]
    DATA: dict[str, dict[str, Any]]
    STATE: dict[str, dict[str, Any]]
    HYPER: dict[str, dict[str, Any]]
    SOURCE: str

    def loss(self, data: Arrays, params: Arrays, hyper: Mapping[str, float] | None = None) -> float:
        """The loss over all samples."""
        ...

    def gradient(
        self, data: Arrays, params: Arrays, hyper: Mapping[str, float] | None = None
    ) -> dict[str, np.ndarray]:
        """The gradient by parameter."""
        ...

    def loss_and_gradient(
        self, data: Arrays, params: Arrays, hyper: Mapping[str, float] | None = None
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Both in one pass."""
        ...

    def predict(self, data: Arrays, params: Arrays, hyper: Mapping[str, float] | None = None) -> np.ndarray:
        """The prediction for each sample, labels not needed."""
        ...

    def metrics(
        self, data: Arrays, params: Arrays, hyper: Mapping[str, float] | None = None
    ) -> dict[str, Any]:
        """A float or an array with a value a sample, by name."""
        ...

    def init(self, seed: int = 0, sizes: Mapping[str, int] | None = None) -> dict[str, np.ndarray]:
        """New parameters."""
        ...

    def init_state(self, sizes: Mapping[str, int] | None = None) -> dict[str, np.ndarray]:
        """New state for the optimizer."""
        ...

    def train_epoch(
        self,
        data: Arrays,
        params: Arrays,
        state: Arrays | None = None,
        hyper: Mapping[str, float] | None = None,
        order: np.ndarray | None = None,
        step: int = 0,
        batch_size: int | None = None,
        history: np.ndarray | None = None,
    ) -> tuple[float, int]:
        """One pass over the data; parameters and state change in place."""
        ...


def compile_program(
    program: Program, *, target: str = "cpu", dtype: str = "float64", schedule: str = "auto"
) -> KernelModule:
    """The module of a program, generated, stored under its content's hash and imported.

    ``target`` is ``cpu`` (numba) or ``numpy``; ``schedule`` is ``auto``,
    ``streaming`` or ``batched``.  Raises PlanError for what the target or
    schedule cannot run, BuildError where the module cannot be loaded.
    """
    return build(generate(program, target=target, dtype=dtype, schedule=schedule))


def generate(program: Program, *, target: str = "cpu", dtype: str = "float64", schedule: str = "auto") -> str:
    """The source of a self-contained module; the same bytes for the same program in every process."""
    plan = make_plan(program, target=target, dtype=dtype, schedule=schedule)
    return render(plan, _header(plan))


def _header(plan: Plan) -> dict[str, Any]:
    chunk = CHUNKS[plan.schedule]
    operations = max(r.operations for r in plan.routines)
    return {
        "version": _version.__version__,
        "digest": plan.program.digest(),
        "equations": equations_text(plan.program),
        "needs": _needs(plan),
        "described": _described(plan),
        "chunk": chunk,
        "n": SAMPLES,
        "piece": max(1, int(WORK / operations / chunk)) * chunk,
        "constants": [
            (name, np.asarray(v.facts.value).tolist(), "real" if v.dtype == "real" else "np.int64")
            for v, name in plan.names.baked.items()
        ],
    }


def _needs(plan: Plan) -> str:
    if plan.target == "cpu":
        return "numpy and numba"
    return "numpy and scipy" if plan.functions & NEED_SCIPY else "numpy"


def _described(plan: Plan) -> dict[str, dict[str, dict[str, Any]]]:
    """What the module takes, by role and name, in the program's order."""
    roles: dict[str, dict[str, dict[str, Any]]] = {"PARAMS": {}, "DATA": {}, "STATE": {}, "HYPER": {}}
    for variable in plan.program.inputs():
        entry: dict[str, Any] = {"shape": tuple(int(e) if e.is_Integer else str(e) for e in variable.shape)}
        facts = variable.facts
        if variable.role in ("param", "state"):
            scheme = "zeros" if variable.role == "state" or variable.rank < 2 else "glorot_uniform"
            entry |= {"value": _plain(facts.value), "init": facts.init or scheme, "seed": facts.seed}
        if variable.role == "param":
            entry |= {"min": _plain(facts.min), "max": _plain(facts.max), "fixed": facts.fixed}
            roles["PARAMS"][variable.name] = entry
        elif variable.role == "state":
            roles["STATE"][variable.name] = entry
        elif variable.role == "hyper" and variable.name != "step":
            roles["HYPER"][variable.name] = {"value": _plain(facts.value)}
        elif variable.role == "data" or (
            variable.role == "constant"
            and variable in plan.names.arrays.keys() | plan.names.zero_rank.keys()
            and variable not in plan.names.baked
        ):
            roles["DATA"][variable.name] = entry | {"dtype": variable.dtype, "classes": facts.classes}
    return roles


def _plain(value: Any) -> Any:
    """A declared value as plain numbers."""
    if value is None or (not isinstance(value, Expr | int | float) and np.size(value) > KEPT_VALUES):
        return None
    if isinstance(value, np.ndarray | list | tuple):
        return np.asarray(value, np.float64).tolist()
    return float(value)
