"""The worker process: pickled programs, a deadline that holds, a process that is replaced."""

import os
import pickle
import signal
import sys
import time

import pytest

import symgrad as sg
from symgrad.answers.decide import decide_program, paired
from symgrad.answers.worker import GRACE, Worker
from tests.answers.pairs import all_pairs


@pytest.fixture(scope="module")
def worker():
    with Worker() as one:
        yield one


@pytest.mark.parametrize("number", range(0, 200, 20))
def test_programs_survive_pickling(number):
    _, truth, claim, _ = all_pairs()[number]
    program = paired(truth, claim)
    again = pickle.loads(pickle.dumps(program))
    assert again.digest() == program.digest()
    assert repr(decide_program(again)) == repr(decide_program(program))


def test_the_worker_gives_the_same_verdicts(worker):
    for _, truth, claim, verdict in all_pairs()[::9]:
        assert worker.decide(truth, claim).status == verdict
    assert worker.decide(sg.param("x"), sg.params("v", 2)).status == "malformed"


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs a signal that stops a process")
def test_a_worker_that_hangs_is_killed_and_replaced(worker):
    x = sg.param("x")
    assert worker.decide(2 * x, x + x).status == "correct"
    stuck = worker._process.pid
    os.kill(stuck, signal.SIGSTOP)
    start = time.monotonic()
    verdict = worker.decide(3 * x, x + x + x, seconds=0.3)
    waited = time.monotonic() - start
    assert verdict.status == "undecided"
    assert "0.3 s" in verdict.tried
    assert waited < 0.3 + GRACE + 5
    assert worker.decide(3 * x, x + x + x).status == "correct"
    assert worker._process.pid != stuck


def test_without_processes_the_answer_comes_all_the_same(monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    x = sg.param("x")
    with Worker() as alone:
        assert alone.decide(2 * x, x + x).status == "correct"
        assert alone._process is None
