"""How far a function without parentheses reaches: log p, sin 2x, log σ(z)."""

from __future__ import annotations

from collections import Counter

from .lexer import Token

_ATOMS = {"NUMBER", "NAME", "CONSTANT", "LETTER", "SYMBOL", "DERIVATIVE"}
_GROUPS = {
    "_OPEN": "_CLOSE",
    "_BRACE": "_UNBRACE",
    "_BAR": "_UNBAR",
    "_NORM": "_UNNORM",
    "_LIST": "_END",
    "_SELECT": "_END",
    "_CASES": "_FINISH",
    "_MATRIX": "_FINISH",
}
_DEEP = 20


def with_arguments(tokens: list[Token]) -> list[Token]:
    """The tokens with marks around what a function without parentheses is applied to."""
    begin: Counter[int] = Counter()
    end: Counter[int] = Counter()
    bare: set[int] = set()
    for k, token in enumerate(tokens):
        if token.kind == "FUNCTION":
            head = _head(tokens, k)
            stop = head if _kind(tokens, head) == "_OPEN" else _extent(tokens, head, 0)
            if stop > head:
                bare.add(k)
                begin[head] += 1
                end[stop] += 1
    found: list[Token] = []
    for k in range(len(tokens) + 1):
        place = tokens[k].start if k < len(tokens) else tokens[-1].end if tokens else 0
        found += [Token("_DONE", "", place, place)] * end[k] + [Token("_ARGUMENT", "", place, place)] * begin[
            k
        ]
        if k < len(tokens):
            token = tokens[k]
            found.append(Token("BARE", token.value, token.start, token.end) if k in bare else token)
    return found


def _kind(tokens: list[Token], at: int) -> str:
    return tokens[at].kind if at < len(tokens) else ""


def _head(tokens: list[Token], at: int) -> int:
    """Behind a function's name, its subscript and its power."""
    at += 1
    while _kind(tokens, at) in ("PLACES", "SUPERSCRIPT"):
        at += 1
    if _kind(tokens, at) == "POWER" and _kind(tokens, at + 1) == "NUMBER":
        at += 2
    return at


def _extent(tokens: list[Token], at: int, depth: int) -> int:
    """Where the argument that begins at ``at`` ends: factors without a sign between them, up to a bracket."""
    first = at + (_kind(tokens, at) == "MINUS")
    end = _unit(tokens, first, depth)
    if end == first:
        return at
    last = first
    while _kind(tokens, last) in _ATOMS:
        if _kind(tokens, last) == "NAME" and _kind(tokens, end) == "_OPEN" and end == last + 1:
            applied = _unit(tokens, end, depth)
            return applied if applied - end <= 4 else end
        if _kind(tokens, end) not in _ATOMS:
            break
        last, end = end, _unit(tokens, end, depth)
    return end


def _unit(tokens: list[Token], at: int, depth: int) -> int:
    """Behind one factor with its subscripts and powers; ``at`` itself where none stands."""
    kind, end = _kind(tokens, at), at
    if depth > _DEEP:
        return at
    if kind in _ATOMS:
        end = at + 1
    elif kind in _GROUPS:
        end = _behind(tokens, at)
    elif kind in ("_FRACTION", "_NTH_ROOT"):
        middle = _behind(tokens, at + 1)
        end = _behind(tokens, middle) if middle > at + 1 else at
    elif kind == "FUNCTION":
        head = _head(tokens, at)
        end = _behind(tokens, head) if _kind(tokens, head) == "_OPEN" else _extent(tokens, head, depth + 1)
    elif kind == "_ROOT":
        end = _unit(tokens, at + 1, depth + 1)
    if end <= at:
        return at
    while True:
        after = _kind(tokens, end)
        if after in ("PLACES", "SUPERSCRIPT", "_TRANSPOSE"):
            end += 1
        elif after == "POWER":
            start = end + 1 + (_kind(tokens, end + 1) == "MINUS")
            stop = _unit(tokens, start, depth + 1)
            if stop == start:
                return end
            end = stop
        else:
            return end


def _behind(tokens: list[Token], at: int) -> int:
    """Behind a bracketed group; ``at`` itself where none begins."""
    if _kind(tokens, at) not in _GROUPS:
        return at
    depth = 0
    for k in range(at, len(tokens)):
        depth += (tokens[k].kind in _GROUPS) - (tokens[k].kind in _GROUPS.values())
        if depth == 0:
            return k + 1
    return at
