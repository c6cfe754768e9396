"""How a declared name looks: Greek letters, subscripts, accents; one spelling a style."""

from __future__ import annotations

import keyword
import re
import unicodedata

_WORDS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi "
    "chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
GREEK: dict[str, str] = dict(zip(_WORDS.split(), "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", strict=True))
"""Greek letters by the word that is declared for them."""

_ACCENTS = {
    "hat": ("\u0302", "hat"),
    "bar": ("\u0304", "bar"),
    "tilde": ("\u0303", "tilde"),
    "dot": ("\u0307", "dot"),
}
_SUBSCRIPTS = dict(zip("0123456789+-aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_SUPERSCRIPTS = dict(zip("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", strict=True))
_NUMBERED = re.compile(r"(.*?[^\d_])_?(\d+)")


def subscript(text: str) -> str | None:
    """The text as Unicode subscripts, or None where a character has none."""
    return _shifted(text, _SUBSCRIPTS)


def superscript(text: str) -> str | None:
    """The text as Unicode superscripts, or None where a character has none."""
    return _shifted(text, _SUPERSCRIPTS)


def _shifted(text: str, table: dict[str, str]) -> str | None:
    return "".join(table[c] for c in text) if text and all(c in table for c in text) else None


def name_parts(name: str) -> tuple[str, list[str], str, str]:
    """(base, subscripts, accent, primes): ``W1_x`` is W with 1 and x, ``y_hat`` y with a hat."""
    bare = name.rstrip("_")
    primes = "" if keyword.iskeyword(bare) else "′" * (len(name) - len(bare))
    base, *below = bare.split("_")
    accent = below.pop() if below and below[-1] in _ACCENTS and _short(base) else ""
    numbered = _NUMBERED.fullmatch(base)
    if numbered:
        base, digits = numbered.groups()
        below.insert(0, digits)
    if not _short(base) and any(not part.isdigit() for part in below):
        return bare, [], "", primes  # a word such as learning_rate stays as it is
    return base, below, accent, primes


def _short(base: str) -> bool:
    return base in GREEK or len(base.rstrip("0123456789")) == 1


def unicode_name(name: str) -> str:
    """``lambda`` is λ, ``W1`` W₁, ``y_hat`` ŷ; ``x_max`` stays."""
    base, below, accent, primes = name_parts(name)
    text = GREEK.get(base, base)
    if accent:
        text = unicodedata.normalize("NFC", text + _ACCENTS[accent][0])
    digits = True
    for part in below:
        small = subscript(part) if part.isdigit() or len(part) == 1 else None
        # Two numbers in a row would read as one.
        text += f"_{part}" if small is None or (part.isdigit() and not digits) else small
        digits = not part.isdigit()
    return text + primes


def latex_name(name: str) -> str:
    """``lambda`` is \\lambda, ``W1`` W_{1}; words of several letters stand upright."""
    base, below, accent, primes = name_parts(name)
    text = _latex_word(base)
    if accent:
        text = rf"\{_ACCENTS[accent][1]}{{{text}}}"
    if below:
        text += "_{" + ", ".join(_latex_word(part) for part in below) + "}"
    return text + "'" * len(primes)


def _latex_word(word: str) -> str:
    if word in GREEK:
        return "\\" + word
    escaped = word.replace("_", r"\_")
    return escaped if len(word) == 1 or word.isdigit() else rf"\mathrm{{{escaped}}}"


def is_letter(text: str) -> bool:
    """Whether a name, as shown, is one letter with its marks: two such may stand side by side."""
    bare = text.rstrip("′" + "".join(_SUBSCRIPTS.values()))
    return len(bare) == 1
