"""LaTeX commands and words as the terminals of the grammar that they are; all others are refused by name."""

from __future__ import annotations

from ..display.naming import GREEK

COMMANDS: dict[str, tuple[str, str]] = {
    "cdot": ("TIMES", "·"),
    "cdotp": ("TIMES", "·"),
    "times": ("TIMES", "×"),
    "ast": ("TIMES", "∗"),
    "odot": ("TIMES", "⊙"),
    "circ": ("TIMES", "∘"),
    "div": ("OVER", "/"),
    "oslash": ("OVER", "⊘"),
    "le": ("COMPARE", "≤"),
    "leq": ("COMPARE", "≤"),
    "leqslant": ("COMPARE", "≤"),
    "lt": ("COMPARE", "<"),
    "ge": ("COMPARE", "≥"),
    "geq": ("COMPARE", "≥"),
    "geqslant": ("COMPARE", "≥"),
    "gt": ("COMPARE", ">"),
    "ne": ("COMPARE", "≠"),
    "neq": ("COMPARE", "≠"),
    "land": ("_AND", "∧"),
    "wedge": ("_AND", "∧"),
    "lor": ("_OR", "∨"),
    "vee": ("_OR", "∨"),
    "lnot": ("_NOT", "¬"),
    "neg": ("_NOT", "¬"),
    "pi": ("CONSTANT", "pi"),
    "top": ("_TRANSPOSE", "⊤"),
    "intercal": ("_TRANSPOSE", "⊤"),
    "prime": ("_TRANSPOSE", "'"),
}
"""Commands that are one sign."""

FUNCTIONS = {
    **{
        name: name
        for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "ln", "det", "max", "min")
    },
    **{
        "arcsin": "asin",
        "arccos": "acos",
        "arctan": "atan",
        "cot": "cot",
        "sec": "sec",
        "csc": "csc",
        "lg": "log",
    },
}
"""Commands that are functions."""

SPELLED = {
    "ReLU": "relu",
    "Relu": "relu",
    "sgn": "sign",
    "Sigmoid": "sigmoid",
    "sigm": "sigmoid",
    "logistic": "sigmoid",
    "Softmax": "softmax",
    "Tr": "trace",
    "tr": "trace",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arsinh": "asinh",
    "arcosh": "acosh",
    "artanh": "atanh",
    "Tanh": "tanh",
    "square": "square",
    "Φ": "normal_cdf",
    "average": "mean",
    "avg": "mean",
    "absolute": "abs",
    "matmul": "matmul",
    "Exp": "exp",
    "Log": "log",
    "logΓ": "lgamma",
    "ψ": "digamma",
    "concat": "concatenate",
}
"""Other spellings of functions."""

BIG = {"sum": "sum", "prod": "prod", "∑": "sum", "Σ": "sum", "∏": "prod", "Π": "prod"}
"""What runs over an index."""

STYLES = {
    "mathbf",
    "boldsymbol",
    "bm",
    "vec",
    "mathit",
    "mathsf",
    "mathcal",
    "mathrm",
    "mathbb",
    "mathfrak",
    "mathscr",
    "text",
    "textbf",
    "textit",
    "textrm",
    "underline",
    "operatorname",
    "mathop",
    "mathnormal",
    "boldmath",
    "pmb",
}
"""Commands that change only how their argument looks."""

UPRIGHT = {"operatorname", "mathrm", "text", "textrm", "mathop", "textbf", "textit", "mathit"}
"""Styles for words."""

ACCENTS = {
    "hat": "\u0302",
    "widehat": "\u0302",
    "bar": "\u0304",
    "overline": "\u0304",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "dot": "\u0307",
}
"""Accents, as combining characters."""

GREEK_COMMANDS = {
    **dict(GREEK.items()),
    **{"varepsilon": "ε", "vartheta": "θ", "varphi": "φ", "varsigma": "σ", "varrho": "ρ", "varpi": "π"},
}

IGNORED = {
    "left",
    "right",
    "big",
    "Big",
    "bigg",
    "Bigg",
    "bigl",
    "bigr",
    "Bigl",
    "Bigr",
    "biggl",
    "biggr",
    "Biggl",
    "Biggr",
    "bigm",
    "middle",
    "displaystyle",
    "textstyle",
    "limits",
    "nolimits",
    "quad",
    "qquad",
    "space",
    "thinspace",
    "nonumber",
    "notag",
    "mathstrut",
    "strut",
}
"""Commands that mean nothing by themselves."""

WORDS = {
    "if": "_IF",
    "when": "_IF",
    "for": "_IF",
    "else": "_ELSE",
    "otherwise": "_ELSE",
    "sonst": "_ELSE",
    "and": "_AND",
    "or": "_OR",
    "not": "_NOT",
}
"""Words between formulas."""

MATRICES = {"matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix"}
"""Environments that hold a matrix."""

ORDERS = {
    "def",
    "edef",
    "gdef",
    "xdef",
    "let",
    "futurelet",
    "newcommand",
    "renewcommand",
    "providecommand",
    "newenvironment",
    "input",
    "include",
    "includeonly",
    "openin",
    "openout",
    "read",
    "readline",
    "write",
    "immediate",
    "closeout",
    "catcode",
    "lccode",
    "uccode",
    "csname",
    "endcsname",
    "expandafter",
    "noexpand",
    "string",
    "meaning",
    "usepackage",
    "documentclass",
    "special",
    "directlua",
    "url",
    "href",
    "verb",
    "verbatim",
    "loop",
    "repeat",
    "global",
    "long",
    "outer",
    "afterassignment",
    "aftergroup",
    "jobname",
    "font",
    "count",
    "dimen",
    "toks",
    "shipout",
    "batchmode",
    "includegraphics",
    "ShellEscape",
    "DeclareMathOperator",
    "NewDocumentCommand",
    "makeatletter",
    "makeatother",
}
"""Commands that would give TeX an order."""
