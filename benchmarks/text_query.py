"""How fast the text index is built and answers, over synthetic Chinese listings, beside SQLite FTS5 and Whoosh.

Run: python benchmarks/text_query.py [--listings 100000] [--rounds 3]

All engines get the same words (search mode); FTS5 and Whoosh look for any of them with BM25. Whoosh, which indexes
slowly, gets a part of the listings only, so that its times flatter it. FTS5 and Whoosh keep words only; this index
also answers for any part of a word. Rounds are interleaved; a ratio is the peer's time divided by ours.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jianwei.indexes.text.text_index import TantivyTextIndex
from jianwei.records import TextDocument
from jianwei.text.fold import fold_text
from jianwei.text.segment import cut_words
from synthetic_listings import Question, make_listings, make_questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jianwei.ports import TextField

FIELDS: tuple[TextField, ...] = ("title", "spec", "ocr", "caption")
WHOOSH_LISTINGS = 5000
BATCH = 10_000


def build_ours(folder: Path, listings: Sequence[TextDocument]) -> TantivyTextIndex:
    """Build this index the way a rebuild does: in batches, each committed."""
    started = time.perf_counter()
    index = TantivyTextIndex.create(folder)
    for start in range(0, len(listings), BATCH):
        index.apply(listings[start : start + BATCH], deleted=(), sequence=start)
    index.close()
    seconds = time.perf_counter() - started
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    characters = sum(len(line) for one in listings for line in (one.title, *one.spec, *one.ocr))
    print(
        f"build       {seconds:6.1f} s, {len(listings) / seconds:,.0f} listings/s, "
        f"{characters / seconds / 1e6:.2f} million characters/s, {size:.0f} MB on disk"
    )
    return TantivyTextIndex.open(folder, read_only=True)


def build_titles(folder: Path, listings: Sequence[TextDocument]) -> None:
    """Time documents of a title alone, the short documents of the target."""
    short = [TextDocument(one.listing_no, one.title, (), ()) for one in listings[:20_000]]
    started = time.perf_counter()
    index = TantivyTextIndex.create(folder)
    index.apply(short, deleted=(), sequence=1)
    seconds = time.perf_counter() - started
    index.close()
    print(f"titles only {seconds:6.1f} s, {len(short) / seconds:,.0f} listings/s")


def build_sqlite(path: Path, listings: Sequence[TextDocument]) -> sqlite3.Connection:
    """Build FTS5 over the same words."""
    started = time.perf_counter()
    connection = sqlite3.connect(path)
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5(title, spec, ocr, content='', tokenize='unicode61')")
    connection.executemany("INSERT INTO texts(rowid, title, spec, ocr) VALUES (?, ?, ?, ?)", word_rows(listings))
    connection.commit()
    print(f"FTS5 build  {time.perf_counter() - started:6.1f} s, {path.stat().st_size / 1e6:.0f} MB on disk")
    return connection


def word_rows(listings: Sequence[TextDocument]) -> Iterator[tuple[int, str, str, str]]:
    """Yield the number of each listing and the words of its three fields, cut as ours are."""

    def joined(lines: Sequence[str]) -> str:
        return " ".join(cut_words("\n".join(map(fold_text, lines))))

    for one in listings:
        yield one.listing_no, joined((one.title,)), joined(one.spec), joined(one.ocr)


def ask_sqlite(connection: sqlite3.Connection, question: Question) -> None:
    """Ask FTS5 for ten listings with any of the words, by BM25."""
    match = " OR ".join(f'"{word}"' for word in question.words)
    connection.execute(
        "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY bm25(texts, 3.0, 1.2, 1.0) LIMIT 10", (match,)
    ).fetchall()


def build_whoosh(folder: Path, listings: Sequence[TextDocument]) -> Callable[[Question], None]:
    """Build Whoosh with jieba's analyser and return how to ask it."""
    started = time.perf_counter()
    schema, index = whoosh_index(folder)
    writer = index.writer(limitmb=256)
    add_to_whoosh(writer, listings)
    writer.commit()
    print(f"Whoosh      {time.perf_counter() - started:6.1f} s for {len(listings):,} listings")
    return whoosh_asker(schema, index)


