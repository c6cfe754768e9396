"""Every registered function prints in every style, by being registered."""

import re

import pytest

import symgrad as sg
from symgrad.ir.functions import BY_NAME
from symgrad.notation.record import elementwise

a, b, v = *sg.params("a b"), sg.params("v", 3)


@pytest.fixture(params=BY_NAME, ids=str)
def record(request):
    return BY_NAME[request.param]


def forms(record):
    def apply(x):
        return elementwise(record.head, x, *record.sample)

    return [apply(2 * a + b), apply(a) ** 2 * b, 1 - apply(a) / b, apply(apply(b)), apply(-a), apply(v) / b]


def test_ascii_reads_back_as_the_same_formula(record):
    for form in forms(record):
        assert sg.parse(str(form), [a, b, v]) == form


def test_unicode_shows_every_argument_and_closes_every_bracket(record):
    for form in forms(record):
        text = repr(form)
        assert text.count("(") == text.count(")")
        assert re.search(r"[abv]", text)
        assert "{" not in text


def test_latex_is_balanced(record):
    for form in forms(record):
        text = form._repr_latex_()
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")
        assert "+ -" not in text


def test_two_functions_never_print_alike():
    for shown in (repr, str, lambda tensor: tensor._repr_latex_()):
        texts = [shown(elementwise(r.head, a, *r.sample)) for r in BY_NAME.values() if r.name != "root"]
        assert len(set(texts)) == len(texts)
