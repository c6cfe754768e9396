"""What may stand in an answer: declared tensors, the derivation's intermediates, the user's aliases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ..calculus.gradient import grad, tensors_from
from ..calculus.roles import truth_and_prediction
from ..display import named
from ..errors import SymgradError
from ..ir.functions import BY_NAME
from ..ir.index import SAMPLES, Extent
from ..ir.program import Program, rename_entries
from ..ir.variable import Variable
from ..library.layers import parameters
from ..notation.formula import gather, inputs_of
from ..notation.functions import one_hot, sigmoid, softmax
from ..notation.record import as_tensor, elementwise, record
from ..notation.runs import plain_name
from ..notation.symbols import check_name
from ..notation.tensor import Tensor


@dataclass(frozen=True)
class Context:
    """``names``: what each name stands for while an answer is read; ``meanings``: what an alias is short for.

    ``gone``: data that were put into the derivative, whose values are not known.
    ``truths``: the data that are predicted.  ``slopes``: derivatives by name.
    """

    names: dict[str, Tensor]
    meanings: dict[Variable, Tensor]
    sizes: dict[str, Extent]
    gone: frozenset[str] = frozenset()
    truths: frozenset[str] = frozenset()
    slopes: dict[str, Tensor] = field(default_factory=dict)

    def spelled_out(self, tensor: Tensor) -> Tensor:
        """The tensor with aliases replaced by what they are short for."""
        done: dict[Variable, Tensor] = dict(self.meanings)
        stack = [(tensor, False)]
        while stack:
            node, ready = stack.pop()
            if node.variable in done:
                continue
            if node.equation is None:
                done[node.variable] = node
            elif not ready:
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents.values())
            else:
                new = {v: done[v] for v in node.parents}
                done[node.variable] = _rebuilt(node, new)
        return done[tensor.variable]


def _rebuilt(node: Tensor, new: Mapping[Variable, Tensor]) -> Tensor:
    if all(v == t.variable for v, t in new.items()):
        return node
    equation = node.equation
    assert equation is not None
    body = rename_entries(equation.body, {v: t.variable for v, t in new.items()})
    return record(equation.indices, body, new.values(), equation.bound, equation.kind, node.variable.dtype)


def context(
    derivative: Tensor,
    wrt: Tensor | None = None,
    loss: Tensor | None = None,
    names: Iterable[Tensor] = (),
    aliases: Mapping[str, Any] | None = None,
) -> Context:
    """Everything that an answer about this derivative may speak of."""
    tensors = [derivative, *([wrt] if wrt is not None else []), *([loss] if loss is not None else []), *names]
    declared = {t.name: t for t in inputs_of(*tensors)}
    origin = {v.name: v for t in tensors for v in sorted(t.origin, key=str)}
    gone = frozenset(name for name, v in origin.items() if name not in declared and v.role == "data")
    declared |= {name: Tensor(v) for name, v in origin.items() if name not in declared}
    short = {plain_name(key): as_tensor(value) for key, value in (aliases or {}).items()}
    for name in short:
        check_name(name)
    found = _intermediates(derivative, loss)
    known = {**short, **declared, **{k: t for k, t in found.items() if k not in declared}, **short}
    meanings: dict[Variable, Tensor] = {}
    shown: dict[str, Tensor] = {}
    for name, tensor in known.items():
        if name in declared and name not in short:
            shown[name] = tensor
            continue
        if tensor.equation is None or tensor.number() is not None:
            shown[name] = tensor
            continue
        variable = Variable(name, tensor.variable.shape, "temp", tensor.variable.dtype)
        meanings[variable] = tensor
        shown[name] = Tensor(variable)
    extents = {e for t in known.values() for e in t.variable.shape if isinstance(e, Extent)}
    sizes = {e.name: e for e in (*extents, SAMPLES) if e.name not in shown}
    truths = frozenset(n for n in _truths(loss) | {"t"} if n in shown)
    slopes = {wrt.name: derivative} if wrt is not None else {}
    return Context(shown, meanings, sizes, gone, truths, slopes)


def _truths(loss: Tensor | None) -> set[str]:
    found = truth_and_prediction(loss) if loss is not None else None
    return {found[0].name} if found else set()


@lru_cache(maxsize=64)
def _intermediates(derivative: Tensor, loss: Tensor | None) -> Mapping[str, Tensor]:
    """z₁, a₁, p, t, δ₁, ŷ, … as the derivation names them."""
    program, made = _program(derivative, loss)
    found: dict[str, Tensor] = {}
    forward = {name: v for name, v in program.outputs.items() if name == "loss"}
    layers = named.layers(program.with_outputs(forward).live() if forward else program)
    if layers and not forward:
        # A derivative by itself: what follows the last layer is how it is derived.
        layers[-1].hidden = False
    for layer in layers:
        z = made[layer.z]
        found[f"z{layer.number}"] = z
        output = not layer.hidden and layer.function in ("sigmoid", "softplus", "softmax")
        a = _activation(layer.function, z)
        found[f"a{layer.number}"] = a
        if output:
            found["p"] = a
    if len(layers) == 1:
        found |= {"z": made[layers[0].z], "a": found["a1"]}
    numbers = {layer.z: layer.number for layer in layers}
    for target, variable in program.adjoints.items():
        if variable in numbers and target in made:
            found[f"delta{numbers[variable]}"] = made[target]
    labels = [t for t in inputs_of(*made.values()) if t.variable.facts.classes is not None]
    if len(labels) == 1:
        found["t"] = one_hot(labels[0])
    pair = truth_and_prediction(loss) if loss is not None else None
    if pair is not None:
        truth, prediction = pair
        found |= dict.fromkeys((f"{truth.name}_hat", "y_hat", "yhat", "f", "h"), prediction)
        if "p" in found:
            found |= dict.fromkeys((f"{truth.name}_hat", "y_hat", "yhat", "h"), found["p"])
    elif "p" in found:
        found["y_hat"] = found["p"]
    return found


def _program(derivative: Tensor, loss: Tensor | None) -> tuple[Program, dict[Variable, Tensor]]:
    if loss is not None:
        targets = [p for p in parameters(loss) if not p.variable.facts.fixed]
        try:
            gradient = grad(loss, *targets) if len(targets) > 1 else None
        except SymgradError:
            gradient = None
        if gradient is not None:
            return gradient.program, tensors_from(gradient.program, [loss, *targets])
    program = gather({"it": derivative, **({"loss": loss} if loss is not None else {})})
    return program, tensors_from(program, [derivative, *([loss] if loss is not None else [])])


def _activation(function: str, z: Tensor) -> Tensor:
    if function == "softmax":
        return softmax(z)
    if function in ("sigmoid", "softplus"):
        return sigmoid(z)
    extra = BY_NAME[function].sample
    return elementwise(BY_NAME[function].head, z, *extra)
