"""Formulas of many kinds, each with values and the same loss in jax: what every derivation is tried on."""

import numpy as np
import pytest

import symgrad as sg

jax = pytest.importorskip("jax", reason="needs jax (extra: test)")
jax.config.update("jax_enable_x64", True)
jnp = jax.numpy
lax = jax.lax

CASES = {}
"""name -> (function giving the loss and values by name, the same loss in jax over a mapping of arrays)."""


def case(theirs):
    """Register a problem: the function returns ``(loss, values)``; ``theirs`` is the oracle's loss."""

    def register(build):
        CASES[build.__name__] = (build, theirs)
        return build

    return register


def rng():
    return np.random.default_rng(7)


def normal(*shape):
    return rng().normal(size=shape)


def well_conditioned(size):
    """A matrix far from singular, with a determinant of either sign."""
    return rng().normal(size=(size, size)) + size * np.eye(size)


# -- regression and data ------------------------------------------------------------


@case(lambda v: jnp.sum((v["A"] @ v["w"] - v["y"]) ** 2) + v["lam"] * jnp.sum(v["w"] ** 2))
def ridge():
    A, y = sg.constants("A", ("rows", "d")), sg.constants("y", "rows")
    w, lam = sg.params("w", "d"), sg.hyper("lam")
    return ((A @ w - y) ** 2).sum() + lam * sg.l2(w), {
        "A": normal(6, 3),
        "y": normal(6),
        "w": normal(3),
        "lam": 0.3,
    }


@case(lambda v: jnp.mean((v["X"] @ v["w"] - v["y"]) ** 2))
def least_squares():
    X, y, w = sg.data("X", "d"), sg.data("y"), sg.params("w", "d")
    return sg.mse(y, X @ w), {"X": normal(7, 3), "y": normal(7), "w": normal(3)}


@case(lambda v: jnp.mean((v["x"] * v["m"] - jnp.mean(v["x"] * v["m"])) ** 2) + jnp.sum(v["m"]))
def variance_of_a_batch():
    x, m = sg.data("x"), sg.param("m")
    z = x * m
    return sg.mean((z - sg.mean(z)) ** 2) + m, {"x": normal(6), "m": 0.7}


def _batch_norm(v):
    z = v["X"] @ v["W"].T
    centred = z - z.mean(0)
    return jnp.mean(jnp.tanh(centred / jnp.sqrt((centred**2).mean(0) + 1e-3) * v["g"]) ** 2)


@case(_batch_norm)
def batch_normalisation():
    X, W, g = sg.data("X", 3), sg.params("W", (4, 3)), sg.params("g", 4)
    z = W @ X
    centred = z - sg.mean(z)
    out = sg.tanh(centred / sg.sqrt(sg.mean(centred**2) + 1e-3) * g) ** 2
    return sg.mean(out.mean()), {"X": normal(5, 3), "W": normal(4, 3), "g": normal(4)}


@case(lambda v: jnp.mean((v["r"] - (v["U"][v["user"]] * v["V"][v["item"]]).sum(-1)) ** 2))
def matrix_factorisation():
    user, item, r = sg.data("user", classes=5), sg.data("item", classes=4), sg.data("r")
    U, V = sg.params("U", (5, 3)), sg.params("V", (4, 3))
    return sg.mse(r, (U[user] * V[item]).sum()), {
        "user": np.array([0, 2, 2, 4, 1, 0]),
        "item": np.array([1, 1, 3, 0, 0, 1]),
        "r": normal(6),
        "U": normal(5, 3),
        "V": normal(4, 3),
    }


@case(lambda v: jnp.mean((v["E"][v["words"]].mean(1) @ v["w"] - v["r"]) ** 2))
def bag_of_words():
    words, r = sg.data("words", 3, dtype="int"), sg.data("r")
    E, w = sg.params("E", (5, 2)), sg.params("w", 2)
    return sg.mse(r, E[words].mean(0) @ w), {
        "words": np.array([[0, 1, 1], [2, 4, 0], [3, 3, 3]]),
        "r": normal(3),
        "E": normal(5, 2),
        "w": normal(2),
    }


