"""`symgrad check` at a prompt: the answer, the verdict, the exit status; and files of answers."""

import csv
import io
import json
import os
import re
import shlex

import pytest

from symgrad.answers.classwork import Exercise, Row, mark_all, read_rows
from symgrad.cli import main

LINE = ["mean((y - (m*x + b))^2)", "--wrt", "m", "--params", "b"]
POINTS = ["--on", "x=1,2", "--on", "y=3,5"]


@pytest.fixture
def run(capsys):
    """Run `symgrad check` in this process: (status, standard output, standard error)."""

    def command(*words: str):
        status = main(["check", *words])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return command


VERDICTS = [
    ([*LINE, *POINTS, "--answer", "5m + 3b - 13"], 0, "correct: both are 5m + 3b − 13\n"),
    ([*LINE, *POINTS, "--answer", "5m + 3b - 12"], 1, "wrong: at "),
    (["lgamma(m^2 + 1)", "--wrt", "m", "--answer", "2m (digamma(m^2) + 1/m^2)"], 3,
    "undecided: they agree to "),
    ([*LINE, *POINTS, "--answer", "5m + 3q"], 4, "malformed: 'q' is not declared"),
    ([*LINE, "--answer", "2*mean(x*(m*x + b - y))"], 0, "correct: "),
    ([*LINE, "--answer", "2*mean(m*x + b - y)"], 1, "wrong: "),
    (["exp(m)", "--wrt", "m", "--at", "m=1", "--answer", "2.72"], 0,
    "correct: 2.72 is 2.71828 rounded to 3 digits\n"),
    ([*LINE, *POINTS, "--at", "m=-1,b=5", "--answer=-3"], 0, "correct: the value is -3\n"),
    (["sigmoid(k m)", "--wrt", "m", "--alias", "p=sigmoid(k m)", "--answer", "k p (1 - p)"], 0, "correct: "),
    ([*LINE, *POINTS, "--at", "m=-1,b=5", "--answer", "23", "--following", "5m + 3b + 13"], 1, "wrong: "),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "status", "begins"), VERDICTS, ids=[" ".join(words) for words, _, _ in VERDICTS]
)
def test_the_status_is_the_verdict(run, words, status, begins):
    got, out, err = run(*words)
    assert (got, err) == (status, "")
    assert out.startswith(begins)


def test_the_mistake_is_named(run):
    assert "mistake: The answer is the loss" in run("m^2", "--wrt", "m", "--answer", "m*m")[1]


def test_follow_through(run):
    words = [*LINE, *POINTS, "--at", "m=-1,b=5", "--answer", "23", "--following", "5m + 3b + 13"]
    assert "right given the earlier answer" in run(*words)[1]


def test_the_derivation(run):
    _, out, _ = run("m^2 sin(m)", "--wrt", "m", "--answer", "m", "--derivation")
    assert "[product rule]" in out
    assert "m² cos(m) + 2m sin(m)" in out
    _, out, _ = run(*LINE, *POINTS, "--answer", "m", "--derivation")
    assert out.endswith("with x = 1, 2 and y = 3, 5:\n∂L/∂m = 5m + 3b − 13\n")


MISTAKES = [
    (["m^2", "--wrt", "q", "--answer", "2m"], "'q' does not stand in the formula, which has: m"),
    (["m^2 +", "--wrt", "m", "--answer", "2m"], "the formula ends where"),
    (["m^2", "--answer", "2m"], "--answer needs the loss and --wrt"),
    (["m^2", "--wrt", "m", "--alias", "p", "--answer", "2m"], "--alias p: expected a name and its formula"),
    (["m^2", "--wrt", "m", "--file", "nowhere.csv"], "nowhere.csv: No such file"),
    (["m^2", "--wrt", "m", "--at", "q=1", "--answer", "2m"], "the question has no 'q'"),
]


@pytest.mark.parametrize(("words", "message"), MISTAKES, ids=[" ".join(words) for words, _ in MISTAKES])
def test_a_question_without_sense_has_status_two(run, words, message):
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_wrong_usage_is_argparses(capsys):
    for words in (["m^2", "--wrt", "m"], ["m^2", "--wrt", "m", "--answer", "2m", "--file", "a.csv"]):
        with pytest.raises(SystemExit) as stopped:
            main(["check", *words])
        assert stopped.value.code == 2
    assert "usage: symgrad check" in capsys.readouterr().err


def test_the_examples_of_the_help_run(run, capsys, tmp_path, monkeypatch):
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    shown = re.findall(r"^    (symgrad check .*)$", capsys.readouterr().out, re.MULTILINE)
    assert len(shown) >= 4
    monkeypatch.chdir(tmp_path)
    (tmp_path / "answers.csv").write_text("id,answer\nada,2m sin(m) + m^2 cos(m)\n", encoding="utf-8")
    for line in shown:
        status, out, err = run(*shlex.split(line)[2:])
        assert (status, err) == (0, ""), line
        assert out


# -- files ---------------------------------------------------------------------------

