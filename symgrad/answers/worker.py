"""A warm worker process that decides under a deadline, killed and replaced when it overruns.

The worker is this module run by the same interpreter, spoken to over pipes in
length-prefixed pickles; what is sent is a Program, never text to be run.  Where
no process can be started the decision is made in this one, where the deadline
is kept by the search itself.
"""

from __future__ import annotations

import atexit
import os
import pickle
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import SymgradError
from ..ir.program import Program
from .decide import decide_program, declared, paired
from .verdict import Verdict

START = 30.0
"""Seconds that a worker may take to start."""

GRACE = 0.5
"""Seconds beyond the deadline before a worker is killed."""


class Worker:
    """One process, started when first needed and kept warm.

    >>> import symgrad as sg
    >>> m, b = sg.params("m b")
    >>> with Worker() as worker:
    ...     worker.decide((m + b)**2, m**2 + 2*m*b + b**2).status
    'correct'
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._replies: queue.Queue[Any] = queue.Queue()
        self._lock = threading.Lock()
        self._startable = True

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def decide(self, truth: Any, claim: Any, *, defined: Iterable[Any] = (), seconds: float = 2.0) -> Verdict:
        """`symgrad.answers.decide.decide` in the worker; ``seconds`` is then kept whatever happens."""
        try:
            program = paired(truth, claim, defined)
        except SymgradError as error:
            return Verdict("malformed", message=str(error))
        if isinstance(program, Verdict):
            return program
        with self._lock:
            return self._decide(program, seconds, declared(truth, claim))

    def close(self) -> None:
        """End the process; the next question starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def _decide(self, program: Program, seconds: float, order: tuple[str, ...]) -> Verdict:
        if not self._running():
            return decide_program(program, seconds, order)
        process = self._process
        assert process is not None
        assert process.stdin is not None
        try:
            _send(process.stdin, (program, seconds, order))
            reply = self._replies.get(timeout=seconds + GRACE)
        except (OSError, queue.Empty):
            reply = None
        if isinstance(reply, Verdict):
            return reply
        self.close()
        return Verdict("undecided", tried=f"nothing was found within {seconds:g} s")

    def _running(self) -> bool:
        if self._process is not None and self._process.poll() is None:
            return True
        self.close()
        if not self._startable or not sys.executable:
            return False
        replies: queue.Queue[Any] = queue.Queue()
        self._replies = replies
        home = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(p for p in (home, os.environ.get("PYTHONPATH", "")) if p)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )  # fmt: skip
            assert self._process.stdout is not None
            threading.Thread(target=_listen, args=(self._process.stdout, replies), daemon=True).start()
            ready = replies.get(timeout=START) == "ready"
        except (OSError, queue.Empty):
            ready = False
        if not ready:
            self._startable = False
            self.close()
        return ready


def decide(truth: Any, claim: Any, *, defined: Iterable[Any] = (), seconds: float = 2.0) -> Verdict:
    """`Worker.decide` by the one worker that this process shares.

    >>> import symgrad as sg
    >>> m = sg.param("m")
    >>> decide(sg.grad(m**3, m), 3*m**2).status
    'correct'
    """
    return _SHARED.decide(truth, claim, defined=defined, seconds=seconds)


def _send(stream: BinaryIO | Any, thing: Any) -> None:
    data = pickle.dumps(thing)
    stream.write(struct.pack("<Q", len(data)) + data)
    stream.flush()


def _receive(stream: BinaryIO | Any) -> Any:
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    return pickle.loads(stream.read(struct.unpack("<Q", head)[0]))


def _listen(stream: Any, replies: queue.Queue[Any]) -> None:
    try:
        while True:
            replies.put(_receive(stream))
    except (EOFError, OSError, ValueError, pickle.UnpicklingError):
        replies.put(None)


def serve() -> None:
    """The worker's loop: a Program and its seconds come in, a Verdict goes out."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Nothing that prints may break into the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _send(answers, "ready")
    while True:
        try:
            program, seconds, order = _receive(requests)
        except EOFError:
            return
        try:
            verdict = decide_program(program, seconds, order)
        except Exception as error:  # a bug must not cost the process, and must be seen
            verdict = Verdict("undecided", tried=f"{type(error).__name__}: {error}")
        _send(answers, verdict)


_SHARED = Worker()
atexit.register(_SHARED.close)

if __name__ == "__main__":
    serve()
