from __future__ import annotations

from jianwei.captions.pacing import Pace


def test_requests_begin_at_even_distances() -> None:
    slept: list[float] = []
    pace = Pace(30, clock=lambda: 100.0, sleep=slept.append)
    for _ in range(3):
        pace.wait()
    assert slept == [2.0, 4.0]


def test_no_limit_never_sleeps() -> None:
    slept: list[float] = []
    pace = Pace(0, sleep=slept.append)
    pace.wait()
    pace.wait()
    assert not slept
