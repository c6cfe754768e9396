"""Rewrites that keep a formula's value and save it from overflow and cancellation.

Rules are small, named, and local to one scalar body; definitions are seen
through as deep as a rule needs, so that log(p) with p = σ(z) is found although
they are two equations.  The displayed loss keeps the textbook's form.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from sympy import Add, Expr, Mul, Pow, S, Symbol, cosh, exp, log

from ..ir.functions import lookup
from ..ir.heads import LogCosh, Sigmoid, Softplus
from ..ir.index import fresh_indices
from ..ir.program import Equation, Program
from ..ir.variable import Entry, Variable, entries, replace

DEPTH = 6
"""How many definitions deep a rule looks."""

SIZE = 60
"""The largest number of operations that a body may reach by seeing through definitions."""


@dataclass(frozen=True)
class Rule:
    """One rewrite: ``apply`` gives the new expression, or None where it does not match.

    ``domain`` says in words where both sides are equal in the reals.
    """

    name: str
    domain: str
    apply: Callable[[Expr], Expr | None]


RULES: list[Rule] = []


def rule(domain: str) -> Callable[[Callable[[Expr], Expr | None]], Callable[[Expr], Expr | None]]:
    """Register a rewrite under its function's name."""

    def register(apply: Callable[[Expr], Expr | None]) -> Callable[[Expr], Expr | None]:
        RULES.append(Rule(apply.__name__.strip("_"), domain, apply))
        return apply

    return register


def _one_plus_exp(node: Expr) -> Expr | None:
    """u for a node that is 1 + exp(u)."""
    if isinstance(node, Add) and len(node.args) == 2:
        one, other = node.args
        if one == 1 and isinstance(other, exp):
            return other.args[0]
    return None


@rule("all real u, v")
def exponentials_multiplied(node: Expr) -> Expr | None:
    """exp(u) exp(v) is exp(u + v): the parts may overflow where the product does not."""
    if not isinstance(node, Mul):
        return None
    powers = [f for f in node.args if isinstance(f, exp)]
    if len(powers) < 2:
        return None
    rest = [f for f in node.args if not isinstance(f, exp)]
    return Mul(exp(Add(*(f.args[0] for f in powers))), *rest)


@rule("all real u")
def logistic(node: Expr) -> Expr | None:
    """1/(1 + exp(u)) is σ(−u)."""
    if isinstance(node, Pow) and node.exp == -1:
        u = _one_plus_exp(node.base)
        return None if u is None else Sigmoid(-u)
    return None


@rule("all real u")
def logistic_quotient(node: Expr) -> Expr | None:
    """exp(u) σ(−u) is σ(u)."""
    if not isinstance(node, Mul):
        return None
    for factor in node.args:
        if isinstance(factor, Sigmoid) and exp(-factor.args[0]) in node.args:
            rest = [f for f in node.args if f not in (factor, exp(-factor.args[0]))]
            return Mul(Sigmoid(-factor.args[0]), *rest)
    return None


@rule("all real u")
def log_logistic(node: Expr) -> Expr | None:
    """log σ(u) is −softplus(−u), and log(1 − σ(u)) is −softplus(u)."""
    if not isinstance(node, log):
        return None
    inside = node.args[0]
    if isinstance(inside, Sigmoid):
        return -Softplus(-inside.args[0])
    if isinstance(inside, Add) and len(inside.args) == 2 and inside.args[0] == 1:
        sign, other = inside.args[1].as_coeff_Mul()
        if sign == -1 and isinstance(other, Sigmoid):
            return -Softplus(other.args[0])
    return None


@rule("all real u")
def log_one_plus_exp(node: Expr) -> Expr | None:
    """log(1 + exp(u)) is softplus(u)."""
    u = _one_plus_exp(node.args[0]) if isinstance(node, log) else None
    return None if u is None else Softplus(u)


@rule("all real u")
def log_of_cosh(node: Expr) -> Expr | None:
    """log(cosh(u)) is log_cosh(u)."""
    if isinstance(node, log) and isinstance(node.args[0], cosh):
        return LogCosh(node.args[0].args[0])
    return None


