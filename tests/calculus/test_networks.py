"""Whole networks: every gradient at once, at any depth."""

import numpy as np
import pytest

import symgrad as sg

jax = pytest.importorskip("jax", reason="needs jax (extra: test)")


def classifier(sizes):
    X, label = sg.data("X", sizes[0]), sg.data("label", classes=sizes[-1])
    return sg.cross_entropy(label, sg.softmax(sg.mlp(X, sizes[1:], activation=sg.sigmoid)))


def test_thirteen_thousand_weights_equal_jax():
    sizes = [784, 16, 16, 10]
    loss = classifier(sizes)
    slopes = sg.grad(loss)
    assert sum(int(np.prod(part.shape)) for part in slopes.values()) == 13_002

    random = np.random.default_rng(7)
    weights = {p.name: random.normal(size=p.shape) / np.sqrt(p.shape[-1]) for p in slopes}
    data = {"X": random.random((64, 784)), "label": random.integers(0, 10, 64)}

    def reference(weights):
        a = data["X"]
        for k in (1, 2, 3):
            z = a @ weights[f"W{k}"].T + weights[f"b{k}"]
            a = jax.nn.sigmoid(z)
        return -jax.numpy.mean(jax.nn.log_softmax(z)[np.arange(64), data["label"]])

    with jax.enable_x64(True):
        value, expected = jax.value_and_grad(reference)(weights)
    assert loss.evaluate(data, weights) == pytest.approx(float(value), rel=1e-13)
    for parameter, part in slopes.evaluate(data, weights).items():
        wanted = np.asarray(expected[parameter.name])
        assert np.abs(part - wanted).max() <= 1e-12 * np.abs(wanted).max()


def test_a_layer_adds_as_many_equations_at_any_depth():
    counts = [len(sg.grad(classifier([20] * (depth + 1))).program.equations) for depth in (3, 10, 30)]
    assert (counts[1] - counts[0]) * 20 == (counts[2] - counts[1]) * 7
