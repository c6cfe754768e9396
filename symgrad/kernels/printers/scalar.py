"""Expressions over names and array elements, as scalar Python that numba compiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sympy import Add, Basic, Expr, Mul, Pow, Rational, S
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne, Relational
from sympy.logic.boolalg import And, BooleanFalse, BooleanTrue, Not, Or

from ...errors import InternalError, PlanError
from ...ir.functions import lookup
from ...ir.heads import Delta
from ..names import Cell, Name
from ..rewrite import Anchor
from ..values import Indicator

RELATIONS = {Eq: "==", Ne: "!=", Gt: ">", Ge: ">=", Lt: "<", Le: "<="}
OR, AND, COMPARE, SUM, PRODUCT, SIGN, POWER, ATOM = range(8)
"""How tightly an expression binds, loosest first."""
PRODUCT_OF_POWERS = 8
"""Whole powers up to this one are printed as products."""
LARGEST = "9223372036854775807"

FUNCTIONS: Mapping[str, str] = {
    **{name: f"math.{name}" for name in (
        "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
        "asinh", "acosh", "atanh", "erf", "erfc", "lgamma", "expm1", "log1p",
    )},
    "abs": "abs", "root": "math.sqrt",
    **{name: f"_{name}" for name in (
        "exp", "sigmoid", "softplus", "log_cosh", "digamma", "trigamma", "relu", "maximum", "minimum", "sign",
        "normal_cdf",
    )},
}  # fmt: skip
"""How a function of the registry is called; a leading underscore is a helper of templates/cpu/vecmath."""

Printed = tuple[str, int]


class ScalarPrinter:
    """Prints for one dtype; float32 kernels hold float32 literals."""

    functions: Mapping[str, str] = FUNCTIONS
    sqrt = "math.sqrt"
    infinity = "math.inf"
    anchor = "_anchor"

    def __init__(self, dtype: str):
        self.narrow = dtype == "float32"

    def __call__(self, node: Basic, kind: str = "real") -> str:
        """The expression as a value of a kind: ``real``, ``wide``, ``int`` or ``bool``."""
        if kind == "int":
            return self.integer(node)[0]
        if kind == "bool":
            return self.condition(node)[0]
        if kind == "wide" and node.is_number:
            return self.literal(node)  # type: ignore[arg-type]
        return self.real(node)[0]

    # -- real values ----------------------------------------------------------

    def real(self, node: Basic) -> Printed:
        """A value of the module's dtype."""
        if isinstance(node, Name | Cell):
            return self._leaf(node)
        if node.is_number:
            return self._number(node)  # type: ignore[arg-type]
        if isinstance(node, Add):
            return self._sum(node.args, self.real)
        if isinstance(node, Mul):
            return self._product(node.args)
        if isinstance(node, Pow):
            return self._power(node)
        if isinstance(node, Indicator):
            return f"real({self.condition(node.args[0])[0]})", ATOM
        if isinstance(node, Delta):
            return f"real({self.condition(Eq(*node.args, evaluate=False))[0]})", ATOM
        return self._function(node)

    def _leaf(self, node: Name | Cell) -> Printed:
        text = node.name if isinstance(node, Name) else self.cell(node)
        if node.kind == "bool" or (self.narrow and node.kind != "real"):
            return f"real({text})", ATOM
        return text, ATOM

    def cell(self, node: Cell) -> str:
        """An array's element."""
        places = node.args[1:]
        return (
            f"{node.array.name}[{', '.join(self.integer(p)[0] for p in places)}]"
            if places
            else node.array.name
        )

    def literal(self, number: Expr) -> str:
        """A number as a float64 literal, correctly rounded."""
        if number in (S.Infinity, S.NegativeInfinity):
            return self.infinity if number == S.Infinity else f"-{self.infinity}"
        if isinstance(number, Rational):
            return repr(int(number.p) / int(number.q))
        value = number.evalf(25)
        if not value.is_real:
            raise PlanError(f"the number {number} is not real, so no kernel can hold it")
        return repr(float(value))

    def _number(self, number: Expr) -> Printed:
        text = self.literal(number)
        if self.narrow:
            return f"real({text})", ATOM
        return text, SIGN if text.startswith("-") else ATOM

    def _sum(self, terms: Sequence[Basic], each) -> Printed:
        printed = sorted((self._signed(t, each) for t in terms), key=lambda p: (p[0], p[2], p[1]))
        text = ""
        for negative, term, _ in printed:
            if not text:
                text = f"-{term}" if negative else term
            else:
                text += f" - {term}" if negative else f" + {term}"
        return text, SUM

    def _signed(self, term: Basic, each) -> tuple[bool, str, bool]:
        """(negative, its size as text, whether it is a plain number)."""
        negative = bool(term.is_number and term.is_negative) or (
            isinstance(term, Mul) and bool(term.args[0].is_number and term.args[0].is_negative)
        )
        text, binds = each(-term if negative else term)
        return negative, self.wrap((text, binds), PRODUCT if negative else SUM), bool(term.is_number)

    def _product(self, factors: Sequence[Basic]) -> Printed:
        over: list[str] = []
        under: list[str] = []
        negative = False
        for factor in factors:
            if factor.is_number:
                if factor == -1:
                    negative = not negative
                    continue
                over.insert(0, self.wrap(self._number(factor), PRODUCT))  # type: ignore[arg-type]
            elif isinstance(factor, Pow) and factor.exp.is_number and factor.exp.is_negative:
                under.append(self.wrap(self.real(Pow(factor.base, -factor.exp)), PRODUCT))
            else:
                over.append(self.wrap(self.real(factor), PRODUCT))
        text = " * ".join(sorted(over, key=lambda t: not _numeric(t))) or self._number(S.One)[0]
        if len(under) == 1:
            text += f" / {under[0] if _single(under[0]) else f'({under[0]})'}"
        elif under:
            text += f" / ({' * '.join(sorted(under))})"
        return (f"-{text}", SIGN) if negative else (text, PRODUCT)

    def _power(self, node: Pow) -> Printed:
        base, exponent = node.args
        if exponent.is_number and exponent.is_negative:
            return self._product((node,))
        if exponent == S.Half:
            return f"{self.sqrt}({self.real(base)[0]})", ATOM
        if exponent.is_Integer and exponent <= PRODUCT_OF_POWERS:
            return " * ".join([self.wrap(self.real(base), PRODUCT + 1)] * int(exponent)), PRODUCT
        if isinstance(exponent, Rational) and exponent.q == 2 and exponent < PRODUCT_OF_POWERS:
            whole = (
                self._power(Pow(base, exponent - S.Half, evaluate=False))
                if exponent.p > 3
                else self.real(base)
            )
            return f"{self.wrap(whole, PRODUCT)} * {self.sqrt}({self.real(base)[0]})", PRODUCT
        power = str(exponent) if exponent.is_Integer else self.wrap(self.real(exponent), POWER)
        return f"{self.wrap(self.real(base), ATOM)} ** {power}", POWER

    def _function(self, node: Basic) -> Printed:
        args = ", ".join(self.real(arg)[0] for arg in node.args)
        if isinstance(node, Anchor):
            return f"{self.anchor}({args})", ATOM
        record = lookup(node)  # type: ignore[arg-type]
        if record is None or record.name not in self.functions:
            raise InternalError(f"the printer does not know {type(node).__name__}; this is a bug in symgrad")
        return f"{self.functions[record.name]}({args})", ATOM

    # -- integers and conditions ------------------------------------------------

    def integer(self, node: Basic) -> Printed:
        """An index, a size or a label."""
        if isinstance(node, Name):
            return node.name, ATOM
        if isinstance(node, Cell):
            return self.cell(node), ATOM
        if node.is_Integer:
            return str(node), SIGN if node.is_negative else ATOM
        if node == S.Infinity:
            return LARGEST, ATOM
        if node == S.NegativeInfinity:
            return f"-{LARGEST}", SIGN
        if isinstance(node, Add):
            return self._sum(node.args, self.integer)
        if isinstance(node, Mul):
            number, rest = node.as_coeff_Mul()
            if isinstance(number, Rational) and number.q != 1:
                return f"{self.wrap(self.integer(rest * number.p), PRODUCT)} // {number.q}", PRODUCT
            return " * ".join(self.wrap(self.integer(a), PRODUCT) for a in node.args), PRODUCT
        if isinstance(node, Indicator):
            return f"int({self.condition(node.args[0])[0]})", ATOM
        if isinstance(node, Delta):
            return f"int({self.condition(Eq(*node.args, evaluate=False))[0]})", ATOM
        return f"int({self.real(node)[0]})", ATOM

    def condition(self, node: Basic) -> Printed:
        """A truth value."""
        if isinstance(node, BooleanTrue | BooleanFalse):
            return str(bool(node)), ATOM
        if isinstance(node, And | Or):
            sign, binds = (" & ", AND) if isinstance(node, And) else (" | ", OR)
            return sign.join(sorted(f"({self.condition(a)[0]})" for a in node.args)), binds
        if isinstance(node, Not):
            return f"({self.condition(node.args[0])[0]}) == False", COMPARE
        if isinstance(node, Relational):
            each = self.integer if all(a.is_integer for a in node.args) else self.real
            one, two = (self.wrap(each(a), SUM) for a in node.args)
            return f"{one} {RELATIONS[type(node)]} {two}", COMPARE
        raise InternalError(
            f"the printer does not know the condition {type(node).__name__}; this is a bug in symgrad"
        )

    @staticmethod
    def wrap(printed: Printed, least: int) -> str:
        """The text, in parentheses where it binds more loosely than ``least``."""
        text, binds = printed
        return text if binds >= least else f"({text})"


def _numeric(text: str) -> bool:
    return text[0].isdigit() or text.startswith("real(")


def _single(text: str) -> bool:
    return not any(sign in text for sign in (" * ", " / "))
