"""The place in a formula's text that an error speaks of."""

from __future__ import annotations

import unicodedata
from typing import NoReturn

from ..errors import ParseError
from .characters import SPACES

WIDTH = 72
"""How much of a line is quoted."""


def refuse(text: str, start: int, end: int, message: str) -> NoReturn:
    """Raise ParseError with the line of ``text`` and carets under what is meant."""
    raise ParseError(f"{message}\n{excerpt(text, start, end)}") from None


def excerpt(text: str, start: int, end: int) -> str:
    """The line around a place, cut to a screen's width, with carets below the place.

    Characters that do not print are shown as ``�``, so that a terminal takes no
    orders from a formula.

    >>> print(excerpt("5m + 3q", 6, 7))
      5m + 3q
            ^
    """
    first = text.rfind("\n", 0, start) + 1
    line = text[first:].partition("\n")[0]
    at = start - first
    stop = max(min(end - first, len(line)), at + 1)
    left = max(0, at - WIDTH // 2)
    right = min(len(line), max(left + WIDTH, at + 1))
    lead, tail = "…" * (left > 0), "…" * (right < len(line))
    shown = "".join(" " if c in SPACES else c if _prints(c) else "�" for c in line[left:right])
    carets = "^" * max(min(stop, right) - at, 1)
    return f"  {lead}{shown}{tail}\n  {' ' * (len(lead) + at - left)}{carets}"


def quoted(text: str) -> str:
    """A piece of a formula in quotes, cut short.

    >>> quoted("5m")
    "'5m'"
    """
    return repr(text if len(text) <= WIDTH // 2 else text[: WIDTH // 2] + "…")


def _prints(character: str) -> bool:
    if not character.isprintable() or unicodedata.combining(character):
        return False
    return unicodedata.bidirectional(character) not in ("R", "AL")
