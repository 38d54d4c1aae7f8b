"""The queues that the load test is held against keep the laws of queues."""

from __future__ import annotations

import importlib
import statistics
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.no_cover  # nothing of it is in the package


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    return importlib.import_module("serve_queues")


def test_one_process_has_one_queue_however_it_is_kept(queues: Any) -> None:
    told = {queues.answer_times([9.0, 20.0], 1, queues.Crowd(), kind, searches=2000) for kind in queues.QUEUEINGS}
    assert len(told) == 1


def test_who_asks_alone_waits_for_nobody(queues: Any) -> None:
    assert queues.answer_times([9.0], 2, queues.Crowd(users=1), "own", searches=500) == pytest.approx((9.0, 9.0))


def test_the_more_the_processes_share_the_less_is_waited(queues: Any) -> None:
    times_ms = queues.drawn_times(9.0, 25.0)
    own, lent, one = (
        queues.answer_times(times_ms, 4, queues.Crowd(), kind, searches=8000) for kind in queues.QUEUEINGS
    )
    assert own[1] > lent[1] > one[1]
    assert own[0] > one[0]


def test_drawn_times_have_the_middle_and_the_end_that_were_asked_for(queues: Any) -> None:
    cuts = statistics.quantiles(queues.drawn_times(9.0, 25.0, count=20_000), n=100)
    assert cuts[49] == pytest.approx(9.0, rel=0.03)
    assert cuts[98] == pytest.approx(25.0, rel=0.05)
