"""Runs of letters with their accents and subscripts, split into declared names and index places.

``mx_i``, ``W_{1,jk}``, ``\\hat{y}_i``, ``\\mathbf{w}^\\top``, ``δ₂ⱼ``: a subscript is part of a name
where such a name is declared, else it says which entry is meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from ..display.naming import GREEK, name_parts
from .marks import ACCENTS, GREEK_COMMANDS, STYLES, UPRIGHT
from .spelling import spellings

LONGEST = 80
"""The longest run of letters that is split."""
NESTED = 4
"""How many commands for bold letters, accents and so on may stand around one letter."""
_MARKS = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot"}
_BELOW = dict(zip("₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789aehijklmnoprstuvx", strict=True))
_COMMAND = re.compile(r"\\([A-Za-z]+)[ \t]*")
_GREEK = set(GREEK.values())
_UNIT = re.compile(r"[A-Za-z]+[+-][0-9]{1,3}|[A-Za-zα-ωΑ-Ω]+|[0-9]{1,6}")

Key = tuple[str, tuple[str, ...], str]
Pieces = list[tuple[str, Any, int, int]]
"""Terminal, value, start and end of each part of a run."""


@dataclass(frozen=True)
class Item:
    """A letter (with its accent), digits, a closed subscript, or ``_`` before a loose one."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Places:
    """Which entry: letters, numbers and letters with an offset; ``sample``: of which sample, as x^{(i)}."""

    units: tuple[str, ...]
    sample: bool = False


def key_of(name: str) -> Key:
    """What a name is spelled with: letter, subscripts, accent."""
    base, below, accent, _ = name_parts(name)
    return GREEK.get(base, base), tuple(below), accent


def plain_name(text: str) -> str:
    """A name as people show it, in the letters it is declared with.

    >>> plain_name("ŷ"), plain_name("δ₁"), plain_name("x̄")
    ('y_hat', 'delta1', 'x_bar')
    """
    spread = unicodedata.normalize("NFD", text)
    words = {letter: word for word, letter in GREEK.items()}
    accents = [_MARKS[c] for c in spread if c in _MARKS]
    bare = "".join(words.get(c, _BELOW.get(c, c)) for c in spread if c not in _MARKS)
    return "_".join([bare.replace("′", "_"), *accents])


