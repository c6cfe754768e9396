"""One battery for every registered loss: value and gradient against mpmath, kinks, minimum, misuse."""

import zlib
from fractions import Fraction

import mpmath
import numpy as np
import pytest

import symgrad as sg
from symgrad.errors import NotationError, ShapeError
from symgrad.library.loss_records import LOSSES, LossRecord

CASES = [
    pytest.param(record, shapes, id=f"{record.name}-{shapes[1]}")
    for record in LOSSES.values()
    for shapes in record.shapes
]
N = 4


def draw(kind: str, shape: tuple[int, ...], classes: int, rng: np.random.Generator) -> np.ndarray:
    """N samples of values of one kind."""
    size = (N, *shape)
    if kind == "simplex":
        return rng.dirichlet(np.ones(shape[-1]), size=(N, *shape[:-1]))
    if kind == "one_hot":
        return np.eye(classes)[rng.integers(classes, size=size[:-1])]
    drawn = {
        "real": lambda: rng.normal(size=size),
        "positive": lambda: rng.gamma(2.0, size=size) + 0.1,
        "count": lambda: rng.poisson(2.0, size=size).astype(float) + 1,
        "sign": lambda: rng.choice([-1.0, 1.0], size=size),
        "probability": lambda: rng.uniform(0.05, 0.95, size=size),
        "mask": lambda: rng.integers(2, size=size).astype(float),
        "label": lambda: rng.integers(classes, size=size),
    }
    return drawn[kind]()


def problem(record: LossRecord, shapes) -> tuple[sg.Tensor, sg.Tensor, np.ndarray, np.ndarray]:
    """The loss of two data, the prediction, and values for both."""
    rng = np.random.default_rng(zlib.crc32(f"{record.name}{shapes}".encode()))
    classes = shapes[1][-1] if shapes[1] else 2
    truth = sg.data("t", shapes[0], classes=classes if record.truth == "label" else None)
    prediction = sg.data("p", shapes[1])
    t = draw(record.truth, shapes[0], classes, rng)
    p = draw(record.prediction, shapes[1], classes, rng)
    return record.function(truth, prediction, **record.details), prediction, t, p


def reference(record: LossRecord, t, p):
    """The loss by mpmath, for arrays of mpmath numbers."""
    rows = [record.reference(list(np.ravel(a)), list(np.ravel(b))) for a, b in zip(t, p, strict=True)]
    mean = mpmath.fsum(rows) / len(rows)
    return record.outer(mean) if record.outer else mean


def exact(array: np.ndarray) -> np.ndarray:
    return np.vectorize(mpmath.mpf, otypes=[object])(array)


@pytest.mark.parametrize(("record", "shapes"), CASES)
def test_value(record, shapes):
    loss, _, t, p = problem(record, shapes)
    with mpmath.workdps(40):
        want = float(reference(record, exact(t), exact(p)))
    assert float(loss.evaluate(t=t, p=p)) == pytest.approx(want, rel=1e-13)


@pytest.mark.parametrize(("record", "shapes"), CASES)
def test_gradient_along_every_axis(record, shapes):
    loss, prediction, t, p = problem(record, shapes)
    got = sg.grad(loss, prediction).evaluate(t=t, p=p)
    assert got.shape == p.shape
    with mpmath.workdps(40):
        exact_t, exact_p = exact(t), exact(p)
        for place in np.ndindex(p.shape):

            def along(value, place=place):
                moved = exact_p.copy()
                moved[place] = value
                return reference(record, exact_t, moved)

            assert got[place] == pytest.approx(
                float(mpmath.diff(along, exact_p[place])), rel=1e-12, abs=1e-14
            )


@pytest.mark.parametrize(("record", "shapes"), [c for c in CASES if c.values[0].best])
def test_the_gradient_is_zero_at_the_minimum(record, shapes):
    loss, prediction, t, _ = problem(record, shapes)
    slopes = sg.grad(loss, prediction).evaluate(t=t, p=record.best(t))
    np.testing.assert_allclose(slopes, 0, atol=1e-15)


@pytest.mark.parametrize(("record", "kink"), [(r, k) for r in LOSSES.values() for k in r.kinks], ids=str)
def test_registered_derivative_at_a_kink(record, kink):
    truth, prediction, slope = kink
    loss, p, _, _ = problem(record, record.shapes[0])
    assert sg.grad(loss, p).evaluate(t=[truth], p=[prediction]).tolist() == [slope]


@pytest.mark.parametrize("record", LOSSES.values(), ids=lambda r: r.name)
def test_swapped_arguments_are_told_by_role(record):
    shape = record.shapes[0][1]
    truth, prediction = sg.data("measured", shape), sg.params("fitted", shape) * sg.data("x", shape)
    with pytest.raises(
        NotationError, match=r"the truth comes first, but .*fitted.* and measured is data: they look swapped"
    ):
        record.function(prediction, truth, **record.details)


@pytest.mark.parametrize("record", [r for r in LOSSES.values() if r.truth != "label"], ids=lambda r: r.name)
def test_shapes_that_differ_are_refused(record):
    with pytest.raises(ShapeError, match=r"t \(4,\).*p \(5,\)"):
        record.function(sg.data("t", 4), sg.data("p", 5), **record.details)


def test_penalties():
    u, v = sg.params("u", 2), sg.params("v", (2, 2))
    values = {"u": [1.0, -2.0], "v": [[3.0, 0.0], [-1.0, 0.5]]}
    assert float(sg.l1(u, v).evaluate(values)) == 7.5
    assert float(sg.l2(u, v).evaluate(values)) == 15.25
    assert sg.grad(sg.l1(u, v), v).evaluate(values).tolist() == [[1, 0], [-1, 1]]
    assert sg.grad(sg.l2(u, v), u).evaluate(values).tolist() == [2, -4]


def test_a_quantile_is_the_minimum_of_its_loss():
    """Between order statistics the slope changes sign at the quantile itself (Koenker and Bassett 1978)."""
    y, b = sg.data("y"), sg.param("b")
    slope = sg.grad(sg.quantile(y, b, q=0.75), b)
    values = [4.0, 1.0, 3.0, 2.0]
    below, above = (float(slope.evaluate(y=values, b=at)) for at in (2.9, 3.1))
    assert below < 0
    assert above == 0.0


def test_the_fitted_variance_is_the_mean_squared_residual():
    y, mu, v = sg.data("y"), sg.param("mu"), sg.param("v", min=0)
    g = sg.grad(sg.gaussian_nll(y, mu, v)).on(y=[1, 2, 6]).at(mu=3, v=Fraction(14, 3))
    assert g[mu] == 0
    assert g[v] == 0
