"""`symgrad train` runs a model file: its options go before the file's own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from symgrad.cli import main

ROOT = Path(__file__).parents[2]
MODEL = """\
import symgrad as sg

x, y = sg.data("x y")
m, b = sg.params("m b", value=0)
loss = sg.mse(y, m*x + b)
data = "points.csv"
optimizer = sg.SGD(learning_rate=0.1)
epochs = 2
target = "numpy"
"""
POINTS = "x,y\n1,3\n2,5\n"
REPORT = """
def report(run):
    rate = run._task.optimizer.learning_rate
    print("after", run.epoch, "epochs, rate", rate, "m", round(float(run.params["m"]), 9))
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model.py").write_text(MODEL + REPORT, encoding="utf-8")
    (tmp_path / "points.csv").write_text(POINTS, encoding="utf-8")
    (tmp_path / "more.csv").write_text("x,y\n1,1\n2,2\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(capsys):
    def command(*words: object):
        status = main([str(word) for word in words])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return command


def test_as_the_file_says(folder, run):
    status, out, err = run("train", folder / "model.py")
    assert status == 0
    assert "(1/n) Σᵢ (yᵢ − (m xᵢ + b))²" in out
    assert "∂L/∂m = (2/n) Σᵢ xᵢ (m xᵢ + b − yᵢ)" in out
    # From (0, 0) by hand: gradient (−13, −8), then at (1.3, 0.8) gradient (−4.1, −2.5).
    assert "after 2 epochs, rate 0.1 m 1.71" in out
    assert "epoch 2/2" in err


def test_options_go_first(folder, run):
    _, out, err = run(
        "train", folder / "model.py", "--epochs", 1, "--learning-rate", "0.01", "--seed", 3, "--quiet"
    )
    assert "after 1 epochs, rate 0.01 m 0.13" in out
    assert err == ""


def test_other_data(folder, run):
    _, out, _ = run("train", folder / "model.py", folder / "more.csv", "--epochs", 1, "--quiet")
    # From (0, 0) on (1, 1), (2, 2): ∂L/∂m = −(1 + 4).
    assert "m 0.5" in out


def test_batch_sizes(folder, run):
    (folder / "model.py").write_text(MODEL + "batch_size = 1\nshuffle = False\n" + REPORT, encoding="utf-8")
    model = folder / "model.py"
    # One sample a step: (0, 0) -> (0.6, 0.6) by (1, 3); then residual 1.8 − 5 = −3.2 at (2, 5).
    assert "m 1.88" in run("train", model, "--epochs", 1, "--quiet")[1]
    assert "m 1.3" in run("train", model, "--epochs", 1, "--batch-size", "all", "--quiet")[1]
    assert "m 1.3" in run("train", model, "--epochs", 1, "--batch-size", 2, "--quiet")[1]


def test_parameters_are_printed_without_a_report(folder, run):
    (folder / "model.py").write_text(MODEL, encoding="utf-8")
    _, out, _ = run("train", folder / "model.py", "--quiet")
    assert re.search(r"^m = 1\.71", out, re.MULTILINE)


def test_divergence_is_status_one_and_says_why(folder, run):
    status, out, _ = run("train", folder / "model.py", "--epochs", 50, "--learning-rate", 2, "--quiet")
    assert status == 1
    assert "learning_rate=2" in out
    assert "largest stable rate" in out


MISTAKES = [
    (["absent.py"], "there is no model file"),
    (["model.py", "absent.csv"], "absent.csv"),
    (["model.py", "--epochs", "-1"], "epochs"),
    (["model.py", "--learning-rate", "-1"], "learning_rate"),
]


@pytest.mark.parametrize(("words", "message"), MISTAKES, ids=[" ".join(words) for words, _ in MISTAKES])
def test_mistakes(folder, run, monkeypatch, words, message):
    monkeypatch.chdir(folder)
    status, _, err = run("train", *words, "--quiet")
    assert status == 1
    assert err.startswith("symgrad: ")
    assert message in err


def test_a_mistake_in_the_file_names_its_line(folder, run):
    path = folder / "model.py"
    path.write_text(MODEL.replace("sg.mse(y, m*x + b)", "sg.mse(y, sg.param('w', 2))"), encoding="utf-8")
    status, _, err = run("train", path)
    assert status == 1
    assert err.startswith(f"symgrad: {path}, line 5: ")


def test_in_ascii(folder):
    command = [sys.executable, "-m", "symgrad", "train", str(folder / "model.py"), "--quiet"]
    done = subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True, env={"PYTHONIOENCODING": "ascii"}
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert "mean((y - (m*x + b))**2)" in done.stdout
