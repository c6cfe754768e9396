"""Questions without data: the rules of differentiation, one after the other."""

from __future__ import annotations

import symgrad as sg

from .cases import Asked


def scalars() -> list[Asked]:
    m, b, k = sg.params("m b k")
    p = sg.param("p", min=0, max=1)
    q = sg.param("q", min=0)
    s = sg.param("s")
    t = sg.constant("t")
    lam = sg.hyper("lambda")
    return [
        Asked(
            "a power", m**3 + 3 * m, m,
            right=["3m^2 + 3", "3m**2 + 3", "3*m*m+3", "3(m²+1)", "3 (m^2 + 1)", "3m² + 3", r"3 m^{2} + 3",
                   r"3\left(m^2+1\right)", r"$3m^2+3$", r"\frac{dL}{dm} = 3m^2 + 3", "dL/dm = 3m^2 + 3",
                   "∂L/∂m = 3m² + 3", "3m^2+3.0", "6m²/2 + 3"],
            wrong={"3m^2": "term missing", "m^2 + 3": "power rule|constant factor",
                   "3m^3 + 3": "power rule|exponent",
                   "m^3 + 3m": "the loss itself", "6m": "second derivative", "-3m^2 - 3": "sign",
                   "3m^2 - 3": "term's sign", "3m^2 + 3m": "extra factor",
                   "3m^2 + 1": "coefficient|constant factor"},
            malformed=["3m^", "3m^2 +", "(3m^2 + 3", "3m^2 + 3)", "3q^2 + 3", "", "   ", "3m^2 ++* 3"],
        ),
        Asked(
            "a chain", (k * m + b) ** 4, m,
            right=["4k(km+b)^3", "4k(k m + b)³", "4*k*(k*m + b)**3", "4 (km + b)^3 * k", "4 (b + mk)^3 k",
                   r"4k\left(km+b\right)^{3}", r"4 \cdot (km+b)^3 \cdot k", "4 × (km+b)³ × k",
                   "4k⁴m³ + 12k³m²b + 12k²mb² + 4kb³", r"\frac{\partial L}{\partial m} = 4k(km+b)^3"],
            wrong={"4(km+b)^3": "chain rule", "4m(km+b)^3": "another derivative",
                   "k(km+b)^3": "power rule|constant factor",
                   "4k(km+b)^4": "power rule|exponent", "12k^2(km+b)^2": "second derivative",
                   "-4k(km+b)^3": "sign",
                   "2k(km+b)^3": "constant factor", "4k(km-b)^3": "term's sign",
                   "4b(km+b)^3": "swapped variable",
                   "4k(km)^3": "term missing"},
        ),
        Asked(
            "a product", m**2 * sg.sin(m), m,
            right=["2m sin(m) + m^2 cos(m)", "2m*sin(m) + m**2*cos(m)", "m(2 sin(m) + m cos(m))",
                   "m² cos m + 2m sin m",
                   r"2m\sin(m) + m^2\cos(m)", r"2m \sin m + m^2 \cos m", "2 m sin(m)+cos(m) m^2",
                   r"m\left(2\sin{m} + m\cos{m}\right)"],
            wrong={"2m cos(m)": "product rule", "2m sin(m)": "product rule|term missing",
                   "m^2 cos(m)": "product rule|term missing",
                   "2m sin(m) - m^2 cos(m)": "derivative of sin|term's sign",
                   "m sin(m) + m^2 cos(m)": "power rule|constant factor", "2m cos(m) + m^2 sin(m)": "",
                   "2m sin(m) + m cos(m)": "exponent"},
        ),
        Asked(
            "a quotient", m / (m**2 + 1), m,
            right=["(1 - m^2)/(1 + m^2)^2", "(1-m²)/(m²+1)²", r"\frac{1-m^2}{(m^2+1)^2}",
                   r"\frac{1 - m^{2}}{\left(m^{2}+1\right)^{2}}",
                   "1/(m^2+1) - 2m^2/(m^2+1)^2", "((m^2+1) - m*2m)/(m^2+1)^2",
                   r"\dfrac{(m^2+1)-2m\cdot m}{(1+m^2)^2}"],
            wrong={"(m^2 - 1)/(m^2 + 1)^2": "quotient rule|sign", "(1 + 3m^2)/(m^2 + 1)^2": "quotient rule",
                   "(1 - m^2)/(m^2 + 1)": "quotient rule", "1/(2m)": "quotient rule",
                   "1/(m^2+1)": "quotient rule|product rule|term missing",
                   r"\frac{1-2m^2}{(m^2+1)^2}": "constant factor|coefficient"},
        ),
        Asked(
            "the logistic function", sg.sigmoid(k * m), m,
            right=["k σ(km)(1 - σ(km))", "k sigmoid(k m) (1 - sigmoid(k m))", r"k\sigma(km)(1-\sigma(km))",
                   "k e^(-km)/(1 + e^(-km))^2",
                   r"\frac{k e^{-km}}{(1+e^{-km})^2}", "k exp(km)/(1+exp(km))²", "k σ(km) σ(-km)"],
            wrong={"σ(km)(1 - σ(km))": "chain rule", "k σ(km)(1 + σ(km))": "derivative of sigmoid",
                   "k σ(km)": "derivative of sigmoid",
                   "m σ(km)(1-σ(km))": "another derivative", r"k\sigma(km)(\sigma(km)-1)": "sign",
                   "k(1 - σ(km))": "derivative of sigmoid|factor missing"},
        ),
        Asked(
            "an exponential", sg.exp(-(m**2) / 2), m,
            right=["-m exp(-m^2/2)", "-m e^(-m^2/2)", "−m e^{−m²/2}", r"-m e^{-\frac{m^2}{2}}",
                   r"-m\exp\left(-\frac{m^2}{2}\right)", "-m/exp(m²/2)",
                   r"-me^{-m^2/2}"],
            wrong={"m exp(-m^2/2)": "sign|inner sign", "exp(-m^2/2)": "chain rule|the loss itself",
                   "-m": "factor missing|chain rule",
                   "-2m exp(-m^2/2)": "constant factor", "-m exp(m^2/2)": "term's sign",
                   "-m^2/2 exp(-m^2/2)": "power rule", "-m^2/2 exp(-m^2/2 - 1)": ""},
        ),
        Asked(
            "a root", sg.sqrt(m**2 + q), m,
            right=["m/sqrt(m^2 + q)", "m/√(m²+q)", r"\frac{m}{\sqrt{m^2+q}}", "m (m^2 + q)^(-1/2)",
                   "2m/(2 sqrt(q + m²))",
                   r"\frac{1}{2\sqrt{m^2+q}}\cdot 2m", r"m(m^2+q)^{-\frac12}"],
            wrong={"1/(2 sqrt(m^2+q))": "chain rule", "2m/sqrt(m^2+q)": "constant factor",
                   "m sqrt(m^2+q)": "power rule|exponent",
                   "1/sqrt(m^2+q)": "power rule|missing factor|factor missing", "-m/sqrt(m^2+q)": "sign",
                   "m/sqrt(m^2-q)": "term's sign", "sqrt(2m)": ""},
        ),
        Asked(
            "a logarithm", sg.log(1 + m**2) + lam * m**2, m,
            right=["2m/(1+m^2) + 2λm", r"\frac{2m}{1+m^2} + 2\lambda m", "2m/(m²+1) + 2 lambda m",
                   "2m (1/(1+m²) + λ)", r"2m\left(\lambda + \frac{1}{m^2+1}\right)"],
            wrong={"1/(1+m^2) + 2λm": "chain rule", "2m/(1+m^2)": "term missing",
                   "2m/(1+m^2) + λm": "constant factor|power rule|coefficient",
                   "2m/(1+m^2) - 2λm": "term's sign", "2m log(1+m^2) + 2λm": "derivative of log",
                   "2m/(1+m^2) + 2λ": "power rule|factor missing",
                   "2m/(1-m^2) + 2λm": "term's sign"},
            malformed=["2m/(1+m²) + 2μm", r"\frac{2m}{1+m^2"],
        ),
        Asked(
            "the absolute value", sg.abs(m) + m * b, m,
            right=["sign(m) + b", "m/|m| + b", r"\frac{m}{|m|} + b", "b + |m|/m",
                   r"\begin{cases} 1 + b & m > 0 \\ b - 1 & m < 0 \end{cases}", "where(m > 0, 1, -1) + b"],
            wrong={"1 + b": "branch", "b - 1": "branch|part of the domain", "sign(m)": "term missing",
                   "sign(m) + m": "swapped variable", "-sign(m) + b": "term's sign"},
        ),
        Asked(
            "relu", sg.relu(k * m - b), m,
            right=["where(k*m > b, k, 0)", r"\begin{cases} k & km > b \\ 0 & \text{otherwise} \end{cases}",
                   r"\begin{cases} k, & \text{if } km - b > 0 \\ 0, & \text{if } km - b \le 0 \end{cases}"],
            wrong={"k": "branch", "0": "branch", "where(k*m > b, 1, 0)": "chain rule",
                   "where(k*m < b, k, 0)": "",
                   "where(m > b, k, 0)": "factor missing"},
        ),
        Asked(
            "entropy", -t * sg.log(p) - (1 - t) * sg.log(1 - p), p,
            right=["-t/p + (1-t)/(1-p)", "(p - t)/(p(1-p))", r"-\frac{t}{p}+\frac{1-t}{1-p}",
                   r"\frac{p-t}{p(1-p)}", "(p-t)/(p-p^2)",
                   "−t/p + (1 − t)/(1 − p)"],
            wrong={"-t/p - (1-t)/(1-p)": "inner sign|term's sign", "-t/p": "term missing", "p - t": "",
                   "t/p - (1-t)/(1-p)": "sign",
                   "-log(p) + log(1-p)": "another derivative", "-t/p + (1-t)/(1+p)": "term's sign"},
        ),
        Asked(
            "tanh", sg.tanh(s) ** 2, s,
            right=["2 tanh(s) (1 - tanh(s)^2)", "2tanh(s)(1 − tanh²(s))",
                   r"2\tanh(s)\left(1-\tanh^2(s)\right)", "2 tanh(s)/cosh(s)^2",
                   "2 sinh(s)/cosh(s)³", r"\frac{2\tanh s}{\cosh^2 s}"],
            wrong={"2 tanh(s)": "chain rule", "2 tanh(s)(1 + tanh(s)^2)": "derivative of tanh|term's sign",
                   "2(1 - tanh(s)^2)": "power rule|factor missing",
                   "tanh(s)(1 - tanh(s)^2)": "power rule|constant factor",
                   "2 tanh(s)(1 - tanh(s))": "derivative of tanh|exponent"},
        ),
        Asked(
            "names of one letter that mean other things elsewhere",
            sg.param("I") * sg.param("beta") ** 2 * sg.param("E"), sg.param("beta"),
            right=["2 I E β", "2IEβ", "2*I*beta*E", r"2 I E \beta", r"2\beta EI"],
            wrong={"2 I β": "factor missing|constant", "I E β^2": "the loss itself",
                   "β^2 E": "another derivative"},
        ),
        Asked(
            "an exponent", q**k, k,
            right=["q^k log(q)", "q**k * ln(q)", r"q^k \ln q", r"\ln(q)\, q^{k}", "log(q) exp(k log(q))"],
            wrong={"k q^(k-1)": "another derivative|power rule", "q^k": "power rule|the loss itself",
                   "q^k/log(q)": "exponent", "k q^k log(q)": "extra factor"},
        ),
    ]  # fmt: skip
