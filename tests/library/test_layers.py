"""Layers: shapes, names, starting values; against numpy."""

import numpy as np
import pytest

import symgrad as sg

RNG = np.random.default_rng(4)


def test_a_network_counts_its_weights():
    net = sg.mlp(sg.data("X", 784), [16, 16, 10], activation=sg.sigmoid)
    assert sg.count_parameters(net) == 13_002
    assert [p.name for p in sg.parameters(net)] == ["W1", "b1", "W2", "b2", "W3", "b3"]
    assert [p.shape for p in sg.parameters(net)] == [(16, 784), (16,), (16, 16), (16,), (10, 16), (10,)]
    assert net.per_sample


def test_a_network_is_its_layers():
    X = sg.data("X", 3)
    W1, b1, W2, b2 = (
        sg.param("W1", (4, 3), init="he_normal"), sg.param("b1", 4, init="zeros"),
        sg.param("W2", (2, 4), init="he_normal"), sg.param("b2", 2, init="zeros"),
    )  # fmt: skip
    assert sg.mlp(X, [4, 2], activation=sg.relu, init="he_normal") == W2 @ sg.relu(W1 @ X + b1) + b2


@pytest.mark.parametrize(("units", "x"), [(3, (4,)), ((), (4,)), (2, ()), ((), ()), ((2, 3), (4,))])
def test_linear(units, x):
    out = sg.linear(sg.data("x", x), units)
    shape = (units,) if isinstance(units, int) else units
    arrays = {
        "x": RNG.normal(size=(5, *x)),
        "W": RNG.normal(size=(*shape, *(x or (1,)))),
        "b": RNG.normal(size=shape),
    }
    rows = arrays["x"].reshape(5, -1)
    want = np.einsum("...k,ik->i...", arrays["W"], rows) + arrays["b"]
    assert out.shape == shape
    np.testing.assert_allclose(out.evaluate(arrays), want, rtol=1e-13)


def test_a_network_over_a_named_size():
    net = sg.mlp(sg.data("X", "d"), ["h", 2], output_activation=sg.softmax)
    assert [p.shape for p in sg.parameters(net)] == [("h", "d"), ("h",), (2, "h"), (2,)]
    assert net.shape == (2,)


def test_names_values_and_what_is_held():
    start = RNG.normal(size=(4, 3))
    net = sg.mlp(sg.data("X", 3), [4, 4], prefix="enc_", weights={"enc_W1": start}, fixed=["enc_W1"], seed=3)
    facts = {p.name: p.variable.facts for p in sg.parameters(net)}
    assert list(facts) == ["enc_W1", "enc_b1", "enc_W2", "enc_b2"]
    np.testing.assert_array_equal(facts["enc_W1"].value, start)
    assert [f.fixed for f in facts.values()] == [True, False, False, False]
    assert [f.init for f in facts.values()] == [None, "zeros", "glorot_uniform", "zeros"]
    assert list(sg.grad(sg.mean((net**2).sum()))) == sg.parameters(net)[1:]


def test_layers_of_one_shape_start_differently_from_one_seed():
    W1, _, W2, _ = (p.variable.facts.seed for p in sg.parameters(sg.mlp(sg.data("X", 4), [4, 4], seed=0)))
    assert W1 != W2
    again = [p.variable.facts.seed for p in sg.parameters(sg.mlp(sg.data("X", 4), [4, 4], seed=0))]
    assert again[0] == W1
