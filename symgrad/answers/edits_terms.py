"""One term wrong in a formula multiplied out: the difference of two normal forms."""

from __future__ import annotations

from collections.abc import Iterator

from ..ir.program import Program
from ..notation.tensor import Tensor
from .algebra import Algebra, Mono, Poly, flint
from .clock import Clock
from .decide import declared, paired
from .facts import note_domain
from .normal import Normal
from .words import spelled


def one_term(truth: Tensor, claim: Tensor, clock: Clock) -> Iterator[tuple[str, str]]:
    """(name, message) where the normal forms differ in a single term, out of several.

    Raises OutOfReach where there is no normal form.
    """
    program = paired(truth, claim)
    if not isinstance(program, Program):
        return
    algebra = Algebra(clock)
    normal = Normal(program, algebra)
    note_domain(normal, [program.outputs["truth"], program.outputs["claim"]])
    place = [algebra.index(algebra.fresh(e)) for e in program.outputs["truth"].shape]
    right, wrong = (normal.entry(program.outputs[name], place) for name in ("truth", "claim"))
    excess = algebra.subtract(wrong, right)
    if len(right) < 2 or len(excess) > 2:
        return

    def term(mono: Mono, c: object) -> str:
        poly: Poly = {mono: c}
        text = spelled(algebra, poly, declared(truth, claim))
        return f"the term {text}" if text else "one term"

    if len(excess) == 1:
        (mono,) = excess
        usual, got = right.get(mono, flint.fmpq(0)), wrong.get(mono, flint.fmpq(0))
        if usual == 0:
            yield "extra term", _sentence(f"{term(mono, got)} of the answer is too much")
        elif got == 0:
            yield "term missing", _sentence(f"{term(mono, usual)} is missing")
        elif got == -usual:
            yield "term's sign", _sentence(f"{term(mono, got)} of the answer has the wrong sign")
        else:
            share = got / usual
            yield (
                "coefficient",
                _sentence(f"{term(mono, got)} of the answer is {share} times what it has to be"),
            )
    elif len(excess) == 2:
        lost = [m for m in excess if m not in wrong]
        new = [m for m in excess if m not in right]
        if len(lost) == len(new) == 1:
            one, other = term(new[0], wrong[new[0]]), term(lost[0], right[lost[0]])
            words = f"{one} of the answer stands in the place of {other}"
            yield "wrong term", _sentence(words if one != other else "one term of the answer is another one")


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
