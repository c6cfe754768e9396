"""A loss without a finite or a least value is told from a learning rate that is too large."""

import warnings

import pytest

import symgrad as sg

x, y = sg.data("x y")
m = sg.param("m")


def fit(loss, data, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run = sg.fit(loss, data, **{"epochs": 300, "target": "numpy", "verbose": 0, **options})
    assert [w.category for w in caught] == ([RuntimeWarning] if run.status.name == "diverged" else [])
    return run


@pytest.mark.parametrize("batch_size", [None, 1])
def test_an_undefined_start_names_the_row(batch_size):
    run = fit(
        sg.mse(y, m * sg.log(x)), {"x": [1, 2, 0], "y": [1, 2, 3]}, batch_size=batch_size, shuffle=False
    )
    assert run.status.name == "diverged"
    assert "at the start: log(xᵢ) is -inf at x = 0 (row 2)" in run.status.message
    assert "learning" not in run.status.message


def test_an_undefined_parameter_is_no_learning_rate():
    run = fit(sg.mse(y, sg.log(m) * x), {"x": [1, 2], "y": [1, 2]}, start={m: -1})
    assert "the loss is nan at the start: log(m) is nan; start elsewhere" in run.status.message


def test_a_loss_without_a_least_value():
    run = fit(-sg.mse(y, m * x), {"x": [1, 2], "y": [1, 3]})
    assert run.status.name == "diverged"
    assert run.epoch < 300
    assert "the loss fell from -5 to" in run.status.message
    assert "no least value" in run.status.message


def test_a_negative_loss_that_settles_is_no_divergence():
    loss = sg.mse(y, m * x) * 1e6 - 1e9
    assert fit(loss, {"x": [1, 2], "y": [1, 3]}, optimizer=sg.SGD(1e-8)).status.name == "completed"


def test_a_rate_too_large_is_still_that():
    run = fit(sg.mse(y, m * x), {"x": [1, 2], "y": [1, 3]}, optimizer=sg.SGD(1.0))
    assert "learning_rate=1 is too large: for gradient descent the largest stable rate is 2/λmax = 0.4" in (
        run.status.message
    )
