"""How texts of UTF-16 units sound: `text.sound` over arrays, for the texts of some hundred listings at once."""

from __future__ import annotations

from functools import lru_cache
from string import ascii_lowercase, digits
from typing import TYPE_CHECKING

import numpy as np

from jianwei.text.sound import SILENCE, sound_of, sound_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORD_MARK = "\x02"
"""Stands before and after words that are kept behind a text; they were heard in it already."""

_SPOKEN_WORDS = ("v", "vx", "wx")
"""The Latin words that are heard."""


def sounding(units: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return (n,) units with one for each syllable, in places of its own, and silence for the rest."""
    heard: NDArray[np.uint16] = _sounds()[units]
    for word in _SPOKEN_WORDS:
        starts = _words_at(units, word)
        for place, sound in enumerate(sound_of(word)):
            heard[starts + place] = ord(sound)
    return heard


def _words_at(units: NDArray[np.uint16], word: str) -> NDArray[np.intp]:
    """Return where a Latin word begins that is not part of a longer one."""
    starts = np.flatnonzero(units == ord(word[0]))
    starts = starts[starts + len(word) <= len(units)]
    for place, character in enumerate(word):
        starts = starts[units[starts + place] == ord(character)]
    edged = np.concatenate([[ord(SILENCE)], units, [ord(SILENCE)]])
    before, after = edged[starts], edged[starts + len(word) + 1]
    # A kept word has a mark on both sides, a word of a line at most before it: that of the field before.
    free: NDArray[np.intp] = starts[~_latin()[before] & ~_latin()[after] & (after != ord(WORD_MARK))]
    return free


@lru_cache(maxsize=1)
def _sounds() -> NDArray[np.uint16]:
    """Return (65536,) the sound of each unit; characters beyond have none."""
    sounds = np.full(1 << 16, ord(SILENCE), np.uint16)
    for code, sound in dict(sound_table()).items():
        if code < len(sounds):
            sounds[code] = ord(sound)
    return sounds


@lru_cache(maxsize=1)
def _latin() -> NDArray[np.bool_]:
    latin = np.zeros(1 << 16, np.bool_)
    latin[[ord(character) for character in ascii_lowercase + digits]] = True
    return latin
