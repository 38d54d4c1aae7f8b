"""Full-text search over listings with Tantivy: opening, keeping up with the catalog, and searching.

One document per listing, replaced as a whole. The layout is in `text_index_schema.py`, the meaning of a query in
`text_index_query.py`, what stands beside the index on disk in `text_index_state.py`.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import IndexCorruptError, JianweiError, StorageFullError, WriterLockedError
from jianwei.indexes.text_index_coverage import CoveragePlan
from jianwei.indexes.text_index_query import TextQueryCompiler
from jianwei.indexes.text_index_schema import (
    CAPTURED_AT,
    LISTING_NO,
    PRICE,
    build_document,
    build_schema,
    fields_with_text,
    microseconds,
    register_tokenizer,
)
from jianwei.indexes.text_index_state import (
    TextIndexState,
    corrupt_index,
    read_state,
    replace_folder,
    write_state,
)
from jianwei.ports import TextHit
from jianwei.records import Filters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import tantivy
    from numpy.typing import NDArray

    from jianwei.ports import TextField
    from jianwei.records import TextDocument
    from jianwei.text.query_syntax import Phrase, QueryNode

_WRITER_HEAP_BYTES = 96_000_000
"""Bounds the memory of a build: Tantivy writes out a segment when this is full."""

_MOST_SINGLE_TERMS = 2000
"""From about here on a set of terms is faster than looking for each: 400 take 2.4 ms as a set and 0.9 ms as terms."""

_WRITER_THREADS = 1
"""Documents come from one Python thread, and each indexing thread adds a segment that every query has to visit."""

_TIES_SEEN = 1000
"""Hits that tie for the last place stand by number among this many, or 4 × as many as were asked for. Titles of few
different lengths tie by thousands, and nobody reads that far."""

_SCORE_DECIMALS = 3
"""Sums of 32-bit floats differ in the sixth digit with the order of adding; beyond this, scores are called equal."""


class TantivyTextIndex:
    """The `TextIndex` over one folder. Searching is safe from several threads; applying is for one at a time."""

    def __init__(self, folder: Path, index: tantivy.Index, state: TextIndexState, *, read_only: bool) -> None:
        self._folder = folder
        self._index = index
        self._state = state
        self._read_only = read_only
        self._writer: tantivy.IndexWriter | None = None
        self._searcher = index.searcher()
        self._highest_listing_no = _highest_listing_no(self._searcher)
        """Above it nothing has to be replaced; asking Tantivy to delete costs about 17 µs a listing."""

    @classmethod
    def create(cls, folder: Path) -> TantivyTextIndex:
        """Make an empty index, removing what is in `folder`."""
        import tantivy

        shutil.rmtree(folder, ignore_errors=True)
        with _engine_errors(folder):
            folder.mkdir(parents=True)
            tantivy.Index(build_schema(), path=str(folder), reuse=False)
            write_state(folder, TextIndexState(sequence=0))
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path, *, read_only: bool = False) -> TantivyTextIndex:
        """Open an index; with `read_only` it can only be searched and never waits for a writer.

        Raises:
            IndexCorruptError: the folder holds no index of this version, or a damaged one.
        """
        import tantivy

        state = read_state(folder)
        with _engine_errors(folder):
            index = tantivy.Index.open(str(folder))
            register_tokenizer(index)
            index.config_reader("manual")
            index.reload()
            return cls(folder, index, state, read_only=read_only)

    @classmethod
    @contextmanager
    def rebuilding(cls, folder: Path) -> Iterator[TantivyTextIndex]:
        """Give an empty index to fill; it takes the place of `folder` on leaving, an exception leaves `folder` alone.

        Close an index that is open on `folder` before leaving, and open it again after.
        """
        aside = folder.with_name(folder.name + ".rebuild")
        index = cls.create(aside)
        try:
            yield index
            index.close()
            with _engine_errors(folder):
                replace_folder(folder, aside)
        finally:
            index.close()
            shutil.rmtree(aside, ignore_errors=True)

    @property
    def sequence(self) -> int:
        """The catalog change up to which the index is complete."""
        return self._state.sequence

    @property
    def document_count(self) -> int:
        """How many listings the index holds."""
        return self._searcher.num_docs

    @property
    def fields(self) -> frozenset[TextField]:
        """The fields in which any listing has text."""
        return self._state.fields

    def apply(self, documents: Iterable[TextDocument], *, deleted: Sequence[int], sequence: int) -> None:
        """Insert or replace documents, remove others, and record `sequence`; visible when this returns.

        Raises:
            WriterLockedError: another process is writing to this index.
            StorageFullError: the disk is full; the index stands at its last sequence.
        """
        writer = self._open_writer()
        used: set[TextField] = set()
        try:
            with _engine_errors(self._folder):
                for listing_no in deleted:
                    writer.delete_documents_by_term(LISTING_NO, listing_no)
            for document in documents:
                built = build_document(document)
                used |= fields_with_text(document)
                with _engine_errors(self._folder):
                    if document.listing_no <= self._highest_listing_no:
                        writer.delete_documents_by_term(LISTING_NO, document.listing_no)
                    writer.add_document(built)
                self._highest_listing_no = max(self._highest_listing_no, document.listing_no)
            with _engine_errors(self._folder):
                writer.commit()
        except BaseException:
            self._abandon_writer()
            raise
        with _engine_errors(self._folder):
            write_state(self._folder, TextIndexState(sequence, self._state.fields | used))
        self.reload()

    def reload(self) -> None:
        """See what any process has committed since opening.

        Raises:
            IndexCorruptError: the index was replaced by another version, or damaged.
        """
        self._state = read_state(self._folder)
        with _engine_errors(self._folder):
            self._index.reload()
            self._searcher = self._index.searcher()
            self._highest_listing_no = _highest_listing_no(self._searcher)

    def search(
        self,
        query: QueryNode | None,
        *,
        fields: Sequence[TextField],
        filters: Filters,
        limit: int,
        only: Sequence[int] | None = None,
    ) -> list[TextHit]:
        """Return the best listings, score descending, ties by ascending `listing_no`.

        `fields` are where terms without a field name are looked for. `only` restricts to these listings (None: all).
        A query of None matches every listing with score 1.
        """
        searcher = self._searcher
        if limit < 1 or (only is not None and not only):
            return []
        with _engine_errors(self._folder):
            compiled, is_complete = self._compile(searcher, query, fields, filters, only, complete=only is not None)
            if query is None:
                return _first_hits(searcher, compiled, limit)
            hits = _best_hits(searcher, compiled, limit)
            if len(hits) < limit and not is_complete:
                compiled, _ = self._compile(searcher, query, fields, filters, only, complete=True)
                hits = _best_hits(searcher, compiled, limit)
            return hits

    def coverage(
        self, asked: Sequence[tuple[QueryNode, Sequence[TextField]]], *, only: Sequence[int]
    ) -> NDArray[np.float64]:
        """Return (asked, only): which share of each query, 0..1, each listing holds in any of its fields."""
        searcher, schema = self._searcher, self._index.schema
        shares = np.zeros((len(asked), len(only)))
        if not len(only):
            return shares

        def whole(phrase: Phrase, fields: Sequence[TextField]) -> tantivy.Query:
            return TextQueryCompiler(schema, fields, searcher.doc_freq, complete=True).compile(phrase)

        def hits(query: tantivy.Query) -> list[tuple[int, int]]:
            restricted = _restricted(query, _restrictions(schema, Filters(), only))
            found = searcher.search(restricted, limit=len(only), count=False).hits
            listing_nos = searcher.fast_field_values(LISTING_NO, [address for _, address in found])
            return [(int(number or 0), int(score)) for (score, _), number in zip(found, listing_nos, strict=True)]

        with _engine_errors(self._folder):
            plan = CoveragePlan(schema, searcher.doc_freq, searcher.num_docs, whole=whole)
            told = [
                (row, plan.add(query, used))
                for row, (query, fields) in enumerate(asked)
                if (used := [field for field in fields if field in self._state.fields])
            ]
            present = plan.present(hits, only)
        for row, share in told:
            shares[row] = share(present)
        return shares

    def count(self, query: QueryNode | None, *, fields: Sequence[TextField], filters: Filters) -> int:
        """Return how many listings match."""
        searcher = self._searcher
        with _engine_errors(self._folder):
            compiled, _ = self._compile(searcher, query, fields, filters, None, complete=True)
            found = searcher.search(compiled, limit=1, count=True)
            return int(found.count)  # type: ignore[attr-defined]  # missing in the package's stub

    def end_writing(self) -> None:
        """Wait for running merges and let other processes write; searching goes on, and `apply` begins anew."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with _engine_errors(self._folder):
                writer.wait_merging_threads()

    def close(self) -> None:
        """End writing. Closing twice does nothing."""
        self.end_writing()

    def _compile(
        self,
        searcher: tantivy.Searcher,
        query: QueryNode | None,
        fields: Sequence[TextField],
        filters: Filters,
        only: Sequence[int] | None,
        *,
        complete: bool,
    ) -> tuple[tantivy.Query, bool]:
        """Return the query, and whether nothing was left out of it for speed."""
        import tantivy

        schema = self._index.schema
        used = [field for field in fields if field in self._state.fields]
        compiler = TextQueryCompiler(schema, used, searcher.doc_freq, complete=complete)
        compiled = tantivy.Query.all_query() if query is None else compiler.compile(query)
        restrictions = _restrictions(schema, filters, only)
        return _restricted(compiled, restrictions), compiler.is_complete

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._read_only:
            raise WriterLockedError(
                "This library was opened for reading only. Open it for writing to change its index.",
                zh="资料库以只读方式打开，不能修改索引。请以可写方式打开。",
            )
        if self._writer is None:
            try:
                self._writer = self._index.writer(_WRITER_HEAP_BYTES, _WRITER_THREADS)
            except ValueError as error:
                raise WriterLockedError(
                    f"Another process is writing to the text index in {self._folder}. Try again when it is done.",
                    zh=f"另一个进程正在写入文本索引 {self._folder}。请等它结束后重试。",
                    folder=str(self._folder),
                ) from error
        return self._writer

    def _abandon_writer(self) -> None:
        """Undo what was not committed and give up the writer, which is not promised to work after a failure."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(ValueError):
                writer.rollback()


def _restricted(query: tantivy.Query, restrictions: Sequence[tantivy.Query]) -> tantivy.Query:
    """Return the query inside the restrictions, which give no score."""
    import tantivy

    if not restrictions:
        return query
    clauses = [(tantivy.Occur.Must, tantivy.Query.const_score_query(part, 0.0)) for part in restrictions]
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), *clauses])


def _restrictions(schema: tantivy.Schema, filters: Filters, only: Sequence[int] | None) -> list[tantivy.Query]:
    import tantivy

    engine, kinds = tantivy.Query, tantivy.FieldType
    sets = (("platform", filters.platforms), ("shop", filters.shops), ("category", filters.categories))
    parts = [_any_value(schema, name, sorted(values)) for name, values in sets if values]
    low, high = filters.price_min, filters.price_max
    if low is not None or high is not None:
        parts.append(engine.range_query(schema, PRICE, kinds.Float, low, high))
    since = None if filters.captured_from is None else microseconds(filters.captured_from)
    until = None if filters.captured_to is None else microseconds(filters.captured_to)
    if since is not None or until is not None:
        parts.append(engine.range_query(schema, CAPTURED_AT, kinds.Integer, since, until))
    if only is not None:
        parts.append(_any_value(schema, LISTING_NO, only))
    return parts


def _any_value(schema: tantivy.Schema, name: str, values: Sequence[int] | Sequence[str]) -> tantivy.Query:
    """Return what hits a document with any of the values.

    A set builds an automaton for each segment (0.4 ms for 20 values in 8 segments), terms are looked up (0.03 ms).
    """
    import tantivy

    if len(values) > _MOST_SINGLE_TERMS:
        return tantivy.Query.term_set_query(schema, name, list(values))
    terms = [(tantivy.Occur.Should, tantivy.Query.term_query(schema, name, value)) for value in values]
    return tantivy.Query.boolean_query(terms)


def _highest_listing_no(searcher: tantivy.Searcher) -> int:
    import tantivy

    found = searcher.search(tantivy.Query.all_query(), limit=1, count=False, order_by_field=LISTING_NO).hits
    return max((int(key) for key, _ in found), default=-1)


def _first_hits(searcher: tantivy.Searcher, query: tantivy.Query, limit: int) -> list[TextHit]:
    """Return the hits of a query without words: all are equal, so the lowest `listing_no`s."""
    import tantivy

    found = searcher.search(query, limit=limit, count=False, order_by_field=LISTING_NO, order=tantivy.Order.Asc).hits
    return [TextHit(int(listing_no), 1.0) for listing_no, _ in found]


def _best_hits(searcher: tantivy.Searcher, query: tantivy.Query, limit: int) -> list[TextHit]:
    """Return the best hits in the promised order, which Tantivy's own order of ties (by segment) is not.

    Asks once for more where the last place is shared with a hit that was left out.
    """
    hits = searcher.search(query, limit=limit + 1, count=False).hits
    if len(hits) > limit and round(hits[limit][0], _SCORE_DECIMALS) == round(hits[limit - 1][0], _SCORE_DECIMALS):
        hits = searcher.search(query, limit=max(_TIES_SEEN, 4 * limit), count=False).hits
    scores = np.round(np.array([score for score, _ in hits], np.float64), _SCORE_DECIMALS)
    listing_nos = np.array(searcher.fast_field_values(LISTING_NO, [address for _, address in hits]), np.int64)
    order = np.lexsort((listing_nos, -scores))[:limit]
    return [
        TextHit(number, score)
        for number, score in zip(listing_nos[order].tolist(), scores[order].tolist(), strict=True)
    ]


@contextmanager
def _engine_errors(folder: Path) -> Iterator[None]:
    """Turn what Tantivy and the file system raise into our own errors."""
    try:
        yield
    except JianweiError:
        raise
    except (ValueError, OSError) as error:
        if "No space left" in str(error):
            raise StorageFullError(
                f"The disk that holds the text index in {folder} is full. Free some space and run the command again.",
                zh=f"文本索引 {folder} 所在磁盘已满。请清理空间后重新运行。",
                folder=str(folder),
            ) from error
        raise corrupt_index(folder, str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what Rust raises for damaged data; not an Exception
            raise
        raise IndexCorruptError(
            f"The text index in {folder} is damaged. Rebuild it with: jianwei reindex",
            zh=f"文本索引 {folder} 已损坏。请重建：jianwei reindex",
            folder=str(folder),
        ) from error
