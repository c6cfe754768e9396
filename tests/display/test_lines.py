"""A gradient as a textbook writes it: lines in the order of backpropagation."""

import pytest

import symgrad as sg
from symgrad.display import show


def classifier(sizes, activation=sg.sigmoid):
    X, label = sg.data("X", 784), sg.data("label", classes=10)
    return sg.cross_entropy(label, sg.softmax(sg.mlp(X, sizes, activation=activation)))


NETWORK = """\
δ₃ = p − t
∂L/∂W₃ = (1/n) Σᵢ δ₃ a₂ᵀ
∂L/∂b₃ = (1/n) Σᵢ δ₃
δ₂ = (W₃ᵀδ₃) ⊙ a₂ ⊙ (1 − a₂)
∂L/∂W₂ = (1/n) Σᵢ δ₂ a₁ᵀ
∂L/∂b₂ = (1/n) Σᵢ δ₂
δ₁ = (W₂ᵀδ₂) ⊙ a₁ ⊙ (1 − a₁)
∂L/∂W₁ = (1/n) Σᵢ δ₁ Xᵀ
∂L/∂b₁ = (1/n) Σᵢ δ₁"""


def test_backpropagation_of_a_network_is_nine_lines():
    assert repr(sg.grad(classifier([16, 16, 10]))) == NETWORK


def test_the_lines_are_the_same_for_any_sizes():
    assert repr(sg.grad(classifier([7, 5, 10]))) == NETWORK


def test_the_first_two_lines_in_ascii_and_latex():
    program = sg.grad(classifier([16, 16, 10])).program
    assert show.lines(program, "ascii")[:2] == [("delta3", "p - t"), ("dL/dW3", "mean(outer(delta3, a2))")]
    assert show.lines(program, "latex")[:2] == [
        (r"\delta_{3}", "p - t"),
        (r"\frac{\partial L}{\partial W_{3}}", r"\frac{1}{n} \sum_{i} \delta_{3} a_{2}^{\top}"),
    ]


def test_each_layer_adds_three_lines_in_every_style():
    for depth in (1, 4, 12):
        program = sg.grad(classifier([4] * depth + [10])).program
        for style in ("unicode", "ascii", "latex"):
            assert len(show.lines(program, style)) == 3 * depth + 3


def test_a_local_derivative_without_a_name_is_spelled_out():
    shown = repr(sg.grad(classifier([16, 10], sg.relu)))
    assert "δ₁ = (W₂ᵀδ₂) ⊙ [z₁ > 0]" in shown
    assert "δ₁ = (W₂ᵀδ₂) ⊙ (1 − a₁∘²)" in repr(sg.grad(classifier([16, 10], sg.tanh)))


def test_one_layer_needs_no_delta():
    X, label = sg.data("X", 4), sg.data("label", classes=3)
    W, b = sg.params("W", (3, 4)), sg.params("b", 3)
    g = sg.grad(sg.cross_entropy(label, sg.softmax(W @ X + b)))
    assert repr(g) == "∂L/∂W = (1/n) Σᵢ (p − t) Xᵀ\n∂L/∂b = (1/n) Σᵢ (p − t)"


def test_a_declared_name_is_never_taken_for_an_intermediate():
    X, p, t = sg.data("X", 4), sg.data("p", classes=3), sg.params("t", (3, 4))
    assert repr(sg.grad(sg.cross_entropy(p, sg.softmax(t @ X)))) == "∂L/∂t = (1/n) Σᵢ (p′ − t′) Xᵀ"


def test_a_hidden_sigmoid_is_no_probability():
    X, y = sg.data("X", 4), sg.data("Y", 3)
    shown = repr(sg.grad(sg.mse(y, sg.mlp(X, [5, 3]))))
    assert "p" not in shown
    assert "⊙ a₁ ⊙ (1 − a₁)" in shown


def test_penalties_follow_what_the_data_say():
    X, y, w, rate = sg.data("X", "d"), sg.data("y"), sg.params("w", "d"), sg.hyper("lambda")
    loss = sg.mse(y, X @ w) + rate * (w**2).sum()
    assert repr(loss) == "(1/n) ‖y − Xw‖² + λ ‖w‖²"
    assert repr(sg.grad(loss)) == "∂L/∂w = (2/n) Xᵀ(Xw − y) + 2λw"


def test_the_model_of_one_number_a_sample_is_in_index_notation():
    x, y = sg.data("x y")
    m, b = sg.params("m b")
    g = sg.grad(sg.mse(y, m * x + b))
    assert repr(g) == "∂L/∂m = (2/n) Σᵢ xᵢ (m xᵢ + b − yᵢ)\n∂L/∂b = (2/n) Σᵢ (m xᵢ + b − yᵢ)"
    assert str(g) == "dL/dm = 2*mean(x*(m*x + b - y))\ndL/db = 2*mean(m*x + b - y)"


def test_without_data_a_gradient_is_a_mapping():
    m, b = sg.params("m b")
    assert repr(sg.grad(m**2 * b + 3 * b)) == "{m: 2mb, b: m² + 3}"
    assert sg.grad(m**2)._repr_latex_() == r"$\displaystyle \left\{ m: 2 m \right\}$"


def test_a_formula_too_long_for_one_line_names_its_parts():
    x = sg.param("x")
    value = x
    for _ in range(30):
        value = sg.exp(value) * sg.sin(value) + sg.cos(value)
    assert len(repr(value)) < 20_000
    assert " where u₁ = " in repr(value)
    assert " where u1 = " in str(value)


@pytest.mark.parametrize("style", ["unicode", "ascii", "latex"])
def test_printing_does_not_depend_on_how_indices_are_called(style):
    A, B = sg.params("A", ("d", "d")), sg.params("B", ("d", "d"))
    one, two = sg.einsum("ij,jk,ik->", A, B, A), sg.einsum("pq,qr,pr->", A, B, A)
    shown = getattr(show, style)
    assert one == two
    assert shown(one._shown()) == shown(two._shown())
