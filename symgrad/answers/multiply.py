"""Which product two factors ask for: by their shapes, and by the sign between them."""

from __future__ import annotations

from dataclasses import replace

from ..errors import ShapeError
from . import values as v
from .choices import Choices
from .values import Value

ENTRYWISE = ("⊙", "∘", "⊘", "∗")
"""Signs of products entry by entry."""


def multiplied(choices: Choices, a: Value, b: Value, sign: str | None) -> Value:
    """A product by shapes: numbers scale, vectors and matrices multiply as in linear algebra."""
    if not a.axes or not b.axes or sign in ENTRYWISE:
        result = v.pointwise(lambda p, q: p * q, a, b)
        return replace(result, row=(a if a.axes else b).row) if not (a.axes and b.axes) else result
    if sign == "*" and choices.pick("star", 2) == 0:
        return v.pointwise(lambda p, q: p * q, a, b)
    one, two = len(a.axes), len(b.axes)
    if one == 1 and two == 1:
        if not a.row and b.row:
            return v.outer(a, b)
        if (a.row and not b.row) or sign in ("@", "·", "⋅", "*"):
            return v.contracted(a, b)
        # Two columns side by side are no product in linear algebra; people mean one of these.
        # (A sum over samples must be written: x(mx + b - y) has none.)
        if a.row or b.row:
            raise ShapeError("two vectors that lie, side by side, are no product")
        if choices.pick("columns", 2) == 0 and not a.axes[0].is_sample:
            return v.contracted(a, b)
        return v.pointwise(lambda p, q: p * q, a, b)
    return v.contracted(a, b)
