"""`library.cases`: listings that are known to be violations, and which of them a listing is like."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from jianwei.errors import PictureError, SourceError
from jianwei.library.paging import check_page
from jianwei.search.request import AskedPicture, JoinedQuery, SearchRequest
from jianwei.text.likeness import SaidWords, telling_words, text_likeness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from jianwei.ingest.report import IngestProgress, IngestReport
    from jianwei.library.parts import LibraryParts
    from jianwei.records import Listing, Picture, TextDocument
    from jianwei.search.results import Channel, Hit, SearchResult

_PICTURES_COMPARED = 3
"""The first pictures of a listing are its main ones; each costs a read of its hash, words and vectors."""
_NEIGHBOURS = 10
_LEAST_RELEVANCE = 0.5
"""A case that is more likely unlike than like has no vote."""
_LEAST_SHOWN = 0.1
"""A person who compares wants to see the nearest, also where a search would fold it away; less is like nothing."""
_CANDIDATES = 50
_MOST_WORDS = 24
_BY_LOOK: frozenset[Channel] = frozenset({"hash", "copy", "vector:picture"})
_BY_WORDS: frozenset[Channel] = frozenset({"text:title", "text:spec", "text:ocr", "text:caption"})


@dataclass(frozen=True, slots=True)
class CaseImport:
    """What an import did; `cases_added` counts the listings that are known violations now and were not before."""

    report: IngestReport
    cases_added: int
    cases: int


@dataclass(frozen=True, slots=True)
class TypeVote:
    """How strongly like cases speak for a type of violation, 0..1, and how many of them there are."""

    illegal_type: str
    strength: float
    cases: int


@dataclass(frozen=True, slots=True)
class CaseComparison:
    """The cases that a listing is most like, best first, and the types that they propose, strongest first."""

    listing: Listing
    hits: tuple[Hit, ...]
    votes: tuple[TypeVote, ...]


class Ingest(Protocol):
    """Takes listings from a source into the library: what `Library.ingest` is to the cases."""

    def __call__(
        self,
        source: str | Path,
        *,
        mapping: Mapping[str, object] | str | Path | None,
        platform: str | None,
        progress: Callable[[IngestProgress], None] | None,
    ) -> IngestReport:
        """Return what was taken in."""
        ...


class LibraryCases:
    """The known violations of one library. `answer` searches it, `ingest` takes listings into it."""

    def __init__(self, parts: LibraryParts, answer: Callable[[SearchRequest], SearchResult], ingest: Ingest) -> None:
        self._parts = parts
        self._catalog = parts.catalog
        self._answer = answer
        self._ingest = ingest

    def count(self) -> int:
        """Return how many listings are known violations."""
        return self._catalog.stats().cases

    def list(self, *, limit: int = 50, offset: int = 0) -> Sequence[Listing]:
        """Return known violations in the order of entry.

        Raises:
            QueryError: `limit` or `offset` is out of range.
        """
        check_page(limit, offset)
        numbers = self._catalog.case_listing_nos()[offset : offset + limit]
        known = self._catalog.listings(numbers)
        return [known[number] for number in numbers if number in known]

    def import_cases(
        self,
        source: str | Path,
        *,
        mapping: Mapping[str, object] | str | Path | None = None,
        platform: str | None = None,
        progress: Callable[[IngestProgress], None] | None = None,
    ) -> CaseImport:
        """Take known violations from a source of listings that says why each is one (`docs/sources.md`).

        Listings without an illegal type are taken too, as ordinary ones.

        Raises:
            SourceError: the source cannot be read, or no listing of the library is a case after it.
            WriterLockedError: another process is writing to the library.
        """
        before = self.count()
        report = self._ingest(source, mapping=mapping, platform=platform, progress=progress)
        after = self.count()
        if not after:
            raise SourceError(
                f"{source} has no known violations: no record has an illegal type. Name its column with a mapping, "
                "field illegal_type; see docs/sources.md. Its listings were taken as ordinary ones.",
                zh=f"{source} 中没有已知案例：没有记录注明违法类型。请用映射文件指定 illegal_type 对应的列，"
                "见 docs/sources.zh.md。其中的商品已作为普通商品入库。",
                source=str(source),
            )
        return CaseImport(report, after - before, after)

    def near(self, listing_id: str, *, limit: int = _NEIGHBOURS) -> CaseComparison:
        """Compare a listing with all cases: what its pictures show, and what title and pictures say.

        A search finds candidates. How like one is, `relevance`, is 1 − (1 − look)(1 − words): the look as searches
        estimate it from hashes, copies and vectors, the words by what both say of all that either says
        (`text/likeness.py`). Each type that its like cases have is proposed with 1 − Π(1 − relevance): any one of them
        may suffice.

        Raises:
            NotFoundError: there is no such listing.
            QueryError: `limit` is out of range.
        """
        check_page(limit, 0)
        view = self._parts.view(listing_id)
        if not self.count():
            return CaseComparison(view.listing, (), ())
        pictures = {item.picture.facts.sha256: item.picture for item in view.pictures}
        compared = [self._original(picture) for picture in list(pictures.values())[:_PICTURES_COMPARED]]
        own = self._texts([view.listing.listing_no]).get(view.listing.listing_no)
        looked = self._asked([JoinedQuery(pictures=(AskedPicture(data),)) for data in compared if data], _BY_LOOK)
        words = _any_of(own)
        said = self._asked([JoinedQuery(words=words)] if words else [], _BY_WORDS)
        look = {hit.listing.listing_no: hit.relevance for hit in looked}
        hits = {hit.listing.listing_no: hit for hit in (*said, *looked) if hit.listing.listing_id != listing_id}
        texts = self._texts(list(hits))
        alike = [
            replace(hit, relevance=_either(look.get(number, 0.0), _word_likeness(own, texts.get(number))))
            for number, hit in hits.items()
        ]
        shown = sorted(
            (hit for hit in alike if hit.relevance >= _LEAST_SHOWN),
            key=lambda hit: (-hit.relevance, hit.listing.listing_no),
        )
        found = [replace(hit, rank=rank) for rank, hit in enumerate(shown[:limit], 1)]
        return CaseComparison(view.listing, tuple(found), _votes(found))

    def _asked(self, queries: Sequence[JoinedQuery], channels: frozenset[Channel]) -> Sequence[Hit]:
        if not queries:
            return ()
        request = SearchRequest(
            queries=tuple(queries), channels=channels, target="cases", limit=_CANDIDATES, min_relevance=0.0, fold=False
        )
        return self._answer(request).hits

    def _texts(self, listing_nos: Sequence[int]) -> dict[int, TextDocument]:
        return {document.listing_no: document for document in self._catalog.text_documents(listing_nos)}

    def _original(self, picture: Picture) -> bytes | None:
        try:
            return self._parts.original_bytes(picture)
        except PictureError:
            return None  # the other pictures and the title still speak


def _any_of(document: TextDocument | None) -> str:
    """Return a query for any of the first words of a listing, title first; no sign or capital in it means anything."""
    lines = () if document is None else (document.title, *document.ocr)
    words = dict.fromkeys(word for line in lines for word in telling_words(line))
    return " OR ".join(list(words)[:_MOST_WORDS])


def _word_likeness(one: TextDocument | None, other: TextDocument | None) -> float:
    if one is None or other is None:
        return 0.0
    return text_likeness(SaidWords.of(one.title, one.ocr), SaidWords.of(other.title, other.ocr))


def _either(one: float, other: float) -> float:
    return 1.0 - (1.0 - one) * (1.0 - other)


def _votes(hits: Sequence[Hit]) -> tuple[TypeVote, ...]:
    by_type: dict[str, list[float]] = {}
    for hit in hits:
        if hit.listing.case is not None and hit.relevance >= _LEAST_RELEVANCE:
            by_type.setdefault(hit.listing.case.illegal_type, []).append(hit.relevance)
    votes = [
        TypeVote(name, 1.0 - math.prod(1.0 - value for value in values), len(values))
        for name, values in by_type.items()
    ]
    return tuple(sorted(votes, key=lambda vote: (-vote.strength, vote.illegal_type)))
