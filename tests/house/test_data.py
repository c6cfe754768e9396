"""The examples' data are the published ones."""

from pathlib import Path

import numpy as np

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_diabetes_gives_the_published_fit():
    table = np.genfromtxt(EXAMPLES / "diabetes.csv", delimiter=",", names=True)
    *inputs, target = table.dtype.names
    x = np.column_stack([table[name] for name in inputs])
    y = table[target]
    assert x.shape == (442, 10)
    assert not np.isnan(x).any()
    residual = y - np.column_stack([np.ones(len(y)), x]) @ np.linalg.lstsq(np.c_[np.ones(len(y)), x], y)[0]
    assert round(1 - residual.var() / y.var(), 4) == 0.5177  # R² of the ten-variable fit
    # Efron et al. (2004), table 1: the first and the last of the patients.
    assert table[0].item() == (59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87, 151)  # 4.9 there, rounded
    assert table[-1].item()[:4] == (36, 1, 19.6, 71)
    assert y[-1] == 57


def test_digits_are_the_published_test_set():
    with np.load(EXAMPLES / "digits.npz") as digits:
        image, label = digits["image"], digits["label"]
    assert image.shape == (1797, 64)
    assert image.dtype == label.dtype == np.uint8
    assert image.max() == 16
    # optdigits.names: how many of each digit the test set holds.
    assert np.bincount(label).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
