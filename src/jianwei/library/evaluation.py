"""Evaluates the search of a library against judgements, by asking as people ask.

Ids in judgements are ids of listings, codes of products, or files of pictures; see `docs/evaluation.md`.
"""

from __future__ import annotations

import difflib
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, cast

from jianwei.errors import QueryError
from jianwei.evaluation.cross_modal import score_space
from jianwei.evaluation.judgements import JudgedQuery, Notice
from jianwei.evaluation.reading import read_judgements
from jianwei.evaluation.results import CrossModal, Evaluation, QueryText
from jianwei.evaluation.running import Answer, by_kind, run_variant
from jianwei.evaluation.variants import DEFAULT, ablation
from jianwei.fusion.methods import FUSION_METHODS
from jianwei.library.query_reading import asked_picture
from jianwei.search.request import DEFAULT_FUSION, SearchRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.evaluation.judgements import Judgements
    from jianwei.evaluation.reading import Layout
    from jianwei.evaluation.variants import Variant
    from jianwei.fusion.methods import FusionMethod
    from jianwei.library.parts import LibraryParts
    from jianwei.search.results import Channel, SearchResult

    Progress = Callable[[str, int, int], None]

_ELSEWHERE = Notice(
    "None of the judged ids is in this library, so these numbers say nothing about its search. Is it the right one?",
    "判断中的编号无一在本库中，以上数字不能说明检索的好坏。请确认是否选对了库。",
)
_NO_SPACE = Notice(
    "R@1, R@5 and R@10 of texts to pictures and back, by the rules of Chinese-CLIP, need vectors, and this library has "
    "none of a model that is here. See jianwei models list, then: jianwei embed",
    "按 Chinese-CLIP 规则的图文互检 R@1、R@5、R@10 需要向量，本库没有现有模型的向量。"
    "请先看 jianwei models list，再运行 jianwei embed",
)
_MOST_COMPARED = 20_000  # ids compared with one that is unknown: about a second
_MOST_NAMED = 5
_BATCH = 1000


