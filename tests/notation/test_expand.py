"""Products multiplied out over sums, through definitions and reductions."""

import numpy as np
import pytest

import symgrad as sg
from symgrad.notation.formula import inputs_of

W1, b1 = sg.params("W1", ("h", "d")), sg.params("b1", "h")
W2, b2 = sg.params("W2", (3, "h")), sg.params("b2", 3)
X = sg.data("X", "d")
a, b, c = sg.params("a b c")


def test_linear_layers_collapse():
    flat = sg.expand(W2 @ (W1 @ X + b1) + b2)
    assert flat == sg.expand(W2 @ (W1 @ X) + W2 @ b1 + b2)
    assert repr(flat) == "W₂W₁X + W₂b₁ + b₂"


def test_a_linear_network_collapses_to_one_term_a_path():
    net = sg.mlp(sg.data("x", 4), [3, 3, 2], activation=None)
    V1, c1, V2, c2, V3, c3 = sg.parameters(net)
    assert sg.expand(net) == sg.expand(V3 @ (V2 @ (V1 @ sg.data("x", 4))) + V3 @ (V2 @ c1) + V3 @ c2 + c3)
    assert repr(sg.expand(net)) == "W₃W₂W₁x + W₃W₂b₁ + W₃b₂ + b₃"


def test_an_activation_is_not_distributed_over():
    net = sg.tanh(W1 @ X + b1)
    assert repr(sg.expand(net)) == repr(net) == "tanh(W₁X + b₁)"


@pytest.mark.parametrize(
    ("product", "flat"),
    [
        ((a + b) * (a - b), a**2 - b**2),
        ((a + b) ** 3, a**3 + 3 * a**2 * b + 3 * a * b**2 + b**3),
        ((a + 1) * (b + c), a * b + a * c + b + c),
        (sg.exp(a * (b + c)), sg.exp(a * b + a * c)),
        ((a + b) / c, a / c + b / c),
    ],
)
def test_scalars_expand_as_polynomials(product, flat):
    assert sg.expand(product) == sg.expand(flat)


def test_a_sum_over_what_does_not_vary_counts():
    w = sg.params("w", 4)
    assert sg.expand((w + a).sum()) == sg.expand(w.sum() + 4 * a)


@pytest.mark.parametrize(
    "build",
    [
        lambda w, M, x: sg.mean(((M @ (x + w)) ** 2).sum()),
        lambda w, M, x: (M @ (M @ (w + 1) + w)).sum() ** 2 + sg.mean((x - w) @ (x + w)),
        lambda w, M, x: sg.prod(w + 1) * (M * (w + 2)).sum() + sg.mean(sg.logsumexp(x * (w + 1))),
        lambda w, M, x: sg.where(w > 0, w * (w + 1), 0).sum() + sg.trace(sg.inv(M * (w.sum() + 9))),
    ],
)
def test_the_value_stays(build):
    rng = np.random.default_rng(5)
    loss = build(sg.params("w", 3), sg.params("M", (3, 3)), sg.data("x", 3))
    arrays = {
        "w": rng.normal(size=3),
        "M": rng.normal(size=(3, 3)) + 3 * np.eye(3),
        "x": rng.normal(size=(4, 3)),
    }
    values = {t.name: arrays[t.name] for t in inputs_of(loss)}
    flat = sg.expand(loss)
    assert flat != loss
    assert float(flat.evaluate(values)) == pytest.approx(float(loss.evaluate(values)), rel=1e-12)
