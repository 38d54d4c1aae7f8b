"""Fits the relevance of a library to judged queries: asks each, learns from the candidates, keeps what is better."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import JudgementError
from jianwei.evaluation.reading import read_judgements
from jianwei.library.calibration_file import read_calibration, write_calibration
from jianwei.library.query_reading import asked_picture
from jianwei.search.request import SearchRequest
from jianwei.search.tuning import LEAST_QUERIES, JudgedCandidates, choose_threshold, learn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jianwei.evaluation.judgements import JudgedQuery, Notice
    from jianwei.ports import CatalogReader
    from jianwei.search.service import SearchService
    from jianwei.search.tuning import Learnt


@dataclass(frozen=True, slots=True)
class TunedKind:
    """What was learnt from queries of words or of pictures. Losses are log losses; the one after is cross-validated."""

    asked: str
    queries: int
    loss_before: float
    loss_after: float
    kept: bool
    """Whether what was learnt is better on queries that were left out, and so was stored."""


@dataclass(frozen=True, slots=True)
class TuneReport:
    """What tuning did. `skipped` queries taught nothing: of both kinds at once, no candidates, too few of a kind."""

    kinds: tuple[TunedKind, ...]
    skipped: int
    unknown_ids: int
    min_relevance_before: float
    min_relevance: float
    notices: tuple[Notice, ...]


class Tuning:
    """Fits the relevance of one library."""

    def __init__(self, folder: Path, catalog: CatalogReader, service: Callable[[], SearchService]) -> None:
        self._folder = folder
        self._catalog = catalog
        self._service = service

    def tune(self, judgements: Path, *, queries: Path | None = None, dry_run: bool = False) -> TuneReport:
        """Learn from a file of judgements, and store what is better, unless `dry_run`.

        `queries` is the file with the words of a qrels file, which only names them.

        Raises:
            JudgementError: the file cannot be used, names no listing of this library, or has too few queries.
            PictureError: a query picture cannot be read.
        """
        judged = read_judgements(judgements, queries=queries)
        service = self._service()
        known = read_calibration(self._folder)
        by_kind: dict[str, list[JudgedCandidates]] = {"words": [], "picture": []}
        for query in judged.queries:
            asked = "picture" if query.picture is not None else "words"
            candidates = None if query.words and query.picture else self._candidates(service, query)
            if candidates is not None:
                by_kind[asked].append(candidates)
        self._check(judged.queries, by_kind, judgements)
        learnt = {asked: learn(found, known) for asked, found in by_kind.items() if len(found) >= LEAST_QUERIES}
        better = {name: curve for part in learnt.values() if part.is_better for name, curve in part.curves.items()}
        tuned = replace(known, curves={**known.curves, **better}, min_relevance=choose_threshold(list(learnt.values())))
        if not dry_run:
            write_calibration(self._folder, tuned)
        return TuneReport(
            tuple(_told(asked, len(by_kind[asked]), part) for asked, part in learnt.items()),
            len(judged.queries) - sum(len(by_kind[asked]) for asked in learnt),
            self._unknown(judged.queries),
            known.min_relevance,
            tuned.min_relevance,
            judged.notices,
        )

    def _candidates(self, service: SearchService, query: JudgedQuery) -> JudgedCandidates | None:
        pictures = () if query.picture is None else (asked_picture(query.picture),)
        numbers, columns = service.evidence(SearchRequest(query.words, pictures))
        if not len(numbers):
            return None
        listings = self._catalog.listings(numbers.tolist())
        grades = np.array(
            [
                query.relevant.get(listings[number].listing_id, 0.0) if number in listings else 0.0
                for number in numbers.tolist()
            ]
        )
        # A half relevant listing is a label of one half: grades are shares of the best one that the query has.
        return JudgedCandidates(grades / max(query.relevant.values(), default=1.0), columns)

    def _unknown(self, queries: tuple[JudgedQuery, ...]) -> int:
        named = {name for query in queries for name in query.grades}
        return sum(self._catalog.listing_by_id(name) is None for name in named)

    def _check(self, queries: tuple[JudgedQuery, ...], by_kind: dict[str, list[JudgedCandidates]], file: Path) -> None:
        enough = [found for found in by_kind.values() if len(found) >= LEAST_QUERIES]
        if any(part.labels.sum() for found in enough for part in found):
            return
        named = len({name for query in queries for name in query.grades})
        raise JudgementError(
            f"{file.name} cannot tune this library: it takes at least {LEAST_QUERIES} queries of words or of pictures "
            f"that find judged listings. The file has {len(queries)} queries and names {named} listings, of which "
            f"{self._unknown(queries)} are not in this library.",
            zh=f"{file.name} 无法用于调优：至少需要 {LEAST_QUERIES} 条能检索到已标注商品的文字或图片查询。"
            f"该文件有 {len(queries)} 条查询、{named} 个商品编号，其中 {self._unknown(queries)} 个不在本库中。",
            queries=len(queries),
            named=named,
        )


def _told(asked: str, queries: int, learnt: Learnt) -> TunedKind:
    return TunedKind(asked, queries, learnt.loss_before, learnt.loss_after, learnt.is_better)
