"""The catalog in a file beside the same in PostgreSQL, on one machine: storing, look-ups, texts for the index.

    python benchmarks/catalog_databases.py [LISTINGS]

Starts a PostgreSQL server of its own (Debian package postgresql). Takes about a minute with 2,000 listings.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.contracts.catalog.samples import facts, line, record
from tests.postgres_server import running_server

from jianwei.catalog.sql_catalog import SqlCatalog

if TYPE_CHECKING:
    from collections.abc import Callable

_BATCH = 100  # listings in one transaction
_LINES = [line(f"第{number}行文字") for number in range(20)]
_ROUNDS = 200


def main() -> None:
    """Fill both, ask both in turn, print medians, spreads and ratios."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with running_server() as server, tempfile.TemporaryDirectory() as folder:
        places: dict[str, str | Path] = {
            "SQLite": Path(folder) / "catalog.sqlite",
            "PostgreSQL, Unix socket": server.url("bench_unix"),
            "PostgreSQL, TCP": server.tcp_url(schema="bench_tcp"),
        }
        catalogs = {
            name: SqlCatalog.open(place, library_folder=Path(folder) / str(number))
            for number, (name, place) in enumerate(places.items())
        }
        for name, catalog in catalogs.items():
            cpu_s, wall_s = _fill(catalog, count)
            print(f"{name}: {count / wall_s:,.0f} listings/s stored, {cpu_s / count * 1000:.2f} ms CPU each")
        questions: dict[str, Callable[[SqlCatalog, int], object]] = {
            "10 listings": lambda catalog, first: catalog.listings(range(first, first + 10)),
            "pictures of 10 listings": lambda catalog, first: catalog.pictures_of(range(first, first + 10)),
            "texts of 100 listings": lambda catalog, first: catalog.text_documents(range(first, first + 100)),
        }
        for question, ask in questions.items():
            _compare(question, ask, catalogs, count)
        for catalog in catalogs.values():
            catalog.close()


def _fill(catalog: SqlCatalog, count: int) -> tuple[float, float]:
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    for start in range(0, count, _BATCH):
        with catalog.writing() as writer:
            for number in range(start, start + _BATCH):
                listing_no = writer.put_listing(record(number, shop=f"店{number % 9}"), record_hash="")
                picture_no = writer.put_picture(facts(number), location=f"/pictures/{number}.jpg")
                writer.put_ocr(picture_no, model_id="m", lines=_LINES)
                writer.set_pictures(listing_no, [(picture_no, "main", 0)])
    return time.process_time() - cpu_s, time.perf_counter() - wall_s


def _compare(
    question: str, ask: Callable[[SqlCatalog, int], object], catalogs: dict[str, SqlCatalog], count: int
) -> None:
    taken: dict[str, list[float]] = {name: [] for name in catalogs}
    for turn in range(_ROUNDS):
        for name, catalog in catalogs.items():  # in turn, so that a busy moment strikes all
            start = time.perf_counter()
            ask(catalog, 1 + turn * 7 % (count - 100))
            taken[name].append((time.perf_counter() - start) * 1000)
    base = statistics.median(taken["SQLite"])
    for name, times in taken.items():
        low, median, high = statistics.quantiles(times, n=4)
        print(f"{question}, {name}: {median:.2f} ms ({low:.2f} to {high:.2f}), {median / base:.1f} × SQLite")


if __name__ == "__main__":
    main()
