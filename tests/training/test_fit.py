"""Fitting: what comes out is what the same steps by hand give."""

import numpy as np
import pytest

import symgrad as sg
from symgrad.training.loop import diverging, order_of

x, y = sg.data("x y")
m, b = sg.params("m b")
LINE = sg.mse(y, m * x + b)
POINTS = {"x": [1, 2], "y": [3, 5]}
FROM = {m: -1, b: 5}

rng = np.random.default_rng(3)
MANY = {"x": rng.normal(size=50), "y": rng.normal(size=50)}


def fit(data=POINTS, loss=LINE, **options):
    return sg.fit(
        loss, data, **{"optimizer": sg.SGD(0.1), "epochs": 2, "target": "numpy", "verbose": 0, **options}
    )


@pytest.mark.parametrize("target", ["cpu", "numpy"])
def test_the_line_by_hand(target):
    run = fit(start=FROM, epochs=1, target=target)
    assert (run.params[m], run.params["b"]) == pytest.approx((-0.7, 5.1), rel=1e-15)
    run = fit(start=FROM, epochs=2, target=target)
    assert [*run.history.loss, run.loss] == pytest.approx([2.5, 1.825, 1.7125], rel=1e-14)
    assert (run.epoch, run.step, run.status.name) == (2, 2, "completed")


def test_one_sample_a_step_in_the_order_of_seed_and_epoch():
    run = fit(MANY, batch_size=1, seed=5, epochs=2)
    slope = intercept = 0.0
    for epoch in range(2):
        for i in order_of(50, 5, epoch):
            residual = MANY["y"][i] - slope * MANY["x"][i] - intercept
            slope += 0.1 * 2 * residual * MANY["x"][i]
            intercept += 0.1 * 2 * residual
    assert (run.params["m"], run.params["b"]) == pytest.approx((slope, intercept), rel=1e-12)


def test_orders_are_permutations_that_differ_by_seed_and_epoch():
    orders = [order_of(50, seed, epoch).tolist() for seed, epoch in [(0, 0), (0, 1), (1, 0)]]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert len({tuple(order) for order in orders}) == 3


def test_history_of_batches_and_steps():
    run = fit(MANY, batch_size=20, per_step=True, epochs=3)
    assert run.step == 9
    assert len(run.history.step_loss) == 9
    first = run.history.step_loss[:3]
    assert run.history.loss[0] == pytest.approx(
        (20 * first[0] + 20 * first[1] + 10 * first[2]) / 50, rel=1e-14
    )
    without = fit(MANY, batch_size=20, epochs=3)
    assert without.params["m"] == pytest.approx(run.params["m"], rel=1e-14)
    with pytest.raises(KeyError, match="no 'val_loss' in the history, which has: step_loss, loss"):
        run.history["val_loss"]


def test_whole_weights_equal_repeated_rows():
    weights = rng.integers(0, 4, size=50)
    repeated = {name: np.repeat(column, weights) for name, column in MANY.items()}
    weighed = fit(MANY, sample_weight=weights, epochs=20, metrics=["mae"])
    plain = fit(repeated, epochs=20, metrics=["mae"])
    assert weighed.params["m"] == pytest.approx(plain.params["m"], rel=1e-12)
    assert weighed.history.mae == pytest.approx(plain.history.mae, rel=1e-12)


def test_samples_of_weight_zero_leave_no_batch_empty():
    weights = np.arange(50) % 2
    counting = {name: column[weights == 1] for name, column in MANY.items()}
    weighed = fit(MANY, sample_weight=weights, batch_size=1, epochs=3)
    assert weighed.params["m"] == pytest.approx(fit(counting, batch_size=1, epochs=3).params["m"], rel=1e-12)


def test_validation_split_is_kept_out_of_training():
    run = fit(MANY, validation_split=0.2, metrics=["r2"])
    assert len(run.data["x"]) == 40
    held = np.setdiff1d(MANY["x"], run.data["x"])
    truth = MANY["y"][np.isin(MANY["x"], held)]
    residual = truth - run.predict(x=MANY["x"][np.isin(MANY["x"], held)])
    assert run.history.val_loss[-1] == pytest.approx((residual**2).mean(), rel=1e-12)
    assert run.history.val_r2[-1] == pytest.approx(1 - (residual**2).mean() / truth.var(), rel=1e-12)


def test_validation_data_and_evaluate_agree():
    other = {"x": [0.5, 1.5, 4.0], "y": [1.0, 2.0, 3.0]}
    run = fit(MANY, validation_data=other, metrics={"off": sg.mean(sg.abs(y - m * x - b))})
    assert run.evaluate(other) == pytest.approx(
        {"loss": run.history.val_loss[-1], "off": run.history.val_off[-1]}
    )
    assert run.evaluate(other)["off"] == pytest.approx(
        np.abs(np.array(other["y"]) - run.predict(other)).mean()
    )


