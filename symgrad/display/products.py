"""Sums of products as matrix products: chains, outer and inner products, traces, diagonals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sympy import Expr, S

from ..ir.index import Index
from .order import rank
from .tree import Node, mul, number, walk


class NoMatrix(Exception):
    """There is no matrix form: index notation it is."""


@dataclass(frozen=True)
class Array:
    """A node that stands for a whole tensor, and the index that each axis runs over."""

    node: Node
    axes: tuple[Index, ...]

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.axes)


def transposed(node: Node) -> Node:
    """The transpose of a matrix's node, moved inward where that reads better."""
    if node.kind == "transpose":
        return node.args[0]
    if node.kind in ("identity", "diag"):
        return node
    if node.kind == "matmul":
        return Node("matmul", 2, tuple(transposed(arg) for arg in reversed(node.args)))
    if node.kind == "outer":
        return Node("outer", None, node.args[::-1])
    if node.kind == "inverse":
        return Node("inverse", None, (transposed(node.args[0]),))
    if node.kind == "spread":
        return Node("spread", 1 - node.data, node.args)
    if node.kind == "mul":
        *scalars, last = node.args
        return mul(node.data, (*scalars, transposed(last)))
    if node.kind in ("add", "hadamard"):
        return Node(node.kind, None, tuple(transposed(part) if rank(part) else part for part in node.args))
    if node.kind == "hpower":
        return Node("hpower", None, (transposed(node.args[0]), node.args[1]))
    if node.kind == "reduce" or (node.kind == "call" and node.data == "total"):
        return Node(node.kind, node.data, (transposed(node.args[0]),))
    return Node("transpose", None, (node,))


def fewest_transposes(build: Callable[[tuple[Index, ...]], Node], axes: tuple[Index, ...]) -> Array:
    """What ``build`` makes over a matrix's axes, in the order that needs fewer transposes."""
    first = Array(build(axes), axes)
    if len(axes) != 2:
        return first
    second = Array(build(axes[::-1]), axes[::-1])
    return min(first, second, key=lambda array: sum(part.kind == "transpose" for part in walk(array.node)))


def aligned(array: Array, axes: tuple[Index, ...]) -> Array:
    """The array with its axes in this order."""
    if array.axes == axes:
        return array
    if len(axes) == 2 and array.axes == axes[::-1]:
        return Array(transposed(array.node), axes)
    raise NoMatrix


def combined(coefficient: Expr, arrays: Sequence[Array]) -> Array:
    """A product entry by entry: scalars in front, vectors of different axes as an outer product."""
    scalars = [array.node for array in arrays if not array.axes]
    groups: dict[frozenset[Index], list[Array]] = {}
    for array in arrays:
        if array.axes:
            groups.setdefault(frozenset(array.axes), []).append(array)
    merged = [_hadamard(group, group[0].axes) for group in groups.values()]
    if not merged:
        return Array(mul(coefficient, scalars), ())
    whole = _spread_product(merged)
    factor, inside = _unscaled(whole.node)
    return Array(mul(coefficient * factor, (*scalars, *inside)), whole.axes)


def _unscaled(node: Node) -> tuple[Expr, tuple[Node, ...]]:
    return (node.data, node.args) if node.kind == "mul" else (S.One, (node,))


def _spread_product(arrays: list[Array]) -> Array:
    """The product of arrays over different sets of axes."""
    if len(arrays) == 1:
        return arrays[0]
    axes = tuple(
        dict.fromkeys(index for array in sorted(arrays, key=lambda a: -a.rank) for index in array.axes)
    )
    if len(axes) != 2:
        raise NoMatrix
    if len(arrays) == 2 and all(array.rank == 1 for array in arrays):
        return Array(
            Node("outer", None, (arrays[0].node, arrays[1].node)), (*arrays[0].axes, *arrays[1].axes)
        )
    matrices = [array.node for array in arrays if array.rank == 2]
    if any(node.kind == "identity" for node in matrices):
        # The index of a vector on the diagonal may be either.
        vectors = [Array(array.node, axes[:1]) for array in arrays if array.rank == 1]
        vectors += [
            Array(Node("diag", None, (node,)), axes[:1]) for node in matrices if node.kind != "identity"
        ]
        return Array(Node("diag", None, (_hadamard(vectors, axes[:1]).node,)), axes)
    parts = []
    for array in arrays:
        if array.rank == 2:
            parts.append(aligned(array, axes).node)
        else:
            parts.append(Node("spread", axes.index(array.axes[0]), (array.node,)))
    return Array(Node("hadamard", None, tuple(parts)), axes)


