"""Data of every kind arrive alike, or are refused in words."""
# ruff: noqa: E501

import numpy as np
import pandas as pd
import polars as pl
import pytest

import symgrad as sg

X, y = sg.data("X", 3), sg.data("y")
w = sg.param("w", 3)
LOSS = sg.mse(y, X @ w)
rng = np.random.default_rng(11)
ROWS = rng.normal(size=(20, 3)).round(2)
TRUTH = rng.normal(size=20).round(2)


def fit(data, loss=LOSS, **options):
    return sg.fit(
        loss, data, **{"optimizer": sg.SGD(0.1), "epochs": 3, "target": "numpy", "verbose": 0, **options}
    )


@pytest.fixture(scope="module")
def expected():
    return fit({"X": ROWS, "y": TRUTH}).params["w"]


def read_only(array):
    copy = array.copy()
    copy.setflags(write=False)
    return copy


def on_disk(array, folder):
    file = np.lib.format.open_memmap(folder / "rows.npy", mode="w+", dtype=array.dtype, shape=array.shape)
    file[...] = array
    return np.load(folder / "rows.npy", mmap_mode="r")


LAYOUTS = {
    "fortran": lambda a, folder: np.asfortranarray(a),
    "strided": lambda a, folder: np.repeat(a, 2, axis=0)[::2],
    "reversed": lambda a, folder: a[::-1].copy()[::-1],
    "read-only": lambda a, folder: read_only(a),
    "memmap": on_disk,
    "lists": lambda a, folder: a.tolist(),
    "float32": lambda a, folder: a.astype(np.float32),
    "objects": lambda a, folder: a.astype(object),
    "big-endian": lambda a, folder: a.astype(">f8"),
}


@pytest.mark.parametrize("target", ["cpu", "numpy"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout, target, tmp_path, expected):
    run = fit({X: LAYOUTS[layout](ROWS, tmp_path), "y": TRUTH}, target=target)
    np.testing.assert_allclose(run.params["w"], expected, rtol=1e-6 if layout == "float32" else 1e-13)


def test_whole_numbers_and_one_row():
    run = fit({"X": np.array([[1, 2, 3]], dtype=np.int8), "y": [True]}, epochs=1)
    assert run.params["w"] == pytest.approx([0.2, 0.4, 0.6])


def table(kind):
    columns = {"a": ROWS[:, 0], "b": ROWS[:, 1], "c": ROWS[:, 2], "y": TRUTH}
    return {"pandas": pd.DataFrame, "polars": pl.DataFrame, "lazy": pl.LazyFrame}[kind](columns)


@pytest.mark.parametrize("kind", ["pandas", "polars", "lazy"])
def test_a_frame_gives_the_rest_of_its_columns_to_the_vector(kind, expected):
    np.testing.assert_allclose(fit(table(kind)).params["w"], expected, rtol=1e-13)


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_parts_of_a_frame_in_a_mapping(kind, expected):
    frame = table(kind)
    np.testing.assert_allclose(
        fit({"X": frame[["a", "b", "c"]], "y": frame["y"]}).params["w"], expected, rtol=1e-13
    )


def test_csv_and_npz(tmp_path, expected):
    table("pandas").to_csv(tmp_path / "table.csv", index=False)
    np.savez(tmp_path / "table.npz", X=ROWS, y=TRUTH, other=1)
    for source in (tmp_path / "table.csv", str(tmp_path / "table.npz"), np.load(tmp_path / "table.npz")):
        np.testing.assert_allclose(fit(source).params["w"], expected, rtol=1e-13)


def test_columns_by_name_and_weights_by_name():
    a, b, p, q = sg.data("a"), sg.data("b"), sg.param("p"), sg.param("q")
    loss = sg.mse(y, p * a + q * b)
    frame = table("polars").with_columns(pl.Series("count", np.arange(20)))
    weighed = fit(frame, loss, sample_weight="count")
    repeated = fit(
        {"a": ROWS[:, 0].repeat(range(20)), "b": ROWS[:, 1].repeat(range(20)), "y": TRUTH.repeat(range(20))},
        loss,
    )
    assert weighed.params["p"] == pytest.approx(repeated.params["p"], rel=1e-12)


def test_constants_come_with_the_data():
    scale = sg.constant("scale")
    run = fit({"X": ROWS, "y": TRUTH, "scale": 2.0}, sg.mse(y, scale * (X @ w)))
    np.testing.assert_allclose(run.predict(X=ROWS), 2 * ROWS @ run.params["w"])


def spoiled(place, value):
    rows = ROWS.copy()
    rows[place] = value
    return rows


label = sg.data("label", classes=3)
CLASSES = sg.cross_entropy(label, sg.softmax(sg.param("W", (3, 3)) @ X))
hot = sg.data("hot", 3, one_hot=True)
ONE_HOT = sg.cross_entropy(hot, sg.softmax(sg.param("W", (3, 3)) @ X))
GOOD = np.zeros(20, int)

REFUSED = {
    "nan": (LOSS, {"X": spoiled((7, 2), np.nan), "y": TRUTH}, "X, column 2, row 7: NaN; fill it in or leave the row out"),
    "infinity": (LOSS, {"X": ROWS, "y": np.where(TRUTH[4] == TRUTH, -np.inf, TRUTH)}, "y, row 4: -inf; fill it in"),
    "nan in a frame": (
        LOSS,
        {"X": pd.DataFrame(spoiled((slice(3, 5), 1), np.nan), columns=list("abc")), "y": TRUTH},
        "X, column 'b', row 3: NaN (2 such places in all); fill it in or leave the row out",
    ),
    "missing": (LOSS, {"X": ROWS}, "data has no 'y', which the formula reads; it has X"),
    "unknown": (LOSS, {"X": ROWS, "y": TRUTH, "z": TRUTH}, "data names 'z', which the formula does not read; it reads X, y"),
    "lengths": (LOSS, {"X": ROWS[:19], "y": TRUTH}, "y has 20 samples, X has 19; they must have equally many"),
    "width": (LOSS, {"X": ROWS[:, :2], "y": TRUTH}, "X: axis 1 has 2 entries, expected 3 (shape (n samples, 3))"),
    "column": (LOSS, {"X": ROWS, "y": TRUTH[:, None]}, "y: expected shape (n samples,), got shape (20, 1); take its only column, y[:, 0]"),
    "flat": (LOSS, {"X": ROWS[0], "y": TRUTH}, "X: expected shape (n samples, 3), got shape (3,); one sample is a row"),
    "empty": (LOSS, {"X": ROWS[:0], "y": TRUTH[:0]}, "data: X has no rows; training needs at least one sample"),
    "text": (LOSS, {"X": ROWS, "y": ["a"] * 20}, "y holds text, expected numbers"),
    "ragged": (LOSS, {"X": [[1, 2, 3], [4]], "y": TRUTH}, "X does not hold plain numbers in rows of one length"),
    "label": (CLASSES, {"X": ROWS, "label": np.arange(20) % 4}, "label, row 3: 3 (5 such places in all); labels are 0 to 2, declared by classes=3"),
    "part of a label": (CLASSES, {"X": ROWS, "label": GOOD + 0.5}, "label, row 0: 0.5 (20 such places in all); label holds whole numbers"),
    "one-hot": (ONE_HOT, {"X": ROWS, "hot": np.ones((20, 3))}, "each row must hold a single 1 and else 0, as declared by one_hot=True"),
    "frame without columns": (LOSS, pd.DataFrame({"a": TRUTH, "y": TRUTH}), "the data frame has no column 'X', and 1 columns that nothing else names (a), where X needs 3"),
    "a number": (LOSS, 3, "data is a int; expected a mapping such as {'x': [1, 2], 'y': [3, 5]}, a data frame, or the path"),
    "no file": (LOSS, "nowhere.csv", "there is no file 'nowhere.csv' to take data from"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    loss, data, message = REFUSED[case]
    with pytest.raises(sg.errors.DataError) as error:
        fit(data, loss)
    assert message in str(error.value)


def test_too_large_for_float32():
    with pytest.raises(sg.errors.DataError, match=r"X, column 1, row 2: 1e\+60; too large for float32"):
        fit({"X": spoiled((2, 1), 1e60), "y": TRUTH}, dtype="float32")


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.where(np.arange(20) == 6, -1, 1), "sample_weight, row 6: -1; a weight is at least 0"),
        (np.zeros(20), "sample_weight: all weights are 0, so no sample counts"),
        (np.ones(3), "sample_weight has 3 samples, X has 20; they must have equally many"),
    ],
)
def test_weights_that_cannot_be(weights, message):
    with pytest.raises(sg.errors.DataError) as error:
        fit({"X": ROWS, "y": TRUTH}, sample_weight=weights)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,y\n1,2,3\n4,x,6\n", "bad.csv, line 3 (row 1), column 'b': 'x' is not a number"),
        ("a,b,y\n1,2\n", "bad.csv, line 2: 2 cells, the first line names 3"),
        ("1,2,3\n4,5,6\n", "bad.csv: the first line must name the columns; found the numbers 1, 2, 3"),
        (
            "a;y\n1;2\n",
            "bad.csv: the first line names one column, 'a;y'; its columns seem to be separated by semicolons",
        ),
        ("a,a\n1,2\n", "bad.csv: the first line must name the columns, each once; found ['a', 'a']"),
        ("a,b,c,y\n1,2,,3\n", "X, column 'c', row 0: NaN"),
    ],
)
def test_csv_that_cannot_be(text, message, tmp_path):
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(sg.errors.DataError) as error:
        fit(tmp_path / "bad.csv")
    assert message in str(error.value)


