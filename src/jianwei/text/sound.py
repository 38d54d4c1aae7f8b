"""How Chinese sounds: characters of one Mandarin syllable become one character, so that 薇信 and 微信 are the same.

Sellers swap characters for others of the same sound to get past word lists. Tones are ignored, each character has its
commonest reading (行 is xing), and the few Latin letters that stand for a syllable in trade (V信, vx) are heard too.
The table comes from `syllables.txt`. Left out: dialects, and sounds that are only near (n and l, z and zh).
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

SILENCE = " "
"""Stands for every character without a sound; nothing is heard across it."""

_SPOKEN_LETTERS = {"v": ("wei",), "vx": ("wei", "xin"), "wx": ("wei", "xin")}
"""Letters that sellers write for 微信, as whole Latin words."""

_LATIN = re.compile(r"[a-z0-9]+")


def sound_of(folded: str) -> str:
    """Return a folded text with one character for each syllable, in places of its own, and silence for the rest.

    Two texts sound alike where this gives the same. The length stays, so places stay too.
    """
    table = sound_table()
    if "v" in folded or "x" in folded:
        folded = _LATIN.sub(_spoken, folded)
    return folded.translate(table)


def sound_pairs(folded: str) -> list[str]:
    """Return every two neighbouring syllables of a folded text; a syllable alone says too little to be looked for."""
    heard = sound_of(folded)
    return [pair for pair in map(str.__add__, heard, heard[1:]) if SILENCE not in pair]


def _spoken(word: re.Match[str]) -> str:
    syllables = _SPOKEN_LETTERS.get(word.group())
    return word.group() if syllables is None else "".join(_first_characters()[name] for name in syllables)


class _SoundTable(dict[int, str]):
    """Maps code points to the first character of their syllable; what has none is silent."""

    def __missing__(self, code: int) -> str:
        self[code] = SILENCE
        return SILENCE


@lru_cache(maxsize=1)
def sound_table() -> dict[int, str]:
    """Return the table for `str.translate`; reading it takes some milliseconds, once."""
    table = _SoundTable()
    for characters in syllables().values():
        for character in characters:
            table[ord(character)] = characters[0]
    return table


@lru_cache(maxsize=1)
def _first_characters() -> dict[str, str]:
    return {syllable: characters[0] for syllable, characters in syllables().items()}


def syllables_file() -> Path:
    """Return where each syllable stands with its characters."""
    from importlib.resources import files  # not needed by a search that hears nothing

    return Path(str(files("jianwei.text"))) / "syllables.txt"


def syllables() -> dict[str, str]:
    """Return the characters of each syllable without its tone; ü is written v."""
    rows = [line.split() for line in syllables_file().read_text("utf-8").splitlines() if not line.startswith("#")]
    return {row[0]: row[1] for row in rows}


def everyday_syllables() -> dict[str, str]:
    """Return the syllables of the characters of GB 2312, which is what people write: a rarer one hides no word."""
    common = {name: "".join(filter(_is_everyday, characters)) for name, characters in syllables().items()}
    return {name: characters for name, characters in common.items() if characters}


def _is_everyday(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
