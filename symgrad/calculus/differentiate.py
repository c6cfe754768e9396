"""The reverse sweep: from a Program to the Program of its gradients, all in one pass.

Each equation passes its target's adjoint on to what it reads.  An adjoint is
held as ``coefficient · tensor``: factors free of indices (1/n first of all)
float down to the parameters, so that the tensor of a pre-activation z is
δ = ∂ℓᵢ/∂z.  Further axes in front (`lead`) serve Jacobians.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sympy import Eq, Expr, Integer, Mul, S, exp

from ..errors import DerivationError
from ..ir.heads import Delta, Where
from ..ir.index import Index
from ..ir.program import Equation, Program
from ..ir.variable import Entry, Variable, free_indices, replace
from .contract import contract, pull_deltas
from .matrix import pass_on
from .partials import partials


@dataclass
class Adjoint:
    """``coefficient · body[indices]``, the derivative of the output by one variable.

    ``body`` is spelled over ``indices``: the lead axes, then the variable's own.
    """

    coefficient: Expr
    indices: tuple[Index, ...]
    body: Expr

    def at(self, lead: Sequence[Expr], places: Sequence[Expr]) -> Expr:
        """The body at given places."""
        return replace(self.body, dict(zip(self.indices, (*lead, *places), strict=True)))


@dataclass
class Part:
    """One contribution to an adjoint: ``coefficient · Σ_bound body``."""

    coefficient: Expr
    indices: tuple[Index, ...]
    bound: tuple[Index, ...]
    body: Expr


@dataclass
class Sweep:
    """The state of one reverse sweep.

    ``lead``: axes in front of every adjoint besides the output's own.
    """

    program: Program
    lead: tuple[Index, ...] = ()
    made: list[Equation] = field(default_factory=list)
    parts: dict[Variable, list[Part]] = field(default_factory=dict)
    adjoints: dict[Variable, Adjoint] = field(default_factory=dict)
    names: dict[Variable, Variable] = field(default_factory=dict)
    known: set[Variable] = field(init=False)

    def __post_init__(self) -> None:
        self.known = {equation.target for equation in self.program.equations}

    def define(
        self, indices: Sequence[Index], body: Expr, bound: Sequence[Index] = (), kind: str = "sum"
    ) -> Variable:
        """Add an equation and return its target."""
        shape = tuple(i.extent for i in indices)
        draft = Equation(Variable("", shape), tuple(indices), body, tuple(bound), kind)  # type: ignore[arg-type]
        target = Variable(f"t{draft.digest()}", shape)
        if target not in self.known:
            self.known.add(target)
            self.made.append(Equation(target, tuple(indices), body, tuple(bound), kind))  # type: ignore[arg-type]
        return target

    def slopes(self, equation: Equation, body: Expr, lead: tuple[Index, ...]) -> dict[Entry, Expr]:
        """∂body/∂entry for what one body of an equation reads."""
        return partials(body)

    def outer(self, equation: Equation, lead: tuple[Index, ...]) -> Expr:
        """∂target/∂body of a reduction, at one place of its bound indices."""
        return outer(self, equation, equation.target[equation.indices])


def differentiate(
    program: Program, output: Variable, wrt: Sequence[Variable]
) -> tuple[Program, dict[Variable, Variable]]:
    """The program extended by ∂output/∂v for each v, and the variables that hold them.

    A derivative's axes are the output's axes (none for a loss), then v's own.
    A v may be an input or any equation's target.
    """
    sweep, lead = swept(program, output, wrt)
    held = {v: finished(sweep, v, lead) for v in wrt}
    adjoints = {**program.adjoints, **sweep.names}
    return Program((*program.equations, *sweep.made), program.outputs, adjoints), held


def swept(program: Program, output: Variable, wrt: Sequence[Variable]) -> tuple[Sweep, tuple[Index, ...]]:
    """The sweep from the output down to every v, and the output's own axes."""
    sweep = Sweep(program)
    return sweep, run(sweep, output, wrt)


