"""Pairs of a derivative and an answer, with the verdict: the table that several tests share.

Each case is (name, truth, claim, verdict); all tensors are built by public operators.
"""

from __future__ import annotations

from typing import Any

import sympy

import symgrad as sg

Case = tuple[str, Any, Any, str]


def scalars() -> list[Case]:
    x, y, a, b, c, k = sg.params("x y a b c k")
    p, q = sg.param("p", min=0), sg.param("q", min=0)
    s = sg.sigmoid(x)
    right = [
        ("square", (x + y) ** 2, x**2 + 2 * x * y + y**2),
        ("cube", (x - 1) ** 3, x**3 - 3 * x**2 + 3 * x - 1),
        ("factored", x**2 - y**2, (x - y) * (x + y)),
        ("fraction", 1 / x - 1 / (x + 1), 1 / (x * (x + 1))),
        ("nested fraction", 1 / (1 + 1 / x), x / (x + 1)),
        ("reduced fraction", (x**2 - 1) / (x - 1), x + 1),
        ("three denominators", 1 / (x * y) + 1 / (y * a) + 1 / (a * x), (x + y + a) / (x * y * a)),
        ("swapped quotient", (x - y) / (a - b), (y - x) / (b - a)),
        ("power rule", sg.grad(x**5 + 3 * x, x), 5 * x**4 + 3),
        ("chain rule", sg.grad((a * x + b) ** 3, x), 3 * a * (a * x + b) ** 2),
        ("quotient rule", sg.grad(x / (x**2 + 1), x), (1 - x**2) / (1 + x**2) ** 2),
        ("reciprocal", sg.grad(1 / (a * x), x), -1 / (a * x**2)),
        ("logistic 1", s * (1 - s), sg.exp(x) / (1 + sg.exp(x)) ** 2),
        ("logistic 2", s * (1 - s), 1 / (4 * sg.cosh(x / 2) ** 2)),
        ("logistic 3", s * (1 - s), sg.exp(-x) / (1 + sg.exp(-x)) ** 2),
        ("logistic 4", sg.grad(s, x), s * sg.sigmoid(-x)),
        ("logistic 5", 1 - s, 1 / (1 + sg.exp(x))),
        ("logistic 6", sg.sigmoid(2 * x), (1 + sg.tanh(x)) / 2),
        ("second derivative of the logistic", s * (1 - s) * (1 - 2 * s),
         (sg.exp(-2 * x) - sg.exp(-x)) / (1 + sg.exp(-x)) ** 3),
        ("softplus", sg.grad(sg.softplus(a * x), x), a / (1 + sg.exp(-a * x))),
        ("softplus of minus", sg.softplus(x) - sg.softplus(-x), x),
        ("log of logistic", sg.log(s), -sg.log(1 + sg.exp(-x))),
        ("log-sum-exp of two", sg.log(sg.exp(x) + sg.exp(y)), x + sg.log(1 + sg.exp(y - x))),
        ("silu", sg.grad(sg.silu(x), x), s + x * s * (1 - s)),
        ("gelu", sg.grad(sg.gelu(x), x), sg.normal_cdf(x) + x * sg.exp(-(x**2) / 2) / sg.sqrt(2 * sympy.pi)),
        ("normal distribution", sg.normal_cdf(x) + sg.normal_cdf(-x), 1 + 0 * x),
        ("error function", sg.erfc(x), 1 + sg.erf(-x)),
        ("exponent law", sg.exp(x) * sg.exp(y), sg.exp(x + y)),
        ("exponent of a multiple", sg.exp(3 * x), sg.exp(x) ** 3),
        ("half exponent", sg.exp(x / 2) ** 2, sg.exp(x)),
        ("exponent of a square", sg.exp(-((x - y) ** 2)), sg.exp(2 * x * y) / sg.exp(x**2 + y**2)),
        ("hyperbolic Pythagoras", sg.cosh(x) ** 2 - sg.sinh(x) ** 2, 1 + 0 * x),
        ("tanh", sg.grad(sg.tanh(x), x), 1 / sg.cosh(x) ** 2),
        ("tanh double", sg.tanh(2 * x), 2 * sg.tanh(x) / (1 + sg.tanh(x) ** 2)),
        ("log cosh", sg.grad(sg.log(sg.cosh(x)), x), sg.tanh(x)),
        ("Pythagoras", sg.sin(x) ** 2 + sg.cos(x) ** 2, 1 + 0 * x),
        ("double angle", 2 * sg.sin(x) * sg.cos(x), sg.sin(2 * x)),
        ("sum of angles", sg.cos(x + y), sg.cos(x) * sg.cos(y) - sg.sin(x) * sg.sin(y)),
        ("half angle", sg.sin(x / 2) ** 2, (1 - sg.cos(x)) / 2),
        ("tangent", sg.grad(sg.tan(x), x), 1 / sg.cos(x) ** 2),
        ("tangent half angle", sg.tan(x / 2), sg.sin(x) / (1 + sg.cos(x))),
        ("shifted sine", sg.sin(x + sympy.pi / 2), sg.cos(x)),
        ("triple angle", sg.sin(3 * x), 3 * sg.sin(x) - 4 * sg.sin(x) ** 3),
        ("sine squared", sg.grad(sg.sin(a * x) ** 2, x), a * sg.sin(2 * a * x)),
        ("arcs", sg.asin(x) + sg.acos(x), sympy.pi / 2 + 0 * x),
        ("area sine", sg.asinh(x), sg.log(x + sg.sqrt(x**2 + 1))),
        ("area tangent", sg.atanh(x), (sg.log1p(x) - sg.log(1 - x)) / 2),
        ("root", sg.grad(sg.sqrt(x**2 + 1), x), x / sg.sqrt(x**2 + 1)),
        ("root of a square", sg.sqrt(x**2 + 2 * x + 1), abs(x + 1)),
        ("rationalised", 1 / (sg.sqrt(x + 1) + sg.sqrt(x)), sg.sqrt(x + 1) - sg.sqrt(x)),
        ("root of a product", sg.sqrt(p * q), sg.sqrt(p) * sg.sqrt(q)),
        ("root of a number", sg.sqrt(8) * x, 2 * sg.sqrt(2) * x),
        ("power of a power", (p**2) ** 0.75, p**1.5),
        ("log of a product", sg.log(p * q), sg.log(p) + sg.log(q)),
        ("log of a quotient", sg.log(p / q**3), sg.log(p) - 3 * sg.log(q)),
        ("log of a square", sg.log(x**2), 2 * sg.log(abs(x))),
        ("logs by the domain", sg.log(x) + sg.log(y), sg.log(x * y)),
        ("exp of log", sg.exp(2 * sg.log(x)), x**2 + 0 * sg.log(x)),
        ("x to the x", sg.grad(x**x, x), x**x * (sg.log(x) + 1)),
        ("power of a parameter", sg.grad(p**k, p), k * p**k / p),
        ("base two", sg.grad(sympy.Integer(2) ** x, x), sg.log(2) * 2**x),
        ("entropy", sg.grad(-x * sg.log(x) - (1 - x) * sg.log(1 - x), x), sg.log((1 - x) / x)),
        ("log gamma", sg.grad(sg.lgamma(x**2 + 1), x), 2 * x * sg.digamma(1 + x * x)),
        ("decimal", 0.5 * x + 0.25, (2 * x + 1) / 4),
        ("zero", x - x, 0 * y),
        ("Michaelis-Menten", sg.grad(p * x / (q + x), q), -(p * x) / (q**2 + 2 * q * x + x**2)),
        ("deep", sg.grad(sg.exp(sg.sin(a * x**2)), x),
         2 * a * x * sg.cos(a * x * x) * sg.exp(sg.sin(a * x**2))),
        ("gaussian", sg.grad(sg.exp(-((x - a) ** 2) / (2 * b**2)), x),
         (a - x) / b**2 * sg.exp(-((a - x) ** 2) / (2 * b**2))),
        ("Horner", ((a * x + b) * x + c) * x, a * x**3 + b * x**2 + c * x),
    ]  # fmt: skip
    wrong = [
        ("sign", 5 * x + 3 * y - 13, 5 * x - 3 * y - 13),
        ("constant", 5 * x + 3, 5 * x + 2),
        ("freshman", (x + y) ** 2, x**2 + y**2),
        ("power rule slipped", sg.grad(x**5, x), 5 * x**5),
        ("chain rule forgotten", sg.grad((a * x + b) ** 3, x), 3 * (a * x + b) ** 2),
        ("product rule half", sg.grad(x * sg.exp(x), x), sg.exp(x)),
        ("quotient swapped", sg.grad(x / (x**2 + 1), x), (x**2 - 1) / (1 + x**2) ** 2),
        ("logistic plus", sg.grad(s, x), s * (1 + s)),
        ("logistic itself", sg.grad(s, x), s),
        ("tanh", sg.grad(sg.tanh(x), x), 1 - sg.tanh(x)),
        ("nearly", x, x * sympy.Rational(10**9 + 1, 10**9)),
        ("nearly a third", x / 3, 0.333333333333 * x),
        ("cosine sign", sg.grad(sg.cos(x), x), sg.sin(x)),
        ("right for positive x alone", abs(x), x),
        ("right for integers alone", sg.sin(sympy.pi * x), 0 * x),
        ("root of a square", sg.sqrt(x**2), x),
        ("log of a square", sg.log(x**2), 2 * sg.log(x)),
        ("domain too small", x**2, sg.exp(2 * sg.log(x))),
        ("log base", sg.grad(sympy.Integer(2) ** x, x), 2**x),
        ("exponent", sg.exp(x + y), sg.exp(x) + sg.exp(y)),
        ("Taylor", sg.exp(x / 100), 1 + x / 100 + x**2 / 20000),
        ("far threshold", sg.relu(x - 30), 0 * x),
        ("other parameter", sg.grad(a * x + b * y, a), y),
        ("the loss itself", sg.grad((a * x + b) ** 2, a), (a * x + b) ** 2),
    ]
    return [(n, t, c, "correct") for n, t, c in right] + [
        (f"{n} (wrong)", t, c, "wrong") for n, t, c in wrong
    ]


