"""Optimizers, each an equation for the new parameter and for its states.

A new one is declared exactly as those here are: a class with its numbers, the
names of its states, and the equation.

>>> import symgrad as sg
>>> class Lion(sg.Optimizer):  # Chen et al. 2023, algorithm 2
...     learning_rate: float = 1e-4
...     beta1: float = 0.9
...     beta2: float = 0.99
...     states = ("m",)
...
...     def rule(self, w, g, state, t):
...         direction = sg.sign(self.beta1*state["m"] + (1 - self.beta1)*g)
...         return w - self.learning_rate*direction, {"m": self.beta2*state["m"] + (1 - self.beta2)*g}
>>> x, y = sg.data("x y"); w = sg.param("w")
>>> update = Lion(learning_rate=0.1).update(sg.grad(sg.mse(y, w*x)).on(x=[1], y=[3]))
>>> update.at({"w.m": 0}, w=0)[w] == 0.1
True
"""

from __future__ import annotations

import dataclasses
import functools
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, dataclass_transform

from ..errors import DeclarationError, NotationError
from ..ir.variable import Facts, Variable
from ..notation.functions import maximum, minimum, sqrt
from ..notation.record import as_number, as_tensor
from ..notation.substitute import put_data, put_values
from ..notation.tensor import Tensor

STEP = Tensor(Variable("step", (), "hyper"))
"""The step t: how many updates were made, the coming one included; 1 in the first."""

Number = Any
"""A number, a hyperparameter (or a formula of some), or a schedule: a function of the step t."""


class Update(Mapping[Tensor, Tensor]):
    """New values by parameter and by state, as formulas; names serve as keys too.

    >>> import symgrad as sg
    >>> x, y = sg.data("x y"); m, b = sg.params("m b")
    >>> g = sg.grad(sg.mse(y, m*x + b)).on(x=[1, 2], y=[3, 5])
    >>> sg.SGD(0.1).update(g).at(m=-1, b=5)["m"] == -0.7
    True
    """

    def __init__(self, parts: Mapping[Tensor, Tensor]):
        self._parts = dict(parts)

    def __getitem__(self, key: Tensor | str) -> Tensor:
        for tensor, part in self._parts.items():
            if key == (tensor.name if isinstance(key, str) else tensor):
                return part
        raise KeyError(f"no update of {key}; there are: {', '.join(t.name for t in self._parts)}")

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def on(self, *mappings: Mapping[Any, Any], **data: Any) -> Update:
        """With data put in, exactly; see `Tensor.on`."""
        return Update(put_data(self._parts, mappings, data))

    def at(self, *mappings: Mapping[Any, Any], **values: Any) -> Update:
        """With values for parameters, states and hyperparameters put in, exactly; see `Tensor.at`."""
        return Update(put_values(self._parts, mappings, values))

    def __repr__(self) -> str:
        return "\n".join(f"{key!r} := {part!r}" for key, part in self._parts.items())

    def __str__(self) -> str:
        return "\n".join(f"{key} := {part}" for key, part in self._parts.items())

    def _repr_latex_(self) -> str:
        lines = [
            f"{key._repr_latex_()[1:-1]} &:= {part._repr_latex_()[1:-1]}" for key, part in self._parts.items()
        ]
        return "$\\begin{aligned} " + r" \\ ".join(lines) + " \\end{aligned}$"


