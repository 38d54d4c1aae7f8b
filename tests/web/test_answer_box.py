"""Answers come from threads to whoever waits in a loop, each once; those put together come with one wake-up."""

from __future__ import annotations

import asyncio
import threading

from tests.waiting import PATIENCE_S

from jianwei.web.answer_box import AnswerBox


def test_what_many_threads_put_comes_to_whom_it_is_for() -> None:
    box = AnswerBox()

    async def ask() -> list[int]:
        loop = asyncio.get_running_loop()
        waiting = [loop.create_future() for _ in range(400)]

        def put(part: list[tuple[int, asyncio.Future[int]]]) -> None:
            for number, answer in part:
                if number % 3:
                    box.put(answer, number, None)
                else:
                    with box.together():
                        box.put(answer, number, None)

        threads = [threading.Thread(target=put, args=(list(enumerate(waiting))[start::4],)) for start in range(4)]
        for thread in threads:
            thread.start()
        return await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE_S)

    assert asyncio.run(ask()) == list(range(400))


def test_what_is_put_together_wakes_a_loop_once() -> None:
    box = AnswerBox()

    async def ask() -> tuple[int, list[object]]:
        loop = asyncio.get_running_loop()
        waiting: list[asyncio.Future[int]] = [loop.create_future() for _ in range(5)]
        woken = 0
        wake = loop.call_soon_threadsafe

        def counted(*args: object) -> object:
            nonlocal woken
            woken += 1
            return wake(*args)  # type: ignore[arg-type]  # whatever was given

        loop.call_soon_threadsafe = counted  # type: ignore[assignment, method-assign]
        with box.together():
            for number, answer in enumerate(waiting[:4]):
                box.put(answer, number, None)
            box.put(waiting[4], None, ZeroDivisionError())
            assert woken == 0
        told = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), PATIENCE_S)
        return woken, list(told)

    woken, told = asyncio.run(ask())
    assert woken == 1
    assert told[:4] == [0, 1, 2, 3]
    assert isinstance(told[4], ZeroDivisionError)


def test_an_answer_that_nobody_waits_for_is_no_error() -> None:
    box = AnswerBox()

    async def ask() -> int:
        loop = asyncio.get_running_loop()
        gone, there = loop.create_future(), loop.create_future()
        gone.cancel()
        with box.together():
            box.put(gone, 1, None)
            box.put(there, 2, None)
        return await asyncio.wait_for(there, PATIENCE_S)

    assert asyncio.run(ask()) == 2

    async def nothing() -> asyncio.Future[int]:
        return asyncio.get_running_loop().create_future()

    box.put(asyncio.run(nothing()), 3, None)  # its loop has ended
