"""Gradients of whole formulas, and second derivatives, against jax in float64."""

from functools import cache

import numpy as np
import pytest
from sympy import Integer

import symgrad as sg
from symgrad.calculus.differentiate import differentiate
from symgrad.calculus.number import number
from symgrad.errors import DerivationError
from symgrad.ir.evaluate import evaluate
from symgrad.ir.index import SAMPLES, Index
from symgrad.ir.program import Equation, Program
from symgrad.ir.variable import Variable
from symgrad.ir.verify import verify
from symgrad.notation.formula import gather
from tests.calculus.formulas import CASES, jax, jnp, normal, well_conditioned


@cache
def setting(name):
    """The loss, its values, its parameters, and the oracle's loss as a function of the parameters alone."""
    build, theirs = CASES[name]
    loss, values = build()
    fixed = {k: jnp.asarray(v) for k, v in values.items()}
    wrt = sg.parameters(loss)
    at = {p.name: jnp.asarray(values[p.name], dtype=float) for p in wrt}
    return loss, values, wrt, lambda moving: theirs({**fixed, **moving}), at


@cache
def oracle(name):
    """The loss and its gradient by jax."""
    *_, function, at = setting(name)
    return jax.jit(jax.value_and_grad(function))(at)


@pytest.mark.parametrize("name", CASES)
def test_value_and_gradient(name):
    loss, values, wrt, *_ = setting(name)
    value, want = oracle(name)
    assert float(loss.evaluate(values)) == pytest.approx(float(value), rel=1e-12)
    got = {p: sg.grad(loss, p) for p in wrt} if len(wrt) == 1 else sg.grad(loss, *wrt)
    for tensor in wrt:
        slope = got[tensor].evaluate(values)
        np.testing.assert_allclose(slope, want[tensor.name], rtol=1e-12, atol=1e-12, err_msg=tensor.name)


@pytest.mark.parametrize("name", CASES)
def test_gradient_of_the_bare_sweep(name):
    """Differentiation alone is right too, before the passes that stabilise and name."""
    loss, values, wrt, *_ = setting(name)
    _, want = oracle(name)
    program, held = differentiate(gather({"loss": loss}), loss.variable, [p.variable for p in wrt])
    got = evaluate(verify(program.with_outputs({p.name: held[p.variable] for p in wrt})), values)
    for p in wrt:
        np.testing.assert_allclose(got[p.name], want[p.name], rtol=1e-12, atol=1e-12, err_msg=p.name)


# The determinant's second derivative is refused; the rest stand at ties and kinks, where there is none.
ONCE = (
    "determinant",
    "determinants_of_a_stack",
    "max_with_ties",
    "product_with_zero_factors",
    "where_guards_its_branches",
)
TWICE = [name for name in CASES if name not in ONCE]


@pytest.mark.parametrize("name", TWICE)
def test_hessian_vector_product(name):
    loss, values, wrt, function, at = setting(name)
    directions = {p.name: np.random.default_rng(3).normal(size=np.shape(at[p.name])) for p in wrt}
    want = jax.jit(lambda a, d: jax.jvp(jax.grad(function), (a,), (d,))[1])(at, directions)
    vectors = {p: sg.constant(f"v_{p.name}", p.shape) for p in wrt}
    known = {**values, **{v.name: directions[p.name] for p, v in vectors.items()}}
    got = sg.hvp(loss, vectors)
    for p in wrt:
        np.testing.assert_allclose(
            evaluated(got[p], known), want[p.name], rtol=1e-11, atol=1e-11, err_msg=p.name
        )


def evaluated(tensor, values):
    """The tensor at those values that it depends on."""
    names = {v.name for v in gather({"it": tensor}).inputs()}
    return tensor.evaluate({k: v for k, v in values.items() if k in names})


@pytest.mark.parametrize(
    "name",
    [
        "ridge", "least_squares", "log_determinant", "inverse_quadratic_form",
        "classifier", "cumulative_sum", "product", "log_sum_exp",
    ],
)  # fmt: skip
def test_hessian(name):
    loss, values, wrt, function, at = setting(name)
    first, second = wrt[0], wrt[-1]
    want = jax.jit(jax.hessian(function))(at)[first.name][second.name]
    got = sg.hessian(loss, first, second)
    np.testing.assert_allclose(evaluated(got, values), want, rtol=1e-11, atol=1e-11)


def test_second_derivatives_by_a_formula_inside():
    v = sg.params("v", 2)
    z = 2 * v
    assert str(sg.hessian(sg.sum(z**3), z).at(v=[1, 2])) == "[[12, 0], [0, 24]]"
    product = sg.hvp(sg.sum(z**3), {z: np.array([1, 10])})[z]
    np.testing.assert_allclose(product.evaluate(v=[1.0, 2.0]), [12, 240])