class Runs:
    """Reads runs against declared ``names``, ``functions``, constants, and ``letters`` that are indices."""

    def __init__(
        self, names: Iterable[str], functions: Collection[str], constants: Collection[str], letters: set[str]
    ):
        self.names, self.functions, self.constants, self.letters = list(names), functions, constants, letters
        self.keys: dict[Key, str] = {}
        self.unclear: dict[Key, str] = {}
        self.forms: dict[str, str] = {}
        for name in self.names:
            other = self.keys.setdefault(key_of(name), name)
            if other != name:
                self.unclear[key_of(name)] = other
            for form in spellings(name):
                self.forms.setdefault(unicodedata.normalize("NFD", form), name)
        self.forms |= {name: name for name in self.names}

    # -- characters to items --------------------------------------------------------

    def items(self, text: str, start: int, depth: int = 0) -> list[Item]:
        """The run that begins at ``start``; empty where none does."""
        found: list[Item] = []
        at = start
        while at < len(text) and len(found) <= LONGEST and depth <= NESTED:
            step = self._item(text, at, found, depth)
            if step is None:
                break
            found += step[0]
            at = step[1]
        return found

    def _item(self, text: str, at: int, found: list[Item], depth: int) -> tuple[list[Item], int] | None:
        character = text[at]
        letter = letter_of(character)
        if letter:
            end = at + 1
            if end < len(text) and text[end] in _MARKS:
                letter, end = letter + text[end], end + 1
            return [Item("letter", letter, at, end)], end
        if character == "\\":
            return self._command(text, at, depth)
        if not found:
            return None
        if found[-1].end != at:  # a space behind a command
            return None
        if character.isascii() and character.isdigit() and found[-1].kind in ("letter", "digits"):
            return [Item("digits", character, at, at + 1)], at + 1
        if character in _BELOW:
            end = at
            while end < len(text) and text[end] in _BELOW:
                end += 1
            return [Item("below", "".join(_BELOW[c] for c in text[at:end]), at, end)], end
        if character == "_":
            return self._below(text, at)
        return None

    def _command(self, text: str, at: int, depth: int) -> tuple[list[Item], int] | None:
        match = _COMMAND.match(text, at)
        if not match:
            return None
        word, end = match[1], match.end()
        if word in GREEK_COMMANDS and not (word == "pi" and "pi" not in self.names):
            return [Item("letter", GREEK_COMMANDS[word], at, at + 1 + len(word))], end
        if word not in STYLES and word not in ACCENTS:
            return None
        inner, end = argument(text, end)
        if inner is None:
            return None
        content = self.items(text[: inner[1]], inner[0], depth + 1)
        whole = bool(content) and content[-1].end == inner[1]
        if word in UPRIGHT and (len(content) > 1 or not whole):
            return None
        if word in ACCENTS:
            if not whole or [i.kind for i in content] != ["letter"] or len(content[0].text) > 1:
                return None
            return [Item("letter", content[0].text + ACCENTS[word], at, end)], end
        return ([*content[:-1], replace(content[-1], end=end)], end) if whole else None

    def _below(self, text: str, at: int) -> tuple[list[Item], int] | None:
        if at + 1 < len(text) and (text[at + 1] == "{" or text[at + 1] == "\\"):
            inner, end = argument(text, at + 1)
            units = inner and units_of(text[inner[0] : inner[1]])
            return ([Item("below", ",".join(units), at, end)], end) if units else None
        match = re.compile(r"[0-9]{1,6}").match(text, at + 1)
        if match:
            return [Item("below", match[0], at, match.end())], match.end()
        return [Item("under", "_", at, at + 1)], at + 1

    # -- items to names -----------------------------------------------------------------

    def split(self, items: list[Item], called: bool) -> Pieces | None:
        """The run as a product of names, each with its places; None where it is not one."""
        dead: set[int] = set()
        if len(items) > LONGEST:
            return None

        def onward(at: int) -> Pieces | None:
            if at == len(items):
                return []
            if at in dead:
                return None
            for pieces, end in self._options(items, at, called):
                rest = onward(end)
                if rest is not None:
                    return [*pieces, *rest]
            dead.add(at)
            return None

        return onward(0)

    def _options(self, items: list[Item], at: int, called: bool) -> Iterable[tuple[Pieces, int]]:
        letters = at
        while letters < len(items) and items[letters].kind == "letter":
            letters += 1
        yield from self._whole_forms(items, at)
        for end in range(letters, at, -1):
            base = "".join(i.text for i in items[at:end])
            yield from self._symbol(items, at, end, base)
            yield from self._function(items, at, end, base, called)
            span = items[at].start, items[end - 1].end
            if base == "e" and base in self.constants and end < len(items) and items[end].kind == "below":
                units = units_of(items[end].text)
                if len(units) == 1:
                    yield [("SYMBOL", ("unit", units[0]), span[0], items[end].end)], end + 1
            if base in self.constants or base == "π":
                yield [("CONSTANT", "pi" if base == "π" else base, *span)], end
            elif base in self.letters:
                yield [("LETTER", base, *span)], end

    def _whole_forms(self, items: list[Item], at: int) -> Iterable[tuple[Pieces, int]]:
        """Names of several letters and underscores, as they were declared."""
        for end in range(len(items), at + 1, -1):
            text = "".join(i.text if i.kind != "below" else f"_{i.text}" for i in items[at:end])
            if text in self.forms:
                tail = self._after(items, end)
                yield [("NAME", self.forms[text], items[at].start, items[end - 1].end), *tail[0]], tail[1]
            elif text in self.functions and end == len(items):
                yield [("FUNCTION", text, items[at].start, items[end - 1].end)], end

    def _after(self, items: list[Item], end: int) -> tuple[Pieces, int]:
        """Closed subscripts behind a whole name."""
        pieces: Pieces = []
        while end < len(items) and items[end].kind == "below":
            pieces.append(self._places(units_of(items[end].text), items[end].start, items[end].end))
            end += 1
        return pieces, end

    def _symbol(self, items: list[Item], at: int, end: int, base: str) -> Iterable[tuple[Pieces, int]]:
        accent = _MARKS.get(base[-1], "")
        letter = base[:-1] if accent else base
        for units, stops in self._subscripts(items, end):
            for count in range(len(units), -1, -1):
                key = (letter, tuple(units[:count]), accent)
                name = self.keys.get(key)
                if name is None and accent == "bar" and (letter, key[1], "") in self.keys:
                    name, kind = self.keys[letter, key[1], ""], "AVERAGE"
                else:
                    kind = "NAME"
                if name is None or key in self.unclear:
                    continue
                cut = stops[count - 1] if count else items[end - 1].end
                pieces: Pieces = [(kind, name, items[at].start, cut)]
                if count < len(units):
                    pieces.append(self._places(units[count:], cut, stops[-1]))
                yield pieces, end + self._length(items, end, stops[-1] if stops else cut)

    def _length(self, items: list[Item], end: int, stop: int) -> int:
        count = 0
        while end + count < len(items) and items[end + count].end <= stop:
            count += 1
        return count

    def _subscripts(self, items: list[Item], at: int) -> Iterable[tuple[list[str], list[int]]]:
        """The units below a letter and where each ends, the likeliest reading first."""
        units: list[str] = []
        stops: list[int] = []
        while at < len(items):
            item = items[at]
            if item.kind == "below":
                for unit in units_of(item.text):
                    units.append(unit)
                    stops.append(item.end)
            elif item.kind == "digits":
                if units and at and items[at - 1].kind == "digits":
                    units[-1] += item.text
                    stops[-1] = item.end
                else:
                    units.append(item.text)
                    stops.append(item.end)
            elif item.kind == "under":
                yield from self._loose(items, at + 1, units, stops)
                return
            else:
                break
            at += 1
        yield units, stops

    def _loose(
        self, items: list[Item], at: int, units: list[str], stops: list[int]
    ) -> Iterable[tuple[list[str], list[int]]]:
        """``_ij`` without braces: how many of the letters stand below?"""
        end = at
        while end < len(items) and items[end].kind in ("letter", "digits"):
            end += 1
        word = "".join(i.text for i in items[at:end])
        # x_iy_i: a letter before another underscore is a factor.
        limit = end - at if end == len(items) or items[end].kind != "under" else end - at - 1
        known = any(items[k].text in self.keys_of_letters for k in range(at, end))
        whole = not known and end - at <= 3
        order = sorted(range(1, limit + 1), key=lambda n: (n != (limit if whole else 1), n))
        for count in order:
            below = units_of(word[: sum(len(i.text) for i in items[at : at + count])])
            if below:
                yield [*units, *below], [*stops, *[items[at + count - 1].end] * len(below)]

    @property
    def keys_of_letters(self) -> set[str]:
        return {letter for letter, below, accent in self.keys if not below and not accent}

    def _places(self, units: Iterable[str], start: int, end: int) -> tuple[str, Places, int, int]:
        return "PLACES", Places(tuple(separate(units))), start, end

    def _function(
        self, items: list[Item], at: int, end: int, base: str, called: bool
    ) -> Iterable[tuple[Pieces, int]]:
        if base not in self.functions or not (called or at == 0):
            return
        pieces: Pieces = [("FUNCTION", base, items[at].start, items[end - 1].end)]
        while end < len(items) and items[end].kind in ("below", "digits"):
            pieces.append(self._places(units_of(items[end].text), items[end].start, items[end].end))
            end += 1
        if end + 1 < len(items) and items[end].kind == "under":
            text = "".join(i.text for i in items[end + 1 :])
            pieces.append(self._places(units_of(text), items[end].start, items[-1].end))
            end = len(items)
        if end == len(items):
            yield pieces, end


