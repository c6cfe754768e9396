"""Layers and networks, in public notation alone: W x + b, and functions of it.

Parameters have predictable names (W1, b1, W2, b2, …), a random start by a named
scheme and seed, or the user's own arrays; any of them can be held fixed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from ..errors import DeclarationError, NotationError, ShapeError
from ..notation.formula import described, inputs_of, own_shape
from ..notation.functions import sigmoid
from ..notation.record import as_tensor
from ..notation.symbols import Shape, param
from ..notation.tensor import Tensor

Activation = Callable[[Tensor], Tensor]


def linear(
    x: Any,
    units: Shape,
    *,
    name: str = "",
    init: str = "glorot_uniform",
    seed: int | None = None,
    weights: Mapping[str, Any] | None = None,
    fixed: Collection[str] = (),
) -> Tensor:
    """W x + b, with the parameters ``W<name>`` and ``b<name>``.

    ``x``: one own axis (d,), or a scalar, which counts as (1,).  ``units``: the
    result's shape, a size, or ``()`` for a single output: W is (*units, d), b is
    ``units``.  W starts by the scheme ``init`` with ``seed``, b at 0; ``weights``
    gives arrays by name instead, and the names in ``fixed`` are held.  Raises
    ShapeError for an x with more axes, DeclarationError for other names.

    >>> import symgrad as sg
    >>> X = sg.data("X", 10)
    >>> sg.linear(X, 3).shape, sg.linear(X, ()).shape
    ((3,), ())
    >>> [p.name for p in sg.parameters(sg.linear(X, 3, name="_out"))]
    ['W_out', 'b_out']
    """
    names = [f"W{name}", f"b{name}"]
    _known("linear", names, weights, fixed)
    return _layer(as_tensor(x), units, names, init, seed, weights or {}, fixed)


def dense(x: Any, units: Shape, activation: Activation | None = None, **details: Any) -> Tensor:
    """``activation(W x + b)``; see `linear` for the rest.  None leaves it linear.

    >>> import symgrad as sg
    >>> sg.dense(sg.data("X", 10), 3, sg.relu, name="1").shape
    (3,)
    """
    return _apply(activation, linear(x, units, **details))


def mlp(
    x: Any,
    sizes: Sequence[int | str],
    *,
    activation: Activation | None = sigmoid,
    output_activation: Activation | None = None,
    prefix: str = "",
    init: str = "glorot_uniform",
    seed: int | None = None,
    weights: Mapping[str, Any] | None = None,
    fixed: Collection[str] = (),
) -> Tensor:
    """A multilayer perceptron: dense layers of ``sizes`` units one after the other.

    Every layer but the last is followed by ``activation``, the last by
    ``output_activation`` (by default nothing: ``symgrad.softmax(mlp(...))`` gives
    probabilities).  The parameters are W1, b1, W2, b2, … with ``prefix`` in front;
    ``weights``, ``fixed``, ``init`` and ``seed`` as in `linear`.  Raises
    DeclarationError for no sizes and for names that are none of these.

    >>> import symgrad as sg
    >>> net = sg.mlp(sg.data("X", 784), [16, 16, 10])
    >>> net.shape, [p.name for p in sg.parameters(net)]
    ((10,), ['W1', 'b1', 'W2', 'b2', 'W3', 'b3'])
    >>> sg.count_parameters(net)
    13002
    """
    if isinstance(sizes, str) or not isinstance(sizes, Sequence):
        raise DeclarationError(
            f"mlp: expected a list of sizes, one for each layer, such as mlp(X, [16, 10]), got {sizes!r}"
        )
    count = len(sizes)
    if not count:
        raise DeclarationError("mlp needs the size of at least one layer, such as mlp(X, [16, 10])")
    pairs = [[f"{prefix}W{k}", f"{prefix}b{k}"] for k in range(1, count + 1)]
    _known("mlp", [name for pair in pairs for name in pair], weights, fixed)
    value = as_tensor(x)
    for k, (units, names) in enumerate(zip(sizes, pairs, strict=True)):
        # One seed for all would start layers of one shape alike.
        value = _layer(value, units, names, init, None if seed is None else seed + k, weights or {}, fixed)
        value = _apply(activation if k < count - 1 else output_activation, value)
    return value


def parameters(*tensors: Any) -> list[Tensor]:
    """The parameters that formulas depend on, in the order in which they were written.

    >>> import symgrad as sg
    >>> m, b = sg.params("m b")
    >>> sg.parameters(m * sg.data("x") + b)
    [m, b]
    """
    return [t for t in inputs_of(*(as_tensor(t) for t in tensors)) if t.role == "param"]


def count_parameters(*tensors: Any) -> int:
    """How many numbers the parameters of formulas hold, fixed ones included.

    Raises NotationError where a size is a name.

    >>> import symgrad as sg
    >>> sg.count_parameters(sg.linear(sg.data("X", 10), 3))
    33
    """
    found = parameters(*tensors)
    for tensor in found:
        for size in tensor.shape:
            if isinstance(size, str):
                raise NotationError(
                    f"the size {size!r} of {described(tensor)} is known only when data arrive"
                )
    return sum(math.prod(tensor.shape) for tensor in found)


def _layer(
    x: Tensor, units: Shape, names: Sequence[str], init: str, seed: int | None,
    weights: Mapping[str, Any], fixed: Collection[str],
) -> Tensor:  # fmt: skip
    if x.ndim > 1:
        raise ShapeError(
            f"a linear layer takes one own axis, got {described(x)}; contract others with symgrad.einsum"
        )
    inputs = x if x.ndim else x[None]
    shape = tuple(units) if isinstance(units, Sequence) and not isinstance(units, str) else (units,)
    kernel, offset = names

    def declared(name: str, sizes: tuple[Any, ...], scheme: str) -> Tensor:
        start = {"value": weights[name]} if name in weights else {"init": scheme, "seed": seed}
        return param(name, sizes, fixed=name in fixed, **start)

    return declared(kernel, (*shape, *own_shape(inputs.variable)), init) @ inputs + declared(
        offset, shape, "zeros"
    )


def _apply(activation: Activation | None, value: Tensor) -> Tensor:
    if activation is None:
        return value
    if not callable(activation):
        raise NotationError(
            f"activation={activation!r} must be a function of a tensor such as symgrad.relu, or None"
        )
    return activation(value)


def _known(
    layer: str, names: Sequence[str], weights: Mapping[str, Any] | None, fixed: Collection[str]
) -> None:
    if isinstance(fixed, str):
        raise DeclarationError(f"{layer}: fixed={fixed!r} must be a list of names, such as [{fixed!r}]")
    for what, given in (("weights", weights or ()), ("fixed", fixed)):
        for name in given:
            if name not in names:
                raise DeclarationError(
                    f"{layer}: {what} names {name!r}, but the parameters are {', '.join(names)}"
                )
