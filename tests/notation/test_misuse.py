# pyright: reportArgumentType=false
# ruff: noqa: E501 (messages stand as they are printed; a mistake is made when it is called)
"""Arguments of the wrong kind: what a user plausibly writes by mistake, and the sentence that comes back."""

import numpy as np
import pytest
import sympy

import symgrad as sg
from symgrad.errors import DataError, DeclarationError, DerivationError, NotationError, ShapeError
from symgrad.notation import functions
from symgrad.notation.numpy_names import INSTEAD

x, y, X = sg.data("x"), sg.data("y"), sg.data("X", "d")
m, b, w = sg.params("m b w")
A, v = sg.param("A", (2, 2)), sg.param("v", 2)
loss = sg.mse(y, m * x + b)
SINGULAR = "the matrix A is singular with these values: its determinant is 0, so it has no inverse"
ROWS = [[1, 2], [2, 4]]

MISTAKES = [
    (lambda: loss.on(x=1, y=2), DataError, "x: expected shape (n samples), got the single number 1; write [1]"),
    (lambda: loss.on(x="a", y=[1]), DataError, "x: expected shape (n samples), got 'a', a str"),
    (lambda: loss.on([1, 2], [3, 5]), DataError, "expected values by name, such as m=..., or a mapping of names to values; got [1, 2], a list"),
    (lambda: loss.at([1, 2]), DataError, "got [1, 2], a list"),
    (lambda: loss.evaluate([1]), DataError, "got [1], a list"),
    (lambda: loss.evaluate("points.csv", m=1, b=1), DataError, "got 'points.csv', a str"),
    (lambda: loss.evaluate(x=["a"], y=[1], m=1, b=1), DataError, "x: 'a' at place [0] is not a number"),
    (lambda: sg.mean(X.sum()).evaluate(X=[[1], [2, 3]]), DataError, "X: expected shape (n samples, d), got rows of different lengths"),
    (lambda: sg.mean(X.sum()).on(X=[[1], [2, 3]]), DataError, "X: expected shape (n samples, d), got rows of different lengths"),
    (lambda: loss.evaluate(x=[1, np.nan], y=[1, 2], m=1, b=1), DataError, "x: the value at place [1] is NaN; a formula needs numbers"),
    (lambda: loss.evaluate(x=[], y=[], m=1, b=1), DataError, "has no samples, and there is no mean of nothing; give at least one"),
    (lambda: loss.on(x=[], y=[]), DataError, "has no samples, and there is no mean of nothing; give at least one"),
    (lambda: sg.inv(A).at(A=ROWS), DataError, SINGULAR),
    (lambda: sg.inv(A).evaluate(A=ROWS), DataError, SINGULAR),
    (lambda: sg.solve(A, v).at(A=ROWS, v=[1, 2]), DataError, SINGULAR),
    (lambda: sg.solve(A, v).evaluate(A=ROWS, v=[1, 2]), DataError, SINGULAR),
    (lambda: np.mean(x), NotationError, "numpy.mean has no meaning for a formula here; write symgrad.mean over samples"),
    (lambda: np.sum(x), NotationError, "write symgrad.total over samples, symgrad.sum over own axes"),
    (lambda: np.dot(np.eye(3), X), NotationError, "numpy.dot has no meaning for a formula here; write symgrad.dot"),
    (lambda: np.linalg.inv(A), NotationError, "write symgrad.inv"),
    (lambda: np.asarray(x), NotationError, "x is a formula, no array of numbers"),
    (lambda: m ^ 2, NotationError, "m ^ 2: a power is written ** in Python: m**2"),
    (lambda: 2 ^ m, NotationError, "2 ^ m: a power is written ** in Python: 2**m"),
    (lambda: np.ones(2) ^ m, NotationError, "a power is written ** in Python"),
    (lambda: sg.mlp(X, 4), DeclarationError, "mlp: expected a list of sizes, one for each layer, such as mlp(X, [16, 10]), got 4"),
    (lambda: sg.linear(X, 1.5), DeclarationError, "parameter 'W': the size 1.5 must be a whole number"),
    (lambda: sg.data(3), DeclarationError, "expected names, such as 'x y' or ['x', 'y'], got 3"),
    (lambda: sg.params(3), DeclarationError, "expected names, such as 'x y' or ['x', 'y'], got 3"),
    (lambda: sg.params(["a", 3]), DeclarationError, "3 is not a name"),
    (lambda: tuple(sg.data("x", "y")), NotationError, "two names are declared in one string: 'x y'"),
    (lambda: sg.mse(y, sg.mlp(X, [4, 1])), ShapeError, "write (prediction)[0] for the prediction's single entry, or give y the shape (1,)"),
    (lambda: sg.hessian(loss), DerivationError, "has 2 parameters: m, b; name the one to derive by, such as hessian(loss, m)"),
    (lambda: sg.hessian(loss, [m, b]), DerivationError, "hessian derives by one parameter at a time, got the list [m, b]"),
    (lambda: sg.jacobian(loss, [m, b]), DerivationError, "jacobian derives by one parameter at a time, got the list [m, b]"),
    (lambda: (m / 3).n(0), NotationError, ".n(0): the number of digits must be a whole number, at least 1"),
    (lambda: (m / 3).n("a"), NotationError, ".n('a'): the number of digits"),
]  # fmt: skip


