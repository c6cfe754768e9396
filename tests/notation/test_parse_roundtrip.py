"""What `str` and, for scalars, `repr` write is read back as the same mathematics."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import symgrad as sg

x, y = sg.data("x y")
m, b, lam = *sg.params("m b"), sg.hyper("lambda")
SCALARS = [x, y, m, b, lam]
W, v, u = sg.param("W", (3, 4)), sg.param("v", 4), sg.param("u", 3)
A = sg.param("A", ("d", "d"))
X, label = sg.data("X", 4), sg.data("label", classes=3)
ARRAYS = [W, v, u, A, X, label, m]

rng = np.random.default_rng(3)
VALUES = {
    **{"x": rng.uniform(0.2, 2, 7), "y": rng.uniform(0.2, 2, 7), "m": 0.7, "b": 1.3, "lambda": 0.4},
    **{"W": rng.normal(size=(3, 4)), "v": rng.normal(size=4), "u": rng.normal(size=3)},
    **{"A": rng.normal(size=(5, 5)) + 3 * np.eye(5), "X": rng.normal(size=(7, 4)), "label": rng.integers(0, 3, 7)},
}


def values(tensor):
    program = tensor._shown()
    return tensor.evaluate({v.name: VALUES[v.name] for v in program.inputs()})


def same(one, two):
    """Equal as formulas, or equal in value at the arrays above, of which the reader knows nothing."""
    if one == two:
        return True
    assert one.shape == two.shape
    with np.errstate(all="ignore"):
        return np.allclose(values(one), values(two), rtol=1e-9, atol=1e-12, equal_nan=True)


def extended(inner):
    unary = st.sampled_from([sg.exp, sg.sin, sg.tanh, sg.abs, sg.sigmoid, sg.relu, sg.softplus, sg.erf, sg.log1p])
    ordinary = [
        lambda a, c: a + c,
        lambda a, c: a - c,
        lambda a, c: a * c,
        lambda a, c: a / c,
        sg.maximum,
        sg.minimum,
        lambda a, c: sg.where(a > c, a, c / 2),
        lambda a, c: sg.where((a > 0) & ~(c > 1), a - c, 0),
        lambda a, c: sg.where((a > 0) | (c > 1), a, 1),
    ]
    powers = st.sampled_from([2, 3, -1, -2, 0.5, 1.5, -0.5])
    return st.one_of(
        st.builds(lambda f, a: f(a), unary, inner),
        st.builds(lambda f, a, c: f(a, c), st.sampled_from(ordinary), inner, inner),
        st.builds(lambda a, p: a**p, inner, powers),
        st.builds(lambda a: -a, inner),
    )


numbers = st.integers(-9, 9) | st.fractions(-3, 3, max_denominator=9)
formulas = st.recursive(
    st.sampled_from(SCALARS) | numbers.map(lambda k: sg.parse(str(Fraction(k)))), extended, max_leaves=8
)
losses = st.builds(
    lambda a, c, over: over(a * x) + c * c, formulas, formulas.filter(lambda t: not t.per_sample), st.sampled_from([sg.mean, sg.total])
)


def printable(text):
    """Whether it is written without what only a reader's eye finds: spelled indices, values that are not real."""
    return not any(mark in text for mark in ("each(", "zoo", "nan", "oo", "log(-", "*I", "I*"))


@settings(max_examples=250)
@given(formulas | losses)
def test_scalar_formulas_as_ascii(tensor):
    text = str(tensor)
    assume(printable(text))
    assert same(sg.parse(text, SCALARS), tensor), text


@settings(max_examples=60)
@given(losses)
def test_gradients(tensor):
    assume(printable(str(tensor)))
    held = {t.name for t in SCALARS if t.role == "param"} & {v.name for v in tensor._shown().inputs()}
    assume(held)
    for part in sg.grad(tensor).values():
        text = str(part)
        assume(printable(text))
        assert same(sg.parse(text, SCALARS), part), text


POLYNOMIALS = ["5m + 3b − 13", "5/2 m² + 3mb + b² − 13m − 8b + 17", "√10/2", "2λm", "-3", "sin(m) + e^b"]


@pytest.mark.parametrize("text", POLYNOMIALS)
def test_unicode_formulas_without_samples(text):
    tensor = sg.parse(text, SCALARS)
    assert same(sg.parse(repr(tensor), SCALARS), tensor)


MATRICES = [
    W @ v,
    W.T @ u,
    W.T,
    W[0],
    W[:, 2],
    X[0] * v,
    W * u[:, None],
    sg.stack([m, 2 * m]),
    W.sum(),
    W.sum(0),
    W.prod(1),
    W.max(),
    W.max(0),
    W.min(1),
    v.argmax(),
    sg.logsumexp(W, 1),
    sg.softmax(v),
    sg.softmax(W, 1),
    sg.log_softmax(W @ v),
    sg.norm(v),
    (v**2).sum(),
    sg.cumsum(v),
    sg.det(A),
    sg.logdet(A),
    sg.inv(A),
    sg.trace(A @ A.T),
    sg.solve(A, A.T),
    sg.diag(v),
    sg.outer(u, v),
    sg.dot(v, v),
    A / sg.parse("d", [A]),
    A + sg.parse("eye(d)", [A]),
    sg.one_hot(label),
    (W @ X)[label],
    sg.mean(W @ X),
    sg.mean((W @ X).max()),
    sg.mean(sg.sigmoid(W @ X + u) * u),
    sg.grad(sg.mean(((W @ X) ** 2).sum()), W),
    sg.cross_entropy(label, sg.softmax(W @ X)),
    sg.grad(sg.cross_entropy(label, sg.softmax(W @ X)), W),
    sg.grad(sg.logdet(A), A),
    sg.where(v > 0, v, -v),
]


@pytest.mark.parametrize("tensor", MATRICES, ids=map(str, MATRICES))
def test_matrix_formulas(tensor):
    assert same(sg.parse(str(tensor), ARRAYS), tensor)
