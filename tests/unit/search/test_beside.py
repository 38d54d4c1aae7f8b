"""When channels are asked beside each other, and what comes of their work."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from jianwei.search.beside import WORTH_LISTINGS, Beside, LateThreads, is_worth_threads

if TYPE_CHECKING:
    from pathlib import Path


def test_work_goes_on_in_another_thread_or_without_a_pool_in_this_one_when_it_is_wanted() -> None:
    own = threading.get_ident()
    with LateThreads(1) as pool:
        assert Beside(pool).start(threading.get_ident)() != own
    assert Beside(None).start(threading.get_ident)() == own


def test_threads_are_made_with_the_first_work_and_waited_for_at_the_end_of_the_block() -> None:
    before = threading.active_count()
    done: list[int] = []
    with LateThreads(1) as pool:
        assert threading.active_count() == before
        pool.submit(done.append, 7)
    assert done == [7]
    assert threading.active_count() == before


def test_what_goes_wrong_is_raised_where_the_work_is_waited_for() -> None:
    def fails() -> None:
        raise ValueError("no")

    with LateThreads(1) as pool:
        for beside in (Beside(pool), Beside(None)):
            wait = beside.start(fails)
            with pytest.raises(ValueError, match="no"):
                wait()


def test_threads_are_worth_it_in_a_large_library_while_cores_are_idle(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    load = tmp_path / "loadavg"
    load.write_text("9.00 9.00 9.00 1/89 14371\n", "ascii")
    assert is_worth_threads(WORTH_LISTINGS, load)
    assert not is_worth_threads(WORTH_LISTINGS - 1, load)
    load.write_text("0.01 0.00 0.00 2/89 14371\n", "ascii")
    assert not is_worth_threads(WORTH_LISTINGS, load)


def test_without_the_number_of_threads_that_run_now_the_mean_of_a_minute_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(os, "getloadavg", lambda: (1.9, 9.0, 9.0))
    assert is_worth_threads(WORTH_LISTINGS, tmp_path / "none")
    monkeypatch.setattr(os, "getloadavg", lambda: (2.0, 0.0, 0.0))
    assert not is_worth_threads(WORTH_LISTINGS, tmp_path / "none")

    def unobtainable() -> tuple[float, float, float]:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", unobtainable)
    assert is_worth_threads(WORTH_LISTINGS, tmp_path / "none")
    monkeypatch.delattr(os, "getloadavg")
    assert is_worth_threads(WORTH_LISTINGS, tmp_path / "none")
