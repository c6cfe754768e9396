"""Questions of vectors and matrices."""

from __future__ import annotations

import symgrad as sg

from .cases import Asked


def matrices() -> list[Asked]:
    X, y = sg.data("X", "d"), sg.data("y")
    w = sg.params("w", "d")
    A = sg.constant("A", ("d", "d"))
    v = sg.params("v", "d")
    c = sg.constant("c", "d")
    lam = sg.hyper("lambda")
    B, u, s = sg.params("B", ("k", "d")), sg.constant("u", "d"), sg.constant("s", "k")
    z, t = sg.params("z", "k"), sg.constant("t", "k")
    a = sg.param("a", 3)
    return [
        Asked(
            "least squares", sg.mse(y, X @ w), w,
            right=["2/n * X.T @ (X @ w - y)", "2/n X'(Xw - y)", r"\frac{2}{n}X^\top(Xw-y)",
                   r"\frac{2}{n} X^T (Xw - y)", "(2/n) Xᵀ(Xw − y)", r"-\frac{2}{n}X^\top(y-Xw)",
                   r"\frac{2}{n}\left(X^\top X w - X^\top y\right)",
                   r"\frac{2}{n}\mathbf{X}^\top(\mathbf{X}\mathbf{w}-\mathbf{y})",
                   r"\nabla_w L = \frac{2}{n}X^\top(Xw-y)",
                   r"\frac{2}{n}\sum_{i=1}^n (X_i^\top w - y_i)X_i", "2 mean((X @ w - y) * X)"],
            wrong={r"\frac{2}{n}X(Xw-y)": "", r"\frac{2}{n}X^\top(y-Xw)": "sign",
                   r"\frac{1}{n}X^\top(Xw-y)": "constant factor|power rule", r"2X^\top(Xw-y)": "mean",
                   r"\frac{2}{n}X^\top(Xw+y)": "term's sign",
                   r"\frac{2}{n}X^\top X w": "term missing", r"\frac{2}{n}(Xw-y)": ""},
        ),
        Asked(
            "ridge regression", sg.mse(y, X @ w) + lam * sg.sum(w**2), w,
            right=[r"\frac{2}{n}X^\top(Xw-y) + 2\lambda w", "2/n X'(Xw - y) + 2λw",
                   "2/n * X.T @ (X @ w - y) + 2*lambda*w"],
            wrong={r"\frac{2}{n}X^\top(Xw-y)": "term missing",
                   r"\frac{2}{n}X^\top(Xw-y) + \lambda w": "constant factor|power rule",
                   r"\frac{2}{n}X^\top(Xw-y) - 2\lambda w": "term's sign"},
        ),
        Asked(
            "a quadratic form", v @ A @ v, v,
            right=["A v + A' v", "(A + A')v", "(A + A.T) @ v", r"(A + A^\top)v", r"Av + A^Tv", "(A + Aᵀ) v"],
            wrong={"2 A v": "transpose", "A v": "product rule|term missing",
                   "A' v": "product rule|term missing", "(A - A') v": "term's sign", r"-(A+A^\top)v": "sign",
                   "v' A v": "the loss itself"},
        ),
        Asked(
            "a linear form", c @ v + sg.sum(v**2) / 2, v,
            right=["c + v", "v + c", r"\mathbf{c} + \mathbf{v}", r"\vec{c}+\vec{v}"],
            wrong={"c": "term missing", "v": "term missing", "c + 2v": "constant factor",
                   "c - v": "term's sign"},
        ),
        Asked(
            "a layer's weights", sg.sum((B @ u - s) ** 2), B,
            right=["2 (B u - s) u'", r"2(Bu-s)u^\top", "2*outer(B @ u - s, u)", r"2 B u u^\top - 2 s u^\top",
                   "−2(s − Bu)uᵀ"],
            wrong={r"2u(Bu-s)^\top": "transpose", r"(Bu-s)u^\top": "power rule|constant factor",
                   r"2(s-Bu)u^\top": "sign", r"2(Bu+s)u^\top": "term's sign", r"2Buu^\top": "term missing"},
        ),
        Asked(
            "softmax and cross-entropy", sg.logsumexp(z) - t @ z, z,
            right=["softmax(z) - t", r"\mathrm{softmax}(z) - t", "-t + softmax(z)", "exp(z)/sum(exp(z)) - t",
                   r"\operatorname{softmax}(z)-t"],
            wrong={"t - softmax(z)": "sign", "softmax(z)": "term missing", "softmax(z) + t": "term's sign",
                   "z - t": "", "exp(z) - t": "chain rule"},
        ),
        Asked(
            "entries", a[0] ** 2 + a[0] * a[1] + a[2], a,
            right=["[2a[0] + a[1], a[0], 1]", r"\begin{bmatrix} 2a_1 + a_2 \\ a_1 \\ 1 \end{bmatrix}"],
            wrong={"[2a[0], a[0], 1]": "product rule|term missing", "[2a[0] + a[1], a[1], 1]": "",
                   r"\begin{bmatrix} 2a_1 + a_2 \\ a_1 \\ 0 \end{bmatrix}": "term missing"},
        ),
    ]  # fmt: skip
