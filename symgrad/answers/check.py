"""`check`: an answer worked by hand against the derivative that symgrad derives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..calculus.gradient import Gradient, gradient
from ..errors import DataError, NotationError, SymgradError
from ..library.optimizers import Update
from ..notation.formula import Formula, gather, inputs_of, label
from ..notation.record import as_tensor, stack
from ..notation.tensor import Tensor
from .diagnose import Mistake, diagnose
from .follow import earlier, put_in, stands_in
from .reading import Reading, read_answer
from .rounding import compare_rounded, typed_numbers
from .verdict import Verdict
from .worker import decide

_SETS = re.compile(r":=|≔|←|\\(?:leftarrow|gets|coloneqq)(?![A-Za-z])|(?P<step>[-+−])?=")

DIAGNOSIS = 1.0
"""Seconds for finding mistakes."""
SHOWN = 60
"""Formulas of more characters are not quoted in a verdict."""


@dataclass(frozen=True)
class Question:
    """What was asked.

    ``truth``: the right answer.  ``loss``, ``wrt``: what it is the derivative of, if
    known.  ``update``: whether it is a parameter's new value.
    """

    truth: Tensor
    loss: Tensor | None = None
    wrt: Tensor | None = None
    update: bool = False


def check(
    derivative: Any,
    answer: Any,
    *,
    loss: Tensor | None = None,
    wrt: Tensor | str | None = None,
    aliases: Mapping[str, Any] | None = None,
    at: Mapping[Any, Any] | None = None,
    seconds: float = 2.0,
    following: Any = None,
) -> Verdict:
    """Whether an answer worked by hand is right: proved, or refuted by a point.

    ``derivative``: what the answer should equal.  A Gradient with ``wrt`` names the
    derivative and lets mistakes be named; so does the pair ``(loss, m)``.  Any other
    formula will do: ``g[m]``, a loss with its values put in, a parameter's new value
    ``sg.SGD(0.1).update(g)`` with ``wrt``.  ``loss`` and ``wrt`` say what a bare formula is the
    derivative of.

    ``answer``: text as a person writes it (plain, Unicode or LaTeX), a number or a
    tensor.  It may only use the names that the loss and the derivative declare, and
    ``aliases``: further names and what they mean, ``{"p": m*x + b}``.

    ``at``: values put into both, data included: ``{m: -1, b: 5}``.  A decimal number is right if it is
    the value rounded to the digits that were typed.  ``following``: an earlier Verdict, several, or the
    text of an earlier answer for the same derivative; a wrong answer is then also compared
    with what the earlier mistake leads to, and ``follows`` says whether it is right.
    ``seconds``: how long deciding may take.

    What is wrong with the answer is told by the Verdict, whatever its text holds.
    Raises NotationError or DataError for a question that makes no sense.

    >>> import symgrad as sg
    >>> x, y = sg.data("x y"); m, b = sg.params("m b")
    >>> g = sg.grad(sg.mse(y, m*x + b)).on(x=[1, 2], y=[3, 5])
    >>> sg.check(g[m], "5m + 3b − 13")
    correct: both expand to 5m + 3b − 13
    >>> sg.check(g[m], "5m + 3b + 13").status
    'wrong'
    >>> sg.check(sg.sqrt(g.loss), "RMSE = 1.6", at={m: -1, b: 5})
    correct: 1.6 is 1.58114 rounded to 2 digits
    """
    question = asked(derivative, loss, wrt)
    values = _known_values(question, at or {})
    answer = typed(answer)
    verdict = _judged(question, answer, values, aliases, seconds)
    if verdict.status != "wrong":
        return verdict
    verdict = replace(verdict, mistakes=_mistakes(question, verdict, values))
    if following is None:
        return verdict
    return _followed(question, verdict, following, values, answer, aliases, seconds)


def asked(derivative: Any, loss: Tensor | None = None, wrt: Tensor | str | None = None) -> Question:
    """The question that the arguments of `check` ask.  Raises NotationError."""
    if isinstance(derivative, tuple) and len(derivative) == 2:
        loss, wrt = as_tensor(derivative[0]), derivative[1]
        derivative = gradient(loss, *([wrt] if isinstance(wrt, Tensor) else []))
    if not isinstance(derivative, Mapping):
        if isinstance(wrt, str):
            wrt = named(wrt, inputs_of(*([as_tensor(derivative)] if loss is None else [loss])))
        return Question(as_tensor(derivative), loss, wrt)
    if wrt is None and len(derivative) > 1:
        names = ", ".join(label(key) for key in derivative)
        raise NotationError(f"which derivative is answered? Give wrt=, one of: {names}")
    key = next(iter(derivative)) if wrt is None else wrt
    key = named(key, derivative) if isinstance(key, str) else as_tensor(key)
    if key not in derivative:
        raise NotationError(f"there is no {label(key)}; there are: {', '.join(map(label, derivative))}")
    whole = derivative.loss if isinstance(derivative, Gradient) else loss
    return Question(derivative[key], whole, key, isinstance(derivative, Update))


def named(name: str, tensors: Any) -> Tensor:
    """The tensor of a name.  Raises NotationError."""
    for tensor in tensors:
        if tensor.name == name.rstrip("_"):
            return tensor
    raise NotationError(f"there is no {name!r}; there are: {', '.join(label(t) for t in tensors)}")


def put_values_in(formula: Tensor, values: Mapping[str, Any]) -> Tensor:
    """A formula with those of the values, by name, that it has names for."""
    known = {t.name: t.role for t in inputs_of(formula)}
    data = {name: value for name, value in values.items() if known.get(name) == "data"}
    rest = {name: value for name, value in values.items() if name in known and name not in data}
    formula = formula.on(data) if data else formula
    return formula.at(rest) if rest else formula


def typed(answer: Any) -> str | Tensor:
    """An answer as the text that was typed, or as a tensor."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, float):
        return repr(float(answer))
    return as_tensor(answer)


