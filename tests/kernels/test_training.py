"""Epochs of training against the evaluator, a step at a time."""

import numpy as np
import pytest
from programs import define, indices, program, variable
from support import close, train, train_by_hand
from sympy import Rational

import symgrad as sg
from symgrad.calculus.link import link
from symgrad.kernels import compile_program

RNG = np.random.default_rng(3)
N = 37
x, y = sg.data("x y")
X, label = sg.data("X", 5), sg.data("label", classes=3)
m, b = sg.params("m b")
w = sg.params("w", 5)
DATA = {
    "x": RNG.normal(size=N), "y": RNG.normal(size=N), "X": RNG.normal(size=(N, 5)),
    "label": RNG.integers(0, 3, N),
    "m": np.array(0.3), "b": np.array(-0.2), "w": RNG.normal(size=5),
}  # fmt: skip
MODELS = {
    "line": lambda: sg.mse(y, m * x + b),
    "penalty": lambda: sg.mse(y, X @ w + b) + 0.01 * (w**2).sum(),
    "network": lambda: sg.cross_entropy(label, sg.softmax(sg.mlp(X, [16, 3], activation=sg.sigmoid))),
    "coupled": lambda: sg.mean((y - m * (x - sg.mean(x * b))) ** 2),
}
SHUFFLED = RNG.permutation(N)
RUNS = [(None, None), (1, SHUFFLED), (8, SHUFFLED), (32, None), (100, SHUFFLED[:20])]


def linked(loss, optimizer):
    p = link(loss, optimizer)
    values = {**DATA, **optimizer.numbers()}
    for v in p.inputs():
        if v.role == "param" and v.name not in values:
            values[v.name] = RNG.normal(size=[int(e) for e in v.shape]) * 0.3
        if v.role == "state":
            values[v.name] = np.zeros([int(e) for e in v.shape])
    return p, values


@pytest.mark.parametrize(
    "target", [("cpu", "streaming"), ("cpu", "batched"), ("numpy", "auto")], ids="-".join
)
@pytest.mark.parametrize("optimizer", ["SGD", "Nesterov", "Adam"])
@pytest.mark.parametrize("model", ["line", "penalty", "network"])
def test_epochs_are_the_evaluator_s_steps(model, optimizer, target):
    p, values = linked(MODELS[model](), getattr(sg, optimizer)())
    for batch, order in RUNS:
        want, losses = train_by_hand(p, values, batch, order, 2)
        got, seen = train(p, values, batch, order, 2, target=target[0], schedule=target[1])
        close(seen, losses, "float64", f"losses, batch size {batch}")
        for name, value in got.items():
            close(value, want[name], "float64", f"{name}, batch size {batch}")


@pytest.mark.parametrize("target", ["cpu", "numpy"])
def test_a_coupled_loss_takes_each_batch_by_itself(target):
    p, values = linked(MODELS["coupled"](), sg.Momentum())
    for batch, order in RUNS:
        want, losses = train_by_hand(p, values, batch, order, 2)
        got, seen = train(p, values, batch, order, 2, target=target)
        close(seen, losses, "float64", "losses")
        for name, value in got.items():
            close(value, want[name], "float64", name)


def test_float32_training_follows_float64():
    p, values = linked(MODELS["network"](), sg.Adam())
    want, _ = train_by_hand(p, values, 8, SHUFFLED, 2)
    got, _ = train(p, values, 8, SHUFFLED, 2, dtype="float32")
    for name, value in got.items():
        assert value.dtype == np.float32
        close(value, want[name], "float32", name)


def _swapping():
    """Next values that read each other's old values, at other places too."""
    j, k, r, i = indices("d", "d", "d", "n")
    u, v = variable("u", "d", role="param"), variable("v", "d", role="state")
    datum = variable("x", "n")
    loss = define("l", [], datum[i], [i])
    new_u = define("new_u", [j], v[j] + u[j] * loss.target[()] * Rational(1, 2))
    new_v = define("new_v", [k], u[k.extent - 1 - k] * u[r] * loss.target[()], [r])
    return program(loss, new_u, new_v, loss="l", next_u="new_u", next_v="new_v")


def test_updates_read_old_values_only():
    p = _swapping()
    values = {"x": np.ones(6), "u": np.array([1.0, 2, 3]), "v": np.array([0.1, 0.2, 0.5])}
    want, _ = train_by_hand(p, values, 2, None, 1)
    for options in ({"schedule": "streaming"}, {"schedule": "batched"}, {"target": "numpy"}):
        module = compile_program(p, **options)
        params, state = {"u": values["u"].copy()}, {"v": values["v"].copy()}
        module.train_epoch({"x": values["x"]}, params, state, {}, None, 0, 2)
        np.testing.assert_allclose(params["u"], want["u"], rtol=1e-13)
        np.testing.assert_allclose(state["v"], want["v"], rtol=1e-13)


