"""Short runs of characters as numbers: what the text model knows texts by.

All texts of a batch are numbered at once by arithmetic on arrays of code points; no run is ever made as a string.
Beside the characters of a text (runs of one to three) stand its sounds (runs of two and three, `sound_view.py`), so
that a word spelt by others of the same sound is still known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.risk.text_codes import codes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

GRAM_BITS = 22
"""Numbers of runs are 0 … 2^22 - 1: of the runs that a model has not met, few fall on one that it has."""

CHARACTER_RUNS = (1, 2, 3)
SOUND_RUNS = (2, 3)

_GAP = "\0\0"
"""Between two texts; no run holds any of it."""

_FACTORS = (np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35))
"""Odd numbers with well mixed bits. Source: the finalizers of MurmurHash3 and xxHash."""

_SOUND_SEED = np.uint32(0x27D4EB2F)


@dataclass(frozen=True, slots=True)
class Grams:
    """The runs of some texts: of each its number, the text in which it stands, where it begins and how long it is."""

    numbers: NDArray[np.uint32]
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]


def character_grams(texts: Sequence[str]) -> Grams:
    """Return the runs of characters of texts, all (k,) arrays."""
    return _grams(texts, CHARACTER_RUNS, np.uint32(0))


def sound_grams(sounds: Sequence[str]) -> Grams:
    """Return the runs of sounds of texts, all (k,) arrays; `starts` count sounds."""
    return _grams(sounds, SOUND_RUNS, _SOUND_SEED)


def _grams(texts: Sequence[str], runs: Sequence[int], seed: np.uint32) -> Grams:
    joined = _GAP.join([text.replace("\0", " ") for text in texts]) + _GAP
    codes = codes_of(joined)
    lengths = np.array([len(text) for text in texts], np.int64)
    rows = np.repeat(np.arange(len(texts)), lengths + len(_GAP))
    firsts = np.cumsum(lengths + len(_GAP)) - lengths - len(_GAP)
    inside = codes != 0
    mixed = codes * _FACTORS[0] + seed
    found = []
    for run in range(1, max(runs) + 1):
        if run > 1:
            mixed = (mixed[:-1] * np.uint32(31) + codes[run - 1 :]) * _FACTORS[run - 1]
            inside = inside[:-1] & (codes[run - 1 :] != 0)
        if run in runs:
            places = np.flatnonzero(inside)
            number = mixed[places] ^ (mixed[places] >> np.uint32(15))
            number = (number * _FACTORS[1]) >> np.uint32(32 - GRAM_BITS)
            found.append((number, places, run))
    numbers = np.concatenate([number for number, _, _ in found])
    places = np.concatenate([places for _, places, _ in found])
    owners = rows[places]
    sizes = np.concatenate([np.full(len(places), run, np.int64) for _, places, run in found])
    return Grams(numbers, owners, places - firsts[owners], sizes)
