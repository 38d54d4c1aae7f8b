"""Work is done in the order in which it comes, by as many threads as there may be."""

from __future__ import annotations

import threading
from functools import partial

from tests.waiting import PATIENCE_S

from jianwei.web.search_threads import SearchThreads


def test_one_thread_works_in_the_order_of_arrival_and_ends_with_its_owner() -> None:
    threads = SearchThreads(1)
    done: list[int] = []
    before = threading.active_count()
    for number in range(200):
        threads.begin(partial(done.append, number))
    threads.close()
    threads.close()
    assert done == list(range(200))
    assert threading.active_count() == before
    threads.begin(partial(done.append, 200))  # is not done any more
    assert threading.active_count() == before


def test_as_many_work_at_once_as_there_are_threads() -> None:
    threads, together = SearchThreads(3), threading.Barrier(3, timeout=PATIENCE_S)
    seen: list[str] = []

    def meet() -> None:
        together.wait()
        seen.append(threading.current_thread().name)

    for _ in range(3):
        threads.begin(meet)
    threads.close()
    assert sorted(seen) == ["search_0", "search_1", "search_2"]
