"""Makes the side file of what is heard (`heard.py`), from the texts beside an index.

Which pairs are heard in a listing is told by its text in a tenth of the time that asking Tantivy for all hits takes.
What a pair earns is Tantivy's BM25. A listing has each of its pairs once, so all that differs between two listings in
which a pair is heard is how many pairs they have: for each such number one listing is asked for.

Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009; the weight of a pair as in
`tantivy/src/query/bm25.rs`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jianwei.indexes.text.heard import BLOCK_BITS, HeardPairs, pair_of
from jianwei.indexes.text.schema import LISTING_NO, SOUND_PAIRS

if TYPE_CHECKING:
    from pathlib import Path

    import tantivy
    from numpy.typing import NDArray

    from jianwei.indexes.text.reader import TextReader
    from jianwei.indexes.text.rows import TextRows


_MOST_NARROW = (1 << 32) - 1
"""The greatest place that four bytes hold: some twenty million listings have more entries."""

_READ_AT_ONCE = 2048
"""Listings whose pairs are told together: some thirty bytes for each character that they say, and long pages have
thousands."""


class _Block(NamedTuple):
    """What is heard in the listings of a block.

    Attributes:
        pairs: (k,) ascending.
        counts: (k,) in how many listings of the block each is heard.
        lows: these, pair after pair.
        heard: (rows,) how many pairs each listing has.
    """

    pairs: NDArray[np.uint32]
    counts: NDArray[np.int64]
    lows: NDArray[np.uint16]
    heard: NDArray[np.int64]


def build_heard(folder: Path, schema: tantivy.Schema, reader: TextReader, documents: int, stamp: str) -> int:
    """Write the side file of one state of an index; return its size in bytes.

    `documents` are how many the index holds, those included that are deleted and not yet merged away.

    Raises OSError where it cannot be written, ValueError where the index cannot be read.
    """
    rows = reader.rows
    blocks = [_block(rows, first) for first in range(0, rows.listings, 1 << BLOCK_BITS)]
    pairs = np.unique(np.concatenate([block.pairs for block in blocks])) if blocks else np.empty(0, np.uint32)
    counts = np.zeros((len(pairs), len(blocks)), np.int64)
    for number, block in enumerate(blocks):
        counts[np.searchsorted(pairs, block.pairs), number] = block.counts
    bounds = np.zeros(counts.size + 1, np.int64)
    np.cumsum(counts, out=bounds[1:])
    lows = np.empty(bounds[-1], np.uint16)
    for number, block in enumerate(blocks):
        starts = bounds[np.searchsorted(pairs, block.pairs) * len(blocks) + number]
        moved = starts - (np.cumsum(block.counts) - block.counts)
        lows[np.repeat(moved, block.counts) + np.arange(len(block.lows))] = block.lows
    weights = _weights(reader, pairs, documents)
    heard = np.concatenate([block.heard for block in blocks]) if blocks else np.empty(0, np.int64)
    lengths = _lengths(schema, reader, heard, documents)
    narrow = bounds.astype(np.uint32) if bounds[-1] <= _MOST_NARROW else bounds.astype(np.uint64)
    return HeardPairs(pairs, weights, lengths, narrow, lows).write(folder, stamp)


def _block(rows: TextRows, first: int) -> _Block:
    numbers = rows.numbers[first : first + (1 << BLOCK_BITS)]
    told = np.concatenate([_told(rows, numbers, begin) for begin in range(0, len(numbers), _READ_AT_ONCE)])
    told.sort()
    lows, named = (told & ((1 << BLOCK_BITS) - 1)).astype(np.uint16), (told >> BLOCK_BITS).astype(np.uint32)
    starts = np.flatnonzero(_steps(named))
    counts = np.diff(np.append(starts, len(named)))
    return _Block(named[starts], counts, lows, np.bincount(lows, minlength=len(numbers)))


def _told(rows: TextRows, numbers: NDArray[np.int64], begin: int) -> NDArray[np.uint64]:
    """Return (m,) the pairs heard in some listings of a block, each with the row of its listing behind it, once."""
    pairs, listings = rows.of(numbers[begin : begin + _READ_AT_ONCE]).every_heard()
    told = np.left_shift(pairs, BLOCK_BITS, dtype=np.uint64)
    told |= (listings + begin).astype(np.uint64)
    told.sort()
    return told[_steps(told)]


def _steps(ascending: NDArray[np.unsignedinteger[Any]]) -> NDArray[np.bool_]:
    """Return (n,) which numbers differ from the one before. np.unique takes ten times as long."""
    steps = np.ones(len(ascending), np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=steps[1:])
    return steps


def _weights(reader: TextReader, pairs: NDArray[np.uint32], documents: int) -> NDArray[np.float32]:
    """Return (n,) the weights of pairs in numbers of 4 bytes, as Tantivy does: rough ones where a pair is common."""
    often = [reader.doc_freq(SOUND_PAIRS, pair_of(pair)) for pair in pairs.tolist()]
    half = np.float32(0.5)
    there = np.array(often, np.float32)
    missing = (documents - np.array(often, np.int64)).astype(np.float32)
    weights: NDArray[np.float32] = np.log(np.float32(1.0) + (missing + half) / (there + half))
    return weights


def _lengths(
    schema: tantivy.Schema, reader: TextReader, heard: NDArray[np.int64], documents: int
) -> NDArray[np.float32]:
    """Return (listings,) what the length of each leaves of the weight of a pair."""
    import tantivy

    engine, occur = tantivy.Query, tantivy.Occur
    left = np.zeros(int(heard.max(initial=0)) + 1, np.float32)
    said, firsts = np.unique(heard, return_index=True)
    for count, row in zip(said.tolist(), firsts.tolist(), strict=True):
        if count:
            number = reader.rows.numbers[row]
            own = np.unique(reader.rows.of(np.array([number])).every_heard()[0])
            weights = _weights(reader, own, documents)
            pair = pair_of(int(own[weights.argmax()]))
            listing = engine.const_score_query(engine.term_query(schema, LISTING_NO, int(number)), 0.0)
            asked = [(occur.Must, listing), (occur.Must, engine.term_query(schema, SOUND_PAIRS, pair, "freq"))]
            ((score, _),) = reader.searcher.search(engine.boolean_query(asked), limit=1, count=False).hits
            left[count] = score / weights.max()
    return left[heard]