@pytest.mark.parametrize(("mistake", "error", "part"), MISTAKES)
def test_message(mistake, error, part):
    with pytest.raises(error) as caught:
        mistake()
    assert part in str(caught.value)


def test_every_function_that_numpy_users_are_sent_to_exists():
    named = {
        word.removeprefix("symgrad.")
        for text in INSTEAD.values()
        for word in text.split()
        if "symgrad." in word
    }
    assert named <= set(sg.__all__)


def test_numbers_without_variables_are_arrays():
    assert np.asarray(loss.on(x=[1, 2], y=[3, 5]).at(m=-1, b=5)) == 2.5
    found = v.at(v=[1, 2]) * 2
    assert np.array_equal(np.array(found), [2, 4])
    assert (m + b).at(m=found[1] / 3, b=1) == sympy.Rational(7, 3)
    assert str((v * 1).at(v=found)) == "[2, 4]"
    assert np.shape(A) == (2, 2)


def test_a_total_of_nothing_is_zero():
    assert sg.total(m * x).evaluate(x=[], m=2.0) == 0
    assert (m * x).evaluate(x=[], m=2.0).shape == (0,)


def test_a_list_of_parameters_is_several():
    assert list(sg.grad(loss, [b, m])) == [b, m]
    assert list(sg.grad(loss, [m])) == [m]
    assert sg.grad(loss, m) == sg.grad(loss, [m])[m]


def test_the_hessian_by_the_only_parameter():
    assert sg.hessian(m**3).at(m=2) == 12


def test_greek_letters_are_their_words():
    assert sg.param("θ") == sg.param("theta")
    assert [t.name for t in sg.params("α β₁")] == ["alpha", "beta1"]
    assert (2 * sg.param("θ")).at({"θ": 3}) == 6
    assert sg.parse("λ^2 + lambda", [sg.hyper("λ")]).at(lambda_=3) == 12


def test_dir_lists_what_is_public():
    public = {name for name in dir(sg) if not name.startswith("_")}
    assert public == {name for name in sg.__all__ if name != "__version__"}
    assert sg.__all__ == sorted(sg.__all__)
    assert set(functions.__all__) | set(sg._LATE) <= public
    assert not {"Any", "TYPE_CHECKING", "import_module"} & public
    assert all(hasattr(sg, name) for name in sg.__all__)
    assert not {"sympy", "cos", "exp"} & set(dir(sg.schedules))