@dataclass_transform(frozen_default=True)
@dataclasses.dataclass(frozen=True, repr=False)
class Optimizer:
    """What every optimizer has; subclass it, give the numbers, and write `rule`.

    Fields are numbers that may change from run to run without recompiling; each
    may be a number, a hyperparameter Tensor, or a schedule, a function of the
    step t (see `symgrad.schedules`).  ``states`` names what the rule remembers
    for each parameter, as a tuple (starting at 0) or as a mapping to starting
    values.  ``fractions`` names the fields that must lie in [0, 1).

    ``weight_decay`` λ adds λ·parameter to the gradient (an l2 penalty of λ/2 ‖θ‖²).
    ``clip_norm`` c shortens the gradient of all parameters together to the
    length c where it is longer (Pascanu et al. 2013).  Raises DeclarationError.
    """

    weight_decay: Number = dataclasses.field(default=None, kw_only=True)
    clip_norm: Number = dataclasses.field(default=None, kw_only=True)
    states: ClassVar[tuple[str, ...] | Mapping[str, float]] = ()
    fractions: ClassVar[tuple[str, ...]] = ()
    decoupled_decay: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        dataclasses.dataclass(frozen=True, repr=False)(cls)
        made = cls.__init__
        fields = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]

        @functools.wraps(made)
        def init(self: Any, *args: Any, **numbers: Any) -> None:
            for name, value in numbers.items():
                if name not in fields:
                    raise DeclarationError(
                        f"{cls.__name__} has no {name}={value!r}; it takes {', '.join(_own_first(fields))}"
                    )
            made(self, *args, **numbers)

        cls.__init__ = init

    def __repr__(self) -> str:
        values = {
            name: getattr(self, name) for name in _own_first([f.name for f in dataclasses.fields(self)])
        }
        given = ", ".join(f"{name}={value!r}" for name, value in values.items() if value is not None)
        return f"{type(self).__name__}({given})"

    def __post_init__(self) -> None:
        if type(self).rule is Optimizer.rule:
            raise DeclarationError(
                f"{type(self).__name__} needs a method rule(self, parameter, gradient, state, step) that "
                "gives the new parameter, or a pair of it and the new states"
            )
        for field in dataclasses.fields(self):
            _check(self, field.name, getattr(self, field.name), optional=field.default is None)

    @abstractmethod
    def rule(self, parameter: Tensor, gradient: Tensor, state: Mapping[str, Tensor], step: Tensor) -> Any:
        """The new parameter, or a pair of it and the new states by name, as formulas."""
        ...

    def update(self, gradient: Mapping[Tensor, Tensor]) -> Update:
        """One step as formulas, for a gradient by parameter (`symgrad.grad` gives one).

        >>> import symgrad as sg
        >>> x, y = sg.data("x y"); m, b = sg.params("m b")
        >>> g = sg.grad(sg.mse(y, m*x + b)).on(x=[1, 2], y=[3, 5])
        >>> sg.SGD(sg.hyper("lambda")).update(g)
        m := m − λ(5m + 3b − 13)
        b := b − λ(3m + 2b − 8)
        """
        return self._filled(lambda name, number: as_tensor(number))._equations(gradient)

    def linked(self, gradient: Mapping[Tensor, Tensor]) -> Update:
        """The same with plain numbers as hyperparameters of their field's name; `numbers` has the values."""
        return self._filled(lambda name, number: Tensor(Variable(name, (), "hyper")))._equations(gradient)

    def numbers(self) -> dict[str, float]:
        """The fields that are plain numbers."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {name: float(value) for name, value in fields.items() if as_number(value) is not None}

    def _filled(self, number: Any) -> Optimizer:
        """A copy whose fields are all tensors (or None)."""
        new: dict[str, Any] = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if as_number(value) is not None:
                value = number(field.name, value)
            elif callable(value):
                value = _scheduled(self, field.name, value)
            new[field.name] = value
        return dataclasses.replace(self, **new)

    def _equations(self, gradient: Mapping[Tensor, Tensor]) -> Update:
        parts: dict[Tensor, Tensor] = {}
        remembered: dict[Tensor, Tensor] = {}
        scale = self._clipping(gradient)
        for parameter, slope in gradient.items():
            g = slope if scale is None else slope * scale
            if self.weight_decay is not None and not self.decoupled_decay:
                g = g + self.weight_decay * parameter
            state = {name: state_of(parameter, name, start) for name, start in self._starts().items()}
            result = self.rule(parameter, g, state, STEP)
            new, states = result if isinstance(result, tuple) else (result, {})
            parts[parameter] = within_bounds(parameter, self._checked(parameter, parameter, new))
            if set(states) != set(state):
                raise DeclarationError(
                    f"{type(self).__name__}.rule returned the states {sorted(states)}, declared are "
                    f"{sorted(state)}"
                )
            for name, variable in state.items():
                remembered[variable] = self._checked(parameter, variable, states[name])
        return Update({**parts, **remembered})

    def _starts(self) -> dict[str, float]:
        return dict(self.states) if isinstance(self.states, Mapping) else dict.fromkeys(self.states, 0.0)

    def _clipping(self, gradient: Mapping[Tensor, Tensor]) -> Tensor | None:
        if self.clip_norm is None:
            return None
        squared = as_tensor(0)
        for slope in gradient.values():
            squared = squared + (slope**2).sum()
        # Never divides by a vanishing norm.
        return self.clip_norm / maximum(sqrt(squared), self.clip_norm)

    def _checked(self, parameter: Tensor, old: Tensor, new: Any) -> Tensor:
        tensor = as_tensor(new)
        if tensor.shape != old.shape or tensor.per_sample:
            raise DeclarationError(
                f"{type(self).__name__}.rule gave {old.name} the shape {tensor.shape}"
                f"{' for each sample' if tensor.per_sample else ''}, {parameter.name} has {parameter.shape}"
            )
        return tensor


def state_of(parameter: Tensor, name: str, start: float = 0.0) -> Tensor:
    """The state variable ``<parameter>.<name>``, of the parameter's shape."""
    variable = parameter.variable
    return Tensor(
        Variable(f"{variable.name}.{name}", variable.shape, "state", "real", Facts(value=as_number(start)))
    )


