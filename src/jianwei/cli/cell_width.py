"""Width of text in terminal cells, and wrapping by it.

Chinese characters take two cells and may be parted anywhere but before closing and after opening punctuation, so
`textwrap` does not serve, and Rich breaks at blanks only; help must not wait for Rich either.

Source: Unicode Standard Annex #11, East Asian Width: wide (W) and full-width (F) characters take two cells.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_NEVER_LAST = "（《「『【“‘([{"
_NEVER_FIRST = "，。、；：？！）》」』】”’…,.;:?!)]}"
_IDEOGRAPHS = r"\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
_UNITS = re.compile(rf"\s+|[{_IDEOGRAPHS}]|[^\s{_IDEOGRAPHS}]+")


def cell_width(text: str) -> int:
    """Return how many terminal cells a line takes; combining marks and zero-width characters take none."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(map(_character_width, text))


def pad(text: str, width: int) -> str:
    """Return the text filled with spaces to a width in cells; longer text stays as it is."""
    return text + " " * max(width - cell_width(text), 0)


def wrap(text: str, width: int) -> list[str]:
    """Return the lines of one paragraph, none wider than `width` cells unless one word is."""
    lines: list[str] = []
    line = ""
    for unit in _breakable_units(text):
        if line and cell_width(line) + cell_width(unit.rstrip()) > width:
            lines.append(line.rstrip())
            line = unit.lstrip()
        else:
            line += unit
    return [*lines, line.rstrip()] if line.strip() else lines


def _breakable_units(text: str) -> list[str]:
    units: list[str] = []
    for unit in _UNITS.findall(" ".join(text.split())):
        if units and (unit[0] in _NEVER_FIRST or unit.isspace() or units[-1][-1] in _NEVER_LAST):
            units[-1] += unit
        else:
            units.append(unit)
    return units


@lru_cache(maxsize=4096)  # more characters than all pages of help have
def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
