"""The picture on the README's first screen: a line's loss, and where two learning rates lead.

``python examples/contour.py docs/line.svg`` draws it.
"""

import sys

import matplotlib
import numpy as np
from matplotlib import pyplot as plt

import symgrad as sg

x, y = sg.data("x y")
m, b = sg.params("m b")
POINTS = {"x": [1, 2], "y": [3, 5]}
loss = sg.mse(y, m * x + b)


def path(learning_rate, steps):
    """The places that gradient descent visits, each (m, b), the start first."""
    slope = sg.grad(loss).on(POINTS)
    places = [(-1.0, 5.0)]
    for _ in range(steps):
        here = dict(zip((m, b), places[-1], strict=True))
        places.append(tuple(float(here[p] - learning_rate * slope[p].at(here)) for p in (m, b)))
    return np.array(places)


def surface(ms, bs):
    """The loss at every pair of a grid, shape (len(bs), len(ms))."""
    # Over a grid it is m and b that vary from row to row, so here they are the data.
    grid = dict(zip(("m", "b"), np.meshgrid(ms, bs), strict=True))
    gm, gb = sg.data("m b")
    squares = [(t - (gm * s + gb)) ** 2 for s, t in zip(*POINTS.values(), strict=True)]
    values = sum(squares) / len(squares)
    return values.evaluate({name: part.ravel() for name, part in grid.items()}).reshape(len(bs), len(ms))


def draw(target):
    """Write the picture as SVG, the same bytes every time."""
    matplotlib.rcParams["svg.hashsalt"] = "symgrad"
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    views = ((0.1, 400, (-2.2, 3.4), (-0.6, 6.2)), (2, 2, (-140, 60), (-60, 40)))
    for ax, (rate, steps, across, up) in zip(axes, views, strict=True):
        ms, bs = np.linspace(*across, 91), np.linspace(*up, 91)
        values = surface(ms, bs)
        levels = np.geomspace(values.min() + 1e-2 * values.max() ** 0.5, values.max(), 14)
        ax.contourf(ms, bs, np.maximum(values, levels[0]), levels=levels, cmap="cividis", norm="log")
        places = path(rate, steps)
        ax.plot(*places.T, "o-", color="white", markersize=2.5, linewidth=1.2)
        ax.plot(*places[0], "s", color="white", markersize=6)
        ax.plot(2, 1, "*", color="#ffd700", markersize=12, markeredgecolor="black")
        ax.set(xlabel="m", ylabel="b", title=f"λ = {rate}", xlim=across, ylim=up)
    figure.savefig(target, metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    draw(sys.argv[1])
