"""The derivative worked out again, with one deliberate slip at each place where a rule was used.

One reverse sweep makes them all: `Slips` is the differentiator itself, whose
adjoints have an axis in front with a row for each slip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sympy import Expr, Integer, S, exp

from ..calculus.differentiate import Sweep, between, finished, run
from ..calculus.partials import local, partials, partials_by
from ..ir.functions import lookup
from ..ir.heads import Delta, Where
from ..ir.index import Index
from ..ir.program import Equation, Program
from ..ir.variable import Entry, Variable, entries
from .diagnose_rows import chosen, row_index
from .slips_rules import Wrong, is_real, slips_at

MOST = 400
"""At most so many slips are tried."""


@dataclass(frozen=True)
class Slip:
    """One slip: its name, in words, and the variable in whose equation the rule was used.

    ``part``: the formula that ``{}`` in the message stands for.
    """

    name: str
    message: str
    target: Variable
    part: Expr | None = None


_Found = tuple[str, str, dict[Entry, Expr], Expr | None]


@dataclass
class Slips(Sweep):
    """The reverse sweep with slips; ``slips[k - 1]`` stands in row k."""

    by: Variable = field(kw_only=True)
    slips: list[Slip] = field(default_factory=list)
    depends: set[Variable] = field(default_factory=set)
    tangents: dict[Variable, Variable | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.depends = between(self.program, [self.by])

    def slopes(self, equation: Equation, body: Expr, lead: tuple[Index, ...]) -> dict[Entry, Expr]:
        right = partials(body)
        wrong: list[tuple[int, dict[Entry, Expr]]] = []
        seen: list[dict[Entry, Expr]] = [self._needed(right)]
        for name, message, slopes, part in self._wrong(equation, body, right):
            needed = self._needed(slopes)
            if needed in seen or not all(map(is_real, needed.values())) or len(self.slips) >= MOST:
                continue
            seen.append(needed)
            self.slips.append(Slip(name, message, equation.target, part))
            wrong.append((len(self.slips), needed))
        if not wrong:
            return right
        every = dict.fromkeys((*self._needed(right), *(e for _, slopes in wrong for e in slopes)))
        found = {}
        for entry in every:
            usual = right.get(entry, S.Zero)
            others = [(k, slopes.get(entry, S.Zero)) for k, slopes in wrong]
            found[entry] = chosen(lead[0], usual, [(k, o) for k, o in others if o != usual])
        return found

    def outer(self, equation: Equation, lead: tuple[Index, ...]) -> Expr:
        usual = super().outer(equation, lead)
        kind = equation.kind
        others: list[tuple[str, str, Expr]] = []
        if kind in ("max", "min"):
            first = S.One
            for b in equation.bound:
                first = first * Delta(b, Integer(0))
            others += [
                ("branch", f"the derivative of {kind} was taken as if every entry were chosen", S.One),
                ("branch", f"the derivative of {kind} was taken as if the first entry were chosen", first),
            ]
        if kind == "logsumexp":
            others += [
                ("chain rule", "the derivative of logsumexp was left unnormalised", exp(equation.body)),
                ("chain rule", "the derivative of logsumexp, the softmax, was forgotten", S.One),
            ]
        if kind == "prod":
            others.append(("product rule", "the other factors of the product were forgotten", S.One))
        wrong = []
        for name, message, by in others:
            self.slips.append(Slip(name, message, equation.target))
            wrong.append((len(self.slips), by))
        return chosen(lead[0], usual, wrong)

    def _needed(self, slopes: Mapping[Entry, Expr]) -> dict[Entry, Expr]:
        return {e: by for e, by in slopes.items() if e.variable in self.depends and by != 0}

    def _wrong(self, equation: Equation, body: Expr, right: dict[Entry, Expr]) -> Iterator[_Found]:
        """(name, message, slopes, part) of each slip in one body."""
        own = self._own(equation)
        for node in nodes(body):
            if not self._varies(node):
                continue
            if isinstance(node, Where):
                for branch in node.args[1:]:
                    words = "one branch was differentiated as if it were all of it"
                    yield "branch", words, partials(body.xreplace({node: branch})), None
                continue
            for wrong in slips_at(node, self._varies, lambda arg: not self._is_own(arg)):
                if wrong.direct != 0 and own is None:
                    continue
                try:
                    slopes = partials_by(body, _replacing(node, wrong))
                    if wrong.direct != 0:
                        assert own is not None
                        around = self._slope_of(body, node)
                        slopes[own] = slopes.get(own, S.Zero) + around * wrong.direct
                except (TypeError, ValueError):
                    continue
                yield wrong.name, wrong.message, slopes, wrong.part
            if node.is_Mul and own is not None and not self.by.shape:
                direct = self._of_derivatives(node)
                if direct is not None:
                    rule, passed = direct
                    stays = tuple(None if self._varies(a) else S.Zero for a in node.args)  # type: ignore[arg-type]
                    slopes = partials_by(body, _replacing(node, Wrong(rule, "", stays)))
                    slopes[own] = slopes.get(own, S.Zero) + self._slope_of(body, node) * passed
                    kind = rule.split()[0]
                    words = f"the derivative of the {kind} was taken as the {kind} of the derivatives"
                    yield rule, words, slopes, None
        yield from _transposed(right)

    def _of_derivatives(self, node: Expr) -> tuple[str, Expr] | None:
        """u′v′ for uv and u′/v′ for u/v, with the rule that it should have been."""
        rule, passed, count = "product rule", S.One, 0
        for factor in node.args:
            if not self._varies(factor):  # type: ignore[arg-type]
                passed *= factor  # type: ignore[operator]
                continue
            count += 1
            below = factor.is_Pow and factor.args[1].is_negative
            inner = 1 / factor if below else factor  # type: ignore[operator]
            rule = "quotient rule" if below else rule
            slope = self._tangent(inner)
            if slope is None:
                return None
            passed *= 1 / slope if below else slope
        return (rule, passed) if count > 1 and is_real(passed) else None

    def _tangent(self, expr: Expr) -> Expr | None:
        """The derivative of a body by the scalar variable, forwards."""
        out: Expr = S.Zero
        for entry, by in partials(expr).items():
            if entry.variable == self.by:
                out += by
            elif entry.variable in self.depends:
                slope = self._tangent_of(entry.variable)
                if slope is None:
                    return None
                out += by * slope[entry.indices]
        return out

    def _tangent_of(self, variable: Variable) -> Variable | None:
        """A variable of the same shape that holds its derivative."""
        if variable not in self.tangents:
            equation = self.program.definitions()[variable].fresh()
            slope = self._tangent(equation.body) if equation.kind == "sum" else None
            made = None if slope is None else self.define(equation.indices, slope, equation.bound)
            self.tangents[variable] = made
        return self.tangents[variable]

    def _slope_of(self, body: Expr, node: Expr) -> Expr:
        """∂body/∂node."""
        if body == node:
            return S.One
        stand = Variable("node")[()]
        return partials(body.xreplace({node: stand})).get(stand, S.Zero)

    def _own(self, equation: Equation) -> Entry | None:
        """The variable itself at the equation's place: entry by entry where shapes agree."""
        if not self.by.shape:
            return self.by[()]
        tail = equation.indices[-len(self.by.shape) :]
        return self.by[tail] if tuple(i.extent for i in tail) == self.by.shape else None

    def _varies(self, node: Expr) -> bool:
        return any(e.variable in self.depends for e in entries(node, inside_indices=False))

    def _is_own(self, node: Expr) -> bool:
        return isinstance(node, Entry) and node.variable == self.by


