"""Wrong answers, each labelled with the mistake that was made on purpose.

Each case is (label, derivative, loss, variable, answer); all tensors are built by
public operators, and the answers were worked out by hand.
"""

from __future__ import annotations

from typing import Any

import symgrad as sg

Case = tuple[str, Any, Any, Any, Any]


def scalars() -> list[Case]:
    x, y, a, b, c = sg.params("x y a b c")
    lr = sg.hyper("lr")
    s, t = sg.sigmoid(x), sg.tanh(x)
    sin, cos, exp, log, sqrt = sg.sin, sg.cos, sg.exp, sg.log, sg.sqrt
    f = (a * x + b) ** 3
    product = x**2 * sin(x)
    quotient = sin(x) / (x**2 + 1)
    v = x**2 + 1
    z = a * x + b
    table = [
        ("the loss itself", f, x, f),
        ("another derivative", f, x, 3 * (a * x + b) ** 2 * x),
        ("another derivative", f, a, 3 * (a * x + b) ** 2),
        ("second derivative", f, x, 6 * a**2 * (a * x + b)),
        ("update", f, x, x - lr * 3 * a * (a * x + b) ** 2),
        ("update", f, x, x + 3 * a * (a * x + b) ** 2 / 10),
        ("sign", f, x, -3 * a * z**2),
        ("constant factor", f, x, 6 * a * z**2),
        ("constant factor", f, x, a * z**2 / 3),
        ("extra factor", f, x, 3 * a * c * z**2),
        ("chain rule", f, x, 3 * z**2),
        ("chain rule", f, x, 0 * x + a),
        ("power rule", f, x, 3 * a * z**3),
        ("power rule", f, x, a * z**2),
        ("power rule", f, x, a * z**3),
        ("power rule", f, x, 3 * a * z**4),
        ("power rule", f, x, a * z**4 / 4),
        ("power rule", x**5, x, 4 * x**4),
        ("power rule", 1 / x**2, x, -2 / x),
        ("power rule", 1 / x**2, x, 2 / x**3),
        ("power rule", sqrt(v), x, 2 * x / sqrt(v)),
        ("power rule", sqrt(v), x, x * sqrt(v)),
        ("chain rule", sqrt(v), x, 1 / (2 * sqrt(v))),
        ("product rule", product, x, 2 * x * sin(x)),
        ("product rule", product, x, x**2 * cos(x)),
        ("product rule", product, x, 2 * x * cos(x)),
        ("derivative of sin", product, x, 2 * x * sin(x) - x**2 * cos(x)),
        ("derivative of sin", sin(a * x), x, -a * cos(a * x)),
        ("derivative of sin", sin(a * x) + x, x, a * sin(a * x) + 1),
        ("derivative of cos", cos(a * x) + x, x, a * sin(a * x) + 1),
        ("chain rule", sin(a * x), x, cos(a * x)),
        ("quotient rule", quotient, x, (2 * x * sin(x) - cos(x) * v) / v**2),
        ("quotient rule", quotient, x, (cos(x) * v - sin(x) * 2 * x) / v),
        ("quotient rule", quotient, x, (cos(x) * v + sin(x) * 2 * x) / v**2),
        ("quotient rule", quotient, x, cos(x) / v),
        ("quotient rule", quotient, x, cos(x) / (2 * x)),
        ("derivative of sigmoid", sg.sigmoid(a * x), x, a * sg.sigmoid(a * x)),
        ("derivative of sigmoid", sg.sigmoid(a * x), x, a * sg.sigmoid(a * x) * (1 + sg.sigmoid(a * x))),
        ("derivative of sigmoid", s, x, 1 - s),
        ("derivative of sigmoid", s**2, x, 2 * s * s),
        ("chain rule", sg.sigmoid(a * x), x, sg.sigmoid(a * x) * (1 - sg.sigmoid(a * x))),
        ("derivative of tanh", t, x, 1 + t**2),
        ("derivative of tanh", sg.tanh(a * x), x, a * (1 - sg.tanh(a * x))),
        ("power rule", t**2, x, 2 * (1 - t**2)),
        ("derivative of exp", exp(x), x, x * exp(x - 1)),
        ("chain rule", exp(-a * x), x, exp(-a * x)),
        ("derivative of exp", exp(-a * x) + x**2, x, a * exp(-a * x) + 2 * x),
        ("derivative of log", log(a * x + b), x, a * (a * x + b)),
        ("derivative of log", log(v), x, 2 * x * log(v)),
        ("chain rule", log(v), x, 1 / v),
        ("derivative of atan", sg.atan(a * x), x, a / (1 - (a * x) ** 2)),
        ("derivative of asin", sg.asin(x), x, 1 / (1 - x**2)),
        ("derivative of softplus", sg.softplus(a * x), x, a * sg.softplus(a * x)),
        ("power rule", 2**x, x, x * 2 ** (x - 1)),
        ("power rule", 2**x, x, 2**x),
        ("constant", (x - a) ** 2, x, 0 * x),
        ("constant", a * x**2, x, 2 * a * x + x**2),
        ("term missing", x**3 + 5 * x**2 + a * x, x, 3 * x**2 + a),
        ("term missing", (y - x) ** 2 + c * x**2, x, 2 * (x - y)),
        ("term's sign", (y - x) ** 2 + c * x**2, x, 2 * (x - y) - 2 * c * x),
        ("inner sign", (y - x) ** 2 + c * x**2, x, 2 * (y - x) + 2 * c * x),
        ("branch", sg.relu(a * x), x, a),
        ("branch", abs(a * x), x, a),
        ("branch", sg.maximum(x**2, x), x, 2 * x),
        ("branch", sg.where(x > 0, x**2, -x), x, 2 * x),
        ("branch", sg.leaky_relu(x, 0.1) ** 2, x, 2 * sg.leaky_relu(x, 0.1)),
        ("part of the domain", sg.relu(x) ** 2, x, 2 * x),
        ("part of the domain", abs(x) ** 3, x, 3 * x**2),
        ("coefficient", 3 * x**2 + a * x + b * x**3, x, 5 * x + a + 3 * b * x**2),
        ("extra term", x**2 + a * x, x, 2 * x + a + b),
        ("swapped variable", a * x**2 + b * x, x, 2 * b * x + b),
    ]
    return [(name, sg.grad(loss, by), loss, by, answer) for name, loss, by, answer in table]


