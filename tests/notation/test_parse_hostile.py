"""Text from strangers: refused fast with a typed error, and never run."""

import sys
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symgrad as sg
from symgrad.errors import ParseError, SymgradError
from symgrad.notation.parse import free_names

x, y = sg.data("x y")
m, b = sg.params("m b")
W = sg.param("W", (3, 4))
NAMES = [x, y, m, b, W]
WATCHED = (
    "exec",
    "compile",
    "import",
    "open",
    "os.",
    "subprocess.",
    "socket.",
    "shutil.",
    "ctypes.",
    "sys._getframe",
)
_seen: list[str] = []
_watching = False


def _hook(event, args):
    if _watching and event.startswith(WATCHED):
        _seen.append(f"{event}{args!r}"[:200])


sys.addaudithook(_hook)


@contextmanager
def nothing_runs():
    """Fails when anything in the block compiles, runs, imports or opens something."""
    global _watching  # noqa: PLW0603
    _seen.clear()
    _watching = True
    try:
        yield
    finally:
        _watching = False
    assert _seen == []


@pytest.fixture(autouse=True, scope="module")
def warm():
    """What loads at first use has loaded."""
    sg.parse("where(x > sqrt(2)*sin(1), mean(y), 1)**2 + 0.5", NAMES)


def test_the_watch_sees():
    with pytest.raises(AssertionError, match="compile"), nothing_runs():
        compile("1 + 1", "here", "eval")


INJECTIONS = [
    "__import__('os').system('true')",
    '__import__("os")',
    "exec('1')",
    "eval(x)",
    "open('/etc/passwd')",
    "().__class__.__bases__[0].__subclasses__()",
    "x.__class__",
    "x.variable",
    "x._sympy_()",
    "x.at(m=1)",
    "W.T.__init__",
    "__builtins__",
    "__name__",
    "lambda: 0",
    "lambda x: x",
    "[x for x in y]",
    "(y := x)",
    "x; import os",
    "import os",
    "f'{x}'",
    "{x: y}",
    "x if y else b",
    "`id`",
    "$(id)",
    "x # y",
    "x\\\ny",
    "@x",
    "*x",
    "**x",
    "print(x)",
    "globals()",
    "getattr(x, y)",
    "type(x)",
    "parse(x)",
    "sympify(x)",
    "S(x)",
    "Symbol(x)",
    "Function(x)",
    "mean.__globals__",
    "mean(x).__class__",
    "sum(W, axis=__import__)",
    "sum(W, __class__=1)",
    "norm(x, functions=1)",
    "elementwise(x)",
    "reduce_own(x)",
    "__all__",
    "%s",
    "{0.__class__}",
    "\\input{/etc/passwd}",
    "<script>",
    "'; DROP TABLE x; --",
]

BOMBS = [
    "9**9**9**9",
    "9^9^9^9",
    "9⁹⁹⁹⁹⁹⁹",
    "x**10**9",
    "((2**999)**999)**999",
    "2**-10**9",
    "(1/3)**10**9",
    "1e400000000",
    "1e-400000000",
    "9" * 5000,
    "x**" + "9" * 300,
    "exp(exp(exp(exp(9))))",
    "exp(10**9*log(2))",
    "lgamma(10**9)",
    "lgamma(m - m + 10**9)",
    "cosh(10**300)",
    "norm(2**999, 999)",
    "W[10**30]",
    "sum(W, axis=10**30)",
    "eye(10**9 + 1/2)[0]",
    "maximum(sqrt(5 + 2*sqrt(6)) - sqrt(2), sqrt(3))",
    "relu(sqrt(5 + 2*sqrt(6)) - sqrt(2) - sqrt(3))",
    "where(sqrt(5 + 2*sqrt(6)) > sqrt(2) + sqrt(3), 1, 0)",
    "(" * 100_000,
    "(" * 4_000,
    ")" * 4_000,
    "[" * 4_000,
    "|" * 4_000,
    "(" * 40 + "x" + ")" * 40,
    "-" * 4_000 + "x",
    "√" * 1_000 + "x",
    "not " * 1_000 + "x",
    "x" + "'" * 1_000,
    "x" + "²" * 1_000,
    "x^" * 1_000 + "x",
    "2**" * 1_000 + "2",
    "exp(" * 1_000 + "x" + ")" * 1_000,
    "x+" * 4_000 + "x",
    "x" * 9_000,
    "xmb" * 3_000,
    "m" * 59 + "q",
    "x " * 4_000,
    "x" * 1_000_000,
    "1" * 1_000_000,
    " " * 1_000_000,
    "\n" * 1_000_000,
    "," * 9_000,
    "x<" * 4_000 + "x",
]

