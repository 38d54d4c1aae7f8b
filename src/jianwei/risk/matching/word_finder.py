"""All of many words looked for in many texts at once, by arithmetic on arrays of code points.

An automaton takes one character after the other through states that lie all over its memory, and makes an object of
each word that it meets, of which a text holds hundreds. Here every place of every text is asked at once: with which two
characters words begin, and how long those are; the run of each such length has a number, and a table knows the numbers
of the words. Two different runs share a number once in 2^64; nothing else is left to chance.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jianwei.risk.views.text_codes import Lists, codes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_CHARACTERS = 0x110000
_FACTOR = 0x9E3779B97F4A7C15
"""2^64 over the golden ratio: odd, well mixed. A run is numbered by the sum of (c[j] + 1) × factor^(j + 1)."""

_BACK = pow(_FACTOR, -1, 1 << 64)

_PREFIX_BITS = 18
_FIRST, _SECOND = np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B)
_MASK_BITS = 64
"""Different lengths beyond so many share a bit with others, which costs a look in the table and no more."""

_SPARSE = 4
"""Places of the table for each word at least: most runs that are none are told by one look."""

_BETWEEN = "\0"
"""Stands between texts; no word holds it."""


Hit = tuple[int, int, int]
"""The number of a word, its first character in a text and the one after its last."""


class WordsFound(NamedTuple):
    """Where words stand, in no order: the text, the number of the word, its first character there and last + 1."""

    texts: NDArray[np.int64]
    words: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def chosen(self, which: NDArray[np.int64] | NDArray[np.bool_]) -> WordsFound:
        """Return some of them."""
        places = which.nonzero()[0] if which.dtype == np.bool_ else which
        return WordsFound(*(column.take(places) for column in self))

    def in_order(self, groups: NDArray[np.int64]) -> WordsFound:
        """Return them by the groups they are of, in each ascending by their ends, longer ones first."""
        # One number for all three is sorted sooner than each of them; it fits for texts below 9 million characters.
        ends = int(self.ends.max(initial=0)) + 1
        return self.chosen(np.argsort((groups * ends + self.ends) * ends + self.starts))

    def by_text(self, count: int) -> list[list[Hit]]:
        """Return those of each of `count` texts, ascending by their ends, longer ones first."""
        every = self.in_order(self.texts)
        rows = list(zip(every.words.tolist(), every.starts.tolist(), every.ends.tolist(), strict=True))
        bounds = np.searchsorted(every.texts, np.arange(count + 1)).tolist()
        return [rows[first:last] for first, last in pairwise(bounds)]


class WordFinder:
    """Finds words, all of them different and not empty. What it finds has their numbers, from 0."""

    def __init__(self, words: Sequence[str]) -> None:
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        codes = codes_of("".join(words) + _BETWEEN)
        ends = np.cumsum(lengths)
        starts = ends - lengths
        self._longest = int(lengths.max(initial=1))
        self._numbers = np.concatenate([np.zeros(1, np.uint64), _run_numbers(codes, starts, ends)])
        """Of each word the number of its run, behind one that stands for no word, as in the tables."""
        self._bits = max(8, (_SPARSE * len(words)).bit_length())
        self._table = self._placed()
        self._single = np.zeros(_CHARACTERS, np.int32)
        single = np.flatnonzero(lengths == 1)
        self._single[codes[starts[single]]] = single + 1
        longer = np.flatnonzero(lengths > 1)
        first = starts[longer]
        self._prefixes, self._lengths = _lengths_by_prefix(_prefixes(codes[first], codes[first + 1]), lengths[longer])

    def found(self, texts: Sequence[str]) -> WordsFound:
        """Return where words stand in texts, those inside longer ones too."""
        codes = codes_of(_BETWEEN.join(texts) + _BETWEEN * self._longest)
        starts, ends = self._runs(codes)
        words = self._looked_up(_run_numbers(codes, starts, ends))
        met, single = words.nonzero()[0], self._single.take(codes)
        alone = single.nonzero()[0]
        starts = np.concatenate([alone, starts[met]])
        ends = np.concatenate([alone + 1, ends[met]])
        spaces = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
        rows = np.repeat(np.arange(len(texts)), spaces)[starts]
        shifts = (np.cumsum(spaces) - spaces)[rows]
        numbers = np.concatenate([single[alone], words[met]]).astype(np.int64) - 1
        return WordsFound(rows, numbers, starts - shifts, ends - shifts)

    def _runs(self, codes: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the runs of two and more characters that may be words: first characters and those after the last."""
        lists = self._prefixes.take(_prefixes(codes[:-1], codes[1:]))
        begins = lists.nonzero()[0]
        rows, lengths = self._lengths.of(lists[begins])
        starts = begins[rows]
        return starts, np.minimum(starts + lengths, len(codes))

    def _placed(self) -> NDArray[np.int32]:
        """Return the table: at the place that the number of a word tells, or the next free one, which word it is."""
        table = np.zeros(1 << self._bits, np.int32)
        words = np.arange(1, len(self._numbers), dtype=np.int32)
        places = self._places(self._numbers[1:])
        while len(words):
            free = table[places] == 0
            table[places[free]] = words[free]
            left = table[places] != words
            words, places = words[left], self._following(places[left])
        return table

    def _looked_up(self, numbers: NDArray[np.uint64]) -> NDArray[np.int32]:
        """Return which words some runs are, from 1; 0 of those that are none."""
        found = np.zeros(len(numbers), np.int32)
        asked = np.arange(len(numbers))
        places = self._places(numbers)
        while len(asked):
            here = self._table[places]
            is_other = self._numbers[here] != numbers[asked]
            found[asked] = np.where(is_other, 0, here)
            left = (is_other & (here != 0)).nonzero()[0]
            asked, places = asked[left], self._following(places[left])
        return found

    def _places(self, numbers: NDArray[np.uint64]) -> NDArray[np.int64]:
        return (numbers >> np.uint64(64 - self._bits)).astype(np.int64)

    def _following(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        return (places + 1) & ((1 << self._bits) - 1)


def _lengths_by_prefix(prefixes: NDArray[np.uint32], lengths: NDArray[np.int64]) -> tuple[NDArray[np.uint16], Lists]:
    """Return for each prefix the number of a list, and the lists: lengths of words, list 0 is empty."""
    distinct, which = np.unique(lengths, return_inverse=True)
    # Only of those that words have: to sort all that there may be took 40 ms, for the smallest list of words too.
    held, place = np.unique(prefixes, return_inverse=True)
    bits = np.zeros(len(held) + 1, np.uint64)  # the last stands for every other prefix
    np.bitwise_or.at(bits, place, np.uint64(1) << (which % _MASK_BITS).astype(np.uint64))
    masks, numbers = np.unique(bits, return_inverse=True)
    lists = np.zeros(1 << _PREFIX_BITS, np.uint32)
    lists[held] = numbers[:-1]
    members = [
        [length for place, length in enumerate(distinct.tolist()) if mask >> place % _MASK_BITS & 1]
        for mask in masks.tolist()
    ]
    return lists.astype(np.uint16 if len(masks) < 1 << 16 else np.uint32), Lists.made_of(members)


def _prefixes(first: NDArray[np.uint32], second: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return ((first * _FIRST) ^ (second * _SECOND)) >> np.uint32(32 - _PREFIX_BITS)


def _run_numbers(codes: NDArray[np.uint32], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the numbers of some runs: each from two sums over all that stands before, whatever its length."""
    factors = np.cumprod(np.full(len(codes), _FACTOR, np.uint64))
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum((codes + np.uint32(1)) * factors)])
    back = np.concatenate([np.ones(1, np.uint64), np.cumprod(np.full(len(codes), _BACK, np.uint64))])
    return np.asarray((sums[ends] - sums[starts]) * back[starts], np.uint64)
