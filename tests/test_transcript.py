"""What a user types first, and what stands beside each line."""

import math

import pytest

import symgrad as sg


@pytest.fixture
def line():
    x, y = sg.data("x y")
    m, b = sg.params("m b")
    return x, y, m, b, sg.mean((y - (m * x + b)) ** 2)


def test_the_loss_and_its_gradient_print_as_a_textbook_writes_them(line):
    _, _, m, _, loss = line
    assert repr(loss) == "(1/n) Σᵢ (yᵢ − (m xᵢ + b))²"
    assert repr(sg.grad(loss)[m]) == "(2/n) Σᵢ xᵢ (m xᵢ + b − yᵢ)"
    assert sg.grad(loss, m) == sg.grad(loss)[m]


def test_mse_is_the_formula(line):
    x, y, m, b, loss = line
    assert sg.mse(y, m * x + b) == loss


def test_the_hand_worked_line(line):
    _, _, m, _, loss = line
    g = sg.grad(loss)
    folded = g.on(x=[1, 2], y=[3, 5])
    assert repr(folded) == "{m: 5m + 3b − 13, b: 3m + 2b − 8}"
    assert str(folded[m]) == "5*m + 3*b - 13"
    assert repr(folded.at(m=-1, b=5)) == "{m: -3, b: -1}"
    assert repr(folded.at({m: -1, "b": 5})) == "{m: -3, b: -1}"
    assert folded.at(m=-1, b=5)[m] == -3

    hand = loss.on(x=[1, 2], y=[3, 5])
    assert repr(hand.at(m=-1, b=5)) == "5/2"
    root = sg.sqrt(hand).at(m=-1, b=5)
    assert repr(root) == "√10/2"
    assert float(root) == pytest.approx(math.sqrt(10) / 2, rel=1e-15)
    assert repr(root.n(3)) == "1.58"


def test_two_steps_of_gradient_descent_by_hand(line):
    _, _, m, b, loss = line
    g = sg.grad(loss).on(x=[1, 2], y=[3, 5])
    hand = loss.on(x=[1, 2], y=[3, 5])
    place = {m: -1, b: 5}
    losses = []
    for _ in range(2):
        slope = g.at(place)
        place = {p: place[p] - slope[p] / 10 for p in (m, b)}
        losses.append(float(hand.at(place)))
    assert losses == [1.825, 1.7125]


def test_networks_are_one_line():
    X, label = sg.data("X", 784), sg.data("label", classes=10)
    net = sg.mlp(X, [16, 16, 10], activation=sg.sigmoid)
    assert sg.count_parameters(net) == 13_002
    assert net.shape == (10,)
    loss = sg.cross_entropy(label, sg.softmax(net))
    assert len(sg.grad(loss)) == 6
    assert len(repr(sg.grad(loss)).splitlines()) == 9


def test_linear_units_collapse():
    X = sg.data("X", 784)
    assert repr(sg.expand(sg.mlp(X, [16, 10], activation=None))) == "W₂W₁X + W₂b₁ + b₂"


@pytest.mark.parametrize(
    ("build", "printed"),
    [
        (lambda X, y, w: sg.mse(y, X @ w), "(2/n) Xᵀ(Xw − y)"),
        (lambda X, y, w: sg.binary_cross_entropy(y, sg.sigmoid(X @ w)), "(1/n) Xᵀ(p − y)"),
    ],
)
def test_data_stack_as_rows(build, printed):
    X, y, w = sg.data("X", "d"), sg.data("y"), sg.params("w", "d")
    assert repr(sg.grad(build(X, y, w), w)) == printed


def test_index_notation():
    W, x = sg.params("W", (3, 4)), sg.params("x", 4)
    assert sg.einsum("jk,k->j", W, x) == W @ x
