"""The epochs of a training run; needs numpy alone, so that a shipped module can hold it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]
TrainEpoch = Callable[..., tuple[float, int]]


def order_of(samples: int, seed: int, epoch: int) -> np.ndarray:
    """The order in which an epoch (from 0) visits the samples: a function of seed and epoch alone.

    >>> order_of(4, seed=0, epoch=1).tolist() == order_of(4, seed=0, epoch=1).tolist()
    True
    """
    return np.random.Generator(np.random.PCG64([seed, epoch])).permutation(samples)


def run_epoch(
    train_epoch: TrainEpoch,
    data: Arrays,
    params: Arrays,
    state: Arrays,
    hyper: dict[str, Any],
    *,
    samples: int,
    epoch: int,
    step: int,
    batch_size: int | None,
    seed: int,
    shuffle: bool = True,
    history: np.ndarray | None = None,
) -> tuple[float, int]:
    """One pass over the data: updates ``params`` and ``state`` in place; the mean loss and the step count.

    The whole data set in one step where ``batch_size`` is None.  ``history``, an
    array with a place for each step, takes every step's loss.
    """
    size = samples if batch_size is None else batch_size
    visits = order_of(samples, seed, epoch) if shuffle and size < samples else None
    return train_epoch(data, params, state, hyper, visits, step, size, history)


def diverging(losses: Sequence[float], *, ended: bool = False) -> bool:
    """Whether a run's losses leave all bounds: not finite, or far above where they began and still rising.

    Far is a thousand times the loss's scale (its first value, or how much it
    fell since): less may be a detour from which a run comes back.  Once it has
    ``ended`` ten times is far enough.  Rising means the last three times, or ever.
    A loss that falls below 0 as far, each time by more than before, has no bound either.
    """
    if not np.isfinite(losses[-1]):
        return True
    first, last = losses[0], losses[-1]
    scale = max(abs(first), first - min(losses)) or 1.0
    steps = np.diff(losses[-4:])
    if steps.size and (steps > 0).all():
        return last - first > (10 if ended else 1000) * scale
    sinks = steps.size == 3 and (steps < 0).all() and (np.diff(steps) < 0).all()
    return bool(sinks and -last > 1000 * max(abs(first), 1.0))
