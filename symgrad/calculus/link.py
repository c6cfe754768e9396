"""A loss, its gradient and an optimizer's update as one Program: what a training kernel computes."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import TrainingError
from ..ir.program import Program
from ..ir.verify import verify
from ..library.optimizers import STEP, Optimizer
from ..notation.formula import gather, label
from ..notation.tensor import Tensor
from .coupling import coupled
from .gradient import grad, tensors_from
from .weights import WEIGHT, weighted


def link(
    loss: Tensor,
    optimizer: Optimizer,
    *,
    prediction: Tensor | None = None,
    metrics: Mapping[str, Tensor] | None = None,
    sample_weight: bool = False,
) -> Program:
    """The Program of one training step.

    Its outputs: ``loss``, ``gradient:<parameter>``, ``next:<parameter>``,
    ``next:<parameter>.<state>``, and where given ``prediction`` and
    ``metric:<name>``.  The optimizer's plain numbers and the step are inputs of
    role ``hyper``; fixed parameters have no ``next``; bounds are kept by the
    equations.  With ``sample_weight`` the datum of that name weighs the samples.

    Raises TrainingError where names meet and for a parameter of which the
    derivative is zero everywhere, DerivationError for what `grad` refuses.

    >>> import symgrad as sg
    >>> x, y = sg.data("x y"); m, b = sg.params("m b")
    >>> sorted(link(sg.mse(y, m*x + b), sg.Momentum()).outputs)[:3]
    ['gradient:b', 'gradient:m', 'loss']
    """
    metrics = dict(metrics or {})
    _check_names(loss, optimizer)
    if sample_weight:
        loss, metrics = weighted(loss), {name: weighted(metric) for name, metric in metrics.items()}
    gradient = grad(loss)
    for parameter, slope in gradient.items():
        if slope.equation is not None and slope.equation.body == 0:
            raise TrainingError(
                f"the loss does not change with {parameter.name}: its derivative is zero everywhere; "
                f"declare it with fixed=True, or use it where it counts"
            )
    stable = tensors_from(gradient.program, [loss])[loss.variable]
    outputs = {"loss": stable, **{f"gradient:{p.name}": slope for p, slope in gradient.items()}}
    if prediction is not None:
        outputs["prediction"] = prediction
    outputs |= {f"metric:{name}": metric for name, metric in metrics.items()}
    outputs |= {f"next:{target.name}": new for target, new in optimizer.linked(gradient).items()}
    return verify(gather(outputs), stage="link")


def refuse_coupled(loss: Tensor) -> None:
    """Raise TrainingError for a loss of which a batch gives no estimate."""
    reason = coupled(gather({"loss": loss}))
    if reason:
        raise TrainingError(
            f"{label(loss)} couples samples ({reason}), so a batch's gradient does not estimate the "
            "whole one; "
            "train with batch_size=None, or say per_batch=True where the formula is meant for each "
            "batch by itself"
        )


def _check_names(loss: Tensor, optimizer: Optimizer) -> None:
    own = {STEP.name: "the step count", WEIGHT.name: "the samples' weights"}
    own |= {name: f"a number of {type(optimizer).__name__}" for name in optimizer.numbers()}
    for variable in gather({"loss": loss}).inputs():
        if variable.name in own and variable not in (STEP.variable, WEIGHT.variable):
            raise TrainingError(
                f"the formula has {variable.role} {variable.name!r}, which is also the name of "
                f"{own[variable.name]}; rename it"
            )
