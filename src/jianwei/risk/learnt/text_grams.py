"""Short runs of characters as numbers: what the text model knows texts by.

All texts of a batch are numbered at once by arithmetic on arrays of code points; no run is ever made as a string.
Beside the characters of a text (runs of one to three) stand its sounds (runs of one and two, `views/sound_view.py`), so
that a word spelt by others of the same sound is still known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jianwei.risk.views.text_codes import codes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

GRAM_BITS = 22
"""Numbers of runs are 0 … 2^22 - 1: of the runs that a model has not met, few fall on one that it has."""

CHARACTER_RUNS = (1, 2, 3)
SOUND_RUNS = (1, 2)

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


class Numbered(NamedTuple):
    """The runs of one length in some joined texts, one for each place: its number, whether it lies in one text."""

    length: int
    numbers: NDArray[np.uint32]
    is_inside: NDArray[np.bool_]


def character_grams(texts: Sequence[str]) -> Grams:
    """Return the runs of characters of texts, all (k,) arrays."""
    return _grams(texts, character_runs(texts))


def sound_grams(sounds: Sequence[str]) -> Grams:
    """Return the runs of sounds of texts, all (k,) arrays; `starts` count sounds."""
    return _grams(sounds, sound_runs(sounds))


def character_runs(texts: Sequence[str]) -> Iterator[Numbered]:
    """Yield the runs of characters of texts; see `text_places` for whose place it is."""
    return _numbered(texts, CHARACTER_RUNS, np.uint32(0))


def sound_runs(sounds: Sequence[str]) -> Iterator[Numbered]:
    """Yield the runs of sounds of texts; see `text_places` for whose place it is."""
    return _numbered(sounds, SOUND_RUNS, _SOUND_SEED)


def text_places(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return of each place at which a run may begin in which text it lies."""
    return np.repeat(np.arange(len(texts)), np.array([len(text) + len(_GAP) for text in texts], np.int64))


def _grams(texts: Sequence[str], runs: Iterator[Numbered]) -> Grams:
    rows = text_places(texts)
    spaces = np.array([len(text) + len(_GAP) for text in texts], np.int64)
    firsts = np.cumsum(spaces) - spaces
    each = [(run, np.flatnonzero(run.is_inside)) for run in runs]
    places = np.concatenate([inside for _, inside in each])
    owners = rows[places]
    return Grams(
        np.concatenate([run.numbers[inside] for run, inside in each]),
        owners,
        places - firsts[owners],
        np.concatenate([np.full(len(inside), run.length, np.int64) for run, inside in each]),
    )


def _numbered(texts: Sequence[str], runs: Sequence[int], seed: np.uint32) -> Iterator[Numbered]:
    codes = codes_of(_GAP.join([text.replace("\0", " ") for text in texts]) + _GAP)
    mixed = codes * _FACTORS[0] + seed
    inside = codes != 0
    for run in range(1, max(runs) + 1):
        if run > 1:
            mixed = (mixed[:-1] * np.uint32(31) + codes[run - 1 :]) * _FACTORS[run - 1]
            inside = inside[:-1] & (codes[run - 1 :] != 0)
        if run in runs:
            numbers = ((mixed ^ (mixed >> np.uint32(15))) * _FACTORS[1]) >> np.uint32(32 - GRAM_BITS)
            yield Numbered(run, numbers, inside)