@case(lambda v: jnp.mean((v["U"][v["pair"][:, 0]] * v["U"][v["pair"][:, 1]]).sum(-1) ** 2))
def two_columns_of_one_datum_select_rows():
    pair, U = sg.data("pair", 2, dtype="int"), sg.params("U", (4, 3))
    return sg.mean((U[pair[0]] * U[pair[1]]).sum() ** 2), {
        "pair": np.array([[0, 1], [2, 2], [3, 0]]),
        "U": normal(4, 3),
    }


# -- matrices ------------------------------------------------------------------------


@case(lambda v: jnp.linalg.slogdet(v["A"])[1])
def log_determinant():
    return sg.logdet(sg.params("A", (4, 4))), {"A": -well_conditioned(4)}


@case(lambda v: jnp.linalg.det(v["A"]) ** 2)
def determinant():
    return sg.det(sg.params("A", (3, 3))) ** 2, {"A": well_conditioned(3)}


@case(lambda v: jnp.trace(v["A"] @ v["X"] @ v["B"]))
def trace_of_a_product():
    A, X, B = sg.params("A", ("p", "q")), sg.params("X", ("q", "r")), sg.params("B", ("r", "p"))
    return sg.trace(A @ X @ B), {"A": normal(2, 3), "X": normal(3, 4), "B": normal(4, 2)}


@case(lambda v: v["x"] @ jnp.linalg.inv(v["A"]) @ v["x"])
def inverse_quadratic_form():
    A, x = sg.params("A", (3, 3)), sg.params("x", 3)
    return x @ sg.inv(A) @ x, {"A": well_conditioned(3), "x": normal(3)}


@case(lambda v: jnp.sum(jnp.sin(jnp.linalg.solve(v["A"], v["b"]))))
def solve_a_vector():
    A, b = sg.params("A", ("d", "d")), sg.params("b", "d")
    return sg.sum(sg.sin(sg.solve(A, b))), {"A": well_conditioned(3), "b": normal(3)}


@case(lambda v: jnp.sum(jnp.linalg.solve(v["A"], v["B"]) ** 2 * v["c"]))
def solve_a_matrix():
    A, B, c = sg.params("A", (3, 3)), sg.params("B", (3, 2)), sg.params("c", 2)
    return (sg.solve(A, B) ** 2 * c).sum(), {"A": well_conditioned(3), "B": normal(3, 2), "c": normal(2)}


@case(lambda v: jnp.mean(jax.vmap(lambda x: jnp.linalg.solve(v["A"], x) @ x)(v["X"])))
def solve_for_every_sample():
    A, X = sg.params("A", (3, 3)), sg.data("X", 3)
    return sg.mean(sg.solve(A, X) @ X), {"A": well_conditioned(3), "X": normal(4, 3)}


@case(lambda v: jnp.mean(jax.vmap(lambda x: jnp.sum(jnp.linalg.solve(v["A"], x)))(v["X"])))
def solve_with_a_constant_adjoint():
    A, X = sg.params("A", (3, 3)), sg.data("X", 3)
    return sg.mean(sg.solve(A, X).sum()), {"A": well_conditioned(3), "X": normal(4, 3)}


def _mahalanobis(v):
    def one(x):
        M = v["S"] + jnp.outer(x, x)
        return x @ jnp.linalg.inv(M) @ x + jnp.linalg.slogdet(M)[1]

    return jnp.mean(jax.vmap(one)(v["X"]))


@case(_mahalanobis)
def a_matrix_for_every_sample():
    S, X = sg.params("S", (3, 3)), sg.data("X", 3)
    M = S + sg.outer(X, X)
    return sg.mean(X @ sg.inv(M) @ X + sg.logdet(M)), {
        "S": 3 * np.eye(3) + normal(3, 3) / 5,
        "X": normal(4, 3),
    }


@case(lambda v: jnp.sum(jnp.linalg.det(v["A"]) * v["c"]))
def determinants_of_a_stack():
    A, c = sg.params("A", (2, 3, 3)), sg.params("c", 2)
    return (sg.det(A) * c).sum(), {"A": normal(2, 3, 3), "c": normal(2)}