def sums() -> list[Case]:
    x, y, t = sg.data("x y t")
    m, b, c = sg.params("m b c")
    lam = sg.hyper("lambda")
    r = m * x + b - y
    loss = sg.mse(y, m * x + b)
    p = sg.sigmoid(m * x + b)
    logistic = sg.mean(-(t * sg.log(p) + (1 - t) * sg.log(1 - p)))
    ridge = loss + lam * m**2
    mean, total = sg.mean, sg.total
    table = [
        ("the loss itself", loss, m, mean((m * x + b - y) ** 2)),
        ("another derivative", loss, m, 2 * mean(r)),
        ("another derivative", loss, b, 2 * mean(r * x)),
        ("second derivative", loss, m, 2 * mean(x**2)),
        ("update", loss, m, m - lam * 2 * mean(r * x)),
        ("sign", loss, m, 2 * mean((y - m * x - b) * x)),
        ("inner sign", loss, b, -2 * mean(r)),
        ("constant factor", loss, m, 4 * mean(r * x)),
        ("power rule", loss, m, mean(r * x)),
        ("power rule", loss, m, -2 * mean(r**2 * x)),
        ("mean", loss, m, 2 * total(r * x)),
        ("mean", sg.total((y - m * x) ** 2), m, -2 * mean((y - m * x) * x)),
        ("missing sum", loss, m, 2 * x * r),
        ("chain rule", loss, m, -2 * mean(r)),
        ("chain rule", loss, m, -mean(x)),
        ("sum of products", loss, m, 2 * mean(r) * mean(x)),
        ("term's sign", loss, m, 2 * mean((m * x - b - y) * x)),
        ("term's sign", loss, m, 2 * mean((m * x + b + y) * x)),
        ("term missing", loss, m, 2 * mean((m * x - y) * x)),
        ("swapped variable", loss, m, 2 * mean((m * x + b - y) * y)),
        ("swapped variable", loss, m, 2 * mean((b * x + b - y) * x)),
        ("exponent", loss, m, 2 * mean((m * x + b - y) * x**2)),
        ("term missing", ridge, m, 2 * mean(r * x)),
        ("term's sign", ridge, m, 2 * mean(r * x) - 2 * lam * m),
        ("power rule", ridge, m, 2 * mean(r * x) + lam * m),
        ("derivative of sigmoid", sg.mean((y - p) ** 2), m, 2 * mean((p - y) * p * x)),
        ("chain rule", sg.mean((y - p) ** 2), m, 2 * mean((p - y) * x)),
        ("derivative of sigmoid", sg.mean((y - p) ** 2), m, 2 * mean((p - y) * p * (1 + p) * x)),
        ("sign", logistic, m, mean((t - p) * x)),
        ("chain rule", logistic, b, mean((p - t) / (p * (1 - p)))),
        ("term missing", logistic, m, -mean(t * (1 - p) * x)),
        ("inner sign", logistic, m, -mean(t * (1 - p) * x + (1 - t) * p * x)),
        ("branch", sg.mae(y, m * x + b), m, -mean(x)),
        ("branch", sg.mean(sg.relu(m * x + b)), m, mean(x)),
        ("product rule", sg.mean(m * x * sg.exp(m * x)), m, mean(x * sg.exp(m * x))),
        ("quotient rule", sg.mean(m / (m + x**2)), m, mean((m + x**2 - m) / (m + x**2))),
        ("power rule", sg.rmse(y, m * x), m, 2 * mean((m * x - y) * x) / sg.sqrt(mean((y - m * x) ** 2))),
        ("chain rule", sg.rmse(y, m * x), m, 1 / (2 * sg.sqrt(mean((y - m * x) ** 2)))),
        ("constant", sg.mean(c * m**2 * x), m, mean(2 * c * m * x + m**2 * x)),
    ]
    return [(name, sg.grad(whole, by), whole, by, answer) for name, whole, by, answer in table]


