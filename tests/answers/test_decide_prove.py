"""Proofs: what they rest on, what they must not claim, and how they are worded."""

import pytest

import symgrad as sg
from symgrad.answers.clock import Clock
from symgrad.answers.decide import decide, paired
from symgrad.answers.prove import prove
from symgrad.ir.functions import REGISTRY
from symgrad.notation.record import elementwise


def proof(truth, claim):
    return prove(paired(truth, claim), Clock(5))


def test_scalar_polynomials_are_spelled_out():
    x, y = sg.data("x y")
    m, b = sg.params("m b")
    g = sg.grad(sg.mse(y, m * x + b)).on(x=[1, 2], y=[3, 5])
    assert decide(g[m], 3 * b + 5 * (m - 1) - 8).proof == "both expand to 5m + 3b − 13"


def test_words_tell_of_cases_and_denominators():
    x, r = sg.param("x"), sg.hyper("r")
    by_cases = decide(sg.where(abs(x) <= r, x, r * sg.sign(x)), sg.clip(x, -r, r))
    assert "case" in by_cases.proof
    over = decide(1 / x + 1 / (x + r) + 1 / (x + 2 * r), sg.grad(sg.log(x * (x + r) * (x + 2 * r)), x))
    assert over.status == "correct"


@pytest.mark.parametrize("record", REGISTRY.values(), ids=lambda r: r.name)
def test_every_registered_function_has_a_normal_form(record):
    x = sg.param("x", min=2) if record.domain[0] == 1 else sg.param("x")
    one = elementwise(lambda a: record.head(a, *record.sample), (x + 1) ** 2)
    two = elementwise(lambda a: record.head(a, *record.sample), x**2 + 2 * x + 1)
    three = elementwise(lambda a: record.head(a, *record.sample), x**2 + 2 * x + 2)
    assert proof(one, two).found
    if record.name != "sign":
        assert not proof(one, three).found


@pytest.mark.parametrize("record", [r for r in REGISTRY.values() if r.expanded], ids=lambda r: r.name)
def test_registered_derivatives_agree_with_the_expanded_form(record):
    x = sg.param("x")
    named = elementwise(lambda a: record.head(a, *record.sample), x)
    plain = elementwise(lambda a: record.expanded(a, *record.sample), x)
    assert proof(named, plain).found
    assert proof(sg.grad(named, x), sg.grad(plain, x)).found


def test_a_tie_on_a_volume_is_no_kink():
    # t x is zero wherever t is: there t x > 0 and t x >= 0 differ.
    T, x = sg.data("T", 3, one_hot=True), sg.data("x", 3)
    truth, claim = sg.mean(sg.where(T * x > 0, 1, 0).sum()), sg.mean(sg.where(T * x >= 0, 1, 0).sum())
    assert not proof(truth, claim).found
    # On the diagonal xᵢ = xⱼ always.
    v = sg.params("v", "d")
    above = sg.where(v[:, None] > v[None, :], 1, 0).sum()
    at_least = sg.where(v[:, None] >= v[None, :], 1, 0).sum()
    assert not proof(above, at_least).found
    assert decide(above, at_least).status == "wrong"


def test_whole_numbers_have_no_kinks():
    label = sg.data("label", classes=5)
    assert not proof(sg.mean(sg.where(label > 2, 1, 0)), sg.mean(sg.where(label >= 2, 1, 0))).found
    assert proof(sg.mean(sg.where(label > 2, 1, 0)), sg.mean(sg.where(label >= 3, 1, 0))).found
    assert (
        decide(sg.mean(sg.where(label > 2, 1, 0)), 1 - sg.mean(sg.where(label <= 2, 1, 0))).status
        == "correct"
    )


def test_division_by_what_vanishes_on_a_volume_is_not_proved_everywhere():
    x = sg.param("x")
    found = proof(x, x * sg.relu(x) / sg.relu(x) + 0 * x)
    assert not (found.found and found.everywhere)


def test_sums_do_not_depend_on_the_names_or_order_of_indices():
    A, B, C = (sg.params(n, ("d", "d")) for n in "ABC")
    assert decide(sg.trace(A @ B @ C), sg.trace(C @ A @ B)).status == "correct"
    assert decide(sg.trace(A @ B @ C), sg.trace(A @ C @ B)).status == "wrong"
    v = sg.params("v", "d")
    s = (v[:, None] * v[None, :] * A).sum()
    assert decide(s, v @ A.T @ v).status == "correct"
    assert decide(sg.trace(A @ A.T @ A @ A.T), ((A.T @ A) ** 2).sum()).status == "correct"


def test_a_named_size_is_no_number():
    v = sg.params("v", "d")
    w = sg.params("w", 3)
    assert decide((0 * v + 1).sum(), 3 + 0 * v.sum()).status == "wrong"
    assert decide((0 * w + 1).sum(), 3 + 0 * w.sum()).status == "correct"


def test_malformed():
    x = sg.data("x")
    v = sg.params("v", 3)
    assert decide(v.sum(), v).status == "malformed"
    assert "shape" in decide(v, v.sum()).message
    assert "per sample" in decide(sg.mean(x), x).message
    twice = sg.param("v")
    assert "declared twice" in decide(v.sum(), twice).message


def test_undecided_says_how_far_it_got():
    x = sg.param("x", min=0)
    # Gamma's recurrence is none of the rules.
    verdict = decide(sg.lgamma(x + 1), sg.lgamma(x) + sg.log(x))
    assert verdict.status == "undecided"
    assert "digits" in verdict.tried
    assert not verdict
    assert "undecided" in verdict._repr_html_()


def test_html_escapes_what_it_shows():
    verdict = decide(sg.param("x"), sg.params("v", "b"))
    assert "<b>" not in verdict._repr_html_().replace("<strong>", "")


@pytest.mark.parametrize(
    "claim",
    [
        lambda x, y: (x + y + 1) ** 400,
        lambda x, y: (2 * x) ** (10**9),
        lambda x, y: x ** (10**40),
        lambda x, y: sg.exp(sg.exp(sg.exp(sg.exp(sg.exp(x))))),
        lambda x, y: (x + y) ** 39 * (x - y + 1) ** 39 * (x + 2 * y) ** 39,
        lambda x, y: sg.sqrt((x + y) ** 37 + sg.exp(x) ** 31) ** 33,
        lambda x, y: 1 / (x - x + y * 0),
    ],
)
def test_hard_cases_end_in_a_verdict(claim):
    x, y = sg.params("x y")
    verdict = decide(claim(x, y), claim(x, y) * (x + 1) - x * claim(x, y) + 0 * x, seconds=1)
    assert verdict.status in ("correct", "undecided")