def test_pieces_of_a_large_batch_add_up(monkeypatch):
    p, values = linked(MODELS["penalty"](), sg.SGD())
    module = compile_program(p)
    data = {name: np.tile(values[name], (100,) + (1,) * (values[name].ndim - 1)) for name in ("X", "y")}
    results = []
    for piece in (module.PIECE, 1024):
        monkeypatch.setattr(module, "PIECE", piece)
        params = {"w": values["w"].copy(), "b": values["b"].copy()}
        loss, step = module.train_epoch(data, params, {}, {"learning_rate": 0.1}, None, 4, None)
        results.append(
            (loss, params["w"], params["b"], module.gradient(data, params, {"learning_rate": 0})["w"])
        )
        assert step == 5
    for one, two in zip(*results, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12)


def test_no_samples_are_no_steps():
    p, values = linked(MODELS["line"](), sg.SGD())
    module = compile_program(p)
    params = {"m": values["m"].copy(), "b": values["b"].copy()}
    loss, step = module.train_epoch(
        {"x": np.zeros(0), "y": np.zeros(0)}, params, {}, {"learning_rate": 0.1}, None, 3, None
    )
    assert np.isnan(loss)
    assert step == 3
    assert params["m"] == values["m"]


def test_hyperparameters_and_sizes_do_not_compile_again():
    X_ = sg.data("X", "d")
    w_ = sg.params("w", ("d",))
    p = link(sg.mse(y, X_ @ w_), sg.SGD())
    module = compile_program(p)
    for rows, columns, rate, batch in ((10, 2, 0.1, 3), (12, 5, 0.2, 4), (9, 1, 1, 1)):
        module.train_epoch(
            {"X": np.ones((rows, columns)), "y": np.ones(rows)},
            {"w": np.zeros(columns)},
            {},
            {"learning_rate": rate},
            None,
            0,
            batch,
        )
    assert len(module._train_steps.signatures) == 1


def test_arrays_that_do_not_fit_are_refused_by_name():
    p, _ = linked(MODELS["penalty"](), sg.SGD())
    module = compile_program(p)
    data, params = {"X": DATA["X"], "y": DATA["y"]}, {"w": np.zeros(5), "b": np.zeros(())}
    rate = {"learning_rate": 0.1}
    wrong = [
        ({"y": DATA["y"]}, params, rate, "the datum 'X' is missing"),
        ({**data, "y": DATA["y"][:5]}, params, rate, r"'y' has shape \(5,\), expected \(37,\)"),
        ({**data, "X": DATA["X"][:, :3]}, params, rate, r"'X' has shape \(37, 3\), expected \(37, 5\)"),
        (data, {**params, "w": np.zeros((5, 1))}, rate, "'w' .*1 axes"),
        (
            data,
            {**params, "w": np.zeros(5, np.float32)},
            rate,
            "'w' must be a writeable, C-contiguous array of float64",
        ),
        (data, {**params, "w": np.zeros(10)[::2]}, rate, "'w' must be"),
        (data, params, {}, "the hyperparameter 'learning_rate' is missing"),
    ]
    for d, q, h, words in wrong:
        with pytest.raises(ValueError, match=words):
            module.train_epoch(d, q, {}, h)
    with pytest.raises(ValueError, match="the order must list samples from 0 to 36"):
        module.train_epoch(data, params, {}, rate, np.array([0, 37]))
    network, more = linked(MODELS["network"](), sg.SGD())
    labels = compile_program(network)
    start = {v.name: more[v.name] for v in network.inputs() if v.role == "param"}
    with pytest.raises(ValueError, match="'label' holds labels from 0 to 3, expected 0 to 2"):
        labels.loss({"X": DATA["X"], "label": np.arange(N) % 4}, start, {})


def test_first_values_follow_the_declared_scheme():
    free = sg.param("free", value=2.5)
    p = link(sg.mse(y, sg.mlp(X, [4, 1], activation=sg.sigmoid)[0] * free), sg.Adam())
    module = compile_program(p, target="numpy")
    one, two, other = module.init(seed=1), module.init(seed=1), module.init(seed=2)
    assert one["free"] == 2.5
    assert all(np.array_equal(one[k], two[k]) for k in one)
    assert not np.array_equal(one["W1"], other["W1"])
    assert np.abs(one["W1"]).max() <= (6 / 9) ** 0.5
    assert set(module.init_state()) == set(module.STATE)
    assert all(not s.any() for s in module.init_state().values())
