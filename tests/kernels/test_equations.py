"""Every kind of equation, against the evaluator."""

import numpy as np
import pytest
from programs import define, indices, program, variable
from support import agree, schedules
from sympy import And, Eq, Integer, Tuple, exp, log, sqrt

from symgrad.errors import PlanError
from symgrad.ir.heads import Delta, Sigmoid, Where
from symgrad.kernels import compile_program, generate

RNG = np.random.default_rng(1)
X = variable("X", "n", "d")
T = variable("T", "n", 3, 3)
Y = variable("y", "n")
LABEL = variable("label", "n", dtype="int", classes=4)
W = variable("w", "d", role="param")
A = variable("A", 3, 3, role="param")
DATA = {
    "X": RNG.normal(size=(11, 4)), "T": RNG.normal(size=(11, 3, 3)) + 3 * np.eye(3), "y": RNG.normal(size=11),
    "label": RNG.integers(0, 4, 11), "w": RNG.normal(size=4), "A": RNG.normal(size=(3, 3)) + 3 * np.eye(3),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", ["sum", "prod", "max", "min", "logsumexp", "argmax"])
def test_reductions_over_an_axis(kind, dtype):
    i, j = indices("n", "d")
    target = "int" if kind == "argmax" else "real"
    agree(program(define("r", [i], X[i, j] * W[j], [j], kind, target), prediction="r"), DATA, dtype)


@pytest.mark.parametrize("kind", ["sum", "prod", "max", "min", "logsumexp", "argmax"])
def test_reductions_over_samples(kind):
    i, j = indices("n", "d")
    target = "int" if kind == "argmax" else "real"
    total = define("r", [], Y[i], [i], kind, target)
    each = define("c", [j], X[i, j] + Y[i], [i], kind, target)
    agree(program(total, each, metric_r="r", metric_c="c"), DATA)


@pytest.mark.parametrize("kind", ["max", "argmax", "logsumexp"])
def test_infinities_and_ties(kind):
    i, j = indices("n", "d")
    rows = np.array(
        [[-np.inf] * 3, [1, 1, 1], [-np.inf, 0, 0], [np.inf, 0, np.inf], [-1e308, -1e308, -1e308]]
    )
    r = define("r", [i], X[i, j], [j], kind, "int" if kind == "argmax" else "real")
    agree(program(r, prediction="r"), {"X": rows})


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", ["inv", "det", "logdet", "cofactor"])
@pytest.mark.parametrize("per_sample", [True, False])
def test_matrix_functions(kind, per_sample, dtype):
    i, r, c, p, q = indices("n", 3, 3, 3, 3)
    own = [p, q] if kind in ("inv", "cofactor") else []
    if per_sample:
        result = define("m", [i, *own], T[i, r, c], [r, c], kind)
        return agree(program(result, prediction="m"), DATA, dtype)
    m = define("m", own, A[r, c], [r, c], kind)
    agree(program(m, metric_m="m"), DATA, dtype)
    return None


def test_cofactors_of_a_singular_matrix():
    r, c, p, q = indices(3, 3, 3, 3)
    agree(program(define("m", [p, q], A[r, c], [r, c], "cofactor"), metric_m="m"), {"A": np.ones((3, 3))})


def test_solve_with_a_vector_a_matrix_and_leads():
    i, r, c, p, q = indices("n", 3, 3, 3, 3)
    many = define("m", [i, p, q], Tuple(T[i, r, c], T[i, r, q] * Y[i]), [r, c], "solve")
    agree(program(many, prediction="m"), DATA)
    one = define("v", [p], Tuple(A[r, c], A[r, 0]), [r, c], "solve")
    agree(program(one, metric_v="v"), DATA)


def test_tables():
    i, j, k = indices("n", 2, 2)
    table = define("t", [j, k], Tuple(Integer(1), exp(2), sqrt(3), Integer(-4)), kind="table")
    z = define("z", [i, j], table.target[j, k] * X[i, k], [k])
    agree(program(table, z, prediction="z"), {"X": DATA["X"][:, :2]})


@pytest.mark.parametrize("condition", ["<=", "<", ">=", ">"])
def test_cumulative_sums_run_in_one_pass(condition):
    i, j, k = indices("n", "d", "d")
    test = {"<=": k <= j, "<": k < j, ">=": k >= j, ">": k > j}[condition]
    scan = define("s", [i, j], Where(test, exp(X[i, k]), 0), [k])
    p = program(scan, prediction="s")
    agree(p, DATA)
    source = generate(p, schedule="streaming")
    body = source[source.index("def _predict_samples") : source.index("def _missing")]
    assert body.count("in range(d") == 1


def test_gathers_scatters_and_deltas():
    i, j, k = indices("n", 4, "d")
    g = variable("G", 4, "d", role="param")
    picked = define("p", [i], g[LABEL[i], k] * X[i, k], [k])
    scattered = define("s", [j, k], Delta(j, LABEL[i]) * X[i, k] * Y[i], [i])
    hot = define("h", [i, j], Y[i] - Delta(j, LABEL[i]))
    selected = define("c", [i], Delta(j, LABEL[i]) * g[j, 0], [j])
    agree(
        program(picked, scattered, hot, selected, metric_p="p", metric_s="s", metric_h="h", metric_c="c"),
        {**DATA, "G": RNG.normal(size=(4, 4))},
    )


def test_a_gather_from_outside_an_axis_is_refused():
    (i,) = indices("n")
    anything = variable("place", "n", dtype="int")
    for size in (3, "d"):
        v = variable("v", size, role="param")
        p = program(define("a", [i], v[anything[i]]), metric_a="a")
        for target, schedule in schedules(p):
            module = compile_program(p, target=target, schedule=schedule)
            got = module.metrics({"place": np.array([2, 0])}, {"v": np.array([1.0, 2.0, 3.0])})
            np.testing.assert_array_equal(got["a"], [3, 1])
            for places in ([3, 0], [0, -1]):
                with pytest.raises(ValueError, match=r"'place' holds labels from .* expected 0 to 2"):
                    module.metrics({"place": np.array(places)}, {"v": np.array([1.0, 2.0, 3.0])})


def test_a_selected_place_outside_an_axis_counts_nothing():
    i, j = indices("n", 3)
    anything = variable("place", "n", dtype="int")
    v = variable("v", 3, role="param")
    one = define("a", [i], Delta(j, anything[i]) * v[j], [j])
    two = define("b", [j], Delta(j, anything[i]) * Y[i], [i])
    values = {"place": np.array([-1, 0, 2, 3, 1]), "y": RNG.normal(size=5), "v": RNG.normal(size=3)}
    p = program(one, two, metric_a="a", metric_b="b")
    for target, schedule in schedules(p):
        module = compile_program(p, target=target, schedule=schedule)
        got = module.metrics({k: values[k] for k in ("place", "y")}, {"v": values["v"]})
        v_, y = values["v"], values["y"]
        np.testing.assert_allclose(got["a"], [0, v_[0], v_[2], 0, v_[1]])
        np.testing.assert_allclose(got["b"], [y[1], y[4], y[2]])


def test_guards_keep_reads_inside():
    i, j, k = indices("n", 6, 3)
    v = variable("v", 3, role="param")
    full = define("f", [i, j], Where(And(j - k >= 0, j - k < 4), X[i, j - k] * v[k], 0), [k])
    agree(program(full, prediction="f"), {"X": DATA["X"], "v": RNG.normal(size=3)})


def test_float32_stays_float32_beside_scalars_and_whole_numbers():
    # The exponential's rounding is right in the width that it is compiled for, and no other.
    (i,) = indices("n")
    a = variable("a", role="param")
    square = define("t", [], a[()] ** 2)
    one = define("p", [i], Sigmoid(Y[i] + square.target[()]))
    two = define("q", [i], exp(-LABEL[i] / Integer(3) + Y[i]))
    three = define("r", [i], exp(-LABEL[i]))
    agree(
        program(square, one, two, three, metric_p="p", metric_q="q", metric_r="r"),
        {**DATA, "a": 0.7},
        dtype="float32",
    )


def test_the_branch_not_taken_is_not_evaluated():
    i, _ = indices("n", "d")
    body = Where(Y[i] > 0, log(Y[i]) * X[i, 0], Where(Y[i] < -1, sqrt(-1 - Y[i]), Y[i] ** 2))
    p = program(define("b", [i], body), prediction="b")
    agree(p, DATA)
    source = generate(p, schedule="streaming")
    lines = [line.strip() for line in source[source.index("def _predict_samples") :].splitlines()]
    at = next(k for k, line in enumerate(lines) if "math.log" in line)
    assert lines[at - 1].startswith("if ")
    assert "> 0" in lines[at - 1]


def test_repeated_indices_permuted_axes_and_constants():
    i, j, k = indices("n", 3, 3)
    c = variable("c", 3, 3, role="constant", value=np.arange(9.0).reshape(3, 3))
    s = variable("s", role="constant", value=0.1)
    diagonal = define("d", [i, j], T[i, j, j] * c[j, 2])
    turned = define("t", [k, j], T[i, j, k] * s[()] + k, [i])
    agree(program(diagonal, turned, metric_d="d", metric_t="t"), DATA)


def test_samples_that_depend_on_all_samples_run_over_the_whole_batch():
    i, j = indices("n", "n")
    mean = define("mean", [], Y[i] / i.extent, [i])
    k, m = indices("n", "n")
    kernel = define("pair", [k, m], exp(-((Y[k] - Y[m]) ** 2)))
    a, b = indices("n", "n")
    score = define("score", [a], kernel.target[a, b] * (Y[b] - mean.target[()]), [b])
    (c,) = indices("n")
    loss = define("loss", [], score.target[c] ** 2, [c])
    p = program(mean, kernel, score, loss, loss="loss", prediction="score")
    agree(p, DATA)
    with pytest.raises(PlanError, match=r"cannot stream its samples: .*choose 'batched'"):
        generate(p, schedule="streaming")
    assert j.is_sample


def test_no_samples_and_one_sample():
    i, j = indices("n", "d")
    p = program(
        define("r", [i], X[i, j] * W[j], [j]), define("t", [], Y[i], [i]), prediction="r", metric_t="t"
    )
    for rows in (0, 1):
        agree(p, {**DATA, "X": DATA["X"][:rows], "y": DATA["y"][:rows]})


def test_more_samples_than_a_chunk_and_an_empty_axis():
    i, j = indices("n", "d")
    r = define("r", [i], X[i, j] * W[j], [j])
    t = define("t", [j], X[i, j] * r.target[i], [i])
    p = program(r, t, prediction="r", metric_t="t")
    agree(p, {"X": RNG.normal(size=(2500, 3)), "w": RNG.normal(size=3)})
    agree(p, {"X": np.zeros((5, 0)), "w": np.zeros(0)})


def test_sizes_may_be_called_as_loop_counters_are():
    j, k = indices("j", "k")
    v = variable("v", "j", "k", role="param")
    agree(program(define("s", [], v[j, k] ** 2, [j, k]), loss="s"), {"v": RNG.normal(size=(2, 3))})


def test_a_size_that_nothing_tells_is_refused():
    i, j = indices("n", "hidden")
    with pytest.raises(PlanError, match="the size hidden is the shape of no datum"):
        generate(program(define("r", [i], Y[i] * j, [j]), prediction="r"))


def test_unknown_choices_are_refused_by_name():
    (i,) = indices("n")
    p = program(define("r", [i], Y[i] ** 2), prediction="r")
    for wrong, words in (
        ({"target": "tpu"}, "'tpu'"),
        ({"dtype": "float16"}, "'float16'"),
        ({"schedule": "moments"}, "'moments'"),
    ):
        with pytest.raises(PlanError, match=words):
            generate(p, **wrong)
    with pytest.raises(PlanError, match="numpy target has no streaming"):
        generate(p, target="numpy", schedule="streaming")
    assert isinstance(Eq(i, 0), Eq)
