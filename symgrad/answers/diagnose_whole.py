"""Answers to another question: another quantity, a multiple of the right one, right in one region only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Expr, Rational

from ..calculus.differentiate import between
from ..calculus.gradient import grad, hessian
from ..errors import SymgradError
from ..ir.functions import lookup
from ..ir.heads import Where
from ..ir.index import SAMPLES
from ..ir.late import np
from ..ir.program import Program
from ..ir.variable import Entry, Variable, free_indices
from ..notation.condition import where
from ..notation.formula import gather, inputs_of, label
from ..notation.functions import mean, total
from ..notation.record import as_tensor, record
from ..notation.tensor import Tensor
from .clock import Clock
from .diagnose_points import Spot, factor_value, factors, ratio, rational, same, spots

MANY = 12
"""At so many points a region is looked for in which the answer is right."""

REGION = 3
"""The least number of points that must lie in it."""


@dataclass(frozen=True)
class Candidate:
    """A possible mistake: it was made if the two sides are equal.

    ``screened``: they are known to agree at the points.
    """

    name: str
    message: str
    sides: Callable[[], tuple[Tensor, Tensor]]
    where: Tensor | None = None
    screened: bool = False


def quantities(loss: Tensor, wrt: Tensor, claim: Tensor) -> Iterator[Candidate]:
    """The loss, its other derivatives, and the second one."""
    if loss.shape == claim.shape:
        yield Candidate(
            "the loss itself", "The answer is the loss, not its derivative.", lambda: (loss, claim)
        )
    others = [
        t for t in inputs_of(loss)
        if t.variable != wrt.variable and t.variable.dtype == "real"
        and (t.shape, t.per_sample) == (claim.shape, claim.per_sample)
        and not (t.role == "constant" and t.variable.facts.value is not None)
    ]  # fmt: skip
    for other in others:
        message = f"The answer is the derivative by {label(other)}, not by {label(wrt)}."
        yield Candidate("another derivative", message, lambda o=other: (grad(loss, o), claim))
    if not wrt.shape and not wrt.per_sample:
        message = f"The answer is the second derivative by {label(wrt)}."
        yield Candidate("second derivative", message, lambda: (hessian(loss, wrt), claim))


def of_intermediates(truth: Tensor, loss: Tensor, wrt: Tensor, claim: Tensor) -> Iterator[Candidate]:
    """The derivative by a formula inside the loss, where the answer's shape says that it is no other's."""
    if (claim.shape, claim.per_sample) == (truth.shape, truth.per_sample):
        return
    depends = between(gather({"loss": loss}), [wrt.variable])
    for inner in formulas(loss).values():
        if inner.variable not in depends or (inner.shape, inner.per_sample) != (
            claim.shape,
            claim.per_sample,
        ):
            continue
        message = f"The answer is the derivative by {label(inner)}; the chain rule goes on from there."
        slope = grad(loss, inner)
        # δ is written for one sample, without the mean over them.
        for sides in ((slope, claim), (slope * record((), SAMPLES, ()), claim)):
            yield Candidate("chain rule", message, lambda s=sides: s, inner)


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


def other_shapes(truth: Tensor, claim: Tensor) -> Iterator[Candidate]:
    """Answers whose shape alone is wrong: transposed, or without the sum over samples."""
    if claim.per_sample and not truth.per_sample and claim.shape == truth.shape:
        message = "The sum over the samples is missing: the answer has one value for each."
        for whole in (mean, total):
            yield Candidate("missing sum", message, lambda w=whole: (truth, w(claim)))
    if claim.ndim == 2 and truth.ndim == 2 and claim.per_sample == truth.per_sample:
        message = "The answer is the transpose of the derivative."
        yield Candidate("transpose", message, lambda: (truth.T, claim))


# -- multiples ----------------------------------------------------------------------------


def ratios(
    program: Program, truth: Tensor, wrt: Tensor, claim: Tensor, found: Sequence[Spot]
) -> Iterator[Candidate]:
    """The answer as a number times the derivative, with sizes and scalar variables; or a step with it."""
    values = [(s.outputs["claim"], s.outputs["truth"]) for s in found]
    for number, base, power in _multiples(program, values, found):
        factor = _spelled(number, base, power)
        name, message = _ratio_words(number, base, power, repr(factor).replace("-", "−"))
        yield Candidate(name, message, lambda f=factor: (f * truth, claim), screened=True)
    values = [(s.outputs["claim"] - s.outputs["wrt"], t) for s, (_, t) in zip(found, values, strict=True)
              if np.shape(s.outputs["wrt"]) == np.shape(s.outputs["claim"])]  # fmt: skip
    if len(values) < len(found):
        return
    for number, base, power in _multiples(program, values, found):
        factor = _spelled(number, base, power)
        message = f"The answer is an update of {label(wrt)}, not the derivative."
        yield Candidate("update", message, lambda f=factor: (wrt + f * truth, claim), screened=True)


def _multiples(
    program: Program, values: Sequence[tuple[Any, Any]], found: Sequence[Spot]
) -> Iterator[tuple[Fraction, Any, int]]:
    """(number, base, power) with which the first of each pair is number · base^power times the second."""
    # Where both are zero (another branch, say) any number will do.
    told = [k for k, pair in enumerate(values) if any(np.any(v) for v in pair)]
    rates = [ratio(*values[k]) for k in told]
    if None in rates or not rates:
        return
    found = [found[k] for k in told]
    for base, power in [(None, 0), *factors(program)]:
        plain = [
            r / (factor_value(base, power, s) if base is not None else 1.0)  # type: ignore[operator]
            for r, s in zip(rates, found, strict=True)
        ]
        number = rational(plain[0])
        if number is not None and all(same(p, plain[0]) for p in plain):
            yield number, base, power
            return


def _spelled(number: Fraction, base: Expr | Variable | None, power: int) -> Tensor:
    """The factor as a tensor."""
    scale = as_tensor(Rational(number.numerator, number.denominator))
    if base is None:
        return scale
    other = Tensor(base) if isinstance(base, Variable) else record((), base, ())
    return scale * other**power


def _ratio_words(number: Fraction, base: Any, power: int, factor: str) -> tuple[str, str]:
    times = f"The answer is {factor} times the derivative"
    if base is None:
        if number == -1:
            return "sign", f"{times}: its sign is wrong."
        return "constant factor", f"{times}: a constant factor is wrong."
    if isinstance(base, Variable):
        name = "extra factor" if power > 0 else "missing factor"
        return name, f"{times}: {base.name} is {'one factor too many' if power > 0 else 'missing'}."
    what = f"1/{base} is missing" if power > 0 else f"1/{base} is one factor too many"
    return "mean", f"{times}: {what}."


# -- regions ---------------------------------------------------------------------------------


def regions(
    program: Program, truth: Tensor, claim: Tensor, data: Mapping[Variable, Any], clock: Clock
) -> Iterator[Candidate]:
    """Conditions under which the answer is right: the sign of a variable, or of what a kink is about."""
    if truth.shape != claim.shape or truth.per_sample != claim.per_sample:
        return
    seen = list(spots(program, data, MANY, clock.share(0.5)))
    right = [same(s.outputs["claim"], s.outputs["truth"]) for s in seen]
    if not any(right) or all(right):
        return
    for tensor in _signed(truth, claim):
        values = [s.values(gather({"it": tensor})) for s in seen]
        if any(v is None for v in values):
            continue
        for positive in (True, False):
            inside = [r for v, r in zip(values, right, strict=True) if (v > 0 if positive else v < 0)]
            if len(inside) < REGION or not all(inside):
                continue
            condition = (tensor > 0) if positive else (tensor < 0)
            message = f"The answer is right only where {condition!r}."
            sides = where(condition, claim, truth), truth
            yield Candidate("part of the domain", message, lambda s=sides: s, screened=True)


def _signed(*tensors: Tensor) -> Iterator[Tensor]:
    """Scalars whose sign may matter: inputs, and what stands in conditions and at kinks."""
    for tensor in inputs_of(*tensors):
        if not tensor.shape and not tensor.per_sample and tensor.variable.dtype == "real":
            yield tensor
    for node in {v: t for tensor in tensors for v, t in formulas(tensor).items()}.values():
        if node.equation is None or node.variable.shape:
            continue
        for part in node.equation.body.atoms(Entry, Where) | set(_kinked(node.equation.body)):
            body = part.args[0] if not isinstance(part, Entry) else part
            inside = body.lhs - body.rhs if body.is_Relational else body  # type: ignore[union-attr]
            if isinstance(inside, Expr) and inside.has(Entry) and not free_indices(inside):
                try:
                    yield record((), inside, node.parents.values())
                except (SymgradError, StopIteration):
                    continue


def _kinked(body: Expr) -> list[Expr]:
    return [f for f in _functions(body) if lookup(f) is not None and lookup(f).kinks]  # type: ignore[union-attr]


def _functions(body: Expr) -> Iterator[Expr]:
    if isinstance(body, Entry):
        return
    if body.is_Function:
        yield body
    for arg in body.args:
        if isinstance(arg, Expr):
            yield from _functions(arg)
