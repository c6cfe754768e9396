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
        where = f"at {point}{entry} " if point else f"{entry.strip()} ".lstrip()
        got = f"is {self.claim}" if self.claim else "is undefined"
        return f"{where}the answer {got}, the right value is {self.truth}"


@dataclass(frozen=True, repr=False)
class Verdict:
    """``status``: correct, wrong, undecided or malformed, and what supports it.

    ``proof``: how both were shown equal, in words (correct).  ``counterexample``:
    where they differ (wrong).  ``tried``: how far the search got (undecided).
    ``message``: what is malformed, and where.  ``note``: what else to know, such as
    how a number was rounded.  ``mistakes``: the mistakes that would explain a wrong
    answer.  ``follows``: how a wrong answer is right given an earlier one.
    ``reading``: what the text was read as, with its LaTeX in ``reading.latex``.
    ``truth``, ``claim``: the two formulas compared.  True in a condition only when
    correct.

    >>> print(Verdict("correct", proof="both expand to 5m + 3b − 13"))
    correct: both expand to 5m + 3b − 13
    """

    status: Status
    proof: str = ""
    counterexample: Counterexample | None = None
    tried: str = ""
    message: str = ""
    note: str = ""
    mistakes: tuple[Any, ...] = ()
    follows: str = ""
    reading: Any = None
    truth: Any = None
    claim: Any = None

    def __bool__(self) -> bool:
        return self.status == "correct"

    @property
    def reason(self) -> str:
        """One sentence for the status."""
        if self.counterexample is not None:
            return str(self.counterexample)
        return self.proof or self.tried or self.message

    @property
    def lines(self) -> list[str]:
        """All that there is to say, without the status: the reason, notes, mistakes, follow-through."""
        found = [self.reason, self.note, *(f"mistake: {mistake}" for mistake in self.mistakes), self.follows]
        return [line for line in found if line]

    def __str__(self) -> str:
        read = [f"read as: {self.reading.written!r}"] if self.reading is not None else []
        return "\n  ".join([repr(self), *read])

    def __repr__(self) -> str:
        first, *rest = self.lines or [""]
        head = f"{self.status}: {first}" if first else self.status
        return "\n  ".join([head, *rest])

    def _repr_html_(self) -> str:
        mark = {"correct": "✓", "wrong": "✗", "undecided": "?", "malformed": "!"}[self.status]
        latex = html.escape(getattr(self.reading, "latex", ""))
        read = f"<p>read as $\\displaystyle {latex}$</p>" if latex else ""
        first, *rest = (html.escape(line) for line in self.lines or [""])
        # A malformed answer is quoted with a caret below the place: it needs its line breaks.
        body = f"<pre>{first}</pre>" if "\n" in first else f" {first}"
        more = f"<ul>{''.join(f'<li>{line}</li>' for line in rest)}</ul>" if rest else ""
        return f"<div><strong>{mark} {self.status}</strong>{body}{read}{more}</div>"


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
