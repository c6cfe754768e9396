"""`import symgrad` is light: what only some users need is loaded when first needed."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LATE = {
    "numba",
    "llvmlite",
    "jinja2",
    "lark",
    "scipy",
    "flint",
    "matplotlib",
    "pandas",
    "polars",
    "narwhals",
    "tqdm",
}


def loaded_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds once it ran ``statement``."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return {module.partition(".")[0] for module in json.loads(done.stdout)}


def test_heavy_libraries_wait():
    after_symgrad = loaded_after("import symgrad")
    assert "symgrad" in after_symgrad
    assert after_symgrad & LATE <= loaded_after("import sympy")
