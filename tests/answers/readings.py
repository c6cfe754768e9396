"""Answers as people write them, with the tensors that they stand for: the table that several tests share."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import sympy

import symgrad as sg
from symgrad.ir.evaluate import evaluate
from symgrad.notation.formula import gather, inputs_of
from symgrad.notation.record import as_tensor


class Case(NamedTuple):
    """``text`` is read as ``wanted`` where the derivative is ``of``, with ``more`` for `read_answer`."""

    text: str
    wanted: Any
    of: Any
    more: dict[str, Any]


def cases() -> list[Case]:
    """All of them."""
    return [*numbers(), *scalars(), *sums(), *matrices(), *networks(), *pieces()]


def _table(of: Any, rows: dict[str, Any], **more: Any) -> list[Case]:
    return [Case(text, wanted, of, more) for text, wanted in rows.items()]


def numbers() -> list[Case]:
    """Data put in: polynomials in the parameters."""
    x, y = sg.data("x y")
    m, b = sg.params("m b")
    lam, given = sg.hyper("lambda"), {"x": [1, 2], "y": [3, 5]}
    loss = sg.mse(y, m * x + b)
    line, g = 5 * m + 3 * b - 13, sg.grad(loss).on(given)
    written = dict.fromkeys(
        (
            "5*m + 3*b - 13",
            "5m+3b-13",
            "5m + 3b − 13",
            "-13+3b+5m",
            "5 m + 3 b - 13",
            "5·m + 3·b − 13",
            "5 × m + 3 × b - 13",
            r"5m + 3b - 13",
            r"$5m + 3b - 13$",
            r"$$5m+3b-13$$",
            r"\[ 5 m + 3 b - 13 \]",
            r"5\cdot m + 3\times b - 13.",
            r"\left(5m + 3b\right) - 13",
            r"\frac{10m + 6b - 26}{2}",
            r"\frac12(10m + 6b - 26)",
            "½(10m+6b−26)",
            "(1/2)(10m + 6b - 26)",
            "1/2 (10m + 6b - 26)",
            "[10m + 6b - 26]/2",
            "2[m + b - 3] + 3(m + b/3) - 7",
            r"dL/dm = 5m + 3b - 13",
            r"∂L/∂m = 5m + 3b − 13",
            r"\frac{\partial L}{\partial m} = 5m + 3b - 13",
            r"\dfrac{dE}{dm} = 5m + 3b - 13",
            r"\frac{\mathrm{d}L}{\mathrm{d}m}=5m+3b-13",
            r"\frac{d}{dm} L = 5m+3b-13",
            r"\frac{\partial \mathcal{L}}{\partial m} = 5m+3b-13",
            r"\nabla_m L = 5m + 3b - 13",
            "∇_m L = 5m + 3b - 13",
            r"\partial_m L = 5m + 3b - 13",
            "dm = 5m + 3b - 13",
            "L'(m) = 5m + 3b - 13",
            r"\frac{\partial L}{\partial m} &= 5m + 3b - 13",
            "dL/dm = 10m/2 + 6b/2 - 26/2 = 5m + 3b - 13",
            r"m := m - \lambda(5m + 3b - 13)",
            "m = m - λ(5m + 3b − 13)",
            r"m \leftarrow m - \eta\,(5m + 3b - 13)",
            "m ← m − 2λ(5m+3b−13)/2",
            r"m_{new} = m_{old} - \eta (5m_{old} + 3b - 13)",
            r"m_{t+1} = m_t - \alpha(5 m_t + 3b_t - 13)",
            "m -= lr*(5m + 3b - 13)",
            "m += lambda*(13 - 5m - 3b)",
            r"m := m + \lambda (13 - 5m - 3b)",
            r"m = m - \frac{\lambda}{2}(10m + 6b - 26)",
            r"m = m - \lambda \times \frac{dE}{dm}",
            r"m := m - \lambda \nabla_m L",
            "m := m - λ dL/dm",
        ),
        line,
    )
    sampled = {
        r"\frac{2}{2}\sum_{i=1}^{2} x_i(mx_i + b - y_i)": line,
        r"x_1(mx_1 + b - y_1) + x_2(mx_2 + b - y_2)": line,
        "x₁(mx₁+b−y₁) + x₂(mx₂+b−y₂)": line,
        r"\sum_{i=1}^{2} x^{(i)}(m x^{(i)} + b - y^{(i)})": line,
        "-(3-(m(1)+b)) - 2(5-(m(2)+b))": line,
        r"-\left[1\cdot(3-(m(1)+b)) + 2\cdot(5-(m(2)+b))\right]": line,
        "2/n sum_i x_i (m x_i + b - y_i)": line,
        "mean(2x(mx + b - y))": line,
        r"\sum_{k=1}^{2} k (m k + b) - 13": line,
        r"\frac{1}{N}\sum_{i=1}^N 2x_i(mx_i+b-y_i)": line,
    }
    return [
        *_table(g[m], written, wrt=m, loss=loss),
        *_table(g[m], sampled, wrt=m, loss=loss, data=given),
        *_table(
            g[b], {"3m + 2b - 8": 3 * m + 2 * b - 8, "dL/db=3m+2b-8": 3 * m + 2 * b - 8}, wrt=b, loss=loss
        ),
        *_table(
            g[m],
            {"5m + 2λm": 5 * m + 2 * lam * m, "5m + 2 lambda m": 5 * m + 2 * lam * m},
            wrt=m,
            names=[lam],
        ),
    ]


def scalars() -> list[Case]:
    """Parameters alone: functions, powers, names that elsewhere mean something."""
    x, y, a, z = sg.params("x y a z")
    E, I, N, S, Q, e, i = sg.params("E I N S Q e i")  # noqa: E741
    W5, lam, beta = sg.params("W5 lambda beta")
    theta, sigma, k = sg.params("theta_1 sigma x_max")
    s = sg.sigmoid(z)
    of = sg.grad((x * y * a * z) ** 2, x)
    rows = {
        "2x(y-z)": 2 * x * (y - z),
        "2xy": 2 * x * y,
        "x^2y": x**2 * y,
        "x² y³": x**2 * y**3,
        "x^{10}": x**10,
        "x**2 * y": x**2 * y,
        "xy/z": x * y / z,
        "1/(2x)": 1 / (2 * x),
        r"\frac{x}{y + z}": x / (y + z),
        r"\frac{x+1}{\frac{y}{z}}": (x + 1) / (y / z),
        r"\sqrt{x^2 + 1}": sg.sqrt(x**2 + 1),
        r"\sqrt[3]{x^2+1}": (x**2 + 1) ** sympy.Rational(1, 3),
        "√(x²+1)": sg.sqrt(x**2 + 1),
        r"\sqrt 2 x": sg.sqrt(2) * x,
        "e^x": sg.exp(x),
        "e^{-x^2/2}": sg.exp(-(x**2) / 2),
        r"\exp(-x)": sg.exp(-x),
        r"\exp\left\{-x\right\}": sg.exp(-x),
        r"\frac{1}{1+e^{-z}}": 1 / (1 + sg.exp(-z)),
        r"\sigma(z)(1-\sigma(z))": s * (1 - s),
        "σ(z)(1−σ(z))": s * (1 - s),
        "σ'(z)": s * (1 - s),
        r"\sigma'(z) y": s * (1 - s) * y,
        r"\sigma\left(z\right)\left(1-\sigma\left(z\right)\right)": s * (1 - s),
        r"\operatorname{sigmoid}(z)": s,
        r"\sin x": sg.sin(x),
        r"\sin 2x": sg.sin(2 * x),
        r"\sin^2 x + \cos^2 x": sg.sin(x) ** 2 + sg.cos(x) ** 2,
        r"\sin^{2}(x)": sg.sin(x) ** 2,
        r"2x\cos x^2": 2 * x * sg.cos(x**2),
        r"\ln x + \log y": sg.log(x) + sg.log(y),
        r"\log_2 x": sg.log(x) / sg.log(2),
        r"\log_{10}(x)": sg.log(x) / sg.log(10),
        r"x \ln y (z - 1)": x * sg.log(y) * (z - 1),
        "ln|x|": sg.log(abs(x)),
        r"\tanh^2(x)": sg.tanh(x) ** 2,
        r"\sec^2 x": 1 / sg.cos(x) ** 2,
        r"\arctan x": sg.atan(x),
        "|x - y|": abs(x - y),
        r"\left|x - y\right|": abs(x - y),
        r"\lvert x\rvert y": abs(x) * y,
        r"\max(0, x)": sg.relu(x),
        "max(0, x)": sg.relu(x),
        r"\max\{x, y\}": sg.maximum(x, y),
        r"\operatorname{ReLU}(x)": sg.relu(x),
        r"\operatorname{sgn}(x)": sg.sign(x),
        r"\mathbb{1}[x > 0]": sg.where(x > 0, 1, 0),
        r"\mathbf{1}_{x>0}\, y": sg.where(x > 0, 1, 0) * y,
        r"\mathbb{1}_{\{x \geq 0\}}": sg.where(x >= 0, 1, 0),
        "[x > 0] y": sg.where(x > 0, 1, 0) * y,
        r"\begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}": sg.where(x > 0, x, 0),
        r"\begin{cases} 2x & \text{if } x \geq y, \\ -x & \text{if } x < y \end{cases}": sg.where(
            x >= y, 2 * x, -x
        ),
        r"y\begin{cases} 1, & x > 0 \\ 0, & x < 0 \\ \frac12, & \text{else} \end{cases}": y
        * sg.where(x > 0, 1, sg.where(x < 0, 0, sympy.Rational(1, 2))),
        "where(x > 0 and y < 1, x, 0)": sg.where((x > 0) & (y < 1), x, 0),
        "x if x > 0 else 0": sg.where(x > 0, x, 0),
        "E I + N S Q + e i": E * I + N * S * Q + e * i,
        "EI+NSQ": E * I + N * S * Q,
        r"W_5 + W_{5}": 2 * W5,
        "W5 W₅": W5 * W5,
        r"\lambda\beta x": lam * beta * x,
        "λβx + lambda beta x": 2 * lam * beta * x,
        r"\theta_1 x_{\max}": theta * k,
        r"\theta_{1} x_{\text{max}} + θ₁x_max": 2 * theta * k,
        r"\frac{x-y}{\sigma^2}": (x - y) / sigma**2,
        r"\frac{x-y}{\sigma} (z)": (x - y) / sigma * z,
        r"2\pi x": 2 * sympy.pi * x,
        r"\mathrm{x} + \mathbf{y} + \mathit{z}": x + y + z,
        r"\Big(x + \bigl(y - z\bigr)\Big)": x + y - z,
        r"x\,y\;z\quad": x * y * z,
        r"{x}{y}": x * y,
        r"\bigl[x + 1\bigr]\{y\}": (x + 1) * y,
        "-x^2": -(x**2),
        "(-x)^2": x**2,
        "2^{-x}": 2 ** (-x),
        "0.5x + .25": x / 2 + sympy.Rational(1, 4),
        "x y^{-1}": x / y,
        "np.exp(x) * np.log(y)": sg.exp(x) * sg.log(y),
    }
    names = [E, I, N, S, Q, W5, lam, beta, theta, sigma, k, y, a, z]
    plain = [t for t in rows if t not in ("E I + N S Q + e i",) and "sigm" not in t and "σ" not in t]
    functions = [t for t in rows if ("sigm" in t or "σ" in t) and "^2" not in t and "sigma}" not in t]
    others = [t for t in rows if t not in plain and t not in functions]
    table = _table(of, {t: rows[t] for t in plain}, names=names)
    table += _table(of, {t: rows[t] for t in functions}, names=[n for n in names if n is not sigma])
    return table + _table(of, {t: rows[t] for t in others}, names=[*names, e, i])


def sums() -> list[Case]:
    """Sums over data."""
    x, y = sg.data("x y")
    m, b = sg.params("m b")
    p = m * x + b
    loss = sg.mse(y, p)
    g = sg.grad(loss, m)
    full, half = 2 * sg.mean(x * (p - y)), sg.mean(x * (p - y))
    table = _table(
        g,
        dict.fromkeys(
            (
                r"\frac{2}{n}\sum_{i=1}^{n} x_i(mx_i + b - y_i)",
                r"-\frac{2}{n}\sum_{i=1}^n x_i(y_i-(mx_i+b))",
                r"\frac2n\sum_i x_i(mx_i+b-y_i)",
                r"\frac{2}{N}\sum_{i=1}^{N} (m x_i + b - y_i)x_i",
                r"\frac{1}{n}\sum_{i=1}^{n} 2(mx_i+b-y_i)\cdot x_i",
                r"\frac1n\sum_{k=1}^n -2x_k(y_k-mx_k-b)",
                r"\frac{2}{n}\sum x(mx+b-y)",
                r"\frac{2}{n}\sum x_i(mx_i+b-y_i)",
                r"\frac{2\sum_{i=1}^n x_i(mx_i+b-y_i)}{n}",
                r"\frac{2}{n}\sum\limits_{i=1}^n x_i\left(m x_i + b - y_i\right)",
                r"\frac{2}{n}\left[m\sum_i x_i^2 + b\sum_i x_i - \sum_i x_i y_i\right]",
                r"2m\overline{x^2} + 2b\bar{x} - 2\overline{xy}",
                r"\frac{2}{n}\sum_{i} x_i(\hat{y}_i - y_i)",
                "2/n Σ xᵢ(ŷᵢ − yᵢ)",
                r"\frac2n\sum_{i=1}^n(\hat y^{(i)}-y^{(i)})x^{(i)}",
                "2/n sum_i x_i (m x_i + b - y_i)",
                "(2/n) sum_{i=1}^n x_i (m x_i + b - y_i)",
                "(2/n) Σᵢ xᵢ (m xᵢ + b − yᵢ)",
                "2/n ∑_{i=1}^n x_i(m x_i + b − y_i)",
                "2*mean(x*(m*x + b - y))",
                "2/n*sum(x*(m*x + b - y))",
                "2*total(x*(m*x+b-y))/n",
                "2/n * x' * (m*x + b - y)",
                "2/n x'(mx + b - y)",
                r"\frac2n x^\top(mx + b - y)",
                r"\frac{2}{n}\mathbf{x}^T(m\mathbf{x} + b\mathbf{1} - \mathbf{y})",
                r"\frac{\partial L}{\partial m} = \frac{2}{n}\sum_{i=1}^{n} x_i(mx_i + b - y_i)",
                r"m := m - \eta\frac{2}{n}\sum_i x_i(mx_i+b-y_i)",
                r"m = m - \frac{2\lambda}{n}\sum_{i=1}^n x_i(mx_i+b-y_i)",
                r"\frac2n\sum_{i=1}^n mx_i^2 + bx_i - x_iy_i",
                "2/n sum_i (x_i*(m*x_i + b) - x_iy_i)",
                "2 np.mean((m*x + b - y)*x)",
                r"\frac{2}{n} \sum_{i=0}^{n-1} x_i(mx_i+b-y_i)",
                r"\frac{2}{n}\sum_{i \in D} x_i (m x_i + b - y_i)",
                "2/n * np.dot(x, m*x + b - y)",
                r"\frac{2}{n}\, x \cdot (mx+b-y)",
            ),
            full,
        ),
        wrt=m,
        loss=loss,
    )
    table += _table(
        g,
        {
            r"\frac1M\sum_{i=1}^M x_i(mx_i+b-y_i)": half,
            r"\frac{1}{n^2}\sum_{i=1}^n\sum_{j=1}^n (x_i - x_j)^2": 2 * sg.mean(x**2) - 2 * sg.mean(x) ** 2,
            r"\frac{1}{n}\sum_i (x_i - \bar{x})(y_i - \bar y)": sg.mean((x - sg.mean(x)) * (y - sg.mean(y))),
            r"\frac{1}{n}\sum_i x_i \cdot \frac1n \sum_j y_j": sg.mean(x) * sg.mean(y),
            r"\left(\sum_i x_i\right)^2 - \sum_i x_i^2": sg.total(x) ** 2 - sg.total(x**2),
            r"\frac{\sum_i x_i y_i}{\sum_i x_i^2}": sg.total(x * y) / sg.total(x**2),
            r"\sum_i |x_i| + \max_i x_i^2 \cdot 0": sg.total(abs(x)) + 0 * m,
            r"\lVert y - mx - b\rVert^2": sg.total((y - p) ** 2),
            r"\frac1n\sum_i \begin{cases} x_i & y_i > m x_i \\ -x_i & \text{otherwise}\end{cases}": sg.mean(
                sg.where(y > m * x, x, -x)
            ),
            r"\frac1n\sum_i x_i\operatorname{sign}(mx_i + b - y_i)": sg.mean(x * sg.sign(p - y)),
            r"\sum_{i=1}^n (1 + x_i)": sg.total(1 + x),
            r"\sum_{i=1}^n 1": sg.total(1 + 0 * x),
            "nb + sum_i x_i": sg.total(b + x),
        },
        wrt=m,
        loss=loss,
    )
    logistic = sg.grad(sg.binary_cross_entropy(y, sg.sigmoid(p)), m)
    right = sg.mean(x * (sg.sigmoid(p) - y))
    t = sg.data("t")
    q = sg.sigmoid(m * x)
    entropy = sg.binary_cross_entropy(t, q)
    return [
        *table,
        *_table(
            logistic,
            {
                r"\frac1n\sum_i x_i(\sigma(mx_i+b)-y_i)": right,
                "1/n sum_i x_i (p_i - y_i)": right,
                "mean((σ(z) - y) x)": right,
                r"\frac{1}{n}\sum_{i=1}^n (\hat{y}_i - y_i)x_i": right,
                r"\frac{1}{n}x^\top(p - y)": right,
                r"\frac1n\sum_{i} x_i\left(\frac{1}{1+e^{-(mx_i+b)}} - y_i\right)": right,
                r"\frac1n\sum_i -x_iy_i(1-p_i) + x_i(1-y_i)p_i": right,
            },
            wrt=m,
            loss=sg.binary_cross_entropy(y, sg.sigmoid(p)),
        ),
        *_table(
            sg.grad(entropy, m),
            {
                r"-\frac1n\sum_x t(x)\log(p(x))": -sg.mean(t * sg.log(q)),
                r"\frac{1}{n}\sum_{i} (p(x_i) - t(x_i)) x_i": sg.mean((q - t) * x),
                r"\frac{1}{n}\sum_{i} (p(i) - t(i)) x(i)": sg.mean((q - t) * x),
                r"\frac1n\sum_i t_i\log p_i + (1-t_i)\log(1-p_i)": sg.mean(
                    t * sg.log(q) + (1 - t) * sg.log(1 - q)
                ),
            },
            wrt=m,
            loss=entropy,
        ),
        *_table(
            g,
            {
                "2/n sum_i e_i x_i": 2 * sg.mean((p - y) * x),
                r"\frac2n\sum_i \epsilon_i x_i": 2 * sg.mean((p - y) * x),
            },
            aliases={"e": p - y, "ε": p - y},
        ),
    ]


def matrices() -> list[Case]:
    """Data as rows of a matrix, index notation with free letters, parameters alone."""
    X, y = sg.data("X", "d"), sg.data("y")
    w, b, v = sg.params("w", "d"), sg.param("b"), sg.params("v", "d")
    A, B = sg.params("A", ("d", "d")), sg.params("B", ("d", "d"))
    lam = sg.hyper("lambda")
    r = X @ w - y
    loss = sg.mse(y, X @ w)
    g = sg.grad(loss, w)
    full = 2 * sg.mean(r * X)
    linear = _table(
        g,
        dict.fromkeys(
            (
                r"\frac{2}{n}X^\top(Xw-y)",
                r"\frac{2}{n}X^{\top}(Xw-y)",
                r"\frac2n X^T(Xw-y)",
                r"\frac{2}{n}X^{T}\left(Xw - y\right)",
                r"\frac{2}{n}\mathbf{X}^\top(\mathbf{X}\mathbf{w}-\mathbf{y})",
                r"-\frac2n \mathbf X^\top(\mathbf y-\mathbf{Xw})",
                "2/n X'(Xw - y)",
                "2/n * X' * (X*w - y)",
                "2/n X.T @ (X @ w - y)",
                "2/n * X.T @ (X @ w - y)",
                "(2/n) Xᵀ(Xw − y)",
                r"\frac2n (X^\top Xw - X^\top y)",
                r"\frac{2}{n}X^\top X w - \frac{2}{n}X^\top y",
                r"2X^T(Xw-y)/n",
                "2/n*np.dot(X.T, np.dot(X, w) - y)",
                r"\frac2n\sum_{i=1}^n (w^\top x_i - y_i)x_i",
                r"\frac2n\sum_i x_i(x_i^\top w - y_i)",
                r"\frac2n\sum_i (w\cdot x_i-y_i)\,x_i",
                r"\frac2n \sum_i (X_i w - y_i) X_i",
                r"\frac{2}{n}\sum_{i=1}^n ({x^{(i)}}^\top w - y^{(i)})x^{(i)}",
                r"\frac{\partial L}{\partial w_j} = \frac2n\sum_{i=1}^n x_{ij}(\sum_{k=1}^d x_{ik}w_k - y_i)",
                r"\frac2n\sum_i x_{ij}(w^\top x_i - y_i)",
                r"\frac2n\sum_{i} X_{ij}\left(\sum_k X_{ik}w_k - y_i\right)",
                r"\frac{\partial L}{\partial w_j} = \frac2n\sum_i (w^T x^{(i)} - y^{(i)}) x_j^{(i)}",
                r"\frac2n \sum_i (Xw - y)_i X_{ij}",
                r"\frac{2}{n}(Xw-y)^\top X",
                "2/n Xᵀ(ŷ − y)",
                r"\nabla_w L = \frac{2}{n}X^\top(Xw-y)",
                r"\nabla L(w) = \frac{2}{n}X^\top(Xw-y)",
                r"w := w - \eta \frac{2}{n} X^\top (Xw - y)",
                "2*mean((w @ X - y)*X)",
                r"\frac2n\sum(w^Tx-y)x",
            ),
            full,
        ),
        wrt=w,
        loss=loss,
        aliases={"x": X},
    )
    gram = sg.mean(sg.outer(X, X))
    ridge = sg.grad(loss + lam * (w**2).sum(), w)
    quadratic = sg.grad(v @ A @ v, v)
    by_matrix = sg.grad(v @ A @ v, A)
    two = sg.param("u", 2)
    a, c = sg.params("a c")
    pair = sg.grad((two**2).sum() * a * c, two)
    return [
        *linear,
        *_table(
            ridge,
            {
                r"\frac2nX^\top(Xw-y) + 2\lambda w": full + 2 * lam * w,
                r"2\left(\frac1n X^\top X + \lambda I\right)w - \frac2n X^\top y": 2 * gram @ w
                + 2 * lam * w
                - 2 * sg.mean(X * y),
                r"\frac2n\sum_i x_i(x_i^\top w-y_i) + 2\lambda w": full + 2 * lam * w,
            },
            wrt=w,
            loss=loss + lam * (w**2).sum(),
            aliases={"x": X},
        ),
        *_table(
            quadratic,
            {
                r"(A + A^\top)v": (A + A.T) @ v,
                r"Av + A^\top v": A @ v + A.T @ v,
                "(A + A')v": (A + A.T) @ v,
                "A v + v' A": A @ v + v @ A,
                r"\sum_j (A_{ij} + A_{ji}) v_j": (A + A.T) @ v,
                r"\frac{\partial f}{\partial v_k} = \sum_j A_{kj}v_j + \sum_j A_{jk} v_j": (A + A.T) @ v,
                r"\|v\| v": sg.norm(v) * v,
                r"\lVert v\rVert_2^2 v": (v**2).sum() * v,
                r"v^\top v\, v": (v**2).sum() * v,
                r"\frac{v}{\lVert v \rVert}": v / sg.norm(v),
                r"A^{-1}v": sg.inv(A) @ v,
                r"A^{-\top} v": sg.inv(A).T @ v,
                r"\|v\|_1 v": abs(v).sum() * v,
                r"v \odot v": v * v,
                r"v \circ Av": v * (A @ v),
                r"\vec{v}": v,
            },
            names=[A],
        ),
        *_table(
            by_matrix,
            {
                r"vv^\top": sg.outer(v, v),
                "v v'": sg.outer(v, v),
                "outer(v, v)": sg.outer(v, v),
                r"v_i v_j": sg.outer(v, v),
                r"A^\top B A": A.T @ B @ A,
                r"A \odot B": A * B,
                r"(AB)^\top": (A @ B).T,
                r"\operatorname{tr}(A) B": sg.trace(A) * B,
                r"\det(A)A^{-\top}": sg.det(A) * sg.inv(A).T,
                r"A^2": A @ A,
                "A*B": A * B,
                r"\sum_k A_{ik}B_{kj}": A @ B,
                r"\frac{\partial f}{\partial A_{ij}} = v_j v_i + B_{ji}": sg.outer(v, v) + B.T,
            },
            names=[A, B, v],
        ),
        *_table(
            pair,
            {
                r"\begin{bmatrix} a \\ 2c \end{bmatrix}": sg.stack([a, 2 * c]),
                r"\begin{pmatrix} a & c\end{pmatrix}": sg.stack([a, c]),
                "[a, 2c]": sg.stack([a, 2 * c]),
                r"2ac\begin{bmatrix} u_1 \\ u_2 \end{bmatrix}": 2 * a * c * two,
                r"\begin{bmatrix} a & 1 \\ 0 & c \end{bmatrix} u": sg.stack(
                    [a * two[0] + two[1], c * two[1]]
                ),
                "(u_1 + u_2) u": two.sum() * two,
                r"\sum_{j=1}^2 u_j u": two.sum() * two,
            },
            names=[a, c],
        ),
        *_table(
            sg.grad(v @ A @ v + b, b),
            {r"w^\top A w": w @ A @ w, r"\mathbf{1}^\top w": w.sum(), r"\|w\|^2": (w**2).sum()},
            names=[A, w],
        ),
    ]


def networks() -> list[Case]:
    """Backpropagation: intermediates by their names, labels as one-hot vectors."""
    X, label = sg.data("X", 4), sg.data("label", classes=3)
    W1, b1 = sg.params("W1", (5, 4)), sg.params("b1", 5)
    W2, b2 = sg.params("W2", (3, 5)), sg.params("b2", 3)
    z1 = W1 @ X + b1
    a1 = sg.sigmoid(z1)
    p, t = sg.softmax(W2 @ a1 + b2), sg.one_hot(label)
    loss = sg.cross_entropy(label, p)
    g = sg.grad(loss)
    delta2 = p - t
    delta1 = (W2.T @ delta2) * a1 * (1 - a1)
    second, first = sg.mean(sg.outer(delta2, a1)), sg.mean(sg.outer(delta1, X))
    return [
        *_table(
            g[W2],
            dict.fromkeys(
                (
                    r"\frac1n\sum_i \delta_2 a_1^\top",
                    r"\frac1n\sum_i (p - t) a_1^T",
                    "(1/n) Σᵢ δ₂ a₁ᵀ",
                    r"\frac1n \sum_i (p^{(i)} - t^{(i)}) {a_1^{(i)}}^\top",
                    r"\frac{1}{n}\sum_{i=1}^n (p_i - t_i)\,\sigma(W_1 X_i + b_1)^\top",
                    r"\frac{\partial L}{\partial W_2} = \frac1n \delta_2^\top a_1",
                    r"\frac{\partial L}{\partial W_{2,jk}} = \frac{1}{n}\sum_i (p_{ij} - t_{ij}) a_{1,ik}",
                    "mean(outer(p - t, a1))",
                ),
                second,
            ),
            wrt=W2,
            loss=loss,
        ),
        *_table(
            g[b2],
            {
                r"\frac1n\sum_i (p - t)": sg.mean(delta2),
                r"\frac{1}{n}\sum_i\delta_2": sg.mean(delta2),
                r"\frac1n \mathbf{1}^\top(p - t)": sg.mean(delta2),
                r"\frac1n\sum_i (p_{ik} - t_{ik})": sg.mean(delta2),
                r"\overline{p - t}": sg.mean(delta2),
            },
            wrt=b2,
            loss=loss,
        ),
        *_table(
            g[W1],
            dict.fromkeys(
                (
                    r"\frac1n\sum_i \delta_1 X^\top",
                    r"\frac1n\sum_i \left((W_2^\top\delta_2)\odot a_1\odot(1-a_1)\right)X^\top",
                    r"\frac1n\sum_i (W_2^\top(p-t) \odot \sigma'(z_1)) X^\top",
                    r"W_1 := W_1 - \eta\frac1n\sum_i\delta_1X^\top",
                    r"\frac1n\sum_i \left[a_1 \odot (1-a_1) \odot W_2^\top(p-t)\right] X^\top",
                    "1/n * delta1.T @ X",
                    "dW1 = 1/n * delta1.T @ X",
                ),
                first,
            ),
            wrt=W1,
            loss=loss,
        ),
        *_table(
            g[b1],
            {
                r"\frac1n\sum_i W_2^\top\delta_2\odot a_1\odot(1-a_1)": sg.mean(delta1),
                "(1/n) Σᵢ δ₁": sg.mean(delta1),
            },
            wrt=b1,
            loss=loss,
        ),
    ]


def pieces() -> list[Case]:
    """Entries of a derivative, named one by one."""
    w, x = sg.params("w", 3), sg.params("x", 3)
    loss = (w * x).sum() ** 2
    g = sg.grad(loss, w)
    s = (w * x).sum()
    W5, L = sg.params("W_5"), sg.params("q")
    f = (W5 * L - 3) ** 2
    d = sg.grad(f, W5)
    return [
        *_table(
            g,
            {
                r"\frac{\partial L}{\partial w_1} = 2x_1(w_1x_1+w_2x_2+w_3x_3)": 2 * x[0] * s,
                "dL/dw_2 = 2x_2 (w·x)": 2 * x[1] * s,
            },
            wrt=w,
            loss=loss,
        ),
        *_table(
            g,
            {r"2x_j\sum_{k=1}^3 w_kx_k": 2 * x * s, r"2 x_j \sum_{k \ne j} w_k x_k + 2x_j^2 w_j": 2 * x * s},
            wrt=w,
            loss=loss,
        ),
        *_table(
            d,
            {
                r"W_5 = W_5 - \lambda \times \frac{dE}{dW_5}": d,
                r"W_5 := W_5 - \lambda\,2q(qW_5-3)": 2 * L * (L * W5 - 3),
            },
            wrt=W5,
            loss=f,
        ),
    ]


SIZES = {"n": 5, "d": 4, "k": 3}


def value(tensor: Any, seed: int) -> np.ndarray:
    """The tensor at a random point that depends on names, shapes and the seed alone."""
    given = {}
    for read in inputs_of(tensor):
        variable = read.variable
        shape = tuple(int(e) if e.is_Integer else SIZES[str(e)] for e in variable.shape)
        rng = np.random.default_rng([seed, *read.name.encode()])
        classes = variable.facts.classes
        given[read.name] = (
            rng.integers(0, classes, shape)
            if classes
            else rng.uniform(0.2, 1.7, shape) * (1 - 2 * (rng.random(shape) < 0.3 * (seed % 2)))
        )
    return evaluate(gather({"it": tensor}), given, SIZES)["it"]


def same(one: Any, two: Any) -> bool:
    """Whether two tensors have one shape, and one value at several points."""
    one, two = as_tensor(one), as_tensor(two)
    if one.shape != two.shape or one.per_sample != two.per_sample:
        return False
    with np.errstate(all="ignore"):
        return all(
            np.allclose(value(one, s), value(two, s), rtol=1e-9, atol=1e-11, equal_nan=True)
            for s in (0, 2, 3)
        )
