"""Streams the lines of a text file in whatever encoding it has, and says which lines cannot be used.

A line that does not decode, or never ends, is handed on with its problem named, and the next lines go on. Leaves out
what the lines mean.
"""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from jianwei.ingest.sources.encodings import detect_encoding, is_utf8_chinese

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAMPLE_BYTES = 256 * 1024
LONGEST_LINE = 128 * 1024 * 1024  # a record with two pictures of the largest size allowed, in base64
BROKEN_CHARACTER = "\udcff"
_COUNTED_BYTES = 256 * 1024 * 1024  # counting lines in more than this would delay the first record by seconds


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line without its line end. `problem` is empty, `undecodable` or `too-long`.

    The text of an undecodable line has lone surrogates (or only one) where its bytes mean nothing.
    """

    number: int
    text: str
    problem: str = ""


class TextFile:
    """A text file whose encoding was stated or detected; it is opened anew for each pass."""

    def __init__(self, opener: Callable[[], BinaryIO], *, encoding: str = "") -> None:
        self._opener = opener
        self.encoding = codecs.lookup(encoding).name if encoding else self._detect()

    def lines(self) -> Iterator[TextLine]:
        """Yield all lines from 1; the byte order mark is not part of the first."""
        with self._opener() as file:
            is_wide = self.encoding.startswith(("utf-16", "utf-32"))
            yield from self._wide_lines(file) if is_wide else self._byte_lines(file)

    def chunks(self, characters: int) -> Iterator[str]:
        """Yield the whole text in chunks; bytes that do not decode become lone surrogates or U+FFFD."""
        errors = "replace" if self.encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
        with self._opener() as file, io.TextIOWrapper(file, self.encoding, errors, newline="") as text:
            while chunk := text.read(characters):
                yield chunk

    def count_lines(self) -> int:
        """Return the number of lines; from the average of the beginning where the file is large."""
        counted = newlines = 0
        with self._opener() as file:
            while counted < _COUNTED_BYTES and (chunk := file.read(1 << 20)):
                counted += len(chunk)
                newlines += chunk.count(b"\n")
                last = chunk[-1:]
            if counted < _COUNTED_BYTES:
                return newlines + (counted > 0 and last != b"\n")
            return newlines * _size_bytes(file, at_least=counted) // counted

    def _byte_lines(self, file: BinaryIO) -> Iterator[TextLine]:
        number = 0
        while raw := file.readline(LONGEST_LINE):
            number += 1
            if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
                _skip_line(file)
                yield TextLine(number, raw[:100].decode(self.encoding, "replace"), "too-long")
                continue
            if number == 1 and self.encoding == "utf-8-sig":
                raw = raw.removeprefix(codecs.BOM_UTF8)
            yield self._decoded(number, raw.rstrip(b"\r\n"))

    def _decoded(self, number: int, raw: bytes) -> TextLine:
        encoding = "utf-8" if self.encoding == "utf-8-sig" else self.encoding
        if encoding != "gb18030" or not is_utf8_chinese(raw):
            try:
                return TextLine(number, raw.decode(encoding))
            except UnicodeDecodeError:
                pass
        return TextLine(number, raw.decode("ascii", "surrogateescape"), "undecodable")

    def _wide_lines(self, file: BinaryIO) -> Iterator[TextLine]:
        with io.TextIOWrapper(file, self.encoding, "replace", newline="\n") as text:
            for number, line in enumerate(text, start=1):
                is_broken = "\ufffd" in line
                content = line.rstrip("\r\n").lstrip("\ufeff" if number == 1 else "")
                yield TextLine(
                    number,
                    content.replace("\ufffd", BROKEN_CHARACTER),
                    "undecodable" if is_broken else "",
                )

    def _detect(self) -> str:
        with self._opener() as file:
            sample = file.read(SAMPLE_BYTES)
            # Pure ASCII tells nothing about what comes later: look on until something else does.
            while sample.isascii() and b"\0" not in sample and (further := file.read(SAMPLE_BYTES)):
                sample = sample[sample.rfind(b"\n") + 1 :][-SAMPLE_BYTES:] + further
            at_end = not file.read(1)
        return detect_encoding(sample if at_end else sample[: sample.rfind(b"\n") + 1] or sample)


def _skip_line(file: BinaryIO) -> None:
    while (part := file.readline(1 << 20)) and not part.endswith(b"\n"):
        pass


def _size_bytes(file: BinaryIO, *, at_least: int) -> int:
    try:
        return max(file.seek(0, io.SEEK_END), at_least)
    except (OSError, ValueError):  # a stream from an archive that cannot be sought
        return at_least
