"""How fast a whole search is, as Python and the shell see it, over a library of synthetic Chinese listings.

    python benchmarks/library_query.py [--listings 100000] [--library DIR] [--rounds 3]

Times `Library.search`: parsing, ranking, the scores of each channel, catalog, matched words and their boxes for a
page of 20 hits. Each question is asked for the first time: every round draws others, and those that warm the caches
are not timed. What asking the last ones again takes is told beside it. The shell time is that of `jianwei search` as a
whole process, start-up included. `--library` keeps the library, so that a second run measures at once. Listings are
those of `text_query.py`; a quarter of them show a picture with 10 to 40 lines.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from jianwei import Library
from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.records import ListingRecord, OcrLine, PictureFacts
from synthetic_listings import make_listings, make_questions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jianwei.ports import CatalogWriter
    from jianwei.records import TextDocument
    from synthetic_listings import Question

_BATCH = 500


def fill(folder: Path, documents: Sequence[TextDocument]) -> float:
    """Write the listings into the catalog of a new library; return seconds."""
    started = time.perf_counter()
    catalog = SqlCatalog.open(folder / "catalog.sqlite", library_folder=folder)
    with catalog.writer_session():
        for first in range(0, len(documents), _BATCH):
            with catalog.writing() as writer:
                for document in documents[first : first + _BATCH]:
                    put(writer, document)
    catalog.close()
    return time.perf_counter() - started


def put(writer: CatalogWriter, document: TextDocument) -> None:
    record = ListingRecord(
        listing_id=f"synthetic:{document.listing_no}",
        platform=document.platform,
        title=document.title,
        price=document.price,
        shop=document.shop,
        category=document.category,
        captured_at=document.captured_at,
        spec=tuple(("规格", line) for line in document.spec),
    )
    listing_no = writer.put_listing(record, record_hash="synthetic")
    if not document.ocr:
        return
    sha256 = hashlib.sha256(str(document.listing_no).encode()).hexdigest()
    facts = PictureFacts(sha256, "jpeg", 800, 800, 100_000)
    picture_no = writer.put_picture(facts, location=f"{sha256}.jpg")
    lines = [
        OcrLine(text, ((10.0, y), (700.0, y), (700.0, y + 18.0), (10.0, y + 18.0)), 0.95)
        for y, text in zip(range(0, 800, 20), document.ocr, strict=False)
    ]
    writer.put_ocr(picture_no, model_id="synthetic", lines=lines)
    writer.set_pictures(listing_no, [(picture_no, "main", 0)])


def measure(
    library: Library,
    warming: Mapping[str, Sequence[Question]],
    rounds: Sequence[Mapping[str, Sequence[Question]]],
) -> None:
    everything: list[float] = []
    again: list[float] = []
    for kind, asked in warming.items():
        ask(library, asked)
        times = [took for questions in rounds for took in ask(library, questions[kind])]
        again += ask(library, rounds[-1][kind])
        everything += times
        tell(kind, times)
    tell("all", everything)
    tell("asked again", again)


def ask(library: Library, questions: Sequence[Question]) -> list[float]:
    """Return how many ms each took."""
    times = []
    for question in questions:
        started = time.perf_counter()
        library.search(question.text, filters=question.filters)
        times.append((time.perf_counter() - started) * 1000)
    return times


def tell(kind: str, times: Sequence[float]) -> None:
    print(f"{kind:12} p50 {percentile(times, 50):6.2f} ms   p99 {percentile(times, 99):6.2f} ms", flush=True)


def measure_shell(folder: Path, word: str, rounds: int) -> None:
    program = Path(sys.executable).with_name("jianwei")
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        subprocess.run([program, "search", word, "--library", folder], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    print(f"from the shell: median {statistics.median(times):.2f} s ({min(times):.2f}–{max(times):.2f})")


def percentile(times: Sequence[float], percent: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listings", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--library", type=Path, help="keep the library here")
    options = parser.parse_args()
    documents = make_listings(options.listings)
    warming, *rounds = (make_questions(documents, draw) for draw in range(options.rounds + 1))
    with tempfile.TemporaryDirectory() as place:
        folder = options.library or Path(place) / "library"
        if not (folder / "catalog.sqlite").exists():
            folder.mkdir(parents=True)
            seconds = fill(folder, documents)
            print(f"catalog: {options.listings / seconds:,.0f} listings/s")
        del documents  # a program that searches does not hold all texts in Python, for its collector to walk through
        with Library.open(folder) as library:
            started = time.perf_counter()
            library.search("预热")
            print(f"opening, with building what is missing: {time.perf_counter() - started:.2f} s")
            measure(library, warming, rounds)
        measure_shell(folder, "保健", options.rounds + 2)


if __name__ == "__main__":
    main()