@case(
    lambda v: (
        jnp.sum(jnp.diag(v["W"]) ** 3)
        + v["W"][1, 1]
        + jnp.trace(jnp.diag(v["u"]) @ v["W"])
        + v["u"] @ v["W"] @ v["u"]
    )
)
def diagonals():
    W, u = sg.params("W", (3, 3)), sg.params("u", 3)
    loss = (sg.diag(W) ** 3).sum() + W[1, 1] + sg.trace(sg.diag(u) @ W) + sg.dot(u, W @ u)
    return loss, {"W": normal(3, 3), "u": normal(3)}


def _einsums(v):
    A, B, u = v["A"], v["B"], v["u"]
    return (
        jnp.einsum("jk,kl,l->", A, B, u)
        + jnp.einsum("jj->", A @ B[:, :3]) ** 2
        + jnp.einsum("jk,jk->k", A, A) @ u
        + jnp.sum(jnp.einsum("jk,lj->kl", A, A) ** 2)
        + jnp.sum(jnp.einsum("k,j->jk", u, u) * A[:3, :3])
        + jnp.sum(jnp.einsum("jj->j", A) ** 2)
    )


@case(_einsums)
def einsum_patterns():
    A, B, u = sg.params("A", (3, 3)), sg.params("B", (3, 3)), sg.params("u", 3)
    return (
        sg.einsum("jk,kl,l->", A, B, u)
        + sg.einsum("jj", A @ B) ** 2
        + sg.einsum("jk,jk->k", A, A) @ u
        + (sg.einsum("jk, lj -> kl", A, A) ** 2).sum()
        + (sg.einsum("k,j->jk", u, u) * A).sum()
        + (sg.einsum("jj->j", A) ** 2).sum()
    ), {"A": normal(3, 3), "B": normal(3, 3), "u": normal(3)}


# -- networks -----------------------------------------------------------------------


def _attention(v):
    def one(x):
        return jax.nn.softmax((x @ v["Q"]) @ (x @ v["K"]).T / jnp.sqrt(2.0), axis=-1) @ (x @ v["V"])

    return jnp.mean(jnp.sum(jax.vmap(one)(v["X"]) ** 2, axis=(1, 2)))


@case(_attention)
def attention():
    X = sg.data("X", ("t", 3))
    Q, K, V = sg.params("Q K V", (3, 2))
    scores = (X @ Q) @ (X @ K).T / np.sqrt(2.0)
    values = {"X": normal(3, 4, 3), "Q": normal(3, 2), "K": normal(3, 2) / 2, "V": normal(3, 2)}
    return sg.mean(((sg.softmax(scores) @ (X @ V)) ** 2).sum()), values


def _layer_norm(v):
    z = v["X"] @ v["W"].T
    centred = z - z.mean(1, keepdims=True)
    return jnp.mean(
        jnp.sum(
            jnp.tanh(centred / jnp.sqrt((centred**2).mean(1, keepdims=True) + 1e-5) * v["g"] + v["b"]), axis=1
        )
    )


@case(_layer_norm)
def layer_normalisation():
    X, W = sg.data("X", 3), sg.params("W", (4, 3))
    g, b = sg.params("g b", 4)
    z = W @ X
    centred = z - z.mean()
    out = centred / sg.sqrt((centred**2).mean() + 1e-5) * g + b
    return sg.mean(sg.tanh(out).sum()), {"X": normal(5, 3), "W": normal(4, 3), "g": normal(4), "b": normal(4)}


def _classifier(v):
    a = jax.nn.sigmoid(v["X"] @ v["W1"].T + v["b1"])
    z = a @ v["W2"].T + v["b2"]
    return -jnp.mean(jax.nn.log_softmax(z)[jnp.arange(len(z)), v["label"]])


@case(_classifier)
def classifier():
    X, label = sg.data("X", 5), sg.data("label", classes=3)
    return sg.cross_entropy(label, sg.softmax(sg.mlp(X, [4, 3]))), {
        "X": normal(6, 5),
        "label": np.array([0, 2, 1, 1, 0, 2]),
        "W1": normal(4, 5),
        "b1": normal(4),
        "W2": normal(3, 4),
        "b2": normal(3),
    }


@case(lambda v: jnp.mean(jax.nn.softplus(v["X"] @ v["w"]) - v["t"] * (v["X"] @ v["w"])))
def logistic_regression():
    X, t, w = sg.data("X", 3), sg.data("t"), sg.params("w", 3)
    return sg.binary_cross_entropy(t, sg.sigmoid(X @ w)), {
        "X": normal(6, 3),
        "t": np.array([0, 1, 1, 0, 0.5, 1]),
        "w": normal(3),
    }


