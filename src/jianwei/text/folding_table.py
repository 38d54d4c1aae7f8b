"""What one character becomes when text is folded, as a table for `str.translate` that fills itself on first use.

Folding works character by character and never looks at neighbours here, so that a part of a text always folds to a
part of the folded text. That is why it decomposes (NFKD) and drops accents instead of composing (NFKC): composing
depends on what follows. What separators do inside a word is decided in `fold.py`, which sees neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from jianwei.errors import MissingPackageError

if TYPE_CHECKING:
    from collections.abc import Container

BREAK = "\n"
"""Ends a phrase: sentence punctuation, brackets and line ends all become this."""

SPACE = " "
"""Stands for every white space and every symbol that is not ASCII."""

SEPARATORS = "\"#$&'*+-./=@\\^_`|~"
"""ASCII signs that may stand inside a word (`ck1-709`, `3.5`) or be strewn into one (`减*肥`)."""

_SIGNS = frozenset(BREAK + SPACE + SEPARATORS)
_ASCII_BREAKS = "\n\r\v\f\x1c\x1d\x1e,;:!?()[]{}<>"
_WIDE_BREAKS = "\x85\u2028\u2029—―…⋯。、"
_DASHES = dict.fromkeys("‐‑‒–−﹣⁃", "-")
_IDEOGRAPHS = (0x4E00, 0xA000)
"""The block of CJK unified ideographs, [first, end): none is a sign, and none has a plain form but the simplified."""
_LONGEST_CHAIN = 3
"""Rounds after which every character of Unicode has settled; two do for Unicode 14, one more is for later ones."""


class FoldingTable(dict[int, str]):
    """Maps code points to their folded text: nothing, one character, or several.

    `uneven` holds the characters met so far that do not fold to exactly one; while a text has none of them, folding
    keeps its length. `signs` holds those that fold to a sign, which may go. `unsettled` finds a character that may not
    fold to itself: most lines have none, and searching takes a twentieth of the time of translating.
    """

    def __init__(self, simplified: dict[str, str]) -> None:
        super().__init__()
        self.uneven: set[str] = set()
        self.signs: set[str] = set()
        self.unsettled = re.compile(f"[^a-z0-9%{_class_of_settled(simplified)}]")
        self._simplified = simplified

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = character
        for _ in range(_LONGEST_CHAIN):
            folded = "".join([self._step(part) for part in folded])
        if len(folded) != 1:
            self.uneven.add(character)
        elif folded in _SIGNS:
            self.signs.add(character)
        self[code] = folded
        return folded

    def _step(self, character: str) -> str:
        kind = _sign(character)
        if kind is not None:
            return kind
        decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
        kept = [self._simplified.get(part, part) for part in decomposed if not _is_dropped(part)]
        return "".join(kept)


def _class_of_settled(simplified: Container[str]) -> str:
    """Return the ideographs that fold to themselves, as runs of a character class."""
    runs: list[list[str]] = []
    follows = False
    for character in map(chr, range(*_IDEOGRAPHS)):
        settled = character not in simplified
        if settled and follows:
            runs[-1][1] = character
        elif settled:
            runs.append([character, character])
        follows = settled
    return "".join(f"{first}-{last}" for first, last in runs)


def _sign(character: str) -> str | None:
    """Return what a sign becomes, None for what is part of a word."""
    if character.isalnum() or character == "%" or character in SEPARATORS:
        return None
    if character in _ASCII_BREAKS or character in _WIDE_BREAKS:
        return BREAK
    if character in _DASHES:
        return _DASHES[character]
    return _sign_by_category(character)


def _sign_by_category(character: str) -> str | None:
    category = unicodedata.category(character)
    if category in ("Ps", "Pe"):
        return BREAK
    if category in ("Zs", "Pi", "Pf", "Sm", "So", "Sc", "Sk", "Pc", "Pd") or character in "\t·•‧・":
        return _compatible(character) or SPACE
    if category == "Po":
        return _compatible(character) or BREAK
    return None


def _compatible(character: str) -> str | None:
    """Return the plain form of a sign that is only another look of something else (℃, №, ％), None for other signs."""
    plain = unicodedata.normalize("NFKD", character)
    return plain if plain != character and not plain.isspace() else None


def _is_dropped(character: str) -> bool:
    """True for what has no width of its own: accents, format and control characters, variation selectors."""
    if unicodedata.combining(character) or 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF:
        return True
    return unicodedata.category(character) in ("Cf", "Cc", "Cs", "Me")


@lru_cache(maxsize=1)
def folding_table() -> FoldingTable:
    """Return the table of this process; the first call reads the list of traditional characters (about 3 ms).

    Raises:
        MissingPackageError: the list's package is not installed.
    """
    return FoldingTable(_simplified_characters())


def _simplified_characters() -> dict[str, str]:
    """Read which simplified character each traditional one becomes.

    Source: OpenCC's TSCharacters (Apache-2.0), as packaged by opencc-python-reimplemented; where one has several
    simplified forms, the first. The file is read without importing the package, whose converter is not needed.
    """
    package = find_spec("opencc")
    folder = Path((package.submodule_search_locations or [""])[0]) if package is not None else Path()
    path = folder / "dictionary" / "TSCharacters.txt"
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise MissingPackageError(
            "The list of traditional characters is missing. Install it with: pip install opencc-python-reimplemented",
            zh="缺少繁简对照表。请安装：pip install opencc-python-reimplemented",
            package="opencc-python-reimplemented",
        ) from error
    pairs = (line.split() for line in lines if not line.startswith("#"))
    return {fields[0]: fields[1] for fields in pairs if len(fields) > 1 and len(fields[0]) == 1 == len(fields[1])}