def whoosh_index(folder: Path) -> tuple[Any, Any]:
    """Return the schema and an empty index of Whoosh."""
    from jieba.analyse import ChineseAnalyzer
    from whoosh.fields import NUMERIC, TEXT, Schema
    from whoosh.index import create_in

    analyser = ChineseAnalyzer()
    schema = Schema(no=NUMERIC(stored=True), **{name: TEXT(analyzer=analyser) for name in ("title", "spec", "ocr")})
    folder.mkdir()
    return schema, create_in(str(folder), schema)


def add_to_whoosh(writer: Any, listings: Sequence[TextDocument]) -> None:  # noqa: ANN401  # Whoosh has no types
    """Add listings to an index of Whoosh."""
    for one in listings:
        writer.add_document(no=one.listing_no, title=one.title, spec="\n".join(one.spec), ocr="\n".join(one.ocr))


def whoosh_asker(schema: Any, index: Any) -> Callable[[Question], None]:  # noqa: ANN401  # Whoosh has no types
    """Return how to ask Whoosh for ten listings with any of the words."""
    from whoosh.qparser import MultifieldParser, OrGroup

    searcher = index.searcher()
    parser = MultifieldParser(["title", "spec", "ocr"], schema, group=OrGroup)

    def ask(question: Question) -> None:
        list(searcher.search(parser.parse(" ".join(question.words)), limit=10))

    return ask


def milliseconds(ask: Callable[[Question], object], questions: Sequence[Question]) -> list[float]:
    """Return the time of each question."""
    times = []
    for question in questions:
        started = time.perf_counter()
        ask(question)
        times.append((time.perf_counter() - started) * 1000)
    return times


def p(times: Sequence[float], percent: float) -> float:
    """Return a percentile by nearest rank."""
    return sorted(times)[min(len(times) - 1, int(len(times) * percent / 100))]


def spread(ratios: Sequence[float]) -> str:
    """Return the median and the range of ratios."""
    return f"{statistics.median(ratios):6.1f} ({min(ratios):.1f}-{max(ratios):.1f})"


def main() -> None:
    """Build, ask, print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--listings", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--no-peers", action="store_true")
    chosen = options.parse_args()
    listings = make_listings(chosen.listings)
    cut_words("预热")
    questions = make_questions(listings)
    with tempfile.TemporaryDirectory() as folder:
        build_titles(Path(folder) / "titles", listings)
        index = build_ours(Path(folder) / "ours", listings)
        asked: dict[str, Callable[[Question], object]] = {
            "ours": lambda one: index.search(one.node, fields=FIELDS, filters=one.filters, limit=10)
        }
        if not chosen.no_peers:
            connection = build_sqlite(Path(folder) / "fts5.db", listings)
            asked["FTS5"] = lambda one: ask_sqlite(connection, one)
            asked["Whoosh"] = build_whoosh(Path(folder) / "whoosh", listings[:WHOOSH_LISTINGS])
        report(asked, questions, chosen.rounds)


def report(asked: dict[str, Callable[[Question], object]], questions: dict[str, list[Question]], rounds: int) -> None:
    """Ask every engine every kind of question in turns and print times and ratios."""
    peers = [name for name in asked if name != "ours"]
    print(f"\n{'query, ms':12} {'p50':>6} {'p99':>7}   " + "   ".join(f"{name} p50 / ours" for name in peers))
    everything: list[float] = []
    for kind, ours in questions.items():
        times = {name: [milliseconds(ask, ours) for _ in range(rounds)] for name, ask in asked.items()}
        mine = [one for run in times["ours"] for one in run]
        everything += mine
        # peers do not answer these kinds, or answer an easier question
        comparable = kind in ("one word", "2-3 words", "long title")
        ratios = [
            spread([p(peer, 50) / p(own, 50) for peer, own in zip(times[name], times["ours"], strict=True)])
            if comparable
            else "-"
            for name in peers
        ]
        print(f"{kind:12} {p(mine, 50):6.2f} {p(mine, 99):7.2f}   " + "   ".join(f"{ratio:>18}" for ratio in ratios))
    print(f"{'all':12} {p(everything, 50):6.2f} {p(everything, 99):7.2f}")


if __name__ == "__main__":
    main()
