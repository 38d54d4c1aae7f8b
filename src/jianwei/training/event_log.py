"""What TensorBoard reads: an event file of losses and recalls, written without TensorBoard.

Source: `tensorboard/compat/proto/event.proto` and `summary.proto`; records are framed as `tf.data.TFRecordDataset`
documents it: length, its checksum, the bytes, their checksum, each checksum a masked CRC-32C (Castagnoli).
"""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from jianwei.training.progress import Moment

_POLYNOMIAL = 0x82F63B78
_MASK = 0xA282EAD8


class EventLog:
    """One event file in a folder; every run that is taken up again writes another, which TensorBoard joins."""

    def __init__(self, folder: Path) -> None:
        """Begin a file.

        Raises:
            OSError: it cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        now = time.time()
        self._file = (folder / f"events.out.tfevents.{time.time_ns()}.jianwei").open("wb")
        self._write(_double(1, now) + _bytes(3, b"brain.Event:2"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, moment: Moment) -> None:
        """Write the loss of a step, or the mean recall of an epoch."""
        step = moment.epoch * moment.steps + moment.step
        if not moment.measured:
            self._scalar("train/loss", moment.loss, step)
        elif moment.score is not None:
            self._scalar("validation/mean_recall", moment.score, step)
            self._file.flush()

    def _scalar(self, tag: str, value: float, step: int) -> None:
        shown = _bytes(1, _bytes(1, tag.encode()) + b"\x15" + struct.pack("<f", value))
        self._write(_double(1, time.time()) + b"\x10" + _varint(step) + _bytes(5, shown))

    def _write(self, event: bytes) -> None:
        length = struct.pack("<Q", len(event))
        self._file.write(length + _checksum(length) + event + _checksum(event))


def crc32c(data: bytes) -> int:
    """Return the CRC-32C of some bytes. Source: RFC 3720, appendix B.4, has the values of its tests."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def _checksum(data: bytes) -> bytes:
    value = crc32c(data)
    return struct.pack("<I", ((value >> 15 | value << 17) + _MASK) & 0xFFFFFFFF)


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def _double(field: int, value: float) -> bytes:
    return bytes([field << 3 | 1]) + struct.pack("<d", value)


def _bytes(field: int, content: bytes) -> bytes:
    return bytes([field << 3 | 2]) + _varint(len(content)) + content
