"""Sum signs with their limits, and the letters that they and subscripts use as indices."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from .characters import SPACES
from .excerpt import quoted
from .runs import argument

Refuse = Callable[[int, int, str], NoReturn]

_LIMIT = re.compile(
    r"\s*(?P<letters>[A-Za-z](?:\s*,?\s*[A-Za-z]){0,3})\s*"
    r"(?:=\s*(?P<lower>[0-9]{1,6})|(?P<apart>\\neq?(?![A-Za-z])|≠|!=)\s*(?P<other>[A-Za-z])|\\in\b[^{}]{0,30}|∈[^{}]{0,30})?"
    r"(?:\s*(?:,?\s*(?:\\l?dots|\.\.\.?|…|:|to)\s*,?)\s*(?P<last>[A-Za-z0-9]{1,6}))?\s*"
)  # fmt: skip
_SMALL = {"ᵢ": "i", "ⱼ": "j", "ₖ": "k", "ₗ": "l"}


_LETTERED = re.compile(r"\b[a-z_]{2,12}\(((?:[a-z], ?){1,4})")


@dataclass(frozen=True)
class Big:
    """A sum, product or maximum over index letters.

    ``lower`` and ``upper``: the limits as typed; ``apart``: a letter or number
    that the index skips (j ≠ k).
    """

    kind: str
    letters: tuple[str, ...] = ()
    lower: int | None = None
    upper: str | None = None
    apart: str | None = None


def sum_sign(text: str, kind: str, start: int, end: int, refuse: Refuse) -> tuple[Big, int]:
    """A sum sign with its limits, below and above in any order."""
    lower = upper = None
    while end < len(text):
        step = re.compile(r"\s*(\\limits|\\nolimits)").match(text, end)
        end = step.end() if step else end
        at = end
        while at < len(text) and text[at] in SPACES:
            at += 1
        sign = text[at : at + 1]
        if sign == "_" and lower is None:
            inner, end = _limit(text, at, refuse)
            lower = text[inner[0] : inner[1]]
        elif sign == "^" and upper is None:
            inner, end = _limit(text, at, refuse)
            upper = text[inner[0] : inner[1]]
        elif sign and sign in _SMALL and lower is None:
            lower, end = _SMALL[sign], at + 1
        else:
            break
    match = _LIMIT.fullmatch(lower) if lower is not None else None
    if lower is not None and match is None:
        refuse(start, end, f"{quoted(lower)} does not say over which index this sum runs; write i or i=1")
    upper = upper.strip() if upper is not None else match["last"] if match else None
    if upper is not None and not re.fullmatch(
        r"\\?[A-Za-z0-9]{1,12}(?:\s*[+-]\s*[0-9]{1,6})?|\|[A-Za-z]\|", upper
    ):
        refuse(
            start,
            end,
            f"the upper limit {quoted(upper)} cannot be read; write a number or the name of a size",
        )
    letters = tuple(c for c in (match["letters"] if match else "") if c.isalpha())
    first = int(match["lower"]) if match and match["lower"] else None
    return Big(kind, letters, first, upper, match["other"] if match else None), end


def _limit(text: str, at: int, refuse: Refuse) -> tuple[tuple[int, int], int]:
    """The inside of a limit: braced, in parentheses, or the letters or digits that follow."""
    if text[at + 1 : at + 2] == "(":
        close = text.find(")", at)
        if close > 0:
            return (at + 2, close), close + 1
    plain = re.compile(r"[A-Za-z](?:=[0-9]+)?(?![A-Za-z])|[0-9]+|[A-Za-z]").match(text, at + 1)
    if plain:
        return plain.span(), plain.end()
    inner, end = argument(text, at + 1)
    if inner is None:
        refuse(at, at + 1, "a limit is missing here")
    return inner, end


def index_letters(text: str) -> set[str]:
    """The single letters that stand under a sum or in a subscript."""
    found: set[str] = set()
    for match in re.finditer(r"_\s*(?:\{([^{}]{1,30})\}|\(([^()]{1,20})\)|([A-Za-z]{1,3}))|([ᵢⱼₖₗ])", text):
        inside = next(g for g in match.groups() if g)
        inside = _SMALL.get(inside, inside)
        found |= set(
            re.findall(r"(?<![A-Za-z\\])[a-z](?=[a-z]{0,2}(?![A-Za-z]))|(?<=[a-z])[a-z](?![A-Za-z])", inside)
        )
    for match in _LETTERED.finditer(text):
        found |= set(match[1].replace(" ", "").split(","))
    return found - {"e", "d", "n", ""}
