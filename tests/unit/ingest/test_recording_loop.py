import signal
import threading
from typing import ClassVar

import pytest

from jianwei.ingest.recording_loop import RecordingLoop, RecordingSteps
from jianwei.ingest.stages import Channel, StopSignal


class Ledger:
    """Takes numbers, commits them, and gets Ctrl-C in the middle of either."""

    COUNT: ClassVar = 1000

    def __init__(self, *, pressed_in: str, times: int = 1) -> None:
        self.stop = StopSignal()
        self.committed: list[int] = []
        self._pressed_in = pressed_in
        self._times = times
        self._taken: list[int] = []
        self._source: Channel[int] = Channel(4)
        self.fed = 0

    def run(self) -> bool:
        steps = RecordingSteps(self._take, lambda: 8 * len(self._taken), self._flush, lambda: None, lambda: None)
        return RecordingLoop(self._source, steps, self.stop).run((threading.Thread(target=self._feed, daemon=True),))

    def _feed(self) -> None:
        for number in range(self.COUNT):
            if self.stop.is_set:
                break
            self._source.put(number)
            self.fed += 1
        self._source.close()

    def _take(self, number: int) -> None:
        if number == 300:
            self._press("take")
        self._taken.append(number)

    def _flush(self) -> None:
        self.committed += self._taken
        if len(self.committed) > 300:
            self._press("flush")
        self._taken.clear()

    def _press(self, where: str) -> None:
        while where == self._pressed_in and self._times:
            self._times -= 1
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("step", ["take", "flush"])
def test_ctrl_c_never_cuts_a_step_in_two(step: str) -> None:
    ledger = Ledger(pressed_in=step)
    assert ledger.run()
    assert 300 < ledger.fed < ledger.COUNT
    assert ledger.committed == list(range(ledger.fed))


def test_without_ctrl_c_everything_is_recorded() -> None:
    ledger = Ledger(pressed_in="never")
    assert not ledger.run()
    assert ledger.committed == list(range(ledger.COUNT))


def test_a_second_ctrl_c_does_not_wait() -> None:
    ledger = Ledger(pressed_in="take", times=2)
    with pytest.raises(KeyboardInterrupt):
        ledger.run()
    assert ledger.stop.is_set
    assert ledger.committed == list(range(len(ledger.committed)))