def test_the_hessian_of_a_linear_loss_over_a_named_size_is_zero():
    v, c = sg.params("v", "d"), sg.constants("c", "d")
    curved = sg.hessian(sg.dot(v, c), v)
    assert curved.shape == ("d", "d")
    np.testing.assert_array_equal(curved.evaluate(v=[1.0, 2.0], c=[3.0, 4.0]), np.zeros((2, 2)))


def test_a_penalty_on_the_gradient_of_naive_exponentials():
    v, X = sg.params("v", 3), sg.data("X", 3)
    loss = sg.mean(sg.log(sg.sum(sg.exp(v * X))))
    penalised = loss + sg.sum(sg.grad(loss, v) ** 2)

    def theirs(v, X):
        return jax.numpy.log(jax.numpy.exp(v * X).sum(1)).mean()

    def penalty(v, X):
        return theirs(v, X) + (jax.grad(theirs)(v, X) ** 2).sum()

    values = {"v": normal(3), "X": normal(4, 3)}
    want = jax.grad(penalty)(values["v"], values["X"])
    np.testing.assert_allclose(sg.grad(penalised, v).evaluate(values), want, rtol=1e-11)


def test_a_part_of_a_one_hot_row_does_not_sum_to_one():
    t = sg.data("t", 3, one_hot=True).variable
    i, j, total = Index("i", SAMPLES), Index("j", Integer(2)), Variable("total", (SAMPLES,))
    program = number(Program((Equation(total, (i,), t[i, j], (j,)),), {"it": total}))
    assert evaluate(program, {"t": np.eye(3)})["it"].tolist() == [1, 1, 0]


# -- derivatives by other things, and of vectors ---------------------------------------


def test_gradient_by_data_and_by_a_formula_inside():
    X, y, W, b = sg.data("X", 3), sg.data("y", 2), sg.params("W", (2, 3)), sg.params("b", 2)
    z = W @ X + b
    loss = sg.mse(y, sg.tanh(z))
    values = {"X": normal(4, 3), "y": normal(4, 2), "W": normal(2, 3), "b": normal(2)}

    def after(z):
        return jnp.mean((values["y"] - jnp.tanh(z)) ** 2)

    at = jnp.asarray(values["X"] @ values["W"].T + values["b"])
    np.testing.assert_allclose(sg.grad(loss, z).evaluate(values), jax.grad(after)(at), rtol=1e-12)
    by_data = jax.grad(lambda x: after(x @ values["W"].T + values["b"]))(jnp.asarray(values["X"]))
    np.testing.assert_allclose(sg.grad(loss, X).evaluate(values), by_data, rtol=1e-12)


JACOBIANS = {
    "softmax": (lambda w, A: sg.softmax(A @ w), lambda v: jax.nn.softmax(v["A"] @ v["w"])),
    "inverse": (lambda w, A: sg.inv(A + sg.diag(w)), lambda v: jnp.linalg.inv(v["A"] + jnp.diag(v["w"]))),
    "cumsum": (lambda w, A: sg.cumsum(w * w[::-1]), lambda v: jnp.cumsum(v["w"] * v["w"][::-1])),
    "solve": (lambda w, A: sg.solve(A, w), lambda v: jnp.linalg.solve(v["A"], v["w"])),
    "products": (lambda w, A: sg.prod(A * w, axis=1), lambda v: jnp.prod(v["A"] * v["w"], axis=1)),
}


@pytest.mark.parametrize(
    ("name", "by"), [(n, by) for n in JACOBIANS for by in "wA" if (n, by) != ("cumsum", "A")]
)
def test_jacobian(name, by):
    ours, theirs = JACOBIANS[name]
    w, A = sg.params("w", 3), sg.params("A", (3, 3))
    values = {"w": normal(3), "A": well_conditioned(3)}
    output = ours(w, A)
    got = evaluated(sg.jacobian(output, {"w": w, "A": A}[by]), values)
    want = jax.jacobian(lambda moving: theirs({**values, by: moving}))(jnp.asarray(values[by]))
    np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-12)


def test_gradients_stay_finite_far_out():
    """Where the textbook form of a loss overflows, the derived gradient does not: p − t at z = ±800."""
    z, t, label = sg.params("z", 3), sg.data("t", 3), sg.data("label", classes=3)
    far = np.array([800.0, -800.0, 0.0])
    binary = sg.grad(sg.binary_cross_entropy(t, sg.sigmoid(z + 0 * t)), z).evaluate(
        z=far, t=[[1.0, 1.0, 0.0]]
    )
    np.testing.assert_allclose(binary, np.array([0.0, -1.0, 0.5]) / 3, atol=1e-300)
    several = sg.grad(sg.cross_entropy(label, sg.softmax(z)), z).evaluate(z=far, label=[1])
    np.testing.assert_allclose(several, [1.0, -1.0, 0.0], atol=1e-300)


def test_the_second_derivative_of_a_determinant_is_refused():
    A = sg.params("A", (3, 3))
    with pytest.raises(DerivationError, match=r"second derivative of a determinant .* use logdet"):
        sg.hessian(sg.det(A), A)
