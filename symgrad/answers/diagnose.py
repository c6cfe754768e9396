"""What went wrong in a wrong answer: the known mistakes that lead to exactly it.

Every diagnosis is proved: a mistake is named only if making it gives the
answer, as certainly as `decide` calls an answer correct.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sympy import Expr, Rational, S

from ..calculus.gradient import tensors_from
from ..errors import SymgradError
from ..ir.program import Program
from ..ir.variable import free_indices
from ..notation.formula import gather, label
from ..notation.record import as_tensor, record
from ..notation.tensor import Tensor
from .clock import Clock, OutOfReach
from .decide import decide
from .diagnose_points import Spot, matching, ratio, same, spots
from .diagnose_rows import one_row
from .diagnose_whole import Candidate, formulas, of_intermediates, other_shapes, quantities, ratios, regions
from .edits import edited
from .edits_terms import one_term
from .slips import Slip, slipped

SPOTS = 3
"""At so many points an answer is compared before a proof."""

ZEROS = 15
"""Before that, so many points are passed over at which the derivative is 0."""

PROOF = 0.4
"""At most so many seconds for one proof."""

ORDER = (
    "the loss itself", "another derivative", "second derivative", "update", "missing sum", "transpose",
    "sign", "mean", "quotient rule", "power rule", "product rule", "derivative of", "chain rule",
    "inner sign", "branch", "constant factor", "missing factor", "extra factor", "term missing",
    "term's sign", "constant", "factor missing", "exponent", "wrong term", "swapped variable", "function",
    "sum of products", "extra term", "coefficient", "part of the domain",
)  # fmt: skip
"""Names of mistakes, the likelier first; "derivative of" goes on with a function's name."""


BESIDES = {
    -1.0: "; besides, the sign is wrong",
    2.0: "; besides, there is a factor 2 too much",
    0.5: "; besides, a factor 2 is missing",
    -2.0: "; besides, there is a factor −2 too much",
    -0.5: "; besides, a factor −2 is missing",
}
"""Factors that may be wrong on top of another mistake."""


@dataclass(frozen=True)
class Mistake:
    """One mistake that leads to the answer.

    ``name``: which, one of `ORDER`.  ``message``: what to tell the student, a
    sentence.  ``where``: the formula at which it was made, part of the loss (as
    in `symgrad.derivation`'s lines) or of the answer.
    """

    name: str
    message: str
    where: Tensor | None = None

    def __str__(self) -> str:
        return self.message


def diagnose(
    derivative: Any,
    loss: Any,
    wrt: Any,
    claim: Any,
    *,
    data: Mapping[Any, Any] | None = None,
    seconds: float = 1.0,
) -> list[Mistake]:
    """The mistakes that explain a wrong answer, the likeliest first; empty where none is known.

    ``derivative``: the right derivative of the scalar ``loss`` by ``wrt``.
    ``claim``: the answer, known to be wrong.  ``data``: where the derivative has
    data put in, those data, ``loss`` being the loss without them.  ``seconds``:
    after so long the search stops with what it has.

    >>> import symgrad as sg
    >>> x, y = sg.data("x y"); m, b = sg.params("m b")
    >>> loss = sg.mse(y, m*x + b)
    >>> for mistake in diagnose(sg.grad(loss, m), loss, m, sg.mean(2*x*(y - m*x - b))):
    ...     print(mistake.message)
    The answer is −1 times the derivative: its sign is wrong.
    The minus sign of −(m xᵢ + b) was lost, where yᵢ − (m xᵢ + b) is differentiated.
    The derivative of the term m xᵢ has the wrong sign, where m xᵢ + b is differentiated.
    """
    truth, loss, wrt, claim = (as_tensor(t) for t in (derivative, loss, wrt, claim))
    search = _Search(truth, loss, wrt, claim, data or {}, Clock(seconds))
    found: dict[str, Mistake] = {}
    for mistake in search.mistakes(found):
        found.setdefault(mistake.name, mistake)
    return sorted(found.values(), key=_place)


def _place(mistake: Mistake) -> int:
    name = "derivative of" if mistake.name.startswith("derivative of") else mistake.name
    return ORDER.index(name)


