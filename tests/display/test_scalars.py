"""Formulas of numbers: order, signs, fractions, names."""

import pytest
import sympy

import symgrad as sg
from symgrad.display.naming import latex_name, unicode_name

a, b, c = sg.params("a b c")
x, y = sg.data("x y")
rate = sg.hyper("lambda")


@pytest.mark.parametrize(
    ("formula", "unicode", "ascii"),
    [
        (lambda: c + b * a + a**2 - 1, "a² + ab + c − 1", "a**2 + a*b + c - 1"),
        (lambda: 1 - a, "1 − a", "1 - a"),
        (lambda: -a - 1, "−a − 1", "-a - 1"),
        (lambda: a - (b - c), "a − (b − c)", "a - (b - c)"),
        (lambda: a + (b - c), "a + b − c", "a + b - c"),
        (lambda: -(a - b), "b − a", "b - a"),
        (lambda: -2 * (a - b) * c, "2c(b − a)", "2*c*(b - a)"),
        (lambda: -a * (1 - a), "−a(1 − a)", "-a*(1 - a)"),
        (lambda: a / b / c, "a/(bc)", "a/(b*c)"),
        (lambda: (a + b) / 2, "(a + b)/2", "(a + b)/2"),
        (lambda: a * 5 / 2, "5/2 a", "5/2*a"),
        (lambda: a ** (b + 1), "a^(b + 1)", "a**(b + 1)"),
        (lambda: (-a) ** 3 * 2, "2 (−a)³", "2*(-a)**3"),
        (lambda: sg.sqrt(a) / 3, "√a/3", "sqrt(a)/3"),
        (lambda: 1 / sg.sqrt(a + 1), "1/√(a + 1)", "1/sqrt(a + 1)"),
        (lambda: a * sympy.pi, "πa", "pi*a"),
        (lambda: b - rate * (a + b), "b − λ(a + b)", "b - lambda*(a + b)"),
        (lambda: a * x + b - y, "a xᵢ + b − yᵢ", "a*x + b - y"),
        (lambda: sg.total(2 * x), "2 Σᵢ xᵢ", "2*total(x)"),
        (lambda: sg.mean(x) ** 2, "((1/n) Σᵢ xᵢ)²", "mean(x)**2"),
        (lambda: sg.mean((x - sg.mean(x)) ** 2), "(1/n) Σᵢ (xᵢ − (1/n) Σₕ xₕ)²", "mean((x - mean(x))**2)"),
        (
            lambda: sg.where((x > 0) & (x < 1), x, 0),
            "xᵢ if xᵢ > 0 and xᵢ < 1 else 0",
            "where((x > 0) & (x < 1), x, 0)",
        ),
        (lambda: sg.where(x > 0, 1, 0), "[xᵢ > 0]", "where(x > 0, 1, 0)"),
        (lambda: a.at(a=-3), "-3", "-3"),
        (lambda: (a + 1).at(a=sympy.Rational(1, 2)), "3/2", "3/2"),
    ],
)  # fmt: skip
def test_a_formula_reads_as_it_was_meant(formula, unicode, ascii):
    shown = formula()
    assert repr(shown) == unicode
    assert str(shown) == ascii


def test_terms_stand_in_declaration_order():
    late, early = sg.params("late"), None
    early = sg.params("early")
    assert str(early + late) == "late + early"
    q, p = sg.params("q p")
    assert str(p + q) == "q + p"
    p, q = sg.params("p q")
    assert str(p + q) == "p + q"


@pytest.mark.parametrize(
    ("name", "unicode", "latex"),
    [
        ("lambda", "λ", r"\lambda"),
        ("lambda_", "λ", r"\lambda"),
        ("Delta", "Δ", r"\Delta"),
        ("W1", "W₁", "W_{1}"),
        ("b_2", "b₂", "b_{2}"),
        ("W1_x", "W₁ₓ", "W_{1, x}"),
        ("sigma2", "σ₂", r"\sigma_{2}"),
        ("y_hat", "ŷ", r"\hat{y}"),
        ("x_max", "x_max", r"x_{\mathrm{max}}"),
        ("Km", "Km", r"\mathrm{Km}"),
        ("learning_rate", "learning_rate", r"\mathrm{learning\_rate}"),
        ("p_", "p′", "p'"),
    ],
)
def test_a_name_as_it_is_shown(name, unicode, latex):
    assert unicode_name(name) == unicode
    assert latex_name(name) == latex


def test_words_never_run_together():
    Km, V, S = sg.params("Km V S")
    assert repr(V * S / (Km + S)) == "VS/(Km + S)"
    assert repr(Km * V) == "Km V"


def test_a_parameter_called_sigma_leaves_its_letter_alone():
    sigma = sg.params("sigma")
    assert repr(sigma * sg.sigmoid(a)) == "σ sigmoid(a)"


def test_no_index_takes_a_declared_name():
    i, v = sg.params("i"), sg.data("v")
    assert repr(sg.total(i * v)) == "Σₕ i vₕ"


def test_an_entry_of_a_numbered_name_is_told_from_its_number():
    W1 = sg.params("W1", (3, 3))
    assert repr(W1[0, 1]) == "W₁[0, 1]"
    assert repr(sg.params("W", (3, 3))[0, 1]) == "W₀₁"


def test_latex():
    loss = sg.mse(y, a * x + b)
    assert loss._repr_latex_() == (
        r"$\displaystyle \frac{1}{n} \sum_{i} \left(y_{i} - \left(a x_{i} + b\right)\right)^{2}$"
    )
    assert (a * 5 / 2)._repr_latex_() == r"$\displaystyle \frac{5}{2} a$"
    assert sg.where(x > 0, x, 0)._repr_latex_() == (
        r"$\displaystyle \begin{cases} x_{i} & \text{if } x_{i} > 0 \\ 0 & \text{otherwise} \end{cases}$"
    )
    table = sg.grad(sg.sum(sg.params("w", 2) ** 2)).at(w=[1, 2])
    assert "\\begin{bmatrix} 2 \\\\ 4 \\end{bmatrix}" in table._repr_latex_()