def sums() -> list[Case]:
    x, y, u = sg.data("x y u")
    m, b, lam = *sg.params("m b"), sg.hyper("lam")
    p = m * x + b
    n = sg.total(0 * x + 1)
    g = sg.grad(sg.mse(y, p))
    z = sg.sigmoid(p)
    bce = sg.grad(sg.binary_cross_entropy(y, z))
    rmse = sg.grad(sg.rmse(y, p))
    centred = x - sg.mean(x)
    right = [
        ("mse", g[m], (2 / n) * sg.total(x * (p - y))),
        ("mse moments", g[m], 2 * m * sg.mean(x**2) + 2 * b * sg.mean(x) - 2 * sg.mean(x * y)),
        ("mse minus", g[m], -2 * sg.mean((y - p) * x)),
        ("mse halves", g[m], sg.mean(x * (p - y)) + sg.mean(p * x) - sg.mean(y * x)),
        ("mse bias", g[b], 2 * (m * sg.mean(x) + b - sg.mean(y))),
        ("mse bias, n b", g[b] * n, 2 * sg.total(m * x - y) + 2 * n * b),
        ("mse on data", g.on(x=[1, 2], y=[3, 5])[m], 5 * m + 3 * b - 13),
        ("mse on data, factored", g.on(x=[1, 2], y=[3, 5])[b], 3 * (m + b) - b - 8),
        ("ridge", sg.grad(sg.mse(y, p) + lam * m**2, m), 2 * sg.mean((p - y) * x) + 2 * lam * m),
        ("logistic regression", bce[m], sg.mean((z - y) * x)),
        ("logistic regression, exponentials", bce[m], sg.mean(x / (1 + sg.exp(-p))) - sg.mean(x * y)),
        ("logistic regression, other exponentials", bce[m], sg.mean(x * sg.exp(p) / (1 + sg.exp(p)) - x * y)),
        ("logistic regression, unsimplified", bce[b], sg.mean(-y * (1 - z) + (1 - y) * z)),
        ("logistic regression, quotients", bce[b], sg.mean((-y / z + (1 - y) / (1 - z)) * z * (1 - z))),
        ("logistic curvature", sg.total(z * (1 - z)), sg.total(1 / (4 * sg.cosh(p / 2) ** 2))),
        ("probabilities sum", sg.total(z) + sg.total(1 - z), n),
        ("rmse", rmse[m], sg.mean((p - y) * x) / sg.rmse(y, p)),
        ("rmse, root", rmse[b], sg.total(p - y) / sg.sqrt(n * sg.total((y - p) ** 2))),
        ("mae", sg.grad(sg.mae(y, p), m), sg.mean(x * sg.sign(p - y))),
        ("mae, branches", sg.grad(sg.mae(y, p), m), sg.mean(sg.where(p > y, x, -x))),
        ("huber clipped", sg.grad(sg.huber(y, p), m), sg.mean(x * sg.clip(p - y, -1, 1))),
        ("huber branches", sg.grad(sg.huber(y, p, delta=2), b),
         -sg.mean(sg.where(y - p > 2, 2, sg.where(y - p < -2, -2, y - p)))),
        ("huber delta", sg.grad(sg.huber(y, p, delta=lam), b), sg.mean(sg.clip(p - y, -lam, lam))),
        ("hinge", sg.grad(sg.hinge(y, p), m), -sg.mean(sg.where(y * p < 1, x * y, 0))),
        ("squared hinge", sg.grad(sg.squared_hinge(y, p), m), -2 * sg.mean(x * y * sg.relu(1 - y * p))),
        ("quantile", sg.grad(sg.quantile(y, b, q=0.9), b), sg.mean(sg.where(y > b, -0.9, 0.1))),
        ("log cosh", sg.grad(sg.log_cosh(y, p), m), sg.mean(x * sg.tanh(p - y))),
        ("poisson", sg.grad(sg.poisson(y, sg.exp(p)), m), sg.mean(x * (sg.exp(p) - y))),
        ("poisson, split", sg.grad(sg.poisson(y, sg.exp(p)), m),
         sg.exp(b) * sg.mean(x * sg.exp(m * x)) - sg.mean(x * y)),
        ("variance", sg.mean(centred**2), sg.mean(x**2) - sg.mean(x) ** 2),
        ("covariance", sg.mean(centred * y), sg.mean(x * y) - sg.mean(x) * sg.mean(y)),
        ("double sum", sg.total(x) * sg.total(y), sg.total(x * sg.total(y))),
        ("square of a sum", sg.total(x * sg.total(x)), sg.total(x) ** 2),
        ("swapped names", sg.total(x * y) * sg.total(u), sg.total(u) * sg.total(y * x)),
        ("mean of a constant", sg.mean(0 * x + m), m),
        ("relu", sg.grad(sg.mean(sg.relu(p)), m), sg.mean(sg.where(p >= 0, x, 0))),
        ("abs as relu", sg.total(abs(x)), sg.total(sg.relu(x) + sg.relu(-x))),
        ("max and min", sg.total(sg.maximum(x, y) + sg.minimum(x, y)), sg.total(x + y)),
        ("clip", sg.total(sg.clip(x, 0, 1)), sg.total(sg.relu(x) - sg.relu(x - 1))),
        ("partial fractions inside", sg.total(1 / (x * (x + 1))), sg.total(1 / x) - sg.total(1 / (x + 1))),
        ("two denominators inside", sg.total(1 / x + 1 / y), sg.total((x + y) / (x * y))),
        ("log likelihood", sg.grad(sg.total(sg.log(sg.sigmoid(y * p))), m),
         sg.total(x * y * sg.sigmoid(-y * p))),
        ("gaussian variance", sg.grad(sg.gaussian_nll(y, p, sg.param("v", min=0)), sg.param("v", min=0)),
         1 / (2 * sg.param("v", min=0)) - sg.mean((y - p) ** 2) / (2 * sg.param("v", min=0) ** 2)),
        ("weights sum to one", sg.total(sg.exp(x) / sg.total(sg.exp(x))), 1 + 0 * m),
    ]  # fmt: skip
    wrong = [
        ("factor two", g[m], sg.mean(x * (p - y))),
        ("sign", g[m], 2 * sg.mean(x * (y - p))),
        ("no 1/n", g[m], 2 * sg.total(x * (p - y))),
        ("extra 1/n", g[m], 2 * sg.mean(x * (p - y)) / n),
        ("no chain rule", g[m], 2 * sg.mean(p - y)),
        ("on data", g.on(x=[1, 2], y=[3, 5])[m], 5 * m + 3 * b + 13),
        ("mean of a product", sg.mean(x * y), sg.mean(x) * sg.mean(y)),
        ("square of a sum", sg.total(x) ** 2, sg.total(x**2)),
        ("n for b", g[b], 2 * sg.mean(m * x - y) + 2 * n * b),
        ("variance by n", sg.mean(centred**2), sg.mean(x**2) - sg.mean(x)),
        ("logistic loss", bce[m], sg.mean((y - z) * x)),
        ("logistic loss with slope", bce[m], sg.mean((z - y) * z * (1 - z) * x)),
        ("mae sign", sg.grad(sg.mae(y, p), m), sg.mean(x * sg.sign(y - p))),
        ("huber threshold", sg.grad(sg.huber(y, p), m), sg.mean(x * sg.clip(p - y, -2, 2))),
        ("hinge margin", sg.grad(sg.hinge(y, p), m), -sg.mean(sg.where(y * p < 0, x * y, 0))),
        ("relu branch", sg.grad(sg.mean(sg.relu(p)), m), sg.mean(x)),
        ("rmse without root", rmse[m], sg.mean((p - y) * x)),
        ("ridge forgotten", sg.grad(sg.mse(y, p) + lam * m**2, m), 2 * sg.mean((p - y) * x)),
    ]
    return [(n, t, c, "correct") for n, t, c in right] + [
        (f"{n} (wrong)", t, c, "wrong") for n, t, c in wrong
    ]