def within_bounds(parameter: Tensor, new: Tensor) -> Tensor:
    """``new`` moved to the nearest value that the parameter's declared bounds allow."""
    facts = parameter.variable.facts
    if facts.min is not None:
        new = maximum(new, facts.min)
    return new if facts.max is None else minimum(new, facts.max)


def _own_first(fields: list[str]) -> list[str]:
    """An optimizer's fields, its own numbers before those that all have."""
    common = [field.name for field in dataclasses.fields(Optimizer)]
    return [name for name in fields if name not in common] + common


def _scheduled(owner: Optimizer, name: str, schedule: Any) -> Tensor:
    try:
        value = as_tensor(schedule(STEP))
    except NotationError as error:
        raise DeclarationError(
            f"{type(owner).__name__}: the schedule for {name} gave no formula: {error}"
        ) from None
    _check(owner, name, value, optional=False)
    return value


def _check(owner: Optimizer, name: str, value: Any, optional: bool) -> None:
    whose = f"{type(owner).__name__}: {name}"
    if value is None and optional:
        return
    if isinstance(value, Tensor):
        if value.ndim or value.per_sample:
            raise DeclarationError(
                f"{whose} has shape {value.shape}; expected a single number for all samples"
            )
        return
    number = as_number(value) if not isinstance(value, bool) else None
    if number is None:
        if callable(value):
            return
        raise DeclarationError(
            f"{whose}={value!r} must be a number, a hyperparameter, or a schedule (a function of the step t)"
        )
    above = name in ("learning_rate", "clip_norm")
    if not number.is_finite or number < 0 or (above and number == 0):
        raise DeclarationError(
            f"{whose}={value!r} must be a finite number, {'above' if above else 'at least'} 0"
        )
    if name in owner.fractions and number >= 1:
        raise DeclarationError(f"{whose}={value!r} must lie in [0, 1)")


class SGD(Optimizer):
    """Gradient descent: θ := θ − λ g (Cauchy 1847; on batches Robbins and Monro 1951).

    >>> import symgrad as sg
    >>> sg.SGD(learning_rate=0.1).numbers()
    {'learning_rate': 0.1}
    """

    learning_rate: Number = 0.01

    def rule(self, parameter: Tensor, gradient: Tensor, state: Mapping[str, Tensor], step: Tensor) -> Any:
        return parameter - self.learning_rate * gradient


class Momentum(Optimizer):
    """Heavy ball: v := β v + g; θ := θ − λ v (Polyak 1964, in the form of Sutskever et al. 2013)."""

    learning_rate: Number = 0.01
    momentum: Number = 0.9
    states = ("velocity",)
    fractions = ("momentum",)

    def rule(self, parameter: Tensor, gradient: Tensor, state: Mapping[str, Tensor], step: Tensor) -> Any:
        velocity = self.momentum * state["velocity"] + gradient
        return parameter - self.learning_rate * velocity, {"velocity": velocity}


