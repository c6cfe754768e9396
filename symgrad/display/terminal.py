"""What a terminal or pipe can show: Unicode where its encoding has it, else ASCII."""

from __future__ import annotations

import sys


def printable(pretty: str, plain: str) -> str:
    """``pretty`` if standard output can encode it, else ``plain``.

    >>> printable("m", "m")
    'm'
    """
    try:
        pretty.encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return plain
    return pretty
