"""Sums of products in index notation: ``einsum("jk,k->j", W, x)``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sympy import Expr, Mul

from ..errors import NotationError, ShapeError
from ..ir.index import SAMPLES, Index
from .formula import described, own_shape
from .record import as_tensor, record

if TYPE_CHECKING:
    from .tensor import Tensor

_PATTERN = re.compile(r"[A-Za-z]*(,[A-Za-z]*)*(->[A-Za-z]*)?")


def einsum(pattern: str, *operands: Any) -> Tensor:
    """The sum of products that ``pattern`` spells, one letter an own axis (numpy's einsum).

    Letters missing on the right of ``->`` are summed over; a letter twice in one
    operand takes its diagonal.  Without ``->``, the letters that stand once
    remain, in alphabetical order.  The sample axis is implied and has no letter.
    Raises NotationError for a pattern that cannot be read or has another number
    of operands, ShapeError for axes that do not fit; both quote the pattern.

    >>> import symgrad as sg
    >>> W, x = sg.param("W", (3, 4)), sg.data("x", 4)
    >>> sg.einsum("jk,k->j", W, x) == W @ x
    True
    >>> sg.einsum("jj->", sg.param("A", (3, 3))).shape
    ()
    """
    inputs, output = _read(pattern)
    tensors = [as_tensor(operand) for operand in operands]
    if len(tensors) != len(inputs):
        raise NotationError(
            f"einsum({pattern!r}): the pattern has {len(inputs)} operands, {len(tensors)} were given"
        )
    sizes = _sizes(pattern, inputs, tensors)
    # Two at a time, so that a chain of matrices costs what a chain of products costs.
    while len(tensors) > 2:
        later = {*output, *(letter for letters in inputs[2:] for letter in letters)}
        kept = "".join(dict.fromkeys(c for c in inputs[0] + inputs[1] if c in later))
        tensors[:2] = [_contract(inputs[:2], kept, tensors[:2], sizes)]
        inputs[:2] = [kept]
    return _contract(inputs, output, tensors, sizes)


def _read(pattern: str) -> tuple[list[str], str]:
    compact = re.sub(r"\s", "", pattern) if isinstance(pattern, str) else ""
    if not isinstance(pattern, str) or not _PATTERN.fullmatch(compact):
        raise NotationError(
            f"einsum({pattern!r}): expected letters for the axes of each operand, separated by commas, "
            "and the result's after ->, such as 'jk,k->j'"
        )
    left, arrow, output = compact.partition("->")
    if not arrow:
        output = "".join(sorted(c for c in {*left} - {","} if left.count(c) == 1))
    for letter in output:
        if letter not in left:
            raise NotationError(f"einsum({pattern!r}): the result's axis {letter!r} stands in no operand")
        if output.count(letter) > 1:
            raise NotationError(f"einsum({pattern!r}): {letter!r} stands twice in the result")
    return left.split(","), output


def _sizes(pattern: str, inputs: Sequence[str], tensors: Sequence[Tensor]) -> dict[str, Expr]:
    sizes: dict[str, tuple[Expr, Tensor]] = {}
    for letters, tensor in zip(inputs, tensors, strict=True):
        shape = own_shape(tensor.variable)
        if len(letters) != len(shape):
            raise ShapeError(
                f"einsum({pattern!r}): {letters!r} names {len(letters)} axes, "
                f"but its operand is {described(tensor)}"
                + (" for one sample: the sample axis has no letter" if tensor.per_sample else "")
            )
        for letter, extent in zip(letters, shape, strict=True):
            known, owner = sizes.setdefault(letter, (extent, tensor))
            if known != extent:
                raise ShapeError(
                    f"einsum({pattern!r}): {letter!r} is {known} in {described(owner)} "
                    f"and {extent} in {described(tensor)}"
                )
    return {letter: extent for letter, (extent, _) in sizes.items()}


def _contract(
    inputs: Sequence[str], output: str, tensors: Sequence[Tensor], sizes: dict[str, Expr]
) -> Tensor:
    letters = dict.fromkeys("".join(inputs))
    index = {letter: Index(letter, sizes[letter]) for letter in letters}
    lead = (Index("i", SAMPLES),) if any(t.per_sample for t in tensors) else ()
    body = Mul(*(
        t.variable[(*(lead if t.per_sample else ()), *(index[c] for c in part))]
        for part, t in zip(inputs, tensors, strict=True)
    ))  # fmt: skip
    bound = tuple(index[c] for c in letters if c not in output)
    return record((*lead, *(index[c] for c in output)), body, tensors, bound)
