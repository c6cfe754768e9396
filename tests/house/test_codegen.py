"""Generated code is written by templates: Python spells expressions and names, never a statement."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A line of a string that is a statement of Python or a tag of Jinja; `\0` is where a value is formatted in.
STATEMENT = re.compile(
    r"""^\s*(?:
        (?:for\b.+\bin\b|while\b|if\b|elif\b|else\b|with\b|def\b|class\b).*:    # opens a block
      | (?:return|import|from\s+\S+\s+import)\s+\S.*
      | [\w\0.]+(?:\[[^\]]*\])?(?:\s*,\s*[\w\0.]+)*\s*(?:[-+*/@%&|^]|//|\*\*)?=\s*[^=\s].*    # assigns
      | .*\{%.*
    )\s*$""",
    re.VERBOSE | re.MULTILINE,
)


def strings(tree: ast.AST):
    """Every string of a module with its line, f-strings joined, docstrings and bare strings left out."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in inside | bare:
            continue
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(p.value if isinstance(p, ast.Constant) else "\0" for p in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def spelled(source: str) -> list[tuple[int, str]]:
    """The statements of generated code that the strings of ``source`` spell."""
    return [(line, text) for line, text in strings(ast.parse(source)) if STATEMENT.search(text)]


@pytest.mark.parametrize(
    "source",
    [
        'out.append(f"for {i} in range({n}):")',
        'code = "x = 1\\ny = 2\\n"',
        'emit(f"{target}[{i}] += {value}")',
        'emit(f"{a}, {b} = {pair}")',
        'emit("    while True:")',
        'emit(f"if {condition}:")',
        'emit(f"return {value}")',
        'Template("{% for i in x %}")',
    ],
)
def test_finds_a_spelled_statement(source):
    assert spelled(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""Docstring:\n\nfor i in x:\n    y = 1\n"""',
        'f"{a} + {b}*{c}"',
        'f"({a} <= {b})"',
        'f"{a} == {b}"',
        'raise ValueError(f"no rule for {x} in the list of functions: register one")',
        'f"math.exp({x})"',
    ],
)
def test_lets_expressions_and_messages_pass(source):
    assert spelled(source) == []


def test_no_statement_of_generated_code_in_python():
    found = {
        (path.relative_to(ROOT).as_posix(), *where)
        for path in (ROOT / "symgrad" / "kernels").rglob("*.py")
        for where in spelled(path.read_text(encoding="utf-8"))
    }
    assert found == set()
