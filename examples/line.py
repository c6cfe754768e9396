"""A line through two points, small enough to work by hand.

The points (1, 3) and (2, 5) lie on y = 2x + 1.  We start from y = -x + 5, read
the gradient of the mean squared error, and walk downhill with a good rate and
with one that is too large.

    python examples/line.py        or        symgrad train examples/line.py
"""

import warnings

import symgrad as sg

x, y = sg.data("x y")
m, b = sg.params("m b")
loss = sg.mse(y, m * x + b)

data = {x: [1, 2], y: [3, 5]}
start = {m: -1, b: 5}
optimizer = sg.SGD(learning_rate=0.1)
epochs = 2


def by_hand():
    """What a student would write on paper: exact numbers, no training."""
    here = loss.on(data).at(start)
    print(f"MSE {float(here)}, RMSE {float(sg.sqrt(here)):.2f} at m = -1, b = 5")
    gradient = sg.grad(loss).on(data)
    for parameter, slope in gradient.items():
        print(f"dMSE/d{parameter} = {slope} = {slope.at(start)}")
    step = sg.SGD(sg.hyper("lambda")).update(gradient)
    print(f"one step:\n{step}")
    there = step.at(start, lambda_=0.1)
    print(f"with lambda = 0.1: m = {float(there[m])}, b = {float(there[b])}")


def report(run):
    """The losses from the start to the end."""
    print("losses:", ", ".join(f"{value:.6g}" for value in [*run.history.loss, run.loss]))


if __name__ == "__main__":
    by_hand()
    report(sg.fit(loss, data, start=start, optimizer=optimizer, epochs=epochs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the message is in the status
        print(sg.fit(loss, data, start=start, optimizer=sg.SGD(learning_rate=2), epochs=2, verbose=0).status)
