"""The public set: every verdict right, and the mistakes named."""

from functools import cache

import pytest

import symgrad as sg

from .cases import Case, cases_of
from .cases_matrices import matrices
from .cases_scalars import scalars
from .cases_sums import sums

CASES = cases_of([*scalars(), *sums(), *matrices()])
ASKED = list(dict.fromkeys(case.asked.name for case in CASES))


@cache
def verdicts(name: str) -> list[tuple[Case, sg.Verdict]]:
    """The verdicts on all answers to one question, each worked out once."""
    return [(case, verdict(case)) for case in CASES if case.asked.name == name]


def verdict(case: Case) -> sg.Verdict:
    asked = case.asked
    if asked.of is not None:
        return sg.check(asked.of, case.answer, wrt=asked.wrt, at=asked.at, aliases=asked.aliases)
    return sg.check((asked.loss, asked.wrt), case.answer, at=asked.at, aliases=asked.aliases)


def test_the_set_is_as_large_as_promised():
    assert len(CASES) >= 250
    assert len({case.name for case in CASES}) == len(CASES)
    assert sum(case.status == "correct" for case in CASES) >= 100
    assert sum(case.status == "wrong" for case in CASES) >= 100


@pytest.mark.parametrize("name", ASKED)
def test_every_verdict_is_right(name):
    assert [
        (case.answer, found.status, found.reason)
        for case, found in verdicts(name)
        if found.status != case.status
    ] == []


@pytest.mark.parametrize("name", ASKED)
def test_what_supports_a_verdict_is_there(name):
    for case, found in verdicts(name):
        if found.status == "correct":
            assert found.proof, case.answer
        if found.status == "wrong":
            assert (
                found.counterexample is not None or "shape" in found.message or "per sample" in found.message
            ), case.answer
        if found.status == "malformed":
            assert found.message, case.answer


def test_mistakes_are_named_as_labelled():
    labelled = [(case, found) for name in ASKED for case, found in verdicts(name) if case.labels]
    missed = [
        (case.name, case.labels, [mistake.name for mistake in found.mistakes])
        for case, found in labelled
        if not {mistake.name for mistake in found.mistakes} & set(case.labels)
    ]
    assert len(labelled) >= 120
    assert len(missed) <= 0.1 * len(labelled), missed


def test_mistakes_are_named_for_wrong_answers_alone():
    for name in ASKED:
        for case, found in verdicts(name):
            assert found.status == "wrong" or not found.mistakes, case.name
