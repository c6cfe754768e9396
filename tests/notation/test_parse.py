"""Formulas as text give the tensors that the same mathematics gives in Python."""

import mpmath
import numpy as np
import pytest
from sympy import Rational

import symgrad as sg
from symgrad.notation.lexer import Lexer
from symgrad.notation.parse import free_names

x, y, z = sg.data("x y z")
m, b, alpha, W_1 = sg.params("m b alpha W_1")
lam = sg.hyper("lambda")
y_hat = sg.data("y_hat")
W, v, A = sg.param("W", (3, 4)), sg.param("v", 4), sg.param("A", ("d", "d"))
label = sg.data("label", classes=3)
NAMES = [x, y, z, m, b, alpha, W_1, lam, y_hat, W, v, A, label]
ONE = sg.stack([m, b])

FORMULAS = {
    # As in Python.
    "mean((y - (m*x + b))**2)": sg.mean((y - (m * x + b)) ** 2),
    "5*m + 3*b - 13": 5 * m + 3 * b - 13,
    "-m**2": -(m**2),
    "m**-2": m**-2,
    "m**b**2": m ** (b**2),
    "m - b - 2": (m - b) - 2,
    "m / b / 2": (m / b) / 2,
    "m - -b": m - (-b),
    "+m": m,
    # Products without a sign.
    "5m + 3b − 13": 5 * m + 3 * b - 13,
    "2x(y - m)": 2 * x * (y - m),
    "m(x + 1)": m * (x + 1),
    "(x + 1)(y - 1)m": (x + 1) * (y - 1) * m,
    "mx + b": m * x + b,
    "5mxb": 5 * m * x * b,
    "m x sin(y)": m * x * sg.sin(y),
    "mxsin(y)": m * x * sg.sin(y),
    "-2m": -2 * m,
    "2^-x y": 2 ** (-x) * y,
    "x^2y": x**2 * y,
    "3x'": 3 * x,
    # Powers, roots and fractions as they are typed on a keyboard or pasted.
    "m^2": m**2,
    "x²": x**2,
    "x⁻¹": x**-1,
    "m¹²": m**12,
    "sin²(x)": sg.sin(x) ** 2,
    "sin^2(x)": sg.sin(x) ** 2,
    "√(x + 1)": sg.sqrt(x + 1),
    "√2 m": sg.sqrt(2) * m,
    "√(x)²": sg.sqrt(x) ** 2,
    "½m": m / 2,
    "1/2 m": m / 2,
    "5/2 m² + 3mb + 17": Rational(5, 2) * m**2 + 3 * m * b + 17,
    "m · x × b": m * x * b,
    "m÷b": m / b,
    # Numbers are read as typed.
    "0.1m": Rational(1, 10) * m,
    ".5 m": m / 2,
    "1e-3 m": m / 1000,
    "2E3x": 2000 * x,
    "2m + 1.50": 2 * m + Rational(3, 2),
    "0.1 + 0.2": sg.parse("0.3"),
    "pi m": sg.parse("π") * m,
    "2πm": 2 * sg.parse("pi") * m,
    "e^x": sg.parse("e") ** x,
    # Names.
    "λ m": lam * m,
    "lambda_*m": lam * m,
    "lambda m": lam * m,
    "αx": alpha * x,
    "W₁ + W1 + W_1": W_1 + W_1 + W_1,
    "ŷ - y": y_hat - y,
    "λαm": lam * alpha * m,
    # Sizes.
    "total(x)/n": sg.total(x) / sg.parse("n"),
    "sum(A, 1)[0]/d": A.sum(1)[0] / sg.parse("d", [A]),
    # Absolute values.
    "|x - y|": sg.abs(x - y),
    "2|x||y|": 2 * sg.abs(x) * sg.abs(y),
    "||x| - 1|": sg.abs(sg.abs(x) - 1),
    # Functions.
    "ln(x) + log(y)": sg.log(x) + sg.log(y),
    "σ(m x)": sg.sigmoid(m * x),
    "log_cosh(x)": sg.log_of_cosh(x),
    "max(x, 0)": sg.relu(x),
    "max(x, y, m)": sg.maximum(sg.maximum(x, y), m),
    "min(x, 1)": sg.minimum(x, 1),
    "leaky_relu(x, 0.1)": sg.leaky_relu(x, Rational(1, 10)),
    "leaky_relu(x, slope=0.1)": sg.leaky_relu(x, Rational(1, 10)),
    "elu(x)": sg.elu(x),
    "clip(x, 0, 1)": sg.clip(x, 0, 1),
    "trigamma(m)": sg.parse("trigamma(b)", {"b": m}),
    # Conditions.
    "where(x > 0, x, -x)": sg.where(x > 0, x, -x),
    "where(x > 0 and y <= 1, x, 0)": sg.where((x > 0) & (y <= 1), x, 0),
    "where((x > 0) & (y ≤ 1), x, 0)": sg.where((x > 0) & (y <= 1), x, 0),
    "where((x > 0) | (y > 0), x, 0)": sg.where((x > 0) | (y > 0), x, 0),
    "where(x > 0 | y > 0, x, 0)": sg.where((x > 0) | (y > 0), x, 0),
    "where(x > 0 or not y > 0, x, 0)": sg.where((x > 0) | ~(y > 0), x, 0),
    "where(x > |y|, x, 0)": sg.where(x > sg.abs(y), x, 0),
    "where(0 < x < 1, 1, 0)": sg.where((x > 0) & (x < 1), 1, 0),
    "where(label == 2, 1, 0)": sg.where(sg.equal(label, 2), 1, 0),
    "where(label ≠ 2, 1, 0)": sg.where(sg.not_equal(label, 2), 1, 0),
    # Matrices.
    "W @ v": W @ v,
    "W v": W @ v,
    "W·v": W @ v,
    "v·v": sg.dot(v, v),
    "W.T @ W": W.T @ W,
    "W'W": W.T @ W,
    "WᵀW": W.T @ W,
    "W^T W": W.T @ W,
    "2 W v": (2 * W) @ v,
    "W * W": W * W,
    "W ⊙ W": W * W,
    "W**2": W**2,
    "sum(v^2)": (v**2).sum(),
    "W[0, 1]": W[0, 1],
    "W[-1]": W[-1],
    "W[:, 0]": W[:, 0],
    "W[1:, :2]": W[1:, :2],
    "v[label]": v[label],
    "v[:, None]": v[:, None],
    "sum(W, axis=1)": W.sum(1),
    "sum(W, axis=(0, 1))": W.sum((0, 1)),
    "max(W, axis=0)": W.max(0),
    "max(v, 0)": sg.relu(v),
    "norm(v, 1)": sg.norm(v, 1),
    "norm(v, ord=3/2)": sg.norm(v, 1.5),
    "softmax(W @ v)": sg.softmax(W @ v),
    "logdet(A)": sg.logdet(A),
    "A + eye(d)": A + sg.parse("eye(d)", [A]),
    "[m, b] @ [x, 1]": ONE @ sg.stack([x, 1]),
}


