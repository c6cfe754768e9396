"""The slips that each rule of calculus invites: wrong derivatives of one node by its arguments.

General, not a list of examples: a slip of a registered function's derivative is
a single change to the formula that the registry holds, and every product, power,
sum and branch has those of its rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from sympy import Add, Dummy, Expr, I, Mul, Pow, S, exp, log, nan, oo, sign, zoo

from ..calculus.partials import local
from ..ir.functions import ScalarFunction, lookup
from ..ir.heads import Where
from ..ir.variable import Entry

Locals = tuple[Expr | None, ...]


def is_real(formula: Expr) -> bool:
    """Whether a formula holds no constant that only a change can bring in: i, infinities."""
    return not formula.has(I, zoo, oo, -oo, nan)


@dataclass(frozen=True)
class Wrong:
    """One slip at a node: the derivatives by its arguments that it leads to.

    ``direct``: what then passes for the derivative by the variable itself, the
    node's arguments left out of account.  ``part``: the formula that ``{}`` in
    the message stands for.
    """

    name: str
    message: str
    locals: Locals
    direct: Expr = S.Zero
    part: Expr | None = None


def slips_at(node: Expr, depends: Callable[[Expr], bool], chained: Callable[[Expr], bool]) -> Iterator[Wrong]:
    """The slips of one node.  ``depends``: whether an argument depends on the variable.

    ``chained``: whether it is more than the variable itself, so that the chain rule asks for a factor.
    """
    right = local(node)
    if isinstance(node, Add):
        yield from _sum(node, right, depends)
    elif isinstance(node, Mul):
        yield from _product(node, right, depends)
    else:
        if isinstance(node, Pow):
            yield from _power(node, right, depends)
        elif node.func.__name__ == "exp" or lookup(node) is not None:
            yield from _function(node, right, depends)
        for k, arg in enumerate(node.args):
            by = right[k]
            if by is None or by == 0 or not depends(arg):  # type: ignore[arg-type]
                continue
            if chained(arg):  # type: ignore[arg-type]
                yield Wrong("chain rule", "the inner derivative was forgotten", _with(right, k, S.Zero), by)
            yield Wrong("chain rule", "the outer derivative was forgotten", _with(right, k, S.One))


def _with(right: Locals, k: int, by: Expr) -> Locals:
    return (*right[:k], by, *right[k + 1 :])


def _sum(node: Add, right: Locals, depends: Callable[[Expr], bool]) -> Iterator[Wrong]:
    varying = [k for k, arg in enumerate(node.args) if depends(arg)]  # type: ignore[arg-type]
    for k in varying:
        if len(varying) > 1:
            words = "the derivative of the term {} was forgotten"
            yield Wrong("term missing", words, _with(right, k, S.Zero), part=node.args[k])  # type: ignore[arg-type]
        lost = node.args[k].could_extract_minus_sign() and not node.args[k].is_Add  # type: ignore[union-attr]
        words = (
            "the minus sign of {} was lost" if lost else "the derivative of the term {} has the wrong sign"
        )
        name = "inner sign" if lost else "term's sign"
        yield Wrong(name, words, _with(right, k, -S.One), part=node.args[k])  # type: ignore[arg-type]
    for k, arg in enumerate(node.args):
        if k not in varying and not _is_count(arg):  # type: ignore[arg-type]
            slope = arg.as_coeff_Mul()[0]
            words = "the term {} does not depend on it, but was given a derivative"
            yield Wrong("constant", words, right, slope, arg)  # type: ignore[arg-type]


def _is_count(arg: Expr) -> bool:
    return not arg.has(Entry)


def _product(node: Mul, right: Locals, depends: Callable[[Expr], bool]) -> Iterator[Wrong]:
    args = node.args
    varying = [k for k, arg in enumerate(args) if depends(arg)]  # type: ignore[arg-type]
    below = [k for k in varying if isinstance(args[k], Pow) and args[k].args[1].is_negative]
    rule = "quotient rule" if below else "product rule"
    if len(varying) > 1:
        for k in varying:
            yield Wrong(rule, f"only half of the {rule} was applied", _with(right, k, S.Zero))
    for k in below:
        if len(varying) > 1:
            swapped = tuple(-by if j in varying else by for j, by in enumerate(right))  # type: ignore[operator]
            yield Wrong("quotient rule", "the quotient rule's numerator has its halves swapped", swapped)
            yield Wrong(
                "quotient rule", "the quotient rule's numerator has plus instead of minus",
                _with(right, k, -right[k]),  # type: ignore[operator]
            )  # fmt: skip
        base = args[k].args[0]
        scaled = tuple(by * base if j in varying else by for j, by in enumerate(right))  # type: ignore[operator]
        yield Wrong("quotient rule", "the denominator was not squared", scaled)
    for j, factor in enumerate(args):
        if j in varying and len(varying) == 1:
            continue
        for k in varying:
            if k == j:
                continue
            rest = Mul(*(a for i, a in enumerate(args) if i not in (j, k)))
            if factor == -1:
                name, words = "inner sign", "the minus sign of the inner derivative was lost"
            elif not factor.has(Entry):
                name, words = "constant factor", "the constant factor {} was forgotten"
            elif j in varying:
                continue
            else:
                name, words = "chain rule", "the factor {} of the inner derivative was forgotten"
            yield Wrong(name, words, _with(right, k, rest), part=factor)  # type: ignore[arg-type]
    for j, factor in enumerate(args):
        if j not in varying and factor.has(Entry):
            rest = Mul(*(a for i, a in enumerate(args) if i != j))
            words = "the constant factor {} was differentiated as if it were the variable"
            yield Wrong("constant", words, right, rest, factor)  # type: ignore[arg-type]


def _power(node: Pow, right: Locals, depends: Callable[[Expr], bool]) -> Iterator[Wrong]:
    base, exponent = node.args
    if depends(base):  # type: ignore[arg-type]
        lower = base ** (exponent - 1)
        found = [
            (exponent * base**exponent, "the exponent was not lowered"),
            (lower, "the exponent was not put in front"),
            (base**exponent, "the power was left as it stands"),
            (exponent * base ** (exponent + 1), "the exponent was raised instead of lowered"),
            (base ** (exponent + 1) / (exponent + 1) if exponent != -1 else log(base), "it was integrated"),
            (abs(exponent) * lower, "the minus sign of the exponent was lost"),
            ((exponent - 1) * lower, "the lowered exponent was put in front"),
            (exponent, "the base was forgotten"),
        ]
        for by, words in found:
            if by != right[0]:
                yield Wrong("power rule", words, _with(right, 0, by))  # type: ignore[arg-type]
    if depends(exponent):  # type: ignore[arg-type]
        yield Wrong("power rule", "the logarithm of the base was forgotten", _with(right, 1, node))
        yield Wrong(
            "power rule", "the power rule was applied to an exponential",
            _with(right, 1, exponent * base ** (exponent - 1)),
        )  # fmt: skip


def _function(node: Expr, right: Locals, depends: Callable[[Expr], bool]) -> Iterator[Wrong]:
    name = node.func.__name__
    record = lookup(node)
    if name == "exp":
        (u,) = node.args
        yield Wrong(
            "derivative of exp", "the power rule was applied to an exponential",
            (u * exp(u - 1),),  # type: ignore[operator]
        )  # fmt: skip
    called = record.name if record is not None else name
    kinked = any(by is not None and by.has(Where, sign) for by in right)
    if kinked and len(node.args) == 2 and all(depends(a) for a in node.args):  # type: ignore[arg-type]
        for k in range(2):
            one = tuple(S.One if j == k else S.Zero for j in range(2))
            yield Wrong("branch", f"{called} was differentiated as if one branch were all of it", one)
    for k, arg in enumerate(node.args):
        if not depends(arg) or right[k] is None:  # type: ignore[arg-type]
            continue
        if record is None:
            continue
        for formula in _variants(record, len(node.args), k, kinked):
            formula = formula.xreplace(dict(zip(_LETTERS, node.args, strict=False)))
            if kinked:
                words = f"{called} was differentiated as if one branch were all of it"
                yield Wrong("branch", words, _with(right, k, formula))
            else:
                words = f"the derivative of {called} was taken as {{}}"
                rule = "power rule" if called in ("root", "inv_root") else f"derivative of {called}"
                yield Wrong(rule, words, _with(right, k, formula), part=formula)


_LETTERS = tuple(Dummy(f"u{k}", real=True) for k in range(3))


@lru_cache(maxsize=256)
def _variants(record: ScalarFunction, count: int, place: int, kinked: bool) -> tuple[Expr, ...]:
    """What a function's derivative is mistaken for: single changes to the registered formula."""
    letters = _LETTERS[:count]
    right = record.partials(*letters)[place]
    if right is None:
        return ()
    # Of a smooth function a derivative of 1 is the outer derivative forgotten.
    found = dict.fromkeys((*changes(right), record.head(*letters), -right, *([S.One] if kinked else [])))
    return tuple(formula for formula in found if formula != right and (kinked or formula != 1))


def changes(expr: Expr) -> Iterator[Expr]:
    """``expr`` with one sign, term, factor, exponent or branch wrong."""
    if isinstance(expr, Where):
        yield from expr.args[1:]  # type: ignore[misc]
    elif isinstance(expr, Add):
        for k, term in enumerate(expr.args):
            rest = Add(*(t for j, t in enumerate(expr.args) if j != k))
            yield rest - term  # type: ignore[operator]
            yield rest
    elif isinstance(expr, Mul):
        for k, _ in enumerate(expr.args):
            yield Mul(*(f for j, f in enumerate(expr.args) if j != k))
    elif isinstance(expr, Pow):
        base, exponent = expr.args
        yield base  # type: ignore[misc]
        yield base**-exponent  # type: ignore[operator]
        if not exponent.is_Integer:
            yield base ** (2 * exponent)  # type: ignore[operator]
    for k, arg in enumerate(expr.args):
        if isinstance(arg, Expr) and arg.args and not isinstance(arg, Entry):
            for inner in changes(arg):
                yield expr.func(*(inner if j == k else a for j, a in enumerate(expr.args)))