def rewrite(expr: Expr) -> Expr:
    """``expr`` with every rule applied, from the leaves up, until none matches."""
    if not expr.args or isinstance(expr, Entry):
        return expr
    args = [rewrite(a) if isinstance(a, Expr) else a for a in expr.args]
    node = expr.func(*args) if tuple(args) != expr.args else expr
    for one in RULES:
        new = one.apply(node)
        if new is not None:
            return rewrite(new)
    return node


def stabilise(program: Program, whole: Collection[Variable] = ()) -> Program:
    """The program with sums of exponentials as logsumexp and every rule applied.

    Variables in ``whole`` are not seen through: they are to be differentiated by.
    """
    made: list[Equation] = []
    known: dict[Variable, Equation] = {}
    defined: set[Variable] = set()
    for equation in program.equations:
        for new in _exponential_sum(equation, known) or (equation,):
            if new.target in defined:
                continue  # a gradient inside the formula brings the logsumexp of the same sum with it
            defined.add(new.target)
            new = _through_definitions(new, known) if new.pointwise else new
            made.append(new)
            if new.target not in whole:
                known[new.target] = new
    return Program(tuple(made), program.outputs, program.adjoints)


def _exponential_sum(equation: Equation, known: dict[Variable, Equation]) -> Iterator[Equation] | None:
    """S = Σ exp(u) as s = logsumexp u and S = exp(s), so that log S and exp(u)/S simplify."""
    if equation.kind != "sum" or not equation.bound:
        return None
    for body in _deeper(equation.body, known):
        if isinstance(body, exp):
            top = Variable(f"{equation.target.name}_log", equation.target.shape)
            fresh = fresh_indices(top.shape)
            return iter(
                (
                    Equation(top, equation.indices, body.args[0], equation.bound, "logsumexp"),
                    Equation(equation.target, fresh, exp(top[fresh])),
                )
            )
    return None


def _through_definitions(equation: Equation, known: dict[Variable, Equation]) -> Equation:
    """The equation with a rewritten body, if seeing through definitions saves a function."""
    body = rewrite(equation.body)
    if not any(_costs(node) for node in (body, *body.args)):
        return Equation(equation.target, equation.indices, body) if body != equation.body else equation
    for deeper in _deeper(body, known):
        new = rewrite(deeper)
        if count_functions(new) < _chain(body, deeper, known):
            body = _without_negations(new, known)
            break
    return Equation(equation.target, equation.indices, body) if body != equation.body else equation


def _deeper(body: Expr, known: dict[Variable, Equation]) -> Iterator[Expr]:
    """The body with more and more of its definitions put in (unevaluated chains stay small)."""
    yield body
    for _ in range(DEPTH):
        found = {
            e: known[e.variable].at(*e.indices)
            for e in entries(body)
            if e.variable in known and known[e.variable].pointwise
        }
        if not found:
            return
        body = replace(body, found)
        if body.count_ops() > SIZE:
            return
        yield body


def _chain(body: Expr, deeper: Expr, known: dict[Variable, Equation]) -> int:
    """How many functions the definitions between body and deeper hold."""
    kept = {e.variable for e in entries(deeper)}
    total, todo, seen = count_functions(body), entries(body), set()
    while todo:
        variable = todo.pop().variable
        if variable in kept or variable in seen or variable not in known:
            continue
        seen.add(variable)
        total += count_functions(known[variable].body)
        todo += entries(known[variable].body)
    return total


def count_functions(expr: Expr) -> int:
    """How many functions, divisions and roots an expression holds."""
    return sum(1 for node in _nodes(expr) if _costs(node))


def _nodes(expr: Expr) -> Iterator[Expr]:
    yield expr
    if not isinstance(expr, Entry):
        for arg in expr.args:
            yield from _nodes(arg)  # type: ignore[arg-type]


def _costs(node: Expr) -> bool:
    if isinstance(node, Pow):
        return not (node.exp.is_Integer and node.exp > 0) and not isinstance(node.base, Symbol)
    return lookup(node) is not None


def _without_negations(expr: Expr, known: dict[Variable, Equation]) -> Expr:
    """σ(−v) with v := −z as σ(z): definitions that only negate are seen through."""
    found = {}
    for entry in entries(expr):
        equation = known.get(entry.variable)
        if equation is not None and equation.pointwise:
            body = equation.at(*entry.indices)
            if isinstance(-body, Entry) and (-body) is not S.Zero:
                found[entry] = body
    return replace(expr, found)
