"""`check`: what a student or teacher types, and what comes back."""

import math
from fractions import Fraction

import pytest

import symgrad as sg

x, y = sg.data("x y")
m, b = sg.params("m b")
LOSS = sg.mse(y, m * x + b)
POINTS = {x: [1, 2], y: [3, 5]}
HERE = POINTS | {m: -1, b: 5}
G = sg.grad(LOSS)
LINE = G.on(POINTS)
STEP = sg.SGD(0.1).update(LINE)


def status(*args, **options):
    return sg.check(*args, **options).status


QUESTIONS = {
    "a derivative": lambda answer: sg.check(LINE[m], answer),
    "a gradient": lambda answer: sg.check(LINE, answer, wrt=m),
    "a gradient, by name": lambda answer: sg.check(LINE, answer, wrt="m"),
    "a loss and a parameter": lambda answer: sg.check((LINE.loss, m), answer),
    "a loss and a parameter's name": lambda answer: sg.check((LINE.loss, "m"), answer),
    "data put in by at": lambda answer: sg.check((LOSS, m), answer, at=POINTS),
    "with the loss": lambda answer: sg.check(LINE[m], answer, loss=LINE.loss, wrt=m),
}


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_can_be_put_in_several_ways(ask):
    right, wrong = ask("5m + 3b - 13"), ask("5m + 3b - 12")
    assert (right.status, bool(right)) == ("correct", True)
    assert right.proof in ("both expand to 5m + 3b − 13", "both are 5m + 3b − 13")
    assert (wrong.status, bool(wrong)) == ("wrong", False)
    values = wrong.counterexample.values
    # 5m + 3b − 13 worked out by hand at the point that is reported.
    assert Fraction(wrong.counterexample.truth) == 5 * values["m"] + 3 * values["b"] - 13
    assert Fraction(wrong.counterexample.claim) == 5 * values["m"] + 3 * values["b"] - 12


def test_the_only_parameter_needs_no_name():
    assert sg.check(sg.grad(m**2), "2m")


def test_an_answer_may_be_a_tensor_or_a_number():
    assert sg.check(LINE[m], 3 * b + 5 * m - 13)
    assert sg.check(LINE[m], -3, at=HERE)
    assert sg.check(LINE[m], -3.0, at=HERE)
    assert sg.check(LINE[m], Fraction(-6, 2), at=HERE)
    assert not sg.check(LINE[m], 3, at=HERE)


def test_aliases_stand_for_formulas():
    assert sg.check(G[b], "2*mean(p - y)", aliases={"p": m * x + b})
    assert status(G[b], "2*mean(q - y)") == "malformed"


# -- numbers -----------------------------------------------------------------------

RMSE = math.sqrt(2.5)  # 1.5811388…
TYPED = {
    "1.6": "correct", "1.58": "correct", "1.581": "correct", "1.5811": "correct", "1.5811388": "correct",
    "1.5811388300841898": "correct", "1.6e0": "correct", "RMSE = 1.6": "correct", "≈ 1.6": "correct",
    "≈ 2": "correct", r"\approx 1.58": "correct", "1.5811…": "correct", "1.58113...": "correct",
    "$1.58$": "correct", "1.5": "wrong", "1.59": "wrong", "1.580": "wrong", "-1.6": "wrong",
    "1.5812…": "wrong",
    "2": "wrong", "≈ 1": "wrong", "1.6e1": "wrong", "2.5": "wrong",
}  # fmt: skip


@pytest.mark.parametrize(("answer", "expected"), TYPED.items())
def test_a_decimal_number_is_right_if_rounded_to_its_digits(answer, expected):
    assert status(sg.sqrt(LOSS), answer, at=HERE) == expected


def test_rounding_is_stated():
    assert (
        str(sg.check(sg.sqrt(LOSS), "RMSE = 1.6", at=HERE)) == "correct: 1.6 is 1.58114 rounded to 2 digits"
    )
    assert "cut off: 1.58114 rounds to 1.6" in str(sg.check(sg.sqrt(LOSS), "1.5", at=HERE))


def test_floats_are_read_as_typed():
    assert sg.check(sg.sqrt(LOSS), RMSE, at=HERE)
    assert sg.check(sg.sqrt(LOSS), 1.58, at=HERE)
    assert not sg.check(sg.sqrt(LOSS), 1.57, at=HERE)


def test_each_number_of_a_list_is_rounded():
    w = sg.params("w", 3)
    slope = sg.grad(sg.sum(w**3) / 9, w)
    assert sg.check(slope, "[0.33, 1.33, 3]", at={w: [1, 2, 3]})
    wrong = sg.check(slope, "[0.33, 1.34, 3]", at={w: [1, 2, 3]})
    assert (wrong.status, wrong.counterexample.place) == ("wrong", (1,))
    assert status(slope, "[0.33, 1.33]", at={w: [1, 2, 3]}) == "malformed"


def test_an_update_is_a_question_too():
    assert sg.check(STEP, "m = -0.7", wrt=m, at={m: -1, b: 5})
    assert status(STEP, "m = 0.7", wrt=m, at={m: -1, b: 5}) == "wrong"
    assert sg.check(STEP, "m - (5m + 3b - 13)/10", wrt=m)


# -- follow-through -----------------------------------------------------------------

SLIPPED = sg.check(LINE, "5m + 3b + 13", wrt=m)  # at m = −1, b = 5: 23 instead of −3


