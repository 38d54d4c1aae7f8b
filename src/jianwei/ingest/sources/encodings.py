"""Decides in which encoding a text file is written, from a sample and always the same way. Pure.

Order: byte order mark, UTF-16 without one, UTF-8, GB18030, then charset-normalizer's best guess. UTF-8 and GB18030
are judged line by line and the majority wins, because one foreign line must not turn the whole file into garbage:
most UTF-8 text also decodes as GB18030, to nonsense. A line that the chosen encoding cannot decode is the reader's
business.
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE_IN_UTF8 = re.compile(rb"[\xe3-\xe9][\x80-\xbf]{2}")


def detect_encoding(sample: bytes) -> str:
    """Return the name of the encoding of a sample that begins at a line's start; UTF-8 for pure ASCII."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if b"\0" in sample:
        return _utf16_order(sample)
    lines = [line for line in sample.splitlines() if not line.isascii()]
    if 2 * sum(_decodes(line, "utf-8") for line in lines) >= len(lines):
        return "utf-8"
    if 2 * sum(_decodes(line, "gb18030") for line in lines) >= len(lines):
        return "gb18030"
    return _best_guess(sample)


def is_utf8_chinese(line: bytes) -> bool:
    """Return whether a line is UTF-8 with at least two Chinese characters, which GB18030 text practically never is."""
    return len(_CHINESE_IN_UTF8.findall(line)) >= 2 and _decodes(line, "utf-8")


def _utf16_order(sample: bytes) -> str:
    # ASCII characters (digits, line ends, separators) put their zero byte second in little endian, first in big.
    zeros_second = sample[1::2].count(0)
    zeros_first = sample[0::2].count(0)
    if not zeros_first and not zeros_second:
        return "utf-8"
    return "utf-16-le" if zeros_second >= zeros_first else "utf-16-be"


def _best_guess(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best is not None else "utf-8"


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
