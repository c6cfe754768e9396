"""Formulas as text: `parse` reads what a person types and what `str(tensor)` writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any, NoReturn

from ..errors import ParseError
from ..ir.index import SAMPLES, Extent
from .excerpt import quoted, refuse
from .formula import Formula
from .lexer import OPERAND_ENDS, Lexer
from .lexer import Token as Word
from .reader import Reader
from .record import as_tensor
from .symbols import check_name
from .tensor import Tensor
from .vocabulary import Functions, vocabulary


def parse(
    text: str, names: Mapping[str, Any] | Iterable[Tensor] = (), *, functions: Functions | None = None
) -> Tensor:
    """The tensor that a formula stands for; the formula is data, no part of it is run as code.

    ``names``: tensors by name, or the declared tensors themselves; nothing else
    can stand in the formula, besides numbers (read exactly as typed), ``pi``,
    ``e`` and ``n``, the number of samples.  ``functions``: further functions by
    name.  Products need no sign where the names are declared (``5mx``,
    ``2x(y - t)``), and Unicode is read: −, ·, ×, x², ½, √x, λ for ``lambda``, W₁
    for ``W1``.

    Raises ParseError, with the place, for what cannot be read; for what has no
    meaning the error of the operation (ShapeError, NotationError), with the place.

    >>> import symgrad as sg
    >>> m, b = sg.params("m b")
    >>> sg.parse("5m + 3b − 13", [m, b]) == 5*m + 3*b - 13
    True
    >>> sg.parse("5m + 3c", [m, b])
    Traceback (most recent call last):
        ...
    symgrad.errors.ParseError: 'c' is not declared; declared are: m, b
      5m + 3c
            ^
    """
    known, called = _declared(names), vocabulary(functions)
    extents = {e for tensor in known.values() for e in tensor.variable.shape if isinstance(e, Extent)}
    sizes = {extent.name: extent for extent in (*extents, SAMPLES)}
    return Reader(text, known, called, sizes).formula(_tree(text, known, called, sizes))


def free_names(
    text: str, names: Iterable[str] = (), *, functions: Functions | None = None
) -> dict[str, set[str]]:
    """The names in a formula, in order: each with the functions in whose arguments it stands.

    ``names``: those known before, against which runs of letters are split; a word
    that they do not explain is a new name.  Raises ParseError.

    >>> from symgrad.notation.parse import free_names
    >>> free_names("mean((y - m x)^2) + k", ["m"])
    {'y': {'mean'}, 'm': {'mean'}, 'x': {'mean'}, 'k': set()}
    """
    found: dict[str, set[str]] = {}
    tree = _tree(text, list(names), vocabulary(functions), [SAMPLES.name], infer=True)
    stack: list[tuple[Any, frozenset[str]]] = [(tree, frozenset())]
    while stack:
        node, inside = stack.pop()
        if isinstance(node, str):
            if node.type == "NAME":  # type: ignore[attr-defined]
                found.setdefault(node.value, set()).update(inside)  # type: ignore[attr-defined]
        elif node is not None:
            if node.data == "call":
                inside = inside | {node.children[0].value}
            stack.extend((child, inside) for child in reversed(node.children))
    return found


def _declared(names: Mapping[str, Any] | Iterable[Tensor]) -> dict[str, Tensor]:
    if isinstance(names, Formula):
        names = [names]  # type: ignore[list-item]
    pairs = names.items() if isinstance(names, Mapping) else [(tensor.name, tensor) for tensor in names]
    return {check_name(name): as_tensor(value) for name, value in pairs}


def _tree(
    text: Any, names: Iterable[str], functions: Functions, sizes: Iterable[str], infer: bool = False
) -> Any:
    if not isinstance(text, str):
        raise ParseError(f"a formula is text, such as '5*m + 3'; got {type(text).__name__}")
    return tree_of(text, Lexer(text, names, functions, sizes, infer).run())


def tree_of(text: str, tokens: list[Word]) -> Any:
    """The tree of a formula's tokens, by the one grammar.  Raises ParseError, with the place."""
    if not tokens:
        raise ParseError("the formula is empty; write for example 5*m + 3")
    from lark import Token
    from lark.exceptions import UnexpectedToken

    try:
        return _grammar().parse([Token(t.kind, t.value, start_pos=t.start, end_pos=t.end) for t in tokens])  # type: ignore[arg-type]
    except UnexpectedToken as error:
        _unexpected(text, tokens, error.token)


def _unexpected(text: str, tokens: list[Word], got: Any) -> NoReturn:
    if got.type == "$END":
        end = tokens[-1].end
        refuse(text, end, end, "the formula ends where a number, a name or '(' is expected")
    before = [t.kind for t in tokens if t.start < got.start_pos]
    wanted = "an operator" if before and before[-1] in OPERAND_ENDS else "a number, a name or '('"
    found = text[got.start_pos : got.end_pos]
    hint = "; a decimal number has a point" if found == "," else ""
    refuse(text, got.start_pos, got.end_pos, f"expected {wanted}, got {quoted(found)}{hint}")


@cache
def _grammar() -> Any:
    """The LALR parser of grammar.lark, fed with the tokens of our own lexer."""
    from lark import Lark
    from lark.lexer import Lexer as LarkLexer

    class Tokens(LarkLexer):
        def __init__(self, lexer_conf: Any):
            pass

        def lex(self, data: Any) -> Any:  # type: ignore[override]
            return iter(data)

    grammar = resources.files("symgrad.notation").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=Tokens, propagate_positions=True)