def _conv(x, w, stride, padding):
    names = ("NCH", "OIH", "NCH") if x.ndim == 3 else ("NCHW", "OIHW", "NCHW")
    return lax.conv_general_dilated(x, w, stride, padding, dimension_numbers=names)


def conv_case(name, size, kernel, stride, padding, theirs):
    """A convolution followed by tanh, differentiated by the kernel and by the image."""

    def build():
        x, w, c = sg.data("x", (2, *size)), sg.params("w", (3, 2, *kernel)), sg.params("c", (2, *size))
        function = sg.conv1d if len(size) == 1 else sg.conv2d
        # The image is datum times parameter, so that the gradient passes through it.
        return sg.mean(sg.tanh(function(x * c, w, stride=stride, padding=padding)).sum()), {
            "x": normal(2, 2, *size),
            "w": normal(3, 2, *kernel),
            "c": normal(2, *size),
        }

    def oracle(v):
        steps = (stride,) * len(size) if isinstance(stride, int) else stride
        return jnp.mean(
            jnp.sum(
                jnp.tanh(_conv(v["x"] * v["c"], v["w"], steps, theirs)), axis=tuple(range(1, 2 + len(size)))
            )
        )

    CASES[name] = (build, oracle)


conv_case("conv1d", (9,), (3,), 1, "valid", "VALID")
conv_case("conv1d_same", (8,), (4,), 1, "same", "SAME")
conv_case("conv1d_stride_same", (9,), (3,), 2, "same", "SAME")
conv_case("conv1d_stride_padded", (8,), (3,), 3, 2, [(2, 2)])
conv_case("conv1d_kernel_wider_than_the_stride_leaves", (7,), (2,), 3, "valid", "VALID")
conv_case("conv2d", (5, 6), (3, 2), 1, "valid", "VALID")
conv_case("conv2d_mixed", (5, 6), (3, 2), (2, 1), (1, 0), [(1, 1), (0, 0)])
conv_case("conv2d_same", (4, 5), (3, 3), 2, "same", "SAME")


# -- reductions, branches, places ---------------------------------------------------


@case(lambda v: jnp.sum(jnp.cumsum(v["w"]) ** 2) + jnp.sum(jnp.sin(jnp.cumsum(v["A"], axis=0))))
def cumulative_sum():
    w, A = sg.params("w", 5), sg.params("A", (3, 2))
    return (sg.cumsum(w) ** 2).sum() + sg.sin(sg.cumsum(A, axis=0)).sum(), {"w": normal(5), "A": normal(3, 2)}


@case(lambda v: jnp.prod(v["w"]) + jnp.sum(jnp.prod(v["A"], axis=1) ** 2))
def product():
    w, A = sg.params("w", 4), sg.params("A", (2, 3))
    return sg.prod(w) + (sg.prod(A, axis=1) ** 2).sum(), {"w": normal(4), "A": normal(2, 3)}


@case(lambda v: jnp.prod(v["w"]) + jnp.prod(v["u"]))
def product_with_zero_factors():
    w, u = sg.params("w", 4), sg.params("u", 4)
    return sg.prod(w) + sg.prod(u), {
        "w": np.array([2.0, 0.0, 3.0, -1.0]),
        "u": np.array([0.0, 0.0, 3.0, 1.0]),
    }


@case(
    lambda v: (
        jnp.max(v["w"]) * 3
        + jnp.sum(jnp.min(v["A"], axis=0) ** 2)
        + jnp.sum(jnp.maximum(v["w"], v["u"]) ** 2)
    )
)
def max_with_ties():
    w, u, A = sg.params("w", 4), sg.params("u", 4), sg.params("A", (2, 2))
    return 3 * w.max() + (A.min(0) ** 2).sum() + (sg.maximum(w, u) ** 2).sum(), {
        "w": np.array([1.0, 3.0, 3.0, 3.0]),
        "u": np.array([1.0, 2.0, 4.0, 3.0]),
        "A": np.array([[2.0, 1.0], [2.0, 5.0]]),
    }


