"""What can be read in several ways: each choice is made once a run, and a run can be repeated with others."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field


@dataclass
class Choices:
    """``fixed``: what this run chooses; ``met``: the choices that came up and how many ways each has.

    ``genuine``: those that a person could really mean in two ways; of the others
    the first way that makes sense is right.
    """

    fixed: dict[Hashable, int] = field(default_factory=dict)
    met: dict[Hashable, int] = field(default_factory=dict)
    genuine: set[Hashable] = field(default_factory=set)

    def pick(self, key: Hashable, ways: int, genuine: bool = False) -> int:
        """Which of so many ways, 0 unless this run tries another."""
        self.met[key] = ways
        if genuine:
            self.genuine.add(key)
        return min(self.fixed.get(key, 0), ways - 1)

    def others(self) -> list[tuple[Hashable, dict[Hashable, int]]]:
        """Runs that choose one thing differently: its key, and what they fix."""
        return [
            (key, {**self.fixed, key: way})
            for key, ways in self.met.items()
            if key not in self.fixed
            for way in range(1, ways)
        ]
