from __future__ import annotations

import threading
import time

from tests.waiting import PATIENCE_S

from jianwei.ingest.memory_budget import MemoryBudget
from jianwei.ingest.stages import StopSignal


def taking(budget: MemoryBudget, size_bytes: int) -> threading.Thread:
    thread = threading.Thread(target=budget.take, args=(size_bytes,), daemon=True)
    thread.start()
    return thread


def test_what_does_not_fit_waits_until_room_is_given_back() -> None:
    budget = MemoryBudget(100, StopSignal())
    budget.take(60)
    waiting = taking(budget, 50)
    waiting.join(0.05)
    assert waiting.is_alive()
    budget.give_back(60)
    waiting.join(PATIENCE_S)
    assert not waiting.is_alive()


def test_what_is_larger_than_the_budget_goes_alone() -> None:
    budget = MemoryBudget(100, StopSignal())
    budget.take(1000)
    waiting = taking(budget, 1)
    waiting.join(0.05)
    assert waiting.is_alive()
    budget.give_back(1000)
    waiting.join(PATIENCE_S)
    assert not waiting.is_alive()


def test_nobody_waits_after_a_stop() -> None:
    stop = StopSignal()
    budget = MemoryBudget(100, stop)
    budget.take(100)
    waiting = taking(budget, 100)
    stop.stop()
    started = time.monotonic()
    waiting.join(PATIENCE_S)
    assert not waiting.is_alive()
    assert time.monotonic() - started < 30
