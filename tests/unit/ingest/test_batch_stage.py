from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from jianwei.ingest.stages import BatchStage, Channel, StopSignal

if TYPE_CHECKING:
    from collections.abc import Iterator


class Batches:
    """A stage over numbers that remembers its batches; a batch is full at `size`."""

    def __init__(self, size: int, *, linger_s: float = 5.0, fails: bool = False) -> None:
        self.seen: list[list[int]] = []
        self.stop = StopSignal()
        self.source: Channel[int] = Channel(100)
        self.sink: Channel[int] = Channel(100)
        self._fails = fails
        self.stage = BatchStage(
            "test",
            self._work,
            is_full=lambda batch: len(batch) >= size,
            linger_s=linger_s,
            source=self.source,
            sink=self.sink,
            stop=self.stop,
        )

    def _work(self, batch: list[int]) -> Iterator[int]:
        self.seen.append(batch)
        if self._fails:
            raise ValueError(batch)
        yield from batch

    def results(self) -> list[int]:
        self.source.close()
        items = []
        while (item := self.sink.get(timeout_s=5)) is not None:
            items.append(item)
        self.stage.join()
        return items


def test_items_come_in_full_batches_and_the_rest_at_the_end_in_their_order() -> None:
    batches = Batches(4)
    for number in range(10):
        batches.source.put(number)
    batches.stage.start()
    assert batches.results() == list(range(10))
    assert [len(batch) for batch in batches.seen] == [4, 4, 2]


def test_a_batch_that_does_not_fill_goes_on_after_its_time() -> None:
    batches = Batches(100, linger_s=0.05)
    batches.stage.start()
    batches.source.put(7)
    assert batches.sink.get(timeout_s=5) == 7
    assert batches.results() == []


def test_an_error_is_kept_and_the_rest_drained_without_work() -> None:
    batches = Batches(1, fails=True)
    for number in range(50):
        batches.source.put(number)
    batches.stage.start()
    assert batches.results() == []
    assert len(batches.seen) == 1
    assert isinstance(batches.stop.error, ValueError)


def test_what_was_on_its_way_is_finished_after_a_stop() -> None:
    batches = Batches(3)
    for number in range(5):
        batches.source.put(number)
    batches.stop.stop()
    batches.stage.start()
    assert batches.results() == list(range(5))


def test_the_next_stage_is_closed_when_nothing_came() -> None:
    batches = Batches(3)
    batches.stage.start()
    finished = threading.Timer(0.05, batches.source.close)
    finished.start()
    assert batches.sink.get(timeout_s=5) is None
    finished.join()
