"""Answers from strangers: refused fast with a typed error, never run, and never more than a typed error."""

import random
import sys
from contextlib import contextmanager

import pytest

import symgrad as sg
from symgrad.answers.reading import Reading, read_answer
from symgrad.errors import SymgradError
from tests.answers.readings import cases

x, y = sg.data("x y")
m, b = sg.params("m b")
W = sg.param("W", (3, 4))
LOSS = sg.mse(y, m * x + b) + (W**2).sum()
OF = sg.grad(LOSS, m)
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


def read(text):
    return read_answer(text, OF, wrt=m, loss=LOSS, names=[W])


@pytest.fixture(autouse=True, scope="module")
def warm():
    """What loads at first use has loaded."""
    for text in (
        r"\frac12\sum_i x_i \sqrt{2}\sin(1) + [m > 0]\|m\| + m^{0.5}",
        "m := m - λ(5m)",
        "W^{-1} m",
        "norm(W, 1)",
    ):
        try:
            read(text)
        except SymgradError:
            continue


def test_the_watch_sees():
    with pytest.raises(AssertionError, match="compile"), nothing_runs():
        compile("1 + 1", "here", "eval")


HOSTILE = [
    "__import__('os').system('true')",
    "exec('1')",
    "eval(x)",
    "open('/etc/passwd')",
    "().__class__.__bases__[0].__subclasses__()",
    "x.__class__",
    "x.variable",
    "m.__init__",
    "W.T.__init__",
    "__builtins__",
    "__name__ = 5",
    "lambda: 0",
    "(y := x)",
    "x; import os",
    "import os",
    "`id`",
    "$(id)",
    "print(x)",
    "globals()",
    "getattr(x, y)",
    "type(x)",
    "sympify(x)",
    "S(x)",
    "Symbol('x')",
    "mean.__globals__",
    "sum(W, axis=__import__)",
    "norm(x, functions=1)",
    "np.load('x')",
    "np.__dict__",
    "math.__loader__",
    "%s",
    "{0.__class__}",
    r"\input{/etc/passwd}",
    r"\include{x}",
    r"\write18{rm -rf /}",
    r"\immediate\write18{id}",
    r"\def\a{\a\a}\a",
    r"\newcommand{\x}{\x\x}\x",
    r"\let\x=\input",
    r"\catcode`\@=11",
    r"\csname input\endcsname",
    r"\expandafter\x\csname y\endcsname",
    r"\usepackage{shellesc}",
    r"\directlua{os.execute('id')}",
    r"\openin5=/etc/passwd",
    r"\read16 to \x",
    r"\loop\iftrue\repeat",
    r"\begin{verbatim}x\end{verbatim}",
    r"\begin{filecontents}{x}y\end{filecontents}",
    r"\href{javascript:alert(1)}{x}",
    r"\url{x}",
    r"\includegraphics{x}",
    r"\verb|x|",
    r"\text{\input{x}}",
    r"\mathrm{\write18{x}}",
    r"\operatorname{__import__}(x)",
    r"\operatorname{eval}(x)",
    r"\mathbf{\def\x{1}}",
    r"x_{\input{y}}",
    r"x^{\write{y}}",
    r"\sum_{\input{x}}^n x",
    r"\frac{\partial \input}{\partial m} = 5",
    r"\frac{\def}{m}",
    "<script>alert(1)</script>",
    "'; DROP TABLE x; --",
    "W[__import__('os')]",
    "W[10**30]",
    "x_{99999999}",
    "x_{__class__}",
    r"m_{\_\_class\_\_}",
    "9**9**9**9",
    "9^{9^{9^{9}}}",
    "9⁹⁹⁹⁹⁹⁹",
    "((2^999)^999)^999",
    "m^{10^9}",
    r"(\frac13)^{10^9}",
    "1e400000000",
    "9" * 3000,
    "exp(exp(exp(exp(9))))",
    r"\exp(10^9\log 2)",
    "lgamma(10^9)",
    r"\sqrt[999]{2}^{999999}",
    r"\sum_{i=1}^{999999} i",
    r"\sum_{i=1}^{99}\sum_{j=1}^{99}\sum_{k=1}^{99} i j k",
    r"\prod_{i=1}^{100} 9^{999}",
    r"\prod_{i=1}^{100}\prod_{j=1}^{100} (i + j)^{100}",
    "eye(10^9)[0]",
    "norm(2^999, 999)",
    r"\sum_{a}\sum_{b}\sum_{c} x_a x_b x_c y_a",
    "(" * 100_000,
    "(" * 3_900,
    ")" * 3_900,
    "{" * 3_900,
    "[" * 3_900,
    "|" * 3_900,
    "(" * 60 + "m" + ")" * 60,
    "{" * 60 + "m" + "}" * 60,
    r"\frac{1}{" * 300 + "m" + "}" * 300,
    r"\mathbf{" * 300 + "m" + "}" * 300,
    r"\hat{" * 300 + "m" + "}" * 300,
    r"\sqrt{" * 300 + "m" + "}" * 300,
    r"\left(" * 300 + "m" + r"\right)" * 300,
    r"\log" * 900 + " m",
    r"\sin " * 700 + "m",
    "-" * 3_000 + "m",
    "√" * 900 + "m",
    "m" + "'" * 900,
    "m^" * 900 + "m",
    "m_" * 900 + "m",
    "m_{" * 900 + "m" + "}" * 900,
    "x_i" * 1_300,
    "m+" * 1_999 + "m",
    "m" * 3_990,
    "mbx" * 1_300,
    "m " * 1_990,
    "m" * 1_000_000,
    "\\" * 3_990,
    r"\frac" * 700,
    r"\sum_i " * 400 + "x_i",
    r"\begin{bmatrix}" * 200,
    r"\begin{cases} m & m > 0 \\" * 60,
    "=" * 3_000,
    "m=" * 1_900 + "m",
    " " * 1_000_000,
    "\n" * 3_900 + "q",
    "," * 3_900,
    "m<" * 1_900 + "m",
    "$" * 3_900,
    "x\u0000y",
    "x\u001b[31m",
    "x\u200by",
    "x\u202ey",
    "x\u2066y",
    "\ufeffx",
    "\ud800",
    "\u0430x",
    "х + 1",
    "x\u0301",
    "\uff58",
    "𝑥",
    "x\uff0by",
    "５",
    "٣",
    "x – y",
    "א",
    "🙂",
    "ﬁ",
    "x\u2028y",
    "x_{\u202e}",
    r"\text{\u0430}",
    "\\mathbf{\u0430}",
    r"\frac{\partial L}{\partial а} + 1",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:40]))
