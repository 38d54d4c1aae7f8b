"""How fast a fused search is inside the library: words and meaning, a picture and meaning, with and without filters.

    python benchmarks/fused_query.py [--listings 50000] [--dims 512] [--queries 60] [--folder DIR]

Synthetic listings (`synthetic_listings.py`), each with a picture: text, a random PDQ hash, and vectors of picture and
title in clusters, written straight into the catalog; the library builds its indexes from there. The encoder is
replaced by a look-up of ready vectors and the picture is not decoded or read by OCR, so what is timed is parsing,
candidates, exact scores, fusion and a page of 20 hits with reasons. Each line asks questions that were not asked
before, after others that warm the caches. `--folder` keeps the library for the next run.
Both words alone and everything fused are timed in the same run, to tell what fusion adds; what the process holds in
the end is told beside what it held before, with the texts that the questions are drawn from.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from jianwei import Library
from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.records import Filters, ListingRecord, OcrLine, PictureFacts
from jianwei.search.query_picture import QueryPicture
from jianwei.search.request import AskedPicture, SearchRequest
from jianwei.search.service import SearchIndexes, SearchService
from jianwei.search.spaces import SearchSpace
from jianwei.text.fingerprint import text_sha256
from library_query import percentile
from synthetic_listings import make_listings, make_questions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from jianwei.records import TextDocument
    from jianwei.search.results import Channel

SPACE = "synthetic@1"
_BATCH = 2000
_FILTERS = {
    "all": Filters(),
    "10 %": Filters(platforms=frozenset({"京东"}), price_min=100.0, price_max=500.0),
}


class Vectors:
    """Unit vectors in 2,000 clusters, the same for a number on every run."""

    def __init__(self, dims: int) -> None:
        self._chance = np.random.default_rng(7)
        self._centres = self._unit(self._chance.standard_normal((2000, dims)))

    def rows(self, count: int) -> NDArray[np.float32]:
        """Return the next (count, dims) of them."""
        centres = self._centres[self._chance.integers(0, len(self._centres), count)]
        return self._unit(centres + 0.8 * self._chance.standard_normal(centres.shape) / np.sqrt(centres.shape[1]))

    @staticmethod
    def _unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
        unit: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        return unit


def fill(folder: Path, documents: Sequence[TextDocument], dims: int) -> None:
    chance = np.random.default_rng(11)
    vectors = Vectors(dims)
    catalog = SqlCatalog.open(folder / "catalog.sqlite", library_folder=folder)
    with catalog.writer_session():
        for first in range(0, len(documents), _BATCH):
            some = documents[first : first + _BATCH]
            hashes = chance.integers(0, 256, (len(some), 32), np.uint8)
            names = [hashlib.sha256(str(document.listing_no).encode()).hexdigest() for document in some]
            with catalog.writing() as writer:
                for document, pdq, name in zip(some, hashes, names, strict=True):
                    record = ListingRecord(
                        listing_id=f"synthetic:{document.listing_no}",
                        platform=document.platform,
                        title=document.title,
                        price=document.price,
                        shop=document.shop,
                        category=document.category,
                        spec=tuple(("规格", line) for line in document.spec),
                    )
                    number = writer.put_listing(record, record_hash="synthetic")
                    facts = PictureFacts(name, "jpeg", 800, 800, 1, pdq=pdq.tobytes(), pdq_quality=100)
                    picture_no = writer.put_picture(facts, location=f"{name}.jpg")
                    lines = [
                        OcrLine(text, ((10.0, y), (700.0, y), (700.0, y + 18.0), (10.0, y + 18.0)), 0.95)
                        for y, text in zip(range(0, 800, 20), document.ocr, strict=False)
                    ]
                    writer.put_ocr(picture_no, model_id="synthetic", lines=lines)
                    writer.set_pictures(number, [(picture_no, "main", 0)])
                writer.put_vectors("picture", space=SPACE, keys=names, vectors=vectors.rows(len(some)))
                titles = list(dict.fromkeys(text_sha256(document.title.strip()) for document in some))
                writer.put_vectors("title", space=SPACE, keys=titles, vectors=vectors.rows(len(titles)))
    catalog.close()


def service(library: Library, dims: int) -> SearchService:
    """Return the search of a library with ready vectors in place of an encoder, and pictures that are ready read."""
    vectors, chance = Vectors(dims), np.random.default_rng(13)
    catalog, indexes = library._catalog, library._parts.indexes  # noqa: SLF001  # the façade takes encoders from models only
    (space,) = catalog.spaces()

    def read(_picture: AskedPicture) -> QueryPicture:
        return QueryPicture(chance.integers(0, 256, (8, 32), np.uint8), (), np.zeros((2, 2, 3), np.uint8))

    synthetic = SearchSpace(
        SPACE,
        ("zh",),
        encode_text=lambda _: vectors.rows(1),
        encode_picture=lambda _: vectors.rows(1),
        pictures=indexes.vectors(space, "picture").ready(),
        titles=indexes.vectors(space, "title").ready(),
    )
    return SearchService(
        catalog,
        SearchIndexes(indexes.text.ready(), indexes.hashes.ready, indexes.features.ready),
        read_picture=read,
        spaces=[synthetic],
    )


def measure(
    name: str,
    warming: Sequence[SearchRequest],
    requests: Sequence[SearchRequest],
    search: Callable[[SearchRequest], object],
) -> None:
    for request in warming:
        search(request)
    times, processor = [], []
    for request in requests:
        started, used = time.perf_counter(), time.process_time()
        search(request)
        times.append((time.perf_counter() - started) * 1000)
        processor.append((time.process_time() - used) * 1000)
    print(
        f"{name:32} p50 {percentile(times, 50):7.2f} ms   p99 {percentile(times, 99):7.2f} ms   of processors "
        f"{percentile(processor, 50):7.2f} and {percentile(processor, 99):7.2f} ms",
        flush=True,
    )


def asked(documents: Sequence[TextDocument], of_each: int, draw: int) -> list[str]:
    """Return as many words, pairs of words and pasted titles."""
    kinds = make_questions(documents, draw)
    return [question.text for kind in ("one word", "2-3 words", "long title") for question in kinds[kind][:of_each]]


def held() -> float:
    """Return the resident memory of this process in GB."""
    return float(psutil.Process().memory_info().rss) / 2**30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listings", type=int, default=50_000)
    parser.add_argument("--dims", type=int, default=512)
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument("--folder", type=Path, help="keep the library here")
    options = parser.parse_args()
    documents = make_listings(options.listings)
    text_only: frozenset[Channel] = frozenset({"text:title", "text:spec", "text:ocr", "text:sound"})
    picture = (AskedPicture(b"ready"),)
    ways: dict[str, Callable[[SearchRequest], SearchRequest]] = {
        "words as written": lambda request: replace(request, channels=text_only),
        "words, all channels fused": lambda request: request,
        "words and a picture": lambda request: replace(request, pictures=picture),
    }
    warming, *others = (asked(documents, options.queries // 3, draw) for draw in range(1 + len(ways) * len(_FILTERS)))
    fresh = iter(others)
    with tempfile.TemporaryDirectory() as place:
        folder = options.folder or Path(place) / "library"
        if not (folder / "catalog.sqlite").exists():
            folder.mkdir(parents=True, exist_ok=True)
            started = time.perf_counter()
            fill(folder, documents, options.dims)
            print(f"catalog of {options.listings:,} listings: {time.perf_counter() - started:.0f} s", flush=True)
        before_gb = held()
        with Library.open(folder) as library:
            started = time.perf_counter()
            made = service(library, options.dims)
            print(f"indexes: {time.perf_counter() - started:.0f} s", flush=True)
            for within, filters in _FILTERS.items():
                for way, as_asked in ways.items():
                    before, timed = (
                        [as_asked(SearchRequest(text, filters=filters)) for text in texts]
                        for texts in (warming, next(fresh))
                    )
                    measure(f"{way}, {within}", before, timed, made.search)
            print(f"memory of the process: {held():.1f} GB, {before_gb:.1f} GB before the library was opened")


if __name__ == "__main__":
    main()
