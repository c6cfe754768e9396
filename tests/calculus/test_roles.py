"""Truth and prediction are told by the loss's form alone, whoever wrote it."""

import pytest

import symgrad as sg
from symgrad.calculus.roles import truth_and_prediction

x, y, s = sg.data("x y s")
m, b, k = sg.params("m b k")
t = sg.data("t", classes=2)
X, label, hot = sg.data("X", 4), sg.data("label", classes=3), sg.data("hot", 3, one_hot=True)
W = sg.param("W", (3, 4))
line, p, classes = m * x + b, sg.sigmoid(m * x + b), sg.softmax(W @ X)
horner = (m * x + b) * x + k

TOLD = {
    "mse": (sg.mse(y, line), y, line),
    "by hand": (sg.mean((y - line) ** 2), y, line),
    "other side": (sg.mean((line - y) ** 2), y, line),
    "polynomial": (sg.mse(y, horner), y, horner),
    "sum of features": (sg.mse(y, m * x + k * s), y, m * x + k * s),
    "ratio": (sg.mean((y - m * x / (k + x)) ** 2), y, m * x / (k + x)),
    "penalty": (sg.mse(y, line) + 0.1 * sg.l2(m, b), y, line),
    "cross-entropy by hand": (-sg.mean(t * sg.log(p) + (1 - t) * sg.log(1 - p)), t, p),
    "poisson": (sg.poisson(y, sg.exp(line)), y, sg.exp(line)),
    "rmse": (sg.rmse(y, line), y, line),
    "labels": (sg.cross_entropy(label, classes), label, classes),
    "labels by hand": (-sg.mean(sg.log(classes)[label]), label, classes),
    "one-hot": (sg.cross_entropy(hot, classes), hot, classes),
    "fitted variance": (sg.gaussian_nll(y, line, sg.exp(k)), y, line),
    "logarithms": (sg.mean((sg.log(y) - sg.log(line)) ** 2), y, line),
}


@pytest.mark.parametrize("case", TOLD)
def test_told(case):
    loss, truth, prediction = TOLD[case]
    found = truth_and_prediction(loss)
    assert found is not None
    assert found[0] == truth
    assert found[1] == prediction


@pytest.mark.parametrize(
    "loss",
    [
        pytest.param(sg.mean(s * (y - line) ** 2), id="weights of one's own"),
        pytest.param(sg.mse(y, line + s), id="an offset"),
        pytest.param(sg.mse(x, m * x), id="an autoencoder"),
        pytest.param(sg.mean((m * x) ** 2), id="no truth"),
        pytest.param(sg.gaussian_nll(y, line, sg.exp(k * x)), id="two predictions"),
        pytest.param(m**2, id="no data"),
    ],
)
def test_not_told(loss):
    assert truth_and_prediction(loss) is None