def _replacing(node: Expr, wrong: Wrong) -> Callable[[Expr], tuple[Expr | None, ...]]:
    return lambda other: wrong.locals if other == node else local(other)


def nodes(body: Expr) -> list[Expr]:
    """Every operation in a body, each once, outermost first."""
    found: dict[Expr, None] = {}

    def walk(node: Expr) -> None:
        if isinstance(node, Entry) or not node.args or node.is_number:
            return
        if isinstance(node, Where) or lookup(node) is not None or node.is_Add or node.is_Mul or node.is_Pow:
            found.setdefault(node)
        for arg in node.args:
            if isinstance(arg, Expr):
                walk(arg)

    walk(body)
    return list(found)


def _transposed(right: dict[Entry, Expr]) -> Iterator[_Found]:
    """One square matrix of a product read with its two axes exchanged."""
    for entry, by in right.items():
        flipped = turned(entry)
        if flipped is not None:
            slopes = {**right, flipped: by}
            if flipped != entry:
                del slopes[entry]
            yield "transpose", "the result is transposed", slopes, None
        for factor in entries(by):
            other = turned(factor)
            if other is not None:
                slopes = {**right, entry: by.xreplace({factor: other})}
                yield "transpose", "a matrix factor has to be transposed", slopes, None


def turned(entry: Entry) -> Entry | None:
    """An entry of a square matrix with its last two places exchanged."""
    shape, places = entry.variable.shape, entry.indices
    if len(shape) < 2 or shape[-1] != shape[-2] or places[-1] == places[-2]:
        return None
    return entry.variable[(*places[:-2], places[-1], places[-2])]


def slipped(program: Program, output: Variable, by: Variable) -> tuple[Program, list[Slip]]:
    """∂output/∂by with an axis of rows in front, as the output ``it``, and the slip of each row from 1 on."""
    sweep = Slips(program, lead=(row_index(),), by=by)
    lead = run(sweep, output, [by])
    held = finished(sweep, by, lead)
    return Program((*program.equations, *sweep.made), {"it": held}).live(), sweep.slips
