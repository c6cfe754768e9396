"""No text becomes code: what would run a string is called nowhere in the package."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# sympy's string parsers call eval; `S("…")` is sympify.
BUILTINS = {"eval", "exec", "compile", "__import__"}
PARSERS = {"sympify", "parse_expr", "parse_latex", "lambdify", "S", "implemented_function"}
# It turns ints (of indices and of what is stored in an atom) into sympy's, never a string.
ALLOWED = {("ir/variable.py", "sympify")}


def called(source: str) -> set[str]:
    """The forbidden names that ``source`` calls, or gives another name by importing or passing it on."""
    found = set()
    functions = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            functions.add(id(node.func))
            match node.func:
                case ast.Name(id=name) if name in BUILTINS | PARSERS:
                    found.add(name)
                case ast.Attribute(attr=name) if name in PARSERS:
                    found.add(name)
                case ast.Attribute(value=ast.Name(id="builtins"), attr=name) if name in BUILTINS:
                    found.add(name)
        elif isinstance(node, ast.ImportFrom):
            renamed = PARSERS - {"S"} | {
                alias.name for alias in node.names if alias.asname and alias.name == "S"
            }
            found |= {alias.name for alias in node.names} & renamed
            if node.module == "builtins":
                found |= {alias.name for alias in node.names} & BUILTINS
        elif (
            isinstance(node, ast.Name)
            and id(node) not in functions
            and node.id in (BUILTINS | PARSERS) - {"S"}
        ):
            found.add(node.id)
    return found


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("eval(text)", {"eval"}),
        ("builtins.exec(text)", {"exec"}),
        ("sympy.sympify(text)", {"sympify"}),
        ("from sympy import sympify as quietly", {"sympify"}),
        ("from sympy import S as quietly", {"S"}),
        ("S(text)", {"S"}),
        ("list(map(eval, texts))", {"eval"}),
        ("sympy.parsing.sympy_parser.parse_expr(text)", {"parse_expr"}),
        ("f = sympy.lambdify(x, y)", {"lambdify"}),
        ("re.compile(p); S.Half; loader.exec_module(m); frame.eval", set()),
    ],
)
def test_finds_what_runs_text(source, names):
    assert called(source) == names


def test_package_runs_no_text():
    package = ROOT / "symgrad"
    found = {
        (path.relative_to(package).as_posix(), name)
        for path in package.rglob("*.py")
        for name in called(path.read_text(encoding="utf-8"))
    }
    assert found <= ALLOWED
