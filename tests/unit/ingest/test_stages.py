import threading
from collections.abc import Iterator

import pytest

from jianwei.ingest.stages import Channel, Stage, StopSignal


def drain(channel: Channel[int]) -> list[int]:
    items = []
    while (item := channel.get(timeout_s=5)) is not None:
        items.append(item)
    return items


def run(work, *, items: int, threads: int, stop: StopSignal, capacity: int = 2) -> list[int]:  # type: ignore[no-untyped-def]
    source: Channel[int] = Channel(capacity)
    sink: Channel[int] = Channel(capacity)
    stage = Stage("test", work, threads=threads, source=source, sink=sink, stop=stop)
    stage.start()

    def feed() -> None:
        for number in range(items):
            source.put(number)
        source.close()

    feeder = threading.Thread(target=feed)
    feeder.start()
    results = drain(sink)
    feeder.join(5)
    stage.join()
    return results


@pytest.mark.parametrize("threads", [1, 4])
def test_every_item_comes_out_once_through_bounded_queues(threads: int) -> None:
    def double(item: int) -> Iterator[int]:
        yield item
        yield -item

    results = run(double, items=200, threads=threads, stop=StopSignal())
    assert sorted(results) == sorted([*range(200), *(-number for number in range(200))])


def test_after_a_stop_nobody_waits_for_a_full_queue() -> None:
    stop = StopSignal()

    def once(item: int) -> Iterator[int]:
        stop.stop()
        yield item

    assert len(run(once, items=500, threads=3, stop=stop)) <= 3


def test_the_first_error_of_a_thread_is_kept_and_ends_the_run() -> None:
    stop = StopSignal()

    def fail(item: int) -> Iterator[int]:
        if item >= 0:
            raise ValueError(item)
        yield item

    assert run(fail, items=100, threads=2, stop=stop) == []
    assert isinstance(stop.error, ValueError)
