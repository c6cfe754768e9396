"""Model files: declarations in, a run out; what is missing is said."""

import pytest

import symgrad as sg
from symgrad.training.model_file import load_model, train_model

MODEL = """
from symgrad import *
x, y = data("x y")
m, b = params("m b")
loss = mse(y, m*x + b)
epochs = 1
target = "numpy"
start = {m: -1, "b": 5}
optimizer = SGD(0.1)
verbose = 0
"""


def write(folder, text):
    (folder / "model.py").write_text(text)
    (folder / "points.csv").write_text("x,y\n1,3\n2,5\n")
    return folder / "model.py"


@pytest.mark.parametrize(
    ("ending", "given"),
    [
        ("", "points.csv"),
        ("data = 'points.csv'", None),
        ("data = {x: [1, 2], 'y': [3, 5]}", None),
        ("def data(path='nothing.csv'):\n    return path", "points.csv"),
    ],
)
def test_data_from_everywhere(tmp_path, ending, given, capsys):
    run = train_model(load_model(write(tmp_path, MODEL + ending)), given and tmp_path / given)
    assert run.params["m"] == pytest.approx(-0.7)
    assert "b = 5.1" in capsys.readouterr().out


def test_report_and_overrides(tmp_path, capsys):
    path = write(tmp_path, MODEL + "data = 'points.csv'\ndef report(run):\n    print('steps:', run.step)")
    assert train_model(load_model(path), epochs=3).step == 3
    said = capsys.readouterr().out
    assert said.endswith("steps: 3\n")
    assert said.startswith("loss\n  ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "x = 1",
            r"model.py must say what to minimise, for example loss = sg.mse\(y, m\*x \+ b\); its loss "
            r"is none",
        ),
        ("loss = 3", "its loss is a int"),
        (MODEL, "model.py names no data; give a data file after it"),
    ],
)
def test_what_is_missing(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(sg.errors.TrainingError, match=message):
        load_model(path).fit()


def test_no_file(tmp_path):
    with pytest.raises(sg.errors.TrainingError, match="there is no model file"):
        load_model(tmp_path / "model.py")


def test_paths_from_the_files_own_place(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    write(
        tmp_path / "folder", MODEL + "from pathlib import Path\ndata = Path(__file__).parent / 'points.csv'"
    )
    monkeypatch.chdir(tmp_path)
    assert load_model("folder/model.py").fit().params["m"] == pytest.approx(-0.7)


def test_a_misspelt_option_is_told(tmp_path):
    with pytest.warns(
        UserWarning, match="model.py: optimiser is no option of fit .* did you mean optimizer?"
    ):
        load_model(write(tmp_path, MODEL.replace("optimizer", "optimiser")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\nloss = (", r"model.py, line 2: 'loss = \(' is no Python: '\(' was never closed"),
        ("\nimport no_such_thing", "model.py, line 2: ModuleNotFoundError: No module named 'no_such_thing'"),
    ],
)
def test_a_files_own_mistakes(tmp_path, text, message):
    with pytest.raises(sg.errors.TrainingError, match=message):
        load_model(write(tmp_path, text))


def test_data_are_no_model(tmp_path):
    write(tmp_path, MODEL)
    with pytest.raises(
        sg.errors.TrainingError, match=r"points.csv is no model file, .* symgrad train MODEL.py points.csv"
    ):
        load_model(tmp_path / "points.csv")
