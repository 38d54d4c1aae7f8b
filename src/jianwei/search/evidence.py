"""What each channel says of each candidate: columns of scores, computed exactly whichever channel brought one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

import numpy as np

from jianwei.ports import TextHits
from jianwei.quick_records import quickly
from jianwei.records import NO_FILTERS
from jianwei.search.channels import TEXT_CHANNELS, restricted_to
from jianwei.search.hash_distances import nearest_distances
from jianwei.search.results import HASH_REACH
from jianwei.search.vector_channels import VECTOR_CHANNELS, VectorScores, vector_channels
from jianwei.sorted_numbers import rows_in, united
from jianwei.text.highlight import BETWEEN_LINES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from jianwei.ports import CatalogReader, HashIndex, TextField, TextIndex
    from jianwei.search.beside import Beside
    from jianwei.search.calibration import CurveName
    from jianwei.search.copies import CopyFinder
    from jianwei.search.question import AskedWords, ReadPicture, Weighing
    from jianwei.search.results import Channel
    from jianwei.search.scope import Scope
    from jianwei.search.vector_channels import AskedSpace, Candidates, PicturesOfListings
    from jianwei.text.query_syntax import QueryNode

    _Asked: TypeAlias = list[tuple[QueryNode, Sequence[TextField]]]

ENOUGH_WRITTEN = 20
"""So many listings that hold what is asked as it is written make a page; then nobody needs what only sounds like it."""

_HELD_SHARE = 0.62
"""The share of a query from which a listing is more likely than not what is meant: the middle of the shipped curves."""

_COMPARED = 30
"""So many of the best answers to a title are compared with the first of them: more than a page of 20 holds."""

_BEST_LINES = 12
"""As many lines of the first as are looked for of a query picture: 60 find no more."""

_NO_LISTINGS = np.empty(0, np.int64)
_NOTHING_FOUND = TextHits(_NO_LISTINGS, np.empty(0))
_WRITTEN: tuple[TextField, ...] = ("title", "spec", "ocr", "caption")
_HEARD: tuple[TextField, ...] = ("sound",)


@dataclass(frozen=True, slots=True)
class Column:
    """The scores of (n,) candidates in one channel.

    Attributes:
        channel: None for the text of all fields taken together.
        curve: the name of its curve.
        scores: as the channel gives them (BM25, cosines, likeness); NaN where it cannot judge.
        signals: what the curve reads, comparable between queries; NaN where there is nothing to read.
        floor: the score that means nothing was found; NaN where there is none.
        space: of vectors.
    """

    channel: Channel | None
    curve: CurveName
    scores: NDArray[np.float64]
    signals: NDArray[np.float64]
    floor: float = 0.0
    space: str = ""

    @property
    def is_vector(self) -> bool:
        """Whether it compares vectors."""
        return self.channel is not None and self.channel.startswith("vector:")


_column = quickly(Column)


@dataclass(frozen=True, slots=True)
class Brought:
    """What channels brought for words.

    Attributes:
        listing_nos: the candidates, ascending; `written` itself where nothing else was brought.
        written: (m,) those that were found as they are written, ascending.
        scores: (m,) their BM25.
        all_written: whether `written` names every listing that matches, so that others score 0.
        heard: whether it was asked what sounds like the words.
        asked: what was asked about them: by field and last of all fields.
        parts: the part of the query that concerns each field.
        shares: (asked, m) the share of the query in each of `written`.
        total: how many listings hold any of the words in any field, where that is known.
    """

    listing_nos: NDArray[np.int64]
    written: NDArray[np.int64]
    scores: NDArray[np.float64]
    all_written: bool
    heard: bool
    asked: _Asked
    parts: dict[TextField, QueryNode]
    shares: NDArray[np.float64]
    total: int | None = None


_brought = quickly(Brought)


@dataclass(frozen=True, slots=True)
class Gathering:
    """How the candidates of one request are gathered.

    Attributes:
        scope: where they may be.
        weighing: which channels take part.
        depth: how many each channel brings at most.
        beside: the threads in which channels may be asked meanwhile.
    """

    scope: Scope
    weighing: Weighing
    depth: int
    beside: Beside


class EvidenceCollector:
    """Collects candidates and their scores from text, hashes and vectors."""

    def __init__(
        self, catalog: CatalogReader, text: TextIndex, hashes: Callable[[], HashIndex], copies: CopyFinder
    ) -> None:
        self._catalog = catalog
        self._text = text
        self._hashes = hashes
        self._copies = copies
        self._vectors = VectorScores(catalog)

    def words_brought(self, words: AskedWords, how: Gathering) -> Brought:
        """Return the listings that the channels bring for words."""
        scope, weighing = how.scope, how.weighing
        spaces = () if words.is_strict else words.spaces
        meant = [how.beside.start(way) for way in self._vector_ways(spaces, how)]
        fields = self._fields(weighing)
        sounding: Callable[[], TextHits] = partial(self._hits, words.node, _HEARD, how)
        if not meant and words.titled and self._may_listen(weighing):  # hardly a listing holds a whole title
            sounding = how.beside.start(sounding)
        hits = self._hits(words.node, fields, how) if fields else _NOTHING_FOUND
        numbers, scores = hits.listing_nos, hits.scores
        total = hits.total if len(fields) == len(self._text.fields.intersection(_WRITTEN)) else None
        # Filters and named listings leave out what the columns of other questions may ask about.
        all_written = len(numbers) < how.depth and scope.is_everything
        asked, parts = _asked(words.telling, fields)
        shares = self._text.coverage(asked, only=numbers)
        heard = not words.is_strict and self._listens(shares[-1], weighing)
        alike = sounding().listing_nos if heard else _NO_LISTINGS
        every = united(numbers, alike, *(found() for found in meant))
        return _brought(every, numbers, scores, all_written, heard, asked, parts, shares, total)

    def _listens(self, shares: NDArray[np.float64], weighing: Weighing) -> bool:
        """Tell whether to ask what sounds like the words: not where a page of listings holds what is asked."""
        if not self._may_listen(weighing):
            return False
        if weighing.names("text:sound") or len(shares) < ENOUGH_WRITTEN:
            return True
        return bool(shares.max() < _HELD_SHARE)

    def _may_listen(self, weighing: Weighing) -> bool:
        return "sound" in self._text.fields and bool(weighing.weight("text:sound"))

    def picture_ways(self, read: ReadPicture, how: Gathering) -> Iterator[Callable[[], NDArray[np.int64]]]:
        """Yield ways to find candidates for a picture, which may be taken at the same time."""
        weighing = how.weighing
        if weighing.weight("hash") and len(read.picture.hashes):
            yield partial(self._by_hash, read, how)
        yield partial(self._by_parts_and_words, read, how)
        yield from self._vector_ways(read.spaces, how)

    def words_columns(
        self,
        words: AskedWords,
        candidates: Candidates,
        weighing: Weighing,
        *,
        brought: Brought | None,
        with_scores: bool,
    ) -> Iterator[Column]:
        """Yield what each channel says of some listings about words; `brought` tells what is known of them already.

        Only with `with_scores` have text columns scores, which cost a search each; else their signals stand for them.
        """
        fields, listing_nos = self._fields(weighing), candidates.listing_nos
        hears = brought.heard if brought is not None else not words.is_strict and bool(weighing.weight("text:sound"))
        if brought is not None and not hears:
            asked, parts = brought.asked, brought.parts
        else:
            asked, parts = _asked(words.telling, (*fields, "sound") if hears else fields)
        shares = self._shares(asked, listing_nos, brought)
        if fields:
            yield _column(None, "words:text", self._written(words.node, fields, listing_nos, brought), shares[-1])
        for row, (field, part) in enumerate(parts.items()):
            scores = self._scores(part, (field,), listing_nos) if with_scores else shares[row]
            channel = TEXT_CHANNELS[field]
            yield _column(channel, cast("CurveName", f"words:{channel}"), scores, shares[row])

    def picture_columns(
        self, read: ReadPicture, candidates: Candidates, weighing: Weighing, *, with_scores: bool
    ) -> Iterator[Column]:
        """Yield what each channel but those of vectors says of some listings about a picture."""
        if weighing.weight("hash") and len(read.picture.hashes):
            likeness = self._likeness(read, candidates.shown)
            yield _column("hash", "picture:hash", likeness, likeness, floor=1.0 - HASH_REACH / 256)
        if weighing.weight("copy") and (copies := self._copies.found(read.picture)):
            shown = candidates.shown
            likeness = shown.best(np.array([copies.get(number, 0.0) for number in shown.picture_nos.tolist()]))
            yield _column("copy", "picture:copy", likeness, likeness)
        node = read.picture.query()
        if node is not None and weighing.weight("text:ocr"):
            listing_nos = candidates.listing_nos
            held = self._text.lines_held(read.picture.words(), "ocr", only=listing_nos)
            scores = self._scores(node, ("ocr",), listing_nos) if with_scores else held
            yield _column("text:ocr", "picture:lines:ocr", scores, held)

    def held_of_the_best(self, columns: Sequence[Column], listing_nos: NDArray[np.int64]) -> NDArray[np.float64] | None:
        """Return (n,) how many lines read on the listing that says most of the words each holds, 0 and up.

        `columns` are those of the words. Told of the 30 listings that say most, 0 of others; None where text in
        pictures takes no part or nothing was read on the best.
        """
        together = [column.scores for column in columns if column.channel is None]
        if not together or not together[0].any() or all(column.channel != "text:ocr" for column in columns):
            return None  # where nobody says a word of it, nobody says most
        best = (-together[0]).argsort(kind="stable")[:_COMPARED]
        read = self._text.read_lines(listing_nos[best[:1]].tolist())
        lines = [*dict.fromkeys(line for line in read.text.split(BETWEEN_LINES) if line)][:_BEST_LINES]
        if not lines:
            return None
        held = np.zeros(len(listing_nos))
        held[best] = self._text.lines_held(lines, "ocr", only=listing_nos[best])
        return held

    def vector_columns(
        self,
        asked_kind: Literal["words", "picture"],
        spaces: Sequence[AskedSpace],
        candidates: Candidates,
        weighing: Weighing,
    ) -> Iterator[Column]:
        """Yield what each channel of vectors says of some listings about words or a picture."""
        for asked in spaces:
            for channel in vector_channels(asked):
                if not weighing.weight(channel.channel):
                    continue
                cosines = candidates.cosines(channel)
                keys = candidates.shown.picture_nos if channel.by_picture else candidates.listing_nos
                usual = self._vectors.background(channel, keys)
                signals = usual.above(cosines) if usual is not None else np.full(len(cosines), np.nan)
                name = cast("CurveName", f"{asked_kind}:{channel.channel}")
                yield _column(channel.channel, name, cosines, signals, floor=np.nan, space=asked.space.name)

    def compare_titles(self, candidates: Candidates, weighing: Weighing) -> None:
        """Compare the titles of candidates ahead of `vector_columns`: other than pictures, they are known at once."""
        if weighing.weight("vector:title"):
            for asked in candidates.asked:
                for channel in vector_channels(asked):
                    if channel.channel == "vector:title":
                        candidates.cosines(channel)

    def _fields(self, weighing: Weighing) -> tuple[TextField, ...]:
        """Return the fields that hold text here and take part."""
        held = self._text.fields
        return tuple([field for field in _WRITTEN if field in held and weighing.weight(TEXT_CHANNELS[field])])

    def _hits(self, node: QueryNode, fields: Sequence[TextField], how: Gathering) -> TextHits:
        """Return the best listings, ascending."""
        inside = how.scope
        hits = self._text.search(node, fields=fields, filters=inside.filters, limit=how.depth, only=inside.only)
        return _ascending(hits)

    def _shares(self, asked: _Asked, only: NDArray[np.int64], brought: Brought | None) -> NDArray[np.float64]:
        """Return (asked, only) the shares; what is known already is not asked again."""
        if brought is None:
            return self._text.coverage(asked, only=only)
        if only is brought.written and not brought.heard:
            return brought.shares
        rows, known = rows_in(brought.written, only)
        heard = np.array([fields == _HEARD for _, fields in asked])
        shares = np.empty((len(asked), len(only)))
        shares[np.ix_(~heard, known)] = brought.shares[:, rows[known]]
        written = [part for part in asked if part[1] != _HEARD]
        shares[np.ix_(~heard, ~known)] = self._text.coverage(written, only=only[~known])
        if heard.any():
            shares[heard] = self._text.coverage([part for part in asked if part[1] == _HEARD], only=only)
        return shares

    def _written(
        self, node: QueryNode, fields: Sequence[TextField], only: NDArray[np.int64], brought: Brought | None
    ) -> NDArray[np.float64]:
        """Return (only,) the BM25 of all fields together, asking again only about listings of which it is unknown."""
        if brought is None:
            return self._scores(node, fields, only)
        if only is brought.written:
            return brought.scores
        rows, known = rows_in(brought.written, only)
        scores = np.zeros(len(only))
        scores[known] = brought.scores[rows[known]]
        if not brought.all_written and not known.all():
            scores[~known] = self._scores(node, fields, only[~known])
        return scores

    def _scores(self, node: QueryNode, fields: Sequence[TextField], only: NDArray[np.int64]) -> NDArray[np.float64]:
        numbers = only.tolist()
        hits = self._text.search(node, fields=fields, filters=NO_FILTERS, limit=len(numbers), only=numbers)
        found = _ascending(hits)
        rows, known = rows_in(found.listing_nos, only)
        scores = np.zeros(len(only))
        scores[known] = found.scores[rows[known]]
        return scores

    def _by_hash(self, read: ReadPicture, how: Gathering) -> NDArray[np.int64]:
        # Which pictures are inside is known where vectors are asked too; else it would cost more than all hashes do.
        allowed = how.scope.picture_nos() if read.spaces else None
        hits = self._hashes().search(read.picture.hashes, max_distance=HASH_REACH - 1, limit=how.depth, allowed=allowed)
        return self._showing((hit.picture_no for hit in hits), how)

    def _by_parts_and_words(self, read: ReadPicture, how: Gathering) -> NDArray[np.int64]:
        found = self._showing(self._copies.found(read.picture), how) if how.weighing.weight("copy") else _NO_LISTINGS
        node = read.picture.query()
        if node is not None and how.weighing.weight("text:ocr"):
            found = united(found, self._hits(node, ("ocr",), how).listing_nos)
        return found

    def _showing(self, picture_nos: Iterable[int], how: Gathering) -> NDArray[np.int64]:
        """Return the ascending listings inside the scope that show some pictures."""
        return how.scope.only_inside(self._catalog.listings_with(np.array([*picture_nos], np.int64)))

    def _likeness(self, read: ReadPicture, shown: PicturesOfListings) -> NDArray[np.float64]:
        """Return (n,) 1 − distance / 256 of the nearest picture of each listing, NaN where none has a hash."""
        numbers, rows = self._hashes().hashes_of(np.unique(shown.picture_nos))
        if not len(numbers):
            return np.full(shown.count, np.nan)
        distances = nearest_distances(rows, read.picture.hashes)
        places, known = rows_in(numbers, shown.picture_nos)
        return shown.best(np.where(known, 1.0 - distances[places] / 256.0, np.nan))

    def _vector_ways(self, spaces: Sequence[AskedSpace], how: Gathering) -> Iterator[Callable[[], NDArray[np.int64]]]:
        """Yield for each channel of vectors what finds candidates in it; each takes one thread of the engine."""
        if spaces:
            for channel in VECTOR_CHANNELS:
                if how.weighing.weight(channel):
                    yield partial(self._by_vectors, channel, spaces, how)

    def _by_vectors(self, wanted: Channel, spaces: Sequence[AskedSpace], how: Gathering) -> NDArray[np.int64]:
        found = [
            self._vectors.nearest(channel, how.scope, depth=how.depth)
            for asked in spaces
            for channel in vector_channels(asked)
            if channel.channel == wanted
        ]
        return np.unique(np.concatenate([_NO_LISTINGS, *found]))


def _asked(node: QueryNode, fields: Sequence[TextField]) -> tuple[_Asked, dict[TextField, QueryNode]]:
    """Return what to ask of fields, each by itself and last all written ones together, and the part of each field."""
    parts = {
        field: part
        for field in fields
        if (part := node if field == "sound" else restricted_to(node, field)) is not None
    }
    written = tuple(field for field in fields if field != "sound")
    return [*((part, (field,)) for field, part in parts.items()), (node, written)], parts


def _ascending(hits: TextHits) -> TextHits:
    """Return hits by ascending `listing_no`."""
    order = hits.listing_nos.argsort()
    return TextHits(hits.listing_nos[order], hits.scores[order], hits.total)
