"""The way of a query: request → words parsed, pictures read → ranking → one page of hits with reasons."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.quick_records import quickly
from jianwei.search.beside import Beside, LateThreads, is_worth_threads
from jianwei.search.calibration import Calibration
from jianwei.search.channels import spoken
from jianwei.search.copies import CopyFinder
from jianwei.search.cursor import Ranking, decode_cursor, encode_cursor
from jianwei.search.folding import PictureFolder
from jianwei.search.language_routing import choose_spaces, named_space
from jianwei.search.page import PageBuilder
from jianwei.search.picture_hits import PictureHits
from jianwei.search.placing import placings, with_copies
from jianwei.search.question import AskedWords, Plan, Question, ReadPicture, Weighing
from jianwei.search.ranking import Ranker, Threshold
from jianwei.search.request import AskedPicture, JoinedQuery
from jianwei.search.request_checks import MAX_HITS
from jianwei.search.results import PICTURE_CHANNELS, SearchResult
from jianwei.search.silent_channels import silent_channels, speechless_spaces
from jianwei.search.telling import telling_part
from jianwei.search.vector_channels import VECTOR_CHANNELS, AskedSpace
from jianwei.text.query_syntax import parse_query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from jianwei.errors import JianweiError
    from jianwei.ports import CatalogReader, FeatureIndex, HashIndex, TextIndex
    from jianwei.records import Listing
    from jianwei.search.cursor import Page
    from jianwei.search.evidence import Column
    from jianwei.search.folding import SameAs
    from jianwei.search.language_routing import SpaceChoice
    from jianwei.search.query_picture import QueryPicture
    from jianwei.search.ranking import Ranked
    from jianwei.search.request import SearchRequest
    from jianwei.search.results import Channel, ChannelOff, Hit, PictureFold
    from jianwei.search.spaces import SearchSpace
    from jianwei.text.query_syntax import QueryNode

_search_result, _plan, _question = quickly(SearchResult), quickly(Plan), quickly(Question)
_weighing_of = quickly(Weighing)

_FEWEST_RANKED = 200  # ranked by every first page, so that most people never page beyond a cursor of some hundred bytes


@dataclass(frozen=True, slots=True)
class SearchIndexes:
    """The indexes of a library that are asked besides those of vector spaces; without `features` no part is found.

    Those of pictures are opened when a picture is asked for: they are read whole, half a kilobyte for each picture.
    """

    text: TextIndex
    hashes: Callable[[], HashIndex]
    features: Callable[[], FeatureIndex] | None = None


def _like_no_other(_: Sequence[int]) -> Mapping[int, int]:
    """Hold no two picture files for one picture; only the very same file is."""
    return {}


@dataclass(frozen=True, slots=True)
class Known:
    """What a library knows beside its catalog: which pictures are the same, and listings that it read lately.

    Without `listings` those of a page are read from the catalog.
    """

    same_as: SameAs = _like_no_other
    listings: Callable[[Sequence[int]], dict[int, Listing]] | None = None


_NOTHING_KNOWN = Known()


class SearchService:
    """Answers requests over one library. Safe to use from several threads.

    `silent` tells why spaces are missing whose indexes do not answer now: a search does without, `evidence` does not.
    """

    def __init__(
        self,
        catalog: CatalogReader,
        indexes: SearchIndexes,
        *,
        read_picture: Callable[[AskedPicture], QueryPicture],
        spaces: Sequence[SearchSpace] = (),
        channels_off: tuple[ChannelOff, ...] = (),
        calibration: Calibration | None = None,
        silent: Sequence[JianweiError] = (),
        known: Known = _NOTHING_KNOWN,
    ) -> None:
        self._catalog = catalog
        self._silent = silent
        self._listings = known.listings or catalog.listings
        self._text = indexes.text
        self._spaces = {space.name: space for space in spaces}
        self._calibration = calibration or Calibration()
        copies = CopyFinder(catalog, indexes.features)
        self._ranker = Ranker(catalog, indexes.text, indexes.hashes, copies, self._calibration)
        self._pages = PageBuilder(catalog, indexes.text, copies)
        self._folder = PictureFolder(catalog, indexes.text, indexes.hashes, copies, known.same_as)
        self._picture_hits = PictureHits(catalog, copies)
        self._read_picture = read_picture
        self._channels_off = channels_off

    def search(self, request: SearchRequest) -> SearchResult:
        """Return one page of hits.

        Raises:
            QueryError: the words, a number, a name or the cursor cannot be used.
            PictureDecodeError: a query picture cannot be read.
        """
        started = time.perf_counter()
        request.checked()
        fingerprint = request.fingerprint()
        continued = decode_cursor(request.cursor, fingerprint) if request.cursor else None
        # Encoders take longer than everything else; meanwhile this thread asks the other channels. What waits for
        # encoders stands behind them in the queue of the same threads.
        with LateThreads(2) as threads:
            asked = _Asked(self._spaces, request, self._read_picture, threads)
            plan = asked.plan(request)
            least = self._calibration.min_relevance if request.min_relevance is None else request.min_relevance
            ranked = self._ranker.rank(
                plan,
                depth=_depth(request),
                threshold=Threshold(least, keeps_weak=request.keep_weak),
                sort=request.sort,
                beside=self._beside(threads),
                with_total=continued is None,  # a cursor carries the count of its first page
            )
            with self._catalog.at_one_moment():
                if request.target == "pictures":
                    weakest = 0.0 if request.keep_weak else least
                    ranked = self._picture_hits.of(ranked, plan, min_relevance=weakest)
                ranking = continued or self._ranking(ranked, fingerprint, plan, fold=request.fold)
                hits = self._hits(ranking.page(request.limit), plan, ranked)
        return _search_result(
            hits=hits,
            total=ranking.total,
            cursor=encode_cursor(ranking.rest(request.limit)),
            elapsed_ms=(time.perf_counter() - started) * 1000.0,
            words_read=asked.words_read(plan),
            function_words=asked.function_words(plan),
            asks_nothing=bool(plan.questions) and all(question.asks_nothing for question in plan.questions),
            channels_off=(
                *self._channels_off,
                *speechless_spaces(plan),
                *silent_channels(self._text, plan.weighing, unheard=ranked.unheard),
            ),
            routing=asked.routing,
            folded=ranking.folded,
            min_relevance=least,
            in_folds=ranking.in_folds,
            avoided=ranking.avoided,
            ranked_nos=tuple(ranking.listing_nos.tolist()),
        )

    def encode_ahead(self, request: SearchRequest) -> None:
        """Encode the words of a request, for spaces that remember them until `search` asks; what fails is left to it.

        Raises:
            QueryError: the words cannot be used.
        """
        if not self._spaces:
            return
        with LateThreads(2) as encoders:
            asked = _Asked(self._spaces, request, self._read_picture, encoders)
            for part in request.checked().parts():
                if part.words.strip():
                    asked.words(part.words)

    def evidence(self, request: SearchRequest) -> tuple[NDArray[np.int64], list[Column]]:
        """Return the candidates of a request for words or for one picture, and what each channel says of them.

        For learning from judged requests: other than `search`, it does not go on without a channel.

        Raises:
            ModelError: a model cannot run.
            IndexServerError: the server of an index does not answer.
            JianweiError: as `search` does.
        """
        if self._silent:
            raise self._silent[0]
        with LateThreads(1) as encoders:
            plan = _Asked(self._spaces, request, self._read_picture, encoders).plan(request.checked())
            for asked in plan.asked_spaces():
                if asked.problem is not None:
                    raise asked.problem
            return self._ranker.evidence(plan, depth=_FEWEST_RANKED)

    def _beside(self, threads: LateThreads) -> Beside:
        """Return where channels beside that of the words are asked."""
        return Beside(threads if is_worth_threads(self._text.document_count) else None)

    def _hits(self, page: Page, plan: Plan, ranked: Ranked) -> tuple[Hit, ...]:
        """Return the hits of a page in its order, each explained by the question that it answers best."""
        folds: dict[int, PictureFold] = {}
        hits = page
        listings = self._listings(page.listing_nos)
        if page.leads:
            folds = self._folder.folds(page, listings, plan)
            hits = page.leading(listings)
        places = placings(hits, ranked, folds)
        found: list[Hit] = []
        numbers = sorted(set(hits.question_nos))
        for number in numbers:
            question = plan.questions[number] if plan.questions else Question()
            own = hits if len(numbers) == 1 else hits.answering(number)
            placed = places if len(numbers) == 1 else [place for place in places if place.query_no == number]
            told = self._told(own.listing_nos, number, plan, ranked)
            shares = ranked.picture_shares
            found.extend(self._pages.build(own, question, placed, listings=listings, told=told, shares=shares))
        return with_copies(found)

    def _told(
        self, listing_nos: Sequence[int], question_no: int, plan: Plan, ranked: Ranked
    ) -> dict[int, dict[Channel, float]]:
        """Return what the text channels say of listings about a question."""
        told = ranked.told(listing_nos, question_no)
        # What a cursor names need not be among the best of this moment.
        later = [number for number in listing_nos if number not in told] if plan.questions else []
        return told | self._ranker.told(plan.questions[question_no], plan, later) if later else told

    def _ranking(self, ranked: Ranked, fingerprint: str, plan: Plan, *, fold: bool) -> Ranking:
        """Return what is ranked as a cursor keeps it; with `fold` the listings of one picture stand side by side."""
        every = Ranking(
            fingerprint,
            ranked.total,
            0,
            ranked.listing_nos,
            ranked.scores,
            ranked.relevances,
            ranked.question_nos,
            folded=ranked.folded,
            picture_nos=np.array(ranked.picture_nos, np.int64) if ranked.picture_nos else None,
            avoided=ranked.avoided,
        )
        if ranked.picture_nos:
            order = self._folder.order_of_pictures(ranked.picture_nos, fold=fold)
        elif fold:
            order = self._folder.order(every.listing_nos, every.question_nos, plan)
        else:
            return every
        return every.folded_by(order.rows, order.leads)


def _depth(request: SearchRequest) -> int:
    """Return how many listings to rank. The cheapest or newest may be anywhere among the relevant ones."""
    return MAX_HITS if request.sort != "relevance" else min(MAX_HITS, max(_FEWEST_RANKED, 10 * request.limit))


def _weighing(request: SearchRequest) -> Weighing:
    """Return which channels take part, and how they are weighed; of pictures only those that speak of one."""
    channels = request.channels
    if request.target == "pictures":
        channels = channels & PICTURE_CHANNELS if channels else PICTURE_CHANNELS
    return _weighing_of(request.fusion, request.alpha, channels, request.weights)


class _Asked:
    """Makes the parts of one request ready; remembers which spaces its words went to."""

    def __init__(
        self,
        spaces: dict[str, SearchSpace],
        request: SearchRequest,
        read_picture: Callable[[AskedPicture], QueryPicture],
        encoders: LateThreads,
    ) -> None:
        self._spaces = spaces
        self._wanted = request.space
        self._weighing = _weighing(request)
        self._compares = any(map(self._weighing.weight, VECTOR_CHANNELS))
        self._read_picture = read_picture
        self._encoders = encoders
        self.routing: SpaceChoice | None = None
        """Of the first words that went to any space."""

    def plan(self, request: SearchRequest) -> Plan:
        avoided = [JoinedQuery(words=request.avoid_words)] if request.avoid_words.strip() else []
        avoided += [JoinedQuery(pictures=(picture,)) for picture in request.avoid_pictures]
        return _plan(
            tuple(map(self._question, request.parts())),
            tuple(map(self._question, avoided)),
            request.filters,
            self._weighing,
            cases_only=request.target == "cases",
            among=request.among,
        )

    def words_read(self, plan: Plan) -> tuple[str, ...]:
        """Return the words that were read in the query pictures, each once."""
        pictures = [read.picture for question in plan.questions for read in question.pictures]
        return tuple(dict.fromkeys(word for picture in pictures for word in picture.words()))

    def function_words(self, plan: Plan) -> tuple[str, ...]:
        """Return the words that were asked for and tell nothing, each once."""
        return tuple(dict.fromkeys(word for asked in (*plan.questions, *plan.avoided) for word in asked.common))

    def _question(self, part: JoinedQuery) -> Question:
        words, common = self.words(part.words) if part.words.strip() else (None, ())
        return _question(words, tuple(map(self._picture, part.pictures)), common)

    def words(self, words: str) -> tuple[AskedWords | None, tuple[str, ...]]:
        """Return words that are parsed, and on their way to vectors, and those of them that tell nothing.

        None where all of them do.
        """
        node = parse_query(words)
        telling, common = telling_part(node)
        if telling is None:
            return None, common
        return self._encoded(node, telling), common

    def _encoded(self, node: QueryNode, telling: QueryNode) -> AskedWords:
        text = spoken(node)
        if not self._spaces or not text:
            return AskedWords(node, telling=telling)
        known = {name: space.languages for name, space in self._spaces.items()}
        routing = choose_spaces(text, known, wanted=self._wanted or None)
        self.routing = self.routing or routing
        chosen = [self._spaces[name] for name in routing.spaces] if self._compares else []
        asked = tuple(AskedSpace(space, self._encoders.submit(space.encode_text, text)) for space in chosen)
        return AskedWords(node, asked, telling=telling)

    def _picture(self, asked: AskedPicture) -> ReadPicture:
        picture = self._read_picture(asked)
        if not self._compares or not self._spaces or picture.pixels is None:
            return ReadPicture(picture)
        name = named_space(self._wanted, self._spaces) if self._wanted else next(iter(self._spaces))
        space = self._spaces[name]
        encoding = self._encoders.submit(space.encode_picture, picture.pixels)
        return ReadPicture(picture, (AskedSpace(space, encoding),))
