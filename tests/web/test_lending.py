"""A search that comes where there is work already goes to another process; nothing is lost where that one fails."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.unit.cli.made_library import make_library
from tests.web.running_desk import RunningDesk

from jianwei.settings import Settings
from jianwei.web import lending as lending_module
from jianwei.web.desk import LIMITS_FILE
from jianwei.web.lending import LOADS_FILE, Lending, Lent
from jianwei.web.limiter import RateLimiter
from jianwei.web.loads import Loads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path


async def echo(asked: bytes) -> Lent:
    return Lent(asked[::-1], len(asked))


def process(folder: Path, place: int, answer: Callable[[bytes], Awaitable[Lent]] = echo) -> tuple[Lending, Loads]:
    loads = Loads(folder / LOADS_FILE, place)
    return Lending(loads, folder, place, at_work=1, answer=answer), loads


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Loads.make_file(tmp_path / LOADS_FILE, 3)
    return tmp_path


@asynccontextmanager
async def opened(*processes: tuple[Lending, Loads]) -> AsyncIterator[None]:
    for lending, _ in processes:
        await lending.open()
    try:
        yield
    finally:
        for lending, _ in processes:
            await lending.close()


@pytest.mark.parametrize(
    ("here", "there", "lends"),
    [
        (0, 0, False),  # nobody waits here
        (1, 0, True),
        (1, 1, False),
        (2, 1, False),
        (3, 1, True),
        (10, 7, True),
        (10, 8, False),  # there is a queue as long as it matters
    ],
)
def test_a_search_goes_where_less_is_at_hand(folder: Path, here: int, there: int, lends: bool) -> None:
    async def run() -> int | None:
        first, second = process(folder, 0), process(folder, 1)
        async with opened(first, second):
            first[1].note_searches(here)
            second[1].note_searches(there)
            return first[0].borrower()

    assert asyncio.run(run()) == (1 if lends else None)


def test_the_one_with_the_least_is_asked_and_nobody_who_is_not_there(folder: Path) -> None:
    async def run() -> None:
        first, second, third = (process(folder, place) for place in range(3))
        async with opened(first):
            first[1].note_searches(5)
            assert first[0].borrower() is None
            async with opened(second, third):
                second[1].note_searches(2)
                third[1].note_searches(1)
                assert first[0].borrower() == 2
                third[1].note_gone()
                assert first[0].borrower() == 1
            assert first[0].borrower() is None

    asyncio.run(run())


def test_answers_come_back_whole_several_at_once_and_over_kept_connections(folder: Path) -> None:
    async def run() -> None:
        first, second = process(folder, 0), process(folder, 1)
        questions = [bytes([number]) * size for number, size in enumerate((0, 1, 3_000_000, 7, 80_000))]
        async with opened(first, second):
            for _ in range(2):
                answers = await asyncio.gather(*(first[0].answered_by(1, asked) for asked in questions))
                assert answers == [Lent(asked[::-1], len(asked)) for asked in questions]

    asyncio.run(run())


def test_what_is_under_way_counts_where_it_goes(folder: Path) -> None:
    held = asyncio.Event()

    async def slow(asked: bytes) -> Lent:
        await held.wait()
        return await echo(asked)

    async def run() -> None:
        first, second = process(folder, 0), process(folder, 1, slow)
        async with opened(first, second):
            first[1].note_searches(1)
            assert first[0].borrower() == 1
            under_way = asyncio.create_task(first[0].answered_by(1, b"abc"))
            await asyncio.sleep(0)
            assert first[0].borrower() is None
            held.set()
            assert await under_way == Lent(b"cba", 3)
            assert first[0].borrower() == 1

    asyncio.run(run())


def test_a_process_that_refuses_dies_or_hangs_leaves_the_search_to_whoever_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: bytes) -> Lent:
        raise ZeroDivisionError

    async def hang(_: bytes) -> Lent:
        await asyncio.sleep(3600)
        raise AssertionError

    async def run() -> None:
        first, second, third = process(folder, 0), process(folder, 1, refuse), process(folder, 2, hang)
        async with opened(first, third):
            async with opened(second):
                assert await first[0].answered_by(1, b"x") is None
            assert await first[0].answered_by(1, b"x") is None  # its connection is closed
            assert await first[0].answered_by(1, b"x") is None  # none can be made
            first[1].note_searches(1)
            assert first[0].borrower() == 2
            monkeypatch.setattr(lending_module, "_PATIENCE_S", 0.05)
            assert await first[0].answered_by(2, b"x") is None
            assert first[0].borrower() is None  # not again for some time

    asyncio.run(run())


def test_whoever_goes_away_leaves_no_answer_behind_for_the_next(folder: Path) -> None:
    held, begun = asyncio.Event(), asyncio.Event()

    async def slow_at_first(asked: bytes) -> Lent:
        if asked == b"slow":
            begun.set()
            await held.wait()
        return await echo(asked)

    async def run() -> None:
        first, second = process(folder, 0), process(folder, 1, slow_at_first)
        async with opened(first, second):
            gone = asyncio.create_task(first[0].answered_by(1, b"slow"))
            await begun.wait()
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
            held.set()
            assert await first[0].answered_by(1, b"next") == Lent(b"txen", 4)

    asyncio.run(run())


def test_where_no_socket_can_be_made_nothing_is_lent(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        first, second = process(folder, 0), process(folder, 1)
        first = (Lending(first[1], folder / "x" / ("y" * 150), 0, at_work=1, answer=echo), first[1])
        async with opened(first, second):
            first[1].note_searches(4)
            assert first[0].borrower() is None
            second[1].note_searches(4)
            assert second[0].borrower() is None

    with caplog.at_level("WARNING", "jianwei.web"):
        asyncio.run(run())
    assert "searches are not lent" in caplog.text


def test_the_numbers_are_those_of_each_process_and_end_with_it(folder: Path) -> None:
    with closing(Loads(folder / LOADS_FILE, 0)) as first:
        second = Loads(folder / LOADS_FILE, 1)
        assert first.searches_of_others() == []
        second.note_searches(4)
        assert (first.searches_of_others(), second.searches, first.searches) == ([(4, 1)], 4, -1)
        second.close()
        second.close()
        second.note_searches(7)  # a search that ends after the server
        assert first.searches_of_others() == []


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningDesk, RunningDesk]]:
    """Two desks over one library that know each other, as two processes of one server do."""
    library, shared = make_library(tmp_path_factory.mktemp("lending")), tmp_path_factory.mktemp("shared")
    Loads.make_file(shared / LOADS_FILE, 2)
    RateLimiter.make_file(shared / LIMITS_FILE)
    settings = Settings(ocr_engine="off", requests_per_minute=0, searches_waiting=0)
    with (
        RunningDesk(library, settings, shared=shared, place=0) as first,
        RunningDesk(library, settings, shared=shared, place=1) as second,
    ):
        yield first, second


@contextmanager
def busy(desk: RunningDesk) -> Iterator[None]:
    """Hold all turns of a desk; nobody may wait there."""
    with ExitStack() as turns:
        for _ in range(desk.desk.admission.at_work):
            turns.enter_context(desk.desk.admission.turn())
        yield


def test_a_busy_process_answers_by_another_one(two: tuple[RunningDesk, RunningDesk]) -> None:
    first, second = two
    client = first.program("robot", "administrator")
    paths = ("/api/v1/search?words=灵芝&facets=true", "/api/v1/search?words=灵芝&limit=1&platform=京东&sort=newest")
    alone = [client.get(path).json() for path in paths]
    noted = len(first.desk.audit.entries())
    with busy(first):
        for path, expected in zip(paths, alone, strict=True):
            answer = client.get(path)
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"] == "application/json"
            assert {**answer.json(), "elapsed_ms": 0} == {**expected, "elapsed_ms": 0}
        # What is wrong with a search is told by the process that was asked.
        assert client.get("/api/v1/search?words=(((").status_code == 429
        with busy(second):
            assert client.get(paths[0]).status_code == 429
    assert client.get("/api/v1/search?words=(((").status_code == 400
    entries = first.desk.audit.entries()[: len(first.desk.audit.entries()) - noted]
    assert [entry.details["total"] for entry in reversed(entries)] == [answer["total"] for answer in alone]
    assert {entry.actor for entry in entries} == {"robot"}
    [counted] = first.desk.metrics.searches_lent.collect()
    assert counted.samples[0].value == 2.0
