"""What runs: a Program planned, printed through templates, built and loaded."""

from .api import KernelModule, compile_program, generate
from .planner import make_plan

__all__ = ["KernelModule", "compile_program", "generate", "make_plan"]
