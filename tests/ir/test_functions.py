"""One battery for every registered scalar function, against mpmath: value, derivative, kinks, exactness."""

import zlib

import mpmath
import numpy as np
import pytest
import sympy

from symgrad.calculus.partials import partials
from symgrad.ir.evaluate import evaluate
from symgrad.ir.functions import REGISTRY, ScalarFunction
from symgrad.ir.program import Equation, Program
from symgrad.ir.variable import Variable

RECORDS = list(REGISTRY.values())
SMOOTH = [
    r for r in RECORDS if r.partials(*sympy.symbols("a b c", real=True)[: 1 + len(r.sample)])[0] is not None
]


@pytest.fixture(autouse=True)
def _precision():
    with mpmath.workdps(40):
        yield


def by_name(record: ScalarFunction) -> str:
    return record.name


def points(record: ScalarFunction) -> list[float]:
    """First arguments over the domain: spread, close to its ends, large where unbounded; off the kinks."""
    low, high = (float(end) for end in record.domain)
    rng = np.random.default_rng(zlib.crc32(record.name.encode()))
    if np.isinf(low) and np.isinf(high):
        chosen = [*rng.normal(scale=2, size=12), 1e-8, -1e-8, 15.0, -15.0]
    elif np.isinf(high):
        chosen = [*(low + rng.gamma(2.0, size=12)), low + 1e-3, low + 40.0]
    else:
        chosen = [*rng.uniform(low, high, size=12), low + (high - low) * 1e-3, high - (high - low) * 1e-3]
    kinks = [float(at) for at, _ in record.kinks]
    return [x for x in chosen if all(abs(x - kink) > 1e-4 for kink in kinks)]


def sample(record: ScalarFunction) -> list[float]:
    return [float(s) for s in record.sample]


@pytest.mark.parametrize("record", RECORDS, ids=by_name)
def test_value(record):
    xs = points(record)
    got = record.numpy(np.array(xs), *sample(record))
    want = [float(mpmath.re(record.mpmath(mpmath.mpf(x), *map(mpmath.mpf, sample(record))))) for x in xs]
    np.testing.assert_allclose(got, want, rtol=2e-13, atol=1e-300)


def derivative(record: ScalarFunction, argument: int, at: list[float]) -> float:
    """The registered derivative through the differentiator, in float64."""
    entries = [Variable(name, (), "param")[()] for name in "abc"[: len(at)]]
    slope = partials(record.head(*entries)).get(entries[argument], sympy.S.Zero)
    target = Variable("slope")
    program = Program((Equation(target, (), slope),), {"slope": target})
    return float(evaluate(program, dict(zip("abc", at, strict=False)))["slope"])


@pytest.mark.parametrize("record", SMOOTH, ids=by_name)
def test_derivative(record):
    rest = sample(record)
    for x in points(record):
        for argument in range(1 + len(rest)):

            def along(value, argument=argument, x=x):
                at = [mpmath.mpf(x), *map(mpmath.mpf, rest)]
                at[argument] = value
                return mpmath.re(record.mpmath(*at))

            want = float(mpmath.diff(along, mpmath.mpf([x, *rest][argument])))
            assert derivative(record, argument, [x, *rest]) == pytest.approx(want, rel=1e-12, abs=1e-15), x


@pytest.mark.parametrize(("record", "at", "slope"), [(r, *k) for r in RECORDS for k in r.kinks], ids=str)
def test_registered_derivative_at_a_kink(record, at, slope):
    assert derivative(record, 0, [float(at), *sample(record)]) == float(slope)


@pytest.mark.parametrize("record", RECORDS, ids=by_name)
def test_exact_numbers_stay_exact(record):
    """An exact argument is never rounded: it evaluates exactly, or to any number of digits on request."""
    low, _ = record.domain
    x = sympy.Rational(1, 3) if low < 1 else sympy.Rational(4, 3)
    value = record.head(x, *record.sample)
    assert not value.atoms(sympy.Float)
    want = record.mpmath(
        mpmath.mpf(x.p) / x.q, *(mpmath.mpf(s.p) / s.q for s in map(sympy.sympify, record.sample))
    )
    assert abs(mpmath.mpf(str(sympy.re(value.evalf(35)))) - mpmath.re(want)) < mpmath.mpf(10) ** -30


@pytest.mark.parametrize("record", [r for r in RECORDS if r.expanded], ids=by_name)
def test_the_simpler_form_is_the_same_function(record):
    inputs = [Variable(name, (), "param")[()] for name in "abc"[: 1 + len(record.sample)]]
    target = Variable("value")
    program = Program((Equation(target, (), record.expanded(*inputs)),), {"value": target})
    for x in points(record):
        values = dict(zip("abc", [x, *sample(record)], strict=False))
        want = float(record.mpmath(mpmath.mpf(x), *map(mpmath.mpf, sample(record))))
        assert float(evaluate(program, values)["value"]) == pytest.approx(want, rel=2e-13, abs=1e-300)


def test_numpy_stays_finite_far_out():
    """Functions that promise no overflow keep it, against mpmath at ±700 and beyond."""
    for name in ("Sigmoid", "Softplus", "LogCosh", "Silu", "Gelu", "tanh", "Elu", "LeakyRelu"):
        record = REGISTRY[name]
        for x in (-1000.0, -710.0, 710.0, 1000.0):
            want = float(record.mpmath(mpmath.mpf(x), *map(mpmath.mpf, sample(record))))
            assert float(record.numpy(x, *sample(record))) == pytest.approx(want, rel=1e-13, abs=1e-300), (
                name,
                x,
            )
