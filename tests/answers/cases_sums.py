"""Questions with data: sums over samples, data put in, update rules, numbers."""

from __future__ import annotations

import symgrad as sg

from .cases import Asked


def sums() -> list[Asked]:
    x, y, t = sg.data("x y t")
    m, b, w = sg.params("m b w")
    lam = sg.hyper("lambda")
    line = sg.mse(y, m * x + b)
    two = {x: [1, 2], y: [3, 5]}
    here = two | {m: -1, b: 5}
    z = sg.sigmoid(w * x + b)
    rate = sg.hyper("eta")
    points = sg.grad(line).on(two)
    return [
        Asked(
            "a line through two points, slope", line, m, at=two,
            right=["5m + 3b - 13", "5*m + 3*b - 13", "5m+3b−13", "3b - 13 + 5m", "-13+5m+3b",
                   "5(m + 3b/5) - 13", "1*(m+b-3) + 2(2m+b-5)",
                   "(m + b − 3) + 2·(2m + b − 5)", r"5m+3b-13",
                   r"\frac{\partial L}{\partial m} = 5m + 3b - 13", "∂L/∂m = 5m + 3b − 13",
                   "dL/dm = 5 m + 3 b - 13", r"\[ 5m + 3b - 13 \]", "5.0m + 3.0b - 13.0", "½(10m + 6b − 26)",
                   r"\frac{1}{2}(10m+6b-26)",
                   "m := m - λ(5m + 3b - 13)", r"m := m - \lambda(5m + 3b - 13)", "m ← m − η(5m + 3b − 13)",
                   r"m = m - \alpha (5m+3b-13)"],
            wrong={"5m + 3b + 13": "term's sign", "5m + 3b": "term missing", "5m - 3b - 13": "term's sign",
                   "3m + 2b - 8": "another derivative",
                   "10m + 6b - 26": "constant factor|mean", "-5m - 3b + 13": "sign",
                   "5m + 3b - 12": "coefficient", "5m - 13": "term missing",
                   "m := m + λ(5m + 3b - 13)": "sign", "5m² + 3b − 13": "exponent", "5b + 3m - 13": ""},
            malformed=["5m + 3c - 13", "5m + 3b - ", "5m + (3b - 13", "5m + 3b - 13]", "five m",
                       "5m + 3b - 13 €", "m := λ(5m + 3b"],
        ),
        Asked(
            "a line through two points, intercept", line, b, at=two,
            right=["3m + 2b - 8", "3m+2b−8", "(m+b-3)+(2m+b-5)", r"\frac{dL}{db}=3m+2b-8",
                   "b := b - λ(3m + 2b - 8)"],
            wrong={"3m + b - 8": "constant factor|coefficient", "6m + 4b - 16": "constant factor|mean",
                   "5m + 3b - 13": "another derivative", "2b - 8": "term missing",
                   "3m - 2b - 8": "term's sign", "3m + 2b + 8": "term's sign"},
        ),
        Asked(
            "a line, slope", line, m,
            right=["2*mean(x*(m*x + b - y))", "2 mean(x (m x + b − y))", "2/n * total(x*(m*x+b-y))",
                   "-2*mean(x*(y - (m*x+b)))",
                   r"-\frac{2}{n}\sum_{i=1}^n x_i(y_i-(mx_i+b))",
                   r"\frac{2}{n}\sum_{i=1}^{n} x_i (m x_i + b - y_i)", r"\frac{2}{n}\sum_i x_i(mx_i+b-y_i)",
                   "(2/n) Σᵢ xᵢ (m xᵢ + b − yᵢ)", "2/n ∑_i x_i (m x_i + b - y_i)",
                   r"\frac{1}{n}\sum_{i=1}^n 2(y_i - mx_i - b)(-x_i)",
                   r"\frac{2}{n}\left(m\sum_{i} x_i^2 + b\sum_{i} x_i - \sum_{i} x_i y_i\right)",
                   r"\frac{-2}{n}\sum_{k=1}^n (y_k - m x_k - b) x_k",
                   r"\frac{2}{n}\sum_{i=1}^n x_i(\hat y_i - y_i)", "2 mean((ŷ - y) x)",
                   r"\frac{\partial L}{\partial m} = -\frac{2}{n}\sum_{i=1}^n x_i(y_i-(mx_i+b))",
                   r"m := m + \lambda\frac{2}{n}\sum_i x_i(y_i - mx_i - b)"],
            wrong={"2*mean(m*x + b - y)": "chain rule|another derivative",
                   "mean(x*(m*x + b - y))": "power rule|constant factor", "2*mean(x*(y - m*x - b))": "sign",
                   "2*total(x*(m*x + b - y))": "mean",
                   r"\frac{2}{n}\sum_i (m x_i + b - y_i)": "chain rule|another derivative",
                   r"-\frac{2}{n}\sum_{i=1}^n x_i(y_i+(mx_i+b))": "term's sign",
                   r"2\sum_{i=1}^n x_i(mx_i+b-y_i)": "mean", r"\frac{2}{n} x_i(mx_i+b-y_i)": "missing sum",
                   "mean((y - (m*x+b))^2)": "the loss itself",
                   "2*mean(x*(m*x - y))": "term missing", r"\frac{2}{n}\sum_{i=1}^n x_j y_i": "",
                   r"\frac{2}{n}\sum_i x_i^2(mx_i+b-y_i)": "exponent",
                   r"\frac{1}{2n}\sum_i x_i(mx_i+b-y_i)": "constant factor"},
            malformed=[r"\frac{2}{n}\sum_{i=1}^n x_i(m x_i + b - y_i",
                       r"\frac{2}{n}\sum_{i=1}^n u_i(m x_i + b - y_i)"],
        ),
        Asked(
            "a line, intercept", line, b,
            right=["2*mean(m*x + b - y)", r"\frac{2}{n}\sum_{i=1}^n (mx_i+b-y_i)",
                   r"-\frac{2}{n}\sum_i (y_i - mx_i - b)", "2(m mean(x) + b - mean(y))",
                   r"2(m\bar{x} + b - \bar{y})",
                   "2b + 2/n Σᵢ (m xᵢ − yᵢ)", r"\frac{2}{n}\left(nb + m\sum_i x_i - \sum_i y_i\right)"],
            wrong={"mean(m*x + b - y)": "power rule|constant factor", "-2*mean(m*x + b - y)": "sign",
                   "2*mean(x*(m*x+b-y))": "another derivative", "2*mean(m*x - y)": "term missing",
                   r"\frac{2}{n}(m\bar{x} + b - \bar{y})": "mean|constant factor"},
        ),
        Asked(
            "a line with a penalty", line + lam * m**2, m,
            right=["2*mean(x*(m*x + b - y)) + 2*lambda*m", r"\frac{2}{n}\sum_i x_i(mx_i+b-y_i) + 2\lambda m",
                   "2λm − 2 mean(x (y − m x − b))"],
            wrong={"2*mean(x*(m*x + b - y))": "term missing",
                   "2*mean(x*(m*x + b - y)) + λ m": "constant factor|power rule",
                   "2*mean(x*(m*x + b - y)) - 2λ m": "term's sign",
                   "2*mean(x*(m*x + b - y)) + 2λ": "power rule|factor missing"},
        ),
        Asked(
            "logistic regression", sg.binary_cross_entropy(t, z), w, aliases={"p": z},
            right=["mean((sigmoid(w*x + b) - t)*x)", "mean((p - t) x)",
                   r"\frac{1}{n}\sum_{i=1}^n (\sigma(wx_i+b)-t_i)x_i", r"\frac1n\sum_i (p_i - t_i)x_i",
                   "-mean((t - p) x)",
                   r"\frac{1}{n}\sum_i x_i\left(\frac{1}{1+e^{-(wx_i+b)}} - t_i\right)",
                   "(1/n) Σᵢ xᵢ (σ(w xᵢ + b) − tᵢ)", "mean(-t(1 - p)x + (1 - t)p x)"],
            wrong={"mean(p - t)": "another derivative|chain rule", "mean((t - p) x)": "sign",
                   "total((p - t) x)": "mean", "mean((p - t) x p (1 - p))": "",
                   "mean((p + t) x)": "term's sign",
                   "2 mean((p - t) x)": "constant factor"},
        ),
        Asked(
            "a neuron's weight", (sg.param("t") - sg.sigmoid(w * sg.param("h"))) ** 2 / 2, w,
            right=["(σ(wh) - t) σ(wh) (1 - σ(wh)) h", "-(t - σ(w h)) σ(w h)(1 - σ(w h)) h",
                   r"-(t-\sigma(wh))\sigma(wh)(1-\sigma(wh))h",
                   r"w = w - \lambda \times (\sigma(wh)-t)\sigma(wh)(1-\sigma(wh))h",
                   r"\frac{dE}{dw} = (\sigma(wh)-t)\cdot\sigma(wh)\cdot(1-\sigma(wh))\cdot h"],
            wrong={"(t - σ(wh)) σ(wh) (1 - σ(wh)) h": "sign|inner sign",
                   "(σ(wh) - t) σ(wh) (1 - σ(wh))": "chain rule",
                   "(σ(wh) - t) h": "derivative of sigmoid|chain rule|factor missing",
                   "(σ(wh) - t) σ(wh) h": "derivative of sigmoid|factor missing",
                   "(σ(wh) - t) σ(wh) (1 + σ(wh)) h": "derivative of sigmoid|term's sign",
                   "2(σ(wh) - t) σ(wh)(1 - σ(wh)) h": "constant factor"},
        ),
        Asked(
            "the slope at a point", line, m, at=here,
            right=["-3", "−3", "-3.0", "= -3", "dL/dm = -3", r"\frac{\partial L}{\partial m} = -3", "-6/2",
                   "5(-1) + 3(5) - 13", "1*(-1+5-3) + 2(-2+5-5)"],
            wrong={"3": "", "-6": "", "-1": "", "5/2": "", "-3.1": "", "5(-1) + 3*5 + 13": ""},
            malformed=["minus three", "-"],
        ),
        Asked(
            "the root of the loss at a point", line, of=sg.sqrt(line), at=here,
            right=["1.6", "RMSE = 1.6", "1.58", "1.581", "1.5811388", "≈ 1.58", r"\approx 1.58", "sqrt(10)/2",
                   "√2.5", "sqrt(5/2)", r"\sqrt{2.5}", r"\frac{\sqrt{10}}{2}", "1.58…", "1.58113..."],
            wrong={"1.5": "", "1.59": "", "2.5": "", "1.5812": "", "-1.58": "", "1.580": "", "2": "",
                   "sqrt(5)/2": ""},
        ),
        Asked(
            "one step of gradient descent", line, m, of=sg.SGD(sg.hyper("eta", value=0.1)).update(points),
            at={m: -1, b: 5, "eta": 0.1},
            right=["-0.7", "m = -0.7", "m := −0.7", "-7/10", "-1 - 0.1*(-3)", "-1 + 0.3", "m := -7/10",
                   r"-\frac{7}{10}"],
            wrong={"-1.3": "", "0.7": "", "m = -4": "", "-0.3": "", "-1 - 0.3": ""},
        ),
        Asked(
            "the rule of gradient descent", line, m, of=sg.SGD(rate).update(points),
            right=["m - η(5m + 3b - 13)", "m - eta*(5*m + 3*b - 13)", r"m - \eta(5m+3b-13)",
                   "(1 - 5η)m - 3ηb + 13η", "m := m - η(5m + 3b - 13)"],
            wrong={"m + η(5m + 3b - 13)": "", "η(5m + 3b - 13)": "", "m - (5m + 3b - 13)": "",
                   "m - η(3m + 2b - 8)": ""},
        ),
    ]  # fmt: skip
