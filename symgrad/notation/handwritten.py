"""LaTeX, Unicode and plain text of an answer as tokens of the one grammar.

A superset of what `Lexer` reads: commands, braces, subscripts that choose an
entry, sums with limits, cases and matrices.  Commands are known or refused by
name; none is ever expanded.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from fractions import Fraction
from typing import Any, NoReturn

from ..errors import ParseError
from .bare import with_arguments
from .characters import SPACES, SUPERSCRIPTS, why_refused
from .derivatives import slope
from .excerpt import quoted, refuse
from .lexer import DEPTH, OPERAND_ENDS, Lexer, Token
from .marks import BIG, COMMANDS, FUNCTIONS, IGNORED, MATRICES, ORDERS, SPELLED, STYLES, UPRIGHT, WORDS
from .runs import Places, Runs, argument, separate, units_of
from .sum_signs import index_letters, sum_sign

LONGEST = 4_000
"""The longest answer that is read."""
MOST = 600
"""The most numbers, names and signs in an answer."""

_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_ENVIRONMENT = re.compile(r"\s*\{\s*([A-Za-z*]{1,20})\s*\}")
_RAISED_T = re.compile(
    r"\^\s*(?:\{\s*(?:\\top|\\intercal|T|⊤|\\prime|'|\\mathsf\s*\{?T\}?|\\mathrm\s*\{?T\}?|\\text\s*\{T\})\s*\}|\\top(?![A-Za-z])|\\intercal|\\prime|T|⊤|ᵀ)"
)
_INVERSE_T = re.compile(r"\^\s*\{\s*-\s*(?:\\top|T|⊤)\s*\}")
_RAISED_SAMPLE = re.compile(
    r"\^\s*\{\s*\(\s*([A-Za-z]|[0-9]{1,6})\s*\)\s*\}|\^\(([a-z])\)(?=[\s_)\]}+\-*/=,]|$)"
)
_RAISED_LAYER = re.compile(r"\^\s*\{\s*\[\s*([0-9]{1,3})\s*\]\s*\}")
_RAISED_RING = re.compile(r"\^\s*(\{)\s*\\circ\s*")
_RING = re.compile(r"∘([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_RAISED_NUMBER = re.compile(r"(?:\^|\*\*)\s*(?:\{\s*(-?[0-9]{1,6})\s*\}|(-?[0-9]{1,6}))")
_BIG_WORD = re.compile(r"(?:sum|prod)(?=_|[ᵢⱼₖₗ]|\s+[A-Za-z0-9([|\\]|\s*$)|[∑∏]|Σ|Π(?=_|[ᵢⱼₖₗ])")
_ONES = re.compile(r"\\(?:mathbb|mathbf|boldsymbol|bm|mathds|mathbbm)\s*(?:\{\s*(?:1|I)\s*\}|1)|\\1|𝟏|𝟙")
_ZEROS = re.compile(r"\\(?:mathbf|boldsymbol|bm)\s*(?:\{\s*0\s*\}|0)")
_MODULE = re.compile(r"(?:np|numpy|math|torch|jnp)\.(?=[A-Za-z])")
_BRACKETS = {"(": "_OPEN", "[": "_LIST", "{": "_BRACE"}
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_CLOSES = {
    "_OPEN": "_CLOSE",
    "_LIST": "_END",
    "_SELECT": "_END",
    "_BRACE": "_UNBRACE",
    "_BAR": "_UNBAR",
    "_NORM": "_UNNORM",
    "_CASES": "_FINISH",
    "_MATRIX": "_FINISH",
}
_ENDS = OPERAND_ENDS | {"PLACES", "LETTER", "SYMBOL", "DERIVATIVE", "_UNBRACE", "_UNNORM", "_FINISH"}


class Handwritten(Lexer):
    """Tokens of one answer, or of the part of a text from ``start`` to ``end``."""

    def __init__(
        self,
        text: str,
        names: Iterable[str],
        functions: Collection[str],
        sizes: Iterable[str] = (),
        start: int = 0,
        end: int | None = None,
    ):
        if len(text) > LONGEST:
            raise ParseError(f"the answer has {len(text):,} characters; at most {LONGEST:,} are read")
        names = list(names)
        super().__init__(text, names, functions, sizes)
        self.whole, self.place = self.text, start
        self.text = self.text[: len(text) if end is None else end]
        self.tex = "\\" in text
        self.closing: list[str] = []
        self.norms = "||" in text and re.search(r"(?<!\|)\|(?!\|)", text) is None
        self.constants = {k: v for k, v in self.constants.items() if k not in names}
        spelled = {*functions, *SPELLED} - {"e"}
        self.runs = Runs(names, spelled, self.constants, index_letters(self.text) - set(names))

    def _refuse(self, start: int, end: int, message: str) -> NoReturn:
        refuse(self.whole, start, end, message)

    def run(self) -> list[Token]:
        """All tokens.  Raises ParseError for what cannot be one."""
        self._check_characters()
        while self.place < len(self.text):
            if self.text[self.place] in SPACES or (self.tex and self.text[self.place] == "~"):
                self.place += 1
                continue
            self.place = self._next(self.place)
            if len(self.tokens) > MOST:
                self._refuse(
                    self.place - 1, self.place, f"the answer has more than {MOST} numbers, names and signs"
                )
        if self.open:
            opened = self.open[-1]
            self._refuse(opened.start, opened.end, f"{opened.value!r} is never closed")
        self.tokens = with_arguments(self.tokens)
        return self.tokens

    def _check_characters(self) -> None:
        """What no answer holds is refused wherever it stands, in a subscript as well."""
        for at, character in enumerate(self.text):
            if not character.isascii() and not character.isprintable() and character not in SPACES:
                self._refuse(at, at + 1, why_refused(character))

    @property
    def _after_operand(self) -> bool:
        return bool(self.tokens) and self.tokens[-1].kind in _ENDS

    @property
    def _after_function(self) -> bool:
        kinds = [t.kind for t in self.tokens[-3:]]
        while kinds and kinds[-1] in ("PLACES", "SUPERSCRIPT"):
            kinds.pop()
        return bool(kinds) and kinds[-1] == "FUNCTION"

    # -- one step --------------------------------------------------------------------------

    def _next(self, start: int) -> int:
        text, character = self.text, self.text[start]
        if character in "∂d∇\\":
            found = slope(text, start, self.runs)
            if found:
                return self._add("DERIVATIVE", found[0], start, found[1])
        match = _BIG_WORD.match(text, start)
        if match and {"Σ": "Sigma", "Π": "Pi"}.get(match[0]) not in self.runs.names:
            return self._big(BIG[match[0]], start, match.end())
        if match := _MODULE.match(text, start):
            return match.end()
        for pattern, value in ((_ONES, "ones"), (_ZEROS, "zeros")):
            if match := pattern.match(text, start):
                return self._ones(value, start, match.end())
        items = self.runs.items(text, start)
        if items:
            return self._run(items, start)
        if character == "\\":
            return self._command(start)
        if character == "^" or text.startswith("**", start):
            return self._raised_by(start)
        if character == "_":
            return self._below(start)
        if character in "()[]{}":
            return self._bracket(character, start, start + 1)
        if character == "‖" or (character == "|" and self.norms and text.startswith("||", start)):
            return self._norm(start, start + (2 if character == "|" else 1))
        if character == "&" and self.open and self.open[-1].kind in ("_CASES", "_MATRIX"):
            return self._add("_CELL", "&", start, start + 1)
        if character == "=" and text[start : start + 2] != "==":
            self.compared[-1] = True
            return self._add("COMPARE", "==", start, start + 1)
        if match := _RING.match(text, start):
            self._add("POWER", "∘", start, start + 1)
            power = Fraction(int("".join(SUPERSCRIPTS[c] for c in match[1][:6])))
            return self._add("NUMBER", power, match.start(1), match.end())
        if text.startswith("⁻ᵀ", start):
            return self._transposed_inverse(start, start + 2)
        if character in "'′" and self.tokens and self.tokens[-1].kind == "FUNCTION":
            last = self.tokens.pop()
            return self._add("FUNCTION", f"{last.value}'", last.start, start + 1)
        return super()._next(start)

    def _run(self, items: list[Any], start: int) -> int:
        end = items[-1].end
        word, rest = self.text[start:end], self.text[end:].lstrip(SPACES)
        called = bool(
            re.match(
                r"[⁰¹²³⁴⁵⁶⁷⁸⁹]*(?:\^ ?\{?[0-9]+\}?)?'?\s*(?:\\left|\\[bB]igg?l?)?\s*(?:\(|\[|\\\{|\{)", rest
            )
        )
        if (
            rest[:1] == "=" != rest[1:2]
            and self.tokens
            and self.tokens[-1].kind == "_COMMA"
            and word.isalpha()
        ):
            return self._add("KEYWORD", word, start, len(self.text) - len(rest) + 1)
        if word in WORDS and word not in self.runs.forms:
            return self._add(WORDS[word], word, start, end)
        if word == "None" and self.open and self.open[-1].kind == "_SELECT":
            return self._add("NONE", word, start, end)
        pieces = self.runs.split(items, called)
        if pieces is None:
            self._unknown(items, start, end, called)
        for kind, value, begin, stop in pieces:
            if kind == "FUNCTION":
                value = SPELLED.get(value, value)
            self._add(
                kind if kind != "AVERAGE" else "SYMBOL",
                ("average", value) if kind == "AVERAGE" else value,
                begin,
                stop,
            )
        return end if self.tokens[-1].end == end or not pieces else max(end, pieces[-1][3])

    def _unknown(self, items: list[Any], start: int, end: int, called: bool) -> NoReturn:
        word = self.text[start:end]
        plain = re.match(r"[A-Za-z]+", word)
        if plain and word.isascii() and "\\" not in word and not self.names.half_known(word):
            self._undeclared(word, start, called)
        self._refuse(start, end, f"{quoted(word)} is not declared; {self.names.suggestion(word)}")

    # -- commands ------------------------------------------------------------------------------

    def _command(self, start: int) -> int:
        match = _COMMAND.match(self.text, start)
        if match is None:
            self._refuse(start, start + 1, "a command is missing behind '\\'")
        word, end = match[1], match.end()
        if word in ORDERS:
            self._refuse(start, end, f"\\{word} is refused: it is an order to TeX, not mathematics")
        if word in COMMANDS:
            kind, value = COMMANDS[word]
            return self._add(kind, value, start, end)
        if word in IGNORED or word in ",;:! ":
            # \left. and \right. are no brackets.
            return end + (word in ("left", "right") and self.text[end : end + 1] == ".")
        if word in FUNCTIONS:
            if word in ("max", "min") and re.match(r"\s*_", self.text[end:]):
                return self._big(word, start, end)
            return self._add("FUNCTION", FUNCTIONS[word], start, end)
        if word in BIG:
            return self._big(BIG[word], start, end)
        if word in UPRIGHT:
            return self._spelled(word, start, end)
        if word in ("overline", "bar"):
            return self._add("FUNCTION", "mean", start, end)
        brackets = {"{": "{", "lbrace": "{", "lbrack": "[", "}": "}", "rbrace": "}", "rbrack": "]"}
        if word in brackets:
            sign = brackets[word]
            return self._bracket({"{": "(", "}": ")"}.get(sign, sign), start, end)
        if word in ("lvert", "rvert", "vert"):
            return self._bar(start, end)
        if word in ("|", "lVert", "rVert", "Vert"):
            return self._norm(start, end)
        if word in ("frac", "dfrac", "tfrac", "cfrac"):
            return self._fraction(start, end)
        if word == "sqrt":
            return self._root(start, end)
        if word in ("begin", "end"):
            return self._environment(word, start, end)
        if word == "\\" and self.open and self.open[-1].kind in ("_CASES", "_MATRIX"):
            if self.tokens[-1].kind == "_COMMA":
                self.tokens.pop()
            extra = re.match(r"\s*\[[^\]]{0,12}\]", self.text[end:])
            return self._add("_ROW", "\\\\", start, end + (extra.end() if extra else 0))
        if word in STYLES:
            # A style around more than a name is no more than braces.
            return end
        self._refuse(start, end, f"{quoted(chr(92) + word)} is no command that an answer may hold")

    def _spelled(self, command: str, start: int, end: int) -> int:
        """A word in upright letters: a function, or one between formulas."""
        inner, stop = argument(self.text, end)
        if inner is None:
            self._refuse(start, end, f"\\{command} needs its text in braces")
        word = self.text[inner[0] : inner[1]].replace("\\_", "_").strip().strip(",:;. ")
        if word.lower() in WORDS:
            return self._add(WORDS[word.lower()], word, start, stop)
        for known in (word, SPELLED.get(word, ""), word.lower()):
            if known in self.functions:
                return self._add("FUNCTION", SPELLED.get(known, known), start, stop)
        if word in self.runs.forms:
            return self._add("NAME", self.runs.forms[word], start, stop)
        if not word:
            return stop
        self._refuse(start, stop, f"{quoted(word)} is no known function, and no declared name")

    def _ones(self, value: str, start: int, end: int) -> int:
        rest = self.text[end:]
        condition = re.match(r"\s*(?:\\left)?\s*(?:[\[({]|\\\{)", rest)
        if value == "ones" and rest.lstrip().startswith("_"):
            inner, stop = argument(self.text, end + len(rest) - len(rest.lstrip()) + 1)
            if inner and re.search(r"[<>=≤≥≠]|\\(?:geq?|leq?|neq?|gt|lt)\b", self.text[inner[0] : inner[1]]):
                self._add("FUNCTION", "indicator", start, end)
                return self._bracket("{", inner[0] - 1, inner[0])
            return self._add("SYMBOL", ("ones",), start, stop)
        if value == "ones" and condition and re.search(r"[<>=≤≥≠]|\\(?:geq?|leq?|neq?|gt|lt)\b", rest):
            return self._add("FUNCTION", "indicator", start, end)
        return self._add("SYMBOL", (value,), start, end)

    def _fraction(self, start: int, end: int) -> int:
        r"""What follows \frac is braced, or a single sign: \frac12, \frac1n."""
        self._add("_FRACTION", "\\frac", start, end)
        for _ in range(2):
            single = re.compile(r"\s*([0-9A-Za-z])").match(self.text, end)
            if single is None:
                break
            end = self._single(single.start(1))
        return end

    def _single(self, at: int) -> int:
        whole, self.text = self.text, self.text[: at + 1]
        self._add("_BRACE", whole[at], at, at + 1)
        self._next(at)
        self._add("_UNBRACE", whole[at], at, at + 1)
        self.text = whole
        return at + 1

    def _root(self, start: int, end: int) -> int:
        degree = re.compile(r"\s*\[\s*([0-9]{1,3})\s*\]").match(self.text, end)
        if degree is None:
            single = re.compile(r"\s*([0-9A-Za-z])").match(self.text, end)
            self._add("FUNCTION", "sqrt", start, end)
            if single is None:
                return end
            self._add("_OPEN", "(", end, end)
            end = self._single(single.start(1))
            return self._add("_CLOSE", ")", end, end)
        self._add("_NTH_ROOT", "\\sqrt", start, degree.end())
        self._add("_BRACE", "[", degree.start(1), degree.end(1))
        self._add("NUMBER", Fraction(degree[1]), degree.start(1), degree.end(1))
        return self._add("_UNBRACE", "]", degree.end(1), degree.end())

    def _environment(self, word: str, start: int, end: int) -> int:
        match = _ENVIRONMENT.match(self.text, end)
        name = match[1] if match else ""
        if name not in MATRICES and name not in ("cases", "dcases"):
            self._refuse(
                start,
                match.end() if match else end,
                f"\\{word}{{{name}}} is no environment that an answer may hold",
            )
        assert match is not None
        kind = "_MATRIX" if name in MATRICES else "_CASES"
        if word == "begin":
            self._open(kind, f"\\begin{{{name}}}", name, start, match.end())
            return self._add(kind, name, start, match.end())
        self._leave(name, start, match.end())
        if self.tokens[-1].kind == "_COMMA":
            self.tokens.pop()
        return self._add("_FINISH", name, start, match.end())

    # -- brackets ------------------------------------------------------------------------------------

    def _open(self, kind: str, sign: str, closing: str, start: int, end: int) -> None:
        """``closing``: the sign that must close it."""
        if len(self.open) == DEPTH:
            self._refuse(start, end, f"brackets nest deeper than {DEPTH} levels")
        self.open.append(Token(kind, sign, start, end))
        self.closing.append(closing)
        self.compared.append(False)

    def _leave(self, sign: str, start: int, end: int) -> Token:  # type: ignore[override]
        shown = self.whole[start:end]
        if not self.open:
            self._refuse(start, end, f"{shown!r} closes nothing")
        opened, wanted, inside = self.open.pop(), self.closing.pop(), self.compared.pop()
        if wanted != sign:
            self._refuse(start, end, f"{shown!r} cannot close the {opened.value!r} that is open")
        self.compared[-1] |= inside and sign != "|"
        return opened

    def _bracket(self, sign: str, start: int, end: int) -> int:
        if sign in _CLOSING:
            kind = _BRACKETS[sign]
            if self._after_function:
                kind = "_OPEN"
            elif sign == "[" and self._selects():
                kind = "_SELECT"
            self._open(kind, self.whole[start:end], _CLOSING[sign], start, end)
            return self._add(kind, sign, start, end)
        opened = self._leave(sign, start, end)
        return self._add(_CLOSES[opened.kind], sign, start, end)

    def _selects(self) -> bool:
        """Whether a square bracket chooses an entry: behind a name or a bracket, directly."""
        return bool(self.tokens) and self.tokens[-1].kind in ("NAME", "_END", "_CLOSE", "_TRANSPOSE")

    def _bar(self, start: int, end: int | None = None) -> int:
        end = start + 1 if end is None else end
        if self.open and self.open[-1].kind == "_BAR" and self._after_operand:
            self._leave("|", start, end)
            return self._add("_UNBAR", "|", start, end)
        if self._after_operand and self.compared[-1]:
            return self._add("_OR", "|", start, end)
        self._open("_BAR", "|", "|", start, end)
        return self._add("_BAR", "|", start, end)

    def _norm(self, start: int, end: int) -> int:
        if self.open and self.open[-1].kind == "_NORM" and self._after_operand:
            self._leave("‖", start, end)
            return self._add("_UNNORM", "‖", start, end)
        self._open("_NORM", "‖", "‖", start, end)
        return self._add("_NORM", "‖", start, end)

    # -- what stands above and below -----------------------------------------------------------------------

    def _raised_by(self, start: int) -> int:
        text = self.text
        if "T" not in self.runs.forms and (match := _RAISED_T.match(text, start)):
            return self._add("_TRANSPOSE", "⊤", start, match.end())
        if match := _INVERSE_T.match(text, start):
            return self._transposed_inverse(start, match.end())
        if (match := _RAISED_SAMPLE.match(text, start)) and self._after_operand:
            return self._add("PLACES", Places((match[1] or match[2],), sample=True), start, match.end())
        if self._after_function and (match := _RAISED_NUMBER.match(text, start)):
            return self._add("SUPERSCRIPT", int(match[1] or match[2]), start, match.end())
        if match := _RAISED_RING.match(text, start):
            self._add("POWER", "∘", start, match.start(1))
            self._bracket("{", match.start(1), match.end(1))
            return match.end()
        return self._add("POWER", "^", start, start + (2 if text.startswith("**", start) else 1))

    def _transposed_inverse(self, start: int, end: int) -> int:
        self._add("_TRANSPOSE", "⊤", start, end)
        return self._add("SUPERSCRIPT", -1, start, end)

    def _below(self, start: int) -> int:
        """A subscript on something other than a name: a bracket, a function, a norm."""
        if not (self._after_operand or self._after_function):
            self._refuse(start, start + 1, "a subscript stands behind what it belongs to")
        inner, end = argument(self.text, start + 1)
        units = units_of(self.text[inner[0] : inner[1]]) if inner else []
        if not units and inner and self.text[inner[0] : inner[1]].strip() in ("\\infty", "∞"):
            units = ["inf"]
        if not units:
            self._refuse(start, end, "this subscript cannot be read; write letters or numbers")
        whole = self.tokens[-1].kind == "_UNNORM"
        return self._add("PLACES", Places(tuple(units if whole else separate(units))), start, end)

    def _big(self, kind: str, start: int, end: int) -> int:
        big, end = sum_sign(self.text, kind, start, end, self._refuse)
        return self._add("BIG", big, start, end)
