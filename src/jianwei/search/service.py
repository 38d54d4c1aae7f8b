"""The way of a query: request → words parsed, pictures read → ranking → one page of hits with reasons."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from jianwei.search.calibration import Calibration
from jianwei.search.channels import spoken
from jianwei.search.copies import CopyFinder
from jianwei.search.cursor import Ranking, decode_cursor, encode_cursor
from jianwei.search.language_routing import choose_spaces
from jianwei.search.page import PageBuilder
from jianwei.search.placing import with_places
from jianwei.search.question import AskedWords, Plan, Question, ReadPicture, Weighing
from jianwei.search.ranking import Ranker
from jianwei.search.request import AskedPicture, JoinedQuery
from jianwei.search.request_checks import MAX_HITS
from jianwei.search.results import SearchResult
from jianwei.search.silent_channels import silent_channels
from jianwei.search.vector_channels import AskedSpace
from jianwei.text.query_syntax import parse_query

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.ports import CatalogReader, FeatureIndex, HashIndex, TextIndex
    from jianwei.search.evidence import Column
    from jianwei.search.language_routing import SpaceChoice
    from jianwei.search.query_picture import QueryPicture
    from jianwei.search.ranking import Ranked
    from jianwei.search.request import SearchRequest
    from jianwei.search.results import ChannelOff, Hit
    from jianwei.search.spaces import SearchSpace

_FEWEST_RANKED = 200  # ranked by every first page, so that most people never page beyond a cursor of some hundred bytes


class SearchService:
    """Answers requests over one library. Safe to use from several threads."""

    def __init__(
        self,
        catalog: CatalogReader,
        text: TextIndex,
        hashes: HashIndex,
        *,
        read_picture: Callable[[AskedPicture], QueryPicture],
        features: FeatureIndex | None = None,
        spaces: Sequence[SearchSpace] = (),
        channels_off: tuple[ChannelOff, ...] = (),
        calibration: Calibration | None = None,
    ) -> None:
        self._text = text
        self._spaces = {space.name: space for space in spaces}
        self._calibration = calibration or Calibration()
        copies = CopyFinder(catalog, features)
        self._ranker = Ranker(catalog, text, hashes, copies, self._calibration)
        self._pages = PageBuilder(catalog, text, copies)
        self._read_picture = read_picture
        self._channels_off = channels_off

    def search(self, request: SearchRequest) -> SearchResult:
        """Return one page of hits.

        Raises:
            QueryError: the words, a number, a name or the cursor cannot be used.
            PictureDecodeError: a query picture cannot be read.
            ModelError: a model cannot run.
        """
        started = time.perf_counter()
        request.checked()
        fingerprint = request.fingerprint()
        continued = decode_cursor(request.cursor, fingerprint) if request.cursor else None
        # Encoders take longer than everything else; meanwhile this thread asks the other channels.
        with ThreadPoolExecutor(max_workers=2, thread_name_prefix="encode-query") as encoders:
            asked = _Asked(self._spaces, request.space, self._read_picture, encoders)
            plan = asked.plan(request)
            least = self._calibration.min_relevance if request.min_relevance is None else request.min_relevance
            ranked = self._ranker.rank(plan, depth=_depth(request), min_relevance=least, sort=request.sort)
            ranking = continued or _ranking(ranked, fingerprint)
            hits = self._hits(ranking.page(request.limit), plan, ranked)
        return SearchResult(
            hits=hits,
            total=ranking.total,
            cursor=encode_cursor(ranking.rest(request.limit)),
            elapsed_ms=(time.perf_counter() - started) * 1000.0,
            words_read=asked.words_read(plan),
            channels_off=(*self._channels_off, *silent_channels(self._text, plan.weighing, unheard=ranked.unheard)),
            routing=asked.routing,
            folded=ranking.folded,
            min_relevance=least,
        )

    def evidence(self, request: SearchRequest) -> tuple[NDArray[np.int64], list[Column]]:
        """Return the candidates of a request for words or for one picture, and what each channel says of them.

        For learning from judged requests. Raises as `search` does.
        """
        with ThreadPoolExecutor(max_workers=1) as encoders:
            plan = _Asked(self._spaces, request.space, self._read_picture, encoders).plan(request.checked())
            return self._ranker.evidence(plan, depth=_FEWEST_RANKED)

    def _hits(self, page: Ranking, plan: Plan, ranked: Ranked) -> tuple[Hit, ...]:
        """Return the hits of a page in its order, each explained by the question that it answers best."""
        found: list[Hit] = []
        for number in sorted(set(page.question_nos)):
            question = plan.questions[number] if plan.questions else Question()
            found.extend(self._pages.build(page.answering(number), question))
        return with_places(found, page, ranked)


def _depth(request: SearchRequest) -> int:
    """Return how many listings to rank. The cheapest or newest may be anywhere among the relevant ones."""
    return MAX_HITS if request.sort != "relevance" else min(MAX_HITS, max(_FEWEST_RANKED, 10 * request.limit))


def _ranking(ranked: Ranked, fingerprint: str) -> Ranking:
    return Ranking(
        fingerprint,
        ranked.total,
        0,
        tuple(ranked.listing_nos.tolist()),
        tuple(ranked.scores.tolist()),
        tuple(ranked.relevances.tolist()),
        tuple(ranked.question_nos.tolist()),
        ranked.folded,
    )


class _Asked:
    """Makes the parts of one request ready; remembers which spaces its words went to."""

    def __init__(
        self,
        spaces: dict[str, SearchSpace],
        wanted: str,
        read_picture: Callable[[AskedPicture], QueryPicture],
        encoders: ThreadPoolExecutor,
    ) -> None:
        self._spaces = spaces
        self._wanted = wanted
        self._read_picture = read_picture
        self._encoders = encoders
        self.routing: SpaceChoice | None = None
        """Of the first words that went to any space."""

    def plan(self, request: SearchRequest) -> Plan:
        avoided = [JoinedQuery(words=request.avoid_words)] if request.avoid_words.strip() else []
        avoided += [JoinedQuery(pictures=(picture,)) for picture in request.avoid_pictures]
        return Plan(
            tuple(map(self._question, request.parts())),
            tuple(map(self._question, avoided)),
            request.filters,
            Weighing(request.fusion, request.alpha, request.channels, request.weights),
            cases_only=request.target == "cases",
            among=request.among,
        )

    def words_read(self, plan: Plan) -> tuple[str, ...]:
        """Return the words that were read in the query pictures, each once."""
        pictures = [read.picture for question in plan.questions for read in question.pictures]
        return tuple(dict.fromkeys(word for picture in pictures for word in picture.words()))

    def _question(self, part: JoinedQuery) -> Question:
        words = self._words(part.words) if part.words.strip() else None
        return Question(words, tuple(map(self._picture, part.pictures)))

    def _words(self, words: str) -> AskedWords:
        node = parse_query(words)
        text = spoken(node)
        if not self._spaces or not text:
            return AskedWords(node)
        known = {name: space.languages for name, space in self._spaces.items()}
        routing = choose_spaces(text, known, wanted=self._wanted or None)
        self.routing = self.routing or routing
        chosen = [self._spaces[name] for name in routing.spaces]
        return AskedWords(
            node, tuple(AskedSpace(space, self._encoders.submit(space.encode_text, text)) for space in chosen)
        )

    def _picture(self, asked: AskedPicture) -> ReadPicture:
        picture = self._read_picture(asked)
        if not self._spaces or picture.pixels is None:
            return ReadPicture(picture)
        space = self._spaces.get(self._wanted) or next(iter(self._spaces.values()))
        encoding = self._encoders.submit(space.encode_picture, picture.pixels)
        return ReadPicture(picture, (AskedSpace(space, encoding),))