def run(sweep: Sweep, output: Variable, wrt: Sequence[Variable]) -> tuple[Index, ...]:
    """Sweep from the output down to every v; gives the lead axes, which the output's own end."""
    program = sweep.program
    needed = between(program, wrt)
    axes = tuple(Index(i.name, i.extent) for i in _axes(program, output))
    own = tuple(i.fresh() for i in axes)
    lead = (*sweep.lead, *axes)
    seed = Mul(*(Delta(a, b) for a, b in zip(axes, own, strict=True)))
    sweep.parts[output] = [Part(S.One, (*lead, *own), (), seed)]
    for equation in reversed(program.equations):
        if equation.target in sweep.parts and equation.target in needed:
            sweep.adjoints[equation.target] = adjoint = combine(sweep, equation.target)
            share(sweep, equation, adjoint, len(lead), needed)
    return lead


def _axes(program: Program, output: Variable) -> tuple[Index, ...]:
    for equation in program.equations:
        if equation.target == output:
            return equation.indices
    return tuple(Index("j", e) for e in output.shape)


def between(program: Program, wrt: Sequence[Variable]) -> set[Variable]:
    """What is asked for, and every target that depends on it."""
    depends = set(wrt)
    for equation in program.equations:
        if any(v in depends for v in equation.reads()):
            depends.add(equation.target)
    return depends


def finished(sweep: Sweep, variable: Variable, lead: tuple[Index, ...]) -> Variable:
    """The variable that holds the finished derivative, coefficient and all."""
    if variable in sweep.adjoints:
        adjoint = sweep.adjoints[variable]
    elif variable in sweep.parts:
        adjoint = combine(sweep, variable)
    else:
        indices = (*(i.fresh() for i in lead), *(Index("j", e) for e in variable.shape))
        adjoint = Adjoint(S.One, indices, S.Zero)
    body = adjoint.coefficient * adjoint.body
    entry = body if isinstance(body, Entry) and body.is_whole(adjoint.indices) else None
    return entry.variable if entry is not None else sweep.define(adjoint.indices, body)


def combine(sweep: Sweep, variable: Variable) -> Adjoint:
    """The sum of all contributions, the common coefficient taken out."""
    parts = sweep.parts[variable]
    common = _common([part.coefficient for part in parts])
    indices = parts[0].indices
    total: Expr = S.Zero
    for part in parts:
        here = dict(zip(part.indices, indices, strict=True))
        factor = part.coefficient / common if part.coefficient != common else S.One
        if part.bound:
            target = sweep.define(part.indices, part.body, part.bound)
            term: Expr = target[indices]
        else:
            term = replace(part.body, here)
        total += factor * term
    if isinstance(total, Entry) or not total.has(Entry):
        return Adjoint(common, indices, total)
    target = sweep.define(indices, total)
    sweep.names.setdefault(target, variable)
    return Adjoint(common, indices, target[indices])


def _common(coefficients: list[Expr]) -> Expr:
    """The largest product of powers that divides every coefficient; numbers stay behind."""
    shared: dict[Expr, Expr] | None = None
    for coefficient in coefficients:
        powers = {b: e for b, e in coefficient.as_powers_dict().items() if not b.is_Number}
        if shared is None:
            shared = dict(powers)
            continue
        shared = {b: e for b, e in shared.items() if powers.get(b) == e}
    if len(coefficients) == 1:
        return coefficients[0]
    return Mul(*(b**e for b, e in (shared or {}).items()))


