"""What openpyxl does not tell of a sheet, looked for in its XML as that streams by."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

_PART_BYTES = 1024 * 1024


def matches_in(
    sheet: IO[bytes], pattern: re.Pattern[bytes], *, longest_bytes: int, signs: Sequence[bytes]
) -> Iterator[re.Match[bytes]]:
    """Yield the matches of a pattern in a sheet's XML, none of which may be longer than `longest_bytes`.

    Every match holds one of `signs`: where none of them stands nothing is looked for, in a fraction of the time.
    """
    kept = b""
    while part := sheet.read(_PART_BYTES):
        text = kept + part
        end = 0
        if any(sign in text for sign in signs):
            for match in pattern.finditer(text):
                end = match.end()
                yield match
        kept = text[max(end, len(text) - longest_bytes) :]


def column_number(letters: str) -> int:
    """Return the number (from 0) of the column that a cell's reference names: A is 0, AA 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
