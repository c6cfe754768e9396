"""A Plan through its templates to the source of a module."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from .plan import Plan
from .printers.arrays import ArrayPrinter
from .printers.scalar import ScalarPrinter
from .values import NEUTRAL

HELPER = re.compile(r"(?<![A-Za-z0-9_.])_([a-z][a-z0-9_]*)\(")


def templates() -> Any:
    """The folder of templates: the package's own, else the one beside the package in a checkout."""
    inside = resources.files("symgrad") / "templates"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[2] / "templates"


def _load(name: str) -> str | None:
    place = templates()
    for part in name.split("/"):
        place = place / part
    return place.read_text(encoding="utf-8") if place.is_file() else None


@cache
def helpers(target: str) -> tuple[str, ...]:
    """The names of a target's fixed helper functions, one template each."""
    folder = templates() / target / "vecmath"
    return tuple(
        sorted(entry.name.removesuffix(".j2") for entry in folder.iterdir() if entry.name.endswith(".j2"))
    )


def printer(target: str, dtype: str, plan: Plan) -> Callable[..., str]:
    """The printer of a target's expressions."""
    return ScalarPrinter(dtype) if target == "cpu" else ArrayPrinter(dtype, plan.names)


def environment(plan: Plan) -> Any:
    """A Jinja environment in which an undefined name is an error."""
    import jinja2

    code = printer(plan.target, plan.dtype, plan)
    env = jinja2.Environment(
        loader=jinja2.FunctionLoader(_load), undefined=jinja2.StrictUndefined, autoescape=False,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    sizes = ScalarPrinter(plan.dtype)
    env.filters["code"] = code
    env.filters["neutral"] = lambda operation, kind: code(NEUTRAL[operation], kind)
    env.filters["size"] = lambda extent: sizes(plan.names.named_size(extent), "int")
    env.filters["kind"] = lambda statement: type(statement).__name__
    env.filters["text"] = repr
    env.filters["lines"] = _lines
    return env


def render(plan: Plan, header: dict[str, Any]) -> str:
    """The module's source."""
    env = environment(plan)
    template = env.get_template(f"{plan.target}/module.j2")
    body = template.render(plan=plan, **header)
    needed = _needed(env, plan, body)
    source = body.replace("# <helpers>\n", "".join(needed))
    source = re.sub(r"(?m)^[ ]+\n", "", source)
    return re.sub(r"\n{4,}", "\n\n\n", source)


def _lines(text: str, width: int = 0) -> str:
    """A block of code to stand in one place of a template, at its indentation."""
    return text.rstrip("\n").replace("\n", "\n" + " " * width)


def _needed(env: Any, plan: Plan, source: str) -> list[str]:
    """The rendered helpers that the source calls, those that they call first."""
    available = set(helpers(plan.target))
    done: dict[str, str] = {}

    def need(text: str) -> None:
        for name in sorted(set(HELPER.findall(text)) & available):
            if name not in done:
                helper = env.get_template(f"{plan.target}/vecmath/{name}.j2").render(
                    narrow=plan.dtype == "float32"
                )
                need(helper.replace(f"_{name}(", "("))
                done[name] = helper.rstrip("\n") + "\n\n\n"

    need(source)
    return list(done.values())
