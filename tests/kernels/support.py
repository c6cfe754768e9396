"""Kernels against the evaluator: one comparison that every test shares."""

from __future__ import annotations

from typing import Any

import numpy as np

from symgrad.ir.evaluate import evaluate
from symgrad.ir.program import Program
from symgrad.kernels import compile_program, make_plan

TARGETS = [("numpy", "batched"), ("cpu", "batched"), ("cpu", "streaming")]
TOLERANCE = {"float64": 1e-12, "float32": 2e-4}


def schedules(program: Program) -> list[tuple[str, str]]:
    """The targets and schedules that a program can have."""
    coupled = any(r.coupled for r in make_plan(program, target="numpy").routines)
    return TARGETS[:2] if coupled else TARGETS


def samples_of(program: Program, values: dict[str, Any]) -> int:
    """How many samples the values hold."""
    return next((len(values[v.name]) for v in program.inputs() if v.per_sample), 0)


def split(program: Program, values: dict[str, Any], dtype: str) -> tuple[dict, dict, dict, dict]:
    """data, params, state and hyper."""
    parts: dict[str, dict[str, Any]] = {"data": {}, "param": {}, "state": {}, "hyper": {}}
    for variable in program.inputs():
        if variable.name not in values:
            continue
        role = "data" if variable.role == "constant" else variable.role
        kind = dtype if variable.dtype == "real" else np.int64
        value = float(values[variable.name]) if role == "hyper" else np.array(values[variable.name], kind)
        parts[role][variable.name] = value
    return parts["data"], parts["param"], parts["state"], parts["hyper"]


def close(got: Any, want: Any, dtype: str, what: str) -> None:
    """Equal up to the rounding of the dtype, relative to the largest element."""
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    assert got.shape == want.shape, f"{what}: shape {got.shape}, expected {want.shape}"
    finite = want[np.isfinite(want)]
    scale = max(1.0, float(np.abs(finite).max())) if finite.size else 1.0
    np.testing.assert_allclose(got, want, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype] * scale, err_msg=what)


def agree(program: Program, values: dict[str, Any], dtype: str = "float64", only: Any = None) -> None:
    """Loss, gradient, prediction and metrics of every target and schedule equal the evaluator's."""
    cast = {
        v.name: np.asarray(values[v.name], dtype) if v.dtype == "real" else values[v.name]
        for v in program.inputs()
        if v.name in values
    }
    truth = evaluate(
        program,
        {k: np.asarray(v, np.float64) if np.asarray(v).dtype.kind == "f" else v for k, v in cast.items()},
    )
    data, params, _, hyper = split(program, values, dtype)
    for target, schedule in only or schedules(program):
        module = compile_program(program, target=target, dtype=dtype, schedule=schedule)
        label = f"{target} {schedule} {dtype}"
        if "loss" in truth:
            close(module.loss(data, params, hyper), truth["loss"], dtype, f"loss, {label}")
        wanted = {k.removeprefix("gradient:"): v for k, v in truth.items() if k.startswith("gradient:")}
        if wanted:
            loss, gradient = module.loss_and_gradient(data, params, hyper)
            close(loss, truth["loss"], dtype, f"loss, {label}")
            assert gradient.keys() == wanted.keys()
            for name, value in wanted.items():
                close(gradient[name], value, dtype, f"gradient of {name}, {label}")
        if "prediction" in truth:
            close(module.predict(data, params, hyper), truth["prediction"], dtype, f"prediction, {label}")
        metrics = {k.removeprefix("metric:"): v for k, v in truth.items() if k.startswith("metric:")}
        if metrics:
            got = module.metrics(data, params, hyper)
            for name, value in metrics.items():
                close(got[name], value, dtype, f"metric {name}, {label}")


def train_by_hand(
    program: Program, values: dict[str, Any], batch: int | None, order: Any, epochs: int
) -> tuple[dict[str, Any], list[float]]:
    """What training should give: the evaluator, a step at a time."""
    values = dict(values)
    samples = samples_of(program, values)
    order = np.arange(samples) if order is None else order
    size = batch or len(order)
    losses, step = [], 0
    for _ in range(epochs):
        for first in range(0, len(order), size):
            rows = order[first : first + size]
            step += 1
            here = {
                v.name: np.asarray(values[v.name])[rows] if v.per_sample else values[v.name]
                for v in program.inputs()
                if v.name in values
            }
            out = evaluate(program, {**here, "step": step})
            losses.append(float(out["loss"]))
            values.update({k.removeprefix("next:"): v for k, v in out.items() if k.startswith("next:")})
    return values, losses


def train(
    program: Program, values: dict[str, Any], batch: int | None, order: Any, epochs: int, **options: Any
) -> tuple[dict[str, Any], list[float]]:
    """The same with kernels."""
    dtype = options.get("dtype", "float64")
    data, params, state, hyper = split(program, values, dtype)
    for variable in program.inputs():
        if variable.role == "state":
            state.setdefault(variable.name, np.zeros([int(e) for e in variable.shape], dtype))
    module = compile_program(program, **options)
    count = samples_of(program, values) if order is None else len(order)
    steps = -(-count // (batch or count))
    step, losses = 0, []
    for _ in range(epochs):
        history = np.zeros(steps)
        mean, step = module.train_epoch(data, params, state, hyper, order, step, batch, history)
        lengths = [min(batch or count, count - k * (batch or count)) for k in range(steps)]
        close(mean, np.average(history, weights=lengths), dtype, "the mean loss")
        losses += list(history)
    return {**params, **state}, losses
