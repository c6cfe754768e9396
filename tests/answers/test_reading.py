"""Answers as people write them are read as the tensors that they mean."""

import pytest

import symgrad as sg
from symgrad.answers.reading import read_answer
from symgrad.display import show
from symgrad.errors import ParseError, ShapeError, SymgradError
from tests.answers.readings import cases, same

CASES = cases()

x, y = sg.data("x y")
m, b = sg.params("m b")
X, w = sg.data("X", "d"), sg.params("w", "d")
LOSS = sg.mse(y, m * x + b)
LINE = sg.grad(LOSS).on(x=[1, 2], y=[3, 5])
SLOPE = sg.grad(LOSS, m)
VECTOR = sg.grad(sg.mse(y, X @ w), w)


def test_the_table_is_long():
    assert len(CASES) >= 250


@pytest.mark.parametrize("case", CASES, ids=[f"{k}: {c.text}" for k, c in enumerate(CASES)])
def test_reads(case):
    reading = read_answer(case.text, case.of, **case.more)
    assert same(reading.tensor, case.wanted)


@pytest.mark.parametrize("case", CASES, ids=[f"{k}: {c.text}" for k, c in enumerate(CASES)])
def test_the_echo_is_read_as_the_same(case):
    reading = read_answer(case.text, case.of, **case.more)
    if reading.entry or r"\begin{bmatrix} a & 1" in case.text:
        return  # of one entry the echo shows the value alone; unit vectors' sizes are not shown
    echo = read_answer(reading.latex, case.of, **case.more)
    assert any(same(one.tensor, case.wanted) for one in (echo, *echo.alternatives))


def derivatives():
    """Derivatives of many kinds, with the loss and what they are by."""
    p = m * x + b
    label, W, c = sg.data("label", classes=3), sg.params("W", (3, "d")), sg.params("c", 3)
    A, v = sg.params("A", ("d", "d")), sg.params("v", "d")
    net = sg.mlp(sg.data("X", 4), [5, 3], activation=sg.relu)
    losses = [
        sg.mse(y, p),
        sg.mae(y, p),
        sg.huber(y, p),
        sg.rmse(y, p),
        sg.hinge(y, p),
        sg.log_cosh(y, p),
        sg.poisson(y, sg.exp(p)),
        sg.quantile(y, p, q=0.9),
        sg.gaussian_nll(y, p, sg.param("q", min=0)),
        sg.mse(y, X @ w + b),
        sg.binary_cross_entropy(y, sg.sigmoid(X @ w + b)),
        sg.cross_entropy(label, sg.softmax(W @ X + c)),
        sg.mse(y, sg.mlp(sg.data("X", 4), [3, 1], activation=sg.sigmoid)[0]),
        sg.cross_entropy(label, sg.softmax(net)),
        sg.norm(w) + sg.mean((X @ w) * y),
        v @ A @ v,
        sg.logdet(A),
        sg.logsumexp(v) + v.prod(),
        sg.mean(v.max() * x),
    ]
    for loss in losses:
        g = sg.grad(loss)
        for by, part in g.items():
            yield pytest.param(g, by, part, id=f"{part} by {by}")


@pytest.mark.parametrize(("g", "by", "part"), list(derivatives()))
def test_reads_every_form_that_is_shown(g, by, part):
    texts = {repr(part), str(part), part._repr_latex_()}
    for style, left in (("unicode", f"∂L/∂{by!r}"), ("ascii", f"dL/d{by.name}")):
        texts |= {f"{a} = {b}" for a, b in show.lines(g.program, style, g._declared()) if a == left}
    for text in texts:
        assert same(read_answer(text, part, wrt=by, loss=g.loss).tensor, part), text


# -- what else a reading says ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "name", "right"),
    [
        ("5m", None, None, None),
        ("dL/dm = 5m", "derivative", "m", True),
        ("dL/db = 5m", "derivative", "b", False),
        (r"\frac{\partial L}{\partial b} = 5m", "derivative", "b", False),
        (r"\frac{\partial L}{\partial q} = 5m", "derivative", None, False),
        (r"\nabla L = 5m", "derivative", None, None),
        ("m := m - λ 5m", "update", "m", True),
        ("b := b - λ 5m", "update", "b", False),
        ("m = 5", "value", "m", True),
        ("answer one = 5m", "other", None, None),
    ],
)
def test_left_hand_sides(text, kind, name, right):
    reading = read_answer(text, LINE[m], wrt=m, names=[b])
    left = reading.left
    assert (left and left.kind, left and left.name) == (kind, name)
    assert reading.right_variable is right
    assert any("speaks of" in note for note in reading.notes) == (right is False)