def test_refused_and_not_run(text):
    with nothing_runs(), pytest.raises(SymgradError) as caught:
        read(text)
    shown = str(caught.value)
    assert len(shown) < 600
    assert shown.replace("\n", "").isprintable()


PIECES = [
    *"mbxyWie012.5+-*/^()[]{}|,_=<&'\\ $",
    "**",
    ":=",
    "==",
    "²",
    "⁻¹",
    "√",
    "½",
    "·",
    "×",
    "−",
    "λ",
    ".T",
    "Σᵢ",
    "ᵢ",
    "₁",
    "ŷ",
    "∂",
    "σ(",
    "‖",
    "ᵀ",
    "∑",
    r"\frac{",
    r"\frac12",
    r"\sum_{i=1}^{n}",
    r"\sum_i ",
    r"\left(",
    r"\right)",
    r"\cdot ",
    r"^\top ",
    r"^{-1}",
    r"^{(i)}",
    "_i",
    "_{ij}",
    "_1",
    r"\hat{y}",
    r"\bar{x}",
    r"\mathbf{W}",
    r"\sigma(",
    r"\log ",
    r"\max(0,",
    r"\begin{cases}",
    r"\\",
    " & ",
    r"\end{cases}",
    r"\begin{bmatrix}",
    r"\end{bmatrix}",
    r"\text{if }",
    r"\mathbb{1}[",
    r"\lVert ",
    r"\rVert",
    r"\|",
    r"\partial ",
    r"\nabla_m ",
    r"\lambda ",
    "e^{",
    "sum_i ",
    "mean(",
    "where(",
    "inv(",
    "softmax(",
    "axis=",
    "W[0]",
    "W[:, ",
    "X'",
    "np.",
    "if",
    "else",
    "9999",
    "1e9",
    "__class__",
    "𝑥",
    "\u202e",
    r"\input{",
    r"\def",
]


def mutated(rng, text):
    """The text with a few pieces cut out, put in, swapped or doubled."""
    for _ in range(rng.randint(1, 4)):
        place, length = rng.randint(0, len(text)), rng.choice((0, 0, 1, 1, 2, 5))
        new = rng.choice(("", rng.choice(PIECES), rng.choice(PIECES), text[place : place + 6] * 2))
        text = text[:place] + new + text[place + length :]
    return text


def fuzz(count, seed):
    rng = random.Random(seed)
    sound = cases()
    read_so_far = 0
    for _ in range(count):
        case = rng.choice(sound)
        text = mutated(rng, case.text)
        with nothing_runs():
            try:
                reading = read_answer(text, case.of, **case.more)
            except SymgradError as error:
                assert str(error), text  # noqa: PT017
            except Exception as error:
                raise AssertionError(f"{text!r} gave {type(error).__name__}: {error}") from error
            else:
                assert isinstance(reading, Reading)
                read_so_far += 1
                assert reading.latex
    return read_so_far


def test_mutated_answers():
    assert fuzz(2_000, 1) > 100


@pytest.mark.slow
def test_many_mutated_answers():
    assert fuzz(20_000, 2) > 1_000
