"""An answer as text, read: what tensor it stands for, how it was understood, and what else it could mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

from ..display import show
from ..errors import DataError, ParseError, ShapeError, SymgradError
from ..ir.index import SAMPLES, Index
from ..notation.characters import SPACES
from ..notation.excerpt import refuse
from ..notation.formula import gather, inputs_of, own_shape
from ..notation.handwritten import LONGEST, Handwritten
from ..notation.marks import SPELLED
from ..notation.parse import tree_of
from ..notation.record import as_tensor, record
from ..notation.symbols import hyper
from ..notation.tensor import Tensor
from ..notation.vocabulary import Functions, vocabulary
from . import values as v
from .calls import NAMES
from .choices import Choices
from .context import Context, context
from .meaning import Meaning
from .sides import RATES, Left, Sides, sides, subtracted, tensors_named
from .values import Value

RUNS = 48
"""How many ways of reading one answer are tried."""
WORK = 6_000
"""How many steps all of them together may take."""
ALTERNATIVES = 3
"""How many other readings are kept."""


@dataclass(frozen=True)
class Reading:
    """How an answer was understood.

    ``tensor``: what it says the derivative is.  ``latex``: that, as it was
    understood, aliases by name.  ``left``: its left-hand side, if it has one;
    ``right_variable``: whether that speaks of the right tensor (None where nothing
    says).  ``entry``: the one entry of the derivative that it is about, as in
    ∂L/∂w₁ (from 0).  ``rate``: the learning rate of an update rule.  ``symbolic``:
    whether it holds the derivative itself as a symbol (W − λ dE/dW).  ``notes``:
    what a person should know of the reading.  ``alternatives``: other readings,
    the likeliest first.
    """

    text: str
    tensor: Tensor
    written: Tensor
    style: str
    left: Left | None = None
    right_variable: bool | None = None
    entry: tuple[int, ...] = ()
    rate: str | None = None
    symbolic: bool = False
    notes: tuple[str, ...] = ()
    alternatives: tuple[Reading, ...] = ()

    @property
    def latex(self) -> str:
        """The answer as it was understood."""
        return show.latex(gather({"it": self.written}), [t.variable for t in inputs_of(self.written)])

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"


def read_answer(
    text: str,
    derivative: Any,
    *,
    wrt: Tensor | None = None,
    loss: Tensor | None = None,
    names: Iterable[Tensor] = (),
    aliases: Mapping[str, Any] | None = None,
    data: Mapping[Any, Any] | None = None,
    functions: Functions | None = None,
) -> Reading:
    """An answer about ``derivative`` as a tensor; the text is data, no part of it is run as code.

    ``wrt``: what was derived by; ``loss``: of what (it gives the names ŷ, p, z₁,
    a₁, δ₁).  ``names``: further declared tensors that may stand in the answer.
    ``aliases``: what textbook names are short for, ``{"ŷ": m*x + b}``.  ``data``:
    the values that were put in with ``.on``, by name or tensor.

    Plain text, Unicode and LaTeX are read: implicit products, fractions, sums
    with limits, subscripts, matrix notation with data as rows, left-hand sides
    and update rules.  Raises ParseError with the place for what cannot be read,
    ShapeError or NotationError for what has no meaning.

    >>> import symgrad as sg
    >>> x, y = sg.data("x y"); m, b = sg.params("m b")
    >>> loss = sg.mse(y, m*x + b)
    >>> read_answer(r"\\frac{2}{n}\\sum_i x_i(mx_i + b - y_i)", sg.grad(loss, m), wrt=m).tensor
    (2/n) Σᵢ xᵢ (m xᵢ + b − yᵢ)
    >>> read_answer("m := m - lambda(5m + 3b - 13)", sg.grad(loss, m).on(x=[1, 2], y=[3, 5])).latex
    '5 m + 3 b - 13'
    """
    if not isinstance(text, str):
        raise ParseError(f"an answer is text, such as '5m + 3'; got {type(text).__name__}")
    if len(text) > LONGEST:
        raise ParseError(f"the answer has {len(text):,} characters; at most {LONGEST:,} are read")
    known = context(as_tensor(derivative), wrt, loss, names, aliases)
    return Answers(text, as_tensor(derivative), known, wrt, data, vocabulary(functions)).read()


class Answers:
    """The readings of one text."""

    def __init__(
        self,
        text: str,
        derivative: Tensor,
        known: Context,
        wrt: Tensor | None,
        data: Mapping[Any, Any] | None,
        functions: Mapping[str, Callable[..., Any]],
    ):
        self.text, self.derivative, self.known, self.wrt, self.data = text, derivative, known, wrt, data
        self.functions = functions
        self.names = dict(known.names)
        self.sizes = {**known.sizes, **_sample_sizes(text, self.names)}
        self.notes: list[str] = []
        self.work = 0

    def read(self) -> Reading:
        """The likeliest reading, with the others."""
        called = {*self.functions, *NAMES, *SPELLED, "indicator"}
        self.sides = parts = sides(self.text, self.names, called, self.sizes)
        if not self.text[parts.start : parts.end].strip(SPACES):
            raise ParseError("the answer is empty; write for example 5m + 3")
        if parts.left is not None and parts.left.kind == "update":
            self._declare_rates()
        constants = [*self.sizes, *(["I"] if "I" not in self.names else [])]
        tokens = Handwritten(parts.text, self.names, called, constants, parts.start, parts.end).run()
        symbolic = any(t.kind == "DERIVATIVE" for t in tokens)
        tree = tree_of(parts.text, tokens)
        rate = None
        if parts.left is not None and parts.left.kind == "update":
            tree, rate = self._update(tree, parts)
        zero = any((t.kind == "PLACES" and "0" in t.value.units) or t.value == ("unit", "0") for t in tokens)
        stacked = any(t.kind == "_TRANSPOSE" for t in tokens) and not any(t.kind == "BIG" for t in tokens)
        best, others = self._explore(tree, zero, stacked)
        return self._reading(best, others, parts, rate, symbolic)

    def _declare_rates(self) -> None:
        for name in RATES:
            if name not in self.names:
                self.names[name] = hyper(name)

    def _update(self, tree: Any, parts: Sides) -> tuple[Any, str | None]:
        def stop(message: str) -> None:
            refuse(parts.text, parts.start, parts.end, message)

        left = parts.left
        assert left is not None
        if left.name is None:
            stop(f"the update is of {left.text!r}, which is not declared")
        rates = {*tensors_named(self.names, "hyper"), *(r for r in RATES if self.names[r].role == "hyper")}
        return subtracted(tree, str(left.name), parts.sign, rates - {left.name}, stop)

    # -- every way of reading it ------------------------------------------------------------

    def _explore(self, tree: Any, zero: bool, stacked: bool) -> tuple[_One, list[_One]]:
        styles = ["rows", "sample", "columns"] if stacked else ["sample", "rows", "columns"]
        queue: list[dict[Any, int]] = [{}]
        found: list[_One] = []
        partial: list[_One] = []
        first: SymgradError | None = None
        seen: set[Any] = set()
        runs = 0
        while queue and runs < RUNS and self.work < WORK:
            fixed = queue.pop(0)
            key = tuple(sorted(fixed.items(), key=str))
            if key in seen:
                continue
            seen.add(key)
            runs += 1
            choices = Choices(dict(fixed))
            style = styles[choices.pick("style", len(styles))]
            try:
                one = self._one(tree, style, choices, zero)
            except RecursionError:
                raise ParseError("the answer nests too deeply") from None
            except SymgradError as error:
                first = first or error
                one = None
            if one is not None:
                (found if one.exact else partial).append(one)
            if one is not None and one.exact:
                queue = [q for q in queue if set(q) <= choices.genuine]
                queue += [more for key, more in choices.others() if key in choices.genuine]
            elif not found:
                queue += [more for _, more in choices.others()]
            if len(_distinct(found)) > ALTERNATIVES:
                break
        ranked = _distinct(found) or _distinct(partial)
        if not ranked:
            assert first is not None
            raise first
        return ranked[0], (ranked[1:] if found else [])

    def _one(self, tree: Any, style: str, choices: Choices, zero: bool) -> _One:
        left = self.sides.left
        places = left.places if left is not None and left.kind != "value" else ()
        letters = tuple(u for u in _each(places) if u.isalpha())
        meaning = Meaning(
            self.sides.text, self.names, self.functions, self.sizes, choices,
            style=style, free=letters, zero=zero, shape=own_shape(self.derivative.variable),
            slopes=self._slopes(), truths=self.known.truths,
        )  # fmt: skip
        meaning.check_depth(tree)
        for letter, index in zip(letters, self._letter_axes(places), strict=False):
            meaning.scope.free[letter] = index
        try:
            value = meaning.value(tree)
        finally:
            self.work += meaning.steps
        return self._finish(value, meaning, style, tuple(int(u) for u in _each(places) if u.isdigit()))

    def _slopes(self) -> dict[str, Tensor]:
        update = self.sides.left is not None and self.sides.left.kind == "update"
        return self.known.slopes if update else {}

    def _letter_axes(self, places: tuple[str, ...]) -> list[Index]:
        """The indices of the letters on the left, where they name the derivative's axes one by one."""
        shape = own_shape(self.derivative.variable)
        units = _each(places)
        if len(units) != len(shape):
            return []
        return [Index(u, e) for u, e in zip(units, shape, strict=True) if u.isalpha()]

    # -- what came out ---------------------------------------------------------------------------

    def _finish(self, value: Value, meaning: Meaning, style: str, numbers: tuple[int, ...]) -> _One:
        wanted = own_shape(self.derivative.variable)
        entry = tuple(k - 1 for k in numbers) if len(numbers) == len(wanted) else ()
        wanted = () if entry else wanted
        free = {k: i for k, i in meaning.scope.free.items() if i is not None and value.entry.has(i)}
        axes = [*self._ordered(free, meaning, wanted), *value.axes]
        value = v.fitted(value, wanted[len(wanted) - len(value.axes) :])
        axes = [*axes[: len(axes) - len(value.axes)], *value.axes]
        if any(v.is_unknown(i.extent) for i in (*axes, *value.entry.atoms(Index))):
            raise ShapeError("how large the identity matrix or the vector of ones is cannot be told here")
        self._check_samples(meaning)
        lead = sorted((i for i in value.entry.atoms(Index) if i not in axes), key=lambda i: i.dummy_index)
        if (
            len(lead) > 1
            or sum(i.is_sample for i in (*lead, *axes)) > 1
            or any(not i.is_sample for i in lead)
        ):
            raise ShapeError("an index of this answer is bound by no sum")
        axes = sorted(axes, key=lambda i: not i.is_sample)
        written = record((*lead, *axes), value.entry, value.parents)
        tensor = self.known.spelled_out(written)
        if self.data:
            tensor = self._put(tensor)
        exact = not tensor.per_sample and own_shape(tensor.variable) == wanted
        if self.derivative.per_sample:
            exact = tensor.per_sample and own_shape(tensor.variable) == wanted
        return _One(tensor, written, style, exact, entry)

    def _ordered(self, free: Mapping[str, Index], meaning: Meaning, wanted: tuple[Any, ...]) -> list[Index]:
        """Letters of the answer itself as its axes: in the order of the left, else as they fit."""
        order = [i for k, i in meaning.scope.free.items() if k in free]
        if (self.sides.left is not None and self.sides.left.places) or len(order) != len(wanted):
            return [i for i in order if i is not None]
        fitting = [p for p in permutations(order) if tuple(i.extent for i in p) == tuple(wanted)]  # type: ignore[union-attr]
        return list(fitting[0]) if fitting else order  # type: ignore[return-value, arg-type]

    def _check_samples(self, meaning: Meaning) -> None:
        entries = meaning.scope.entries
        if not entries:
            return
        if not self.data:
            raise ParseError(
                f"sample {min(entries) + 1} is spoken of by its number, but no data were given; write a sum"
            )
        count = min(len(value) for value in self.data.values())
        if max(entries) >= count:
            raise ParseError(f"there is no sample {max(entries) + 1}: the data have {count}")

    def _put(self, tensor: Tensor) -> Tensor:
        names = {t.name for t in inputs_of(tensor) if t.role == "data"}
        given = {k.name if isinstance(k, Tensor) else str(k): value for k, value in (self.data or {}).items()}
        try:
            return tensor.on(
                {k: value for k, value in given.items() if k in names or k in {o.name for o in tensor.origin}}
            )
        except DataError as error:
            raise ParseError(f"the data cannot be put into this answer: {error}") from None

    def _reading(
        self, best: _One, others: list[_One], parts: Sides, rate: str | None, symbolic: bool
    ) -> Reading:
        left, notes = parts.left, list(self.notes)
        if parts.steps:
            notes.append(f"of the {parts.steps + 2} sides the last is taken as the answer")
        missing = sorted(self.known.gone & {t.name for t in inputs_of(best.tensor)})
        if missing and not self.data:
            raise ParseError(
                f"the data {', '.join(missing)} were put in, and their values are not known; write numbers"
            )
        right = None
        if left is not None and left.kind != "other":
            wanted = self.wrt.name if self.wrt is not None else None
            right = None if wanted is None or not (left.by or left.name) else left.name == wanted
            if right is False:
                notes.append(
                    f"the left-hand side {left.text!r} speaks of {left.name or left.by}, "
                    f"and the derivative is by {wanted}"
                )
        if left is not None and left.kind == "other":
            notes.append(f"the left-hand side {left.text!r} is not read")
        if left is not None and left.kind == "update" and rate is None:
            notes.append("no learning rate stands in this update rule")

        def made(one: _One) -> Reading:
            return Reading(
                self.text,
                one.tensor,
                one.written,
                one.style,
                left,
                right,
                one.entry,
                rate,
                symbolic,
                tuple(notes),
            )

        return replace(made(best), alternatives=tuple(made(o) for o in others[:ALTERNATIVES]))


@dataclass(frozen=True)
class _One:
    """One way of reading; ``exact``: whether its shape is the derivative's."""

    tensor: Tensor
    written: Tensor
    style: str
    exact: bool
    entry: tuple[int, ...]


def _distinct(found: Iterable[_One]) -> list[_One]:
    kept: dict[Any, _One] = {}
    for one in found:
        kept.setdefault(one.tensor.variable, one)
    return list(kept.values())


def _each(places: tuple[str, ...]) -> list[str]:
    return [u for unit in places for u in (unit if unit.isalpha() else [unit])]


def _sample_sizes(text: str, names: Mapping[str, Tensor]) -> dict[str, Any]:
    """N, and m or M above a sum sign, are the number of samples where they are not declared."""
    above = set(re.findall(r"\^\s*\{?\s*([mM])\s*\}?(?![A-Za-z])", text)) | {"N"}
    return {name: SAMPLES for name in above if name not in names}
