"""From index notation to matrices: a tree whose indices are axes of whole tensors.

Every part becomes an `Array`: a node without letters, and the index that each of
its axes runs over.  Sums of products are contracted in `products`.  What has no
matrix form raises `NoMatrix`, and is shown in index notation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Expr, Integer, S

from ..ir.index import Index
from .products import Array, NoMatrix, aligned, combined, contracted, fewest_transposes
from .tree import ONE, ZERO, Node, add, indices, letter, mul, number, placed, power, walk

COLON = Node("slice", ":")
SHORT = 6
"""Up to this size a vector with one entry that is not 0 is written out."""


@dataclass
class Reader:
    """How one tree is read.

    ``stacked``: samples are an axis like others, data stand as rows.  Otherwise
    the sample index is implied: ``sample`` is the one whose values are meant.
    ``marked``: it is written, as in Xᵢ, where X alone would be all rows.
    ``plain``: for ASCII, whose functions take an axis.
    """

    stacked: bool = False
    marked: bool = False
    plain: bool = False
    sample: Index | None = None

    def whole(self, node: Node, axes: Sequence[Index]) -> Node:
        """The tree as a tensor over ``axes`` in this order."""
        axes = list(axes)
        if not self.stacked and axes and axes[0].is_sample:
            self.sample = axes.pop(0)
        return aligned(self.read(node), tuple(axes)).node

    def read(self, node: Node) -> Array:
        """The array of a node."""
        method = getattr(self, f"_{node.kind}", None)
        if method is None:
            raise NoMatrix
        return method(node)

    def _number(self, node: Node) -> Array:
        return Array(node, ())

    _constant = _number

    def _item(self, node: Node) -> Array:
        own = node.args[:1] if self.marked and node.args and node.args[0] == self._sample_letter() else ()
        return self._at_places(Node("item", node.data, own), node.args, node.data.shape)

    def _sample_letter(self) -> Node | None:
        return None if self.sample is None else letter(self.sample)

    def _at_places(self, whole: Node, places: Sequence[Node], extents: Sequence[Expr]) -> Array:
        """A whole tensor at places: an index is an axis, anything else selects."""
        axes: list[Index] = []
        kept: list[Node] = []
        for place, extent in zip(places, extents, strict=True):
            if place.kind == "letter":
                index = place.data
                if index.is_sample and not self.stacked:
                    if index != self.sample:
                        raise NoMatrix
                    continue
                axes.append(index)
                kept.append(COLON)
            elif (sliced := _slice(place, extent)) is not None:
                axes.append(sliced[0])
                kept.append(sliced[1])
            elif place.kind == "number" and place.data.is_Integer:
                kept.append(place)
            elif place.kind == "item" and not self.stacked:
                selector = self.read(place)
                if selector.axes:
                    raise NoMatrix
                kept.append(selector.node)
            else:
                raise NoMatrix
        if len(set(axes)) < len(axes):
            if len(axes) == 2 and len(kept) == 2:
                return Array(Node("diag", None, (whole,)), (axes[0],))
            raise NoMatrix
        while kept and kept[-1] == COLON:
            kept.pop()
        return Array(Node("pick", None, (whole, *kept)) if kept else whole, tuple(axes))

    def _table(self, node: Node) -> Array:
        raise NoMatrix

    def _pick(self, node: Node) -> Array:
        whole, *places = node.args
        entries = tuple(self._scalar(part) for part in whole.args)
        return self._at_places(
            Node("table", whole.data, entries), places, [Integer(size) for size in whole.data]
        )

    def _at(self, node: Node) -> Array:
        body, *places = node.args
        inner = self.read(body)
        where = dict(zip(node.data, places, strict=True))
        within = [where.get(index, letter(index)) for index in inner.axes]
        return self._at_places(inner.node, within, [index.extent for index in inner.axes])

    def _scalar(self, node: Node) -> Node:
        found = self.read(node)
        if found.axes:
            raise NoMatrix
        return found.node

    # -- sums and products ------------------------------------------------------------

    def _add(self, node: Node) -> Array:
        listed = self._listed(node)
        if listed is not None:
            return listed
        return self._together(node.args, _collected)

    def _together(self, parts: Sequence[Node], build) -> Array:
        """Parts brought to the same axes and joined entry by entry; scalars stand for all entries."""
        arrays = [self.read(part) for part in parts]
        axes = max((array.axes for array in arrays), key=len)
        if any(set(array.axes) - set(axes) for array in arrays):
            axes = tuple(dict.fromkeys(index for array in arrays for index in array.axes))
        return fewest_transposes(lambda order: build([spread(array, order) for array in arrays]), axes)

    def _listed(self, node: Node) -> Array | None:
        """[a, b, …]: a sum in which each term counts at one place of one axis."""
        items: dict[Index, dict[int, Node]] = {}
        for term in node.args:
            found = _one_place(term)
            if found is None:
                return None
            index, place, rest = found
            items.setdefault(index, {})[place] = add([items.get(index, {}).get(place, ZERO), rest])
        if len(items) != 1:
            return None
        ((index, at),) = items.items()
        if not index.extent.is_Integer or not (len(at) > 1 or index.extent <= SHORT):
            return None
        if not index.extent.is_Integer or any(index in indices(part) for part in at.values()):
            return None
        entries = [self.read(at.get(k, ZERO)) for k in range(int(index.extent))]
        if any(entry.axes for entry in entries):
            return None
        return Array(Node("list", None, tuple(entry.node for entry in entries)), (index,))

    def _mul(self, node: Node) -> Array:
        listed = self._listed(Node("add", None, (node,)))
        return listed or combined(node.data, [self.read(factor) for factor in node.args])

    def _power(self, node: Node) -> Array:
        base, exponent = (self.read(arg) for arg in node.args)
        if exponent.axes:
            raise NoMatrix
        if not base.axes:
            return Array(power(base.node, exponent.node), ())
        return Array(Node("hpower", None, (base.node, exponent.node)), base.axes)

    def _reduce(self, node: Node) -> Array:
        kind, bound = node.data
        body = node.args[0]
        if not self.stacked and any(index.is_sample for index in bound):
            return self._over_samples(kind, bound, body)
        if kind == "sum":
            if (running := self._cumsum(bound, body)) is not None:
                return running
            if body.kind == "add" or (listed := self._listed(Node("add", None, (body,)))) is None:
                factors, coefficient = ([body], S.One) if body.kind != "mul" else (body.args, body.data)
                return contracted(coefficient, [self.read(factor) for factor in factors], bound)
            return contracted(S.One, [listed], bound)
        inner = self.read(body)
        return self._reduced(kind, bound, inner)

    def _cumsum(self, bound: Sequence[Index], body: Node) -> Array | None:
        """Σₖ (xₖ if k ≤ j else 0), for a last axis."""
        if len(bound) != 1 or body.kind != "choice" or body.args[2] != ZERO or body.args[0].kind != "compare":
            return None
        (index,), (condition, inside, _) = bound, body.args
        one, two = condition.args
        if (condition.data, one.data, two.kind) != ("<=", index, "letter"):
            return None
        inner = self.read(inside)
        if inner.axes[-1:] != (index,):
            return None
        return Array(Node("call", "cumsum", (inner.node,)), (*inner.axes[:-1], two.data))

    def _reduced(self, kind: str, bound: Sequence[Index], inner: Array) -> Array:
        if any(index.is_sample for index in bound):
            raise NoMatrix
        if set(bound) == set(inner.axes):
            return Array(Node("call", kind, (inner.node,)), ())
        if not self.plain or len(bound) != 1 or bound[0] not in inner.axes:
            raise NoMatrix
        axis = inner.axes.index(bound[0])
        left = tuple(index for index in inner.axes if index != bound[0])
        return Array(Node("call", kind, (inner.node, Node("number", Integer(axis)))), left)

    def _over_samples(self, kind: str, bound: tuple[Index, ...], body: Node) -> Array:
        outer, samples = self.sample, [index for index in bound if index.is_sample]
        # In textbook form one Σᵢ inside another would not tell whose sample is meant.
        if kind != "sum" or len(samples) > 1 or (outer is not None and not self.plain):
            raise NoMatrix
        own = tuple(index for index in bound if not index.is_sample)
        self.sample = samples[0]
        try:
            inner = self._reduce(Node("reduce", ("sum", own), (body,))) if own else self.read(body)
        finally:
            self.sample = outer
        coefficient, inside = (
            (inner.node.data, mul(S.One, inner.node.args))
            if inner.node.kind == "mul"
            else (S.One, inner.node)
        )
        if self.plain:
            total = Node("call", "total", (inside,))
        else:
            total = Node("reduce", ("sum", (samples[0],)), (inside,))
        return Array(mul(coefficient, [total]), inner.axes)

    # -- functions --------------------------------------------------------------------

    def _call(self, node: Node) -> Array:
        if node.data == "root":
            inner = self.read(node.args[0])
            if inner.node.kind == "norm" and inner.node.data[0]:
                return Array(Node("norm", (False, inner.node.data[1]), inner.node.args), ())
        return self._together(node.args, lambda args: Node("call", node.data, tuple(args)))

    def _derivative(self, node: Node) -> Array:
        return self._together(node.args, lambda args: Node(node.kind, node.data, tuple(args)))

    _group = _derivative

    def _choice(self, node: Node) -> Array:
        return self._together(node.args, lambda args: Node("choice", None, tuple(args)))

    def _compare(self, node: Node) -> Array:
        return self._together(node.args, lambda args: Node("compare", node.data, tuple(args)))

    def _logic(self, node: Node) -> Array:
        return self._together(node.args, lambda args: Node("logic", node.data, tuple(args)))

    def _along(self, node: Node) -> Array:
        name, index = node.data
        inner = self.read(node.args[0])
        if index not in inner.axes or (len(inner.axes) > 1 and index != inner.axes[-1]):
            inner = aligned(inner, (*(i for i in inner.axes if i != index), index))
        return Array(Node("call", name, (inner.node,)), inner.axes)

    def _match(self, node: Node) -> Array:
        one, two = node.args
        if one.kind != "letter":
            one, two = two, one
        if one.kind != "letter" or one.data.is_sample:
            raise NoMatrix
        if two.kind == "letter" and not two.data.is_sample:
            return Array(Node("identity", one.data.extent), (one.data, two.data))
        if two.kind == "number" and two.data.is_Integer:
            return Array(Node("unit", (int(two.data), one.data.extent)), (one.data,))
        if two.kind == "item" and not self.stacked:
            size = () if two.data.facts.classes == one.data.extent else (number(one.data.extent),)
            return Array(Node("call", "onehot", (self._scalar(two), *size)), (one.data,))
        raise NoMatrix

    def _opaque(self, node: Node) -> Array:
        kind, row, column = node.data
        matrix = aligned(self.read(node.args[0]), (row, column)).node
        if kind in ("det", "logdet"):
            return Array(Node("call", kind, (matrix,)), ())
        places = node.args[2:] if kind == "solve" else node.args[1:]
        if any(place.kind != "letter" for place in places):
            raise NoMatrix
        if kind == "solve":
            _, right, place = node.args
            inner = self.read(right)
            rest = tuple(index for index in inner.axes if index != row)
            inner = aligned(inner, (row, *rest))
            return Array(Node("solve", None, (matrix, inner.node)), (place.data, *rest))
        one, two = (place.data for place in places)
        whole = Node("inverse", None, (matrix,)) if kind == "inv" else Node("call", kind, (matrix,))
        if one == two:
            return Array(Node("diag", None, (whole,)), (one,))
        return Array(whole, (one, two))


def _collected(terms: Sequence[Node]) -> Node:
    """A sum in which terms that turn out to be the same matrix are counted: VVᵀV + VVᵀV is 2VVᵀV."""
    counts: dict[Node, Expr] = {}
    for term in terms:
        factor, inside = (term.data, mul(S.One, term.args)) if term.kind == "mul" else (S.One, term)
        counts[inside] = counts.get(inside, S.Zero) + factor
    # Where nothing is met twice nothing is rewritten: a − (b − c) stays.
    return add(
        terms if len(counts) == len(terms) else (mul(count, [inside]) for inside, count in counts.items())
    )


def _slice(place: Node, extent: Expr) -> tuple[Index, Node] | None:
    """(index, slice) of a place start + step·index."""
    found = [part.data for part in walk(place) if part.kind == "letter"]
    if place.kind not in ("add", "mul") or len(found) != 1 or found[0].is_sample:
        return None
    (index,) = found
    start, following = (placed(place, {index: number(k)}) for k in (0, 1))
    if start.kind != "number" or following.kind != "number":
        return None
    low, step = start.data, following.data - start.data
    high = low + step * index.extent
    if step == 0 or (step != 1 and not (high.is_Integer and low.is_Integer)):
        return None
    last = "" if high == extent or (step < 0 and high < 0) else str(high)
    if step < 0 and low == extent - 1:
        low = S.Zero
    return index, Node("slice", f"{'' if low == 0 else low}:{last}{'' if step == 1 else f':{step}'}")


def spread(array: Array, axes: tuple[Index, ...]) -> Node:
    """An array's node repeated along axes that it lacks; scalars need no repeating."""
    if not array.axes or array.axes == axes:
        return array.node
    if set(array.axes) == set(axes):
        return aligned(array, axes).node
    if len(axes) == 2 and len(array.axes) == 1:
        return Node("spread", axes.index(array.axes[0]), (array.node,))
    raise NoMatrix


def _one_place(term: Node) -> tuple[Index, int, Node] | None:
    """(index, place, value) of a term that counts at one place only."""
    factors = term.args if term.kind == "mul" else (term,)
    for k, factor in enumerate(factors):
        if factor.kind != "match":
            continue
        one, two = factor.args if factor.args[0].kind == "letter" else factor.args[::-1]
        if one.kind == "letter" and two.kind == "number" and two.data.is_Integer:
            rest = mul(term.data if term.kind == "mul" else S.One, (*factors[:k], *factors[k + 1 :], ONE))
            return one.data, int(two.data), placed(rest, {one.data: two})
    return None


__all__ = ["NoMatrix", "Reader"]
