"""Places that do not exist, columns in another order, and truths that a loss cannot take are refused."""
# ruff: noqa: E501

import numpy as np
import pandas as pd
import pytest

import symgrad as sg

x, y = sg.data("x y")
m, b, z = sg.params("m b z")
u = sg.data("u", dtype="int")
X, w = sg.data("X", "d"), sg.param("w", "d")
LINE = sg.mse(y, X @ w + b)


def fit(loss, data, **options):
    return sg.fit(loss, data, **{"epochs": 2, "target": "numpy", "verbose": 0, **options})


def refusal(call):
    with pytest.raises(sg.errors.SymgradError) as error:
        call()
    return str(error.value)


@pytest.mark.parametrize("size", [2, "k"])
@pytest.mark.parametrize(("place", "row"), [(7, 2), (-1, 1), (-3, 0)])
def test_a_gather_outside_is_refused_before_the_kernel(size, place, row):
    E = sg.param("E", size)
    loss = sg.mse(y, E[u])
    good = {"u": [0, 1, 1], "y": [1.0, 2, 3]}
    bad = np.array([0, 1, 0])
    bad[row] = place
    start = {"E": [0.0, 0.0]}
    said = f"u, row {row}: {place}; E has rows 0 to 1"
    assert said in refusal(lambda: fit(loss, {"u": bad, "y": [1, 2, 3]}, start=start))
    run = fit(loss, good, start=start)
    assert said in refusal(lambda: run.predict(u=bad))
    assert said in refusal(lambda: run.evaluate(u=bad, y=[1, 2, 3]))
    assert said in refusal(lambda: fit(loss, good, start=start, validation_data={"u": bad, "y": [1, 2, 3]}))
    assert run.predict(u=[1]).shape == (1,)


def test_places_written_in_the_formula():
    E = sg.param("E", "k")
    data, start = {"x": [1.0], "y": [1.0]}, {"E": [1.0, 1.0]}
    assert "E[5]: E has rows 0 to 1" in refusal(lambda: fit(sg.mse(y, E[5] * x), data, start=start))
    assert "E[-3]: E has rows 0 to 1" in refusal(lambda: fit(sg.mse(y, E[-3] * x), data, start=start))
    assert "selects place 7; E has rows 0 to 1" in refusal(
        lambda: fit(sg.mse(y, E[[0, 7]].sum() * x), data, start=start)
    )
    assert fit(sg.mse(y, E[-2] * E[1] * x), data, start=start).status.ok


def test_declared_classes_beyond_a_declared_axis():
    label = sg.data("label", classes=3)
    said = refusal(lambda: sg.param("E", 2)[label])
    assert "label is declared with classes=3, and axis 0 of E has only 2 places" in said
    assert sg.param("E", 3)[label].shape == ()


ROWS = np.random.default_rng(3).normal(size=(12, 2))
FRAME = pd.DataFrame({"a": ROWS[:, 0], "b": 3 * ROWS[:, 1], "y": ROWS.sum(axis=1)})


def test_columns_go_by_the_names_of_training(tmp_path):
    run = fit(LINE, FRAME)
    expected = run.predict(FRAME)
    turned = FRAME[["b", "y", "a"]]
    turned.to_csv(tmp_path / "turned.csv", index=False)
    for source in (turned, turned.drop(columns="y"), turned.assign(more=1.0), tmp_path / "turned.csv"):
        np.testing.assert_allclose(run.predict(source), expected)
    np.testing.assert_allclose(run.predict(X=turned[["b", "a"]]), expected)
    assert run.evaluate(turned) == pytest.approx(run.evaluate(FRAME))
    assert fit(LINE, FRAME, validation_data=turned).history.val_loss == pytest.approx(
        fit(LINE, FRAME, validation_data=FRAME).history.val_loss
    )
    said = refusal(lambda: run.predict(FRAME.rename(columns={"a": "c"})))
    assert "X was trained with the columns a, b, and these data have c, b, y: there is no 'a'" in said


def test_a_weight_column_is_no_feature(capsys):
    weighed = fit(LINE, FRAME.assign(W=np.arange(12.0)), sample_weight="W", verbose=1)
    assert weighed.params["w"].shape == (2,)
    assert "X takes the columns a, b\n" in capsys.readouterr().err
    apart = fit(LINE, FRAME, sample_weight=np.arange(12.0))
    np.testing.assert_allclose(weighed.params["w"], apart.params["w"])
    mapping = {"X": ROWS, "y": FRAME["y"], "W": np.ones(12)}
    assert fit(LINE, mapping, sample_weight="W").status.ok


line = m * x + b
TRUTHS = {
    "bce": (sg.binary_cross_entropy(y, sg.sigmoid(line)), [0, 0.5, 2], "y, row 2: 2.0; binary_cross_entropy needs a truth between 0 and 1"),
    "penalised": (sg.binary_cross_entropy(y, sg.sigmoid(line)) + sg.l2(m), [0, -1, 1], "y, row 1: -1.0; binary_cross_entropy needs"),
    "poisson": (sg.poisson(y, sg.exp(line)), [0, -3, 2], "y, row 1: -3.0; poisson needs a truth of at least 0"),
    "hinge": (sg.hinge(y, line), [1, 0, -1], "y, row 1: 0.0; hinge needs a truth of -1 or 1"),
    "squared_hinge": (sg.squared_hinge(y, line), [1, 2, 0], "y, row 1: 2.0 (2 such places in all); squared_hinge needs a truth of -1 or 1"),
    "written out": (sg.mean(sg.relu(1 - y * line)), [1, 0, -1], "y, row 1: 0.0; hinge needs a truth of -1 or 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", TRUTHS)
def test_truths_out_of_range(case):
    loss, truth, said = TRUTHS[case]
    assert said in refusal(lambda: fit(loss, {"x": [1, 2, 3], "y": truth}))


def test_accuracy_knows_its_labels():
    data = {"x": [1.0, 2.0, -1.0], "y": [1, 1, -1]}
    run = fit(sg.hinge(y, m * x), data, start={"m": 1}, metrics=["accuracy"], epochs=1)
    assert run.history.accuracy == [1.0]
    run = fit(sg.hinge(y, m * x), data, start={"m": -9}, metrics=["accuracy"], epochs=1)
    assert run.history.accuracy == [0.0]
    said = refusal(lambda: fit(sg.mse(y, line), {"x": [1, 2], "y": [3.5, 5]}, metrics=["accuracy"]))
    assert "y, row 0: 3.5 (2 such places in all); the metric accuracy needs a truth of 0 or 1" in said
    assert "metrics=['r2']" in said


def test_resuming_with_other_columns(tmp_path):
    fit(LINE, FRAME).save(tmp_path / "run.npz")
    assert fit(LINE, FRAME, resume=tmp_path / "run.npz", epochs=3).epoch == 3
    said = refusal(lambda: fit(LINE, FRAME[["b", "a", "y"]], resume=tmp_path / "run.npz", epochs=3))
    assert "trained with columns={'X': ['a', 'b']}, this call has columns={'X': ['b', 'a']}" in said
