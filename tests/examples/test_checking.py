"""The page for a class: its prompt blocks run, its commands answer, its table of forms is true."""

import doctest
import re
import shlex
from pathlib import Path

import symgrad as sg
from symgrad.cli import main

PAGE = (Path(__file__).parents[2] / "examples/checking.md").read_text(encoding="utf-8")


def test_prompt_blocks_print_what_they_show():
    blocks = re.findall(r"^```pycon\n(>>> .*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert blocks
    session = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "checking.md", None, None)
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(session, out=report.append)
    assert result.failed == 0, "".join(report)


def test_commands_answer(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("answers.csv").write_text("id,answer\nada,5m + 3b - 13\n", encoding="utf-8")
    commands = re.findall(r"^symgrad (check .*)$", PAGE, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        assert main(shlex.split(command)) == 0
        assert "correct" in capsys.readouterr().out


X, x, y = sg.data("X", "d"), *sg.data("x y")
w, (m, b, z, t) = sg.params("w", "d"), sg.params("m b z t")
POINTS = {x: [1, 2], y: [3, 5]}
LINE = sg.mse(y, m * x + b)
GIVEN = sg.grad(LINE, m)
LEAST = sg.grad(sg.mse(y, X @ w), w)
# What each form in the table is the right answer to.
ASKED = {
    "2*mean(x*(m*x + b - y))": (GIVEN, {}),
    "5m+3b-13": (GIVEN, POINTS),
    "2x(y-t)": (2 * m * (b - t), {}),
    "½m² − √x": (m**2 / 2 - sg.sqrt(z), {}),
    "σ(z)(1 − σ(z))": (sg.grad(sg.sigmoid(z), z), {}),
    "(2/n) Σᵢ xᵢ (m xᵢ + b − yᵢ)": (GIVEN, {}),
    r"\frac{2}{n}\sum_{i=1}^n x_i(\hat y_i - y_i)": (GIVEN, {}),
    r"\begin{cases} 1 & m > 0 \\ -1 & m < 0 \end{cases}": (sg.grad(sg.abs(m), m), {}),
    "2/n X'(Xw - y)": (LEAST, {}),
    r"\frac{2}{n}X^\top(Xw-y)": (LEAST, {}),
    "2/n * X.T @ (X @ w - y)": (LEAST, {}),
    "m := m - λ(5m + 3b - 13)": (GIVEN, POINTS),
}


def test_every_form_of_the_table_is_accepted():
    rows = re.findall(r"^\| \w[^|]* \| (`.*`) \|$", PAGE, re.MULTILINE)
    shown = [form for row in rows for form in re.findall("`([^`]+)`", row) if "…" not in form]
    assert set(shown) == set(ASKED)
    for form in shown:
        truth, at = ASKED[form]
        names = {"2x(y-t)": {"x": m, "y": b}, "½m² − √x": {"x": z}}.get(form, {})
        assert sg.check(
            truth,
            form,
            loss=LINE if truth is GIVEN else None,
            wrt=m if truth is GIVEN else None,
            at=at,
            aliases=names,
        ), form
