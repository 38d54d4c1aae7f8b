"""Too many searches at once: a bounded number waits in order, the others are told when to come again."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.waiting import PATIENCE_S, until

from jianwei.errors import TooManyRequestsError
from jianwei.web.admission import Admission
from jianwei.web.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from tests.web.running_desk import RunningDesk


def admission(*, waiting: int, patience_s: float = PATIENCE_S) -> tuple[Admission, Metrics]:
    metrics = Metrics()
    return Admission(at_work=1, waiting=waiting, metrics=metrics, patience_s=patience_s), metrics


def waits(metrics: Metrics, count: int) -> None:
    line = f"jianwei_searches_waiting {count}.0".encode()
    until(lambda: line in metrics.exposition(), f"{count} do not wait", look_every_s=0.005)


def test_turns_come_in_the_order_of_arrival_and_no_more_wait_than_may() -> None:
    turns, metrics = admission(waiting=3)
    order: list[int] = []

    def search(number: int) -> None:
        with turns.turn():
            order.append(number)

    threads = [threading.Thread(target=search, args=(number,)) for number in range(3)]
    with turns.turn():
        for place, thread in enumerate(threads):
            thread.start()
            waits(metrics, place + 1)
        with pytest.raises(TooManyRequestsError) as caught, turns.turn():
            pass
        assert 1 <= int(caught.value.facts["retry_after_s"] or 0) <= 60
        assert order == []
    for thread in threads:
        thread.join(PATIENCE_S)
    assert order == [0, 1, 2]
    told = metrics.exposition().decode()
    assert "jianwei_searches_refused_total 1.0" in told
    assert "jianwei_searches_at_work 0.0" in told
    assert "jianwei_searches_waiting 0.0" in told
    with turns.turn():
        pass


def test_whoever_waits_too_long_is_told_so_and_stands_in_nobody_s_way() -> None:
    turns, _ = admission(waiting=3, patience_s=0.01)
    with turns.turn():
        for _ in range(5):
            with pytest.raises(TooManyRequestsError), turns.turn():
                pass
    with turns.turn():
        pass


def test_a_search_that_fails_gives_its_turn_back() -> None:
    turns, _ = admission(waiting=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), turns.turn():
            raise ZeroDivisionError
    with turns.turn(), pytest.raises(TooManyRequestsError), turns.turn():
        pass


def test_a_desk_that_is_too_busy_says_when_to_come_again(
    running: RunningDesk, program: httpx.Client, viewer: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = Admission(at_work=1, waiting=0, metrics=running.desk.metrics)
    monkeypatch.setattr(running.desk, "admission", busy)
    with busy.turn():
        answer = program.get("/api/v1/search", params={"words": "灵芝"})
        assert answer.status_code == 429
        assert answer.json()["error"]["code"] == "too-many-requests"
        assert int(answer.headers["retry-after"]) >= 1
        for path in ("/search?words=灵芝", "/search/hits?words=灵芝"):
            page = viewer.get(path)
            assert page.status_code == 429
            assert int(page.headers["retry-after"]) >= 1
            assert "Try again in" in page.text
        assert viewer.get("/cases").status_code == 200  # everything but searching goes on
    assert program.get("/api/v1/search", params={"words": "灵芝"}).status_code == 200


def test_searches_without_a_thread_come_in_the_order_of_arrival_too() -> None:
    turns, metrics = admission(waiting=3)
    order: list[int] = []

    async def ask() -> None:
        asked = [asyncio.create_task(turns.answered(partial(order.append, number))) for number in range(3)]
        await asyncio.to_thread(waits, metrics, 3)
        with pytest.raises(TooManyRequestsError):
            await turns.answered(lambda: None)
        assert order == []
        held.set()
        await asyncio.gather(*asked)

    held = threading.Event()

    def hold() -> None:
        with turns.turn():
            began.set()
            held.wait(PATIENCE_S)

    began = threading.Event()
    holder = threading.Thread(target=hold)
    holder.start()
    assert began.wait(PATIENCE_S)
    asyncio.run(ask())
    holder.join(PATIENCE_S)
    assert order == [0, 1, 2]
    assert "jianwei_searches_waiting 0.0" in metrics.exposition().decode()
    turns.close()


def test_an_answer_or_a_failure_comes_from_a_thread_of_its_own() -> None:
    turns, _ = admission(waiting=0)

    async def ask() -> None:
        assert await turns.answered(lambda: threading.current_thread().name) != threading.current_thread().name
        with pytest.raises(ZeroDivisionError):
            await turns.answered(lambda: 1 // 0)
        assert await turns.answered(lambda: 7) == 7

    asyncio.run(ask())
    turns.close()


def test_whoever_waits_without_a_thread_does_what_can_be_done_meanwhile() -> None:
    turns, _ = admission(waiting=2, patience_s=0.01)
    done: list[str] = []

    async def ask() -> None:
        with pytest.raises(TooManyRequestsError):  # nobody gives the turn back
            await turns.answered(lambda: done.append("worked"), meanwhile=lambda: done.append("meanwhile"))
        with pytest.raises(ZeroDivisionError):
            await turns.answered(lambda: done.append("worked"), meanwhile=lambda: [][1 // 0])

    with turns.turn():
        asyncio.run(ask())
    assert done == ["meanwhile"]
    asyncio.run(turns.answered(lambda: done.append("worked")))
    assert done == ["meanwhile", "worked"]
    turns.close()


def test_a_search_whose_caller_has_gone_is_not_begun() -> None:
    turns, metrics = admission(waiting=1)
    done: list[str] = []

    async def ask() -> None:
        task = asyncio.create_task(turns.answered(lambda: done.append("worked")))
        await asyncio.to_thread(waits, metrics, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with turns.turn():
        asyncio.run(ask())
    assert "jianwei_searches_waiting 0.0" in metrics.exposition().decode()
    assert done == []
    with turns.turn():
        pass


def test_what_is_written_down_of_a_search_keeps_nobody_from_the_next_one() -> None:
    turns, _ = admission(waiting=0)
    writing: list[Callable[[BaseException | None], object]] = []

    async def ask() -> tuple[int, int]:
        first = asyncio.create_task(turns.answered(lambda: 1, afterwards=writing.append))
        await asyncio.sleep(0)  # it has begun, so the turn was taken
        while not turns.has_room:
            await asyncio.sleep(0.001)
        second = await turns.answered(lambda: 2)  # nobody may wait: the turn is free again
        assert not first.done()
        writing[0](None)
        return await first, second

    assert asyncio.run(ask()) == (1, 2)
    turns.close()


def test_a_search_that_could_not_be_written_down_is_not_answered() -> None:
    turns, _ = admission(waiting=0)

    async def fail(afterwards: Callable[[Callable[[BaseException | None], object]], object]) -> None:
        await turns.answered(lambda: 1, afterwards=afterwards)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(fail(lambda _: [][1 // 0]))
    with pytest.raises(OSError, match="disk full"):
        asyncio.run(fail(lambda told: told(OSError("disk full"))))
    assert asyncio.run(turns.answered(lambda: 1)) == 1
    turns.close()


def test_what_is_written_down_gathers_only_while_many_wait() -> None:
    turns, metrics = admission(waiting=30)

    async def ask(count: int) -> float:
        asked = [asyncio.create_task(turns.answered(lambda: None)) for _ in range(count)]
        await asyncio.to_thread(waits, metrics, count)
        gather_s = turns.gather_s()
        held.set()
        await asyncio.gather(*asked)
        return gather_s

    def hold() -> None:
        with turns.turn():
            began.set()
            held.wait(PATIENCE_S)

    assert turns.gather_s() == 0.0
    for _ in range(2):  # the first makes searches quick: one took a moment
        began, held = threading.Event(), threading.Event()
        holder = threading.Thread(target=hold)
        holder.start()
        assert began.wait(PATIENCE_S)
        assert 0.0 < asyncio.run(ask(30)) <= 0.1
        holder.join(PATIENCE_S)
    turns.close()
