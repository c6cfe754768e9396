"""The derivation shown: every line holds, ends in the gradient, and reads as in a textbook."""

import numpy as np
import pytest

import symgrad as sg
from symgrad.answers.decide import decide
from symgrad.errors import DerivationError
from symgrad.ir.evaluate import evaluate
from symgrad.notation.formula import gather
from tests.calculus.derivations import CASES, scalars, sums

SIZES = {"n": 5, "d": 3}


def values_for(program):
    """Random values inside every domain, the same for the same names and shapes."""
    rng = np.random.default_rng(3)
    values = {}
    for v in sorted(program.inputs(), key=lambda v: v.name):
        shape = tuple(SIZES.get(str(extent)) or int(extent) for extent in v.shape)
        classes = v.facts.classes
        values[v.name] = rng.integers(0, classes, shape) if classes else rng.uniform(0.2, 0.9, shape)
    return values


def value(tensor, values):
    return evaluate(gather({"it": tensor}), values, SIZES)["it"]


def slope(tensor, name, values, direction):
    """The derivative along a direction by a difference of eighth order."""
    step = 1e-3
    total = 0.0
    for k, weight in zip((1, 2, 3, 4), (4 / 5, -1 / 5, 4 / 105, -1 / 280), strict=True):
        ahead = value(tensor, {**values, name: values[name] + k * step * direction})
        behind = value(tensor, {**values, name: values[name] - k * step * direction})
        total = total + weight * (ahead - behind)
    return total / step


def lines_of(name):
    loss, wrt = CASES[name]
    return loss, wrt, sg.derivation(loss, wrt)


@pytest.mark.parametrize("name", CASES)
def test_both_sides_of_every_line_are_equal(name):
    loss, _, derivation = lines_of(name)
    values = values_for(gather({"loss": loss}))
    for line in derivation.lines():
        one, two = value(line.before.tensor, values), value(line.after.tensor, values)
        assert np.isfinite(two).all(), line
        np.testing.assert_allclose(two, one, rtol=1e-9, atol=1e-12, err_msg=repr(line))


@pytest.mark.parametrize("name", CASES)
def test_every_line_is_proved(name):
    loss, _, derivation = lines_of(name)
    for line in derivation.lines():
        verdict = decide(line.before, line.after, defined=[loss], seconds=20)
        assert verdict.status == "correct", f"{line}: {verdict}"


@pytest.mark.parametrize("name", CASES)
def test_the_last_line_is_the_gradient(name):
    loss, wrt, derivation = lines_of(name)
    assert derivation.lines()[-1].after.tensor == sg.grad(loss, wrt) == derivation.result


@pytest.mark.parametrize("name", [*dict(scalars()), *dict(sums())])
def test_a_line_is_the_derivative_of_its_place(name):
    loss, wrt, derivation = lines_of(name)
    values = values_for(gather({"loss": loss}))
    about = [line for line in derivation.lines() if line.before.text().startswith("∂/∂")]
    for line in about:
        numeric = slope(line.where, wrt.name, values, 1.0)
        np.testing.assert_allclose(
            value(line.after.tensor, values), numeric, rtol=1e-6, atol=1e-8, err_msg=repr(line)
        )
    assert about


