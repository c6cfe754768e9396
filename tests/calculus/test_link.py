"""The linked program computes the step; weights and coupling mean what they say."""

import numpy as np
import pytest

import symgrad as sg
from symgrad.calculus.coupling import coupled
from symgrad.calculus.link import link
from symgrad.calculus.weights import weighted
from symgrad.ir.evaluate import evaluate
from symgrad.notation.formula import gather

x, y = sg.data("x y")
m, b = sg.params("m b")
line = m * x + b
rng = np.random.default_rng(2)
DATA = {"x": rng.normal(size=6), "y": rng.normal(size=6)}


def test_outputs_and_their_values():
    program = link(sg.mse(y, line), sg.Momentum(), prediction=line, metrics={"mae": sg.mae(y, line)})
    assert list(program.outputs) == [
        "loss", "gradient:m", "gradient:b", "prediction", "metric:mae",
        "next:m", "next:b", "next:m.velocity", "next:b.velocity",
    ]  # fmt: skip
    given = {
        "m": 0.5,
        "b": 0.25,
        "m.velocity": 2.0,
        "b.velocity": -1.0,
        "learning_rate": 0.1,
        "momentum": 0.8,
    }
    values = evaluate(program, {**DATA, **given})
    residual = 0.5 * DATA["x"] + 0.25 - DATA["y"]
    velocity = 0.8 * 2.0 + 2 * (residual * DATA["x"]).mean()
    assert values["next:m.velocity"] == pytest.approx(velocity, rel=1e-14)
    assert values["next:m"] == pytest.approx(0.5 - 0.1 * velocity, rel=1e-14)
    assert values["metric:mae"] == pytest.approx(np.abs(residual).mean(), rel=1e-14)
    np.testing.assert_allclose(values["prediction"] - DATA["y"], residual)


def test_fixed_parameters_have_no_next():
    held = sg.param("b", value=1, fixed=True)
    assert [o for o in link(sg.mse(y, m * x + held), sg.SGD()).outputs if o.startswith("next")] == ["next:m"]


@pytest.mark.parametrize(
    "loss",
    [
        sg.mse(y, line) + 0.1 * m**2,
        sg.rmse(y, line),
        sg.total((y - line) ** 2),
        sg.mean((line - sg.mean(line)) ** 2) + sg.mae(y, line),
    ],
    ids=["penalised", "root", "total", "variance"],
)
def test_whole_weights_are_repeated_rows(loss):
    weights = np.array([2, 0, 1, 3, 1, 1])
    repeated = {name: np.repeat(column, weights) for name, column in DATA.items()}
    ours = weighted(loss).evaluate(DATA, sample_weight=weights, m=0.3, b=-0.2)
    assert ours == pytest.approx(loss.evaluate(repeated, m=0.3, b=-0.2), rel=1e-14)


@pytest.mark.parametrize(
    ("loss", "reason"),
    [
        (sg.mse(y, line), ""),
        (sg.mse(y, line) + 3 * sg.l2(m, b), ""),
        (sg.total(sg.abs(y - line)) / 2 - sg.mean(line) * m, ""),
        (sg.rmse(y, line), "it is not linear in its sum over samples"),
        (sg.mean(line) ** 2, "it is not linear in its sum over samples"),
        (sg.mean(line) * sg.mean(x), "it is not linear in its sum over samples"),
        (sg.mean((line - sg.mean(line)) ** 2), "each sample's term reads a sum over all samples"),
    ],
)
def test_coupling(loss, reason):
    assert coupled(gather({"loss": loss})) == reason
