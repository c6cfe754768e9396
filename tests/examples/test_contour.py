"""The README's picture: its path, its surface, and the same bytes each time."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

matplotlib = pytest.importorskip("matplotlib", reason="needs matplotlib (extra: plot)")
matplotlib.use("Agg")

EXAMPLE = Path(__file__).parents[2] / "examples" / "contour.py"


@pytest.fixture(scope="module")
def contour():
    spec = importlib.util.spec_from_file_location("contour", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_paths_are_the_hand_worked_ones(contour):
    assert contour.path(0.1, 1)[1] == pytest.approx([-0.7, 5.1])
    assert contour.path(2, 1)[1] == pytest.approx([5, 7])
    assert contour.path(0.1, 500)[-1] == pytest.approx([2, 1], abs=0.01)


def test_the_surface_is_the_loss(contour):
    assert contour.surface([-1, 2], [5, 1]) == pytest.approx(np.array([[2.5, 16], [22.5, 0]]))


def test_the_same_bytes_each_time(contour, tmp_path):
    contour.draw(tmp_path / "one.svg")
    contour.draw(tmp_path / "two.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