@case(lambda v: jax.nn.logsumexp(v["w"]) + jnp.sum(jax.nn.logsumexp(v["A"] * 9, axis=1)))
def log_sum_exp():
    w, A = sg.params("w", 4), sg.params("A", (2, 3))
    return sg.logsumexp(w) + sg.logsumexp(9 * A, axis=1).sum(), {"w": normal(4) + 900, "A": normal(2, 3)}


def _slices(v):
    w, A = v["w"], v["A"]
    return (
        jnp.sum(w[1::2] ** 3) + jnp.sum(w[::-1] * jnp.arange(7.0)) + jnp.sum(A[:, -2:] ** 2) + A[-1, 0] * w[2]
    )


@case(_slices)
def slices():
    w, A = sg.params("w", 7), sg.params("A", (3, 4))
    loss = (w[1::2] ** 3).sum() + (w[::-1] * np.arange(7.0)).sum() + (A[:, -2:] ** 2).sum() + A[-1, 0] * w[2]
    return loss, {"w": normal(7), "A": normal(3, 4)}


@case(lambda v: jnp.sum((v["w"][1:] - v["w"][:-1]) ** 2) + jnp.sum(v["w"][2:] * v["w"][:-2]))
def differences_of_neighbours():
    w = sg.params("w", "d")
    return ((w[1:] - w[:-1]) ** 2).sum() + (w[2:] * w[:-2]).sum(), {"w": normal(6)}


@case(lambda v: jnp.sum(jnp.where(v["w"] > 0, jnp.log(jnp.where(v["w"] > 0, v["w"], 1.0)), v["w"] ** 2)))
def where_guards_its_branches():
    w = sg.params("w", 5)
    return sg.where(w > 0, sg.log(w), w**2).sum(), {"w": np.array([0.5, -1.0, 2.0, 0.0, -0.3])}


def _huber(v):
    r = v["y"] - v["m"] * v["x"]
    return jnp.mean(jnp.where(jnp.abs(r) <= 0.7, r**2 / 2, 0.7 * (jnp.abs(r) - 0.35)))


@case(_huber)
def huber():
    x, y, m = sg.data("x"), sg.data("y"), sg.param("m")
    return sg.huber(y, m * x, delta=0.7), {"x": normal(8), "y": normal(8)[::-1].copy(), "m": 0.4}


def _joined(v):
    row = jnp.concatenate([v["a"], v["b"] ** 2, v["a"][::-1]])
    return jnp.sum(row * jnp.arange(7.0)) + jnp.sum(jnp.stack([v["a"], v["a"] ** 2]) ** 3)


@case(_joined)
def joined():
    a, b = sg.params("a", 2), sg.params("b", 3)
    return (sg.concatenate([a, b**2, a[::-1]]) * np.arange(7.0)).sum() + (sg.stack([a, a**2]) ** 3).sum(), {
        "a": normal(2),
        "b": normal(3),
    }


def _norms(v):
    size = jnp.abs(v["w"])
    return jnp.linalg.norm(v["w"]) + jnp.sum(size) + jnp.sum(size**3) ** (1 / 3) + jnp.max(size)


@case(_norms)
def norms():
    w = sg.params("w", 4)
    return sg.norm(w) + sg.norm(w, 1) + sg.norm(w, 3) + sg.norm(w, float("inf")), {"w": normal(4)}


@case(
    lambda v: (
        jnp.sum(v["A"] * v["b"] + v["A"].T[:, None, :] / v["b"][:, None]) + jnp.sum((v["c"] - v["A"]) ** 2)
    )
)
def broadcasting():
    A, b, c = sg.params("A", (3, 3)), sg.params("b", 3), sg.params("c", (3, 1))
    return (A * b + A.T[:, None, :] / b[:, None]).sum() + ((c - A) ** 2).sum(), {
        "A": normal(3, 3),
        "b": normal(3) + 3,
        "c": normal(3, 1),
    }


@case(lambda v: v["a"] ** v["b"] + 2.0 ** v["a"] + v["a"] ** 2.5 / v["b"] + jnp.sqrt(v["a"] * v["b"]))
def powers():
    a, b = sg.params("a b")
    return a**b + 2**a + a**2.5 / b + sg.sqrt(a * b), {"a": 1.3, "b": 0.6}
