"""A loss typed as text: the functions that it may call, and what its names are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from ..errors import NotationError
from ..notation.parse import free_names
from ..notation.symbols import data, param
from ..notation.tensor import Tensor
from .loss_records import LOSSES
from .penalties import l1, l2

FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    record.function.__name__: record.function for record in LOSSES.values()
} | {"l1": l1, "l2": l2}
"""What a typed loss can call besides the functions that every formula has."""
AVERAGES = frozenset({"mean", "total"} | {record.function.__name__ for record in LOSSES.values()})
"""The functions that run over the samples."""


def declared(
    formula: str, params: Sequence[str], given: Collection[str], rest: Callable[[str], Tensor]
) -> list[Tensor]:
    """The tensors of the names in a formula, in order.

    ``params`` are parameters, ``given`` data.  Of the other names those are data that stand
    inside a mean, total or loss where nothing is given; ``rest`` declares what is left.
    Raises NotationError for a name that is both, or that the formula lacks.

    >>> import symgrad as sg
    >>> [t.role for t in declared("mean((y - m*x)^2) + k*m^2", ["m"], [], sg.hyper)]
    ['data', 'param', 'data', 'hyper']
    """
    if both := [name for name in given if name in params]:
        raise NotationError(f"{both[0]!r} is given as a parameter (--wrt) and as data; choose one")
    found = free_names(formula, [*params, *given], functions=FUNCTIONS)
    if unused := [name for name in [*params, *given] if name not in found]:
        raise NotationError(
            f"{unused[0]!r} does not stand in the formula, which has: {', '.join(found) or 'no names'}"
        )
    sampled = given or [name for name, inside in found.items() if inside & AVERAGES]
    return [(param if name in params else data if name in sampled else rest)(name) for name in found]
