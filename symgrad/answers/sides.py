"""The sides of an answer: what stands before '=', and what an update rule takes off a parameter."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..errors import ParseError
from ..ir.index import Extent
from ..notation.excerpt import refuse
from ..notation.handwritten import Handwritten
from ..notation.reader import rule_of
from ..notation.runs import Runs
from ..notation.tensor import Tensor

ONE = Fraction(1)
RATES = ("lambda", "eta", "alpha", "gamma", "epsilon", "lr", "learning_rate")
"""Names that a learning rate has where none is declared."""

_WRAPPERS = re.compile(r"\s*(?:\$\$?|\\\[|\\\(|\\displaystyle(?![A-Za-z]))\s*")
_ENDINGS = ("\\]", "\\)", "\\,", "\\;", "\\!", "$", ".", ",", ";")
_HARMLESS = re.compile(r"[A-Za-z][A-Za-z0-9 ,.'()∂ℓ-]{0,60}")
MOST = 12
"""The most sides of a chain of equations."""
_SCAN = re.compile(
    r":=|≔|←|\\(?:leftarrow|gets|coloneqq|colonequals|to)(?![A-Za-z])|[-+]=|[<>!]=|==?|\\[A-Za-z]+|\\.|[(){}\[\]]",
    re.DOTALL,
)
_SETS = {":=", "≔", "←", "\\leftarrow", "\\gets", "\\coloneqq", "\\colonequals", "\\to"}
_TIMES = re.compile(
    r"_\s*\{\s*(?:(?:\\(?:text|mathrm)\s*\{)?\s*(?:new|old|neu|alt|next)\s*\}?|[tk]\s*(?:\+\s*1)?)\s*\}|_(?:new|old|neu|alt|next)\b"
    r"|\^\s*\{\s*\(?\s*(?:new|old|[tk]\s*(?:\+\s*1)?)\s*\)?\s*\}|_[tk](?![A-Za-z0-9])"
)
_PLAIN = re.compile(
    r"\s*(?:(?P<d>d|∂|grad_?|g_?|gradient_?|J_|L_|E_|C_)(?P<by>[^\s'()]*)|(?P<of>[A-Za-zℓ]|Loss|loss|MSE|\\ell|\\mathcal\{L\})\s*(?:'|\^\{?\\prime\}?)"
    r"\s*(?:\((?P<at>[^()]{1,30})\))?)\s*"
)


@dataclass(frozen=True)
class Left:
    """What stands on the left.

    ``kind``: ``derivative`` (∂L/∂m), ``update`` (m := …), ``value`` (m = −0.7) or
    ``other``.  ``name``: which declared tensor it speaks of, None where none.
    ``places``: the letters or numbers below it.  ``text``: as typed.
    """

    kind: str
    text: str
    name: str | None = None
    by: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sides:
    """``left``: the left-hand side, if any.  ``start``, ``end``: where the answer stands in ``text``."""

    text: str
    start: int
    end: int
    left: Left | None
    sign: str = ""
    steps: int = 0


def sides(
    text: str, names: Collection[str], functions: Collection[str], sizes: Mapping[str, Extent]
) -> Sides:
    """An answer taken apart at '=', ':=' or '←'.  Raises ParseError for sides that are empty."""
    begin, end = _bounds(text)
    cuts = _cuts(text, begin, end)
    if not cuts:
        return Sides(text, begin, end, None)
    if len(cuts) > MOST:
        refuse(text, cuts[MOST][1], cuts[MOST][2], f"a chain of equations has at most {MOST} signs")
    sign, first_start, _ = cuts[0]
    start = cuts[-1][2]
    if not text[begin:first_start].strip(" &\t\n"):
        return Sides(text, start, end, None, sign, len(cuts) - 1)
    runs = Runs(names, functions, (), set())
    if not text[start:end].strip():
        refuse(text, start - 1, start, "nothing stands behind the sign")
    # m_new = m_old − …: the marks of time say nothing more.
    timeless = text
    if _TIMES.search(text, begin, first_start) and sign not in ("-=", "+="):
        timeless = _TIMES.sub(lambda m: " " * len(m[0]), text)
        sign = ":="
    left = _left(timeless, begin, first_start, names, functions, sizes, runs)
    if left.name is not None and left.kind == "value":
        updates = sign in _SETS or sign in ("-=", "+=") or _repeats(timeless, start, end, left.name, runs)
        left = Left("update", left.text, left.name, left.by, left.places) if updates else left
    elif left.kind == "other" and sign in _SETS:
        left = Left("update", left.text)
    return Sides(timeless if left.kind == "update" else text, start, end, left, sign, len(cuts) - 1)


def _bounds(text: str) -> tuple[int, int]:
    begin = 0
    while match := _WRAPPERS.match(text, begin):
        if match.end() == begin:
            break
        begin = match.end()
    rest = text.rstrip()
    while ending := next((e for e in _ENDINGS if rest.endswith(e)), ""):
        rest = rest[: -len(ending)].rstrip()
    return begin, max(begin, len(rest))


def _cuts(text: str, begin: int, end: int) -> list[tuple[str, int, int]]:
    depth, found = 0, []
    for match in _SCAN.finditer(text, begin, end):
        sign = match[0]
        if sign in ("(", "[", "{", "\\{") or sign == "\\begin":
            depth += 1
        elif sign in (")", "]", "}", "\\}") or sign == "\\end":
            depth -= 1
        elif depth == 0 and (sign in _SETS or sign in ("=", "==", "-=", "+=")):
            stop = match.end()
            found.append((sign, match.start(), stop))
    return found


def _left(
    text: str,
    start: int,
    end: int,
    names: Collection[str],
    functions: Collection[str],
    sizes: Any,
    runs: Runs,
) -> Left:
    shown = text[start:end].strip().rstrip("&").strip()
    stop = start + len(text[start:end].rstrip().rstrip("&"))
    refused: ParseError | None = None
    try:
        tokens = Handwritten(text, names, functions, sizes, start, stop).run()
    except ParseError as error:
        refused, tokens = error, []
    match [(t.kind, t.value) for t in tokens]:
        case [("DERIVATIVE", slope)]:
            return Left("derivative", shown, slope.name, slope.by, slope.places)
        case [("NAME", name)]:
            return Left("value", shown, name, shown)
        case [("NAME", name), ("PLACES", places)]:
            return Left("value", shown, name, shown, places.units)
    plain = _PLAIN.fullmatch(shown)
    if plain is None:
        if refused is not None and not _HARMLESS.fullmatch(shown):
            raise refused
        return Left("other", shown)
    by = plain["by"] if plain["d"] else plain["at"] or ""
    items = runs.items(by, 0) if by else []
    pieces = runs.split(items, False) if items and items[-1].end == len(by) else None
    match pieces:
        case [("NAME", name, _, _)]:
            return Left("derivative", shown, name, by)
        case [("NAME", name, _, _), ("PLACES", places, _, _)]:
            return Left("derivative", shown, name, by, places.units)
    return Left("derivative" if not by else "other", shown, None, by)


def _repeats(text: str, start: int, end: int, name: str, runs: Runs) -> bool:
    """Whether the right-hand side begins with the same name: m = m − …"""
    at = start
    while at < end and text[at] in " \t\n&":
        at += 1
    items = runs.items(text[:end], at)
    pieces = runs.split(items, False) if items else None
    if not pieces or pieces[0][:2] != ("NAME", name):
        return False
    rest = text[pieces[-1][3] : end].lstrip()
    return len(pieces) <= 2 and rest[:1] in ("-", "+", "−")


# -- update rules ---------------------------------------------------------------------------


def subtracted(
    tree: Any, name: str, sign: str, rates: Collection[str], stop: Callable[[str], Any]
) -> tuple[Any, str | None]:
    """The tree of what an update rule takes off ``name``, the rate set to 1, and the rate's name.

    Raises (through ``stop``) where the rule is none.
    """
    if sign in ("-=", "+="):
        terms = [("-" if sign == "-=" else "+", tree)]
    else:
        terms = _terms(tree)
        own = [k for k, (mark, term) in enumerate(terms) if mark == "+" and _is_name(term, name)]
        if not own or len(terms) < 2:
            stop(f"an update rule for {name} reads: {name} := {name} - (rate) (derivative)")
        del terms[own[0]]
    rate = next((r for _, t in terms for r in _names_in(t) if r in rates), None)
    if rate is not None:
        stripped = [_without(term, rate) for _, term in terms]
        if any(s is None for s in stripped):
            stop(f"the rate {rate} must be a factor of all that is taken off {name}")
        terms = [(mark, s) for (mark, _), s in zip(terms, stripped, strict=True)]
    return _joined([("+" if mark == "-" else "-", term) for mark, term in terms]), rate


def _terms(tree: Any) -> list[tuple[str, Any]]:
    if rule_of(tree) == "sum":
        marks = ["+", *("+" if t.type == "PLUS" else "-" for t in tree.children[1::2])]
        first = (
            _terms(tree.children[0]) if rule_of(tree.children[0]) == "negative" else [("+", tree.children[0])]
        )
        return [*first, *zip(marks[1:], tree.children[2::2], strict=True)]
    if rule_of(tree) == "negative":
        return [("-", tree.children[1])]
    return [("+", tree)]


def _is_name(node: Any, name: str) -> bool:
    if rule_of(node) == "indexed":
        node = node.children[0]
    return getattr(node, "type", "") == "NAME" and node.value == name


def _names_in(node: Any) -> list[str]:
    found, stack = [], [node]
    while stack:
        node = stack.pop()
        if getattr(node, "type", "") == "NAME":
            found.append(str(node.value))
        stack += [c for c in reversed(getattr(node, "children", ())) if c is not None]
    return found


def _without(node: Any, rate: str) -> Any:
    """The node with its one factor ``rate`` set to 1; None where it is no factor."""
    if getattr(node, "type", "") == "NAME":
        if node.value != rate:
            return None
        return type(node)("NUMBER", ONE, start_pos=node.start_pos, end_pos=node.end_pos)
    kind, children = rule_of(node), list(getattr(node, "children", ()))
    if kind in ("product", "scaled"):
        places = [
            k for k, c in enumerate(children) if k == 0 or getattr(children[k - 1], "type", "") != "OVER"
        ]
    elif kind in ("negative", "positive"):
        places = [1]
    elif kind == "fraction" or (kind == "group" and len(children) == 1):
        places = [0]
    else:
        return None
    for k in places:
        if getattr(children[k], "type", "") in ("TIMES", "OVER"):
            continue
        inner = _without(children[k], rate)
        if inner is not None:
            return type(node)(node.data, [*children[:k], inner, *children[k + 1 :]], node.meta)
    return None


def _joined(terms: list[tuple[str, Any]]) -> Any:
    """Terms with their signs as one tree."""
    sample = terms[0][1]
    while not isinstance(sample, str):
        sample = next(c for c in sample.children if c is not None)
    token = type(sample)

    def sign(mark: str) -> Any:
        kind = "PLUS" if mark == "+" else "MINUS"
        return token(kind, mark, start_pos=sample.start_pos, end_pos=sample.end_pos)  # type: ignore[call-arg]

    from lark import Tree

    def tree(name: str, children: list[Any]) -> Any:
        made = Tree(name, children)
        made.meta.start_pos, made.meta.end_pos = sample.start_pos, sample.end_pos  # type: ignore[attr-defined]
        return made

    mark, first = terms[0]
    head = first if mark == "+" else tree("negative", [sign("-"), first])
    if len(terms) == 1:
        return head
    return tree("sum", [head, *(part for mark, term in terms[1:] for part in (sign(mark), term))])


def tensors_named(names: Mapping[str, Tensor], role: str) -> list[str]:
    """The names of one role."""
    return [name for name, tensor in names.items() if tensor.role == role]
