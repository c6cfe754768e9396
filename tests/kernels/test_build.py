"""Where built modules are kept."""

import os
import sys
import warnings

import numpy as np
import pytest
from programs import define, indices, program, variable

from symgrad.errors import BuildError
from symgrad.kernels import build as building
from symgrad.kernels import compile_program, generate
from symgrad.kernels.build import build


def _program(factor):
    (i,) = indices("n")
    return program(define("r", [i], variable("x", "n")[i] * factor), prediction="r")


def test_a_module_is_stored_once_under_its_content(tmp_path, monkeypatch):
    monkeypatch.setenv("SYMGRAD_CACHE", str(tmp_path))
    source = generate(_program(12345), target="numpy")
    module = build(source)
    assert source == module.SOURCE
    assert [p.suffix for p in tmp_path.iterdir()] == [".py"]
    assert build(source) is module
    np.testing.assert_allclose(module.predict({"x": np.ones(2)}, {}), 12345)


def test_a_damaged_file_is_written_again(tmp_path, monkeypatch):
    monkeypatch.setenv("SYMGRAD_CACHE", str(tmp_path))
    source = generate(_program(54321), target="numpy")
    name = build(source).__name__
    del sys.modules[name]
    (tmp_path / f"{name}.py").write_text("broken(")
    assert build(source).predict({"x": np.ones(1)}, {}) == [54321]


def test_without_a_writeable_folder_there_is_one_warning(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("SYMGRAD_CACHE", str(blocked / "below"))
    building._temporary.cache_clear()
    with pytest.warns(RuntimeWarning, match="SYMGRAD_CACHE"):
        build(generate(_program(777), target="numpy"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        module = build(generate(_program(778), target="numpy"))
    assert os.path.dirname(module.__file__) != str(blocked)
    building._temporary.cache_clear()


def test_numba_without_a_cache_folder_still_compiles(tmp_path, monkeypatch):
    from numba.core import caching

    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    module = compile_program(_program(999))
    np.testing.assert_allclose(module.predict({"x": np.ones(3)}, {}), 999)


def test_source_that_does_not_load_is_a_build_error():
    with pytest.raises(BuildError, match="does not load: boom"):
        build("raise RuntimeError('boom')\n")