def share(sweep: Sweep, equation: Equation, adjoint: Adjoint, count: int, needed: set[Variable]) -> None:
    """Give each variable that the equation reads its share of the target's adjoint."""
    equation = equation.fresh()
    lead = tuple(i.fresh() for i in adjoint.indices[:count])
    bar = adjoint.at(lead, equation.indices)
    if bar == 0:
        return
    kind = equation.kind
    if kind == "argmax":
        return
    if kind == "table":
        return _pass_table(sweep, equation, adjoint, lead, needed)
    if kind in ("inv", "det", "logdet", "cofactor", "solve"):
        bodies = pass_on(sweep.define, equation, lead, bar)
        for slope, local, bound in bodies:
            _spread(sweep, equation, adjoint.coefficient, slope, local, lead, bound, needed)
        return
    if kind in ("sum", "prod", "logsumexp", "max", "min"):
        slope = bar * sweep.outer(equation, lead)
        _spread(
            sweep,
            equation,
            adjoint.coefficient,
            slope,
            equation.body,
            lead,
            (*equation.indices, *equation.bound),
            needed,
        )
        return
    raise DerivationError(f"no derivative is known for the reduction {kind}")


def outer(sweep: Sweep, equation: Equation, value: Entry) -> Expr:
    """∂target/∂body of a reduction, at one place of its bound indices."""
    if equation.kind == "sum":
        return S.One
    if equation.kind == "logsumexp":
        return exp(equation.body - value)
    inner = {b: b.fresh() for b in equation.bound}
    if equation.kind == "prod":
        # The product of all other factors, right where a factor is zero.
        here = S.true
        for b, other in inner.items():
            here = here & Eq(b, other)
        other_factors = Where(here, S.One, replace(equation.body, inner))
        rest = sweep.define(
            (*equation.indices, *equation.bound), other_factors, tuple(inner.values()), "prod"
        )
        return rest[(*equation.indices, *equation.bound)]
    # Ties of a maximum share equally.
    tied = Where(Eq(replace(equation.body, inner), value), S.One, S.Zero)
    count = sweep.define(equation.indices, tied, tuple(inner.values()))
    return Where(Eq(equation.body, value), S.One, S.Zero) / count[equation.indices]


def _pass_table(
    sweep: Sweep, equation: Equation, adjoint: Adjoint, lead: tuple[Index, ...], needed: set[Variable]
) -> None:
    sizes = [int(i.extent) for i in equation.indices]
    for number, body in enumerate(equation.body.args):
        place: list[Expr] = []
        for size in reversed(sizes):
            number, at = divmod(number, size)
            place.insert(0, Integer(at))
        bar = adjoint.at(lead, place)
        _spread(sweep, equation, adjoint.coefficient, bar, body, lead, (), needed)


def _spread(
    sweep: Sweep, equation: Equation, coefficient: Expr, slope: Expr, body: Expr,
    lead: tuple[Index, ...], bound: Sequence[Index], needed: set[Variable],
) -> None:  # fmt: skip
    """Contributions ``Σ_bound slope · ∂body/∂entry`` to every needed entry of ``body``."""
    for entry, local in sweep.slopes(equation, body, lead).items():
        variable = entry.variable
        if variable not in needed:
            continue
        free = tuple(Index(f"a{k}", e) for k, e in enumerate(variable.shape))
        product = slope * local
        pairs = list(zip(free, entry.indices, strict=True))
        contracted, left = contract(product, bound, pairs)
        contracted, left = pull_deltas(contracted, left)
        contracted, left, count = _count_out(contracted, left)
        floating, rest = _float_out(contracted)
        part = Part(coefficient * count * floating, (*lead, *free), left, rest)
        sweep.parts.setdefault(variable, []).append(part)


def _float_out(body: Expr) -> tuple[Expr, Expr]:
    """Factors without indices (numbers excepted) and the rest."""
    outside: list[Expr] = []
    inside: list[Expr] = []
    for factor in Mul.make_args(body):
        (inside if factor.is_Number or free_indices(factor) else outside).append(factor)
    return Mul(*outside), Mul(*inside)


def _count_out(body: Expr, bound: tuple[Index, ...]) -> tuple[Expr, tuple[Index, ...], Expr]:
    """Bound indices that the body does not mention only count."""
    used = free_indices(body)
    count = Mul(*(b.extent for b in bound if b not in used))
    return body, tuple(b for b in bound if b in used), count
