"""Linear algebra, einsum and convolution: values and exact folding, against numpy and scipy."""

import numpy as np
import pytest
import scipy.signal
import sympy

import symgrad as sg

RNG = np.random.default_rng(11)


def values(tensor, **arrays):
    return tensor.evaluate(arrays)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (sg.trace, lambda a: np.trace(a, axis1=-2, axis2=-1)),
        (sg.det, np.linalg.det),
        (sg.logdet, lambda a: np.linalg.slogdet(a)[1]),
        (sg.inv, np.linalg.inv),
        (sg.diag, lambda a: np.diagonal(a, axis1=-2, axis2=-1)),
    ],
    ids=["trace", "det", "logdet", "inv", "diag"],
)
@pytest.mark.parametrize("shape", [(3, 3), (1, 1), (2, 4, 3, 3)])
@pytest.mark.parametrize("per_sample", [False, True])
def test_functions_of_square_matrices(ours, theirs, shape, per_sample):
    declared = sg.data("A", shape) if per_sample else sg.params("A", shape)
    array = RNG.normal(size=(5, *shape) if per_sample else shape)
    got = values(ours(declared), A=array)
    np.testing.assert_allclose(got, theirs(array), rtol=1e-12, atol=1e-13)
    assert ours(declared).shape == theirs(array).shape[per_sample:]


@pytest.mark.parametrize(
    ("a", "b"),
    [((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (3,)), ((3, 3), (4, 3, 2)), ((2, 1, 3, 3), (4, 3, 2))],
)
def test_solve_broadcasts_as_numpy_does(a, b):
    A, B = RNG.normal(size=a), RNG.normal(size=b)
    want = np.linalg.solve(A, B[:, None])[..., 0] if len(b) == 1 else np.linalg.solve(A, B)
    got = values(sg.solve(sg.params("A", a), sg.params("B", b)), A=A, B=B)
    np.testing.assert_allclose(got, want, rtol=1e-11)


def test_outer_dot_and_the_diagonal_matrix():
    u, v = sg.params("u", 3), sg.data("v", 2)
    a, b = RNG.normal(size=3), RNG.normal(size=(4, 2))
    np.testing.assert_array_equal(values(sg.outer(u, v), u=a, v=b), a[:, None] * b[:, None, :])
    assert float(values(sg.dot(u, u), u=a)) == pytest.approx(a @ a, rel=1e-15)
    np.testing.assert_array_equal(values(sg.diag(u), u=a), np.diag(a))
    assert sg.diag(sg.diag(u)).evaluate(u=a).tolist() == a.tolist()


def test_matrix_functions_fold_exactly():
    A = sg.params("A", (3, 3))
    matrix = [[2, 1, 0], [1, 3, 1], [0, 1, 4]]
    assert sg.det(A).at(A=matrix) == 18
    assert sg.trace(sg.inv(A)).at(A=matrix) == sympy.Matrix(matrix).inv().trace()
    assert sg.logdet(A).at(A=matrix) == sympy.log(18)
    assert sg.solve(A, [1, 0, 0])[0].at(A=matrix) == sympy.Rational(11, 18)


def test_the_gradient_of_a_determinant_is_right_for_a_singular_matrix():
    A = sg.params("A", (3, 3))
    singular = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    want = np.array(sympy.Matrix(singular).cofactor_matrix(), dtype=float)
    np.testing.assert_allclose(sg.grad(sg.det(A), A).evaluate(A=np.array(singular, float)), want, atol=1e-12)
    rank_one = np.ones((3, 3))
    np.testing.assert_allclose(sg.grad(sg.det(A), A).evaluate(A=rank_one), 0, atol=1e-15)


PATTERNS = [
    ("jk,k->j", (3, 4), (4,)),
    ("jk,kl->jl", (3, 4), (4, 2)),
    ("jk,kl->lj", (3, 4), (4, 2)),
    ("j,k->jk", (3,), (2,)),
    ("jk->kj", (3, 4)),
    ("jk->", (3, 4)),
    ("jj->j", (3, 3)),
    ("jj", (3, 3)),
    ("ba", (3, 4)),
    ("ij,ij->", (3, 4), (3, 4)),
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 2)),
    ("i,ij,jk,k->", (3,), (3, 4), (4, 2), (2,)),
    ("j,j,j->j", (3,), (3,), (3,)),
    ("ij,kl->il", (2, 3), (4, 2)),
    (",j->j", (), (3,)),
    ("iij->j", (2, 2, 3)),
    ("abc,c->ab", (2, 3, 4), (4,)),
]


@pytest.mark.parametrize(("pattern", "shapes"), [(p, s) for p, *s in PATTERNS], ids=[p for p, *_ in PATTERNS])
def test_einsum_is_numpys(pattern, shapes):
    names = "uvwx"[: len(shapes)]
    arrays = {name: RNG.normal(size=shape) for name, shape in zip(names, shapes, strict=True)}
    got = sg.einsum(pattern, *(sg.params(name, shape) for name, shape in zip(names, shapes, strict=True)))
    want = np.einsum(pattern, *arrays.values())
    np.testing.assert_allclose(values(got, **arrays), want, rtol=1e-13, atol=1e-14)
    assert got.shape == want.shape


def test_einsum_leaves_the_sample_axis_alone():
    W, X = sg.params("W", (2, 3)), sg.data("X", 3)
    w, x = RNG.normal(size=(2, 3)), RNG.normal(size=(5, 3))
    np.testing.assert_allclose(values(sg.einsum("jk,k->j", W, X), W=w, X=x), x @ w.T)


@pytest.mark.parametrize("padding", ["valid", "same", 0, 2])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_conv1d_without_channels_against_scipy(kernel, stride, padding):
    x, w = RNG.normal(size=7), RNG.normal(size=kernel)
    if padding == "same":
        out = -(-7 // stride)
        missing = max((out - 1) * stride + kernel - 7, 0)
        padded = np.pad(x, (missing // 2, missing - missing // 2))
    else:
        padded = np.pad(x, 0 if padding == "valid" else padding)
    want = scipy.signal.correlate(padded, w, mode="valid")[::stride]
    got = sg.conv1d(sg.params("x", 7), sg.params("w", kernel), stride=stride, padding=padding)
    assert got.shape == want.shape
    np.testing.assert_allclose(values(got, x=x, w=w), want, atol=1e-14)


def test_conv2d_with_channels_is_a_sum_of_correlations():
    x, w = RNG.normal(size=(4, 2, 5, 6)), RNG.normal(size=(3, 2, 3, 2))
    got = values(sg.conv2d(sg.data("x", (2, 5, 6)), sg.params("w", (3, 2, 3, 2))), x=x, w=w)
    for i, o in np.ndindex(4, 3):
        want = sum(scipy.signal.correlate2d(x[i, c], w[o, c], mode="valid") for c in range(2))
        np.testing.assert_allclose(got[i, o], want, atol=1e-14)


def test_a_convolution_over_a_named_width():
    x, w = sg.params("x", "d"), sg.params("w", 3)
    assert sg.conv1d(x, w).shape == ("d - 2",)
    assert sg.conv1d(x, w, padding="same").shape == ("d",)
    got = sg.conv1d(x, w, padding=1).evaluate(x=[1.0, 2, 3, 4], w=[1.0, 0, -1])
    assert got.tolist() == [-2.0, -2.0, -2.0, 3.0]