def letter_of(character: str) -> str:
    """The letter that a character is, its accent behind it; empty for what no name holds."""
    if (character.isascii() and character.isalpha()) or character in _GREEK:
        return character
    spread = unicodedata.normalize("NFD", character)
    plain = len(spread) == 2 and spread[0].isascii() and spread[0].isalpha() and spread[1] in _MARKS
    return spread if plain else ""


def argument(text: str, at: int) -> tuple[tuple[int, int] | None, int]:
    """The inside of a command's argument, braced or a single sign, and where it ends."""
    while at < len(text) and text[at] in " \t":
        at += 1
    if at < len(text) and text[at] == "{":
        depth = 0
        for k in range(at, len(text)):
            depth += {"{": 1, "}": -1}.get(text[k], 0)
            if depth == 0:
                return (at + 1, k), k + 1
        return None, at
    match = _COMMAND.match(text, at)
    if match:
        end = at + 1 + len(match[1])
        return ((at, end), end)
    return ((at, at + 1), at + 1) if at < len(text) else (None, at)


def units_of(text: str) -> list[str]:
    """The parts of a subscript: ``1,jk`` is 1 and jk; nothing where it cannot be read.

    >>> units_of("1, jk"), units_of("i+1"), units_of("\\\\text{max}"), units_of("x^2")
    (['1', 'jk'], ['i+1'], ['max'], [])
    """
    while "\\" in text:
        match = re.search(r"\\([A-Za-z]+|,|;|!|:) *", text)
        if match is None:
            return []
        word = match[1]
        if word in STYLES:
            inner, end = argument(text, match.end())
            if inner is None:
                return []
            text = text[: match.start()] + text[inner[0] : inner[1]] + text[end:]
        else:
            spelled = GREEK_COMMANDS.get(word, word if word.isalpha() and len(word) > 2 else ",")
            text = text[: match.start()] + spelled + text[match.end() :]
    rest = _UNIT.sub("", text)
    if rest.strip(" ,()[]"):
        return []
    return _UNIT.findall(text.replace(" ", "") if re.search(r"[+-]", text) else text)


def separate(units: Iterable[str]) -> Iterable[str]:
    """Places one by one: ``jk`` are two."""
    for unit in units:
        if unit.isalpha():
            yield from unit
        else:
            yield unit
