"""The way of a query: request → parsed words and picture → ranking → one page of hits with reasons."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jianwei.errors import QueryError
from jianwei.search.channels import spoken
from jianwei.search.cursor import Ranking, decode_cursor, encode_cursor
from jianwei.search.language_routing import choose_spaces
from jianwei.search.page import PageBuilder
from jianwei.search.ranking import Question, Ranker
from jianwei.search.request_checks import MAX_HITS
from jianwei.search.results import SearchResult
from jianwei.search.vector_channels import AskedSpace
from jianwei.text.query_syntax import parse_query

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwei.ports import CatalogReader, HashIndex, TextIndex
    from jianwei.search.language_routing import SpaceChoice
    from jianwei.search.query_picture import QueryPicture
    from jianwei.search.request import AskedPicture, SearchRequest
    from jianwei.search.results import ChannelOff
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
        spaces: Sequence[SearchSpace] = (),
        channels_off: tuple[ChannelOff, ...] = (),
    ) -> None:
        self._spaces = {space.name: space for space in spaces}
        self._ranker = Ranker(catalog, text, hashes)
        self._pages = PageBuilder(catalog, text)
        self._read_picture = read_picture
        self._channels_off = channels_off

    def search(self, request: SearchRequest) -> SearchResult:
        """Return one page of hits.

        Raises:
            QueryError: the words, a number or the cursor cannot be used.
            PictureDecodeError: the query picture cannot be read.
        """
        started = time.perf_counter()
        request.checked()
        if request.queries or request.avoid_words or request.avoid_pictures or len(request.pictures) > 1:
            raise QueryError(
                "Joined queries and things to avoid are not answered yet.", zh="暂不支持合并查询与排除项。"
            )
        question, routing = self._question(request)
        ranking = self._ranking(request, question)
        page = ranking.page(request.limit)
        hits = self._pages.build(page, question)
        return SearchResult(
            hits=hits,
            total=ranking.total,
            cursor=encode_cursor(ranking.rest(request.limit)),
            elapsed_ms=(time.perf_counter() - started) * 1000.0,
            words_read=question.picture.words() if question.picture is not None else (),
            channels_off=self._channels_off,
            routing=routing,
        )

    def _question(self, request: SearchRequest) -> tuple[Question, SpaceChoice | None]:
        words = parse_query(request.words) if request.words.strip() else None
        picture = self._read_picture(request.pictures[0]) if request.pictures else None
        words_asked: tuple[AskedSpace, ...] = ()
        routing = None
        if self._spaces and words is not None and (text := spoken(words)):
            known = {name: space.languages for name, space in self._spaces.items()}
            routing = choose_spaces(text, known, wanted=request.space or None)
            chosen = [self._spaces[name] for name in routing.spaces]
            words_asked = tuple(AskedSpace(space, space.encode_text(text)) for space in chosen)
        picture_asked: tuple[AskedSpace, ...] = ()
        if self._spaces and picture is not None and picture.pixels is not None:
            space = self._spaces.get(request.space) or next(iter(self._spaces.values()))
            picture_asked = (AskedSpace(space, space.encode_picture(picture.pixels)),)
        return Question(words, picture, request.filters, request.alpha, words_asked, picture_asked), routing

    def _ranking(self, request: SearchRequest, question: Question) -> Ranking:
        fingerprint = request.fingerprint()
        if request.cursor:
            return decode_cursor(request.cursor, fingerprint)
        depth = min(MAX_HITS, max(_FEWEST_RANKED, 10 * request.limit))
        ranked, total = self._ranker.rank(question, depth=depth)
        numbers, scores = tuple(number for number, _ in ranked), tuple(score for _, score in ranked)
        return Ranking(fingerprint, total, 0, numbers, scores)
