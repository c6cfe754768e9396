"""The sympy expression of a formula means what the formula means."""

import numpy as np
import pytest
import sympy

import symgrad as sg
from symgrad.errors import NotationError

a, b = sg.params("a b")
X, y, w = sg.data("X", 3), sg.data("y"), sg.params("w", 3)
x, label = sg.data("x"), sg.data("label", classes=3)
W = sg.params("W", (3, 3))
rng = np.random.default_rng(5)
VALUES = {
    **{"X": rng.normal(size=(4, 3)), "y": rng.normal(size=4), "x": rng.normal(size=4)},
    **{
        "label": np.array([0, 2, 1, 1]),
        "w": rng.normal(size=3),
        "W": rng.normal(size=(3, 3)),
        "a": 0.7,
        "b": -1.2,
    },
}


@pytest.mark.parametrize(
    "loss",
    [
        lambda: sg.mse(y, a * x + b),
        lambda: sg.mse(y, X @ w) + a * (w**2).sum(),
        lambda: sg.cross_entropy(label, sg.softmax(W @ X)),
        lambda: sg.binary_cross_entropy(sg.where(y > 0, 1, 0), sg.sigmoid(X @ w)),
        lambda: sg.huber(y, X @ w),
        lambda: sg.mean((x - sg.mean(x)) ** 2) * sg.prod(w),
        lambda: sg.sum(sg.cumsum(w)) + sg.gelu(a) + sg.silu(b) + sg.leaky_relu(b),
    ],
)
def test_the_sympy_expression_has_the_value_of_the_formula(loss):
    tensor = loss()
    names = {v.name for v in tensor._shown().inputs()}
    values = {name: VALUES[name] for name in names}
    expr = tensor.expr.subs(sympy.Symbol("n", integer=True, positive=True), 4).doit()
    table = {}
    for name, value in values.items():
        for place in np.ndindex(np.shape(value)):
            here = tuple(p + 1 for p in place)  # sympy's indices count from 1
            table[sympy.IndexedBase(name)[here] if here else sympy.Symbol(name)] = sympy.sympify(
                value[place] if here else value
            )
    # Labels first: they select the places of other entries.
    labels = {k: v for k, v in table.items() if "label" in str(k)}
    found = float(expr.xreplace(labels).doit().xreplace(table).doit())
    assert found == pytest.approx(float(tensor.evaluate(values)), rel=1e-9)


def test_a_sympy_expression_too_large_says_what_to_do():
    value = a
    for _ in range(14):
        value = value * (value + 1)
    with pytest.raises(NotationError, match="5,000 operations"):
        _ = value.expr
    with pytest.raises(NotationError, match="no closed expression for max"):
        _ = w.max().expr
