"""Full-text search over listings with Tantivy: opening, keeping up with the catalog, and searching.

One document per listing, replaced as a whole. The layout is in `schema.py`, the meaning of a query in
`query.py`, what stands beside the index on disk in `state.py`.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import WriterLockedError
from jianwei.indexes.text.common import CommonWords, documents_of, stamp_of, start_building
from jianwei.indexes.text.common_build import COMMON_ENTRIES, LARGE_LISTINGS, build_common
from jianwei.indexes.text.coverage import CoveragePlan
from jianwei.indexes.text.heard import HeardPairs
from jianwei.indexes.text.heard_build import build_heard
from jianwei.indexes.text.reader import (
    NO_HITS,
    TextReader,
    count_hits,
    first_hits,
    highest_listing_no,
    restricted,
    restrictions,
)
from jianwei.indexes.text.rows import RowsSize, RowsWriter, TextRows, section_of
from jianwei.indexes.text.schema import (
    LISTING_NO,
    build_document,
    build_schema,
    fields_with_text,
    register_tokenizer,
    written_fields,
)
from jianwei.indexes.text.search import AskedText
from jianwei.indexes.text.side_file import SideFileOfState
from jianwei.indexes.text.state import (
    EngineErrors,
    TextIndexState,
    read_state,
    write_state,
)
from jianwei.indexes.text.unwritable import linked_if_unwritable
from jianwei.indexes.text.word_shares import plain_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import tantivy
    from numpy.typing import NDArray

    from jianwei.indexes.text.coverage import Share
    from jianwei.indexes.text.schema import WrittenField
    from jianwei.indexes.text.unwritable import LinkedFolder
    from jianwei.ports import ReadLines, TextField, TextHits
    from jianwei.records import Filters, TextDocument
    from jianwei.text.query_syntax import QueryField, QueryNode

_WRITER_HEAP_BYTES = 96_000_000
"""Bounds the memory of an update: Tantivy writes out a segment when this is full."""

_FILLING_HEAP_BYTES = 512_000_000
"""Bounds the memory of a build from nothing: about 200,000 listings to a segment. Every query visits every segment."""

_MOST_IDLE_ROWS = 50_000
"""Rows that count no more and are left lying however small the library: 20 MB."""

_WRITER_THREADS = 1
"""Documents come from one Python thread, and each indexing thread adds a segment that every query has to visit."""


class TantivyTextIndex:
    """The `TextIndex` over one folder. Searching is safe from several threads; applying is for one at a time."""

    def __init__(
        self,
        folder: Path,
        index: tantivy.Index,
        state: TextIndexState,
        *,
        read_only: bool,
        links: LinkedFolder | None = None,
    ) -> None:
        self._folder = folder
        self._links = links
        self._index = index
        self._state = state
        self._read_only = read_only
        self._writer: tantivy.IndexWriter | None = None
        self._is_filling = False
        self._heap_bytes = _WRITER_HEAP_BYTES
        self._rows: RowsWriter | None = None
        self._reader = self._read()
        self._highest_listing_no = highest_listing_no(self._reader.searcher)
        """Above it nothing has to be replaced; asking Tantivy to delete costs about 17 µs a listing."""

    @classmethod
    def create(cls, folder: Path) -> TantivyTextIndex:
        """Make an empty index, removing what is in `folder`."""
        import tantivy

        shutil.rmtree(folder, ignore_errors=True)
        with EngineErrors(folder):
            folder.mkdir(parents=True)
            tantivy.Index(build_schema(), path=str(folder), reuse=False)
            write_state(folder, TextIndexState(sequence=0, rows=RowsWriter(folder, RowsSize()).keep()))
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path, *, read_only: bool = False) -> TantivyTextIndex:
        """Open an index; with `read_only` it can only be searched and never waits for a writer.

        Raises:
            IndexCorruptError: the folder holds no index of this version, or a damaged one.
        """
        import tantivy

        state = read_state(folder)
        with EngineErrors(folder):
            links = linked_if_unwritable(folder)
            index = tantivy.Index.open(str(links.path if links else folder))
            register_tokenizer(index)
            index.config_reader("manual")
            return cls(folder, index, state, read_only=read_only, links=links)

    @property
    def sequence(self) -> int:
        """The catalog change up to which the index is complete."""
        return self._state.sequence

    @property
    def document_count(self) -> int:
        """How many listings the index holds."""
        return self._reader.searcher.num_docs

    @property
    def fields(self) -> frozenset[TextField]:
        """The fields in which any listing has text."""
        return self._state.fields

    def apply(self, documents: Iterable[TextDocument], *, deleted: Sequence[int], sequence: int) -> None:
        """Insert or replace documents, remove others, and record `sequence`.

        Visible and kept when this returns, inside `filling` when that is left.

        Raises:
            WriterLockedError: another process is writing to this index.
            StorageFullError: the disk is full; the index stands at its last sequence.
        """
        writer, rows = self._open_writer()
        before = self._state
        used: set[TextField] = set()
        try:
            with EngineErrors(self._folder):
                for listing_no in deleted:
                    writer.delete_documents_by_term(LISTING_NO, listing_no)
                    rows.remove(listing_no)
            for document in documents:
                written = written_fields(document)
                built = build_document(document, written)
                used |= fields_with_text(document)
                with EngineErrors(self._folder):
                    if document.listing_no <= self._highest_listing_no:
                        writer.delete_documents_by_term(LISTING_NO, document.listing_no)
                    writer.add_document(built)
                    _put(rows, document, written)
                self._highest_listing_no = max(self._highest_listing_no, document.listing_no)
            self._state = TextIndexState(sequence, self._state.fields | used, self._state.rows)
            if not self._is_filling:
                self._commit(writer, rows)
        except BaseException:
            self._state = before
            self._abandon_writer()
            raise

    @contextmanager
    def filling(self, heap_bytes: int = _FILLING_HEAP_BYTES) -> Iterator[None]:
        """Open a block in which an index is filled that nobody searches; it is committed once, on leaving.

        A commit for each batch would leave a segment for each, and merging them leaves up to seven of every size.

        Raises:
            StorageFullError: the disk is full; the index stands as before the block.
        """
        before, self._is_filling, self._heap_bytes = self._state, True, heap_bytes
        try:
            yield
            if self._writer is not None and self._rows is not None:
                self._commit(self._writer, self._rows)
        except BaseException:
            self._state = before
            self._abandon_writer()
            raise
        finally:
            self._is_filling, self._heap_bytes = False, _WRITER_HEAP_BYTES

    def catching_up(self) -> AbstractContextManager[None]:
        """Open such a block for changes that may be many, with the memory of an update; others search what was there.

        Raises:
            StorageFullError: as `filling`.
        """
        return self.filling(_WRITER_HEAP_BYTES)

    def _commit(self, writer: tantivy.IndexWriter, rows: RowsWriter) -> None:
        with EngineErrors(self._folder):
            self._state = replace(self._state, rows=rows.keep())
            writer.commit()
            write_state(self._folder, self._state)
        self.reload()

    def reload(self) -> None:
        """See what any process has committed since opening.

        Raises:
            IndexCorruptError: the index was replaced by another version, or damaged.
        """
        self._state = read_state(self._folder)
        with EngineErrors(self._folder):
            self._reader = self._read()
            self._highest_listing_no = highest_listing_no(self._reader.searcher)

    def _read(self) -> TextReader:
        """Read what is committed now."""
        folder, size = self._folder, self._state.rows
        stamp = stamp_of(folder, size)
        if self._links is not None:
            self._links.renew()
        self._index.reload()
        if stamp != stamp_of(folder, size):  # committed meanwhile: which of the two was loaded is not known
            stamp = None
        rows = TextRows.load(folder, size)
        is_worth_building = rows.listings >= LARGE_LISTINGS and self._links is None
        start = start_building if is_worth_building else None
        common = SideFileOfState(folder, stamp, CommonWords.load, start)
        return TextReader.of(self._index, rows, common, SideFileOfState(folder, stamp, HeardPairs.load, start))

    def make_common(self, least_entries: int = COMMON_ENTRIES) -> int:
        """Make the side file of the state that is loaded, which common words are looked up in; return its size.

        Raises:
            StorageFullError: the disk is full.
        """
        with EngineErrors(self._folder):
            stamp = self._reader.common.stamp
            if stamp is None:
                return 0
            return build_common(self._folder, self._index.schema, self._reader, stamp, least_entries)

    def make_heard(self) -> int:
        """Make the side file that tells in which listings pairs of syllables are heard; return its size.

        Raises:
            StorageFullError: the disk is full.
        """
        folder = self._folder
        with EngineErrors(folder):
            stamp = self._reader.heard.stamp
            documents = documents_of(folder)
            if stamp is None or stamp != stamp_of(folder, self._state.rows):  # `documents` are those of another state
                return 0
            return build_heard(folder, self._index.schema, self._reader, documents, stamp)

    def make_missing(self) -> None:
        """Make those side files of the state that is loaded that are not there.

        Raises:
            StorageFullError: the disk is full.
        """
        if self._reader.common.found() is None:
            self.make_common()
        if self._reader.heard.found() is None:
            self.make_heard()

    def search(
        self,
        query: QueryNode | None,
        *,
        fields: Sequence[TextField],
        filters: Filters,
        limit: int,
        only: Sequence[int] | None = None,
    ) -> TextHits:
        """Return the best listings, score descending, ties by ascending `listing_no`.

        `fields` are where terms without a field name are looked for. `only` restricts to these listings (None: all).
        A query of None matches every listing with score 1.
        """
        import tantivy

        if limit < 1 or (only is not None and not only):
            return NO_HITS
        with EngineErrors(self._folder):
            if query is None:
                inside = restrictions(self._index.schema, filters, only)
                return first_hits(self._reader.searcher, restricted(tantivy.Query.all_query(), inside), limit)
            asked = self._asked(query, fields, filters)
            return asked.best(limit) if only is None else asked.best_among(only, limit)

    def coverage(
        self, asked: Sequence[tuple[QueryNode, Sequence[TextField]]], *, only: Sequence[int] | NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return (asked, only): which share of each query, 0..1, each listing holds in any of its fields."""
        reader = self._reader
        if not len(only):
            return np.zeros((len(asked), len(only)))
        with EngineErrors(self._folder):
            plan = CoveragePlan(reader.doc_freq, reader.searcher.num_docs)
            told = list(self._shares(plan, asked))
            present = plan.present(reader.rows.of(only), len(only))
        if len(told) == 1 and told[0][0] == list(range(len(asked))):
            return told[0][1](present)
        shares = np.zeros((len(asked), len(only)))
        for rows, share in told:
            shares[rows] = share(present)
        return shares

    def _shares(
        self, plan: CoveragePlan, asked: Sequence[tuple[QueryNode, Sequence[TextField]]]
    ) -> Iterator[tuple[int | list[int], Share]]:
        """Yield what tells the shares of each query, or of all that ask for the same plain words at once."""
        alike: dict[tuple[str, ...], list[int]] = {}
        used = [self._used(fields) for _, fields in asked]
        last: QueryNode | None = None
        plain: tuple[str, ...] = ()
        for row, ((query, _), fields) in enumerate(zip(asked, used, strict=True)):
            if query is not last:  # mostly the same is asked of every field
                last, plain = query, plain_words(query)
            words = () if "sound" in fields else plain
            if words and fields:
                alike.setdefault(words, []).append(row)
            elif fields:
                yield row, plan.add(query, fields)
        for words, rows in alike.items():
            yield rows, plan.add_words(words, [used[row] for row in rows])

    def lines_held(
        self, lines: Sequence[str], field: TextField, *, only: Sequence[int] | NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return (only,) how many of some lines each listing holds in a field, each by its rarity; 0 and up."""
        if not len(only) or not self._used((field,)):
            return np.zeros(len(only))
        reader = self._reader
        with EngineErrors(self._folder):
            plan = CoveragePlan(reader.doc_freq, reader.searcher.num_docs)
            held = plan.add_lines(lines, field)
            return held(plan.present(reader.rows.of(only), len(only)))

    def read_lines(self, listing_nos: Sequence[int]) -> ReadLines:
        """Return the lines that were read in the pictures of some listings."""
        return self._reader.rows.read_lines(listing_nos)

    def first_pictures(self, listing_nos: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Return (n,) the first picture of each listing, 0 where it shows none and -1 where nothing is known of it."""
        return self._reader.rows.first_pictures(listing_nos)

    def is_outgrown(self) -> bool:
        """Tell whether most of what lies beside the index counts no more, so that it should be built anew."""
        rows = self._reader.rows
        return rows.written > 2 * rows.listings + _MOST_IDLE_ROWS

    def count(self, query: QueryNode | None, *, fields: Sequence[TextField], filters: Filters) -> int:
        """Return how many listings match."""
        import tantivy

        with EngineErrors(self._folder):
            if query is not None:
                return self._asked(query, fields, filters).count()
            inside = restrictions(self._index.schema, filters, None)
            return count_hits(self._reader.searcher, restricted(tantivy.Query.all_query(), inside))

    def end_writing(self) -> None:
        """Wait for running merges and let other processes write; searching goes on, and `apply` begins anew."""
        writer, self._writer, self._rows = self._writer, None, None
        if writer is not None:
            with EngineErrors(self._folder):
                writer.wait_merging_threads()

    def close(self) -> None:
        """End writing. Closing twice does nothing."""
        self.end_writing()
        if self._links is not None:
            self._links.close()

    def _asked(self, query: QueryNode, fields: Sequence[TextField], filters: Filters) -> AskedText:
        return AskedText(self._index.schema, self._reader, query, self._used(fields), filters)

    def _used(self, fields: Sequence[TextField]) -> tuple[TextField, ...]:
        """Return those of some fields in which any listing has text."""
        held = self._state.fields
        return tuple([field for field in fields if field in held])

    def _open_writer(self) -> tuple[tantivy.IndexWriter, RowsWriter]:
        if self._read_only:
            raise WriterLockedError(
                "This library was opened for reading only. Open it for writing to change its index.",
                zh="资料库以只读方式打开，不能修改索引。请以可写方式打开。",
            )
        if self._writer is None:
            try:
                self._writer = self._index.writer(self._heap_bytes, _WRITER_THREADS)
            except ValueError as error:
                raise WriterLockedError(
                    f"Another process is writing to the text index in {self._folder}. Try again when it is done.",
                    zh=f"另一个进程正在写入文本索引 {self._folder}。请等它结束后重试。",
                    folder=str(self._folder),
                ) from error
        if self._rows is None:
            self._rows = RowsWriter(self._folder, self._state.rows)
        return self._writer, self._rows

    def _abandon_writer(self) -> None:
        """Undo what was not committed and give up the writer, which is not promised to work after a failure."""
        writer, self._writer, self._rows = self._writer, None, None
        if writer is not None:
            with suppress(ValueError):
                writer.rollback()


def _put(rows: RowsWriter, document: TextDocument, written: Mapping[QueryField, WrittenField]) -> None:
    """Write the row of a listing."""
    read = written.get("ocr")
    places = [document.ocr_places[number] for number in read.numbers] if read and document.ocr_places else ()
    sections = {field: section_of(said.lines, said.words) for field, said in written.items()}
    rows.put(document.listing_no, sections, lines=places, picture_no=document.picture_no)
