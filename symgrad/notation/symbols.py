"""Declarations: parameters, data, constants and hyperparameters, by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..errors import DeclarationError
from ..ir.index import SAMPLES, as_extent
from ..ir.late import np
from ..ir.variable import DType, Facts, Variable
from .record import as_number
from .spelling import in_words
from .tensor import Tensor

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SPLIT = re.compile(r"[\s,]+")

SCHEMES = (
    "zeros", "ones", "normal", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal",
)  # fmt: skip
"""Named schemes for random initial values; the last two axes of a shape are (out, in)."""

Shape = int | str | Sequence[int | str]


def param(
    name: str,
    shape: Shape = (),
    *,
    value: Any = None,
    min: float | None = None,
    max: float | None = None,
    fixed: bool = False,
    init: str | None = None,
    seed: int | None = None,
    unit: str = "",
) -> Tensor:
    """A parameter, which training changes.

    ``shape``: one size or several, each a whole number or a name.  ``value``:
    where training starts (an array of that shape).  ``min``, ``max``: bounds
    that training keeps.  ``fixed``: held at its value.  ``init``, ``seed``: a
    random start by a named scheme (`SCHEMES`).  Raises DeclarationError.

    >>> import symgrad as sg
    >>> sg.param("Km", value=0.1, min=0)
    Km
    """
    name = check_name(name)
    owner = f"parameter {name!r}"
    sizes = shape_of(shape, owner)
    if init is not None and init not in SCHEMES:
        raise DeclarationError(f"{owner}: init={init!r} is not a scheme; choose one of {', '.join(SCHEMES)}")
    low, high = bound(min, "min", owner), bound(max, "max", owner)
    if low is not None and high is not None and low > high:
        raise DeclarationError(f"{owner}: min={min} is above max={max}")
    start = starting_value(value, sizes, owner)
    if start is not None:
        numbers = np.asarray(start, dtype=float)
        if (low is not None and (numbers < low).any()) or (high is not None and (numbers > high).any()):
            raise DeclarationError(f"{owner}: value={value} lies outside its bounds min={min}, max={max}")
    if fixed and start is None and init is None:
        raise DeclarationError(f"{owner} is fixed and has no value; give value=...")
    facts = Facts(value=start, min=low, max=high, fixed=fixed, init=init, seed=seed, unit=unit)
    return Tensor(Variable(name, sizes, "param", "real", facts))


def params(names: str | Sequence[str], shape: Shape = (), **details: Any) -> Any:
    """Several parameters from one string: ``m, b = params("m b")``; a single name gives one.

    >>> import symgrad as sg
    >>> sg.params("m b")
    (m, b)
    >>> sg.params("W1", (16, 784)).shape
    (16, 784)
    """
    return _one_or_many([param(name, shape, **details) for name in split_names(names)])


def data(
    names: str | Sequence[str],
    shape: Shape = (),
    *,
    classes: int | None = None,
    dtype: DType = "real",
    one_hot: bool = False,
    unit: str = "",
) -> Any:
    """Data, with one value per sample: of shape ``(n_samples, *shape)`` when they arrive.

    ``classes``: whole-number labels 0 to classes − 1 (dtype ``int``).
    ``one_hot``: the last axis holds a single 1 and else 0.  A string of several
    names gives several tensors.  Raises DeclarationError.

    >>> import symgrad as sg
    >>> x, y = sg.data("x y")
    >>> X, label = sg.data("X", 784), sg.data("label", classes=10)
    >>> X.shape, label.shape, X.per_sample
    ((784,), (), True)
    """
    made = []
    for name in split_names(names):
        owner = f"data {name!r}"
        sizes = shape_of(shape, owner)
        if classes is not None and (
            not isinstance(classes, int | np.integer) or isinstance(classes, bool) or classes < 1
        ):
            raise DeclarationError(f"{owner}: classes={classes!r} must be a whole number, at least 1")
        if dtype not in ("real", "int", "bool"):
            raise DeclarationError(f"{owner}: dtype={dtype!r} must be 'real', 'int' or 'bool'")
        if one_hot and not sizes:
            raise DeclarationError(f"{owner}: one_hot needs a shape, the number of classes last")
        kind: DType = "int" if classes is not None else dtype
        facts = Facts(classes=None if classes is None else int(classes), one_hot=one_hot, unit=unit)
        made.append(Tensor(Variable(name, (SAMPLES, *sizes), "data", kind, facts)))
    return _one_or_many(made)


def constant(name: str, shape: Shape = (), *, value: Any = None, unit: str = "") -> Tensor:
    """A named number or array that neither training nor samples change.

    Without a ``value`` it is given with the data.

    >>> import symgrad as sg
    >>> sg.constant("g", value=9.81).at(g=10)
    10
    """
    name = check_name(name)
    owner = f"constant {name!r}"
    sizes = (
        shape_of(shape, owner)
        if shape != () or value is None
        else tuple(as_extent(s, owner) for s in np.shape(value))
    )
    return Tensor(
        Variable(name, sizes, "constant", "real", Facts(value=starting_value(value, sizes, owner), unit=unit))
    )


def constants(names: str | Sequence[str], shape: Shape = (), **details: Any) -> Any:
    """Several constants from one string.

    >>> import symgrad as sg
    >>> sg.constants("g c")
    (g, c)
    """
    return _one_or_many([constant(name, shape, **details) for name in split_names(names)])


def hyper(names: str | Sequence[str], *, value: float | None = None) -> Any:
    """Hyperparameters: numbers given when training runs; changing one recompiles nothing.

    >>> import symgrad as sg
    >>> sg.hyper("lambda", value=0.1)
    λ
    """
    made = []
    for name in split_names(names):
        owner = f"hyperparameter {name!r}"
        made.append(
            Tensor(Variable(name, (), "hyper", "real", Facts(value=starting_value(value, (), owner))))
        )
    return _one_or_many(made)


def check_name(name: object) -> str:
    """The name itself, if it can be one: a letter, then letters, digits, underscores; λ is ``lambda``.

    Raises DeclarationError.
    """
    if isinstance(name, str):
        name = in_words(name) or name
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise DeclarationError(
            f"{name!r} is not a name: expected a Latin letter, or a Greek one or its word (λ or 'lambda'), "
            "then letters, digits or underscores"
        )
    if name == SAMPLES.name:
        raise DeclarationError("'n' is the number of samples; give another name")
    if len(name) > 60:
        raise DeclarationError(f"the name {name[:20]!r}… has {len(name)} characters; at most 60 are allowed")
    return name


def split_names(names: str | Sequence[str]) -> list[str]:
    """Names from ``"m b"``, ``"m, b"`` or a list, each checked by `check_name`."""
    if not isinstance(names, str | list | tuple):
        raise DeclarationError(
            f"expected names, such as 'x y' or ['x', 'y'], got {names!r}; a size stands second: ('x', 3)"
        )
    parts = [p for p in _SPLIT.split(names) if p] if isinstance(names, str) else names
    parts = [check_name(part) for part in parts]
    if not parts:
        raise DeclarationError(f"no name in {names!r}; write for example params('m b')")
    twice = {p for p in parts if parts.count(p) > 1}
    if twice:
        raise DeclarationError(f"{sorted(twice)[0]!r} stands twice in {names!r}")
    return parts


def shape_of(shape: Shape, owner: str) -> tuple[Any, ...]:
    """Extents from a user's shape."""
    sizes = [shape] if isinstance(shape, int | str | np.integer) or not isinstance(shape, Sequence) else shape
    return tuple(as_extent(size, owner) for size in sizes)