def _hadamard(arrays: Sequence[Array], axes: tuple[Index, ...]) -> Array:
    """Arrays over the same axes multiplied entry by entry, numbers taken out."""
    coefficient, scalars, parts = S.One, [], []
    for array in arrays:
        factor, inside = _unscaled(array.node)
        coefficient *= factor
        *front, last = inside
        scalars += front
        parts.append(Array(last, array.axes))

    def whole(axes: tuple[Index, ...]) -> Node:
        nodes = [aligned(part, axes).node for part in parts]
        flat = [inner for node in nodes for inner in (node.args if node.kind == "hadamard" else (node,))]
        return flat[0] if len(flat) == 1 else Node("hadamard", None, tuple(flat))

    found = fewest_transposes(whole, axes)
    return Array(mul(coefficient, (*scalars, found.node)), found.axes)


def contracted(coefficient: Expr, arrays: Sequence[Array], bound: Sequence[Index]) -> Array:
    """``Σ_bound`` of a product of arrays."""
    scalars: list[Node] = []
    work: list[Array] = []
    for array in arrays:
        factor, inside = _unscaled(array.node)
        coefficient = coefficient * factor
        if not array.axes:
            scalars += inside
            continue
        *front, last = inside
        scalars += front
        work.append(Array(last, array.axes))
    left = list(bound)
    work = _vectors_merged(work, left)
    while left:
        work, left = _step(work, left)
    return combined(coefficient, [*(Array(node, ()) for node in scalars), *work])


def _vectors_merged(arrays: list[Array], bound: Sequence[Index]) -> list[Array]:
    """Arrays over the same axes in the same order multiplied, but for two vectors that make a dot product."""
    result: list[Array] = []
    groups: dict[tuple[Index, ...], list[Array]] = {}
    for array in arrays:
        groups.setdefault(array.axes, []).append(array)
    for axes, group in groups.items():
        alone = (
            len(axes) == 1
            and axes[0] in bound
            and all(axes[0] not in a.axes for a in arrays if a.axes != axes)
        )
        if alone and len(group) > 1:
            *first, last = group
            result += [_hadamard(first, axes), last]
        else:
            result.append(_hadamard(group, axes) if len(group) > 1 else group[0])
    return result


def _step(work: list[Array], left: list[Index]) -> tuple[list[Array], list[Index]]:
    """One contraction, over the bound index whose product needs the fewest transposes; what remains."""
    choices: list[tuple[int, int]] = []
    for place, index in enumerate(left):
        holders = [array for array in work if index in array.axes]
        if len(holders) == 2:
            choices.append((_cost(holders[0], holders[1], index), place))
        elif len(holders) in (1, 3):
            # A plain sum waits until products are done: uᵀMv rather than 𝟏ᵀ(…).
            choices.append((5 if len(holders) == 1 else 9, place))
    if not choices:
        raise NoMatrix
    index = left[min(choices)[1]]
    holders = [array for array in work if index in array.axes]
    others = [array for array in work if index not in array.axes]
    rest = [other for other in left if other != index]
    if len(holders) == 1:
        (array,) = holders
        touched = {axis for other in others for axis in other.axes}
        if array.rank == 2 and all(axis in left and axis not in touched for axis in array.axes):
            return [*others, Array(_sum_all(array.node, 2), ())], [i for i in rest if i not in array.axes]
        return [*others, _sum_over(array, index)], rest
    if len(holders) == 2:
        return [*others, _product(holders[0], holders[1], index)], rest
    vectors = [array for array in holders if array.rank == 1]
    matrices = [array for array in holders if array.rank == 2]
    if len(vectors) != 1 or len(matrices) != 2:
        raise NoMatrix
    # M diag(v) N: the vector as a diagonal matrix between two indices.
    twin = index.fresh()
    second = Array(matrices[1].node, tuple(twin if axis == index else axis for axis in matrices[1].axes))
    diagonal = Array(Node("diag", None, (vectors[0].node,)), (index, twin))
    return [*others, matrices[0], diagonal, second], [*left, twin]


