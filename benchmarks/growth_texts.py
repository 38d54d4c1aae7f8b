"""Text engines that are filled batch by batch, for `growth.py`: listings are made meanwhile and never all in memory.

Each builder takes batches, times its own work only, and returns seconds and what answers a question.
"""

from __future__ import annotations

import sqlite3
import time
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import text_query
from synthetic_listings import each_listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jianwei.records import TextDocument
    from synthetic_listings import Question

    Built: TypeAlias = tuple[float, Callable[[Question], object]]

BATCH = 10_000
K = 10


def batches(count: int) -> Iterator[list[TextDocument]]:
    """Yield the listings, some thousands at a time."""
    listings = each_listing(count)
    while batch := list(islice(listings, BATCH)):
        yield batch


class Clock:
    """Adds up the time of what is done inside it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._started = 0.0

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._started


def ours(folder: Path, count: int) -> Built:
    """Fill our index as a rebuild does."""
    from jianwei.indexes.text.text_index import TantivyTextIndex

    clock = Clock()
    with clock:
        index = TantivyTextIndex.create(folder / "ours")
    for number, batch in enumerate(batches(count), 1):
        with clock:
            index.apply(batch, deleted=(), sequence=number)
    with clock:
        index.close()
    read = TantivyTextIndex.open(folder / "ours", read_only=True)
    return clock.seconds, lambda one: read.search(one.node, fields=text_query.FIELDS, filters=one.filters, limit=K)


def sqlite_fts5(folder: Path, count: int) -> Built:
    """Fill FTS5 over the same words."""
    connection = sqlite3.connect(folder / "fts5.db")
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5(title, spec, ocr, content='', tokenize='unicode61')")
    clock = Clock()
    for batch in batches(count):
        with clock, connection:
            connection.executemany(
                "INSERT INTO texts(rowid, title, spec, ocr) VALUES (?, ?, ?, ?)", text_query.word_rows(batch)
            )
    return clock.seconds, lambda one: text_query.ask_sqlite(connection, one)


def whoosh(folder: Path, count: int) -> Built:
    """Fill Whoosh with jieba's analyser, in one writer with 256 MB."""
    schema, index = text_query.whoosh_index(folder / "whoosh")
    writer: Any = index.writer(limitmb=256)
    clock = Clock()
    for batch in batches(count):
        with clock:
            text_query.add_to_whoosh(writer, batch)
    with clock:
        writer.commit()
    return clock.seconds, text_query.whoosh_asker(schema, index)