def test_a_value_right_by_a_wrong_formula():
    verdict = sg.check(LINE[m], "23", at={m: -1, b: 5}, following="5m + 3b + 13")
    assert verdict.status == "wrong"
    assert verdict.follows == "right given the earlier answer: that leads to 23"
    assert verdict.follows in str(verdict)
    assert not sg.check(LINE[m], "24", at={m: -1, b: 5}, following="5m + 3b + 13").follows


def test_an_update_right_by_a_wrong_derivative():
    # −1 − 0.1 · 23 = −3.3
    at = {m: -1, b: 5}
    assert sg.check(STEP, "-3.3", wrt=m, at=at, following=SLIPPED).follows
    assert sg.check(STEP, "-3.3", wrt=m, at=at, following=[SLIPPED]).follows
    assert not sg.check(STEP, "-3.2", wrt=m, at=at, following=SLIPPED).follows
    assert sg.check(STEP, "m - (5m + 3b + 13)/10", wrt=m, following=SLIPPED).follows


def test_an_update_right_by_a_wrong_value():
    at = {m: -1, b: 5}
    assert sg.check(STEP, "-3.3", wrt=m, at=at, following=sg.check(LINE[m], "23", at=at)).follows


def test_a_second_derivative_right_by_a_wrong_first_one():
    slope = sg.grad(m**3 + m, m)
    first = sg.check(slope, "m^2 + 1")
    assert sg.check((slope, m), "2m", following=first).follows
    assert not sg.check((slope, m), "3m", following=first).follows


def test_what_is_right_needs_no_earlier_answer():
    verdict = sg.check(STEP, "-0.7", wrt=m, at={m: -1, b: 5}, following=SLIPPED)
    assert (verdict.status, verdict.follows) == ("correct", "")


# -- what is asked wrongly raises; what is answered wrongly never does -----------------

ASKED_WRONGLY = {
    "which derivative is answered? Give wrt=, one of: m, b": lambda: sg.check(LINE, "5m"),
    "there is no 'q'; there are: m, b": lambda: sg.check(LINE, "5m", wrt="q"),
    "the question has no 'q'": lambda: sg.check(LINE[m], "5m", at={"q": 1}),
    "expected the Verdict of an answer": lambda: sg.check(LINE[m], "5m", following=[None]),
    "cannot be read": lambda: sg.check(LINE[m], "5m", following="5m +"),
    "does not stand in this question": lambda: sg.check(
        STEP[m], "5m", following=sg.check(sg.grad(m**5, m), "m")
    ),
    "no data for y": lambda: sg.check(LOSS, "5m", at={x: [1, 2]}),
}


@pytest.mark.parametrize(("message", "ask"), ASKED_WRONGLY.items(), ids=ASKED_WRONGLY)
def test_a_question_without_sense_is_an_error(message, ask):
    with pytest.raises(sg.errors.SymgradError) as raised:
        ask()
    assert message in str(raised.value)


@pytest.mark.parametrize(
    "answer", ["", "5m +", "5m + 3q", "__import__('os')", "9**9**9**9", "(" * 10**5, "5m\0", "\u202em"]
)
def test_an_answer_that_cannot_be_read_is_malformed_and_says_so(answer):
    verdict = sg.check(LINE[m], answer)
    assert verdict.status == "malformed"
    assert verdict.message


def test_the_place_of_a_fault_is_shown():
    assert "\n  5m + 3q\n        ^" in str(sg.check(LINE[m], "5m + 3q"))


def test_another_shape_is_wrong_not_malformed():
    w, u = sg.params("w", 2), sg.constant("u", 3)
    B = sg.params("B", (2, 3))
    verdict = sg.check((sg.sum((B @ u) * w), B), sg.outer(u, w))
    assert verdict.status == "wrong"
    assert [mistake.name for mistake in verdict.mistakes] == ["transpose"]


def test_numerical_agreement_is_not_called_correct():
    p = sg.param("p", min=0)
    verdict = sg.check(sg.digamma(p + 1), "digamma(p) + 1/p")
    assert verdict.status == "undecided"
    assert "agree to" in verdict.tried


# -- how a verdict shows -------------------------------------------------------------


def test_mistakes_are_named_where_the_loss_is_known():
    verdict = sg.check((LOSS, m), "2*mean(m*x + b - y)")
    assert "chain rule" in [mistake.name for mistake in verdict.mistakes]
    assert f"mistake: {verdict.mistakes[0]}" in repr(verdict)
    assert sg.check(G[m], "2*mean(m*x + b - y)").mistakes == ()


def test_what_was_read_is_echoed():
    verdict = sg.check(LINE[m], "3b+5m -13")
    assert verdict.claim == 5 * m + 3 * b - 13
    assert "read as: 5m + 3b − 13" in str(verdict)
    assert verdict.reading.latex == "5 m + 3 b - 13"


def test_html_stands_alone_and_holds_nothing_that_a_student_typed_unescaped():
    hostile = "<script>alert(1)</script>"
    for verdict in (sg.check(LINE[m], hostile), sg.check(LINE[m], "5m"), SLIPPED, sg.check(LINE[m], "5m<3b")):
        html = verdict._repr_html_()
        assert "<script" not in html
        assert "http" not in html
        assert verdict.status in html
    assert "&lt;script&gt;" in sg.check(LINE[m], hostile)._repr_html_()
