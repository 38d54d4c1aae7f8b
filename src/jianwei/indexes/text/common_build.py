"""Makes the side file of common words (`common.py`) of an index, by asking Tantivy for all hits of each.

So also of what often stands together (`often_together.py`).

Half a microsecond an entry and 35 million entries in a million listings: that is work for a process of its own
(`common_process.py`).
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.text.common import WordList, write_common
from jianwei.indexes.text.often_together import often_together
from jianwei.indexes.text.query import CONTAINED_SCORE, TextQueryCompiler
from jianwei.indexes.text.reader import any_of
from jianwei.indexes.text.schema import LISTING_NO, WRITTEN_FIELDS, grams_field, words_field

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import tantivy
    from numpy.typing import NDArray

    from jianwei.indexes.text.common import Kind
    from jianwei.indexes.text.reader import TextReader
    from jianwei.text.query_syntax import QueryField

LARGE_LISTINGS = 200_000
"""Listings from which on the file is worth its room: with fewer, common words take a few milliseconds."""

COMMON_ENTRIES = 1000
"""Words with as many entries in a field have a list; all hits of a rarer one are soon asked for."""

_MOST_LISTINGS = 1 << 32
"""More than the number of a row can name."""

_MOST_TOGETHER = 16
"""Entries of what stands together, for each listing: 96 bytes. Labels that stand on every page have as many entries as
there are listings."""

_MOST_SCORES = 1 << 16
"""More different scores than a code can name; there are some hundreds."""


def build_common(
    folder: Path, schema: tantivy.Schema, reader: TextReader, stamp: str, least_entries: int = COMMON_ENTRIES
) -> int:
    """Write the side file of one state of an index; return its size in bytes, 0 where it would have too many listings.

    Raises OSError where it cannot be written, ValueError where the index cannot be read.
    """
    if reader.rows.listings > _MOST_LISTINGS:
        return 0
    making = _Making(schema, reader, least_entries)
    return write_common(folder, stamp, chain(making.words(), making.together()))


class _Making:
    """Asks for the lists of one state."""

    def __init__(self, schema: tantivy.Schema, reader: TextReader, least_entries: int) -> None:
        self._schema = schema
        self._reader = reader
        self._least = least_entries

    def words(self) -> Iterator[tuple[Kind, QueryField, str, WordList]]:
        """Yield the common words of each field and their lists."""
        for field in WRITTEN_FIELDS:
            yield from (("words", field, word, own) for word, own in self._of(field))

    def together(self) -> Iterator[tuple[Kind, QueryField, str, WordList]]:
        """Yield what often stands together in each field, most frequent first, and where."""
        left = _MOST_TOGETHER * self._reader.rows.listings
        for field, texts in often_together(self._reader.rows, self._least).items():
            compiler = TextQueryCompiler(self._schema, (field,), self._reader.doc_freq, complete=True)
            for text in texts:
                query = compiler.standing(text, field)
                if query is None:
                    continue
                own = _coded(*self._hits(query, compiler.may_stand(text, field)))
                if own is not None and len(own.rows) <= left:
                    left -= len(own.rows)
                    yield "together", field, text, own

    def _of(self, field: QueryField) -> Iterator[tuple[str, WordList]]:
        compiler = TextQueryCompiler(self._schema, (field,), self._reader.doc_freq, complete=False)
        for word, count in self._reader.searcher.terms_with_prefix(words_field(field), ""):
            if len(word) == 2:
                entries = count + self._reader.doc_freq(grams_field(field), word)
            elif compiler.is_common(word, field):
                entries = count
            else:
                continue
            if entries >= self._least and (own := self._list(word, field, compiler, entries)) is not None:
                yield word, own

    def _list(self, word: str, field: QueryField, compiler: TextQueryCompiler, entries: int) -> WordList | None:
        rows, scores = self._hits(any_of(compiler.found_in(word, field)), entries)
        if not len(rows) or scores[-1] <= 2 * CONTAINED_SCORE:
            return None  # a word that nearly all listings hold: what only contains it could not be told from it
        own = _coded(rows, scores)
        if own is not None and len(word) > 2:
            complete = TextQueryCompiler(self._schema, (field,), self._reader.doc_freq, complete=True)
            every, least = self._hits(any_of(complete.found_in(word, field)), self._reader.searcher.num_docs)
            return own._replace(contained=np.sort(every[least <= np.float32(CONTAINED_SCORE)]))
        return own

    def _hits(self, query: tantivy.Query, most: int) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
        """Return the rows of all hits of a query and their scores, descending."""
        searcher = self._reader.searcher
        hits = searcher.search(query, limit=max(most, 1), count=False).hits
        numbers = searcher.fast_field_values(LISTING_NO, [address for _, address in hits])
        rows = self._reader.rows.places_of(np.array(numbers, np.int64))
        return rows.astype(np.uint32), np.array([score for score, _ in hits], np.float32)


def _coded(rows: NDArray[np.uint32], scores: NDArray[np.float32]) -> WordList | None:
    """Return the list of some rows and their scores, descending; None where these are too many different ones."""
    steps = np.append(True, scores[1:] != scores[:-1])[: len(scores)]
    earned = scores[steps]
    if len(earned) >= _MOST_SCORES:
        return None
    codes = np.cumsum(steps) - 1
    order = np.argsort(rows)
    return WordList(rows[order], codes[order].astype(np.uint16), earned, np.empty(0, np.uint32))