def bound(value: float | None, which: str, owner: str) -> Any:
    """An exact bound."""
    if value is None:
        return None
    number = as_number(value)
    if number is None or not number.is_extended_real:
        raise DeclarationError(f"{owner}: {which}={value!r} must be a number")
    return number


def starting_value(value: Any, sizes: tuple[Any, ...], owner: str) -> Any:
    """A number kept exact, or a read-only float array of the declared shape."""
    if value is None:
        return None
    if not sizes:
        number = as_number(value)
        if number is None or not number.is_finite:
            raise DeclarationError(f"{owner}: value={value!r} must be a finite number")
        return number
    try:
        array = np.array(value, dtype=float)
    except (TypeError, ValueError):
        raise DeclarationError(f"{owner}: value={value!r} does not hold plain numbers") from None
    wanted = tuple(int(s) if s.is_Integer else str(s) for s in sizes)
    if array.ndim == 0:
        known = [s for s in wanted if isinstance(s, int)]
        if len(known) < len(wanted):
            raise DeclarationError(
                f"{owner}: a single value for the shape {wanted} needs its sizes as numbers"
            )
        array = np.full(known, float(array))
    fits = array.ndim == len(wanted) and all(
        isinstance(w, str) or w == s for w, s in zip(wanted, array.shape, strict=True)
    )
    if not fits:
        raise DeclarationError(f"{owner}: value has shape {array.shape}, declared is {wanted}")
    if not np.isfinite(array).all():
        raise DeclarationError(f"{owner}: value holds NaN or infinity")
    array.setflags(write=False)
    return array


def _one_or_many(made: list[Tensor]) -> Any:
    return made[0] if len(made) == 1 else tuple(made)
