"""Losses of many kinds whose derivations are tried line by line: name -> (loss, what it is derived by)."""

from sympy import sympify

import symgrad as sg
from symgrad.ir.functions import BY_NAME
from symgrad.library.layers import parameters
from symgrad.notation.record import elementwise

UNKNOWN = {"trigamma"}  # no derivative is registered


def _argument(record, u):
    """A formula in u, of size about 1, that stays inside the function's domain."""
    low, high = map(sympify, record.domain)
    if low.is_infinite:
        return u
    return low + u / 2 + 1 if high.is_infinite else (low + high) / 2 + u / 2


def scalars():
    """Every registered function by itself, and scalar formulas of every rule."""
    m, b = sg.params("m b")
    for name, record in BY_NAME.items():
        if name not in UNKNOWN:
            yield f"{name}_of_m", (elementwise(record.head, _argument(record, m), *record.sample), m)
    yield from {
        "linear": (3 * m + b, m),
        "square": (m**2, m),
        "polynomial": (m**3 - 2 * m**2 * b + b, m),
        "product": (m**2 * sg.sin(m), m),
        "three_factors": (m * sg.exp(m) * sg.cos(m * b), m),
        "quotient": (sg.sin(m) / (1 + m**2), m),
        "quotient_of_powers": ((m + b) ** 3 / (m - b) ** 2, m),
        "reciprocal": (5 / (m * b + 2), m),
        "square_root": (sg.sqrt(1 + m**2), m),
        "negative_power": ((2 * m + 1) ** -3, m),
        "real_power": ((1 + m) ** 0.7, m),
        "constant_base": (b**m, m),
        "constant_exponent": (m**b, m),
        "base_and_exponent": ((m + 1) ** m, m),
        "nested": (sg.exp(sg.sin(sg.log(1 + m**2))), m),
        "used_twice": (sg.sigmoid(m * b) ** 2 + sg.log(sg.sigmoid(m * b)), m),
        "tanh_of_quotient": (sg.tanh(m / b), b),
        "branches": (sg.where(m > b, m**2, sg.exp(-m)), m),
        "relu_of_line": (sg.relu(2 * m - b), m),
        "larger_of_two": (sg.maximum(m**2, b), m),
        "of_nothing": (0 * m + sg.sign(m) * b, m),
        "already_numbers": (sg.mse(sg.data("y"), m * sg.data("x") + b).on(x=[1, 2], y=[3, 5]), m),
    }.items()


def sums():
    """Scalar parameters of losses over data."""
    x, y = sg.data("x y")
    m, b, s = sg.params("m b s")
    X, w, v = sg.data("X", 3), sg.constants("w", 3), sg.params("v", 3)
    line = m * x + b
    p = sg.sigmoid(line)
    yield from {
        "mse": (sg.mse(y, line), m),
        "mse_by_b": (sg.mse(y, line), b),
        "rmse": (sg.rmse(y, line), m),
        "mae": (sg.mae(y, line), m),
        "huber": (sg.huber(y, line), m),
        "log_cosh": (sg.log_cosh(y, line), m),
        "hinge": (sg.hinge(y, line), b),
        "logistic": (sg.binary_cross_entropy(sg.data("y"), p), m),
        "poisson": (sg.mean(sg.exp(line) - y * line), m),
        "total": (sg.total(sg.sin(m * x) * y), m),
        "penalty": (sg.mse(y, line) + sg.hyper("lam") * m**2, m),
        "quotient_of_sums": (sg.total(x * m**2) / (1 + sg.total(x**2) + m), m),
        "decay": (sg.mse(y, m * sg.exp(-b * x)), b),
        "michaelis": (sg.mse(y, m * x / (x + 1 + b**2)), b),
        "variance": (sg.mean((m * x - sg.mean(m * x)) ** 2), m),
        "scaled_vector": (sg.mse(y, s * (X @ w)), s),
        "softmax_temperature": (sg.logsumexp(v * s), s),
        "largest": ((v * s).max(), s),
        "product_over_entries": (sg.prod(v * s), s),
    }.items()


def tensors():
    """Vectors, matrices, networks."""
    y = sg.data("y")
    X, label = sg.data("X", 3), sg.data("label", classes=2)
    w, b = sg.params("w", 3), sg.param("b")
    A, v = sg.params("A", (3, 3)), sg.constants("v", 3)
    U, row = sg.params("U", (4, 2)), sg.data("row", classes=4)
    W1, W2, c1, c2 = sg.params("W1", (4, 3)), sg.params("W2", (2, 4)), sg.params("c1", 4), sg.params("c2", 2)
    hidden = sg.sigmoid(W1 @ X + c1)
    out = W2 @ hidden + c2
    net = sg.cross_entropy(label, sg.softmax(out))
    Xd, wd = sg.data("Xd", "d"), sg.params("wd", "d")
    digits = sg.data("digits", classes=10)
    readme = sg.cross_entropy(
        digits, sg.softmax(sg.mlp(sg.data("pixels", 784), [16, 16, 10], activation=sg.sigmoid))
    )
    yield from {
        "least_squares": (sg.mse(y, X @ w), w),
        "least_squares_of_any_size": (sg.mse(y, Xd @ wd), wd),
        "ridge": (sg.mse(y, X @ w) + 0.1 * sg.l2(w), w),
        "lasso": (sg.mse(y, X @ w) + 0.1 * sg.l1(w), w),
        "logistic_regression": (sg.binary_cross_entropy(sg.data("y"), sg.sigmoid(X @ w + b)), w),
        "logistic_bias": (sg.binary_cross_entropy(sg.data("y"), sg.sigmoid(X @ w + b)), b),
        "softmax_regression": (sg.cross_entropy(label, sg.softmax(W2[:, :3] @ X + c2)), c2),
        "network_W1": (net, W1),
        "network_c1": (net, c1),
        "network_W2": (net, W2),
        "network_hidden": (net, hidden),
        "network_tanh": (sg.mse(y, (sg.tanh(W1 @ X + c1) @ sg.constants("q", 4))), W1),
        "network_penalty": (net + 0.01 * sg.l2(W1), W1),
        "readme_network": (readme, next(p for p in parameters(readme) if p.name == "W1")),
        "norm": (sg.norm(w), w),
        "relu_sum": (sg.sum(sg.relu(w)), w),
        "branch_sum": (sg.sum(sg.where(w > 0, w**2, -w)), w),
        "squared_form": ((v @ A @ v) ** 2, A),
        "quadratic_form": (w @ sg.constants("S", (3, 3)) @ w, w),
        "inverse": (v @ sg.inv(A) @ v, A),
        "determinant": (sg.det(A), A),
        "logdet": (sg.logdet(A), A),
        "solve": (v @ sg.solve(A, v), A),
        "trace": (sg.trace(A @ A), A),
        "largest_entry": (w.max() ** 2, w),
        "logsumexp": (sg.logsumexp(w), w),
        "embedding": (sg.mse(y, U[row].sum()), U),
        "nothing_left": (sg.sum(sg.sign(w) * 2), w),
    }.items()


CASES = dict([*scalars(), *sums(), *tensors()])