class _Search:
    def __init__(
        self, truth: Tensor, loss: Tensor, wrt: Tensor, claim: Tensor, data: Mapping[Any, Any], clock: Clock
    ):
        self.truth, self.loss, self.wrt, self.claim, self.clock = truth, loss, wrt, claim, clock
        self.program = gather({"truth": truth, "claim": claim, "loss": loss, "wrt": wrt})
        named = {v.name: v for v in self.program.inputs()}
        keys = {(k.name if isinstance(k, Tensor) else str(k)): value for k, value in data.items()}
        self.data = {named[k]: value for k, value in keys.items() if k in named}
        self.spots: list[Spot] = []
        self.explained = False

    def mistakes(self, known: Mapping[str, Mistake]) -> Iterator[Mistake]:
        """Every mistake found in time; names in ``known`` are not looked for again."""
        self.spots = list(spots(self.program, self.data, SPOTS, self.clock.share(0.3), ZEROS))
        if not self.spots:
            return
        stages: tuple[Callable[[], Iterator[Candidate]], ...] = (
            lambda: other_shapes(self.truth, self.claim),
            lambda: ratios(self.program, self.truth, self.wrt, self.claim, self.spots),
            lambda: quantities(self.loss, self.wrt, self.claim),
            lambda: of_intermediates(self.truth, self.loss, self.wrt, self.claim),
            self._slips,
            self._slips_and_factor,
            lambda: self._edits(self.truth, self.claim),
            lambda: self._edits(self.claim, self.truth),
            self._terms,
            lambda: regions(self.program, self.truth, self.claim, self.data, self.clock),
        )
        for stage in stages:
            try:
                self.clock.check()
                for candidate in stage():
                    if self.clock.left() < 0:
                        return
                    if candidate.name not in known and self._holds(candidate):
                        self.explained = True
                        yield Mistake(candidate.name, candidate.message, candidate.where)
            except (OutOfReach, SymgradError, RecursionError, ZeroDivisionError):
                continue

    def _holds(self, candidate: Candidate) -> bool:
        """Whether both sides agree at the points, and are then proved equal."""
        one, two = candidate.sides()
        one, two = self._with_data(one), self._with_data(two)
        if one.shape != two.shape or one.per_sample != two.per_sample:
            return False
        if not candidate.screened:
            both = gather({"one": one, "two": two})
            for spot in self.spots:
                values = [spot.values(both.with_outputs({"it": v})) for v in both.outputs.values()]
                if not same(*values):
                    return False
        return decide(one, two, seconds=min(PROOF, max(self.clock.left(), 0.02))).status == "correct"

    def _with_data(self, tensor: Tensor) -> Tensor:
        reads = any(v in self.data for v in gather({"it": tensor}).inputs())
        return tensor.on(self.data) if reads else tensor

    @cached_property
    def slipped(self) -> tuple[Program, list[Slip], list[Any]]:
        """All slips of the derivation in rows, and the values of the rows at the points."""
        program, slips = slipped(gather({"loss": self.loss}), self.loss.variable, self.wrt.variable)
        return program, slips, list(self._values(program, len(slips)))

    def _slips(self) -> Iterator[Candidate]:
        _, slips, values = self.slipped
        for number in self._agreeing(values, "claim"):
            yield self._slip(number, slips[number - 1])

    def _slips_and_factor(self) -> Iterator[Candidate]:
        """One slip, and a wrong sign or factor two besides; where nothing simpler explains it."""
        _, slips, values = self.slipped
        if self.explained or any(v is None for v in values):
            return
        claims = [spot.outputs["claim"] for spot in self.spots]
        for number, slip in enumerate(slips, 1):
            rates = [ratio(claim, rows[number]) for claim, rows in zip(claims, values, strict=True)]
            for factor, words in BESIDES.items():
                if all(r is not None and abs(r - factor) < 1e-8 for r in rates):
                    yield self._slip(number, slip, Rational(factor), words)

    def _slip(self, number: int, slip: Slip, factor: Expr = S.One, besides: str = "") -> Candidate:
        at = formulas(self.loss).get(slip.target)
        place = f", where {label(at)} is differentiated" if at is not None else ""
        row = _row(self.slipped[0], number, self.loss, self.wrt, self.claim)
        message = sentence(f"{said(slip, at)}{place}{besides}")
        return Candidate(
            slip.name, message, lambda: (as_tensor(factor) * row(), self.claim), at, screened=True
        )

    def _edits(self, changed: Tensor, other: Tensor) -> Iterator[Candidate]:
        if changed.equation is None:
            return
        program, slips = edited(gather({"it": changed}), changed.variable)
        where = formulas(changed)
        theirs = changed is self.claim
        for number in self._rows(program, len(slips), "truth" if theirs else "claim"):
            slip = slips[number - 1]
            at = where.get(slip.target)
            name, words = _of_answer(slip) if theirs else (slip.name, slip.message)
            words = said(replace(slip, message=words), at)
            whole = label(at) if at is not None and label(at) not in words else ""
            if theirs:
                message = sentence(f"in the answer{f', in {whole}' if whole else ''}, {words}")
            else:
                message = sentence(f"in the answer {words}{f' (right is {whole})' if whole else ''}")
            row = _row(program, number, changed, other)
            yield Candidate(name, message, lambda row=row: (row(), other), at, screened=True)

    def _terms(self) -> Iterator[Candidate]:
        truth, claim = self._with_data(self.truth), self._with_data(self.claim)
        for name, message in one_term(truth, claim, self.clock.share(0.5)):
            yield Candidate(name, message, lambda: (self.claim, self.claim), self.claim, screened=True)

    def _rows(self, program: Program, count: int, target: str) -> list[int]:
        """The rows of a program that agree with an output of the common program at every point."""
        return self._agreeing(self._values(program, count), target)

    def _values(self, program: Program, count: int) -> Iterator[Any]:
        for spot in self.spots:
            self.clock.check()
            yield spot.values(program, count)

    def _agreeing(self, values: Iterable[Any], target: str) -> list[int]:
        left: set[int] | None = None
        for spot, found in zip(self.spots, values, strict=False):
            rows = matching(found, spot.outputs[target])
            left = rows if left is None else left & rows
            if not left:
                return []
        return sorted(left or ())


def _row(program: Program, number: int, *given: Tensor) -> Callable[[], Tensor]:
    def build() -> Tensor:
        one = one_row(program, number)
        return tensors_from(one, given)[one.outputs["it"]]

    return build


def said(slip: Slip, at: Tensor | None) -> str:
    """A slip's message with its formula spelled."""
    if slip.part is None or at is None:
        return slip.message.format("one of them") if "{}" in slip.message else slip.message
    used = free_indices(slip.part)
    indices = sorted(used, key=lambda i: (not i.is_sample, i.dummy_index))
    # A bare number has an ASCII sign.
    return slip.message.format(repr(record(indices, slip.part, at.parents.values())).replace("-", "−"))


def sentence(words: str) -> str:
    """With a capital and a full stop."""
    return f"{words[0].upper()}{words[1:]}."


def _of_answer(slip: Slip) -> tuple[str, str]:
    """Name and message of a change to the answer, where what can be left out is in excess."""
    words = slip.message.replace("is missing", "is too much")
    return {"term missing": "extra term", "factor missing": "extra factor"}.get(slip.name, slip.name), words
