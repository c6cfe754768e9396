"""Linear regression on 442 diabetes patients (see DATA.md).

Ten measurements at baseline predict the disease's progression a year later.
Linear regression has an exact solution, so the result can be checked.

    symgrad train examples/diabetes.py        or        python examples/diabetes.py
"""

from pathlib import Path

import numpy as np

import symgrad as sg

CSV = Path(__file__).parent / "diabetes.csv"

X, y = sg.data("X", "d"), sg.data("y")  # d measurements a patient, one progression
w, b = sg.param("w", "d"), sg.param("b")
loss = sg.mse(y, X @ w + b)

optimizer = sg.Nesterov(learning_rate=0.1, momentum=0.9)
epochs = 3000


def data(path=CSV):
    """The measurements, each column brought to mean 0 and deviation 1, and the progression."""
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    measured, progression = table[:, :-1], table[:, -1]
    return {"X": (measured - measured.mean(axis=0)) / measured.std(axis=0), "y": progression}


def report(run):
    """The fitted coefficients beside the exact least-squares solution of the same data."""
    columns = CSV.read_text().splitlines()[0].split(",")[:-1]
    patients = np.column_stack([run.data["X"], np.ones(len(run.data["y"]))])
    exact = np.linalg.lstsq(patients, run.data["y"], rcond=None)[0]
    print(f"{'':20}{'trained':>14}{'exact':>14}")
    for name, trained, solution in zip(
        [*columns, "(constant)"], [*run.params[w], run.params[b]], exact, strict=True
    ):
        print(f"{name:20}{trained:14.6f}{solution:14.6f}")


if __name__ == "__main__":
    report(sg.fit(loss, data(), optimizer=optimizer, epochs=epochs))
