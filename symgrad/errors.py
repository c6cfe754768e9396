"""What can go wrong, one class a stage, so that a caller can tell where.

Every message quotes the user's own words, says what was expected and what was
found, and what to do.  All of them are `SymgradError`, and each is also the
built-in error that a Python user would expect (`ValueError`, `TypeError`, …).
"""


class SymgradError(Exception):
    """Anything that symgrad refuses, at whatever stage."""


class DeclarationError(SymgradError, ValueError):
    """A name, shape, bound or value that cannot be declared."""


class ShapeError(SymgradError, ValueError):
    """Operands whose shapes do not fit each other."""


class NotationError(SymgradError, TypeError):
    """An expression that has no meaning as it was written."""


class ParseError(SymgradError, ValueError):
    """A formula given as text that cannot be read; says where."""


class DerivationError(SymgradError, ValueError):
    """A gradient that cannot be taken as asked."""


class DataError(SymgradError, ValueError):
    """Data or parameter values that do not fit their declarations."""


class PlanError(SymgradError, ValueError):
    """A program that the chosen target or schedule cannot run."""


class BuildError(SymgradError, RuntimeError):
    """A generated module that could not be compiled or loaded."""


class TrainingError(SymgradError, ValueError):
    """A training run that was asked for wrongly."""


class DivergenceError(SymgradError, ArithmeticError):
    """A training run whose loss grew without bound."""


class MissingExtraError(SymgradError, ImportError):
    """An optional library that is needed here and not installed."""


class InternalError(SymgradError, AssertionError):
    """A broken promise inside symgrad: a bug, please report it."""