@pytest.mark.parametrize(
    "name", [n for n, (_, wrt) in CASES.items() if wrt.equation is None and n != "readme_network"]
)
def test_the_result_is_the_derivative_of_the_loss(name):
    loss, wrt, derivation = lines_of(name)
    values = values_for(gather({"loss": loss}))
    direction = np.random.default_rng(5).normal(size=np.shape(values[wrt.name])) / 4
    along = np.sum(value(derivation.lines()[-1].after.tensor, values) * direction)
    np.testing.assert_allclose(along, slope(loss, wrt.name, values, direction), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", CASES)
def test_it_is_written_in_every_style(name):
    _, _, derivation = lines_of(name)
    assert str(derivation).isascii()
    assert len(repr(derivation).splitlines()) <= 31
    for opened, shut in ((r"\begin{", r"\end{"), (r"\left", r"\right"), ("{", "}")):
        assert derivation.latex().count(opened) == derivation.latex().count(shut)
    for line in derivation.lines():
        assert line.rule
        assert line.why
    for text in (repr(derivation), str(derivation), derivation._repr_html_()):
        assert not any(f"t{digit}" in text for digit in _digests(derivation))


def _digests(derivation):
    """The machine's names of intermediates, which no reader should meet."""
    return {e.target.name[1:] for e in gather({"loss": derivation.loss}).equations}


# -- what it says -------------------------------------------------------------------


def test_the_line_through_points_goes_as_in_a_textbook():
    x, y = sg.data("x y")
    m, b = sg.params("m b")
    found = sg.derivation(sg.mean((y - (m * x + b)) ** 2), m).lines(fold=30)
    assert [line.rule for line in found] == [
        "sum over samples, constant multiple",
        "power rule, chain rule",
        "sum rule, constant multiple",
        "put in",
        "collect",
    ]
    assert found[1].text() == "∂/∂m((yᵢ − (m xᵢ + b))²) = 2 (yᵢ − (m xᵢ + b)) ∂/∂m(yᵢ − (m xᵢ + b))"
    assert found[1].text("ascii") == "d/dm((y - (m*x + b))**2) = 2*(y - (m*x + b))*d/dm(y - (m*x + b))"
    assert (
        found[2].before.text("latex")
        == r"\frac{\partial}{\partial m}\left(y_{i} - \left(m x_{i} + b\right)\right)"
    )
    assert repr(found[-1].after) == "(2/n) Σᵢ xᵢ (m xᵢ + b − yᵢ)"


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("product", ["product rule", "power rule", "derivative of sin", "put in"]),
        ("quotient", ["quotient rule", "sum rule", "power rule", "derivative of sin", "put in", "collect"]),
        ("constant_base", ["exponential rule"]),
        ("constant_exponent", ["power rule"]),
        ("base_and_exponent", ["power and exponential rule, chain rule", "sum rule", "put in"]),
    ],
)
def test_rules_by_name(name, rules):
    _, _, derivation = lines_of(name)
    assert [line.rule for line in derivation.lines(fold=30)] == rules


def test_a_network_shows_backpropagation():
    _, _, derivation = lines_of("network_W1")
    first = [line.text() for line in derivation.tree]
    assert first[-3:] == ["δ₂ = p − t", "δ₁ = (W₂ᵀδ₂) ⊙ a₁ ⊙ (1 − a₁)", "∂L/∂W₁ = (1/n) Σᵢ δ₁ Xᵀ"]
    assert "z₂ = W₂a₁ + c₂" in first
    softmax = derivation.tree[-3].children[-1]
    assert softmax.text() == "δ₂ = n ((∂L/∂p) ⊙ p − ((∂L/∂p)ᵀp) p)"
    assert "softmax rule" in softmax.rule
    assert "without the factor 1/n" in derivation.tree[-3].why


def test_a_step_that_only_renames_gets_no_line():
    _, _, derivation = lines_of("least_squares_of_any_size")
    assert derivation.lines()[0].text() == "u₁ = y − wdᵀ Xd"
    assert sum(line.rule == "name" for line in derivation.lines()) == 1


# -- folding ------------------------------------------------------------------------


def test_folding_keeps_the_first_level():
    _, _, derivation = lines_of("logistic")
    everything = derivation.lines()
    assert any(line.detail for line in everything)
    assert not any(line.detail for line in derivation.lines(fold=len(everything)))
    assert derivation.lines(fold=1) == list(derivation.tree)
    assert f"({len(everything) - len(derivation.tree)} more lines folded)" in derivation.text(fold=1)


def test_a_deep_derivation_folds_by_itself():
    m = sg.param("m")
    loss = 1 * m
    for _ in range(40):
        loss = sg.sin(loss)
    derivation = sg.derivation(loss, m)
    assert len(derivation.lines()) > 30
    assert "more lines folded" in repr(derivation)
    assert len(repr(derivation).splitlines()) <= 31


# -- what is refused -----------------------------------------------------------------


def test_the_same_refusals_as_for_the_gradient():
    x, m, b = sg.data("x"), *sg.params("m b")
    with pytest.raises(DerivationError, match="one value per sample"):
        sg.derivation(m * x, m)
    with pytest.raises(DerivationError, match="does not depend on b"):
        sg.derivation(m**2, b)
