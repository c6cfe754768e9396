"""What a run says: once an epoch at most, in words that name the batches."""

import pytest

import symgrad as sg

x, y = sg.data("x y")
m, b = sg.params("m b")
LINE = sg.mse(y, m * x + b)
POINTS = {"x": [1.0, 2.0], "y": [3.0, 5.0]}


def said(capsys, **options):
    sg.fit(LINE, POINTS, **{"start": {m: -1, b: 5}, "optimizer": sg.SGD(0.1), "target": "numpy", **options})
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def test_a_line_an_epoch(capsys):
    assert said(capsys, epochs=2) == [
        "training on all 2 samples a step",
        "epoch 1/2: loss 2.5",
        "epoch 2/2: loss 1.825",
        "completed: 2 epochs, 2 steps, loss 1.7125",
    ]


def test_batches_in_words(capsys):
    assert said(capsys, epochs=1, batch_size=1)[0] == "training on 2 samples, 1 a step, 2 steps an epoch"


def test_many_epochs_take_few_lines(capsys):
    lines = said(capsys, epochs=500)
    assert len(lines) == 2 + 21
    assert lines[1].startswith("epoch 1/500")
    assert lines[-2].startswith("epoch 500/500")
    assert len(said(capsys, epochs=500, verbose=2)) == 502


def test_silence(capsys):
    assert said(capsys, epochs=3, verbose=0) == []


def test_a_bar_at_a_terminal(capsys, monkeypatch):
    pytest.importorskip("tqdm", reason="needs tqdm (extra: progress)")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    text = "\n".join(said(capsys, epochs=3))
    assert "3/3" in text
    assert "epoch 1/3: loss" not in text