def test_update_rules_tell_the_rate():
    assert read_answer("m := m - eta (5m)", LINE[m]).rate == "eta"
    assert read_answer("m := m - 5m", LINE[m]).notes == ("no learning rate stands in this update rule",)
    kappa = sg.hyper("kappa")
    assert (
        read_answer("m := m - kappa 5m", LINE[m], names=[kappa]).tensor == read_answer("5m", LINE[m]).tensor
    )


def test_the_derivative_as_a_symbol_is_told():
    assert read_answer(r"m := m - \lambda\frac{dL}{dm}", SLOPE, wrt=m).symbolic
    assert not read_answer(r"m := m - \lambda 5m", SLOPE, wrt=m).symbolic
    with pytest.raises(ParseError, match="stands here as a symbol"):
        read_answer(r"\frac{dL}{dm}", SLOPE, wrt=m)


def test_two_meanings_are_kept_the_likelier_first():
    reading = read_answer("1/2m", LINE[m])
    assert same(reading.tensor, m / 2)
    assert [same(a.tensor, 1 / (2 * m)) for a in reading.alternatives] == [True]
    assert read_answer("1/2 m", LINE[m]).alternatives == ()
    assert read_answer("5m + 3b", LINE[m]).alternatives == ()
    logs = read_answer(r"\log m b", LINE[m])
    assert same(logs.tensor, sg.log(m * b))
    assert [same(a.tensor, sg.log(m) * b) for a in logs.alternatives] == [True]


def test_a_sum_that_is_missing_is_not_added():
    assert read_answer("2/n x(mx + b - y)", SLOPE).tensor.per_sample
    assert read_answer(r"\frac2n x_i(mx_i + b - y_i)", SLOPE).tensor.per_sample


def test_the_echo_keeps_the_names_of_the_answer():
    reading = read_answer("2/n sum_i (ŷ_i - y_i) x_i", SLOPE, loss=LOSS)
    assert r"\hat{y}_{i} - y_{i}" in reading.latex
    assert same(reading.tensor, SLOPE)


def test_aliases_go_before_declared_names():
    assert same(read_answer("2b", LINE[m], aliases={"b": m * 3}).tensor, 6 * m)


def test_one_entry_of_a_derivative():
    v = sg.params("v", 3)
    assert read_answer("dL/dv_2 = 2v_2", sg.grad((v**2).sum(), v), wrt=v).entry == (1,)


def test_data_that_were_put_in_need_their_values():
    with pytest.raises(ParseError, match="the data x were put in"):
        read_answer("mean(x) m", LINE[m])
    with pytest.raises(ParseError, match="sample 1 is spoken of by its number"):
        read_answer("x_1 m", SLOPE)
    with pytest.raises(ParseError, match="there is no sample 3: the data have 2"):
        read_answer("x_3 m", LINE[m], data={"x": [1, 2], "y": [3, 5]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5m + 3q", "'q' is not declared; declared are: m, b, x, y"),
        ("5m +", "ends where a number, a name"),
        (r"\frac{5m}{0}", "division by zero"),
        (r"5m + \foo{b}", r"'\\\\foo' is no command that an answer may hold"),
        (r"\def\x{5} m", r"\\def is refused: it is an order to TeX"),
        (r"\begin{tikzpicture} m \end{tikzpicture}", "is no environment that an answer may hold"),
        (r"\frac{1}{2", "is never closed"),
        (r"\left(5m\right]", "cannot close"),
        (r"\sum_{i=2}^{n} x_i", "runs over the whole axis"),
        (r"\sum_{i=1}^{10000} m", "at most 100 terms"),
        ("m > 0", "a comparison stands only inside"),
        ("m, b", "expected an operator"),
        ("m =", "nothing stands behind the sign"),
        ("", "the answer is empty"),
        ("$$", "the answer is empty"),
        ("m := 5", "an update rule for m reads"),
        ("σ + 1", "is a function|not declared|expected|ends where"),
        (r"m^{99999}", "an exponent may be at most"),
    ],
)
def test_messages(text, message):
    with pytest.raises(SymgradError, match=message):
        read_answer(text, LINE[m], wrt=m)


def test_shapes_that_do_not_fit_are_told():
    with pytest.raises(ShapeError, match=r"do not fit|side by side"):
        read_answer("X' X' w", VECTOR)
    assert read_answer(r"\frac2n\sum_i (w^\top X_i - y_i)", VECTOR).tensor.shape == ()


def test_places_in_the_text_are_marked():
    with pytest.raises(ParseError) as caught:
        read_answer(r"\frac{\partial L}{\partial m} = 5m + 3q", LINE[m])
    line, carets = str(caught.value).splitlines()[1:]
    assert line[carets.index("^")] == "q"
