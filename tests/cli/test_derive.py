"""`symgrad derive` at a prompt: what is typed, and every line that comes back."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from symgrad.cli import main

ROOT = Path(__file__).parents[2]
LINE = ["derive", "mean((y - (m*x + b))**2)", "--wrt", "m,b"]


@pytest.fixture
def run(capsys):
    """Run a command line in this process: (status, standard output, standard error)."""

    def command(*words: str):
        status = main(words)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return command


def symgrad(*words: str, **options):
    command = [sys.executable, "-m", "symgrad", *words]
    return subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", **options
    )


def test_the_gradient_one_line_a_parameter(run):
    assert run(*LINE) == (
        0,
        "L = (1/n) Σᵢ (yᵢ − (m xᵢ + b))²\n"
        "∂L/∂m = (2/n) Σᵢ xᵢ (m xᵢ + b − yᵢ)\n"
        "∂L/∂b = (2/n) Σᵢ (m xᵢ + b − yᵢ)\n",
        "symgrad: read as data: y, x; as parameters: m, b (--wrt names parameters, --data data)\n",
    )


def test_data_and_values_put_in_exactly(run):
    status, out, _ = run(*LINE, "--on", "x=1,2", "--on", "y=3,5", "--at", "m=-1,b=5")
    assert status == 0
    assert out.split("\n\n")[1:] == [
        "with x = 1, 2 and y = 3, 5:\n"
        "L = 5/2 m² + 3mb + b² − 13m − 8b + 17\n"
        "∂L/∂m = 5m + 3b − 13\n"
        "∂L/∂b = 3m + 2b − 8",
        "at m = -1, b = 5:\nL = 5/2\n∂L/∂m = -3\n∂L/∂b = -1\n",
    ]


def test_numbers_are_read_as_typed(run):
    _, out, _ = run(
        "derive", "mean((y - m*x)^2)", "--wrt", "m", "--on", "x=0.1,1/3", "--on", "y=1e-1,½", "--at", "m=0.5"
    )
    # With x = (1/10, 1/3), y = (1/10, 1/2): Σ x (m x − y) = 109/900 m − 53/300.
    assert "∂L/∂m = 109/900 m − 53/300\n" in out
    assert out.endswith("∂L/∂m = -209/1800\n")


def test_latex(run):
    _, out, _ = run(*LINE, "--on", "x=1,2", "--on", "y=3,5", "--latex")
    lines = out.splitlines()
    assert out.isascii()
    assert lines[1].startswith(r"\frac{\partial L}{\partial m} = \frac{2}{n} \sum_{i")
    assert lines[3:5] == ["", "% with x = 1, 2 and y = 3, 5:"]
    assert lines[6] == r"\frac{\partial L}{\partial m} = 5 m + 3 b - 13"


def test_order_of_the_parameters_is_the_one_given(run):
    _, out, _ = run(*LINE[:3], "b,m")
    assert [line.split(" = ")[0] for line in out.splitlines()] == ["L", "∂L/∂b", "∂L/∂m"]


ROLES = [
    # Inside mean, total or a loss: data.  Else: a hyperparameter.
    (["mean((y - m x)**2) + λ m**2", "--wrt", "m"], "∂L/∂m = (2/n) Σᵢ xᵢ (m xᵢ − yᵢ) + 2λm"),
    (["mse(y, m x + b)", "--wrt", "m,b"], "∂L/∂b = (2/n) Σᵢ (m xᵢ + b − yᵢ)"),
    (["k*m**2 + c*m", "--wrt", "m"], "∂L/∂m = 2km + c"),
    (["exp(k m)", "--wrt", "m"], "∂L/∂m = k exp(km)"),
    # --data says it, so k inside the mean is a number.
    (["mean((y - k m x)**2)", "--wrt", "m", "--data", "x,y"], "∂L/∂m = (2/n) k Σᵢ xᵢ (km xᵢ − yᵢ)"),
    # So does --on.
    (["mean(k m x)", "--wrt", "m", "--on", "x=1,3"], "∂L/∂m = 2k"),
    # Letters that were declared stand side by side.
    (["mean((y - mx - b)^2)", "--wrt", "m,b", "--data", "x,y"], "∂L/∂b = (2/n) Σᵢ (m xᵢ + b − yᵢ)"),
]


@pytest.mark.parametrize(("words", "line"), ROLES, ids=[words[0] for words, _ in ROLES])
def test_roles(run, words, line):
    status, out, err = run("derive", *words)
    assert (status, err.startswith("symgrad: read as ") or err == "") == (0, True)
    assert line in out.splitlines()


def test_roles_that_were_guessed_are_said_and_others_not(run):
    words = ["derive", "mean((y - m x)**2)", "--wrt", "m"]
    assert run(*words, "--data", "x,y")[2] == ""
    assert run(*words, "--on", "x=1,2")[2] == (
        "symgrad: read as data: x; as numbers kept as letters: y; as parameters: m; no data for y, inside a "
        "mean, total or loss: give --on y=... (--wrt names parameters, --on or --data data)\n"
    )


def test_greek_letters_wherever_a_name_is_given(run):
    words = ["derive", "mean(θ x) + θ^2", "--wrt", "θ", "--on", "x=1,3", "--at", "θ=2"]
    assert run(*words)[1].endswith("at theta = 2:\nL = 8\n∂L/∂θ = 6\n")


MISTAKES = [
    (
        ["m +", "--wrt", "m"],
        "symgrad: the formula ends where a number, a name or '(' is expected\n  m +\n     ^\n",
    ),
    (["mx", "--wrt", "m"], "symgrad: 'mx' is not declared; for a product write *\n  mx\n  ^^\n"),
    (["m**2", "--wrt", "q"], "symgrad: 'q' does not stand in the formula, which has: m\n"),
    (["5", "--wrt", "m"], "symgrad: 'm' does not stand in the formula, which has: no names\n"),
    (
        ["mean(m*x)", "--wrt", "m", "--data", "m"],
        "symgrad: 'm' is given as a parameter (--wrt) and as data; choose one\n",
    ),
    (
        ["mean(m*x)", "--wrt", "m", "--on", "x"],
        "symgrad: --on x: expected a name and its values, such as --on x=1,2 (once for each name)\n",
    ),
    (
        ["mean(m*x)", "--wrt", "m", "--on", "x=1,y=2"],
        "symgrad: --on x=1,y=2: expected a name and its values, such as --on x=1,2 (once for each name)\n",
    ),
    (
        ["mean(m*x)", "--wrt", "m", "--on", "x=1", "--on", "x=2"],
        "symgrad: --on gives 'x' twice; write all its values in one: --on x=1,2\n",
    ),
    (
        ["mean(m*x)", "--wrt", "m", "--on", "x=1,two"],
        "symgrad: --on x=1,two: 'two' is not a number: 'two' is not declared; declared are: none\n"
        "  two\n"
        "  ^^^\n",
    ),
    (
        ["m**2", "--wrt", "m", "--at", "5"],
        "symgrad: --at 5: expected names and their values, such as --at m=-1,b=5\n",
    ),
    (["m**2", "--wrt", "m", "--at", "q=5"], "symgrad: 'q' does not stand in this formula"),
    (["m n", "--wrt", "m,n"], "symgrad: 'n' is the number of samples"),
    (
        ["__import__('os')", "--wrt", "m"],
        "symgrad: a name begins with a letter, not with '_'\n  __import__('os')\n  ^\n",
    ),
    (
        ["mean(m*x)", "--wrt", "m", "--at", "x=1"],
        "symgrad: --at x=...: 'x' is data; write --on x=...\n",
    ),
    (
        ["mean(m*x + y)", "--wrt", "m", "--data", "y", "--on", "x=1"],
        "symgrad: no data for y; give all at once, with --on y=... too\n",
    ),
    (
        ["1/n*sum((y - m*x)**2)", "--wrt", "m"],
        "symgrad: sum((y − xm)²) adds up one number: for the sum over samples write total(...)",
    ),
    (["mean(m)", "--wrt", "m"], "symgrad: m is the same for every sample"),
    (["m*x", "--wrt", "m", "--data", "x"], "symgrad: "),
]


@pytest.mark.parametrize(("words", "message"), MISTAKES, ids=[" ".join(words) for words, _ in MISTAKES])
def test_mistakes_are_one_message_and_status_one(run, words, message):
    status, out, err = run("derive", *words)
    assert (status, out) == (1, "")
    assert err.startswith(message)
    assert "Traceback" not in err


def test_usage_errors_have_status_two(run, capsys):
    for words in ([], ["derive"], ["derive", "m**2"], ["nonsense"], ["train"]):
        with pytest.raises(SystemExit) as stopped:
            main(words)
        assert stopped.value.code == 2
        assert "usage: symgrad" in capsys.readouterr().err


USAGE = [
    (["derive", "-m**2", "--wrt", "m"], "goes last, after --, such as -- '-m**2'"),
    (["check", "-m**2", "--wrt", "m", "--answer", "m"], "goes last, after --, such as -- '-m**2'"),
    (["train", "a.py", "--batch-size", "foo"], "expected a whole number of samples, or all, got 'foo'"),
]


@pytest.mark.parametrize(("words", "message"), USAGE)
def test_usage_errors_say_what_to_type(words, message, capsys):
    with pytest.raises(SystemExit):
        main(words)
    assert message in capsys.readouterr().err


def examples():
    """The commands that the help of `derive` shows."""
    text = symgrad("derive", "--help").stdout
    return re.findall(r"^    (symgrad derive .*)$", text, re.MULTILINE)


def test_the_examples_of_the_help_run(run):
    shown = examples()
    assert len(shown) >= 3
    for line in shown:
        status, out, err = run(*shlex.split(line)[1:])
        assert (status, err.startswith("symgrad: read as ") or err == "") == (0, True), line
        assert out


def test_a_formula_that_begins_with_a_minus(run):
    assert run("derive", "--wrt", "m", "--", "-m**2")[1] == "L = −m²\n∂L/∂m = −2m\n"


def test_as_a_program_and_in_ascii():
    words = [*LINE, "--on", "x=1,2", "--on", "y=3,5"]
    assert "∂L/∂m = 5m + 3b − 13\n" in symgrad(*words, env={"PYTHONIOENCODING": "utf-8"}).stdout
    plain = symgrad(*words, env={"PYTHONIOENCODING": "ascii"})
    assert plain.returncode == 0
    assert plain.stdout.isascii()
    assert "dL/dm = 5*m + 3*b - 13\n" in plain.stdout


def test_an_error_of_the_program_has_status_one():
    done = symgrad("derive", "m +", "--wrt", "m")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("symgrad: the formula ends")


def test_a_reader_that_goes_away():
    command = f"{sys.executable} -m symgrad derive m**2 --wrt m | true"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.stderr == ""


def test_version_and_help_load_no_heavy_library():
    code = (
        "import sys, symgrad.cli\n"
        "try: symgrad.cli.main([sys.argv[1]])\n"
        "except SystemExit as stop: assert not stop.code\n"
        "print(sorted({'numba', 'jinja2', 'lark', 'scipy', 'matplotlib', 'pandas'} & set(sys.modules)))"
    )
    for option in ("--version", "--help"):
        done = subprocess.run(
            [sys.executable, "-c", code, option], check=True, cwd=ROOT, capture_output=True, text=True
        )
        assert done.stdout.splitlines()[-1] == "[]"