def matrices() -> list[Case]:
    d = "d"
    w, u = sg.params("w", d), sg.params("u", d)
    a_matrix, v_matrix = sg.constants("A", (d, d)), sg.params("V", (d, d))
    features, y = sg.data("X", d), sg.data("y")
    lam = sg.hyper("lambda")
    square = sg.dot(w, a_matrix @ w)
    r = features @ w - y
    loss = sg.mse(y, features @ w)
    gradient = 2 * sg.mean(features * r)
    bilinear = sg.dot(u, v_matrix @ w)
    inner, outer_w = sg.params("P", (3, 3)), sg.params("Q", (3, 3))
    x3 = sg.data("x", 3)
    hidden = sg.sigmoid(inner @ x3)
    out = outer_w @ hidden
    t3 = sg.data("t", 3)
    net = sg.mean(sg.sum((out - t3) ** 2))
    delta = 2 * (out - t3)
    back = outer_w.T @ delta

    def over(left: Any, right: Any) -> Any:
        return sg.mean(sg.outer(left, right))

    ridge = loss + lam * sg.dot(w, w)
    table = [
        ("product rule", square, w, a_matrix @ w),
        ("product rule", square, w, a_matrix.T @ w),
        ("transpose", square, w, 2 * (a_matrix @ w)),
        ("transpose", square, w, 2 * (a_matrix.T @ w)),
        ("sign", loss, w, -gradient),
        ("power rule", loss, w, gradient / 2),
        ("mean", loss, w, 2 * sg.total(features * r)),
        ("the loss itself", square, w, square),
        ("term missing", ridge, w, gradient),
        ("constant factor", ridge, w, gradient + lam * w),
        ("term's sign", ridge, w, gradient - 2 * lam * w),
        ("transpose", bilinear, w, v_matrix @ u),
        ("another derivative", bilinear, w, v_matrix @ w),
        ("transpose", bilinear, v_matrix, sg.outer(w, u)),
        ("swapped variable", bilinear, v_matrix, sg.outer(u, u)),
        ("chain rule", net, inner, over(back, x3)),
        ("derivative of sigmoid", net, inner, over(back * hidden, x3)),
        ("derivative of sigmoid", net, inner, over(back * hidden * (1 + hidden), x3)),
        ("transpose", net, inner, over((outer_w @ delta) * hidden * (1 - hidden), x3)),
        ("transpose", net, inner, over(x3, back * hidden * (1 - hidden))),
        ("sign", net, outer_w, over(-delta, hidden)),
        ("power rule", net, outer_w, over(delta / 2, hidden)),
        ("transpose", net, outer_w, over(hidden, delta)),
        ("swapped variable", net, outer_w, over(delta, x3)),
        ("mean", net, outer_w, sg.total(sg.outer(delta, hidden))),
        ("missing sum", net, outer_w, sg.outer(delta, hidden)),
        ("another derivative", net, outer_w, over(back * hidden * (1 - hidden), x3)),
    ]
    return [(name, sg.grad(whole, by), whole, by, answer) for name, whole, by, answer in table]


def strange() -> list[Case]:
    """Answers that no single known mistake explains; labelled with nothing."""
    x, a, b = sg.params("x a b")
    data, y = sg.data("d y")
    f, g = (a * x + b) ** 3, sg.sin(a * x) * sg.exp(b * x)
    loss = sg.mse(y, x * data + b)
    w = sg.params("w", "k")
    matrix = sg.constants("M", ("k", "k"))
    square = sg.dot(w, matrix @ w)
    table = [
        (f, x, sg.sin(x) + 7),
        (f, x, x**7 - a),
        (f, x, 3 * a * (a * x + b) ** 2 + x + a + b + 11),
        (f, x, sg.exp(a) * x + b**2),
        (f, x, 17 + 0 * x),
        (g, x, sg.cos(x) * a - b),
        (g, x, sg.log(1 + x**2) * a),
        (g, x, sg.tanh(x + a * b)),
        (g, x, x**3 + 2 * x - 5),
        (loss, x, sg.mean(data**3) + b),
        (loss, x, sg.mean(sg.sin(data * x))),
        (loss, x, sg.mean(data * y * y) + x**2),
        (loss, x, sg.mean(data) * x * 5 - b),
        (square, w, sg.exp(w)),
        (square, w, matrix @ (w * w) + 1),
        (square, w, w * sg.sum(w) + 3),
    ]
    return [("", sg.grad(whole, by), whole, by, answer) for whole, by, answer in table]
