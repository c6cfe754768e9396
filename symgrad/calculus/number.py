"""Value numbering: what was computed already is named, not computed again.

This is where textbook forms come from.  The derivative of a = σ(z) is
registered as σ(z)(1 − σ(z)), and σ(z) is known as a; the softmax exp(z − s) is
known as p.  Small derived equations are put into their readers, and a sum is
multiplied out where that makes it shorter, so that −t(1 − p) + (1 − t)p
becomes p − t.
"""

from __future__ import annotations

from collections import Counter

from sympy import Add, Basic, Expr, Mul, S, expand

from ..ir.heads import Delta, Sigmoid, Where
from ..ir.index import Index
from ..ir.program import REDUCTIONS, Equation, Program, rename_entries
from ..ir.variable import Entry, Variable, entries, free_indices, replace
from .branches import merge_branches
from .contract import pull_deltas


def number(program: Program) -> Program:
    """Equal right-hand sides merged, known values named, derived bodies tidied, the unused dropped."""
    derived = set(program.adjoints) | _after_outputs(program)
    program = _merge(program)
    program = _inline(program.live(), derived)
    return _merge(program).live()


def _after_outputs(program: Program) -> set[Variable]:
    """Targets defined after the loss: what differentiation added."""
    loss = program.outputs.get("loss")
    names = [e.target for e in program.equations]
    start = names.index(loss) + 1 if loss in names else 0
    return set(names[start:])


# -- naming known values ------------------------------------------------------------


def _merge(program: Program) -> Program:
    table: dict[str, Equation] = {}
    digests: dict[str, Variable] = {}
    same: dict[Variable, Variable] = {}
    kept: list[Equation] = []
    keep = set(program.outputs.values())
    for equation in program.equations:
        body = rename_entries(equation.body, same)
        equation = _known_sum(
            Equation(equation.target, equation.indices, body, equation.bound, equation.kind)
        )
        if equation.kind != "table":
            equation = equation.map(lambda b: _named(b, table))
        body = equation.body
        whole = equation.pointwise and isinstance(body, Entry) and body.is_whole(equation.indices)
        twin = body.variable if whole else digests.get(equation.digest())
        if twin is not None and equation.target not in keep:
            same[equation.target] = twin
            continue
        digests.setdefault(equation.digest(), equation.target)
        if equation.pointwise and body.args and not _is_scaled(body):
            table.setdefault(_key(body)[0], equation)
        kept.append(equation)
    adjoints: dict[Variable, Variable] = {}
    for target, variable in program.adjoints.items():
        adjoints.setdefault(same.get(target, target), same.get(variable, variable))
    return Program(tuple(kept), program.outputs, adjoints)


def _known_sum(equation: Equation) -> Equation:
    """The entries of a one-hot datum sum to one."""
    body = equation.body
    if equation.kind != "sum" or len(equation.bound) != 1 or not isinstance(body, Entry):
        return equation
    (index,) = equation.bound
    along = body.indices[-1] == index and index.extent == body.variable.shape[-1]
    whole = along and body.variable.facts.one_hot
    return Equation(equation.target, equation.indices, S.One) if whole else equation


def _named(expr: Expr, table: dict[str, Equation]) -> Expr:
    """``expr`` with every part that some equation already computes replaced by its target's entry."""
    if not expr.args or isinstance(expr, Entry):
        return expr
    args = [_named(a, table) if isinstance(a, Expr) else _in_condition(a, table) for a in expr.args]
    node = expr.func(*args) if tuple(args) != expr.args else expr
    found = _find(node, table)
    if found is not None:
        return found
    if isinstance(node, Sigmoid):
        mirrored = _find(Sigmoid(-node.args[0]), table)
        if mirrored is not None:
            return 1 - mirrored
    return node


def _in_condition(node: Basic, table: dict[str, Equation]) -> Basic:
    if not node.args or isinstance(node, Entry | Variable):
        return node
    return node.func(
        *(_named(a, table) if isinstance(a, Expr) else _in_condition(a, table) for a in node.args)
    )


def _find(node: Expr, table: dict[str, Equation]) -> Entry | None:
    if isinstance(node, Entry) or not node.args or node.is_number:
        return None
    key, order = _key(node)
    equation = table.get(key)
    if equation is None:
        return None
    places = dict(zip(_key(equation.body)[1], order, strict=True))
    if any(i not in places for i in equation.indices):
        return None  # the target repeats along an axis that the body does not mention
    return equation.target[tuple(places[i] for i in equation.indices)]