class Nesterov(Optimizer):
    """Look-ahead: v := β v + g; θ := θ − λ (g + β v) (Nesterov 1983; Sutskever et al. 2013, equation 7)."""

    learning_rate: Number = 0.01
    momentum: Number = 0.9
    states = ("velocity",)
    fractions = ("momentum",)

    def rule(self, parameter: Tensor, gradient: Tensor, state: Mapping[str, Tensor], step: Tensor) -> Any:
        velocity = self.momentum * state["velocity"] + gradient
        return parameter - self.learning_rate * (gradient + self.momentum * velocity), {"velocity": velocity}


class Adagrad(Optimizer):
    """s := s + g²; θ := θ − λ g/(√s + ε) (Duchi et al. 2011, diagonal form)."""

    learning_rate: Number = 0.01
    epsilon: Number = 1e-10
    states = ("squares",)

    def rule(self, parameter: Tensor, gradient: Tensor, state: Mapping[str, Tensor], step: Tensor) -> Any:
        squares = state["squares"] + gradient**2
        return parameter - self.learning_rate * gradient / (sqrt(squares) + self.epsilon), {
            "squares": squares
        }


class RMSprop(Optimizer):
    """s := ρ s + (1 − ρ) g²; θ := θ − λ g/(√s + ε) (Tieleman and Hinton 2012, lecture 6.5)."""

    learning_rate: Number = 0.001
    rho: Number = 0.9
    epsilon: Number = 1e-8
    states = ("squares",)
    fractions = ("rho",)

    def rule(self, parameter: Tensor, gradient: Tensor, state: Mapping[str, Tensor], step: Tensor) -> Any:
        squares = self.rho * state["squares"] + (1 - self.rho) * gradient**2
        return parameter - self.learning_rate * gradient / (sqrt(squares) + self.epsilon), {
            "squares": squares
        }


class Adam(Optimizer):
    """m := β₁m + (1 − β₁)g; v := β₂v + (1 − β₂)g²; θ := θ − λ m̂/(√v̂ + ε).

    Here m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ) make up for the start at 0.
    Source: Kingma and Ba 2015, algorithm 1.
    """

    learning_rate: Number = 0.001
    beta1: Number = 0.9
    beta2: Number = 0.999
    epsilon: Number = 1e-8
    states = ("m", "v")
    fractions = ("beta1", "beta2")

    def rule(self, parameter: Tensor, gradient: Tensor, state: Mapping[str, Tensor], step: Tensor) -> Any:
        direction, states = self._direction(gradient, state, step)
        return parameter - self.learning_rate * direction, states

    def _direction(
        self, gradient: Tensor, state: Mapping[str, Tensor], step: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        m = self.beta1 * state["m"] + (1 - self.beta1) * gradient
        v = self.beta2 * state["v"] + (1 - self.beta2) * gradient**2
        mean, square = m / (1 - self.beta1**step), v / (1 - self.beta2**step)
        return mean / (sqrt(square) + self.epsilon), {"m": m, "v": v}


class AdamW(Adam):
    """Adam with the decay apart: θ := θ − λ (m̂/(√v̂ + ε) + d θ) (Loshchilov and Hutter 2019, algorithm 2)."""

    weight_decay: Number = dataclasses.field(default=0.01, kw_only=True)
    decoupled_decay = True

    def rule(self, parameter: Tensor, gradient: Tensor, state: Mapping[str, Tensor], step: Tensor) -> Any:
        direction, states = self._direction(gradient, state, step)
        return parameter - self.learning_rate * (direction + self.weight_decay * parameter), states


OPTIMIZERS: dict[str, type[Optimizer]] = {
    kind.__name__: kind for kind in (SGD, Momentum, Nesterov, Adagrad, RMSprop, Adam, AdamW)
}
"""Every optimizer by name; the tests' battery runs over it."""

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Momentum", "Nesterov", "Optimizer", "RMSprop", "Update"]
