"""What `str` and, for scalars, `repr` write is read back as the same mathematics."""

import numpy as np
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

import symgrad as sg
from symgrad.errors import DataError, SymgradError

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
    **{
        "A": rng.normal(size=(5, 5)) + 3 * np.eye(5),
        "X": rng.normal(size=(7, 4)),
        "label": rng.integers(0, 3, 7),
    },
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


PATTERNS = [
    *(
        "exp({})",
        "sin({})",
        "tanh({})",
        "|{}|",
        "σ({})",
        "relu({})",
        "softplus({})",
        "erf({})",
        "log1p({})",
        "-({})",
    ),
    *("({})²", "({})^3", "({})**-1", "({})**-2", "√({})", "({})**1.5", "({})**-0.5", "2^({})"),
    *(
        "({}) + ({})",
        "({}) - ({})",
        "({})({})",
        "({})/({})",
        "max({}, {})",
        "minimum({}, {})",
        "leaky_relu({}, 0.1)",
    ),
    *("where({} > 1, {}, 2)", "where(1 < {} and not 2 ≤ {}, {}, 0)", "where({} > 0 or {} > 1, {}, 1)"),
]


def extended(inner):
    return st.sampled_from(PATTERNS).flatmap(
        lambda pattern: st.tuples(*[inner] * pattern.count("{}")).map(lambda parts: pattern.format(*parts))
    )


numbers = st.integers(1, 9).map(str) | st.fractions(-3, 3, max_denominator=9).map(str)
texts = st.recursive(st.sampled_from(["x", "y", "m", "b", "λ"]) | numbers, extended, max_leaves=6)
losses = st.builds("{}({} + x) + ({})".format, st.sampled_from(["mean", "total"]), texts, texts)


def read(text):
    try:
        return sg.parse(text, SCALARS)
    except SymgradError:
        reject()


def defined(tensor):
    """Whether it has a value at the arrays above: nothing divides by zero, its samples did not fold away."""
    try:
        return bool(np.isfinite(values(tensor)).all())
    except (DataError, TypeError):
        return False


@settings(max_examples=200)
@given(texts | losses)
def test_scalar_formulas_as_ascii(text):
    tensor = read(text)
    assume(defined(tensor))
    assert same(sg.parse(str(tensor), SCALARS), tensor)


@settings(max_examples=50)
@given(losses)
def test_gradients(text):
    loss = read(text)
    assume(defined(loss) and not loss.per_sample and {"m", "b"} & {v.name for v in loss._shown().inputs()})
    for part in sg.grad(loss).values():
        assert not defined(part) or same(sg.parse(str(part), SCALARS), part)


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
