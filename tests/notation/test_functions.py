"""Functions of tensors: reductions, running sums, one-hot rows, indexing; against numpy and scipy."""

import numpy as np
import pytest
import scipy.special

import symgrad as sg
from symgrad.ir.functions import BY_NAME

ONLY_DERIVED = ("trigamma", "inv_root")

RNG = np.random.default_rng(2)


@pytest.mark.parametrize("name", BY_NAME)
def test_every_registered_function_can_be_written(name):
    """Under its own name, or as log_of_cosh where a loss has taken it."""
    record = BY_NAME[name]
    if name in ONLY_DERIVED:
        assert not hasattr(sg, name)
        return
    public = getattr(sg, {"log_cosh": "log_of_cosh"}.get(name, name))
    arguments = [sg.params("x", 2), *record.sample]
    low, _ = record.domain
    at = np.array([0.3, 0.7]) if low < 0.3 else np.array([1.3, 1.7])
    want = record.numpy(at, *map(float, record.sample))
    np.testing.assert_allclose(public(*arguments).evaluate(x=at), want, rtol=1e-14)


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("per_sample", [False, True])
def test_reductions_are_numpys_over_own_axes(axis, keepdims, per_sample):
    shape = (2, 3, 4)
    a = sg.data("a", shape) if per_sample else sg.params("a", shape)
    array = RNG.normal(size=(5, *shape) if per_sample else shape)
    own = tuple(range(3)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    over = tuple(k % 3 + per_sample for k in own)
    for name in ("sum", "mean", "prod", "max", "min"):
        got = getattr(a, name)(axis, keepdims=keepdims).evaluate(a=array)
        np.testing.assert_allclose(
            got, getattr(np, name)(array, axis=over, keepdims=keepdims), rtol=1e-13, err_msg=name
        )
    got = sg.logsumexp(a, axis, keepdims).evaluate(a=array)
    np.testing.assert_allclose(got, scipy.special.logsumexp(array, axis=over, keepdims=keepdims), rtol=1e-13)


def test_along_one_axis():
    a = sg.data("a", (3, 4))
    array = RNG.normal(size=(5, 3, 4))
    np.testing.assert_allclose(
        sg.softmax(a).evaluate(a=array), scipy.special.softmax(array, axis=-1), rtol=1e-13
    )
    np.testing.assert_allclose(
        sg.log_softmax(a, 0).evaluate(a=array), scipy.special.log_softmax(array, axis=1), rtol=1e-13
    )
    np.testing.assert_allclose(sg.cumsum(a, 0).evaluate(a=array), np.cumsum(array, axis=1), rtol=1e-13)
    np.testing.assert_array_equal(a.argmax().evaluate(a=array), array.argmax(-1))


@pytest.mark.parametrize("order", [1, 2, 3, 2.5, np.inf])
def test_norm(order):
    array = RNG.normal(size=5)
    assert float(sg.norm(sg.params("w", 5), order).evaluate(w=array)) == pytest.approx(
        np.linalg.norm(array, order), rel=1e-13
    )


def test_the_norms_gradient_at_the_origin_is_zero():
    w = sg.params("w", 3)
    assert sg.grad(sg.norm(w), w).evaluate(w=np.zeros(3)).tolist() == [0, 0, 0]


def test_one_hot_rows():
    label = sg.data("label", classes=4)
    assert sg.one_hot(label).evaluate(label=[2, 0]).tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]
    words = sg.data("words", 2, dtype="int")
    assert sg.one_hot(words, 3).evaluate(words=[[0, 2]]).tolist() == [[[1, 0, 0], [0, 0, 1]]]


KEYS = [
    np.s_[0],
    np.s_[-1],
    np.s_[1:],
    np.s_[:-1],
    np.s_[::2],
    np.s_[::-1],
    np.s_[3:0:-2],
    np.s_[:, 1],
    np.s_[..., 0],
    np.s_[None],
    np.s_[:, None],
    np.s_[1, ..., -1],
    np.s_[[2, 0, 2]],
    np.s_[:, [1, 0]],
    np.s_[[-1, 0]],
    np.s_[1, [[-1], [0]]],
    np.s_[1:1],
    np.s_[:, ::-1, None, 1:],
]


@pytest.mark.parametrize("key", KEYS, ids=str)
@pytest.mark.parametrize("per_sample", [False, True])
def test_indexing_is_numpys_over_own_axes(key, per_sample):
    shape = (4, 3, 2)
    a = sg.data("a", shape) if per_sample else sg.params("a", shape)
    array = RNG.normal(size=(5, *shape) if per_sample else shape)
    want = np.stack([sample[key] for sample in array]) if per_sample else array[key]
    np.testing.assert_array_equal(a[key].evaluate(a=array), want)
    assert a[key].shape == want.shape[per_sample:]


def test_a_place_selected_by_a_parameter_that_is_put_in():
    x, (z, q) = sg.data("x"), sg.params("z q", 3)
    chosen = (sg.mean(x) * q[z.argmax()]).at(z=[1, 5, 2])
    assert chosen.evaluate(x=[1.0, 3.0], q=[1.0, 20.0, 3.0]) == 40


def test_where_leaves_the_other_branch_uncomputed():
    """Values and gradients stay finite where the branch not taken is undefined."""
    x = sg.params("x", 3)
    loss = sg.where(x > 0, sg.log(x) * sg.sqrt(x), 1 / (x - 1)).sum()
    at = np.array([4.0, 1.0, 0.0])
    assert float(loss.evaluate(x=at)) == pytest.approx(2 * np.log(4) - 1)
    np.testing.assert_allclose(sg.grad(loss, x).evaluate(x=at), [np.log(4) / 4 + 0.5, 1, -1], rtol=1e-14)
