"""Which part of a loss has no finite value, and at which sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..ir.evaluate import evaluate
from ..notation.formula import gather, inputs_of, label, ordered
from ..notation.tensor import Tensor
from .data import Table
from .stability import rows_at_once


def first_undefined(loss: Tensor, table: Table, values: Mapping[str, Any]) -> str:
    """The first formula within the loss that is NaN or infinite, in words; empty where none is.

    ``values``: parameters and hyperparameters.  For example ``log(x) is -inf at
    x = 0 (row 0)``, with what to do about it.
    """
    nodes = [node for node in ordered(loss) if node.equation is not None and node.variable.dtype == "real"]
    program = gather({node.name: node for node in nodes})
    sizes = {str(extent): size for extent, size in table.sizes.items() if extent.is_Symbol}
    step = rows_at_once(program, table)
    for begin in range(0, table.samples, step):
        part = table.rows(np.arange(begin, min(begin + step, table.samples)))
        found = evaluate(program, {**values, **part.arrays}, {**sizes, "n": part.samples})
        for node in nodes:
            wrong = ~np.isfinite(found[node.name])
            if wrong.any():
                place = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
                said = f"{label(node)} is {found[node.name][place]:g}"
                if not node.per_sample:
                    return f"{said}; start elsewhere"
                row = int(place[0])
                read = [
                    t.name for t in inputs_of(node) if t.name in part.arrays and t.per_sample and not t.ndim
                ]
                at = ", ".join(f"{name} = {part.arrays[name][row]:g}" for name in read)
                where = f"{' at ' + at if at else ''} (row {begin + row})"
                return f"{said}{where}; leave such samples out, or start elsewhere"
    return ""
