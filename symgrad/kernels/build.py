"""Generated source to an imported module, kept under its content's hash."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import BuildError


def build(source: str) -> Any:
    """The module with this source: written once, atomically, and imported.

    It stands in ``$SYMGRAD_CACHE``, else in the user's cache folder, else (with
    one warning) in a temporary one.  Raises BuildError where it does not load.
    """
    digest = hashlib.sha256(source.encode()).hexdigest()[:24]
    name = f"symgrad_kernel_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    path = _written(f"{name}.py", source)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BuildError(f"the generated module {path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise BuildError(f"the generated module {path} does not load: {error}") from error
    module.SOURCE = source  # type: ignore[attr-defined]
    return module


def cache_folder() -> Path:
    """Where built kernels are kept."""
    chosen = os.environ.get("SYMGRAD_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or os.path.join("~", ".cache")
    return Path(base).expanduser() / "symgrad"


def _written(name: str, source: str) -> Path:
    try:
        return _write(cache_folder(), name, source)
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home folder
        return _write(_temporary(str(error)), name, source)


@lru_cache(maxsize=1)
def _temporary(why: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="symgrad-"))
    warnings.warn(
        f"the cache folder cannot be written ({why}); kernels are kept in {folder} for this run only. "
        "Set SYMGRAD_CACHE to a folder that can be written.",
        RuntimeWarning, stacklevel=4,
    )  # fmt: skip
    return folder


def _write(folder: Path, name: str, source: str) -> Path:
    path = folder / name
    if path.is_file() and path.read_text(encoding="utf-8") == source:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=name, suffix=".draft", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(source)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise
    return path