@pytest.mark.parametrize("text", FORMULAS, ids=FORMULAS.keys())
def test_reads(text):
    assert sg.parse(text, NAMES) == FORMULAS[text]


def test_spaces_and_lines_do_not_count():
    assert sg.parse(" m\t*\n x\u00a0+ b ", NAMES) == m * x + b


def test_numbers_are_exact():
    value = sg.parse("sqrt(2)*sin(1)/3 + 0.1 - 1e-2").number()
    with mpmath.workdps(40):
        assert mpmath.almosteq(
            mpmath.mpf(value.evalf(40)), mpmath.sqrt(2) * mpmath.sin(1) / 3 + mpmath.mpf("0.09")
        )


def test_identity_matrix():
    given = np.arange(4.0).reshape(2, 2)
    assert (sg.parse("A + 2 eye(d)", [A]).evaluate(A=given) == given + 2 * np.eye(2)).all()


def test_a_declared_name_goes_before_a_function_or_constant():
    e, norm, pi = sg.params("e norm pi")
    assert sg.parse("e*pi*norm(2)", [e, norm, pi]) == e * pi * norm * 2


def test_the_longest_name_goes_first():
    ab, abc, a, c = sg.params("ab abc a c")
    assert sg.parse("abc", [a, ab, abc, c]) == abc
    assert sg.parse("aba", [a, ab, c]) == ab * a
    assert sg.parse("abab", [a, ab, b]) == ab * ab
    # ab·c would leave nothing undone; a·b is not declared, so the split must go back.
    bc = sg.param("bc")
    assert sg.parse("abc", [a, ab, bc]) == a * bc


def test_names_by_mapping_and_singly():
    assert sg.parse("2k + 1", {"k": m * x}) == 2 * (m * x) + 1
    assert sg.parse("2k", {"k": 3}) == 6
    assert sg.parse("2m", m) == 2 * m


def test_further_functions():
    assert sg.parse("mse(y, m x)", NAMES, functions={"mse": sg.mse}) == sg.mse(y, m * x)
    assert sg.parse("l2(v, W)", NAMES, functions={"l2": sg.l2}) == sg.l2(v, W)
    tuned = sg.parse("huber(y, m x, delta=0.5)", NAMES, functions={"huber": sg.huber})
    assert tuned == sg.huber(y, m * x, delta=0.5)
    # A registered function and a loss may share a name: the number of arguments tells.
    shared = {"log_cosh": sg.log_cosh}
    assert sg.parse("log_cosh(x)", NAMES, functions=shared) == sg.log_of_cosh(x)
    assert sg.parse("log_cosh(y, m x)", NAMES, functions=shared) == sg.log_cosh(y, m * x)


def test_free_names_tell_where_they_stand():
    found = free_names("mean((y - m x)^2) + k sin(w) + n", ["m"])
    assert found == {"y": {"mean"}, "m": {"mean"}, "x": {"mean"}, "k": set(), "w": {"sin"}}
    assert list(free_names("λ₁ θ + y_hat")) == ["lambda1", "theta", "y_hat"]


def test_every_spelling_of_a_name_is_read_as_it_is_shown():
    for name in ("lambda", "theta1", "x_max", "y_hat", "learning_rate", "Km", "W1_x", "sigma_2"):
        tensor = sg.param(name)
        assert sg.parse(repr(tensor), [tensor]) == tensor
        assert sg.parse(str(tensor), [tensor]) == tensor


def test_tokens_know_their_place():
    tokens = Lexer("5mx + λ²", ["m", "x", "lambda"], ()).run()
    assert [(t.kind, str(t.value), t.start, t.end) for t in tokens] == [
        ("NUMBER", "5", 0, 1),
        ("NAME", "m", 1, 2),
        ("NAME", "x", 2, 3),
        ("PLUS", "+", 4, 5),
        ("NAME", "lambda", 6, 7),
        ("SUPERSCRIPT", "2", 7, 8),
    ]
