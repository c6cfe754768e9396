"""Declared names as they may be typed, and runs of letters split into them."""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Collection, Iterable

from ..display.naming import GREEK, unicode_name

_LETTERS = {letter: word for word, letter in GREEK.items()}
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_LONGEST = 60

Piece = tuple[str, str, int]
"""The terminal, value and length of a part of a run of letters."""


def spellings(name: str) -> set[str]:
    """The ways to type a declared name.

    >>> sorted(spellings("lambda_1")), sorted(spellings("y_hat"))
    (['lambda_1', 'λ1', 'λ₁'], ['y_hat', 'ŷ'])
    """
    shown = unicode_name(name)
    # A prime at the end of a name would read as a transpose.
    forms = set() if "′" in shown else {shown, shown.translate(_SUBSCRIPTS)}
    return {name} | forms | ({name + "_"} if keyword.iskeyword(name) else set())


def in_words(name: str) -> str | None:
    """A name as it is declared, its Greek letter a word; None where it seems to be a product of letters.

    >>> in_words("λ"), in_words("θ₁"), in_words("x"), in_words("αβ")
    ('lambda', 'theta1', 'x', None)
    """
    letters = [k for k, c in enumerate(name) if c in _LETTERS]
    if letters and (letters != [0] or name[1:2].isalpha()):
        return None
    return "".join(_LETTERS.get(c, c) for c in name.translate(_SUBSCRIPTS))


class Spelling:
    """The declared names by every form they may be typed in.

    ``forms``: the name by form.  ``unclear``: forms of two names.  ``word``: a
    pattern for runs of letters, digits and underscores.
    """

    def __init__(self, names: Iterable[str]):
        self.names = list(names)
        self.forms: dict[str, str] = {}
        self.unclear: dict[str, list[str]] = {}
        for name in self.names:
            for form in spellings(name) - set(self.names):
                first = self.forms.setdefault(form, name)
                if first != name:
                    self.unclear.setdefault(form, [first]).append(name)
        self.forms |= {name: name for name in self.names}
        beyond = {c for form in self.forms for c in form if not c.isascii()} | set(_LETTERS)
        letters = "A-Za-z" + re.escape("".join(sorted(beyond - set("₀₁₂₃₄₅₆₇₈₉"))))
        self.word = re.compile(f"[{letters}][{letters}0-9_₀-₉]*")
        self._longest = max(map(len, self.forms), default=0)

    def split(self, word: str, functions: Collection[str]) -> list[Piece] | None:
        """``word`` as a product of declared names, the longest first; ``functions`` may end it.

        >>> Spelling(["m", "x"]).split("mx", [])
        [('NAME', 'm', 1), ('NAME', 'x', 1)]
        """
        dead: set[int] = set()

        def onward(at: int) -> list[Piece] | None:
            if at == len(word):
                return []
            if word[at:] in functions:
                return [("FUNCTION", word[at:], len(word) - at)]
            for end in range(min(len(word), at + max(self._longest, 1)), at, -1):
                piece = word[at:end]
                name = self.forms.get(piece) or ("pi" if piece == "π" else "")
                if not name or end in dead:
                    continue
                rest = onward(end)
                if rest is not None:
                    return [("NAME" if piece in self.forms else "CONSTANT", name, end - at), *rest]
                dead.add(end)
            return None

        return onward(0) if len(word) <= _LONGEST else None

    def half_known(self, word: str) -> bool:
        """Whether a word looks like a declared name times a letter: ``mx`` where m is declared."""
        for k in range(1, len(word)):
            known, other = (word[:k], word[k:]) if word[:k] in self.forms else (word[k:], word[:k])
            if known in self.forms and len(other) == 1 and other.isalpha():
                return True
        return False

    def new_name(self, word: str) -> str | None:
        """The name that an undeclared word gives, None where it seems to be a product of letters."""
        return in_words(word)

    def suggestion(self, word: str) -> str:
        """For a word that is not declared: a declared one that is like it, else all of them."""
        near = [name for name in self.names if name.lower() == word.lower()]
        near = near or difflib.get_close_matches(word, self.names, 1, 0.6)
        return f"did you mean {near[0]!r}?" if near else f"declared are: {', '.join(self.names) or 'none'}"