def test_accuracy_of_classes():
    X, label = sg.data("X", 2), sg.data("label", classes=3)
    W = sg.param("W", (3, 2))
    loss = sg.cross_entropy(label, sg.softmax(W @ X))
    points = rng.normal(size=(60, 2))
    labels = rng.integers(0, 3, size=60).astype(np.uint8)
    run = fit({"X": points, "label": labels}, loss, metrics=["accuracy"], epochs=3)
    predicted = run.predict(X=points)
    assert predicted.shape == (60, 3)
    np.testing.assert_allclose(predicted.sum(axis=1), 1)
    assert run.history.accuracy[-1] == (predicted.argmax(axis=1) == labels).mean()


def test_fixed_parameters_stay():
    slope = sg.param("m", value=2, fixed=True)
    run = fit(loss=sg.mse(y, slope * x + b), epochs=200)
    assert run.params["m"] == 2
    assert run.params["b"] == pytest.approx(1, abs=1e-9)


def test_hyperparameters_of_the_loss():
    lam = sg.hyper("lambda")
    ridge = sg.mse(y, m * x) + lam * m**2
    ends = {value: fit(MANY, ridge, hyper={lam: value}, epochs=400).params["m"] for value in (0.0, 1.0)}
    mean_xy, mean_xx = (MANY["x"] * MANY["y"]).mean(), (MANY["x"] ** 2).mean()
    assert ends[0.0] == pytest.approx(mean_xy / mean_xx, rel=1e-9)
    assert ends[1.0] == pytest.approx(mean_xy / (mean_xx + 1), rel=1e-9)


def test_named_sizes_come_from_the_data():
    X, w = sg.data("X", "d"), sg.param("w", "d")
    run = fit({"X": rng.normal(size=(8, 3)), "y": np.zeros(8)}, sg.mse(y, X @ w))
    assert run.params[w].shape == (3,)


def test_a_coupled_loss_trains_on_batches_only_when_meant_so():
    loss = sg.rmse(y, m * x + b)
    with pytest.raises(sg.errors.TrainingError, match="it is not linear in its sum over samples"):
        fit(MANY, loss, batch_size=10)
    assert fit(MANY, loss).status.ok
    assert fit(MANY, loss, batch_size=10, per_batch=True).status.ok


def test_matrices_start_at_random_by_seed_and_name():
    X = sg.data("X", 4)
    loss = sg.mse(y, sg.param("v", 3) @ sg.tanh(sg.param("W", (3, 4)) @ X))
    data = {"X": np.ones((5, 4)), "y": np.ones(5)}
    starts = [fit(data, loss, seed=seed, epochs=0).params["W"] for seed in (1, 1, 2)]
    assert (starts[0] == starts[1]).all()
    assert not (starts[0] == starts[2]).any()
    assert (np.abs(starts[0]) <= (6 / 7) ** 0.5).all()


def test_divergence_names_the_largest_stable_rate():
    with pytest.warns(RuntimeWarning, match="largest stable rate"):
        run = fit(start=FROM, optimizer=sg.SGD(2), epochs=100)
    largest = np.linalg.eigvalsh([[5, 3], [3, 2]])[-1]
    assert run.status.name == "diverged"
    assert run.status.message.startswith(
        "the loss grew from 2.5 to 18022.5 in 3 epochs; learning_rate=2 is too large"
    )
    assert f"2/λmax = {2 / largest:.3g} (λmax = {largest:.3g}" in run.status.message
    assert run.epoch < 100
    with pytest.raises(sg.errors.DivergenceError, match="the loss grew"):
        run.check()


@pytest.mark.parametrize("rate", [0.28, 0.30])
def test_the_stable_rate_is_the_limit(rate):
    # 2/λmax is 0.2918 here: below it the loss falls, above it grows, slowly.
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = fit(start=FROM, optimizer=sg.SGD(rate), epochs=500)
    assert run.status.name == ("completed" if rate < 0.2918 else "diverged")


@pytest.mark.parametrize(
    ("losses", "ended", "grows"),
    [
        ([1.0, 0.5, np.nan], False, True),
        ([1.0, 5.0, 9.0, 12.0], True, True),
        ([1.0, 5.0, 9.0, 12.0], False, False),
        ([1.0, 50.0, 2000.0], False, True),
        ([1.0, 3000.0, 50.0, 2000.0], False, False),
        ([1.0, 20.0, 12.0, 13.0], False, False),
        ([1.0, 5.0, 12.0], True, True),
        ([1.0, 5.0, 12.0], False, False),
        ([-3.0, -2.0, -1.0, 0.0], False, False),
        ([0.0, 0.0], True, False),
        ([1.0], True, False),
    ],
)
def test_divergence_is_growth(losses, ended, grows):
    assert diverging(losses, ended=ended) is grows


def test_interruption_keeps_the_parameters():
    def interrupt(run):
        if run.epoch == 3:
            raise KeyboardInterrupt

    run = fit(start=FROM, epochs=50, callbacks=[interrupt])
    assert run.status.name == "interrupted"
    assert run.params["m"] == fit(start=FROM, epochs=3).params["m"]


def test_float32():
    run = fit(MANY, dtype="float32", epochs=50)
    assert run.params.arrays["m"].dtype == np.float32
    assert run.params["m"] == pytest.approx(fit(MANY, epochs=50).params["m"], rel=1e-4)
