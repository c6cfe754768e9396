"""Every registered function in every target and dtype, against mpmath."""

import mpmath
import numpy as np
import pytest
from programs import define, indices, variable
from sympy import exp, sympify

from symgrad.ir.functions import REGISTRY
from symgrad.ir.program import Program
from symgrad.kernels import compile_program

LIMIT = {"float64": 40, "float32": 60}
"""Allowed error in units of the last place, cancellation inside a formula included."""


def _points(record) -> np.ndarray:
    low, high = (float(sympify(bound)) for bound in record.domain)
    inside = np.array(
        [-30.0, -8.0, -2.5, -1.0, -0.3, -1e-3, 1e-6, 0.02, 0.5, 0.999, 1.0001, 1.3, 1.5, 4.0, 12.0, 40.0]
    )
    return inside[(inside > low) & (inside < high)]


@pytest.fixture(
    scope="module",
    params=[("cpu", "float64"), ("cpu", "float32"), ("numpy", "float64"), ("numpy", "float32")],
    ids="-".join,
)
def results(request):
    target, dtype = request.param
    equations, outputs, data = [], {}, {}
    longest = max(len(_points(r)) for r in REGISTRY.values())
    for name, record in REGISTRY.items():
        (i,) = indices("n")
        x = variable(f"x_{name}", "n")
        equation = define(f"y_{name}", [i], record.head(x[i], *record.sample))
        equations.append(equation)
        outputs[f"metric:{name}"] = equation.target
        data[x.name] = np.resize(_points(record), longest).astype(dtype)
    module = compile_program(Program(tuple(equations), outputs), target=target, dtype=dtype)
    return dtype, data, module.metrics(data, {})


@pytest.mark.parametrize("name", REGISTRY)
def test_a_registered_function_is_right_to_the_last_digits(name, results):
    dtype, data, got = results
    record = REGISTRY[name]
    points = data[f"x_{name}"][: len(_points(record))]
    with mpmath.workdps(40):
        exact = [
            mpmath.mpf(
                record.mpmath(
                    mpmath.mpf(float(p)),
                    *(mpmath.mpf(s.p) / s.q if hasattr(s, "p") else s for s in record.sample),
                )
            )
            for p in points
        ]
        # A value is known no better than its argument lets it be.
        slope = [
            abs(
                mpmath.mpf(record.mpmath(mpmath.mpf(float(p)) * (1 + mpmath.mpf(10) ** -20), *record.sample))
                - e
            )
            * mpmath.mpf(10) ** 20
            for p, e in zip(points, exact, strict=True)
        ]
        step = mpmath.mpf(float(np.finfo(dtype).eps))
        tiny = mpmath.mpf(float(np.finfo(dtype).tiny))
        for point, value, want, change in zip(points, got[name], exact, slope, strict=False):
            largest = mpmath.mpf(float(np.finfo(dtype).max))
            if abs(want) > largest:
                assert np.isinf(value), f"{name}({point})"
                continue
            error = abs(mpmath.mpf(float(value)) - want)
            assert error <= LIMIT[dtype] * step * (abs(want) + change) + tiny, (
                f"{name}({point}) = {value}, expected {mpmath.nstr(want, 18)}"
            )


@pytest.mark.parametrize("name", ["Sigmoid", "Softplus", "LogCosh"])
def test_far_arguments_do_not_overflow(name):
    (i,) = indices("n")
    x = variable("x", "n")
    equation = define("y", [i], REGISTRY[name].head(x[i]))
    for target in ("cpu", "numpy"):
        module = compile_program(Program((equation,), {"prediction": equation.target}), target=target)
        got = module.predict({"x": np.array([-1e4, 1e4])}, {})
        want = {"Sigmoid": [0, 1], "Softplus": [0, 1e4], "LogCosh": [1e4 - np.log(2), 1e4 - np.log(2)]}[name]
        np.testing.assert_allclose(got, want, rtol=1e-15)


@pytest.mark.parametrize("target", ["cpu", "numpy"])
def test_a_nan_is_not_hidden(target):
    (i,) = indices("n")
    x = variable("x", "n")
    heads = {name: REGISTRY[name] for name in ("Relu", "Maximum", "Minimum", "Sigmoid", "Softplus", "sign")}
    made = {name: define(f"y_{name}", [i], r.head(x[i], *r.sample)) for name, r in heads.items()}
    module = compile_program(
        Program(tuple(made.values()), {f"metric:{n}": e.target for n, e in made.items()}), target=target
    )
    for name, value in module.metrics({"x": np.array([np.nan])}, {}).items():
        assert np.isnan(value).all(), name


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_exp_is_right_to_the_last_digit_over_its_whole_range(dtype):
    (i,) = indices("n")
    equation = define("y", [i], exp(variable("x", "n")[i]))
    module = compile_program(Program((equation,), {"prediction": equation.target}), dtype=dtype)
    low, high = np.log(np.finfo(dtype).smallest_subnormal), np.log(np.finfo(dtype).max)
    x = np.random.default_rng(4).uniform(low - 2, high + 2, 20_000).astype(dtype)
    x = np.concatenate(
        [x, np.linspace(-1, 1, 5001, dtype=dtype), np.array([np.inf, -np.inf, np.nan, 0, 1e30, -1e30], dtype)]
    )
    got = module.predict({"x": x}, {})
    with np.errstate(over="ignore", under="ignore"):
        want = np.exp(x.astype(np.longdouble))
        unit = np.maximum(np.spacing(np.abs(want.astype(dtype))), np.finfo(dtype).smallest_subnormal).astype(
            np.longdouble
        )
        rounded = want.astype(dtype)
    finite = np.isfinite(rounded)
    assert (np.abs(got[finite].astype(np.longdouble) - want[finite]) <= 1.5 * unit[finite]).all()
    np.testing.assert_array_equal(got[~finite], rounded[~finite])
