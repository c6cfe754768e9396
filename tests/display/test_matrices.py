"""Formulas of vectors and matrices: products where there are products, indices where there are none."""

import pytest

import symgrad as sg

A, B = sg.params("A", ("d", "d")), sg.params("B", ("d", "d"))
v, w = sg.params("v", "d"), sg.params("w", "d")
X, y = sg.data("X", "d"), sg.data("y")
s = sg.params("s")


@pytest.mark.parametrize(
    ("formula", "unicode", "ascii"),
    [
        (lambda: A @ w + v, "Aw + v", "A @ w + v"),
        (lambda: (A @ B).T, "BᵀAᵀ", "B.T @ A.T"),
        (lambda: v @ A @ w, "vᵀAw", "v @ (A @ w)"),
        (lambda: A @ B @ w, "ABw", "A @ (B @ w)"),
        (lambda: A * B, "A ⊙ B", "A*B"),
        (lambda: v / w, "v ⊘ w", "v/w"),
        (lambda: v**2, "v∘²", "v**2"),
        (lambda: v * w[0], "w[0] v", "w[0]*v"),
        (lambda: s * (A @ w), "sAw", "s*(A @ w)"),
        ((v**2).sum, "‖v‖²", "sum(v**2)"),
        (lambda: sg.norm(v - w), "‖v − w‖", "norm(v - w)"),
        ((A**2).sum, "‖A‖_F²", "sum(A**2)"),
        ((A * B).sum, "tr(AᵀB)", "sum(A*B)"),
        (lambda: sg.trace(A @ B), "tr(AB)", "trace(A @ B)"),
        (v.sum, "𝟏ᵀv", "sum(v)"),
        (lambda: A.sum(1), "A𝟏", "sum(A, 1)"),
        (lambda: A + w, "A + 𝟏 wᵀ", "A + w"),
        (lambda: A * w, "A diag(w)", "A*w"),
        (lambda: A * w[:, None], "diag(w)A", "A*w[:, None]"),
        (lambda: sg.outer(v, w), "v wᵀ", "outer(v, w)"),
        (lambda: sg.diag(A), "diag(A)", "diag(A)"),
        (lambda: sg.inv(A) @ w, "A⁻¹w", "inv(A) @ w"),
        (lambda: sg.solve(A, w), "A⁻¹w", "solve(A, w)"),
        (lambda: sg.logdet(A), "log |det(A)|", "logdet(A)"),
        (lambda: sg.softmax(A @ w), "softmax(Aw)", "softmax(A @ w)"),
        (lambda: sg.log_softmax(w), "log softmax(w)", "log_softmax(w)"),
        (lambda: sg.cumsum(w), "cumsum(w)", "cumsum(w)"),
        (lambda: w[1:], "w[1:]", "w[1:]"),
        (lambda: A[:, 2], "A[:, 2]", "A[:, 2]"),
        (lambda: A[0] @ w, "wᵀA[0]", "w @ A[0]"),
        (w.max, "max(w)", "max(w)"),
        (lambda: A.max(1), "maxₖ(Aⱼₖ)", "max(A, axis=1)"),
        (lambda: sg.stack([w[0], 2 * s, 1]), "[w[0], 2s, 1]", "[w[0], 2*s, 1]"),
        (lambda: sg.params("q", 3) @ [1, 2, 3], "qᵀ[1, 2, 3]", "q @ [1, 2, 3]"),
        (lambda: sg.mse(y, X @ w), "(1/n) ‖y − Xw‖²", "mean((y - w @ X)**2)"),
        (lambda: sg.hinge(y, X @ w), "(1/n) Σᵢ relu(1 − yᵢ wᵀXᵢ)", "mean(relu(1 - y*(w @ X)))"),
    ],
)  # fmt: skip
def test_matrix_notation(formula, unicode, ascii):
    shown = formula()
    assert repr(shown) == unicode
    assert str(shown) == ascii


@pytest.mark.parametrize(
    ("loss", "by", "unicode"),
    [
        (lambda: sg.logdet(A), A, "A⁻ᵀ"),
        (lambda: w @ sg.inv(A) @ w, A, "−A⁻ᵀw (A⁻¹w)ᵀ"),
        (lambda: w @ A @ w, w, "Aw + Aᵀw"),
        (lambda: sg.trace(A @ B), A, "Bᵀ"),
        (lambda: sg.norm(w), w, "w/‖w‖"),
        (lambda: sg.rmse(y, X @ w), w, "Xᵀ(Xw − y)/(n√((1/n) ‖y − Xw‖²))"),
    ],
)
def test_gradients_as_the_matrix_cookbook_writes_them(loss, by, unicode):
    assert repr(sg.grad(loss(), by)) == unicode


def test_the_hessian_of_a_quadratic_and_a_jacobian():
    assert repr(sg.jacobian(sg.softmax(w), w)) == "diag(softmax(w)) − softmax(w) softmax(w)ᵀ"
    assert repr(sg.jacobian(A @ w, w)) == "A"


def test_where_no_matrix_form_exists_indices_are_shown():
    T = sg.params("T", (3, 4, 5))
    u = sg.params("u", 5)
    assert repr(sg.einsum("jkl,l->jk", T, u)) == "Σₗ Tⱼₖₗ uₗ"
    assert str(sg.einsum("jkl,l->jk", T, u)) == "each(j, k, sum(l, T[j, k, l]*u[l]))"


def test_an_entry_of_an_inverse():
    M = sg.params("M", (3, 3))
    assert repr(sg.inv(M)[0, 1]) == "invⱼₖ(Mⱼₖ)₀₁"
    assert sg.inv(M)[0, 1]._repr_latex_() == (
        r"$\displaystyle {\operatorname{inv}_{j k}\left(M_{j k}\right)}_{0, 1}$"
    )
    assert repr(sg.grad(sg.inv(M)[0, 1], M)) == "−invₗₚ(Mₗₚ)ₖ₁ invₗₚ(Mₗₚ)₀ⱼ"


def test_the_mean_over_a_named_size():
    assert repr(w.mean()) == "(1/d) 𝟏ᵀw"
    assert str(w.mean()) == "sum(w)/d"


def test_gathered_rows():
    V, who = sg.params("V", ("users", "k")), sg.data("who", dtype="int")
    assert repr(sg.norm(V[who])) == "‖V[who]‖"
    assert str(V[who]) == "V[who]"
