"""Everything that `fit` refuses, in the words of who asked."""
# ruff: noqa: E501

import re

import pytest

import symgrad as sg

x, y = sg.data("x y")
m, b = sg.params("m b")
LINE = sg.mse(y, m * x + b)
POINTS = {"x": [1.0, 2.0], "y": [3.0, 5.0]}
two, c = sg.param("two", 2), sg.data("c", classes=3)
s = sg.data("s")


def fit(loss=LINE, data=POINTS, **options):
    return sg.fit(loss, data, **{"epochs": 1, "target": "numpy", "verbose": 0, **options})


def matrix():
    return sg.mse(y, sg.param("W", (2, 2)).sum() * x)


REFUSED = {
    "loss per sample": (lambda: fit((y - m * x) ** 2), "has one value per sample and is no loss yet; average it with symgrad.mean"),
    "loss of a shape": (lambda: fit(sg.mean(two * x)), "has shape (2,), and a gradient is taken of a scalar"),
    "no parameters": (lambda: fit(sg.mse(y, x)), "has no parameters to derive by; declare some with symgrad.params"),
    "all fixed": (lambda: fit(sg.mse(y, sg.param("k", value=1, fixed=True) * x)), "has no parameters to derive by"),
    "zero derivative": (
        lambda: fit(sg.mse(y, sg.sign(m) * x + b)),
        "the loss does not change with m: its derivative is zero everywhere; declare it with fixed=True",
    ),
    "unused start": (
        lambda: fit(start={"slope": 1}),
        "start names 'slope', which is no parameter that the loss uses; there are: ",
    ),
    "start of a wrong shape": (lambda: fit(matrix(), start={"W": [1, 2]}), "start: W has shape (2,), declared is (2, 2)"),
    "start of text": (lambda: fit(start={m: "one"}), "start: m='one' does not hold plain numbers"),
    "start of NaN": (lambda: fit(start={m: float("nan")}), "start: m holds NaN or infinity"),
    "start out of bounds": (
        lambda: fit(sg.mse(y, sg.param("k", min=0) * x), start={"k": -1}),
        "start: k has a value of -1.0, below its declared min=0",
    ),
    "batch_size": (lambda: fit(batch_size=0), "batch_size=0 must be a whole number of samples, at least 1, or None"),
    "batch_size of text": (lambda: fit(batch_size="32"), "batch_size='32' must be a whole number of samples"),
    "epochs": (lambda: fit(epochs=-1), "epochs=-1 must be a whole number, at least 0"),
    "epochs in parts": (lambda: fit(epochs=1.5), "epochs=1.5 must be a whole number"),
    "seed": (lambda: fit(seed=None), "seed=None must be a whole number, at least 0"),
    "dtype": (lambda: fit(dtype="float16"), "dtype='float16' must be 'float64' or 'float32'"),
    "verbose": (lambda: fit(verbose=9), "verbose=9 must be 0 (silent), 1 or 2"),
    "split": (lambda: fit(validation_split=1.5), "validation_split=1.5 must be a share of the samples between 0 and 1"),
    "split to nothing": (
        lambda: fit(validation_split=0.1),
        "validation_split=0.1 of 2 samples leaves 2 to train on and 0 to validate",
    ),
    "split and data": (lambda: fit(validation_split=0.5, validation_data=POINTS), "give validation_data or validation_split, not both"),
    "optimizer class": (lambda: fit(optimizer=sg.SGD), "optimizer=SGD is no optimizer; write for example optimizer=symgrad.SGD("),
    "optimizer name": (lambda: fit(optimizer="adam"), "optimizer='adam' is no optimizer"),
    "unknown metric": (lambda: fit(metrics=["precision"]), "no metric is called 'precision'; there are accuracy, mae, mse, r2, rmse"),
    "metrics as text": (lambda: fit(metrics="mae"), "metrics='mae' must be a list of names such as ['accuracy']"),
    "metric per sample": (lambda: fit(metrics={"off": y - x}), "metric 'off' is"),
    "accuracy of a number among three": (
        lambda: fit(predict=(c, m * x), metrics=["accuracy"]),
        "accuracy compares labels or one-hot rows with scores, and c has shape ()",
    ),
    "metric without roles": (
        lambda: fit(sg.mean(s * (y - m * x) ** 2), {**POINTS, "s": [1, 1]}, metrics=["mae"]),
        "metric 'mae': the loss does not tell truth and prediction apart; say fit(..., predict=(truth, prediction))",
    ),
    "prediction that is none": (lambda: fit(predict="m*x"), "predict='m*x' must be a formula such as m*x + b, or a pair"),
    "prediction for all": (lambda: fit(predict=m * 2), "is the same for every sample; a prediction has one value per sample"),
    "prediction unknown": (
        lambda: fit(sg.mean(s * (y - m * x) ** 2), {**POINTS, "s": [1, 1]}).predict(x=[1]),
        "the form of the loss does not tell which part of it is the prediction; say fit(..., predict=tensor)",
    ),
    "hyperparameter without value": (
        lambda: fit(LINE + sg.hyper("lambda") * m**2),
        "no value for the hyperparameter 'lambda'; give hyper={'lambda': ...}",
    ),
    "unknown hyperparameter": (
        lambda: fit(hyper={"rate": 1}),
        "hyper names 'rate', which is no hyperparameter here; there are: learning_rate",
    ),
    "a name taken twice": (
        lambda: fit(sg.mse(y, sg.param("learning_rate") * x)),
        "the formula has param 'learning_rate', which is also the name of a number of SGD; rename it",
    ),
    "the step's name": (lambda: fit(sg.mse(y, sg.param("step") * x)), "the formula has param 'step', which is also the name of the step count"),
    "weights by a name": (lambda: fit(sample_weight="w"), "sample_weight='w' is no column of data"),
    "early stopping without validation": (
        lambda: fit(callbacks=[sg.EarlyStopping()]),
        "EarlyStopping watches 'val_loss', which the history does not have; it has loss; give validation_data",
    ),
    "patience": (lambda: sg.EarlyStopping(patience=0), "EarlyStopping: patience=0 must be a whole number of epochs, at least 1"),
    "mode": (lambda: sg.EarlyStopping(mode="up"), "EarlyStopping: mode='up' must be 'min' or 'max'"),
    "start in a list": (lambda: fit(start=[1, 2]), "start=[1, 2] must be a mapping from names to values, such as start={'"),
    "hyper of text": (
        lambda: fit(LINE + sg.hyper("h") * m**2, hyper={"h": "a"}),
        "hyper: h='a' must be a finite number",
    ),
    "hyper in a list": (lambda: fit(hyper=[1]), "hyper=[1] must be a mapping from names to values"),
    "a callback's class": (
        lambda: fit(callbacks=[sg.EarlyStopping]),
        "callbacks holds the class EarlyStopping; give one of it: callbacks=[EarlyStopping(...)]",
    ),
    "a bare callback": (
        lambda: fit(callbacks=sg.EarlyStopping("loss")),
        "must be a list; write callbacks=[EarlyStopping(monitor='loss'",
    ),
    "no callback": (lambda: fit(callbacks=[3]), "callbacks holds 3, which cannot be called"),
    "every": (lambda: sg.Checkpoints("run.npz", every=0), "Checkpoints: every=0 must be a whole number of epochs"),
    "no folder": (
        lambda: fit(callbacks=[sg.Checkpoints("no/such/c.npz")]),
        "cannot save 'no/such/c.npz': there is no folder 'no/such'; make it first",
    ),
    "saving over a folder": (lambda: fit().save("/"), "cannot save '/': it is a folder"),
    "dtype that is no kind of number": (lambda: fit(dtype=None), "dtype=None must be 'float64' or 'float32'"),
    "a misspelt target": (
        lambda: fit(sg.mse(y, sg.data("X", "d") @ sg.param("w", "d")), {"X": [[1.0]], "Y": [1]}),
        "data names 'Y', which the formula does not read; it reads",
    ),
    "a rate for fit": (
        lambda: fit(learning_rate=0.1),
        "fit has no option learning_rate=0.1; the optimizer takes it: optimizer=symgrad.SGD(learning_rate=0.1)",
    ),
    "a misspelt option": (lambda: fit(epoch=3), "fit has no option epoch=3; did you mean epochs?"),
    "size not told": (
        lambda: fit(sg.mse(y, sg.param("u", "k").sum() * x)),
        "the size 'k' of u is told by no data; give start={'u': ...}",
    ),
    "nothing to train on": (lambda: fit(m**2, {}), "data: the formula reads no data with samples, so there is nothing to train on"),
    "predicting without a column": (lambda: fit().predict(y=[1]), "data has no 'x', which the formula reads; it has y"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, message = REFUSED[case]
    with pytest.raises(sg.errors.SymgradError, match=re.escape(message)):
        call()


@pytest.mark.parametrize(
    ("module", "call", "message"),
    [
        (
            "narwhals",
            lambda frame: fit(data=frame),
            r"data frames need narwhals; install it with: pip install 'symgrad\[frames\]'",
        ),
    ],
)
def test_missing_extras_are_named(module, call, message, monkeypatch):
    pandas = pytest.importorskip("pandas", reason="needs pandas (extra: test)")
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(sg.errors.MissingExtraError, match=message):
        call(pandas.DataFrame(POINTS))


def test_missing_progress_bar_does_no_harm(monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "tqdm.auto", None)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    fit(verbose=1)
    assert "epoch 1/1: loss" in capsys.readouterr().err


def test_a_loss_of_a_maximum_takes_no_weights():
    from symgrad.calculus.weights import weighted
    from symgrad.ir.index import SAMPLES, Index
    from symgrad.notation.record import record

    i = Index("i", SAMPLES)
    largest = record((), x.variable[i], [x], (i,), "max")
    with pytest.raises(
        sg.errors.TrainingError, match="takes the max over samples, for which sample weights have no meaning"
    ):
        weighted(largest)