def _cost(one: Array, two: Array, index: Index) -> int:
    """How many transposes a product over ``index`` needs."""
    if one.rank == two.rank == 1:
        return 0
    if one.rank > 2 or two.rank > 2:
        raise NoMatrix
    if one.rank == 1 or two.rank == 1:
        matrix = one if one.rank == 2 else two
        return 0 if matrix.axes[1] == index else 1
    straight = (one.axes[1] != index) + (two.axes[0] != index)
    return min(straight, 2 - straight)


def _product(one: Array, two: Array, index: Index) -> Array:
    if one.rank > 2 or two.rank > 2:
        raise NoMatrix
    if one.rank == two.rank == 1:
        if one.node == two.node:
            return Array(Node("norm", (True, False), (one.node,)), ())
        one, two = _dot_order(one, two)
        return Array(_dot(one.node, two.node), ())
    if one.rank == 1 or two.rank == 1:
        matrix, vector = (one, two) if one.rank == 2 else (two, one)
        (other,) = (axis for axis in matrix.axes if axis != index)
        return Array(_matmul(aligned(matrix, (other, index)).node, vector.node, 1), (other,))
    (first,) = (axis for axis in one.axes if axis != index)
    (last,) = (axis for axis in two.axes if axis != index)
    if (one.axes[1] != index) + (two.axes[0] != index) > 1:
        one, two, first, last = two, one, last, first
    node = _matmul(aligned(one, (first, index)).node, aligned(two, (index, last)).node, 2)
    return Array(Node("diag", None, (node,)), (first,)) if first == last else Array(node, (first, last))


def _dot_order(one: Array, two: Array) -> tuple[Array, Array]:
    """uᵀ(Mv): the plain vector first, parameters before data."""

    def place(array: Array) -> tuple[int, int]:
        kind = {"item": 0, "matmul": 2}.get(array.node.kind, 1)
        return kind, 0 if kind == 0 and array.node.data.role == "param" else 1

    return (one, two) if place(one) <= place(two) else (two, one)


def _dot(one: Node, two: Node) -> Node:
    if two.kind == "matmul":
        # uᵀAv or vᵀAᵀu, whichever needs fewer transposes.
        *matrices, vector = two.args
        turned = [transposed(matrix) for matrix in reversed(matrices)]
        if _transposes(turned) < _transposes(matrices):
            one, two = vector, Node("matmul", 1, (*turned, one))
    return _pulled("dot", None, one, two)


def _transposes(nodes: Sequence[Node]) -> int:
    return sum(part.kind == "transpose" for node in nodes for part in walk(node))


def _matmul(one: Node, two: Node, rank: int) -> Node:
    if one.kind == "identity":
        return two
    if two.kind == "identity":
        return one
    if one.kind == "outer":
        left, right = one.args
        if rank == 1:
            return mul(S.One, (_dot(right, two), left))
        return _pulled("outer", None, left, _matmul(transposed(two), right, 1))
    if two.kind == "outer":
        left, right = two.args
        return _pulled("outer", None, _matmul(one, left, 1), right)
    return _pulled("matmul", rank, one, two)


def _pulled(kind: str, data: int | None, one: Node, two: Node) -> Node:
    """A product of two with their numbers in front; chains of products are flat."""
    coefficient, scalars, parts = S.One, [], []
    for node in (one, two):
        factor, inside = _unscaled(node)
        coefficient *= factor
        *front, last = inside
        scalars += front
        parts += last.args if last.kind == "matmul" and kind == "matmul" else [last]
    return mul(coefficient, (*scalars, Node(kind, data, tuple(parts))))


def _sum_over(array: Array, index: Index) -> Array:
    node = array.node
    if array.rank == 1:
        return Array(_sum_all(node, 1), ())
    if array.rank != 2:
        raise NoMatrix
    rest = tuple(axis for axis in array.axes if axis != index)
    return Array(Node("sumaxis", array.axes.index(index), (node,)), rest)


def _sum_all(node: Node, rank: int) -> Node:
    if node.kind == "hpower" and node.args[1] == number(2):
        return Node("norm", (True, rank == 2), node.args[:1])
    if node.kind == "diag" and rank == 1:
        return Node("trace", None, node.args)
    return Node("sumall", rank, (node,))
