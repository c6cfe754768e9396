"""Kernels are built into one folder of their own, shared by a run's tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("SYMGRAD_CACHE", str(tmp_path_factory.mktemp("kernels")))
    yield
    patch.undo()
