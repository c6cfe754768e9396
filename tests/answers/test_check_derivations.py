"""The questions of the public set, and the README's examples, derived line by line: each line proved."""

import pytest

import symgrad as sg
from symgrad.answers.decide import decide
from symgrad.notation.formula import inputs_of

from .cases_matrices import matrices
from .cases_scalars import scalars
from .cases_sums import sums


def questions():
    """Each loss of the public set by each of its parameters."""
    found = {}
    for asked in (*scalars(), *sums(), *matrices()):
        if asked.loss is None:
            continue
        for tensor in inputs_of(asked.loss):
            if tensor == asked.wrt or tensor.role == "param":
                found[f"{asked.name} by {tensor.name}"] = (asked.loss, tensor)
    return found


def examples():
    """The README's losses."""
    x, y = sg.data("x y")
    m, b = sg.params("m b")
    line = sg.mean((y - (m * x + b)) ** 2)
    return {"the line by m": (line, m), "the line by b": (line, b)}


DERIVED = {**questions(), **examples()}


def test_there_are_enough_of_them():
    assert len(DERIVED) >= 50


@pytest.mark.parametrize("name", DERIVED)
def test_every_line_is_proved(name):
    loss, wrt = DERIVED[name]
    derivation = sg.derivation(loss, wrt)
    assert derivation.lines()[-1].after.tensor == sg.grad(loss, wrt)
    for line in derivation.lines():
        assert decide(line.before, line.after, defined=[loss], seconds=20), line.text("unicode")