CLASS = [
    ("ada", "2m", "correct"),
    ("bob", "m^2", "wrong"),
    ("cy", "2m +", "malformed"),
    ("dee", "__import__('os').system('true')", "malformed"),
    ("eve", "9**9**9**9 m", "malformed"),
    ("fay", "m\n+ m", "correct"),
    ("gil", "", "malformed"),
    ("Hülya, 2", "m + m", "correct"),
]


def as_csv(rows, sign=","):
    text = io.StringIO()
    csv.writer(text, delimiter=sign).writerows(rows)
    return text.getvalue()


def test_csv_in_and_out(run, tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text(as_csv([("id", "answer"), *(row[:2] for row in CLASS)]), encoding="utf-8-sig")
    status, out, err = run("m^2", "--wrt", "m", "--file", str(path), "--jobs", "1")
    assert (status, err) == (0, "")
    marks = list(csv.DictReader(io.StringIO(out)))
    assert [(mark["id"], mark["verdict"]) for mark in marks] == [
        (name, verdict) for name, _, verdict in CLASS
    ]
    assert marks[0]["read_as"] == "2*m"
    assert "The answer is the loss, not its derivative." in marks[1]["mistakes"]


@pytest.mark.parametrize("sign", [";", "\t"])
def test_other_separators(run, tmp_path, sign):
    path = tmp_path / "answers.csv"
    path.write_text(as_csv([("id", "answer"), ("ada", "2m")], sign), encoding="utf-8")
    assert "ada,correct" in run("m^2", "--wrt", "m", "--file", str(path))[1]


def test_json_lines_with_their_own_questions(run, tmp_path):
    path = tmp_path / "answers.jsonl"
    lines = [
        '{"id": 1, "answer": "2m"}',
        '{"id": 2, "answer": "2mean(x (m x - y))", "loss": "mean((y - m*x)^2)"}',
        '{"id": 3, "answer": "m", "loss": "k*m", "wrt": "k"}',
        '{"id": 4, "answer": 2, "loss": "2k", "wrt": "k"}',
        "nonsense",
        "[" * 100_000,
        '{"id": 7}',
        '{"id": 8, "answer": null}',
        '{"id": 9, "answer": "m", "loss": "k m +", "wrt": "k"}',
        '{"id": 10, "answer": "m", "loss": "k m", "wrt": "q"}',
        '["a"]',
        '{"id": 12, "answer": "2m"}',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    status, out, _ = run("m^2", "--wrt", "m", "--file", str(path), "--jobs", "1")
    assert status == 0
    marks = [json.loads(line) for line in out.splitlines()]
    assert [mark["verdict"] for mark in marks] == [
        "correct", "correct", "correct", "correct", "malformed", "malformed",
        "malformed", "malformed", "undecided", "undecided", "malformed", "correct",
    ]  # fmt: skip
    assert "k m +" in marks[8]["reason"]
    assert "line 5 is not JSON" in marks[4]["reason"]


def test_a_file_for_another_parameter_of_the_same_loss(run, tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("id,answer,wrt\n1,5m + 3b - 13,m\n2,3m + 2b - 8,b\n", encoding="utf-8")
    _, out, _ = run(*LINE, *POINTS, "--file", str(path), "--jobs", "1")
    assert re.findall(r"^(.),correct", out, re.MULTILINE) == ["1", "2"]


def test_a_quote_that_is_never_closed_costs_its_own_line_alone(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text('id,answer\n1,2m\n2,"2m\n3,m + m\n4,2,5m\n5,"2\nm"\n', encoding="utf-8")
    rows = read_rows(path)
    assert [(row.id, row.answer, bool(row.fault)) for row in rows] == [
        ("1", "2m", False), (3, None, True), ("3", "m + m", False), ("4", None, True), ("5", "2\nm", False),
    ]  # fmt: skip


def test_what_is_not_utf8_costs_its_own_line_alone(run, tmp_path):
    path = tmp_path / "answers.csv"
    path.write_bytes("id,answer\n1,2m\n2,2m·½·½\n".encode("latin-1"))
    _, out, _ = run("m^2", "--wrt", "m", "--file", str(path), "--jobs", "1")
    assert re.findall(r"^(\d),(\w+)", out, re.MULTILINE) == [("1", "correct"), ("2", "malformed")]


def test_a_file_without_answers_is_wrong_usage(run, tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("name,text\n1,2m\n", encoding="utf-8")
    status, _, err = run("m^2", "--wrt", "m", "--file", str(path))
    assert status == 2
    assert "the first line names the columns, id and answer" in err


class Deadly(str):
    """An answer that ends the process that reads it."""

    def __reduce__(self):
        return (os._exit, (1,))


def test_processes_answer_in_order_and_one_that_dies_costs_its_own_line():
    rows = [Row(1, "2m"), Row(2, Deadly("2m")), Row(3, "m"), Row(4, "m + m")]
    marks = list(mark_all(rows, Exercise("m^2", "m"), jobs=2))
    assert [(mark["id"], mark["verdict"]) for mark in marks] == [
        (1, "correct"), (2, "undecided"), (3, "wrong"), (4, "correct"),
    ]  # fmt: skip