def _known_values(question: Question, given: Mapping[Any, Any]) -> dict[str, Any]:
    """The values of ``at`` by name.  Raises DataError for a name that the question does not have."""
    asked_of = [t for t in (question.truth, question.loss) if t is not None]
    known = {t.name for t in inputs_of(*asked_of)} | {v.name for t in asked_of for v in t.origin}
    found: dict[str, Any] = {}
    for key, value in given.items():
        name = key.name if isinstance(key, Formula) else str(key)
        name = name if name in known else name.rstrip("_")
        if name not in known:
            raise DataError(
                f"at={{{name!r}: …}}: the question has no {name!r}, it has: {', '.join(sorted(known))}"
            )
        found[name] = value
    return found


def _judged(
    question: Question, answer: str | Tensor, values: Mapping[str, Any],
    aliases: Mapping[str, Any] | None, seconds: float,
) -> Verdict:  # fmt: skip
    """The verdict, with the two formulas before values are put in."""
    target = put_values_in(question.truth, values)
    if isinstance(answer, str) and (found := compare_rounded(target, answer)) is not None:
        return replace(found, truth=question.truth, claim=_number(answer))
    if isinstance(answer, Tensor):
        verdict = _decided(question, target, answer, values, seconds)
        return replace(verdict, truth=question.truth, claim=answer)
    try:
        readings = read(question, answer, values, aliases)
    except SymgradError as error:
        return Verdict("malformed", message=str(error), truth=question.truth)
    verdicts: list[Verdict] = []
    for reading in readings:
        entry = target[reading.entry] if reading.entry else target
        verdict = _decided(question, entry, reading.tensor, values, seconds / len(readings))
        notes = "; ".join(note for note in (verdict.note, *reading.notes) if note)
        verdicts.append(
            replace(verdict, note=notes, reading=reading, truth=question.truth, claim=reading.tensor)
        )
        if verdict:
            break
    # Readable in several ways: right if one of them is, undecided if one might be.
    return min(verdicts, key=lambda v: ("correct", "undecided", "wrong", "malformed").index(v.status))


def _decided(
    question: Question, target: Tensor, claim: Tensor, values: Mapping[str, Any], seconds: float
) -> Verdict:
    defined = [] if values or question.loss is None else [question.loss]
    try:
        claim = put_values_in(claim, values)
        verdict = decide(target, claim, defined=defined, seconds=seconds)
    except SymgradError as error:
        return Verdict("malformed", message=str(error))
    if verdict and target.variable == claim.variable and len(shown := repr(target)) <= SHOWN:
        word = "the value is" if target.number() is not None else "both are"
        return replace(verdict, proof=f"{word} {shown}")
    if verdict.status == "malformed" and (target.shape, target.per_sample) != (claim.shape, claim.per_sample):
        # It could be read, and is something else than the derivative.
        return replace(verdict, status="wrong")
    return verdict


