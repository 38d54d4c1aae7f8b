"""One page of hits with the reasons for each: channel scores, matched words, the picture and the place in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

import numpy as np

from jianwei.quick_records import quickly
from jianwei.search.results import HASH_REACH, PICTURE_CHANNELS, Highlight, Hit, HitPicture
from jianwei.search.vector_channels import VectorScores
from jianwei.text.highlight import Highlighter, span_boxes

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from jianwei.ports import CatalogReader, TextIndex
    from jianwei.records import Listing, ListingPicture, OcrLine
    from jianwei.search.copies import CopyFinder
    from jianwei.search.cursor import Page
    from jianwei.search.placing import Placing
    from jianwei.search.question import Question
    from jianwei.search.results import Channel
    from jianwei.search.vector_channels import AskedSpace
    from jianwei.text.query_syntax import QueryField, QueryNode


_hit, _hit_picture, _highlight = quickly(Hit), quickly(HitPicture), quickly(Highlight)
_OwnField: TypeAlias = Literal["title", "spec"]
_OWN_FIELDS: tuple[_OwnField, ...] = get_args(_OwnField)


class _OwnLines(NamedTuple):
    """Lines of titles and specifications, side by side: of which listing and field each is, and its text."""

    listing_nos: list[int]
    fields: list[_OwnField]
    texts: list[str]


class _Marks:
    """Where the words of the query stand in the lines of a page, looked for in all lines of a field at once."""

    def __init__(self, query: QueryNode | None) -> None:
        self._highlighter = None if query is None else Highlighter(query)
        self._spans: dict[QueryField, dict[str, tuple[tuple[int, int], ...]]] = {}

    def own(self, lines: _OwnLines) -> dict[int, list[Highlight]]:
        """Return the matched lines of each listing that has any, in their order."""
        fields, texts = lines.fields, lines.texts
        if self._highlighter is None or not texts:
            return {}
        title, spec = _OWN_FIELDS
        if self._highlighter.looks_alike_in(title, spec):
            marked = self._highlighter.spans_by_row(texts, title)
        else:
            marked = {}
            for field in _OWN_FIELDS:
                rows = [row for row, own in enumerate(fields) if own == field]
                found = self._highlighter.spans_by_row([texts[row] for row in rows], field)
                marked |= {rows[place]: spans for place, spans in found.items()}
        highlights: dict[int, list[Highlight]] = {}
        for row in sorted(marked):
            highlights.setdefault(lines.listing_nos[row], []).append(_highlight(fields[row], texts[row], marked[row]))
        return highlights

    def look(self, lines: Sequence[str], field: QueryField) -> Container[str]:
        """Look for the words in lines of a field; return those that have any."""
        if self._highlighter is None:
            return ()
        found = self._spans.setdefault(field, {})
        found |= self._highlighter.spans_of(lines, field)
        return found

    def lines_with(self, text: str, field: QueryField) -> list[int]:
        """Return which lines of a folded text hold any of the words; see `Highlighter.lines_with`."""
        return [] if self._highlighter is None else self._highlighter.lines_with(text, field)

    def spans(self, field: QueryField) -> Mapping[str, tuple[tuple[int, int], ...]]:
        """Return the places to mark in the lines of a field that were looked at, of those that have any."""
        return self._spans.get(field, {})


@dataclass(frozen=True, slots=True)
class _Facts:
    """Everything about the listings of a page, read from the catalog at once."""

    pictures: Mapping[int, list[ListingPicture]]
    lines: Mapping[int, list[OcrLine]]
    marks: _Marks
    hashes: Mapping[int, NDArray[np.uint8]]
    cosines: Mapping[int, float]
    copies: Mapping[int, float]


class PageBuilder:
    """Turns a part of a ranking into hits."""

    def __init__(self, catalog: CatalogReader, text: TextIndex, copies: CopyFinder) -> None:
        self._catalog = catalog
        self._text = text
        self._vectors = VectorScores(catalog)
        self._copies = copies

    def build(
        self,
        hits: Page,
        question: Question,
        places: Sequence[Placing],
        *,
        listings: Mapping[int, Listing],
        told: Mapping[int, dict[Channel, float]],
        shares: Mapping[tuple[int, int], float],
    ) -> tuple[Hit, ...]:
        """Return the hits of a page in its order, each at its place; listings deleted since are left out.

        `listings` are those that exist, others may be among them; `told` is what the text channels say of each, and is
        given away: the hits keep it with what the others say; `shares` are how much of that a picture has, by listing
        and picture.
        """
        query = _query_to_explain(question)
        channels = {number: told.get(number) or {} for number in hits.listing_nos}
        listings = {number: listings[number] for number in hits.listing_nos if number in listings}
        pictures = self._catalog.pictures_of(hits.listing_nos)
        # Only lines of listings that were found by what their pictures say can carry a match.
        read = [number for number, scored in channels.items() if "text:ocr" in scored]
        marks = _Marks(query)
        own_lines = {} if hits.picture_nos else listings
        own_marked = marks.own(_own_lines(own_lines, channels, every=question.words is None))
        facts = self._facts(pictures, read, question, marks)
        self._add_meaning_scores(channels, question)
        explained = _Explained(facts, question.picture.hashes if question.picture is not None else None)
        knows_likeness = explained.knows_likeness
        built = []
        wanted = hits.picture_nos or (0,) * len(places)
        for place, listing_no, picture_no in zip(places, hits.listing_nos, wanted, strict=True):
            listing = listings.get(listing_no)
            if listing is None:
                continue
            scored, ranks = channels[listing_no], place.channel_ranks
            if picture_no:
                scored, ranks = _of_picture(scored, ranks, shares.get((listing_no, picture_no), 1.0))
            shown = pictures.get(listing_no, ())
            own_pictures = _found_picture(shown, picture_no) if picture_no else shown
            best = explained.best_picture(own_pictures) if own_pictures else None
            if knows_likeness:
                scored |= explained.picture_scores(own_pictures, best)
            own = tuple(own_marked.get(listing_no, ()))
            built.append(
                _hit(
                    place.rank,
                    listing,
                    place.score,
                    scored,
                    _matched_words((*own, *best.highlights) if best is not None else own),
                    own,
                    best,
                    len(shown),
                    place.relevance,
                    ranks,
                    place.query_no,
                    fold=place.fold,
                )
            )
        return tuple(built)

    def _facts(
        self,
        pictures: Mapping[int, list[ListingPicture]],
        read: Sequence[int],
        question: Question,
        marks: _Marks,
    ) -> _Facts:
        picture_nos = list({item.picture.picture_no for items in pictures.values() for item in items})
        hashes: dict[int, NDArray[np.uint8]] = {}
        if question.picture is not None:
            numbers, rows = self._catalog.picture_hashes(picture_nos)
            hashes = dict(zip(numbers.tolist(), rows, strict=True))
        cosines: dict[int, float] = {}
        for asked in _asked(question):
            cosines = self._vectors.picture_scores(asked, picture_nos)
        copies = self._copies.found(question.picture) if question.picture is not None else {}
        return _Facts(pictures, self._lines(read, pictures, marks), marks, hashes, cosines, copies)

    def _lines(
        self, read: Sequence[int], pictures: Mapping[int, list[ListingPicture]], marks: _Marks
    ) -> Mapping[int, list[OcrLine]]:
        """Return by picture the lines of some listings that hold words of the query.

        The index tells which they are, so that the catalog is asked for those few only; it may be a moment older than
        the catalog, so they are looked at once more.
        """
        known = self._text.read_lines(read)
        places = known.places[marks.lines_with(known.text, "ocr")].tolist()
        found = self._catalog.ocr_lines_at(places) if places else {}
        held = marks.look([line.text for lines in found.values() for line in lines], "ocr")
        marked = {number: [line for line in lines if line.text in held] for number, lines in found.items()}
        unknown = list({item.picture.picture_no for number in known.unknown for item in pictures.get(number, ())})
        if unknown:
            marked |= self._catalog.ocr_lines(unknown, wanted=partial(marks.look, field="ocr"))
        return marked

    def _add_meaning_scores(self, channels: dict[int, dict[Channel, float]], question: Question) -> None:
        for asked in _asked(question):
            for number, score in self._vectors.title_scores(asked, list(channels)).items():
                channels[number]["vector:title"] = score
            for number, score in self._vectors.caption_scores(asked, list(channels)).items():
                channels[number]["vector:caption"] = score


@dataclass(frozen=True, slots=True)
class _Explained:
    """The listings of a page with what is needed to say why each was found by its pictures."""

    facts: _Facts
    query_hashes: NDArray[np.uint8] | None

    @property
    def knows_likeness(self) -> bool:
        """Whether pictures may have scores beside their words: of words alone without models none has."""
        facts = self.facts
        return bool(facts.hashes or facts.cosines or facts.copies)

    def best_picture(self, own: Sequence[ListingPicture]) -> HitPicture:
        """Return the nearest picture by hash, else the best partial copy, else that with most words, else the first."""
        best = own[0] if len(own) == 1 else self._best(own)
        number = best.picture.picture_no
        distance = self._distance(number) if self.facts.hashes else None
        lines = self.facts.lines.get(number)
        return _hit_picture(best.picture, best.role, self._highlights(lines) if lines else (), distance)

    def _best(self, own: Sequence[ListingPicture]) -> ListingPicture:
        numbers = [item.picture.picture_no for item in own]
        near = {number: distance for number in numbers if (distance := self._distance(number)) is not None}
        if near and min(near.values()) < HASH_REACH:
            return min(own, key=lambda item: near.get(item.picture.picture_no, 256))
        if self._best_copy(own) > 0.0:
            return max(own, key=lambda item: self.facts.copies.get(item.picture.picture_no, 0.0))
        return max(own, key=lambda item: (self._weight(item.picture.picture_no), self._cosine(item.picture.picture_no)))

    def _lines(self, picture_no: int) -> Sequence[OcrLine]:
        return self.facts.lines.get(picture_no, ())

    def _weight(self, picture_no: int) -> int:
        """Weigh the distinct words that stand in a picture by the square of their length.

        A whole phrase tells more than its parts scattered over other lines, and repeating a word tells nothing.
        """
        spans = self.facts.marks.spans("ocr")
        words = {line.text[a:b] for line in self._lines(picture_no) for a, b in spans.get(line.text, ())}
        return sum(len(word) ** 2 for word in words)

    def picture_scores(self, own: Sequence[ListingPicture], best: HitPicture | None) -> dict[Channel, float]:
        """Return the scores of the channels of pictures that say something; `best` is the picture that is shown."""
        scores: dict[Channel, float] = {}
        if best is not None and (distance := best.near_distance) is not None:
            scores["hash"] = 1.0 - distance / 256.0
        if (copied := self._best_copy(own)) > 0.0:
            scores["copy"] = copied
        if (nearest := self._nearest_cosine(own)) is not None:
            scores["vector:picture"] = nearest
        return scores

    def _best_copy(self, own: Sequence[ListingPicture]) -> float:
        """Return the likeness of the picture that holds most of the query picture, 0 where none does."""
        copies = self.facts.copies
        if not copies:
            return 0.0
        return max((copies.get(item.picture.picture_no, 0.0) for item in own), default=0.0)

    def _nearest_cosine(self, own: Sequence[ListingPicture]) -> float | None:
        """Return the cosine of the nearest picture, None where none has a vector."""
        if not self.facts.cosines:
            return None
        cosines = [self.facts.cosines.get(item.picture.picture_no) for item in own]
        return max((cosine for cosine in cosines if cosine is not None), default=None)

    def _cosine(self, picture_no: int) -> float:
        return self.facts.cosines.get(picture_no, -1.0)

    def _highlights(self, lines: Iterable[OcrLine]) -> tuple[Highlight, ...]:
        marked = self.facts.marks.spans("ocr")
        found = []
        for line in lines:
            spans = marked.get(line.text, ())
            found.append(_highlight("ocr", line.text, spans, line.box, span_boxes(line.box, line.text, spans)))
        return tuple(found)

    def _distance(self, picture_no: int) -> int | None:
        row = self.facts.hashes.get(picture_no)
        if row is None or self.query_hashes is None or not len(self.query_hashes):
            return None
        return int(np.bitwise_count(self.query_hashes ^ row).sum(axis=1).min())


def _own_lines(
    listings: Mapping[int, Listing], channels: Mapping[int, Mapping[Channel, float]], *, every: bool
) -> _OwnLines:
    """Return title and specification of listings, of the fields in which anything was found, or of all fields."""
    numbers: list[int] = []
    fields: list[_OwnField] = []
    texts: list[str] = []
    for number, listing in listings.items():
        found = channels[number]
        before = len(texts)
        if every or "text:title" in found:
            texts.append(listing.title)
            fields.append("title")
        if every or "text:spec" in found:
            texts += [f"{name} {value}".strip() for name, value in (*listing.intro, *listing.spec)]
            fields += ["spec"] * (len(texts) - len(fields))
        numbers += [number] * (len(texts) - before)
    return _OwnLines(numbers, fields, texts)


def _of_picture(
    scored: Mapping[Channel, float], ranks: Mapping[Channel, int], share: float
) -> tuple[dict[Channel, float], Mapping[Channel, int]]:
    """Return scores and places in the channels of one picture.

    Those of text speak of its listing, of which it has a share; with less than all of it, it has not its place.
    """
    own = {
        channel: value * share if channel.startswith("text:") else value
        for channel, value in scored.items()
        if channel in PICTURE_CHANNELS
    }
    if share < 1.0:
        ranks = {channel: rank for channel, rank in ranks.items() if not channel.startswith("text:")}
    return own, ranks


def _found_picture(placed: Sequence[ListingPicture], wanted: int) -> Sequence[ListingPicture]:
    """Return of the pictures of a listing the only one that was found, where pictures are looked for."""
    return [item for item in placed if item.picture.picture_no == wanted][:1] or placed


def _asked(question: Question) -> tuple[AskedSpace, ...]:
    """Return the space whose cosines explain a hit: cosines of a second one could not be compared with them."""
    words = question.words.spaces if question.words is not None else ()
    every = (*words, *(asked for read in question.pictures for asked in read.spaces))
    return tuple(asked for asked in every if asked.problem is None)[:1]


def _query_to_explain(question: Question) -> QueryNode | None:
    if question.words is not None:
        return question.words.node
    return question.picture.query() if question.picture is not None else None


def _matched_words(highlights: Iterable[Highlight]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([item.text[start:end] for item in highlights for start, end in item.spans]))