CHARACTERS = {
    "": "the formula is empty",
    "   ": "the formula is empty",
    "x\u0000y": "invisible character",
    "x\u0007": "invisible character",
    "x\u001b[31my": "invisible character",
    "x\u007f": "invisible character",
    "x\u00ad": "invisible character soft hyphen",
    "x\u200by": "invisible character zero width space",
    "x\u202ey": "invisible character right-to-left override",
    "x\u2066y": "invisible character left-to-right isolate",
    "\ufeffx": "invisible character zero width no-break space",
    "x\ue000": "invisible character",
    "\ud800": "invisible character",
    "\u0430x": "cyrillic small letter a",
    "х": "cyrillic small letter ha",
    "x\u0301": "combining acute accent",
    "\uff58": "fullwidth latin small letter x is refused; type 'x'",
    "𝑥": "mathematical italic small x is refused; type 'x'",
    "x\uff0by": "fullwidth plus sign is refused; type '\\+'",
    "５": "fullwidth digit five is refused; type '5'",
    "٣": "arabic-indic digit three",
    "x – y": "en dash is refused; type '-'",
    "א": "hebrew letter alef",
    "🙂": "slightly smiling face",
    "ﬁ": "latin small ligature fi is refused; type 'fi'",
    "x\u2028y": "line separator",
}


@pytest.mark.parametrize("text", INJECTIONS + BOMBS, ids=lambda text: repr(text[:40]))
def test_refused_and_not_run(text):
    with nothing_runs(), pytest.raises(SymgradError) as caught:
        sg.parse(text, NAMES)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("text", INJECTIONS + BOMBS, ids=lambda text: repr(text[:40]))
def test_names_of_a_hostile_text_are_names(text):
    with nothing_runs():
        try:
            found = free_names(text)
        except ParseError:
            return
    assert all(name.isidentifier() and not name.startswith("_") for name in found)


@pytest.mark.parametrize(("text", "message"), CHARACTERS.items(), ids=map(repr, CHARACTERS))
def test_characters(text, message):
    with nothing_runs(), pytest.raises(ParseError, match=message) as caught:
        sg.parse(text, NAMES)
    shown = str(caught.value).replace("\n", "")
    # Nothing reaches a terminal that could move its cursor or turn its text around.
    assert shown.isprintable()
    assert not set(shown) & set("\u0430\u200b\u202e\u2066\ufeff\u001b") - {"\u0430"}


@pytest.mark.parametrize("given_", [None, 5, b"x", ["x"], x, object()])
def test_what_is_no_text(given_):
    with pytest.raises(ParseError, match="a formula is text"):
        sg.parse(given_, NAMES)


def test_names_are_checked_too():
    for name in ("__import__", "a b", "x.y", "", "1x", "é", "n"):
        with pytest.raises(SymgradError):
            sg.parse("1", {name: m})


PIECES = [
    *"mbxyW012.5e+-*/^()[]|,:<>=&~'@ ",
    *(
        "**",
        "==",
        ">=",
        "²",
        "⁻¹",
        "√",
        "½",
        "·",
        "×",
        "−",
        "λ",
        ".T",
        "None",
        " and ",
        " or ",
        " not ",
        "where(",
    ),
    *(
        "mean(",
        "total(",
        "sum(",
        "axis=",
        "sqrt(",
        "sin(",
        "exp(",
        "max(",
        "log(",
        "norm(",
        "softmax(",
        "eye(",
        "pi",
    ),
    *("__class__", "lambda", "if", "𝑥", "\u202e", "#", "\n", ";", "9999", "1e9", "inv(", "lgamma("),
]


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_anything_gives_a_tensor_or_a_typed_error(text):
    with nothing_runs():
        try:
            read = sg.parse(text, NAMES)
        except SymgradError as error:
            assert str(error)  # noqa: PT017
        else:
            assert isinstance(read, sg.Tensor)


SOUND = [
    "mean((y - (m*x + b))**2)",
    "where(x > 0 and y < 1, |x|², √(m + 1))/3",
    "sum(W[1:, 0]**2) + 2x(y - m)",
]


@settings(max_examples=300)
@given(st.sampled_from(SOUND), st.data())
def test_mutated_formulas(text, choose):
    for _ in range(choose.draw(st.integers(1, 3))):
        place = choose.draw(st.integers(0, len(text)))
        length = choose.draw(st.integers(0, 3))
        new = choose.draw(st.sampled_from(["", *PIECES]) | st.text(max_size=2))
        text = text[:place] + new + text[place + length :]
    with nothing_runs():
        try:
            assert isinstance(sg.parse(text, NAMES), sg.Tensor)
        except SymgradError as error:
            assert str(error)  # noqa: PT017
