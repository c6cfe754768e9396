"""A Program as plain text, an equation a line: for tests and for developers."""

from __future__ import annotations

from sympy import Basic, Symbol

from .program import Equation, Program


def dump(program: Program) -> str:
    """One line an equation, indices lettered in order, then the outputs."""
    lines = [dump_equation(equation) for equation in program.equations]
    lines += [f"-> {name}: {variable.name}" for name, variable in program.outputs.items()]
    return "\n".join(lines)


def dump_equation(equation: Equation) -> str:
    """For example ``z[i, j] = sum(k) W[j, k]*x[i, k]``."""
    letters = letters_for(equation)
    left = ", ".join(letters[i].name for i in equation.indices)
    over = ", ".join(letters[i].name for i in equation.bound)
    head = f"{equation.target.name}[{left}]" if left else equation.target.name
    reduce = f"{equation.kind}({over}) " if over or equation.kind != "sum" else ""
    return f"{head} = {reduce}{equation.body.xreplace(letters)}"


def letters_for(equation: Equation) -> dict[Basic, Symbol]:
    """Distinct, stable letters for an equation's indices: i for samples, then j, k, …"""
    names: dict[Basic, Symbol] = {}
    pool = iter("jklpqrstuvw" + "abcdefgh")
    samples = iter(("i", "i2", "i3", "i4"))
    for index in (*equation.indices, *equation.bound):
        letter = next(samples) if index.is_sample else next(pool, f"k{len(names)}")
        names[index] = Symbol(letter, integer=True, nonnegative=True)
    return names
