"""Losses as people write them: every output of every target and schedule equals the evaluator's."""

import numpy as np
import pytest
from support import agree, split

import symgrad as sg
from symgrad.calculus.link import link
from symgrad.kernels import compile_program

RNG = np.random.default_rng(2)
N = 23
x, y = sg.data("x y")
X, T = sg.data("X", 5), sg.data("T", (4, 3))
label, place = sg.data("label", classes=3), sg.data("place", classes=7)
m, b = sg.params("m b")
w, k, W, E, A = (
    sg.params("w", 5),
    sg.params("k", 3),
    sg.params("W", (3, 5)),
    sg.params("E", (7, 3)),
    sg.params("A", (4, 4)),
)
V = sg.params("V", ("h", "h"))
DATA = {
    "x": RNG.normal(size=N), "y": RNG.normal(size=N),
    "X": RNG.normal(size=(N, 5)), "T": RNG.normal(size=(N, 4, 3)),
    "label": RNG.integers(0, 3, N), "place": RNG.integers(0, 7, N),
    "A": RNG.normal(size=(4, 4)) + 4 * np.eye(4), "V": RNG.normal(size=(2, 2)) + 3 * np.eye(2),
}  # fmt: skip


def layer_norm():
    h = W @ X
    centred = h - h.mean()
    return sg.mean(((centred / sg.sqrt((centred**2).mean() + 1e-3) * k) ** 4).sum())


def attention():
    weights = sg.softmax((T @ sg.params("Wq", (3, 3))) @ (T @ sg.params("Wk", (3, 3))).T)
    return sg.mean(((weights @ T) ** 2).sum())


MODELS = {
    "line": lambda: sg.mse(y, m * x + b),
    "least squares with a penalty": lambda: sg.mse(y, X @ w) + 0.1 * (w**2).sum(),
    "logistic regression": lambda: sg.binary_cross_entropy(sg.sigmoid(y), sg.sigmoid(X @ w)),
    "network": lambda: sg.cross_entropy(label, sg.softmax(sg.mlp(X, [16, 16, 3], activation=sg.sigmoid))),
    "batch variance": lambda: sg.mean((m * x - sg.mean(m * x)) ** 2),
    "convolution": lambda: sg.mean((sg.conv1d(X, k) ** 2).sum()),
    "convolution in two dimensions": lambda: sg.mean((sg.conv2d(T, sg.params("K", (2, 2))) ** 2).sum()),
    "cumulative sum": lambda: sg.mean((sg.cumsum(X * w) ** 2).sum()),
    "product": lambda: sg.mean((X * w).prod()),
    "maximum": lambda: sg.mean((X * w).max()),
    "log det": lambda: sg.logdet(A) + sg.logdet(V) + sg.mean(x * m),
    "det": lambda: sg.det(A) * sg.mean(x * m),
    "inverse": lambda: sg.mean(x) * (sg.inv(A) ** 2).sum(),
    "solve": lambda: sg.mean((sg.solve(A, T) ** 2).sum()),
    "matrix factorisation": lambda: sg.mean((y - (E[place] * (W @ X)).sum()) ** 2),
    "attention": attention,
    "layer normalisation": layer_norm,
    "trace": lambda: sg.trace(A @ A.T) + sg.mean(x * m),
    "concatenation": lambda: sg.mean(sg.concatenate([X * w, W @ X]).sum() ** 2),
    "stack": lambda: sg.mean((sg.stack([m * x, b * x, x * x]) * k).sum() ** 2),
    "branches": lambda: sg.mean(sg.where(m * x > 0, sg.sqrt(sg.abs(m * x)), sg.log(1 + x**2) * b)),
    "activations": lambda: sg.mean(
        sg.gelu(m * x) + sg.silu(b * x) + sg.elu(m * x) + sg.leaky_relu(m * x) + sg.softplus(m * x)
    ),
    "no data": lambda: (m - 3) ** 2 + b**2,
    "norm": lambda: sg.mean(sg.norm(X * w)),
}  # fmt: skip
NARROW = (
    "line",
    "logistic regression",
    "network",
    "cumulative sum",
    "solve",
    "matrix factorisation",
    "attention",
)


def linked(loss, **options):
    """A loss's program and values for all of its inputs."""
    program = link(loss, sg.SGD(learning_rate=0.01), **options)
    values = dict(DATA)
    for variable in program.inputs():
        if variable.role == "param" and variable.name not in values:
            values[variable.name] = RNG.normal(size=[int(e) for e in variable.shape])
    return program, {**values, "learning_rate": 0.01}


@pytest.mark.parametrize("name", MODELS)
def test_loss_and_gradient_in_float64(name):
    agree(*linked(MODELS[name]()))


@pytest.mark.parametrize("name", NARROW)
def test_loss_and_gradient_in_float32(name):
    agree(*linked(MODELS[name]()), dtype="float32")


def test_products_with_zeros_and_maxima_with_ties():
    program, values = linked(MODELS["product"]())
    agree(program, {**values, "X": np.where(RNG.random((N, 5)) < 0.3, 0, DATA["X"])})
    program, values = linked(MODELS["maximum"]())
    agree(program, {**values, "X": np.ones((N, 5)), "w": np.array([1.0, 3, 3, 2, 3])})


def test_predictions_and_metrics_need_no_labels():
    scores = sg.mlp(X, [16, 3], activation=sg.sigmoid)
    shares = sg.softmax(scores)
    accuracy = sg.mean(sg.where(sg.equal(label, shares.argmax()), 1, 0))
    metrics = {"accuracy": accuracy, "always": sg.mean(sg.where(sg.equal(label, label), 1, 0))}
    program, values = linked(sg.cross_entropy(label, shares), prediction=shares, metrics=metrics)
    agree(program, values)
    module = compile_program(program)
    data, params, _, _ = split(program, values, "float64")
    assert module.predict({"X": data["X"]}, params).shape == (N, 3)


def test_a_large_float32_sum_keeps_its_digits():
    program, _ = linked(sg.mean(x) * m)
    module = compile_program(program, dtype="float32")
    loss = module.loss({"x": np.ones(20_000_000, np.float32)}, {"m": np.float32(1)}, {"learning_rate": 1})
    assert loss == 1.0
