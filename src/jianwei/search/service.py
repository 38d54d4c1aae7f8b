"""The way of a query: request → parsed words and picture → ranking → one page of hits with reasons."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jianwei.search.cursor import Ranking, decode_cursor, encode_cursor
from jianwei.search.page import PageBuilder
from jianwei.search.ranking import Question, Ranker
from jianwei.search.request import MAX_HITS
from jianwei.search.results import SearchResult
from jianwei.text.query_syntax import parse_query

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.ports import CatalogReader, HashIndex, TextIndex
    from jianwei.search.query_picture import QueryPicture
    from jianwei.search.request import SearchRequest
    from jianwei.search.results import ChannelOff

_FEWEST_RANKED = 200  # ranked by every first page, so that most people never page beyond a cursor of some hundred bytes


class SearchService:
    """Answers requests over one library. Safe to use from several threads."""

    def __init__(
        self,
        catalog: CatalogReader,
        text: TextIndex,
        hashes: HashIndex,
        *,
        read_picture: Callable[[bytes], QueryPicture],
        channels_off: tuple[ChannelOff, ...] = (),
    ) -> None:
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
        question = Question(
            words=parse_query(request.words) if request.words.strip() else None,
            picture=self._read_picture(request.picture) if request.picture is not None else None,
            filters=request.filters,
            alpha=request.alpha,
        )
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
        )

    def _ranking(self, request: SearchRequest, question: Question) -> Ranking:
        fingerprint = request.fingerprint()
        if request.cursor:
            return decode_cursor(request.cursor, fingerprint)
        depth = min(MAX_HITS, max(_FEWEST_RANKED, 10 * request.limit))
        ranked, total = self._ranker.rank(question, depth=depth)
        numbers, scores = tuple(number for number, _ in ranked), tuple(score for _, score in ranked)
        return Ranking(fingerprint, total, 0, numbers, scores)
