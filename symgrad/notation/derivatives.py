"""Derivatives as symbols: ``\\frac{\\partial L}{\\partial m}``, ``dL/dm``, ``\\nabla_w L``, ``∂L/∂W₁``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .marks import ORDERS
from .runs import Places, Runs, argument

_D = r"(?:\\(?:mathrm|text|operatorname|mathbf)\s*\{\s*d\s*\}|\\partial(?![A-Za-z])|∂|d)"
_OF = (
    r"(?:\\(?:mathcal|mathrm|mathbb|mathscr|text|operatorname)\s*(?:\{[A-Za-z]{1,12}\}|\s[A-Z])|\\ell(?![A-Za-z])"
    r"|[A-Za-zℓ][A-Za-z]{0,11})"
)
_ARGUMENTS = r"(?:\s*\(\s*[^()=+]{1,40}\s*\))?"
_FRACTION = re.compile(rf"\\[dtc]?frac\s*\{{\s*{_D}\s*(?P<of>{_OF}{_ARGUMENTS})?\s*\}}\s*(?=\{{\s*{_D})")
_BELOW = re.compile(rf"\s*{_D}\s*")
_LINE = re.compile(rf"(?P<d>{_D})\s*(?P<of>{_OF})\s*/\s*(?P<e>{_D})\s*")
_OPERATOR_LINE = re.compile(r"(?P<d>d|∂)\s*/\s*(?P<e>d|∂)\s*")
_NABLA = re.compile(r"(?:\\nabla(?![A-Za-z])|∇|\\partial(?=\s*_)|∂(?=_))\s*")
_COMMANDS = re.compile(r"\\([A-Za-z]+)")
_AFTER = re.compile(rf"\s*(?P<of>{_OF}{_ARGUMENTS})")


@dataclass(frozen=True)
class Slope:
    """A derivative as it was written: ``name`` is None where what it is by is not declared, ``by`` its text.

    ``of``: what is derived, as typed; ``by`` is empty for a gradient by everything.
    """

    of: str
    by: str
    name: str | None
    places: tuple[str, ...] = ()


def slope(text: str, start: int, runs: Runs) -> tuple[Slope, int] | None:
    """The derivative symbol that begins at ``start``, and where it ends."""
    match = _FRACTION.match(text, start)
    if match:
        inner, end = argument(text, match.end())
        if inner is None:
            return None
        symbol = _BELOW.match(text, inner[0])
        assert symbol is not None
        of = match["of"]
        if of is None:
            after = _AFTER.match(text, end)
            of, end = (after["of"], after.end()) if after else ("", end)
        found = _named(of, text[symbol.end() : inner[1]], runs)
        return (found, end) if found else None
    return _line(text, start, runs) or _nabla(text, start, runs)


def _line(text: str, start: int, runs: Runs) -> tuple[Slope, int] | None:
    match = _LINE.match(text, start) or _OPERATOR_LINE.match(text, start)
    if match is None or ("d" in (match["d"], match["e"]) and "d" in runs.names):
        return None
    items = runs.items(text, match.end())
    if not items:
        return None
    end = items[-1].end
    found = _named(match.groupdict().get("of") or "", text[match.end() : end], runs)
    if "of" not in match.groupdict():
        after = _AFTER.match(text, end)
        end = after.end() if after else end
    return (found, end) if found else None


def _nabla(text: str, start: int, runs: Runs) -> tuple[Slope, int] | None:
    match = _NABLA.match(text, start)
    if match is None:
        return None
    end, by = match.end(), ""
    if end < len(text) and text[end] == "_":
        inner, end = argument(text, end + 1)
        if inner is None:
            return None
        by = text[inner[0] : inner[1]]
    after = _AFTER.match(text, end)
    of = ""
    if after and after["of"].partition("(")[0].strip() not in runs.names:
        of, end = after["of"], after.end()
    found = _named(of, by, runs)
    return (found, end) if found else None


def _named(of: str, by: str, runs: Runs) -> Slope | None:
    by = by.strip()
    if any(command in ORDERS for command in _COMMANDS.findall(by)):
        return None
    items = runs.items(by, 0)
    pieces = runs.split(items, False) if items and items[-1].end >= len(by.rstrip()) else None
    match pieces:
        case [("NAME", name, _, _)]:
            return Slope(of.strip(), by, name)
        case [("NAME", name, _, _), ("PLACES", Places(units), _, _)]:
            return Slope(of.strip(), by, name, units)
    return Slope(of.strip(), by, None)
