"""One equation, one rule: formulas taken apart into single operations, and the textbook's name for each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from sympy import Add, Expr, Mul, Pow, Tuple

from ..ir.functions import lookup
from ..ir.heads import Where
from ..ir.index import Index
from ..ir.program import OPAQUE, Equation, Program
from ..ir.variable import Entry, Variable, entries, free_indices
from .branches import merge_branches
from .differentiate import Sweep, outer
from .partials import partials


@dataclass(frozen=True)
class Rule:
    """A rule of calculus: its name, and in words what it says.

    ``function``: the name of the registered function whose derivative it is, if it is one.
    """

    name: str
    why: str
    function: str = ""


SUM = Rule(
    "sum rule",
    "the derivative of a sum is that of each term; what does not depend on {by} has the derivative 0",
)
CONSTANT = Rule("constant multiple", "a factor that does not depend on {by} stays in front")
SAMPLES = Rule("sum over samples", "the derivative goes inside the sum, sample by sample")
TERMS = Rule("sum over indices", "the derivative goes inside the sum, term by term")
SPREAD = Rule(
    "sum over samples", "it is used for every sample, so that the derivatives of all of them add up"
)
MATRIX = Rule(
    "matrix product rule", "through a product the derivative goes back by the other factor, transposed"
)
CHOSEN = Rule("gather", "only the chosen entry counts")
PRODUCT = Rule("product rule", "each factor is differentiated in turn, and the others stay")
QUOTIENT = Rule("quotient rule", "(u/v)′ = (u′v − uv′)/v²")
POWER = Rule("power rule", "the exponent comes in front, and is one less afterwards")
EXPONENTIAL = Rule("exponential rule", "a power of a constant base is itself times the logarithm of the base")
BOTH = Rule("power and exponential rule", "(uᵛ)′ = v uᵛ⁻¹ u′ + uᵛ log(u) v′")
CHAIN = Rule("chain rule", "the outer derivative, taken at the inner formula, times the inner derivative")
BRANCHES = Rule("branches", "each branch is differentiated where its condition holds")
SOFTMAX = Rule("softmax rule", "the derivative of logsumexp is the softmax of its entries")
USES = Rule("sum over uses", "it stands in several places, and what comes back from each adds up")
_REDUCTIONS = {
    "prod": Rule("product rule", "each factor is differentiated in turn, and the others stay"),
    "max": Rule("maximum", "only the largest entry counts; equal ones share"),
    "min": Rule("minimum", "only the smallest entry counts; equal ones share"),
    "logsumexp": SOFTMAX,
    "table": Rule("entry by entry", "each entry is differentiated by itself"),
    "inv": Rule("inverse rule", "∂A⁻¹ = −A⁻¹ ∂A A⁻¹"),
    "det": Rule("determinant rule", "the derivative of det A by A is the matrix of cofactors"),
    "logdet": Rule("log-determinant rule", "the derivative of log |det A| by A is A⁻ᵀ"),
    "solve": Rule("linear solve rule", "x = A⁻¹ b passes back A⁻ᵀ"),
}


def rules(equation: Equation, depends: Collection[Variable], by: Collection[Variable] = ()) -> list[Rule]:
    """The rules that differentiate one equation by the variables in ``depends``, outermost first.

    ``by``: what all is derived by; its own derivative is 1, and needs no chain rule.
    """
    found: list[Rule] = []
    body = equation.body
    if equation.kind != "sum":
        found.append(_REDUCTIONS[equation.kind])
        if equation.kind in OPAQUE or equation.kind == "table":
            return found
    elif equation.bound:
        found.append(SAMPLES if any(b.is_sample for b in equation.bound) else TERMS)
    inner = [e for e in entries(body, inside_indices=False) if e.variable in depends]
    chain = [CHAIN] if any(e.variable not in by for e in inner) else []
    if isinstance(body, Add):
        terms = [t for t in body.args if _holds(t, depends)]
        return [*found, SUM, *([CONSTANT] if any(_scale(t) not in (1, -1) for t in terms) else [])]
    if isinstance(body, Mul):
        factors = [f for f in body.args if _holds(f, depends)]
        below = [f for f in factors if isinstance(f, Pow) and f.exp.could_extract_minus_sign()]
        if len(factors) > 1:
            return [*found, QUOTIENT if below else PRODUCT]
        return [*found, CONSTANT]
    if isinstance(body, Pow):
        up, down = _holds(body.exp, depends), _holds(body.base, depends)
        return [*found, BOTH if up and down else EXPONENTIAL if up else POWER, *chain]
    if isinstance(body, Where):
        return [*found, BRANCHES]
    record = lookup(body)
    if record is not None:
        return [*found, Rule(f"derivative of {record.name}", "", record.name), *chain]
    if isinstance(body, Entry) and any(place.has(Entry) or place.is_Integer for place in body.indices):
        found.append(CHOSEN)
    return found


def _holds(expr: Expr, depends: Collection[Variable]) -> bool:
    return any(e.variable in depends for e in entries(expr, inside_indices=False))


def _scale(term: Expr) -> Expr:
    return Mul(*(f for f in Mul.make_args(term) if not isinstance(f, Entry)))


def is_linear(equation: Equation, depends: Collection[Variable]) -> bool:
    """Whether the derivative holds nothing that depends on what it is derived by."""
    if equation.kind != "sum" or not equation.body.has(Entry):
        return False
    return not any(_holds(slope, depends) for slope in _slopes(equation, depends).values())


def _slopes(equation: Equation, depends: Collection[Variable]) -> dict[Entry, Expr]:
    return {e: slope for e, slope in partials(equation.body).items() if e.variable in depends}


def tangent(
    program: Program,
    equation: Equation,
    target: Variable,
    inner: Callable[[Entry], Expr],
    depends: Collection[Variable],
) -> list[Equation]:
    """``target`` as the derivative of the equation's target, given those of the entries it reads.

    The slopes are those of `partials`, which the gradient is made of.
    """
    equation = equation.fresh()
    sweep = Sweep(program)
    around = outer(sweep, equation, equation.target[equation.indices])
    slopes = _slopes(equation, depends)
    under = _denominator(equation.body, depends)
    if under is None:
        body = Add(*(around * slope * inner(entry) for entry, slope in slopes.items()))
    else:
        body = (
            around
            * Add(*((slope * under).expand(deep=False) * inner(e) for e, slope in slopes.items()))
            / under
        )
    return [*sweep.made, Equation(target, equation.indices, merge_branches(body), equation.bound)]


def _denominator(body: Expr, depends: Collection[Variable]) -> Expr | None:
    """v² for a quotient u/v both sides of which depend on what is derived by."""
    factors = [f for f in Mul.make_args(body) if _holds(f, depends)]
    below = [f for f in factors if isinstance(f, Pow) and f.exp.is_negative]
    if len(factors) < 2 or not below:
        return None
    return Mul(*(f.base ** (1 - f.exp) for f in below))


# -- single operations -----------------------------------------------------------------


def taken_apart(program: Program, wrt: Variable) -> Program:
    """The program with one operation an equation, wherever what it computes depends on ``wrt``."""
    depends = {wrt}
    known: set[Variable] = set()
    made: list[Equation] = []
    for equation in program.equations:
        if equation.target in known:
            continue
        known.add(equation.target)
        if not any(v in depends for v in equation.reads()):
            made.append(equation)
            continue
        depends.add(equation.target)
        apart = _Apart(equation, depends, known, made)
        bodies = equation.body.args if isinstance(equation.body, Tuple) else None
        body = apart.operation(equation.body) if bodies is None else equation.body
        made.append(Equation(equation.target, equation.indices, body, equation.bound, equation.kind))
    return replace(program, equations=tuple(made))


@dataclass
class _Apart:
    """One equation being taken apart: new equations go before it."""

    equation: Equation
    depends: set[Variable]
    known: set[Variable]
    made: list[Equation]

    def operation(self, body: Expr) -> Expr:
        """The body with its root kept and its arguments named."""
        if isinstance(body, Entry) or not _holds(body, self.depends):
            return body
        if isinstance(body, Add):
            return Add(*(self._term(term) for term in body.args))
        if isinstance(body, Mul):
            return self._term(body) if self._count(body) == 1 else Mul(*(self._factor(f) for f in body.args))
        if isinstance(body, Where):
            return Where(body.args[0], *map(self._named, body.args[1:]))
        return body.func(*map(self._named, body.args))

    def _count(self, body: Expr) -> int:
        return sum(_holds(f, self.depends) for f in body.args)  # type: ignore[arg-type]

    def _term(self, term: Expr) -> Expr:
        """A constant times one entry."""
        if not _holds(term, self.depends):
            return term
        fixed = [f for f in Mul.make_args(term) if not _holds(f, self.depends)]
        return Mul(*fixed, self._named(Mul(*(f for f in Mul.make_args(term) if f not in fixed))))

    def _factor(self, factor: Expr) -> Expr:
        if isinstance(factor, Pow) and factor.exp.is_negative and _holds(factor.base, self.depends):
            return Pow(self._named(factor.base), factor.exp)
        return self._named(factor)

    def _named(self, expr: Expr) -> Expr:
        """An entry of a new variable, unless the expression is an entry or does not depend."""
        if isinstance(expr, Entry) or not _holds(expr, self.depends):
            return expr
        body = self.operation(expr)
        if isinstance(body, Entry):
            return body
        axes = _axes_of(body, (*self.equation.indices, *self.equation.bound))
        draft = Equation(Variable("", tuple(i.extent for i in axes)), axes, body)
        target = Variable(f"t{draft.digest()}", draft.target.shape)
        if target not in self.known:
            self.known.add(target)
            self.made.append(Equation(target, axes, body))
        self.depends.add(target)
        return target[axes]


def _axes_of(expr: Expr, order: Iterable[Index]) -> tuple[Index, ...]:
    free = free_indices(expr)
    return tuple(sorted((i for i in order if i in free), key=lambda i: not i.is_sample))
