"""How long a decision may take, and what stops it."""

from __future__ import annotations

import time


class OutOfReach(Exception):
    """Why a search stopped without a result, in words: time, size, or a form it does not know."""


class Clock:
    """A deadline that long loops ask after.

    >>> Clock(60).check()
    """

    __slots__ = ("end",)

    def __init__(self, seconds: float):
        self.end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until the deadline, below 0 after it."""
        return self.end - time.monotonic()

    def check(self) -> None:
        """Raise OutOfReach after the deadline."""
        if time.monotonic() > self.end:
            raise OutOfReach("the time limit")

    def share(self, part: float) -> Clock:
        """A clock for a part of what is left."""
        return Clock(max(self.left(), 0) * part)
