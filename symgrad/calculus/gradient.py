"""What a person asks for: gradients, Jacobians, Hessians and their products with vectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sympy import S

from ..display import show
from ..errors import DerivationError
from ..ir.index import as_extent, fresh_indices
from ..ir.late import np
from ..ir.program import Program
from ..ir.variable import Variable
from ..ir.verify import verify
from ..library.layers import parameters
from ..notation.formula import gather, inputs_of, label
from ..notation.record import as_tensor, record
from ..notation.substitute import evaluate_at, put_data, put_values, with_origin
from ..notation.tensor import Tensor
from .differentiate import differentiate
from .number import number
from .stabilise import stabilise


class Gradient(Mapping[Tensor, Tensor]):
    """The derivatives of one loss: a mapping from what it was derived by to a Tensor.

    Keys are tensors; names serve as well: ``g["m"]``.  ``loss`` is the loss and
    ``program`` the derived Program, whose outputs are ``loss`` and
    ``gradient:<name>``.

    >>> import symgrad as sg
    >>> x, y = sg.data("x y"); m, b = sg.params("m b")
    >>> g = sg.grad(sg.mse(y, m*x + b))
    >>> g.on(x=[1, 2], y=[3, 5])
    {m: 5m + 3b − 13, b: 3m + 2b − 8}
    >>> g.on(x=[1, 2], y=[3, 5]).at(m=-1, b=5)
    {m: -3, b: -1}
    """

    def __init__(self, loss: Tensor, parts: Mapping[Tensor, Tensor], program: Program):
        self.loss = loss
        self.program = program
        self._parts = dict(parts)

    def __getitem__(self, key: Any) -> Tensor:
        if isinstance(key, str):
            for tensor, part in self._parts.items():
                if tensor.name == key:
                    return part
        elif key in self._parts:
            return self._parts[key]
        names = ", ".join(label(t) for t in self._parts)
        raise KeyError(
            f"no derivative by {key if isinstance(key, str) else label(as_tensor(key))!r}; there are: {names}"
        )

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def on(self, *mappings: Mapping[Any, Any], **data: Any) -> Gradient:
        """The derivatives with data put in, exactly; see `Tensor.on`."""
        return self._changed(put_data({**self._parts, None: self.loss}, mappings, data))

    def at(self, *mappings: Mapping[Any, Any], **values: Any) -> Gradient:
        """The derivatives with values for parameters put in, exactly; see `Tensor.at`."""
        return self._changed(put_values({**self._parts, None: self.loss}, mappings, values))

    def evaluate(self, *mappings: Mapping[Any, Any], **values: Any) -> dict[Tensor, np.ndarray]:
        """The derivatives in float64 for arrays of data and parameters; see `Tensor.evaluate`."""
        return evaluate_at(self._parts, mappings, values)

    def n(self, digits: int = 15) -> Gradient:
        """With exact numbers as decimals of so many digits."""
        return self._changed(
            {**{key: part.n(digits) for key, part in self._parts.items()}, None: self.loss.n(digits)}
        )

    def _changed(self, parts: dict[Any, Tensor]) -> Gradient:
        loss = parts.pop(None)
        return Gradient(loss, parts, gather(_outputs(loss, parts)))

    def __repr__(self) -> str:
        return show.gradient(self.program, "unicode", self._declared())

    def __str__(self) -> str:
        return show.gradient(self.program, "ascii", self._declared())

    def _repr_latex_(self) -> str:
        return show.gradient(self.program, "latex", self._declared())

    def _declared(self) -> list[Variable]:
        return [tensor.variable for tensor in inputs_of(self.loss, *self._parts.values())]


def _outputs(loss: Tensor, parts: Mapping[Tensor, Tensor]) -> dict[str, Tensor]:
    return {"loss": loss, **{f"gradient:{key.name}": part for key, part in parts.items()}}


def grad(loss: Tensor, *wrt: Tensor | Sequence[Tensor]) -> Any:
    """The gradient of a scalar loss, in closed form.

    Without ``wrt``: a `Gradient` by every parameter that is not fixed.  With one
    tensor: the derivative by it, a Tensor of its shape; with several, or a list:
    a `Gradient`.  A tensor in ``wrt`` may be anything that the loss reads: a
    parameter, data, a hyperparameter, or a formula that stands inside it.
    Raises DerivationError for a loss that is not a scalar, and for a tensor that
    the loss does not depend on.

    >>> import symgrad as sg
    >>> x, y = sg.data("x y"); m, b = sg.params("m b")
    >>> loss = sg.mean((y - (m*x + b))**2)
    >>> sg.grad(loss, m)
    (2/n) Σᵢ xᵢ (m xᵢ + b − yᵢ)
    """
    targets: list[Any] = [t for part in wrt for t in (part if isinstance(part, list | tuple) else [part])]
    found = gradient(loss, *targets)
    return found[as_tensor(targets[0])] if len(wrt) == 1 and targets[0] is wrt[0] else found


def gradient(loss: Tensor, *wrt: Tensor) -> Gradient:
    """`grad`, whatever the number of tensors in ``wrt``."""
    loss = as_tensor(loss)
    _check_scalar(loss)
    targets = [as_tensor(t) for t in wrt] or [p for p in parameters(loss) if not p.variable.facts.fixed]
    if not targets:
        raise DerivationError(
            f"{label(loss)} has no parameters to derive by; declare some with symgrad.params(...)"
        )
    program = gather({"loss": loss})
    _check_used(loss, program, targets)
    derived, held = derive(program, loss.variable, [t.variable for t in targets])
    outputs = {"loss": loss.variable, **{f"gradient:{t.name}": held[t.variable] for t in targets}}
    derived = verify(number(derived.with_outputs(outputs)), stage="number")
    made = tensors_from(derived, [loss, *targets])
    parts = {t: made[derived.outputs[f"gradient:{t.name}"]] for t in targets}
    return Gradient(loss, parts, derived)


def derive(
    program: Program, output: Variable, wrt: Sequence[Variable]
) -> tuple[Program, dict[Variable, Variable]]:
    """Stabilise, then differentiate: the pipeline up to value numbering."""
    stable = verify(stabilise(program, wrt), stage="stabilise")
    derived, held = differentiate(stable, output, wrt)
    return verify(derived, stage="differentiate"), held


def jacobian(output: Tensor, wrt: Tensor) -> Tensor:
    """∂output/∂wrt, of shape ``(*output.shape, *wrt.shape)``, per sample if the output is.

    Raises DerivationError when the output does not depend on ``wrt``, or
    couples samples of a per-sample ``wrt``.

    >>> import symgrad as sg
    >>> W, x = sg.params("W", (3, 4)), sg.params("x", 4)
    >>> sg.jacobian(W @ x, x).shape
    (3, 4)
    """
    output, wrt = as_tensor(output), _one("jacobian", wrt)
    if wrt.per_sample and output.per_sample:
        raise DerivationError(
            f"the Jacobian by {label(wrt)}, one value per sample, would have two sample axes; "
            "derive by a parameter, "
            "or declare the input as a parameter"
        )
    program = gather({"output": output})
    _check_used(output, program, [wrt])
    derived, held = derive(program, output.variable, [wrt.variable])
    derived = verify(
        number(derived.with_outputs({"loss": output.variable, "it": held[wrt.variable]})), stage="number"
    )
    return tensors_from(derived, [output, wrt])[derived.outputs["it"]]


def hessian(loss: Tensor, first: Tensor | None = None, second: Tensor | None = None) -> Tensor:
    """The second derivatives ∂²loss/∂first∂second, of shape ``(*first.shape, *second.shape)``.

    ``second`` is ``first`` if it is not given, ``first`` the loss's only parameter.
    Raises DerivationError as `grad`, and when ``first`` is needed and not given.

    >>> import symgrad as sg
    >>> w = sg.params("w", 2)
    >>> str(sg.hessian(sg.sum(w**2), w).at(w=[1, 1]))
    '[[2, 0], [0, 2]]'
    """
    if first is None:
        names = parameters(loss)
        if len(names) != 1:
            raise DerivationError(
                f"hessian: {label(as_tensor(loss))} has {len(names)} parameters"
                f"{': ' if names else ''}{', '.join(map(label, names))}; name the one to derive by, such as "
                f"hessian(loss, {label(names[0]) if names else 'm'}), or two for the mixed derivatives"
            )
        first = names[0]
    first = _one("hessian", first)
    second = first if second is None else _one("hessian", second)
    slope = grad(loss, first)
    if second.variable not in _reached(slope):
        shape = tuple(as_extent(size, label(first)) for size in (*first.shape, *second.shape))
        origin = frozenset(t.variable for t in inputs_of(loss))
        return with_origin(record(fresh_indices(shape), S.Zero, ()), origin)
    return jacobian(slope, second)


def hvp(loss: Tensor, vectors: Mapping[Tensor, Any]) -> dict[Tensor, Tensor]:
    """Hessian-vector products: for directions v of some parameters, (∂²loss/∂θ²) v, a Tensor each.

    ``vectors`` maps a parameter to a tensor or array of its shape.  The Hessian
    is never formed: the sweep runs over the gradient's own program.

    >>> import symgrad as sg
    >>> w, v = sg.params("w", 3), sg.constants("v", 3)
    >>> sg.hvp(sg.sum(w**4), {w: v})[w].shape
    (3,)
    """
    targets = list(vectors)
    slopes = {t: grad(loss, t) for t in targets}
    product = sum((_inner(slopes[t], as_tensor(v)) for t, v in vectors.items()), as_tensor(0))
    used = _reached(product)
    return {t: grad(product, t) if t.variable in used else t * 0 for t in targets}


def _one(call: str, wrt: Any) -> Tensor:
    """The one tensor that ``call`` derives by; a list of them is refused."""
    if isinstance(wrt, list | tuple):
        raise DerivationError(f"{call} derives by one parameter at a time, got the list {wrt!r}")
    return as_tensor(wrt)


def _reached(tensor: Tensor) -> set[Variable]:
    """All that a formula depends on: declared tensors and formulas inside it."""
    program = gather({"it": tensor})
    return set(program.inputs()) | {e.target for e in program.equations}


def _inner(slope: Tensor, vector: Tensor) -> Tensor:
    if slope.shape != vector.shape:
        raise DerivationError(
            f"the direction {label(vector)} has shape {vector.shape}, its parameter {slope.shape}"
        )
    return (slope * vector).sum()


def _check_scalar(loss: Tensor) -> None:
    if loss.per_sample:
        raise DerivationError(
            f"{label(loss)} has one value per sample and is no loss yet; average it with "
            "symgrad.mean(...), or sum it with symgrad.total(...)"
        )
    if loss.ndim:
        raise DerivationError(
            f"{label(loss)} has shape {loss.shape}, and a gradient is taken of a scalar; reduce it "
            "with .sum() or .mean(), "
            "or ask for symgrad.jacobian"
        )


def _check_used(output: Tensor, program: Program, targets: Sequence[Tensor]) -> None:
    known = _reached(output)
    for target in targets:
        if target.variable not in known:
            there = ", ".join(v.name for v in program.inputs())
            raise DerivationError(f"{label(output)} does not depend on {label(target)}; it reads {there}")
        if target.variable.dtype != "real":
            raise DerivationError(f"{label(target)} holds whole numbers, and there is no derivative by them")


def tensors_from(program: Program, given: Sequence[Tensor]) -> dict[Variable, Tensor]:
    """A Tensor for every variable of a program, inputs taken from the tensors given."""
    made: dict[Variable, Tensor] = {t.variable: t for t in inputs_of(*given)}
    origin = frozenset(made).union(*(t.origin for t in given))
    for variable in program.inputs():
        made.setdefault(variable, Tensor(variable))
    for equation in program.equations:
        made[equation.target] = Tensor(equation.target, equation, [made[v] for v in equation.reads()], origin)
    return made
