"""What a person reads who typed something wrong: what it is, what to do, and a caret below the place."""

import pytest

import symgrad as sg
from symgrad.errors import DeclarationError, NotationError, ParseError, ShapeError

x, y = sg.data("x y")
m, b, slope = sg.params("m b slope")
e1 = sg.param("e1")
W, v = sg.param("W", (3, 4)), sg.param("v", 4)
NAMES = [x, y, m, b, slope, W, v]

MISTAKES = [
    # Names.
    ("5m + 3q", "'q' is not declared; declared are: m, b\n  5m + 3q\n        ^"),
    ("Slope*x", "'Slope' is not declared; did you mean 'slope'?\n  Slope*x\n  ^^^^^"),
    ("slop*x + b", "'slop' is not declared; did you mean 'slope'?\n  slop*x + b\n  ^^^^"),
    ("mq + b", "'mq' is not declared; for a product write *\n  mq + b\n  ^^"),
    ("sinx", "'sinx' is not declared; to apply a function write sin(…)\n  sinx\n  ^^^^"),
    ("m x2", "'x2' is not declared; did you mean 'x'?\n  m x2\n    ^^"),
    ("f(x)", "'f' is no known function and no declared name; for a product write *\n  f(x)\n  ^"),
    ("maen(x)", "'maen' is no known function and no declared name; did you mean 'mean'?\n  maen(x)\n  ^^^^"),
    (
        "2 sin x",
        "'sin' is a function: write what it is applied to in parentheses, sin(…)\n  2 sin x\n    ^^^",
    ),
    # What can be read in two ways.
    (
        "1/2x",
        "'1/2x' can be read in two ways; write parentheses around the quotient or its divisor\n"
        "  1/2x\n"
        "     ^",
    ),
    (
        "y/m x",
        "'y/m x' can be read in two ways; write parentheses around the quotient or its divisor\n"
        "  y/m x\n"
        "      ^",
    ),
    (
        "√x²",
        "is the root of the power meant, or the power of the root? write parentheses\n  √x²\n  ^^^",
    ),
    ("sin⁻¹(x)", "the inverse function or 1/sin(…)? write the one that is meant\n  sin⁻¹(x)\n     ^^"),
    ("x 2", "a number does not stand behind a factor without a sign; write * or **\n  x 2\n    ^"),
    ("v v", "which product of shapes (4,) and (4,)? write * for each entry, or @\n  v v\n    ^"),
    ("v × v", "which product of shapes (4,) and (4,)? write * for each entry, or @\n  v × v\n    ^"),
    (
        "W²",
        "of a matrix, write A**k for each entry, A @ A for the product, inv(A) for the inverse\n  W²\n  ^^",
    ),
    # Signs.
    ("m +", "the formula ends where a number, a name or '(' is expected\n  m +\n     ^"),
    ("m * / b", "expected a number, a name or '(', got '/'\n  m * / b\n      ^"),
    ("mean()", "expected a number, a name or '(', got ')'\n  mean()\n       ^"),
    ("3,5 m", "expected an operator, got ','; a decimal number has a point\n  3,5 m\n   ^"),
    ("(3,5) m", "a comma does not stand here; a decimal number has a point\n  (3,5) m\n  ^^^^^"),
    ("(m + b", "'(' is never closed\n  (m + b\n  ^"),
    ("m + b)", "')' closes nothing\n  m + b)\n       ^"),
    ("(m + b]", "']' cannot close the '(' that is open\n  (m + b]\n        ^"),
    ("|m + b", "'|' is never closed\n  |m + b\n  ^"),
    (
        "y = m x",
        "'=' does not stand in a formula: give its right-hand side alone (to compare, write ==)\n"
        "  y = m x\n"
        "    ^",
    ),
    (
        "x.T2",
        "'.' is only a decimal point, or .T for the transpose: nothing else is looked up in a formula"
        "\n  x.T2\n   ^",
    ),
    ("'x'", "\"'\" means a transpose, and nothing stands before it; a formula holds no quotes\n  'x'\n  ^"),
    ("m ? b", "'?' has no meaning in a formula\n  m ? b\n    ^"),
    ("_x", "a name begins with a letter, not with '_'\n  _x\n  ^"),
    ("m – b", "the character en dash is refused; type '-'\n  m – b\n    ^"),
    # Conditions.
    ("x > 0", "a comparison stands only inside where(condition, a, b)\n  x > 0\n  ^^^^^"),
    ("m(x > 0)", "a comparison stands only inside where(condition, a, b)\n  m(x > 0)\n   ^^^^^^^"),
    ("where(x, 1, 0)", "expected a comparison, such as x > 0\n  where(x, 1, 0)\n        ^"),
    (
        "where(x > 0, 1)",
        "where takes a condition and two values: where(x > 0, x, 0)\n  where(x > 0, 1)\n  ^^^^^^^^^^^^^^^",
    ),
    # Arguments.
    ("exp(x, y)", "exp takes (x)\n  exp(x, y)\n  ^^^^^^^^^"),
    ("sum(W, over=1)", "sum takes (x, axis=None)\n  sum(W, over=1)\n  ^^^^^^^^^^^^^^"),
    ("sum(W, axis=x)", "expected a whole number\n  sum(W, axis=x)\n              ^"),
    (
        "sum(W, axis=1, axis=0)",
        "one argument is given twice\n  sum(W, axis=1, axis=0)\n  ^^^^^^^^^^^^^^^^^^^^^^",
    ),
    ("W[1/2]", "expected a whole number\n  W[1/2]\n    ^^^"),
    ("W[0:1:2]", "expected an operator, got ':'\n  W[0:1:2]\n       ^"),
    # Numbers.
    ("m/0", "division by zero\n  m/0\n   ^"),
    ("0^-1", "division by zero\n  0^-1\n  ^^^^"),
    (
        "2 + log(-1)",
        "this is not a real number: it divides by zero, or leaves a function's domain\n"
        "  2 + log(-1)\n"
        "      ^^^^^^^",
    ),
    ("x**1001", "an exponent may be at most 1,000 in size\n  x**1001\n  ^^^^^^^"),
    ("2^999^2", "an exponent may be at most 1,000 in size\n  2^999^2\n  ^^^^^^^"),
    (
        "1e999",
        "a number has at most 400 digits, and a power of ten goes up to 400\n  1e999\n  ^^^^^",
    ),
    (
        "lgamma(10**6)",
        "lgamma of a number larger than 1,000 is not computed\n  lgamma(10**6)\n  ^^^^^^^^^^^^^",
    ),
    # The line of several, and a long one cut to the screen.
    ("m b\n + b\n + q", "'q' is not declared; declared are: m, b\n   + q\n     ^"),
    (
        "m" + " + m" * 40 + " + q" + " + m" * 40,
        "'q' is not declared; declared are: m, b\n"
        "  …m + m + m + m + m + m + m + m + m + q + m + m + m + m + m + m + m + m + …\n"
        "                                       ^",
    ),
    ("", "the formula is empty; write for example 5*m + 3"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[repr(text[:30]) for text, _ in MISTAKES])
def test_mistakes(text, message):
    names = [m, b] if "declared are" in message else NAMES
    with pytest.raises(ParseError) as caught:
        sg.parse(text, names)
    assert str(caught.value) == message


OPERATIONS = [
    ("W @ W", ShapeError, "the last axis of the first is 4", "  W @ W\n    ^"),
    ("2 + W[7]", ShapeError, "places go from 0 to 2", "  2 + W[7]\n      ^^^^"),
    ("mean(m)", NotationError, "the same for every sample", "  mean(m)\n  ^^^^^^^"),
    ("v + sum(W, 1)", ShapeError, "4 against 3", "  v + sum(W, 1)\n    ^"),
]


@pytest.mark.parametrize(("text", "kind", "message", "place"), OPERATIONS)
def test_what_an_operation_refuses_gets_its_place(text, kind, message, place):
    with pytest.raises(kind, match=message) as caught:
        sg.parse(text, NAMES)
    assert str(caught.value).endswith(f"\n{place}")


def test_a_power_of_ten_or_a_product():
    e = sg.param("e")
    message = "'2e1' is a power of ten, or a product with a declared name? write 10** or *\n  2e1\n  ^^^"
    for name in (e, e1):
        with pytest.raises(ParseError) as caught:
            sg.parse("2e1", [name])
        assert str(caught.value) == message


def test_two_names_that_look_alike():
    with pytest.raises(ParseError, match="'W₁' could be 'W1' and 'W_1'; type the name as it was declared"):
        sg.parse("W₁", sg.params("W1 W_1"))


def test_names_must_be_names():
    with pytest.raises(DeclarationError, match="'my slope' is not a name"):
        sg.parse("m", {"my slope": m})
