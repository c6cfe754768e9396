"""What went wrong in a wrong answer: the known mistakes that lead to exactly it.

Every diagnosis is proved: a mistake is named only if making it gives the
answer, as certainly as `decide` calls an answer correct.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..calculus.gradient import tensors_from
from ..errors import SymgradError
from ..ir.program import Program
from ..ir.variable import Variable
from ..notation.formula import gather, label
from ..notation.record import as_tensor
from ..notation.tensor import Tensor
from .clock import Clock, OutOfReach
from .decide import decide
from .diagnose_points import Spot, matching, same, spots
from .diagnose_rows import one_row
from .diagnose_whole import Candidate, other_shapes, quantities, ratios, regions
from .edits import edited
from .edits_terms import one_term
from .slips import Slip, slipped

SPOTS = 3
"""At so many points an answer is compared before a proof."""

PROOF = 0.4
"""At most so many seconds for one proof."""

ORDER = (
    "the loss itself", "another derivative", "second derivative", "update", "missing sum", "transpose",
    "sign", "mean", "quotient rule", "power rule", "product rule", "derivative of", "chain rule", "inner sign",
    "branch", "constant factor", "missing factor", "extra factor", "term missing", "term's sign", "constant",
    "factor missing", "exponent", "wrong term", "swapped variable", "function", "sum of products", "extra term", "coefficient",
    "part of the domain",
)  # fmt: skip
"""Names of mistakes, the likelier first; "derivative of" goes on with a function's name."""


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
    The minus sign of a term was lost where yᵢ − (m xᵢ + b) is differentiated.
    """
    search = _Search(*(as_tensor(t) for t in (derivative, loss, wrt, claim)), data or {}, Clock(seconds))
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

    def mistakes(self, known: Mapping[str, Mistake]) -> Iterator[Mistake]:
        """Every mistake found in time; names in ``known`` are not looked for again."""
        self.spots = list(spots(self.program, self.data, SPOTS, self.clock.share(0.3)))
        if not self.spots:
            return
        stages: tuple[Callable[[], Iterator[Candidate]], ...] = (
            lambda: other_shapes(self.truth, self.claim),
            lambda: ratios(self.program, self.truth, self.wrt, self.claim, self.spots),
            lambda: quantities(self.loss, self.wrt, self.claim),
            self._slips,
            lambda: self._edits(self.truth, self.claim, "the right derivative"),
            lambda: self._edits(self.claim, self.truth, "the answer"),
            self._terms,
            lambda: regions(self.program, self.truth, self.claim, self.data, self.clock),
        )
        for stage in stages:
            try:
                for candidate in stage():
                    if self.clock.left() < 0:
                        return
                    if candidate.name not in known and self._holds(candidate):
                        yield Mistake(candidate.name, candidate.message, candidate.where)
            except (OutOfReach, SymgradError, RecursionError, ZeroDivisionError):
                continue

    def _holds(self, candidate: Candidate) -> bool:
        """Whether both sides agree at the points, and are then proved equal."""
        one, two = candidate.sides()
        one, two = (t.on(self.data) if self.data and _reads(t, self.data) else t for t in (one, two))
        if one.shape != two.shape or one.per_sample != two.per_sample:
            return False
        if not candidate.screened:
            both = gather({"one": one, "two": two})
            for spot in self.spots:
                values = [spot.values(both.with_outputs({"it": v})) for v in both.outputs.values()]
                if not same(*values):
                    return False
        return decide(one, two, seconds=min(PROOF, max(self.clock.left(), 0.02))).status == "correct"

    def _slips(self) -> Iterator[Candidate]:
        program, slips = slipped(gather({"loss": self.loss}), self.loss.variable, self.wrt.variable)
        where = formulas(self.loss)
        for number in self._rows(program, len(slips), "claim"):
            slip = slips[number - 1]
            at = where.get(slip.target)
            place = f" where {label(at)} is differentiated" if at is not None else ""
            message = f"{slip.message[0].upper()}{slip.message[1:]}{place}."
            row = _row(program, number, self.loss, self.wrt, self.claim)
            yield Candidate(slip.name, message, lambda row=row: (row(), self.claim), at, screened=True)

    def _edits(self, changed: Tensor, other: Tensor, whose: str) -> Iterator[Candidate]:
        if changed.equation is None:
            return
        program, slips = edited(gather({"it": changed}), changed.variable)
        where = formulas(changed)
        theirs = changed is self.claim
        for number in self._rows(program, len(slips), "truth" if theirs else "claim"):
            slip = slips[number - 1]
            at = where.get(slip.target)
            name, message = _edit_words(slip, label(at) if at is not None else whose, theirs)
            row = _row(program, number, changed, other)
            yield Candidate(name, message, lambda row=row: (row(), other), at, screened=True)

    def _terms(self) -> Iterator[Candidate]:
        sides = [t.on(self.data) if self.data and _reads(t, self.data) else t for t in (self.truth, self.claim)]
        for name, message in one_term(sides[0], sides[1], self.clock.share(0.5)):
            yield Candidate(name, message, lambda: (self.claim, self.claim), self.claim, screened=True)

    def _rows(self, program: Program, count: int, target: str) -> list[int]:
        """The rows that agree with an output of the common program at every point."""
        left: set[int] | None = None
        for spot in self.spots:
            rows = matching(spot.values(program, count), spot.outputs[target])
            left = rows if left is None else left & rows
            if not left:
                return []
        return sorted(left or ())


def _row(program: Program, number: int, *given: Tensor) -> Callable[[], Tensor]:
    def build() -> Tensor:
        one = one_row(program, number)
        return tensors_from(one, given)[one.outputs["it"]]

    return build


def _reads(tensor: Tensor, data: Mapping[Variable, Any]) -> bool:
    return any(v in data for v in gather({"it": tensor}).inputs())


def formulas(tensor: Tensor) -> dict[Variable, Tensor]:
    """Every formula inside a tensor, by its variable."""
    found: dict[Variable, Tensor] = {}
    todo = [tensor]
    while todo:
        node = todo.pop()
        if node.variable not in found:
            found[node.variable] = node
            todo.extend(node.parents.values())
    return found


def _edit_words(slip: Slip, at: str, theirs: bool) -> tuple[str, str]:
    """A change's name and sentence; of the answer's own parts some are in excess, not missing."""
    if not theirs:
        return slip.name, f"Against the right derivative, {slip.message} in {at}."
    if slip.name in ("term missing", "factor missing", "constant factor"):
        what = {"term missing": "term", "factor missing": "factor"}.get(slip.name, "constant factor")
        name = {"term": "extra term", "factor": "extra factor"}.get(what, "constant factor")
        return name, f"The answer has one {what} too many in {at}."
    return slip.name, f"In the answer, {slip.message} in {at}."

