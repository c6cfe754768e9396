"""The tree of an answer becomes a Value: letters bound by sums, entries by subscripts, products by shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import sympy
from sympy import Expr, Integer, Rational, S

from ..errors import ParseError, ShapeError, SymgradError
from ..ir.index import SAMPLES, Extent, Index
from ..ir.variable import Entry
from ..notation.characters import FRACTIONS
from ..notation.excerpt import excerpt, quoted
from ..notation.formula import own_shape
from ..notation.limits import BITS, bits, check_power, check_value
from ..notation.reader import Reader, rule_of, span_of
from ..notation.runs import Places
from ..notation.tensor import Tensor
from . import values as v
from .choices import Choices
from .sums import Letters  # placeholder
from .values import Truth, Value
