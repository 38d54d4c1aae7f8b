"""What becomes of a run when a model fails on one picture, or breaks: real catalog and pictures, a fussy encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from tests.unit.ingest.fussy_encoder import FussyEncoder

from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.errors import CatalogError, ModelError
from jianwei.ingest.embedding_run import EmbeddingRun, EmbeddingTools
from jianwei.ingest.fetching import PictureFetcher
from jianwei.ingest.picture_reading import LocalReader
from jianwei.ingest.picture_work import PictureTools
from jianwei.ingest.pipeline import IngestOptions, IngestPipeline
from jianwei.ingest.sources import open_source
from jianwei.settings import Settings
from jianwei.storage.picture_files import FolderPictureFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from jianwei.ingest.report import EmbedReport, IngestReport
    from jianwei.ports import Encoder

SETTINGS = Settings(ocr_engine="off", keep_originals="all")
WHITE = 255


def is_white(item: object) -> bool:
    return isinstance(item, np.ndarray) and item.min() == WHITE


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[SqlCatalog]:
    opened = SqlCatalog.open(tmp_path / "library" / "catalog.sqlite", library_folder=tmp_path / "library")
    yield opened
    opened.close()


def ingest(catalog: SqlCatalog, library: Path, source: Path, encoders: Sequence[Encoder]) -> IngestReport:
    opened = open_source(source)
    with PictureFetcher(SETTINGS, root=opened.picture_root) as fetcher:
        reader = LocalReader(None, max_pixels=SETTINGS.max_picture_pixels)
        tools = PictureTools(catalog, FolderPictureFiles(library), fetcher, reader, SETTINGS, encoders)
        pipeline = IngestPipeline(catalog, tools, sync_indexes=lambda: None)
        return pipeline.run(opened, IngestOptions())


def fill(catalog: SqlCatalog, library: Path, encoders: Sequence[Encoder]) -> EmbedReport:
    files = FolderPictureFiles(library)

    def original(picture: object) -> bytes:
        data = files.get("original", picture.facts.sha256)  # type: ignore[attr-defined]  # it is a Picture
        assert data is not None
        return data

    return EmbeddingRun(EmbeddingTools(catalog, encoders, original, SETTINGS.max_picture_pixels)).run(lambda: None)


def white_picture(sheet: Path, number: int) -> Path:
    path = sheet.parent / "pictures" / f"{number}.png"
    Image.new("RGB", (90, 90), "white").save(path)
    return path


def test_a_picture_that_a_model_fails_on_is_stored_recorded_and_made_up_for_later(
    catalog: SqlCatalog, tmp_path: Path, write_listings: Callable[..., Path]
) -> None:
    sheet = write_listings(12)
    white = white_picture(sheet, 5)
    fussy, other = FussyEncoder(dislikes=is_white), FussyEncoder("other@1")
    report = ingest(catalog, tmp_path / "library", sheet, [fussy, other])
    assert (report.listings_new, report.pictures_read, report.vectors_added) == (12, 12, 2 * 24 - 1)
    [failure] = report.failures
    assert (failure.stage, failure.location, failure.listing_id) == ("embed", str(white), "demo:P0005")
    assert catalog.failures() == [failure]
    assert catalog.missing_vectors("picture", "fussy@1") == 1
    assert ingest(catalog, tmp_path / "library", sheet, [fussy, other]).listings_unchanged == 12
    assert [kept.stage for kept in catalog.failures()] == ["embed"]
    assert fill(catalog, tmp_path / "library", [FussyEncoder()]).spaces[0].pictures_added == 1
    assert catalog.failures() == []


def test_a_failure_stays_when_another_listing_shows_the_same_picture(
    catalog: SqlCatalog, tmp_path: Path, write_listings: Callable[..., Path]
) -> None:
    sheet = write_listings(8)
    white_picture(sheet, 3)
    lines = sheet.read_text("utf-8")
    for number in (4, 5, 6, 7):
        lines = lines.replace(f"pictures/{number}.png", "pictures/3.png")
    sheet.write_text(lines, "utf-8")
    report = ingest(catalog, tmp_path / "library", sheet, [FussyEncoder(dislikes=is_white)])
    assert (report.pictures_read, report.pictures_known) == (4, 4)
    assert [failure.stage for failure in catalog.failures()] == ["embed"]


def test_a_title_that_a_model_fails_on_is_recorded_and_made_up_for_later(
    catalog: SqlCatalog, tmp_path: Path, write_listings: Callable[..., Path]
) -> None:
    sheet = write_listings(9)
    fussy = FussyEncoder(dislikes=lambda item: isinstance(item, str) and "第4款" in item)
    report = ingest(catalog, tmp_path / "library", sheet, [fussy])
    assert [(failure.stage, failure.listing_id) for failure in report.failures] == [("embed", "demo:P0004")]
    again = fill(catalog, tmp_path / "library", [fussy])
    assert (again.spaces[0].titles_added, again.failures[0].location) == (0, report.failures[0].location)
    assert again.failures[0].listing_id == "demo:P0004"
    assert len(catalog.failures()) == 1
    assert fill(catalog, tmp_path / "library", [FussyEncoder()]).spaces[0].titles_added == 1
    assert catalog.failures() == []


def test_a_broken_model_ends_an_ingest_and_the_next_one_goes_on(
    catalog: SqlCatalog, tmp_path: Path, write_listings: Callable[..., Path]
) -> None:
    sheet = write_listings(30)
    with pytest.raises(ModelError, match="dislikes"):
        ingest(catalog, tmp_path / "library", sheet, [FussyEncoder(dislikes=lambda _: True)])
    assert catalog.stats().vectors == {}
    report = ingest(catalog, tmp_path / "library", sheet, [FussyEncoder()])
    assert (report.listings_new, catalog.stats().listings) == (30, 30)
    assert catalog.stats().vectors == {"fussy@1": 60}


def test_a_model_that_breaks_while_filling_ends_it_and_keeps_what_was_made(
    catalog: SqlCatalog, tmp_path: Path, write_listings: Callable[..., Path]
) -> None:
    ingest(catalog, tmp_path / "library", write_listings(40), [])
    with pytest.raises(ModelError, match="dislikes"):
        fill(catalog, tmp_path / "library", [FussyEncoder(dislikes=lambda item: isinstance(item, np.ndarray))])
    assert catalog.missing_vectors("picture", "fussy@1") == 40
    report = fill(catalog, tmp_path / "library", [FussyEncoder()])
    assert report.spaces[0].pictures_added == 40
    assert catalog.missing_vectors("title", "fussy@1") == 0


def test_a_model_whose_vectors_got_another_length_is_told_what_to_do(
    catalog: SqlCatalog, tmp_path: Path, write_listings: Callable[..., Path]
) -> None:
    ingest(catalog, tmp_path / "library", write_listings(3), [])
    with catalog.writing() as writer:
        writer.put_vectors("picture", space="fussy@1", keys=["0" * 64], vectors=np.eye(4, dtype=np.float32)[:1])
    with pytest.raises(CatalogError, match=r"embed --remove fussy@1"):
        fill(catalog, tmp_path / "library", [FussyEncoder()])


def test_pictures_are_encoded_together(
    catalog: SqlCatalog, tmp_path: Path, write_listings: Callable[..., Path]
) -> None:
    ingest(catalog, tmp_path / "library", write_listings(64), [])
    encoder = FussyEncoder()
    fill(catalog, tmp_path / "library", [encoder])
    assert encoder.encoded == 128
    assert max(encoder.batches[1:]) > 4
    assert len(encoder.batches) < 64
