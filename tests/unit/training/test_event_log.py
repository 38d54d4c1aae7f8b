from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from jianwei.training.event_log import EventLog, crc32c
from jianwei.training.progress import Moment

if TYPE_CHECKING:
    from pathlib import Path


def test_checksums_are_those_of_the_standard() -> None:
    # RFC 3720, appendix B.4; the last is the usual check value of the polynomial.
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(b"123456789") == 0xE3069283


def test_steps_and_recalls_are_records_that_can_be_read_one_by_one(tmp_path: Path) -> None:
    with EventLog(tmp_path / "logs") as log:
        log.add(Moment(0, 2, 1, 200, 1.5, None))
        log.add(Moment(1, 2, 3, 200, 0.5, 0.25))
        log.add(Moment(1, 2, 200, 200, 0.5, 0.75, measured=True))
        log.add(Moment(1, 2, 200, 200, 0.5, None, measured=True))  # nothing is kept apart to measure with
    (file,) = (tmp_path / "logs").iterdir()
    data = file.read_bytes()
    events = []
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        events.append(data[12 : 12 + length])
        data = data[12 + length + 4 :]
    assert events[0].endswith(b"brain.Event:2")
    assert len(events) == 4
    assert [b"train/loss" in event for event in events[1:]] == [True, True, False]
    assert b"validation/mean_recall" in events[3]
    values = [struct.unpack("<f", event[-4:])[0] for event in events[1:]]
    assert values == [pytest.approx(1.5), pytest.approx(0.5), pytest.approx(0.75)]
    assert events[1][9:11] == b"\x10\x01"
    assert events[2][9:12] == b"\x10\xcb\x01"  # step 203


def test_a_run_that_is_taken_up_again_writes_another_file(tmp_path: Path) -> None:
    for _ in range(2):
        with EventLog(tmp_path):
            pass
    assert len(list(tmp_path.iterdir())) == 2
