"""A formula's text becomes tokens: characters checked, names split against the declared ones.

This is the first gate for text that somebody else wrote.  Every character is
known or refused, sizes are capped before anything else happens, and nothing is
ever evaluated.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

from ..errors import ParseError
from .characters import FRACTIONS, SIGNS, SPACES, SUPERSCRIPTS, VARIANTS, why_refused
from .excerpt import quoted, refuse
from .spelling import Spelling

CHARACTERS = 10_000
"""The longest formula that is read."""
TOKENS = 1_500
"""The most numbers, names and signs in a formula."""
DEPTH = 30
"""How deep brackets may nest."""
DIGITS = 400
"""The most digits of a number, and the largest power of ten behind it."""
OPERAND_ENDS = {"NUMBER", "NAME", "CONSTANT", "_CLOSE", "_END", "_UNBAR", "_TRANSPOSE", "SUPERSCRIPT"}
"""Kinds of token after which an operator is expected."""

_WORDS = {"and": "_AND", "or": "_OR", "not": "_NOT"}
_CONSTANTS = {"pi": "pi", "π": "pi", "e": "e"}
_CLOSERS = {"_OPEN": "_CLOSE", "_LIST": "_END", "_SELECT": "_END", "_BAR": "_UNBAR"}
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")
_EXPONENT = re.compile(r"[eE][+-]?[0-9]+")
_RAISED = re.compile(f"[{''.join(SUPERSCRIPTS)}]+")
_TRANSPOSE_POWER = re.compile(r"(?:\^|\*\*) ?(?:T(?![A-Za-z0-9_])|⊤|ᵀ)")
# What follows a function's name: arguments, or a power and then arguments: sin²(x).
_CALL = re.compile(rf"(?:[{''.join(SUPERSCRIPTS)}]+|(?:\^|\*\*) ?[0-9]+)? ?\(")


@dataclass(frozen=True)
class Token:
    """One word of a formula: its kind in the grammar, its value and where it stands."""

    kind: str
    value: Any
    start: int
    end: int


class Lexer:
    """Tokens of one formula; ``names`` are declared, ``functions`` can be called.

    ``sizes`` are names of sizes, which stand for numbers as pi and e do.  With
    ``infer`` an unknown word is a new name rather than an error.
    """

    def __init__(
        self,
        text: str,
        names: Iterable[str],
        functions: Collection[str],
        sizes: Iterable[str] = (),
        infer: bool = False,
    ):
        if len(text) > CHARACTERS:
            raise ParseError(f"the formula has {len(text):,} characters; at most {CHARACTERS:,} are read")
        self.text, self.names = text.translate(VARIANTS), Spelling(names)
        self.functions, self.infer = functions, infer
        self.constants = {size: size for size in sizes} | _CONSTANTS
        self.tokens: list[Token] = []
        # The brackets that are open, and for each level whether a comparison stood there.
        self.open: list[Token] = []
        self.compared = [False]

    def run(self) -> list[Token]:
        """All tokens.  Raises ParseError for what cannot be one."""
        place = 0
        while place < len(self.text):
            if self.text[place] in SPACES:
                place += 1
                continue
            place = self._next(place)
            if len(self.tokens) > TOKENS:
                message = f"the formula has more than {TOKENS:,} numbers, names and signs"
                self._refuse(place - 1, place, message)
        if self.open:
            opened = self.open[-1]
            self._refuse(opened.start, opened.end, f"{opened.value!r} is never closed")
        return self.tokens

    def _refuse(self, start: int, end: int, message: str) -> NoReturn:
        refuse(self.text, start, end, message)

    def _add(self, kind: str, value: Any, start: int, end: int) -> int:
        self.tokens.append(Token(kind, value, start, end))
        return end

    @property
    def _after_operand(self) -> bool:
        return bool(self.tokens) and self.tokens[-1].kind in OPERAND_ENDS

    def _next(self, start: int) -> int:
        text, character = self.text, self.text[start]
        if match := _NUMBER.match(text, start):
            return self._number(match)
        if character in FRACTIONS:
            value = Fraction(unicodedata.numeric(character)).limit_denominator(10)
            return self._add("NUMBER", value, start, start + 1)
        if match := self.names.word.match(text, start):
            return self._word(match[0], start)
        if (match := _TRANSPOSE_POWER.match(text, start)) and "T" not in self.names.forms:
            return self._add("_TRANSPOSE", match[0], start, match.end())
        if match := _RAISED.match(text, start):
            return self._raised(match)
        if character == "|":
            return self._bar(start)
        sign = next((text[start : start + n] for n in (2, 1) if text[start : start + n] in SIGNS), "")
        after = self.names.word.match(text, start + 1)
        if not sign or (sign == ".T" and after and after[0] != "T"):
            self._refuse(start, start + 1, why_refused(character))
        return self._sign(sign, start)

    # -- numbers ---------------------------------------------------------------

    def _number(self, match: re.Match[str]) -> int:
        text, start, end = match[0], match.start(), match.end()
        exponent = _EXPONENT.match(self.text, end)
        if exponent:
            word = self.names.word.match(self.text, end)
            if exponent[0][0] in self.names.forms or (word and word[0] in self.names.forms):
                whole = self.text[start : exponent.end()]
                message = (
                    f"{quoted(whole)} is a power of ten, or a product with a declared name? write 10** or *"
                )
                self._refuse(start, exponent.end(), message)
            text, end = text + exponent[0], exponent.end()
        if len(text) > DIGITS or (exponent and abs(int(exponent[0][1:])) > DIGITS):
            message = f"a number has at most {DIGITS} digits, and a power of ten goes up to {DIGITS}"
            self._refuse(start, end, message)
        return self._add("NUMBER", Fraction(text), start, end)

    def _raised(self, match: re.Match[str]) -> int:
        digits = "".join(SUPERSCRIPTS[c] for c in match[0])
        if not re.fullmatch(r"[+-]?[0-9]{1,6}", digits):
            message = f"the power {quoted(match[0])} is not a whole number of at most 6 digits"
            self._refuse(match.start(), match.end(), message)
        return self._add("SUPERSCRIPT", int(digits), match.start(), match.end())

    # -- signs -----------------------------------------------------------------

    def _sign(self, sign: str, start: int) -> int:
        kind, end = SIGNS[sign], start + len(sign)
        if kind == "_TRANSPOSE" and not self._after_operand:
            message = f"{sign!r} means a transpose, and nothing stands before it; a formula holds no quotes"
            self._refuse(start, end, message)
        if kind == "_LIST" and self._after_operand:
            kind = "_SELECT"
        if kind in ("COMPARE", "_COMMA"):
            self.compared[-1] = kind == "COMPARE"
        if kind in _CLOSERS:
            self._enter(kind, sign, start, end)
        elif kind in ("_CLOSE", "_END"):
            self._leave(kind, sign, start, end)
        return self._add(kind, sign, start, end)

    def _enter(self, kind: str, sign: str, start: int, end: int) -> None:
        if len(self.open) == DEPTH:
            self._refuse(start, end, f"brackets nest deeper than {DEPTH} levels")
        self.open.append(Token(kind, sign, start, end))
        self.compared.append(False)

    def _leave(self, kind: str, sign: str, start: int, end: int) -> None:
        if not self.open:
            self._refuse(start, end, f"{sign!r} closes nothing")
        opened, inside = self.open.pop(), self.compared.pop()
        if _CLOSERS[opened.kind] != kind:
            self._refuse(start, end, f"{sign!r} cannot close the {opened.value!r} that is open")
        # (a < b) | (c < d): what a group compared counts for the sign after it.
        self.compared[-1] |= inside and kind == "_CLOSE"

    def _bar(self, start: int) -> int:
        """``|`` opens or closes an absolute value, or means "or" behind a comparison."""
        end = start + 1
        if self.open and self.open[-1].kind == "_BAR" and self._after_operand:
            self._leave("_UNBAR", "|", start, end)
            return self._add("_UNBAR", "|", start, end)
        if self._after_operand and self.compared[-1]:
            return self._add("_OR", "|", start, end)
        self._enter("_BAR", "|", start, end)
        return self._add("_BAR", "|", start, end)

    # -- words -----------------------------------------------------------------

    def _word(self, word: str, start: int) -> int:
        end = start + len(word)
        rest = self.text[end:].lstrip(SPACES)
        called = _CALL.match(rest) is not None
        if rest[:1] == "=" != rest[1:2] and self.tokens and self.tokens[-1].kind in ("_OPEN", "_COMMA"):
            return self._add("KEYWORD", word, start, len(self.text) - len(rest) + 1)
        if word in self.names.unclear:
            both = " and ".join(map(repr, self.names.unclear[word]))
            self._refuse(start, end, f"{word!r} could be {both}; type the name as it was declared")
        if word in self.names.forms:
            return self._add("NAME", self.names.forms[word], start, end)
        if word == "None" and self.open and self.open[-1].kind == "_SELECT":
            return self._add("NONE", word, start, end)
        if word in _WORDS:
            return self._add(_WORDS[word], word, start, end)
        if word in self.functions and not called:
            message = f"{word!r} is a function: write what it is applied to in parentheses, {word}(…)"
            self._refuse(start, end, message)
        if word in self.functions:
            return self._add("FUNCTION", word, start, end)
        if word in self.constants:
            return self._add("CONSTANT", self.constants[word], start, end)
        for kind, value, length in self._pieces(word, start, called):
            start = self._add(kind, value, start, start + length)
        return end

    def _pieces(self, word: str, start: int, called: bool) -> list[tuple[str, str, int]]:
        pieces = self.names.split(word, self.functions if called else ())
        if pieces is not None:
            return pieces
        new = self.names.new_name(word)
        glued = any(word.removeprefix(f) in self.names.forms for f in self.functions)
        if self.infer and new is not None and not (called or glued or self.names.half_known(word)):
            return [("NAME", new, len(word))]
        self._undeclared(word, start, called)

    def _undeclared(self, word: str, start: int, called: bool) -> NoReturn:
        end = start + len(word)
        if called:
            near = difflib.get_close_matches(word, self.functions, 1, 0.7)
            hint = f"did you mean {near[0]!r}?" if near else "for a product write *"
            self._refuse(start, end, f"{quoted(word)} is no known function and no declared name; {hint}")
        begins = [name for name in self.functions if len(name) > 1 and word.startswith(name)]
        if begins:
            hint = f"to apply a function write {max(begins, key=len)}(…)"
        elif self.infer or self.names.half_known(word):
            hint = "for a product write *"
        else:
            hint = self.names.suggestion(word)
        self._refuse(start, end, f"{quoted(word)} is not declared; {hint}")
