"""Every example runs as a program and as a model file, and says what it promises."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from symgrad.training.model_file import load_model, train_model

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
NAMES = ("line.py", "diabetes.py", "digits.py", "kinetics.py")


def test_all_are_tested():
    elsewhere = {"contour.py"}
    assert {path.name for path in EXAMPLES.glob("*.py")} - elsewhere == set(NAMES)


def test_line(capsys):
    runpy.run_path(str(EXAMPLES / "line.py"), run_name="__main__")
    said = capsys.readouterr().out
    for promised in (
        "MSE 2.5, RMSE 1.58 at m = -1, b = 5",
        "dMSE/dm = 5*m + 3*b - 13 = -3",
        "dMSE/db = 3*m + 2*b - 8 = -1",
        "m := m - lambda*(5*m + 3*b - 13)",
        "with lambda = 0.1: m = -0.7, b = 5.1",
        "losses: 2.5, 1.825, 1.7125",
        "diverged: the loss grew from 2.5 to 18022.5 in 2 epochs; learning_rate=2 is too large",
    ):
        assert promised in said


def test_diabetes_equals_least_squares_to_six_digits(capsys):
    run = train_model(load_model(EXAMPLES / "diabetes.py"), verbose=0)
    said = capsys.readouterr().out
    rows = re.findall(r"^(\S+) +(-?\d+\.\d{6}) +(-?\d+\.\d{6})$", said, re.MULTILINE)
    assert [name for name, _, _ in rows][::10] == ["age", "(constant)"]
    assert len(rows) == 11
    table = np.loadtxt(EXAMPLES / "diabetes.csv", delimiter=",", skiprows=1)
    measured = (table[:, :-1] - table[:, :-1].mean(axis=0)) / table[:, :-1].std(axis=0)
    exact = np.linalg.lstsq(np.column_stack([measured, np.ones(442)]), table[:, -1], rcond=None)[0]
    np.testing.assert_allclose([*run.params["w"], run.params["b"]], exact, rtol=5e-7)
    assert all(trained == solution for _, trained, solution in rows)
    assert "gradient" in said


def test_digits_are_read():
    run = load_model(EXAMPLES / "digits.py").fit(verbose=0)
    assert run.history.val_accuracy[-1] >= 0.96
    with np.load(EXAMPLES / "digits.npz") as digits:
        probabilities = run.predict(image=digits["image"][:5])
    assert probabilities.shape == (5, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)


def test_kinetics_equal_the_published_fit(capsys):
    run = train_model(load_model(EXAMPLES / "kinetics.py"), verbose=0)
    # R's nls documents 2.127e+02 and 6.412e-02 for these data.
    assert run.params["Vmax"] == pytest.approx(212.7, abs=0.05)
    assert run.params["Km"] == pytest.approx(0.06412, abs=5e-6)
    assert "Vmax = 212.7 (published 212.7), Km = 0.0641 (published 0.0641)" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_runs_as_a_program(name):
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name)], check=False, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout
