"""What a run says while it goes: a bar at a terminal, lines elsewhere; all on standard error."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

LINES = 20
"""How many epochs' lines a run of many epochs writes."""


class Progress:
    """Reports a run's epochs: ``verbose`` 0 not at all, 1 in a bar or `LINES` lines, 2 in a line for each."""

    def __init__(self, verbose: int, epochs: int, done: int, samples: int, batch_size: int | None):
        self.verbose, self.epochs = verbose, epochs
        self._bar = self._make_bar(done) if verbose == 1 and sys.stderr.isatty() else None
        if verbose:
            self._say(f"training on {batches_in_words(samples, batch_size)}")

    def epoch(self, number: int, values: Mapping[str, float]) -> None:
        """An epoch has ended."""
        shown = ", ".join(f"{name} {value:.6g}" for name, value in values.items())
        if self._bar is not None:
            self._bar.set_postfix_str(shown, refresh=False)
            self._bar.update()
        elif self.verbose and (self.verbose > 1 or self._is_due(number)):
            self._say(f"epoch {number}/{self.epochs}: {shown}")

    def note(self, line: str) -> None:
        """Something worth knowing before the first epoch."""
        if self.verbose:
            self._say(line)

    def end(self, message: str) -> None:
        """The run has ended."""
        if self._bar is not None:
            self._bar.close()
        self.note(message)

    def _is_due(self, number: int) -> bool:
        return (
            number in (1, self.epochs) or number * LINES // self.epochs > (number - 1) * LINES // self.epochs
        )

    def _make_bar(self, done: int) -> Any:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return None
        return tqdm(total=self.epochs, initial=done, unit="epoch")

    def _say(self, line: str) -> None:
        if self._bar is not None:
            self._bar.write(line, file=sys.stderr)
        else:
            print(line, file=sys.stderr, flush=True)


def batches_in_words(samples: int, batch_size: int | None) -> str:
    """For example ``all 442 samples a step``.

    >>> batches_in_words(442, None), batches_in_words(442, 32)
    ('all 442 samples a step', '442 samples, 32 a step, 14 steps an epoch')
    """
    if batch_size is None or batch_size >= samples:
        return f"all {samples:,} samples a step"
    steps = -(-samples // batch_size)
    return f"{samples:,} samples, {batch_size} a step, {steps:,} steps an epoch"
