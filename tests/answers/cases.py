"""The public set: derivatives as students write them, each with its verdict and its mistake.

A question is a loss and what it is derived by; under it stand answers that are right, answers that
are wrong (each with the name of its mistake; several where more than one explains it, none where none
is meant) and texts that are no answer.  The forms are plain, Unicode and LaTeX; sums, matrices, update
rules and numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A question: ``loss`` by ``wrt``; ``at``: data and values put in; ``aliases``: names that answers use.

    ``of``: the formula that is answered, where it is not the derivative.
    """

    name: str
    loss: Any
    wrt: Any = None
    right: Sequence[str] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)
    malformed: Sequence[str] = ()
    at: Mapping[Any, Any] = field(default_factory=dict)
    aliases: Mapping[str, Any] = field(default_factory=dict)
    of: Any = None


@dataclass(frozen=True)
class Case:
    """One answer; ``labels``: the mistakes of which one should be named."""

    asked: Asked
    answer: str
    status: str
    labels: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """For a test's report."""
        return f"{self.asked.name}: {self.answer}"


def cases_of(asked: Sequence[Asked]) -> list[Case]:
    """All answers of some questions."""
    found: list[Case] = []
    for one in asked:
        found += [Case(one, answer, "correct") for answer in one.right]
        found += [
            Case(one, answer, "wrong", tuple(label.split("|")) if label else ())
            for answer, label in one.wrong.items()
        ]
        found += [Case(one, answer, "malformed") for answer in one.malformed]
    return found
