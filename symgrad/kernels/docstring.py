"""The equations of a module as its docstring shows them: loss, gradient, updates."""

from __future__ import annotations

from ..display import show
from ..ir.program import Program, substitute_variables
from ..ir.variable import Variable


def equations_text(program: Program) -> str:
    """One equation a line, in the notation that a prompt shows; updates read the gradient of W as grad_W."""
    lines: list[str] = []
    outputs = program.outputs
    if "loss" in outputs:
        lines.append(f"Loss: {show.unicode(program.with_outputs({'it': outputs['loss']}).live())}")
    slopes = {k: v for k, v in outputs.items() if k.startswith("gradient:")}
    if slopes:
        shown = program.with_outputs({"loss": outputs["loss"], **slopes}).live()
        lines.append(show.gradient(shown, "unicode"))
    lines += _updates(program, set(slopes.values()))
    return "\n".join(lines).replace("\\", "\\\\").replace('"""', "'''")


def _updates(program: Program, slopes: set[Variable]) -> list[str]:
    """``m := m − learning_rate grad_m`` for each parameter and state."""
    named = {
        v: Variable(f"grad_{k.partition(':')[2]}", v.shape) for k, v in program.outputs.items() if v in slopes
    }
    rest = Program(tuple(e for e in program.equations if e.target not in slopes), program.outputs)
    rest = substitute_variables(rest, named)
    return [
        f"{key.partition(':')[2]} := {show.unicode(rest.with_outputs({'it': variable}).live())}"
        for key, variable in rest.outputs.items()
        if key.startswith("next:")
    ]
