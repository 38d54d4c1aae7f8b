"""One library, once in a file and once in PostgreSQL: the same answers, and the way from one to the other."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.integration.conftest import WITHOUT_OCR, draw_picture

from jianwei.errors import CatalogError, ConflictError, NotFoundError
from jianwei.library import Library
from jianwei.library.migration import migrate_catalog
from jianwei.ports.watches import WatchQuery
from jianwei.records import ListingRecord, OcrLine

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres_server import PostgresServer

_TITLES = ("本草清糖胶囊 保健食品 根治糖尿病 加微信 mm12345678", "不锈钢保温杯 500毫升", "蓝莓叶黄素片 三天治好白内障")
_SPACE = "test@1"
_BOX = ((1.5, 2.0), (30.25, 2.0), (30.25, 18.0), (1.5, 18.0))


def write_source(folder: Path, *, first: int = 0) -> Path:
    folder.mkdir(exist_ok=True)
    records = [
        {
            "product_code": str(number),
            "product_name": title,
            "platform": "p",
            "shop": f"店{number % 2}",
            "product_images": [{"file_url": draw_picture(folder / f"{number}.png", number).name}],
        }
        for number, title in enumerate(_TITLES, first)
    ]
    source = folder / "listings.jsonl"
    source.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), "utf-8")
    return source


def fill(library: Library, folder: Path) -> None:
    """Put something into every part of a library."""
    library.ingest(write_source(folder / "source"), workers=1)
    catalog = library._catalog
    with catalog.writing() as writer:
        keys = [picture.facts.sha256 for picture in catalog.pictures([1, 2, 3]).values()]
        rows = np.eye(8, dtype=np.float32)[: len(keys)]
        writer.put_vectors("picture", space=_SPACE, keys=keys, vectors=rows)
        writer.put_ocr(1, model_id="o@1", lines=[OcrLine("根治糖尿病", _BOX, 0.9)])
        writer.put_caption(1, model_id="m@1", text="一张图片")
        gone = writer.put_listing(ListingRecord(listing_id="p:gone", title="下架商品"), record_hash="")
        writer.delete_listing(gone)
    library.reviews.decide("p:0", "confirm", reviewer="李", reason="宣称治愈")
    library.watches.add("糖", WatchQuery("根治糖尿病"))
    library.groups.update()


def told(library: Library) -> dict[str, object]:
    """Return what a library says of itself."""
    library.reindex()  # how often a word is found elsewhere also depends on what an index has seen go
    catalog = library._catalog
    numbers = [listing.listing_no for listing in library.listings()]
    return {
        "stats": library.counts(),
        "hits": [(hit.listing.listing_id, hit.score) for hit in library.search("根治糖尿病").hits],
        "listings": list(library.listings()),
        "pictures": catalog.pictures_of(numbers),
        "screenings": library.risk.of(numbers),
        "contacts": library.risk.with_contact("wechat", "mm12345678"),
        "decisions": library.reviews.recent(),
        "watches": library.watches.every(),
        "captions": catalog.captions([1, 2, 3]),
        "vectors": catalog.vectors("picture", _SPACE, [1, 2, 3])[1].tolist(),
        "shops": library.groups.sellers(),
        "changes": catalog.changes("listing", 0, 100),
        "features": sorted(catalog.picture_features([1, 2, 3])),
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    with Library.open(folder / "library", settings=WITHOUT_OCR) as library:
        fill(library, folder)
    return folder / "library"


@pytest.fixture
def filled(tmp_path: Path, made: Path) -> Path:
    """The folder of a library in a file."""
    shutil.copytree(made, tmp_path / "library")
    return tmp_path / "library"


def test_a_library_moves_into_postgresql_works_on_there_and_comes_back(
    filled: Path, tmp_path: Path, postgres: PostgresServer
) -> None:
    url = postgres.url("moved")
    in_database = replace(WITHOUT_OCR, catalog_url=url)
    with Library.open(filled, settings=WITHOUT_OCR) as library:
        before = told(library)
    with pytest.raises(NotFoundError, match="There is no library in postgresql://"):
        Library.open(filled, settings=in_database, create=False)
    moved = migrate_catalog(filled, url, WITHOUT_OCR)
    assert moved.rows == moved.written > 50
    with Library.open(filled, settings=in_database) as library:
        assert told(library) == before
        report = library.ingest(write_source(tmp_path / "more", first=10), workers=1)
        assert report.listings_new == 3
        # The number of the listing that had gone is not given again.
        assert len({change.entity_no for change in library._catalog.changes("listing", 0, 100)}) == 7
        library.reviews.decide("p:2", "dismiss", reviewer="王", reason="正当宣传")
        assert report.watches[0].new == 1
        library.groups.update(rebuild=True)
        after = told(library)
    with pytest.raises(ConflictError, match="already"):
        migrate_catalog(filled, "file", in_database)
    shutil.move(filled / "catalog.sqlite", tmp_path / "old.sqlite")
    back = migrate_catalog(filled, "file", in_database)
    assert back.written == back.rows > moved.rows
    with Library.open(filled, settings=WITHOUT_OCR) as library:
        assert told(library) == after


def test_a_copy_that_broke_off_is_continued_and_not_used_before(filled: Path, postgres: PostgresServer) -> None:
    url = postgres.url("continued")

    def break_off(table: str, _: int, __: int) -> None:
        if table == "listing_pictures":
            raise LookupError

    with pytest.raises(LookupError):
        migrate_catalog(filled, url, WITHOUT_OCR, progress=break_off)
    with pytest.raises(CatalogError, match="not finished"):
        Library.open(filled, settings=replace(WITHOUT_OCR, catalog_url=url))
    with Library.open(filled, settings=WITHOUT_OCR) as library, library._catalog.writing() as writer:
        writer.delete_listing(1)
    moved = migrate_catalog(filled, url, WITHOUT_OCR)
    assert 0 < moved.written < moved.rows
    with Library.open(filled, settings=WITHOUT_OCR) as library:
        here = told(library)
    with Library.open(filled, settings=replace(WITHOUT_OCR, catalog_url=url)) as library:
        assert told(library) == here


def test_a_finished_copy_is_only_checked_and_never_undone(filled: Path, postgres: PostgresServer) -> None:
    url = postgres.url("finished")
    migrate_catalog(filled, url, WITHOUT_OCR)
    assert migrate_catalog(filled, url, WITHOUT_OCR).written == 0
    with Library.open(filled, settings=replace(WITHOUT_OCR, catalog_url=url)) as library:
        library.reviews.decide("p:2", "dismiss", reviewer="王", reason="正当宣传")
    with pytest.raises(ConflictError, match="has been changed since"):
        migrate_catalog(filled, url, WITHOUT_OCR)


def test_another_library_is_never_written_over(filled: Path, tmp_path: Path, postgres: PostgresServer) -> None:
    url = postgres.url("taken")
    with Library.open(tmp_path / "other", settings=replace(WITHOUT_OCR, catalog_url=url)) as library:
        library.ingest(write_source(tmp_path / "words"), workers=1)
    with pytest.raises(ConflictError, match="There is a library at postgresql://"):
        migrate_catalog(filled, url, WITHOUT_OCR)
    with pytest.raises(ConflictError, match="already"):
        migrate_catalog(filled, "file", WITHOUT_OCR)


@pytest.mark.parametrize("target", ["mysql://me:secret@host/db", "fiel", "other.sqlite", "sqlite:///other.sqlite"])
def test_a_target_that_is_no_database_is_refused(filled: Path, target: str) -> None:
    with pytest.raises(CatalogError, match="or the word file") as caught:
        migrate_catalog(filled, target, WITHOUT_OCR)
    assert "secret" not in caught.value.message + caught.value.message_zh
