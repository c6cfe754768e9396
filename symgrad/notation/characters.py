"""The characters that a formula may hold, and why any other is refused."""

from __future__ import annotations

import unicodedata

SPACES = " \t\r\n\u00a0\u2009\u202f"
"""What may stand between the words of a formula."""
SIGNS = {
    "+": "PLUS", "-": "MINUS", "−": "MINUS", "/": "OVER", "÷": "OVER", "@": "TIMES",
    "*": "TIMES", "∗": "TIMES", "·": "TIMES", "⋅": "TIMES", "×": "TIMES", "⊙": "TIMES", "∘": "TIMES",
    "^": "POWER", "**": "POWER", "√": "_ROOT",
    "<": "COMPARE", ">": "COMPARE", "<=": "COMPARE", ">=": "COMPARE", "==": "COMPARE", "!=": "COMPARE",
    "≤": "COMPARE", "≥": "COMPARE", "≠": "COMPARE",
    "&": "_AND", "∧": "_AND", "∨": "_OR", "~": "_NOT", "¬": "_NOT",
    "'": "_TRANSPOSE", "′": "_TRANSPOSE", "ᵀ": "_TRANSPOSE", "⊤": "_TRANSPOSE", ".T": "_TRANSPOSE",
    "(": "_OPEN", ")": "_CLOSE", "[": "_LIST", "]": "_END", ",": "_COMMA", ":": "_COLON",
}  # fmt: skip
"""Signs, and the terminals of the grammar that they are."""
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True))
FRACTIONS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
VARIANTS = str.maketrans("ϵϑϕςµ", "εθφσμ")
"""Second forms of Greek letters."""

_PUNCTUATION = {
    "=": "'=' does not stand in a formula: give its right-hand side alone (to compare, write ==)",
    ".": "'.' is only a decimal point, or .T for the transpose: nothing else is looked up in a formula",
    "_": "a name begins with a letter, not with '_'",
}
_ALIKE = {"–": "-", "—": "-", "‐": "-", "‑": "-", "’": "'", "‘": "'"}


def why_refused(character: str) -> str:
    """What to say of a character that no formula holds.

    >>> why_refused("а")
    'the character cyrillic small letter a is refused; names are spelled in Latin or Greek letters'
    """
    if character in _PUNCTUATION:
        return _PUNCTUATION[character]
    if character.isascii() and character.isprintable():
        return f"{character!r} has no meaning in a formula"
    name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
    if unicodedata.category(character).startswith("C"):
        return f"the invisible character {name} is refused"
    plain = _ALIKE.get(character, unicodedata.normalize("NFKC", character))
    if plain != character and plain.isascii():
        return f"the character {name} is refused; type {plain!r}"
    return f"the character {name} is refused; names are spelled in Latin or Greek letters"
