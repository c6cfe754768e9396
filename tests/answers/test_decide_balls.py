"""Ball arithmetic: every registered function against mpmath, matrices and reductions against numpy."""

import random

import flint
import mpmath
import numpy as np
import pytest
import sympy

import symgrad as sg
from symgrad.answers.balls import Balls, Point, Tie, Undefined, compiled
from symgrad.answers.clock import Clock
from symgrad.answers.decide import decide, paired
from symgrad.answers.points import Sampler
from symgrad.answers.refute import Refuter, precision
from symgrad.ir.evaluate import evaluate
from symgrad.ir.functions import REGISTRY
from symgrad.notation.formula import gather
from symgrad.notation.record import elementwise

DIGITS = 40


def ball_at(tensor, **values):
    program = gather({"it": tensor})
    arrays = {v: {(): values[v.name]} for v in program.inputs()}
    with precision(200):
        run = Balls(program, Point({}, arrays), Clock(10), compiled(program))
        return run.read(program.outputs["it"], ())


def inside(record):
    low, high = (max(float(record.domain[0]), -3.0), min(float(record.domain[1]), 4.0))
    rng = random.Random(3)
    return [
        flint.fmpq(int(1000 * (low + (high - low) * rng.uniform(0.05, 0.95))) or 1, 1000) for _ in range(6)
    ]


@pytest.mark.parametrize("record", REGISTRY.values(), ids=lambda r: r.name)
def test_registered_functions(record):
    x = sg.param("x")
    body = elementwise(lambda a: record.head(a, *record.sample), x)
    for value in inside(record):
        ball = ball_at(body, x=value)
        with mpmath.workdps(DIGITS + 10):
            arguments = [mpmath.mpf(int(value.p)) / int(value.q)]
            arguments += [mpmath.mpf(int(s.p)) / int(s.q) for s in map(sympy.Rational, record.sample)]
            expected = mpmath.mpf(record.mpmath(*arguments))
            assert mpmath.almosteq(
                mpmath.mpf(ball.mid().str(DIGITS + 5, radius=False)), expected, 1e-35, 1e-35
            )
        assert ball.rad() < 1e-30


@pytest.mark.parametrize(
    ("function", "value"),
    [(sg.log, -1), (sg.log, 0), (sg.sqrt, -2), (sg.asin, 2), (sg.acosh, 0), (sg.atanh, 3), (sg.lgamma, -1),
     (sg.log1p, -2), (lambda x: 1 / x, 0), (lambda x: x**0.3, -1), (sg.root, -1)],
)  # fmt: skip
def test_outside_the_domain(function, value):
    with pytest.raises(Undefined):
        ball_at(function(sg.param("x")), x=value)


def test_a_branch_not_taken_may_be_undefined():
    x = sg.param("x")
    assert ball_at(sg.where(x > 0, sg.log(x), 7), x=-3) == 7
    with pytest.raises(Tie):
        ball_at(sg.where(x > 3, 1, 0), x=3)


def test_reductions_and_matrices():
    A, b = sg.params("A", (3, 3)), sg.params("b", 3)
    label = sg.data("label", classes=3)
    formulas = {
        "inv": sg.inv(A), "det": sg.det(A), "logdet": sg.logdet(A), "solve": sg.solve(A, b), "max": A.max(0),
        "min": A.min(), "prod": b.prod(), "logsumexp": sg.logsumexp(A, 1), "cumsum": sg.cumsum(b),
        "cofactor": sg.grad(sg.det(A), A), "argmax": A.argmax(), "gather": sg.total(b[label]),
    }  # fmt: skip
    program = gather(formulas)
    point, _ = Sampler(program).draw(0, 0)
    values = {}
    for variable, entries in point.values.items():
        array = np.empty([point.length(e) for e in variable.shape])
        for place, value in entries.items():
            array[place] = float(value) if isinstance(value, int) else int(value.p) / int(value.q)
        values[variable.name] = array
    expected = evaluate(program, values)
    with precision(128):
        run = Balls(program, point, Clock(10), compiled(program))
        for name, variable in program.outputs.items():
            for place in np.ndindex(expected[name].shape):
                got = float(run.read(variable, place).mid())
                assert got == pytest.approx(expected[name][place], rel=1e-9, abs=1e-9), name


def test_points_stay_inside_what_is_declared():
    low = sg.param("low", min=2)
    both = sg.param("both", min=-1, max=1)
    rate = sg.hyper("rate")
    T = sg.data("T", 4, one_hot=True)
    label = sg.data("label", classes=3)
    program = gather({"it": low + both + rate + sg.mean(T.sum() + label)})
    sampler = Sampler(program)
    signs = set()
    for number in range(30):
        point, _ = sampler.draw(number, number)
        named = {v.name: list(a.values()) for v, a in point.values.items()}
        assert named["low"][0] >= 2
        assert -1 <= named["both"][0] <= 1
        assert named["rate"][0] > 0
        assert sum(named["T"]) * 4 == len(named["T"])
        assert set(named["label"]) <= {0, 1, 2}
        signs.add(named["both"][0] > 0)
    assert signs == {True, False}


def test_any_value_will_do_on_a_kink_but_nowhere_else():
    x = sg.param("x")
    slope = sg.grad(abs(x), x)
    assert decide(slope, sg.where(x >= 0, 1, -1)).status == "correct"
    assert decide(slope, sg.where(x > 0, 1, 0)).status == "wrong"


def test_ties_that_are_no_accident_count():
    x, r = sg.param("x"), sg.hyper("r")
    clipped = sg.minimum(sg.maximum(x, r), r)
    assert decide(sg.where(clipped >= r, x, 0), x + 0 * r).status != "wrong"
    assert decide(sg.where(clipped >= r, x, 0), 2 * x + 0 * r).status == "wrong"


def test_the_domain_of_a_given_loss_restricts_the_points():
    p = sg.param("p")
    loss = sg.log(p) + sg.log(1 - p)
    claim = sg.exp(sg.log(1 - 2 * p) * 0 + sg.log(1 / p)) - 1 / (1 - p)
    assert decide(sg.grad(loss, p), 1 / abs(p) - 1 / (1 - p)).status == "wrong"
    assert decide(sg.grad(loss, p), 1 / abs(p) - 1 / (1 - p), defined=[loss]).status == "correct"
    assert decide(sg.grad(loss, p), claim, defined=[loss]).status == "correct"


def test_a_point_that_can_be_checked_by_hand_is_preferred():
    x, y = sg.data("x y")
    m, b = sg.params("m b")
    example = decide(sg.grad(sg.mse(y, m * x + b), m), sg.mean(x * (m * x + b - y))).counterexample
    assert example.sizes == {"n": 1}
    assert all(isinstance(v, int) for v in (example.values["m"], *example.values["x"]))


def test_a_large_network_is_refuted_in_time():
    X, label = sg.data("X", 784), sg.data("label", classes=10)
    g = sg.grad(sg.cross_entropy(label, sg.softmax(sg.mlp(X, [16, 16, 10]))))
    search = Refuter(paired(g["W1"], g["W1"] * 1.001)).run(1, Clock(30))
    assert search.counterexample is not None
    assert "784" in str(search.counterexample)
    assert len(str(search.counterexample)) < 1500
