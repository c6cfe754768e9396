"""Schedules: formulas in the step t, for any number of an optimizer.

A schedule is a function of the step t, which is 1 in the first update.  Write
your own, or take one from here.

>>> import symgrad as sg
>>> optimizer = sg.SGD(learning_rate=lambda t: 0.1 / sg.sqrt(t))
>>> optimizer = sg.Adam(learning_rate=sg.schedules.cosine(0.01, steps=1000))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy

from ..errors import DeclarationError
from ..notation.condition import where
from ..notation.functions import cos, minimum
from ..notation.record import as_number, as_tensor
from ..notation.tensor import Tensor

Schedule = Callable[[Tensor], Tensor]

__all__ = ["Schedule", "constant", "cosine", "exponential_decay", "step_decay", "warmup"]


def __dir__() -> list[str]:
    return __all__


def constant(value: Any) -> Schedule:
    """The same at every step.

    >>> import symgrad as sg
    >>> float(sg.schedules.constant(0.1)(5))
    0.1
    """
    return lambda t: as_tensor(value)


def exponential_decay(initial: Any, factor: Any, steps: int = 1) -> Schedule:
    """initial · factor^((t − 1)/steps): times ``factor`` after every so many steps, smoothly.

    >>> import symgrad as sg
    >>> float(sg.schedules.exponential_decay(0.1, 0.5, steps=10)(21))
    0.025
    """
    _positive("exponential_decay", "steps", steps)
    return lambda t: as_tensor(initial) * as_tensor(factor) ** ((as_tensor(t) - 1) / steps)


def step_decay(initial: Any, factor: Any, after: Sequence[int]) -> Schedule:
    """``initial``, multiplied by ``factor`` after each of the steps in ``after``.

    >>> import symgrad as sg
    >>> rate = sg.schedules.step_decay(0.1, 0.5, after=[10, 20])
    >>> [float(rate(t)) for t in (10, 11, 21)]
    [0.1, 0.05, 0.025]
    """
    for step in after:
        _positive("step_decay", "after", step)

    def schedule(t: Tensor) -> Tensor:
        rate = as_tensor(initial)
        for step in after:
            rate = rate * where(as_tensor(t) > step, factor, 1)
        return rate

    return schedule


def cosine(initial: Any, steps: int, final: Any = 0) -> Schedule:
    """From ``initial`` down to ``final`` along half a cosine, then constant.

    final + (initial − final)(1 + cos(π (t − 1)/steps))/2, as in Loshchilov and
    Hutter 2017, equation 5, without restarts.

    >>> import symgrad as sg
    >>> float(sg.schedules.cosine(0.2, steps=100)(51))
    0.1
    """
    _positive("cosine", "steps", steps)

    def schedule(t: Tensor) -> Tensor:
        part = minimum(as_tensor(t) - 1, steps) / steps
        return final + (as_tensor(initial) - final) * (1 + cos(sympy.pi * part)) / 2

    return schedule


def warmup(steps: int, then: Any) -> Schedule:
    """A straight rise over so many steps to where ``then`` (a schedule or a number) starts and goes on.

    Source: Goyal et al. 2017, section 2.2.

    >>> import symgrad as sg
    >>> rate = sg.schedules.warmup(10, then=sg.schedules.exponential_decay(0.1, 0.5))
    >>> [float(rate(t)) for t in (1, 10, 11, 12)]
    [0.01, 0.1, 0.1, 0.05]
    """
    _positive("warmup", "steps", steps)
    after = then if callable(then) else constant(then)

    def schedule(t: Tensor) -> Tensor:
        t = as_tensor(t)
        return where(t <= steps, after(as_tensor(1)) * t / steps, after(t - steps))

    return schedule


def _positive(schedule: str, name: str, value: Any) -> None:
    number = as_number(value)
    if number is None or not number.is_Integer or number < 1:
        raise DeclarationError(
            f"schedules.{schedule}: {name}={value!r} must be a whole number of steps, at least 1"
        )