def _key(expr: Expr) -> tuple[str, list[Index]]:
    """Text in which indices are numbered by first mention, and the indices in that order."""
    order: list[Index] = []

    def anonymous(node: Basic) -> str:
        if isinstance(node, Index):
            return f"<{node.extent}>"
        if isinstance(node, Variable):
            return node.name
        if not node.args:
            return str(node)
        parts = [anonymous(a) for a in node.args]
        return f"{type(node).__name__}({','.join(sorted(parts) if isinstance(node, Add | Mul) else parts)})"

    def text(node: Basic) -> str:
        if isinstance(node, Index):
            if node not in order:
                order.append(node)
            return f"{order.index(node)}:{node.extent}"
        if isinstance(node, Variable):
            return node.name
        if not node.args:
            return str(node)
        args = sorted(node.args, key=anonymous) if isinstance(node, Add | Mul) else node.args
        return f"{type(node).__name__}({','.join(text(a) for a in args)})"

    return text(expr), order


# -- tidying derived bodies --------------------------------------------------------


def _inline(program: Program, derived: set[Variable]) -> Program:
    """Derived pointwise equations put into their readers: those read once by another
    pointwise one, and those that only scale or negate."""
    forward = {e.target: e for e in program.equations if e.target not in derived and e.pointwise}
    uses = Counter(v for e in program.equations for v in e.reads())
    uses.update(program.outputs.values())
    inlined: dict[Variable, Equation] = {}
    kept: list[Equation] = []
    outputs = set(program.outputs.values())
    for equation in program.equations:
        if equation.target in derived:
            equation = _counted(_with(equation, inlined, forward))
        if equation.target in derived and equation.target not in outputs and equation.pointwise:
            trivial = _is_scaled(equation.body)
            if trivial or (uses[equation.target] == 1 and _read_pointwise(program, equation.target)):
                inlined[equation.target] = equation
                continue
        kept.append(equation)
    return Program(tuple(kept), program.outputs, program.adjoints)


def _is_scaled(body: Expr) -> bool:
    """Whether a body is an entry, a delta or a number, times a number."""
    rest = body.as_coeff_Mul()[1]
    return isinstance(rest, Entry | Delta) or rest.is_number


def _read_pointwise(program: Program, variable: Variable) -> bool:
    return any(e.pointwise and variable in e.reads() for e in program.equations)


def _with(
    equation: Equation, inlined: dict[Variable, Equation], forward: dict[Variable, Equation]
) -> Equation:
    def put(body: Expr) -> Expr:
        found = {e: inlined[e.variable].at(*e.indices) for e in entries(body) if e.variable in inlined}
        body = replace(body, found)
        return merge_branches(shorter(body, forward)) if equation.kind in REDUCTIONS else body

    return equation.map(put)


def _counted(equation: Equation) -> Equation:
    """A sum in which a delta or an absent index only counts is no sum."""
    if equation.kind != "sum" or not equation.bound:
        return equation
    body, bound = pull_deltas(equation.body, equation.bound)
    used = free_indices(body)
    count = Mul(*(b.extent for b in bound if b not in used))
    return Equation(equation.target, equation.indices, count * body, tuple(b for b in bound if b in used))


def shorter(body: Expr, forward: dict[Variable, Equation]) -> Expr:
    """The body, or its products multiplied out (seeing through recorded sums) if that is shorter."""
    if not isinstance(body, Add) or body.has(Where) or body.count_ops() > 200:
        return body
    sums = {
        e: forward[e.variable].at(*e.indices)
        for e in entries(body)
        if e.variable in forward and isinstance(forward[e.variable].body, Add)
    }
    for candidate in (body, replace(body, sums)) if sums else (body,):
        flat = Add(
            *(
                expand(
                    term,
                    deep=False,
                    power_exp=False,
                    power_base=False,
                    log=False,
                    multinomial=False,
                    basic=False,
                )
                for term in Add.make_args(candidate)
            )
        )
        if _size(flat) < _size(body):
            return flat
    return body


def _size(expr: Expr) -> int:
    """Operations, entries counting once each."""
    hidden: dict[Basic, Basic] = {e: Index("e", S.One) for e in entries(expr)}
    return replace(expr, hidden).count_ops()
