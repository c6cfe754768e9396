"""Runs that stop and go on are bit for bit the run that never stopped."""

from itertools import pairwise

import numpy as np
import pytest

import symgrad as sg

x, y = sg.data("x y")
m, b = sg.params("m b")
LINE = sg.mse(y, m * x + b)
rng = np.random.default_rng(5)
DATA = {"x": rng.normal(size=30), "y": rng.normal(size=30)}


def fit(**options):
    defaults = {
        "optimizer": sg.Adam(0.05),
        "batch_size": 8,
        "target": "numpy",
        "validation_split": 0.2,
        "verbose": 0,
    }
    return sg.fit(LINE, DATA, **{**defaults, **options})


@pytest.mark.parametrize("means", ["file", "run", "loaded", "callback"])
def test_resumed_runs_are_the_same_to_the_bit(means, tmp_path):
    path = tmp_path / "run.npz"
    callbacks = [sg.Checkpoints(path, every=4)] if means == "callback" else []
    half = fit(epochs=5 if means == "callback" else 4, callbacks=callbacks)
    if means != "callback":
        half.save(path)
    start = {"file": path, "callback": str(path), "loaded": sg.load(path), "run": half}[means]
    resumed, whole = fit(epochs=9, resume=start), fit(epochs=9)
    assert dict(resumed.params) == dict(whole.params)
    assert dict(resumed.history) == dict(whole.history)
    assert (resumed.epoch, resumed.step) == (whole.epoch, whole.step) == (9, 27)
    if means == "run":
        assert half.epoch == 4


def test_a_checkpoint_reads_back_and_leaves_nothing_beside_it(tmp_path):
    run = fit(epochs=2)
    run.save(tmp_path / "run.npz")
    found = sg.load(tmp_path / "run.npz")
    assert (found.params["m"], found.epoch, found.history.loss) == (run.params["m"], 2, run.history.loss)
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]
    with np.load(tmp_path / "run.npz", allow_pickle=False) as file:
        assert {"param:m", "state:m.v", "history:loss"} <= set(file.files)


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    run = fit(epochs=1)
    run.save(tmp_path / "run.npz")
    before = (tmp_path / "run.npz").read_bytes()

    def full(*args, **kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="no space left"):
        run.save(tmp_path / "run.npz")
    assert (tmp_path / "run.npz").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def test_early_stopping_puts_the_best_back_and_resumes_alike(tmp_path):
    noisy = {"optimizer": sg.SGD(0.3), "batch_size": 1, "callbacks": [sg.EarlyStopping(patience=3)]}
    run = fit(epochs=200, **noisy)
    best = int(np.argmin(run.history.val_loss))
    assert run.status.name == "stopped early"
    assert run.epoch == best + 4 < 200
    assert f"its best was {min(run.history.val_loss):.6g} after epoch {best + 1}" in run.status.message
    plain = fit(epochs=best + 1, **{**noisy, "callbacks": ()})
    assert run.params["m"] == plain.params["m"]
    fit(epochs=best + 2, **noisy).save(tmp_path / "run.npz")
    resumed = fit(epochs=200, resume=tmp_path / "run.npz", **noisy)
    assert (resumed.epoch, resumed.params["m"]) == (run.epoch, run.params["m"])


def test_accuracy_is_watched_upwards():
    run = fit(epochs=3, metrics=["r2"], callbacks=[sg.EarlyStopping("val_r2", patience=1)])
    values = run.history.val_r2
    assert (run.status.name == "stopped early") == any(
        later <= earlier for earlier, later in pairwise(values)
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"batch_size": 4},
            "resume: the checkpoint was trained with batch_size=8, this call has batch_size=4",
        ),
        ({"seed": 1}, "resume: the checkpoint was trained with seed=0, this call has seed=1"),
        ({"optimizer": sg.SGD()}, "resume: the checkpoint belongs to another loss, optimizer or metrics"),
        ({"start": {m: 1}}, "give start or resume, not both"),
    ],
)
def test_resuming_something_else_is_refused(options, message):
    done = fit(epochs=1)
    with pytest.raises(sg.errors.TrainingError, match=message):
        fit(epochs=2, resume=done, **options)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"not a zip", "is no checkpoint of symgrad, or a damaged one"), (None, "there is no checkpoint")],
)
def test_files_that_are_no_checkpoints(content, message, tmp_path):
    path = tmp_path / "run.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(sg.errors.DataError, match=message):
        sg.load(path)


def test_data_are_no_checkpoint(tmp_path):
    np.savez(tmp_path / "data.npz", x=[1])
    with pytest.raises(sg.errors.DataError, match=r"data.npz is no checkpoint of symgrad"):
        sg.load(tmp_path / "data.npz")
