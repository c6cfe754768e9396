"""Wrong answers, the mistakes found in them, and none found where there is no known one."""

from __future__ import annotations

from typing import Any

import pytest
import sympy

import symgrad as sg
from symgrad.answers.diagnose import ORDER, diagnose
from symgrad.ir.functions import BY_NAME
from symgrad.library.loss_records import LOSSES
from symgrad.notation.record import elementwise
from tests.answers.diagnose_cases import matrices, scalars, strange, sums

SECONDS = 10
"""Long enough for a slow machine: what is tested is what is found, not how fast."""


def names(*given: Any, **more: Any) -> list[str]:
    return [mistake.name for mistake in diagnose(*given, seconds=SECONDS, **more)]


def ids(cases: list[Any]) -> list[str]:
    return [f"{k}-{case[0]}".replace(" ", "_") for k, case in enumerate(cases)]


LABELLED = [*scalars(), *sums(), *matrices()]


@pytest.mark.parametrize("case", LABELLED, ids=ids(LABELLED))
def test_labelled_mistakes_are_found(case):
    label, *given = case
    assert label in names(*given)


STRANGE = strange()


@pytest.mark.parametrize("case", STRANGE, ids=[str(k) for k in range(len(STRANGE))])
def test_nothing_is_claimed_where_no_known_mistake_was_made(case):
    _, *given = case
    assert names(*given) == []


SMOOTH = [r for r in BY_NAME.values() if r.name not in ("sign", "trigamma")]


@pytest.mark.parametrize("record", SMOOTH, ids=lambda r: r.name)
def test_every_function_forgotten_chain_factor_and_sign(record):
    """∂f(ax)/∂x = a f′(ax); the answers are f′(ax) and −a f′(ax)."""
    x, a = sg.params("x a")
    more = [sympy.Rational(value) for value in record.sample]
    whole = elementwise(record.head, a * x, *more)
    right = sg.grad(whole, x)
    assert "chain rule" in names(right, whole, x, right / a)
    assert "sign" in names(right, whole, x, -right)


@pytest.mark.parametrize("record", LOSSES.values(), ids=lambda r: r.name)
def test_every_loss_forgotten_mean_and_regularisation(record):
    shape, predicted = record.shapes[0]
    truth = sg.data("t", classes=3) if record.truth == "label" else sg.data("t", *([shape] if shape else []))
    w = sg.params("w", *([predicted] if predicted else []))
    x = sg.data("x")
    head = {"simplex": sg.softmax, "probability": sg.sigmoid, "positive": sg.exp}.get(record.prediction)
    lam = sg.hyper("lambda")
    fit = record.function(truth, head(w * x) if head else w * x, **record.details)
    whole = fit + lam * sg.sum(w**2)
    assert "term missing" in names(sg.grad(whole, w), whole, w, sg.grad(fit, w))
    assert "sign" in names(sg.grad(whole, w), whole, w, -sg.grad(whole, w))


def test_with_data_put_in():
    x, y = sg.data("x y")
    m, b = sg.params("m b")
    loss = sg.mse(y, m * x + b)
    data = {"x": [1, 2], "y": [3, 5]}
    right = sg.grad(loss, m).on(data)
    assert str(right) == "5*m + 3*b - 13"

    def found(answer: Any) -> list[str]:
        return names(right, loss, m, answer, data=data)

    assert found(5 * m + 3 * b + 13) == ["term's sign"]
    assert found(5 * m + 3 * b) == ["term missing"]
    assert found(7 * m + 3 * b - 13) == ["coefficient"]
    assert "another derivative" in found(3 * m + 2 * b - 8)
    assert "mean" not in found(10 * m + 6 * b - 26)
    assert "constant factor" in found(10 * m + 6 * b - 26)
    assert "power rule" in found((5 * m + 3 * b - 13) / 2)
    assert found(sg.sin(m)) == []


def test_the_place_is_a_formula_of_the_loss():
    a, b, x = sg.params("a b x")
    inner = a * x + b
    loss = sg.sin(x) + inner**3
    found = diagnose(sg.grad(loss, x), loss, x, sg.cos(x) + a * inner**2, seconds=SECONDS)
    mistake = next(m for m in found if m.name == "power rule")
    assert mistake.where == inner**3
    assert mistake.message == "The exponent was not put in front, where (ax + b)³ is differentiated."


def test_the_message_names_the_wrong_derivative():
    a, x = sg.params("a x")
    loss = sg.sigmoid(a * x)
    found = diagnose(sg.grad(loss, x), loss, x, a * loss * (1 + loss), seconds=SECONDS)
    assert found[0].message.startswith("The derivative of sigmoid was taken as σ(ax) (σ(ax) + 1), ")


def test_the_likelier_mistake_comes_first():
    x, a, b = sg.params("x a b")
    loss = (a * x + b) ** 2
    found = names(sg.grad(loss, x), loss, x, -2 * a * (a * x + b))
    assert found[0] == "sign"
    places = [ORDER.index("derivative of" if n.startswith("derivative of") else n) for n in found]
    assert places == sorted(places)
    assert len(set(found)) == len(found)


def test_two_mistakes_at_once():
    """A forgotten inner factor with the sign lost besides."""
    x, t = sg.data("x t")
    m = sg.param("m")
    p = sg.sigmoid(m * x)
    loss = sg.mse(t, p)
    found = diagnose(sg.grad(loss, m), loss, m, 2 * sg.mean((t - p) * x), seconds=SECONDS)
    assert found[0].name == "chain rule"
    assert "besides, the sign is wrong" in found[0].message


def test_a_region_is_told():
    x = sg.param("x")
    loss = abs(x) ** 3
    (mistake,) = [
        m
        for m in diagnose(sg.grad(loss, x), loss, x, 3 * x**2, seconds=SECONDS)
        if m.name == "part of the domain"
    ]
    assert mistake.message == "The answer is right only where x > 0."


def test_another_shape():
    w = sg.params("w", (3, 4))
    x = sg.data("x", 4)
    loss = sg.mean(sg.sum((w @ x) ** 2))
    right = sg.grad(loss, w)
    assert names(right, loss, w, right.T) == ["transpose"]
    assert names(right, loss, w, sg.params("v", 5)) == []


def test_the_derivative_by_an_intermediate():
    w, x, t = sg.params("w", (3, 4)), sg.data("x", 4), sg.data("t", 3)
    out = sg.sigmoid(w @ x)
    loss = sg.mean(sg.sum((out - t) ** 2))
    delta = 2 * (out - t)
    (mistake,) = diagnose(sg.grad(loss, w), loss, w, delta * out * (1 - out), seconds=SECONDS)
    assert (mistake.name, mistake.where) == ("chain rule", w @ x)


def test_time_is_kept():
    """Without time nothing is found, and nothing is raised."""
    x, a = sg.params("x a")
    loss = sg.sin(a * x)
    assert diagnose(sg.grad(loss, x), loss, x, sg.cos(a * x), seconds=0) == []
