"""What the text model reads together: stretches of a text no longer than what it has learnt from, in its language."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from jianwei.risk.views.plain_view import CJK, HARD_BREAK
from jianwei.risk.views.text_codes import CharacterClass, codes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.risk.views.offsets import Span
    from jianwei.risk.views.screened_text import ScreenedText

_WINDOW = 160
"""Characters that are read together: the model learnt from texts of such length, and a claim is lost in a long page."""

_LEAST_CHINESE = 2
_LEAST_SHARE = 0.15
"""Of the letters of a window, Chinese characters: fewer where pinyin hides most of an offer."""

_MOST_CHARACTERS = 40_000
"""Of a text that are read at all: a page of so many has said what it offers."""


def chinese_windows(texts: Sequence[ScreenedText]) -> list[list[tuple[Span, Span]]]:
    """Return the windows of each of some texts that are of the language that the model has learnt.

    Of others it knows no more than letters.
    """
    windows = [windows_of(text.joined, text.sounds) for text in texts]
    read = [text.joined[start:end] for text, each in zip(texts, windows, strict=True) for (start, end), _ in each]
    codes = codes_of("".join(read))
    ends = np.cumsum([0, *map(len, read)])
    chinese, letters = (np.concatenate([[0], np.cumsum(kind.of(codes))])[ends] for kind in _kinds())
    counts = np.diff(chinese)
    are_read = iter(((counts >= _LEAST_CHINESE) & (counts >= _LEAST_SHARE * np.diff(letters))).tolist())
    return [[window for window in each if next(are_read)] for each in windows]


@lru_cache(maxsize=1)
def _kinds() -> tuple[CharacterClass, CharacterClass]:
    """Return the classes of Chinese characters and of letters."""
    return CharacterClass(re.compile(f"[{CJK}]").fullmatch), CharacterClass(re.compile(r"\w").fullmatch)


def windows_of(text: str, sounds: str) -> list[tuple[Span, Span]]:
    """Return what is read together: spans of a joined text, each with that of its sounds.

    Fields and pictures that fit are read together, longer ones in equal parts. Beyond 40,000 characters nothing is
    read.
    """
    found: list[tuple[Span, Span]] = []
    at = heard = 0
    blocks, voiced = text[:_MOST_CHARACTERS].split(HARD_BREAK), sounds.split(HARD_BREAK)
    for block, sound in zip(blocks, voiced, strict=False):
        parts = -(-len(block) // _WINDOW) or 1
        for part in range(parts):
            span = (at + len(block) * part // parts, at + len(block) * (part + 1) // parts)
            of_sounds = (heard + len(sound) * part // parts, heard + len(sound) * (part + 1) // parts)
            last = found[-1] if found else None
            if last is not None and part == 0 and span[1] - last[0][0] <= _WINDOW:
                found[-1] = ((last[0][0], span[1]), (last[1][0], of_sounds[1]))
            elif span[0] < span[1]:
                found.append((span, of_sounds))
        at += len(block) + 1
        heard += len(sound) + 1
    return found