def tensors() -> list[Case]:
    X, y, label = sg.data("X", "d"), sg.data("y"), sg.data("label", classes=3)
    T = sg.data("T", 3, one_hot=True)
    w, b = sg.params("w", "d"), sg.params("b")
    W, c = sg.params("W", (3, "d")), sg.params("c", 3)
    A, B, v = sg.params("A", ("d", "d")), sg.params("B", ("d", "d")), sg.params("v", "d")
    D = sg.constants("D", ("k", "d"))
    t = sg.constants("t", "k")
    r = X @ w + b - y
    g = sg.grad(sg.mse(y, X @ w + b))
    z = W @ X + c
    p = sg.softmax(z)
    ce, hot = sg.grad(sg.cross_entropy(label, p)), sg.grad(sg.cross_entropy(T, p))
    exponents = sg.exp(z - z.max())
    W1, b1 = sg.params("W1", ("h", "d")), sg.params("b1", "h")
    w2, b2 = sg.params("w2", "h"), sg.params("b2")
    a1 = sg.sigmoid(W1 @ X + b1)
    out = w2 @ a1 + b2
    net = sg.grad(sg.mse(y, out))
    delta = 2 * (out - y)
    h1 = sg.relu(W1 @ X + b1)
    deep = sg.grad(sg.mse(y, w2 @ h1))
    e3, f3 = sg.params("e", 3), sg.params("f", 3)
    M2 = sg.params("M", (2, 2))
    rows = D @ w - t
    right = [
        ("least squares", g[w], 2 * sg.mean(X * r)),
        ("least squares, normal equations", g[w],
         2 * (sg.mean(sg.outer(X, X)) @ w) + 2 * b * sg.mean(X) - 2 * sg.mean(X * y)),
        ("least squares, bias", g[b], 2 * (sg.mean(X) @ w + b - sg.mean(y))),
        ("least squares, fixed rows", sg.grad((rows**2).sum(), w), 2 * (D.T @ (D @ w - t))),
        ("least squares, fixed rows expanded", sg.grad((rows**2).sum(), w),
         2 * (D.T @ D) @ w - 2 * (D.T @ t)),
        ("least squares, row vector", sg.grad((rows**2).sum(), w), 2 * rows @ D),
        ("quadratic form", sg.grad(v @ A @ v, v), (A + A.T) @ v),
        ("quadratic form by the matrix", sg.grad(v @ A @ v, A), sg.outer(v, v)),
        ("transposed product", (A @ B).T, B.T @ A.T),
        ("trace cycles", sg.trace(A @ B), sg.trace(B @ A)),
        ("trace of three", sg.trace(A @ B @ A.T), sg.trace(A.T @ A @ B)),
        ("trace derivative", sg.grad(sg.trace(A @ B), A), B.T),
        ("norm", sg.grad(sg.norm(w), w), w / sg.sqrt((w**2).sum())),
        ("ridge norm", sg.grad((w**2).sum(), w), 2 * w),
        ("softmax labels", ce[W], sg.mean((p - sg.one_hot(label))[:, None] * X[None, :])),
        ("softmax bias", ce[c], sg.mean(p - sg.one_hot(label))),
        ("softmax by hand", ce[c], sg.mean(sg.exp(z) / sg.exp(z).sum() - sg.one_hot(label))),
        ("softmax shifted", ce[c], sg.mean(exponents / exponents.sum() - sg.one_hot(label))),
        ("softmax one-hot", hot[W], sg.mean((p - T)[:, None] * X[None, :])),
        ("softmax one-hot, sum of truths", hot[c], sg.mean(T.sum() * p - T)),
        ("softmax sums to one", sg.mean(p.sum()), 1 + 0 * b),
        ("softmax shift", sg.softmax(e3), sg.softmax(e3 - f3[0])),
        ("softmax Jacobian", sg.jacobian(sg.softmax(e3), e3),
         sg.diag(sg.softmax(e3)) - sg.outer(sg.softmax(e3), sg.softmax(e3))),
        ("log-sum-exp", sg.grad(sg.logsumexp(e3), e3), sg.softmax(e3)),
        ("layer 1 weights", net[W1], sg.mean((delta * w2 * a1 * (1 - a1))[:, None] * X[None, :])),
        ("layer 1 bias", net[b1], sg.mean(delta * w2 * a1 * (1 - a1))),
        ("layer 2 weights", net[w2], sg.mean(delta * a1)),
        ("layer 2 bias", net[b2], 2 * (w2 @ sg.mean(a1) + b2 - sg.mean(y))),
        ("layer 1, exponentials", net[b1],
         sg.mean(delta * w2 * sg.exp(W1 @ X + b1) / (1 + sg.exp(W1 @ X + b1)) ** 2)),
        ("relu layer", deep[W1],
         sg.mean((2 * (w2 @ h1 - y) * w2 * sg.where(W1 @ X + b1 > 0, 1, 0))[:, None] * X[None, :])),
        ("linear layers collapse", sg.mean(w2 @ (W1 @ X + b1)), (w2 @ W1) @ sg.mean(X) + w2 @ b1),
        ("inverse", sg.inv(A) @ A @ v, v),
        ("inverse transposed", sg.inv(A.T), sg.inv(A).T),
        ("solve", sg.solve(A, v), sg.inv(A) @ v),
        ("solve gradient", sg.grad(sg.dot(v, sg.solve(A, v)), A), -sg.outer(sg.inv(A).T @ v, sg.inv(A) @ v)),
        ("log determinant", sg.grad(sg.logdet(A), A), sg.inv(A.T)),
        ("determinant", sg.grad(sg.det(A), A), sg.det(A) * sg.inv(A).T),
        ("determinant of two", sg.det(M2), M2[0, 0] * M2[1, 1] - M2[0, 1] * M2[1, 0]),
        ("inverse of two", sg.inv(M2)[0, 1], -M2[0, 1] / sg.det(M2)),
        ("dot written out", e3 @ f3, e3[0] * f3[0] + e3[1] * f3[1] + e3[2] * f3[2]),
        ("stacked", sg.grad((e3**2).sum(), e3), sg.stack([2 * e3[0], 2 * e3[1], 2 * e3[2]])),
        ("product of three", sg.grad(e3.prod(), e3), sg.stack([e3[1] * e3[2], e3[0] * e3[2], e3[0] * e3[1]])),
        ("mean over own axis", e3.mean(), (e3[0] + e3[1] + e3[2]) / 3),
        ("centred", (e3 - e3.mean()).sum(), 0 * b),
        ("max written out", e3.max(), sg.maximum(e3[0], sg.maximum(e3[1], e3[2]))),
        ("outer product norm", (sg.outer(v, w) ** 2).sum(), (v @ v) * (w @ w)),
        ("gather", sg.mean(c[label]), sg.mean((c * sg.one_hot(label)).sum())),
        ("batched", sg.einsum("jk,kl,l->j", A, B, v), A @ (B @ v)),
    ]  # fmt: skip
    wrong = [
        ("least squares sign", g[w], 2 * sg.mean(X * (-r))),
        ("least squares, transposed", sg.grad(v @ A @ v, v), 2 * A @ v),
        ("quadratic form, one side", sg.grad(v @ A @ v, v), A @ v),
        ("product order", A @ B, B @ A),
        ("transpose forgotten", sg.grad(sg.trace(A @ B), A), B),
        ("norm not normed", sg.grad(sg.norm(w), w), w),
        ("softmax sign", ce[c], sg.mean(sg.one_hot(label) - p)),
        ("softmax without truth", ce[c], sg.mean(p)),
        ("softmax with sigmoid", ce[c], sg.mean(sg.sigmoid(z) - sg.one_hot(label))),
        ("layer without slope", net[b1], sg.mean(delta * w2)),
        ("layer with slope doubled", net[b1], sg.mean(delta * w2 * a1 * (1 + a1))),
        ("layer missing two", net[w2], sg.mean((out - y) * a1)),
        ("relu lost", deep[W1], sg.mean((2 * (w2 @ h1 - y) * w2)[:, None] * X[None, :])),
        (
            "solve untransposed",
            sg.grad(sg.dot(v, sg.solve(A, v)), A),
            -sg.outer(sg.inv(A) @ v, sg.inv(A) @ v),
        ),
        ("determinant untransposed", sg.grad(sg.det(A), A), sg.det(A) * sg.inv(A)),
        ("one entry", e3, sg.stack([e3[0], e3[1], e3[1]])),
        ("Jacobian", sg.jacobian(sg.softmax(e3), e3), sg.diag(sg.softmax(e3))),
    ]
    return [(n, t, c, "correct") for n, t, c in right] + [
        (f"{n} (wrong)", t, c, "wrong") for n, t, c in wrong
    ]


def all_pairs() -> list[Case]:
    return [*scalars(), *sums(), *tensors()]