def _mistakes(question: Question, verdict: Verdict, values: Mapping[str, Any]) -> tuple[Mistake, ...]:
    """The known mistakes that lead to a wrong answer, where the loss and all its parameters are there."""
    loss, wrt = question.loss, question.wrt
    if loss is None or wrt is None:
        return ()
    roles = {t.name: t.role for t in inputs_of(loss)}
    if any(roles.get(name) != "data" for name in values):
        return ()
    target, claim = (put_values_in(t, values) for t in (question.truth, verdict.claim))
    return tuple(diagnose(target, loss, wrt, claim, data=values, seconds=DIAGNOSIS))


def read(
    question: Question, answer: str, values: Mapping[str, Any], aliases: Mapping[str, Any] | None
) -> list[Reading]:
    """All ways to read an answer, the likeliest first.  Raises ParseError, or what has no meaning."""
    roles = {
        t.name: t.role for t in inputs_of(*(t for t in (question.truth, question.loss) if t is not None))
    }
    data = {name: value for name, value in values.items() if roles.get(name) == "data"}

    def reading(text: str) -> Reading:
        return read_answer(
            text, question.truth, wrt=question.wrt, loss=question.loss, aliases=aliases, data=data or None
        )

    sign = _SETS.search(answer)
    rest = answer[sign.end() :] if sign else ""
    try:
        found = reading(answer)
    except SymgradError:
        if not rest or not (question.update or values):
            raise
        # The new value itself was asked for: m := −7/10.
        found = reading(rest)
    both = [found, *found.alternatives]
    if not sign or found.left is None or found.left.kind != "update":
        return both
    try:
        new = reading(f"{found.left.name} {sign['step']} ({rest})" if sign["step"] else rest)
    except SymgradError:
        if question.update:
            raise
        return both
    return [new, *both] if question.update else [*both, new]


def _number(text: str) -> Tensor:
    """The number, or the list of numbers, that was typed."""
    found = [as_tensor(one.value) for one in typed_numbers(text) or ()]
    return stack(found) if len(found) > 1 else found[0]


# -- follow-through --------------------------------------------------------------------


def _followed(
    question: Question, verdict: Verdict, following: Any, values: Mapping[str, Any],
    answer: str | Tensor, aliases: Mapping[str, Any] | None, seconds: float,
) -> Verdict:  # fmt: skip
    """The verdict of a wrong answer, with what it is worth given earlier answers."""
    expected = _expected(question, _earlier(question, following, values, aliases))
    again = _judged(replace(question, truth=expected), answer, values, aliases, seconds)
    if not again:
        return verdict
    shown = repr(put_values_in(expected, values))
    leads = f": that leads to {shown}" if len(shown) <= SHOWN else ""
    return replace(verdict, follows=f"right given the earlier answer{leads}")


def _earlier(
    question: Question, following: Any, values: Mapping[str, Any], aliases: Mapping[str, Any] | None
) -> dict[Tensor, Tensor]:
    """What earlier answers made of their derivatives."""
    if not isinstance(following, str | int | float | Formula):
        return earlier(following)
    first = question.truth
    if question.loss is not None and question.wrt is not None:
        slope = gradient(question.loss, question.wrt)[question.wrt]
        first = slope if stands_in(slope, question.truth) else first
    answer = typed(following)
    if isinstance(answer, Tensor):
        return {first: answer}
    try:
        return {first: read(replace(question, truth=first, update=False), answer, values, aliases)[0].tensor}
    except SymgradError as error:
        raise NotationError(f"following={following!r} cannot be read: {error}") from None


def _expected(question: Question, changed: Mapping[Tensor, Tensor]) -> Tensor:
    """What the answer should be if earlier answers had been right."""
    if used := {part: other for part, other in changed.items() if stands_in(part, question.truth)}:
        return put_in(question.truth, used)
    loss, wrt = question.loss, question.wrt
    if loss is not None and wrt is not None:
        used = {part: other for part, other in changed.items() if stands_in(part, loss)}
        loss = put_in(loss, used)
        if used and wrt.variable in gather({"it": loss}).inputs():
            return gradient(loss, wrt)[wrt]
    raise NotationError(
        "what the earlier answer was about does not stand in this question; ask for a formula with it, "
        "such as sg.SGD(0.1).update(g), and put values in with at="
    )