class LibraryEvaluation:
    """The evaluations of one library: `library.evaluation`."""

    def __init__(self, parts: LibraryParts, answer: Callable[[SearchRequest], SearchResult]) -> None:
        self._path = parts.path
        self._catalog = parts.catalog
        self._models = parts.models
        self._search = answer

    def run(
        self,
        judgements: str | Path,
        *,
        queries: str | Path | None = None,
        layout: Layout | None = None,
        space: str = "",
        with_ablation: bool = True,
        progress: Progress | None = None,
    ) -> Evaluation:
        """Ask every judged query and measure what is found, for each way to search.

        `space` is the one in which meaning is looked for, as in a search; left out, that of the words' language.

        `progress` gets the name of a way, how many are done and how many there are. Ids that nothing in the library
        has count as not found and are named in the notices.

        Raises:
            JudgementError: the judgements cannot be used.
            PictureFetchError: the picture of a query cannot be read.
        """
        path = Path(judgements)
        read = read_judgements(path, queries=Path(queries) if queries else None, layout=layout)
        asked, unknown = self._resolved(read)
        ask = partial(self._ask, space=space)
        outcome, channels = run_variant(ask, asked, DEFAULT, default=None)
        outcomes, ways = [outcome], list(ablation(channels, FUSION_METHODS)) if with_ablation else []
        for number, variant in enumerate(ways):
            if progress is not None:
                progress(variant.name, number, len(ways))
            outcomes.append(run_variant(ask, asked, variant, default=outcome)[0])
        stats = self._catalog.stats()
        cross_modal = tuple(self._cross_modal(read))
        if read.cross_modal and not cross_modal:
            unknown.append(_NO_SPACE)
        return Evaluation(
            judgements=read.name,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            library={"path": str(self._path), "listings": stats.listings, "pictures": stats.pictures},
            queries={query.query_id: _text(query) for query in asked},
            variants=tuple(outcomes),
            kinds=by_kind(asked, outcome),
            notices=tuple((notice.message, notice.message_zh) for notice in (*read.notices, *unknown)),
            cross_modal=cross_modal,
        )

    def _ask(self, query: JudgedQuery, variant: Variant, depth: int, *, space: str) -> Answer:
        try:
            return self._answer(query, query.words, variant, depth, space=space)
        except QueryError:
            # Titles and captions are no queries: what looks like an operator or a quote in them is part of the text.
            return self._answer(query, _plain(query.words), variant, depth, space=space)

    def _answer(self, query: JudgedQuery, words: str, variant: Variant, depth: int, *, space: str) -> Answer:
        asked = frozenset[str]() if variant.left_out else variant.channels
        request = SearchRequest(
            words,
            () if query.picture is None else (asked_picture(query.picture),),
            limit=depth,
            space=space,
            fusion=cast("FusionMethod", variant.fusion) if variant.fusion else DEFAULT_FUSION,
            channels=cast("frozenset[Channel]", asked),
            weights=dict.fromkeys(cast("frozenset[Channel]", variant.left_out), 0.0),
            min_relevance=None if variant.folds else 0.0,
            fold=False,  # judgements name listings, also those that share a picture
        )
        result = self._search(request)
        channels = frozenset(str(channel) for hit in result.hits for channel in hit.channels)
        return Answer(tuple(hit.listing.listing_id for hit in result.hits), channels, result.elapsed_ms)

    def _resolved(self, judgements: Judgements) -> tuple[list[JudgedQuery], list[Notice]]:
        """Return the queries with ids of listings in place of codes and files, and what is unknown."""
        wanted = {item for query in judgements.queries for item in query.grades}
        known = {item: item for item in wanted if self._catalog.listing_by_id(item) is not None}
        if len(known) < len(wanted):
            known.update(self._by_code_or_file(wanted - known.keys()))
        queries = [
            JudgedQuery(
                query.query_id,
                query.words,
                {known.get(item, item): grade for item, grade in query.grades.items()},
                query.picture,
                query.kind,
            )
            for query in judgements.queries
        ]
        unknown = [item for query in judgements.queries for item in query.relevant if item not in known]
        named = self._unknown(list(dict.fromkeys(unknown)))
        return queries, [*named, _ELSEWHERE] if unknown and not known else named

    def _by_code_or_file(self, wanted: set[str]) -> Mapping[str, str]:
        """Return the listing of each code and picture file; a code that two listings have is unknown."""
        codes: dict[str, list[str]] = {}
        files: dict[str, str] = {}
        for batch in self._catalog.iterate_listings(_BATCH):
            placed = self._catalog.pictures_of([listing.listing_no for listing in batch])
            for listing in batch:
                codes.setdefault(listing.product_code, []).append(listing.listing_id)
                for item in placed.get(listing.listing_no, ()):
                    for name in _endings(item.picture.location):
                        if name in wanted:
                            files.setdefault(name, listing.listing_id)
        return files | {code: ids[0] for code, ids in codes.items() if code in wanted and len(ids) == 1}

    def _unknown(self, ids: Sequence[str]) -> list[Notice]:
        if not ids:
            return []
        batches = self._catalog.iterate_listings(_BATCH)
        names = list(islice((listing.listing_id for batch in batches for listing in batch), _MOST_COMPARED))
        named = [(item, difflib.get_close_matches(item, names, n=2)) for item in ids[:_MOST_NAMED]]
        more = len(ids) - len(named)
        english = "; ".join(f"{item} (near: {', '.join(near)})" if near else item for item, near in named)
        chinese = "；".join(f"{item}（相近：{'、'.join(near)}）" if near else item for item, near in named)
        return [
            Notice(
                f"{len(ids)} judged {'ids are' if len(ids) > 1 else 'id is'} not in this library and "
                f"{'count' if len(ids) > 1 else 'counts'} as not found: {english}"
                + (f"; and {more} more" if more else ""),
                f"有 {len(ids)} 个判断中的编号不在本库中，按未检出计：{chinese}"
                + (f"；另有 {more} 个" if more else ""),
            )
        ]

    def _cross_modal(self, judgements: Judgements) -> Iterator[CrossModal]:
        """Yield the scores by the rules of Chinese-CLIP in each space, where the judgements have its layout."""
        if not judgements.cross_modal:
            return
        spaces = {space.name for space in self._catalog.spaces()}
        for model in self._models.here():
            if model.space in spaces:
                encoder = self._models.encoder(model.name)
                image_ids, vectors = self._pictures(model.space)
                yield score_space(model.space, judgements.queries, encoder.encode_texts, image_ids, vectors)

    def _pictures(self, space: str) -> tuple[list[str], NDArray[np.float32]]:
        """Return the codes of the listings that have a picture in a space, in the order of entry, and its vectors."""
        codes, numbers = [], []
        for batch in self._catalog.iterate_listings(_BATCH):
            placed = self._catalog.picture_nos_of([listing.listing_no for listing in batch])
            for listing in batch:
                if shown := placed.get(listing.listing_no):
                    codes.append(listing.product_code)
                    numbers.append(shown[0])
        found, vectors = self._catalog.vectors("picture", space, sorted(set(numbers)))
        rows = {int(number): row for row, number in enumerate(found)}
        kept = [place for place, number in enumerate(numbers) if number in rows]
        return [codes[place] for place in kept], vectors[[rows[numbers[place]] for place in kept]]


def _text(query: JudgedQuery) -> QueryText:
    return QueryText(query.words, query.picture.name if query.picture else "", query.kind, query.relevant)


def _plain(words: str) -> str:
    """Return words without the signs of the query language."""
    kept = "".join(" " if sign in '"“”()（）|~:：*' else sign for sign in words)
    parts = (part.lstrip("-") for part in kept.split())
    return " ".join(part for part in parts if part and part not in {"AND", "OR", "NOT"})


def _endings(location: str) -> Iterator[str]:
    """Yield the file name of a location, then with one more folder each time."""
    parts = PurePosixPath(location.replace("\\", "/")).parts
    for start in range(len(parts) - 1, max(-1, len(parts) - 6), -1):
        yield "/".join(parts[start:])
