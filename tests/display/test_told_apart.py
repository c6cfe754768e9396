"""What a reader could take for something else: samples, labels, names, undefined parts and values."""

import pytest

import symgrad as sg
from symgrad.errors import DataError

y, X = sg.data("y"), sg.data("X", "d")
m, b, w = sg.param("m"), sg.param("b"), sg.param("w", "d")


def test_one_sample_beside_all_rows_carries_its_index():
    g = sg.grad(sg.mse(y, X @ w + b))
    assert repr(g) == "∂L/∂b = (2/n) Σᵢ (b + wᵀXᵢ − yᵢ)\n∂L/∂w = (2/n) Xᵀ(b + Xw − y)"
    assert r"w^{\top} X_{i} - y_{i}" in g._repr_latex_()


@pytest.mark.parametrize(
    ("loss", "line"),
    [
        (sg.hinge, "∂L/∂w = −(1/n) Xᵀ(y ⊙ [1 − y ⊙ (Xw + b) > 0])"),
        (sg.squared_hinge, "∂L/∂b = −(2/n) Σᵢ yᵢ relu(1 − yᵢ (wᵀXᵢ + b)) [1 − yᵢ (wᵀXᵢ + b) > 0]"),
        (lambda t, p: sg.mean(sg.softplus(p)), "∂L/∂w = (1/n) Xᵀσ(Xw + b)"),
        (lambda t, p: sg.hinge(t, p) + m * b**2, "∂L/∂w = −(1/n) Xᵀ(y ⊙ [1 − y ⊙ (Xw + b) > 0])"),
        (lambda t, p: sg.binary_cross_entropy(t, sg.sigmoid(p)), "∂L/∂w = (1/n) Xᵀ(p − y)"),
    ],
)
def test_what_no_network_names_is_put_in(loss, line):
    shown = repr(sg.grad(loss(y, X @ w + b))).replace("b + Xw", "Xw + b").replace("b + wᵀXᵢ", "wᵀXᵢ + b")
    assert line in shown.split("\n")
    assert not any(name in shown for name in ("z₁", "a₁"))


def test_two_labels_are_two_one_hot_vectors():
    user, item = sg.data("user", classes=4), sg.data("item", classes=5)
    U, V = sg.param("U", (4, 2)), sg.param("V", (5, 2))
    one, two = repr(sg.grad(sg.mse(y, U[user] @ V[item]))).split("\n")
    assert "onehot(user)" in one
    assert "onehot(item)" in two
    shown = repr(sg.grad(sg.cross_entropy(user, sg.softmax(U @ V[item]))))
    assert "∂L/∂U = (1/n) Σᵢ (p − t) V[item]ᵀ" in shown
    assert "onehot(item)" in shown


def test_names_that_look_alike_are_told_apart():
    one, two = sg.params("x1 x_1")
    assert repr(sg.grad(one**2 + two**3)) == "{x₁: 2x₁, x_1: 3x_1²}"
    assert repr(one * two) == "x₁ x_1"
    assert repr(2 * two) == "2x₁"
    assert r"\mathrm{x\_1}" in (one * two)._repr_latex_()


def test_equal_terms_and_factors_are_collected():
    V, A, s = sg.param("V", (4, 2)), sg.param("A", ("d", "d")), sg.param("s")
    assert repr(sg.grad(sg.sum((V @ V.T) ** 2))) == "{V: 4VVᵀV}"
    assert repr(sg.grad(sg.logdet(A @ A.T))) == "{A: 2 (AAᵀ)⁻¹A}"
    assert repr(sg.grad(sg.log(2 * sg.parse("pi") * sg.exp(s)))) == "{s: 1}"
    assert repr(sg.grad(sg.log(m * sg.exp(s)))) == "{m: 1/m, s: m/m}"  # m may be 0
    assert repr(w @ sg.inv(A) @ w) == "wᵀA⁻¹w"


def test_infinity_and_undefined_values_print():
    assert [repr(f) for f in (m / 0, sg.mean(y / 0), w / 0 + m, sg.log(m - m - 1))] == ["undefined"] * 4
    assert repr(sg.where(m > 0, m / 0, 1)) == "undefined if m > 0 else 1"
    assert (m / 0)._repr_latex_() == r"$\displaystyle \text{undefined}$"
    assert repr(m * float("inf")) == "∞m"
    assert repr(sg.exp(m).at(m=float("inf"))) == "∞"


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: sg.log(m).at(m=0), "log(m) has no value at m = 0"),
        (lambda: sg.log(m * b).at(m=0), "log(m*b) has no value at m = 0"),
        (lambda: (1 / m).at(m=0), "1/m has no value at m = 0"),
        (lambda: sg.log(m).at(m=-1), "log(m) has no value at m = -1"),
        (lambda: sg.relu(sg.log(m)).at(m=-1), "log(m) has no value at m = -1"),
        (lambda: sg.grad(sg.sqrt(m)).at(m=0), "1/(2*sqrt(m)) has no value at m = 0"),
        (lambda: sg.mean(1 / y).on(y=[1, 0]), "1/y has no value at y = 0 (sample 1)"),
        (lambda: sg.mean(X @ w / m).at(m=0), "has no value at m = 0"),
    ],
)
def test_a_formula_without_a_value_says_where(act, message):
    with pytest.raises(DataError) as caught:
        act()
    assert message in str(caught.value)


def test_a_branch_that_is_not_taken_may_have_no_value():
    assert repr(sg.where(m > 0, sg.log(m), 0).at(m=0)) == "0"
