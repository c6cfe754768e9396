"""Modules that load when they are first used, so that `import symgrad` stays quick."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any


class Late:
    """A module by name, imported at the first look at one of its attributes."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(import_module(self._name), attribute)
        setattr(self, attribute, value)
        return value


if TYPE_CHECKING:
    import hashlib

    import numpy as np
else:
    hashlib, np = Late("hashlib"), Late("numpy")

__all__ = ["Late", "hashlib", "np"]
