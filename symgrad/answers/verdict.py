"""What comes of comparing an answer with the truth."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

Status = Literal["correct", "wrong", "undecided", "malformed"]


@dataclass(frozen=True)
class Counterexample:
    """A point at which the two differ.

    ``values``: exact numbers by name (nested lists, the sample axis first).
    ``sizes``: what named sizes were there (``n``: samples).  ``place``: which entry
    of a tensor, the sample first where there is one.  ``truth``, ``claim``: the two
    values there to six digits; an empty claim is undefined there.
    """

    values: dict[str, Any]
    sizes: dict[str, int]
    place: tuple[int, ...]
    truth: str
    claim: str

    def __str__(self) -> str:
        point = ", ".join(f"{name} = {_spelled(value)}" for name, value in self.values.items())
        entry = f" in entry {list(self.place)}" if self.place else ""
        got = f"is {self.claim}" if self.claim else "is undefined"
        return f"at {point}{entry} the answer {got}, the derivative is {self.truth}"


@dataclass(frozen=True)
class Verdict:
    """``status``: correct, wrong, undecided or malformed, and what supports it.

    ``proof``: how both were shown equal, in words (correct).  ``counterexample``:
    where they differ (wrong).  ``tried``: how far the search got (undecided).
    ``message``: what is malformed.  True in a condition only when correct.

    >>> print(Verdict("correct", proof="both expand to 5m + 3b − 13"))
    correct: both expand to 5m + 3b − 13
    """

    status: Status
    proof: str = ""
    counterexample: Counterexample | None = None
    tried: str = ""
    message: str = ""

    def __bool__(self) -> bool:
        return self.status == "correct"

    @property
    def reason(self) -> str:
        """One sentence for the status."""
        if self.counterexample is not None:
            return str(self.counterexample)
        return self.proof or self.tried or self.message

    def __str__(self) -> str:
        return f"{self.status}: {self.reason}" if self.reason else self.status

    __repr__ = __str__

    def _repr_html_(self) -> str:
        mark = {"correct": "✓", "wrong": "✗", "undecided": "?", "malformed": "!"}[self.status]
        return f"<p><strong>{mark} {self.status}</strong> {html.escape(self.reason)}</p>"


SHOWN = 24
"""Arrays of more numbers are not written out."""


def _spelled(value: Any) -> str:
    if isinstance(value, list):
        shape = _shape(value)
        if math.prod(shape) > SHOWN:
            return f"an array of {' × '.join(map(str, shape))} numbers"
        return "[" + ", ".join(_spelled(v) for v in value) + "]"
    return str(Fraction(value)) if isinstance(value, Fraction) else str(value)


def _shape(value: Any) -> tuple[int, ...]:
    return (len(value), *_shape(value[0])) if isinstance(value, list) and value else ()
