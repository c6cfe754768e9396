"""Correct, wrong, undecided or malformed: refuted by a point, or proved by a normal form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import SymgradError
from ..ir.program import Program
from ..notation.formula import described, gather, inputs_of
from ..notation.record import as_tensor
from .clock import Clock
from .prove import prove
from .refute import Refuter
from .verdict import Verdict

POINTS = 6
"""How many points are tried before a proof is, and again, farther out, after it failed."""

SCALES = (1, 0.125, 8, 100)
"""How far out the points lie that are tried after a proof failed, against those before it."""


def decide(truth: Any, claim: Any, *, defined: Iterable[Any] = (), seconds: float = 2.0) -> Verdict:
    """Whether two formulas over the same declared variables are equal wherever the truth has a value.

    ``truth``, ``claim``: tensors (or numbers) of one shape.  ``defined``: further
    formulas, such as the loss, outside whose domain nothing is compared.
    ``seconds``: how long it may take.  Equal means equal almost everywhere: at
    the kink of |x| any value will do.  Hyperparameters count as positive.

    >>> import symgrad as sg
    >>> m, b = sg.params("m b")
    >>> decide((m + b)**2, m**2 + 2*m*b + b**2).status
    'correct'
    >>> decide((m + b)**2, m**2 + b**2).status
    'wrong'
    """
    try:
        program = paired(truth, claim, defined)
    except SymgradError as error:
        return Verdict("malformed", message=str(error))
    if isinstance(program, Verdict):
        return program
    return decide_program(program, seconds, declared(truth, claim))


def paired(truth: Any, claim: Any, defined: Iterable[Any] = ()) -> Program | Verdict:
    """Both in one Program, or why they cannot be compared.

    The outputs are ``truth``, ``claim`` and ``defined0``, ….
    """
    one, two = as_tensor(truth), as_tensor(claim)
    if one.shape != two.shape or one.per_sample != two.per_sample:
        return Verdict("malformed", message=_shapes(one, two))
    more = {f"defined{k}": as_tensor(t) for k, t in enumerate(defined)}
    return gather({"truth": one, "claim": two, **more})


def _shapes(truth: Any, claim: Any) -> str:
    if truth.shape == claim.shape:
        many, few = ("one value per sample", "a single value")
        got, wanted = (many, few) if claim.per_sample else (few, many)
        return f"the answer has {got}, the derivative {wanted}"
    return f"the answer {described(claim)} has shape {claim.shape}, the derivative has shape {truth.shape}"


def declared(*formulas: Any) -> tuple[str, ...]:
    """The names of the variables in formulas, in the order of their declarations."""
    return tuple(t.name for t in inputs_of(*(as_tensor(f) for f in formulas)))


def decide_program(program: Program, seconds: float = 2.0, order: Sequence[str] = ()) -> Verdict:
    """`decide` for a Program with the outputs ``truth`` and ``claim`` (what a worker gets).

    ``order``: the names of variables in the order in which a proof shows them.
    """
    clock = Clock(seconds)
    if program.outputs["truth"] == program.outputs["claim"]:
        return Verdict("correct", proof="they are the same formula")
    refuter = Refuter(program)
    search = refuter.run(POINTS, clock.share(0.4))
    if search.counterexample is not None:
        return Verdict("wrong", counterexample=search.counterexample)
    proof = prove(program, clock.share(0.8), order)
    if proof.found and proof.everywhere:
        return Verdict("correct", proof=proof.words)
    for scale in SCALES:
        search = refuter.run(POINTS, clock, scale)
        if search.counterexample is not None:
            return Verdict("wrong", counterexample=search.counterexample)
    if proof.found:
        return Verdict("correct", proof=proof.words)
    return Verdict("undecided", tried=f"{search}; no proof was found: {proof.obstacle}")
