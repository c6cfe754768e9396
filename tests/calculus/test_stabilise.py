"""Every rewrite: where it fires it keeps the value, and it fires at nothing else."""

import numpy as np
import pytest
from sympy import Dummy, Rational, cosh, exp, log

import symgrad as sg
from symgrad.calculus.stabilise import RULES, rewrite
from symgrad.ir.heads import Sigmoid

u, v = Dummy("u", real=True), Dummy("v", real=True)

FIRES = {
    "exponentials_multiplied": [exp(u) * exp(-v), 3 * exp(u) * exp(v)],
    "logistic": [1 / (1 + exp(u)), 1 / (1 + exp(-2 * u))],
    "logistic_quotient": [exp(u) * Sigmoid(-u), 2 * exp(u) * Sigmoid(-u) * v],
    "log_logistic": [log(Sigmoid(u)), log(1 - Sigmoid(u))],
    "log_one_plus_exp": [log(1 + exp(u)), log(1 + exp(-3 * v))],
    "log_of_cosh": [log(cosh(u))],
}
LEFT_ALONE = [
    1 / (2 + exp(u)),
    exp(u) * Sigmoid(u),
    log(1 + Sigmoid(u)),
    log(2 - Sigmoid(u)),
    log(1 - exp(u)),
    log(1 + cosh(u)),
    exp(u) + exp(v),
]


def test_every_rule_is_tried():
    assert {rule.name for rule in RULES} == set(FIRES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_keeps_the_value(rule):
    random = np.random.default_rng(3)
    for before in FIRES[rule.name]:
        after = rule.apply(before)
        assert after is not None
        assert after != before
        for _ in range(20):
            point = {s: Rational(int(random.integers(-1000, 1000)), 100) for s in (u, v)}
            expected, got = (e.xreplace(point).evalf(40) for e in (before, after))
            assert abs(got - expected) <= abs(expected) * Rational(1, 10**30)


@pytest.mark.parametrize("expression", LEFT_ALONE, ids=str)
def test_nothing_else_is_touched(expression):
    assert rewrite(expression) == expression


def test_naive_softmax_and_logistic_losses_survive_large_logits():
    t, x = sg.data("t x")
    p = 1 / (1 + sg.exp(-x))
    loss = sg.mean(-(t * sg.log(p) + (1 - t) * sg.log(1 - p)))
    slope = sg.grad(sg.mean(-(t * sg.log(p) + (1 - t) * sg.log(1 - p))), x)
    assert sg.grad(loss, x) == slope
    assert slope.evaluate(x=[1000, -1000], t=[0, 1]) == pytest.approx([0.5, -0.5])

    z, label = sg.params("z", 3), sg.data("label", classes=3)
    naive = sg.exp(z) / sg.exp(z).sum()
    slopes = sg.grad(sg.mean(-sg.log(naive[label])), z)
    assert slopes.evaluate(z=[1000, 0, -1000], label=[2]) == pytest.approx([1, 0, -1])
