"""Every registered optimizer: its equations, compiled and run, against independent implementations."""

import numpy as np
import pytest

import symgrad as sg
from symgrad.library.optimizers import OPTIMIZERS
from symgrad.training.loop import order_of

rng = np.random.default_rng(7)
N = 100  # with batches of 32 the last one holds 4
DATA = {"X": rng.normal(size=(N, 3)), "y": rng.normal(size=N)}
X, y = sg.data("X", 3), sg.data("y")
w, b = sg.param("w", 3), sg.param("b")
LOSS = sg.mse(y, X @ w + b)
START = {"w": [1.0, -2.0, 0.5], "b": 3.0}


def adam(p, g, s, t, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v = beta1 * s.get("m", 0) + (1 - beta1) * g, beta2 * s.get("v", 0) + (1 - beta2) * g * g
    s.update(m=m, v=v)
    return p - learning_rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


def heavy_ball(p, g, s, t, learning_rate=0.01, momentum=0.9, ahead=False):
    s["velocity"] = momentum * s.get("velocity", 0) + g
    return p - learning_rate * (g + momentum * s["velocity"] if ahead else s["velocity"])


def adagrad(p, g, s, t, learning_rate=0.01, epsilon=1e-10):
    s["squares"] = s.get("squares", 0) + g * g
    return p - learning_rate * g / (np.sqrt(s["squares"]) + epsilon)


def rmsprop(p, g, s, t, learning_rate=0.001, rho=0.9, epsilon=1e-8):
    s["squares"] = rho * s.get("squares", 0) + (1 - rho) * g * g
    return p - learning_rate * g / (np.sqrt(s["squares"]) + epsilon)


REFERENCE = {
    "SGD": lambda p, g, s, t: p - 0.01 * g,
    "Momentum": heavy_ball,
    "Nesterov": lambda p, g, s, t: heavy_ball(p, g, s, t, ahead=True),
    "Adagrad": adagrad,
    "RMSprop": rmsprop,
    "Adam": adam,
    "AdamW": lambda p, g, s, t: adam(p, g, s, t) - 0.001 * 0.01 * p,
}


def gradient(params, rows):
    """By hand: ∂/∂w of the mean of (y − Xw − b)² is −2 Xᵀr/n."""
    residual = DATA["y"][rows] - DATA["X"][rows] @ params["w"] - params["b"]
    return {"w": -2 * DATA["X"][rows].T @ residual / len(rows), "b": -2 * residual.sum() / len(rows)}


def reference_run(step_rule, epochs, batch_size):
    params = {name: np.array(value) for name, value in START.items()}
    states = {name: {} for name in params}
    step = 0
    for epoch in range(epochs):
        order = np.arange(N) if batch_size is None else order_of(N, 0, epoch)
        for first in range(0, N, batch_size or N):
            step += 1
            slopes = gradient(params, order[first : first + (batch_size or N)])
            params = {name: step_rule(params[name], slopes[name], states[name], step) for name in params}
    return params, step


@pytest.mark.parametrize("batch_size", [None, 1, 32])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_thousand_steps_equal_an_independent_implementation(name, batch_size):
    epochs = {None: 1000, 1: 10, 32: 250}[batch_size]
    run = sg.fit(
        LOSS, DATA, start=START, optimizer=OPTIMIZERS[name](), epochs=epochs, batch_size=batch_size, verbose=0
    )
    expected, steps = reference_run(REFERENCE[name], epochs, batch_size)
    assert run.step == steps == 1000
    for parameter, value in expected.items():
        np.testing.assert_allclose(run.params[parameter], value, rtol=1e-12)


TORCH = {
    "SGD": lambda torch, p, decay: torch.optim.SGD(p, lr=0.01, weight_decay=decay),
    "Momentum": lambda torch, p, decay: torch.optim.SGD(p, lr=0.01, momentum=0.9, weight_decay=decay),
    "Nesterov": lambda torch, p, decay: torch.optim.SGD(
        p, lr=0.01, momentum=0.9, nesterov=True, weight_decay=decay
    ),
    "Adagrad": lambda torch, p, decay: torch.optim.Adagrad(p, lr=0.01, weight_decay=decay),
    "RMSprop": lambda torch, p, decay: torch.optim.RMSprop(p, lr=0.001, alpha=0.9, weight_decay=decay),
    "Adam": lambda torch, p, decay: torch.optim.Adam(p, lr=0.001, weight_decay=decay),
    "AdamW": lambda torch, p, decay: torch.optim.AdamW(p, lr=0.001, weight_decay=decay),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_weight_decay_and_clipping_equal_torch(name):
    torch = pytest.importorskip("torch", reason="needs torch (extra: test-oracles)")
    optimizer = OPTIMIZERS[name](weight_decay=0.05, clip_norm=0.7)
    run = sg.fit(LOSS, DATA, start=START, optimizer=optimizer, epochs=100, target="numpy", verbose=0)
    params = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in START.items()
    }
    steps = TORCH[name](torch, list(params.values()), 0.05)
    inputs, truth = torch.tensor(DATA["X"]), torch.tensor(DATA["y"])
    for _ in range(100):
        steps.zero_grad()
        ((truth - inputs @ params["w"] - params["b"]) ** 2).mean().backward()
        torch.nn.utils.clip_grad_norm_(list(params.values()), 0.7)
        steps.step()
    for parameter, value in params.items():
        # torch adds 1e-6 to the norm that it clips by.
        np.testing.assert_allclose(run.params[parameter], value.detach().numpy(), rtol=2e-5)


def test_update_shows_the_step_by_hand():
    x, t = sg.data("x y")
    m, c = sg.params("m b")
    g = sg.grad(sg.mse(t, m * x + c)).on(x=[1, 2], y=[3, 5])
    step = sg.SGD(sg.hyper("lambda")).update(g)
    assert step.at(m=-1, b=5, lambda_=0.1)[m] == sg.SGD(0.1).update(g).at(m=-1, b=5)["m"] == -0.7
    assert sg.SGD(0.1).update(g).at(m=-1, b=5)[c] == 5.1
    with pytest.raises(KeyError, match="no update of k; there are: m, b"):
        step["k"]


def test_a_schedule_is_a_formula_in_the_step():
    rate = sg.schedules.warmup(3, then=sg.schedules.step_decay(0.1, 0.5, after=[2]))
    run = sg.fit(LOSS, DATA, start=START, optimizer=sg.SGD(rate), epochs=7, target="numpy", verbose=0)
    params = {name: np.array(value) for name, value in START.items()}
    for lam in (0.1 / 3, 0.2 / 3, 0.1, 0.1, 0.1, 0.05, 0.05):
        slopes = gradient(params, np.arange(N))
        params = {name: params[name] - lam * slopes[name] for name in params}
    np.testing.assert_allclose(run.params["w"], params["w"], rtol=1e-12)


def test_numbers_change_without_another_program():
    from symgrad.calculus.link import link

    assert link(LOSS, sg.Adam(0.1)).digest() == link(LOSS, sg.Adam(0.2, beta1=0.5)).digest()
    assert link(LOSS, sg.Adam(0.1)).digest() != link(LOSS, sg.AdamW(0.1)).digest()


def test_bounds_are_kept_by_the_equations():
    k = sg.param("k", value=0.5, min=0, max=1)
    x = sg.data("x")
    toward = {"up": [5.0], "down": [-5.0]}
    ends = {
        way: sg.fit(
            sg.mse(x, k), {"x": data}, optimizer=sg.SGD(0.4), epochs=3, target="numpy", verbose=0
        ).params[k]
        for way, data in toward.items()
    }
    assert ends == {"up": 1.0, "down": 0.0}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sg.SGD(learning_rate=-0.1), "SGD: learning_rate=-0.1 must be a finite number, above 0"),
        (lambda: sg.SGD(learning_rate=0), "SGD: learning_rate=0 must be a finite number, above 0"),
        (
            lambda: sg.SGD("fast"),
            "SGD: learning_rate='fast' must be a number, a hyperparameter, or a schedule",
        ),
        (lambda: sg.Adam(beta1=1), r"Adam: beta1=1 must lie in \[0, 1\)"),
        (lambda: sg.SGD(sg.param("w", 3)), r"SGD: learning_rate has shape \(3,\); expected a single number"),
        (lambda: sg.SGD(lambda t: "slow").update({}), "SGD: the schedule for learning_rate gave no formula"),
        (
            lambda: sg.schedules.cosine(0.1, steps=0),
            "cosine: steps=0 must be a whole number of steps, at least 1",
        ),
    ],
)
def test_numbers_that_cannot_be(make, message):
    with pytest.raises(sg.errors.DeclarationError, match=message):
        make()


def test_a_rule_that_forgets_its_state_is_refused():
    class Forgetful(sg.Optimizer):
        learning_rate: float = 0.1
        states = ("speed",)

        def rule(self, parameter, gradient, state, step):
            return parameter - self.learning_rate * gradient

    with pytest.raises(
        sg.errors.DeclarationError, match=r"Forgetful.rule returned the states \[\], declared are \['speed'\]"
    ):
        Forgetful().update(sg.grad(LOSS))


def test_numbers_that_an_optimizer_does_not_have():
    with pytest.raises(
        sg.errors.DeclarationError, match=r"SGD has no lr=0.1; it takes learning_rate, weight_decay"
    ):
        sg.SGD(lr=0.1)


def test_an_optimizer_shows_its_own_numbers():
    assert repr(sg.SGD(0.1)) == "SGD(learning_rate=0.1)"
    assert repr(sg.SGD(0.1, clip_norm=2)) == "SGD(learning_rate=0.1, clip_norm=2)"


def test_an_optimizer_without_a_rule():
    class Still(sg.Optimizer):
        rate: float = 0.1

    with pytest.raises(sg.errors.DeclarationError, match="Still needs a method rule"):
        Still()
