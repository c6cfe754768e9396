"""Convolution as deep learning means it: a cross-correlation, the kernel not flipped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from sympy import And, Expr, Integer, Mul, S

from ..errors import NotationError, ShapeError
from ..ir.heads import Where
from ..ir.index import Index
from .formula import described, own_shape
from .record import as_tensor, axes_for, entry_at, record

if TYPE_CHECKING:
    from .tensor import Tensor

Padding = Literal["valid", "same"] | int | Sequence[int]


def conv1d(x: Any, w: Any, *, stride: int = 1, padding: Padding = "valid") -> Tensor:
    """yₒⱼ = Σ꜀ₖ wₒ꜀ₖ x꜀,ⱼ꜀₊ₖ along one axis; the kernel is not flipped.

    ``x``: (C, width) and ``w``: (O, C, k) give (O, width'); without channels
    (width,) and (k,) give (width',).  ``padding``: ``"valid"`` none, ``"same"``
    zeros so that width' = ⌈width / stride⌉ (an odd one on the right), or so many
    zeros on both sides.  Raises ShapeError when the shapes do not fit.

    >>> import symgrad as sg
    >>> x, w = sg.data("x", (3, 20)), sg.param("w", (8, 3, 5))
    >>> sg.conv1d(x, w).shape, sg.conv1d(x, w, stride=2, padding="same").shape
    ((8, 16), (8, 10))
    """
    return _convolve("conv1d", x, w, 1, stride, padding)


def conv2d(x: Any, w: Any, *, stride: int | Sequence[int] = 1, padding: Padding = "valid") -> Tensor:
    """A convolution over height and width; see `conv1d`.

    ``x``: (C, height, width) and ``w``: (O, C, kh, kw) give (O, height', width');
    without channels (height, width) and (kh, kw).  ``stride`` and ``padding``
    may be given for each axis.  Raises ShapeError when the shapes do not fit.

    >>> import symgrad as sg
    >>> x, w = sg.data("x", (1, 28, 28)), sg.param("w", (8, 1, 3, 3))
    >>> sg.conv2d(x, w).shape, sg.conv2d(x, w, padding="same").shape
    ((8, 26, 26), (8, 28, 28))
    """
    return _convolve("conv2d", x, w, 2, stride, padding)


def _convolve(name: str, x: Any, w: Any, axes: int, stride: int | Sequence[int], padding: Padding) -> Tensor:
    image, kernel = as_tensor(x), as_tensor(w)
    shape, weights = own_shape(image.variable), own_shape(kernel.variable)
    channels = len(shape) == axes + 1 and len(weights) == axes + 2
    if not channels and not (len(shape) == len(weights) == axes):
        raise ShapeError(
            f"{name} takes x with {axes + 1} axes (channels first) and w with {axes + 2} (out, in, …), "
            f"or {axes} each without channels; got {described(image)} and {described(kernel)}"
        )
    if channels and shape[0] != weights[1]:
        raise ShapeError(
            f"{name}: x has {shape[0]} channels and w takes {weights[1]}: "
            f"{described(image)}, {described(kernel)}"
        )
    steps = _each(name, "stride", stride, axes, least=1)
    pads = padding if padding in ("valid", "same") else _each(name, "padding", padding, axes, least=0)
    long, wide = shape[-axes:], weights[-axes:]
    fitted = [
        _fit(name, long[a], wide[a], steps[a], pads if isinstance(pads, str) else pads[a])
        for a in range(axes)
    ]
    lead, own = axes_for(
        image.per_sample or kernel.per_sample, (*weights[: 1 if channels else 0], *(f[0] for f in fitted))
    )
    within = tuple(Index("q", e) for e in wide)
    across = (Index("c", shape[0]),) if channels else ()
    places = [
        step * j + q - left
        for step, j, q, (_, left, _) in zip(steps, own[-axes:], within, fitted, strict=True)
    ]
    value = image.variable[(*(lead if image.per_sample else ()), *across, *places)]
    # Outside of x there are zeros: asked only where a place can leave it.
    inside = And(*(c for a in range(axes) if fitted[a][2] for c in (places[a] >= 0, places[a] < long[a])))
    body = Mul(entry_at(kernel, lead, (*own[:-axes], *across, *within)), Where(inside, value, S.Zero))
    return record((*lead, *own), body, [kernel, image], (*across, *within))


def _each(name: str, what: str, given: Any, axes: int, least: int) -> list[int]:
    parts = (
        [given] * axes if isinstance(given, int) else list(given) if isinstance(given, list | tuple) else []
    )
    if len(parts) != axes or not all(
        isinstance(p, int) and not isinstance(p, bool) and p >= least for p in parts
    ):
        expected = [f"a whole number of at least {least}"]
        expected += [f"{axes} of them"] if axes > 1 else []
        expected += ["'valid'", "'same'"] if what == "padding" else []
        raise NotationError(f"{name}: {what}={given!r} must be {' or '.join(expected)}")
    return parts


def _fit(name: str, long: Expr, wide: Expr, step: int, padding: str | int) -> tuple[Expr, Expr, bool]:
    """Along one axis: the result's length, how many zeros stand before x, whether there are any."""
    if step > 1 and not (long.is_Integer and wide.is_Integer):
        raise ShapeError(f"{name}: a stride of {step} needs sizes as numbers, got {long} and {wide}")
    if padding == "same":
        count = -(-long // step) if step > 1 else long
        missing = (count - 1) * step + wide - long
        if not missing.is_Integer:
            raise ShapeError(f"{name}: padding='same' needs the kernel's size as a number, got {wide}")
        return count, Integer(max(int(missing), 0) // 2), missing > 0
    left = Integer(0 if padding == "valid" else padding)
    count = long + 2 * left - wide
    if count.is_Integer and count < 0:
        raise ShapeError(
            f"{name}: the kernel ({wide}) is longer than x ({long}) with {left} zeros on both sides"
        )
    return (count // step if step > 1 else count) + 1, left, left > 0
