"""A Program's promises: kept ones pass, broken ones are named."""

import pytest
from sympy import Integer, Symbol

import symgrad as sg
from symgrad.errors import InternalError
from symgrad.ir.index import Index
from symgrad.ir.program import Equation, Program
from symgrad.ir.text import dump
from symgrad.ir.variable import Variable
from symgrad.ir.verify import verify

w, y = Variable("w", (Integer(3),), "param"), Variable("y", (Integer(3),))
j, k = Index("j", Integer(3)), Index("k", Integer(3))
GOOD = Equation(y, (j,), w[k] * w[j], (k,))

BROKEN = {
    "the index l is free": Equation(y, (j,), w[Index("l", Integer(3))]),
    "its indices do not run over its target's shape": Equation(y, (), Integer(1)),
    "an index stands twice on its left-hand side": Equation(y, (j,), w[j], (j,)),
    "the foreign symbol q stands in its body": Equation(y, (j,), Symbol("q") * w[j]),
    "has the wrong number of indices": Equation(y, (j,), w[j, k], (k,)),
    "is read before it is defined": Equation(y, (j,), y[j]),
    "a matrix function binds a row and a column": Equation(y, (j,), w[j], (), "inv"),
}


def test_a_sound_program_passes_unchanged():
    program = Program((GOOD,), {"y": y})
    assert verify(program) is program


@pytest.mark.parametrize("why", BROKEN)
def test_a_broken_one_is_named(why):
    with pytest.raises(InternalError) as caught:
        verify(Program((BROKEN[why],)), stage="a pass")
    assert why.split(" l ")[-1] in str(caught.value)
    assert "after a pass" in str(caught.value)


def test_a_target_defined_twice():
    with pytest.raises(InternalError, match="defined twice"):
        verify(Program((GOOD, GOOD)))


def test_a_program_as_text():
    assert dump(Program((GOOD,), {"out": y})) == "y[j] = sum(k) w[j]*w[k]\n-> out: y"
    m, x = sg.param("m"), sg.data("x")
    assert dump(sg.grad(sg.mean(m * x)).program).endswith("-> gradient:m: " + sg.grad(sg.mean(m * x), m).name)