def test_csv_in_another_encoding(tmp_path):
    (tmp_path / "latin1.csv").write_bytes("größe,y\n1,2\n".encode("latin1"))
    with pytest.raises(sg.errors.DataError, match=r"latin1.csv is no UTF-8 text .* save it as UTF-8"):
        fit(tmp_path / "latin1.csv")


def test_a_text_column_names_who_took_it():
    frame = table("pandas").assign(c=["Bonn"] * 20)
    with pytest.raises(sg.errors.DataError, match="'c' holds text, expected numbers, a column that X takes"):
        fit(frame)


def test_a_misspelt_target_is_named_before_the_leftovers():
    frame = table("pandas").rename(columns={"y": "Y"})
    with pytest.raises(sg.errors.DataError, match=r"has no 'y', .* it has a, b, c, Y \(is 'Y' meant\?\)"):
        fit(frame)


def test_types_of_numpy_name_the_precision():
    run = fit({"X": ROWS, "y": TRUTH}, dtype=np.float32)
    assert run.params.arrays["w"].dtype == np.float32
    assert fit({"X": ROWS, "y": TRUTH}, dtype=np.dtype("float64")).params.arrays["w"].dtype == np.float64


def test_the_history_makes_a_frame():
    history = fit({"X": ROWS, "y": TRUTH}, metrics=["mae"]).history
    frame = pd.DataFrame(history)
    assert list(frame.columns) == ["loss", "mae"]
    assert frame["loss"].tolist() == history.loss


def test_loading_what_is_no_checkpoint(tmp_path):
    (tmp_path / "d.csv").write_text("x,y\n1,2\n")
    with pytest.raises(sg.errors.DataError, match=r"d.csv is no checkpoint of symgrad") as error:
        sg.load(tmp_path / "d.csv")
    assert "pickle" not in str(error.value)
