"""Vectors as a user gets them: models imported, spaces filled beside an ingest and afterwards, searched, removed."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from tests.integration.conftest import WITHOUT_OCR, draw_picture
from tests.integration.models import CHINESE, ENGLISH
from tests.waiting import PATIENCE_S

from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.encoders.hub.installed import remove_model
from jianwei.encoders.opening import open_encoder
from jianwei.errors import ModelError, NotFoundError
from jianwei.images.decoding import decode_picture
from jianwei.images.perceptual_hash import pdq_hash
from jianwei.library import Library
from jianwei.records import ListingRecord, PictureFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jianwei.ingest.report import EmbedProgress
    from jianwei.settings import Settings


@pytest.fixture
def settings(models: Path) -> Settings:
    return replace(WITHOUT_OCR, models_folder=models)


@pytest.fixture
def library(tmp_path: Path, settings: Settings) -> Iterator[Library]:
    with Library.open(tmp_path / "library", settings=settings) as opened:
        yield opened


def vector_counts(library: Library) -> dict[str, int]:
    """Return the vectors of pictures and titles together, by the name of their model."""
    return {space.partition("@")[0]: count for space, count in library.stats().catalog.vectors.items()}


def own_picture_is_nearest(library: Library, picture: Path) -> bool:
    hit = library.search(picture=picture).hits[0]
    assert hit.picture is not None
    return hit.channels["vector:picture"] > 0.999 and hit.picture.picture.location == str(picture)


def test_an_ingest_makes_the_vectors_of_what_it_reads(library: Library, write_listings: Callable[..., Path]) -> None:
    library.embed([CHINESE])
    sheet = write_listings(20)
    report = library.ingest(sheet)
    assert (report.pictures_read, report.vectors_added, report.failures) == (20, 40, ())
    assert vector_counts(library) == {CHINESE: 40}
    assert own_picture_is_nearest(library, sheet.parent / "pictures" / "7.png")
    assert all(state.status == "ready" for state in library.stats().indexes)
    again = library.ingest(sheet)
    assert (again.listings_unchanged, again.vectors_added) == (20, 0)


def test_stored_vectors_are_those_of_the_model(
    library: Library, models: Path, write_listings: Callable[..., Path]
) -> None:
    library.embed([CHINESE])
    library.ingest(write_listings(3))
    encoder = open_encoder(models / CHINESE)
    [row] = [row for row in library.rows() if row.listing.product_code == "P0001"]
    picture = row.pictures[0].picture
    pixels = decode_picture(library.picture_bytes(picture.facts.sha256), max_pixels=10**8).pixels
    catalog = library._catalog
    _, stored = catalog.vectors("picture", encoder.space, [picture.picture_no])
    assert stored[0] @ encoder.encode_images([pixels])[0] == pytest.approx(1, abs=2e-3)
    _, titles = catalog.vectors("title", encoder.space, [row.listing.listing_no])
    assert titles[0] @ encoder.encode_texts([row.listing.title])[0] == pytest.approx(1, abs=2e-3)


def test_without_a_chosen_model_an_ingest_makes_none(library: Library, write_listings: Callable[..., Path]) -> None:
    report = library.ingest(write_listings(3))
    assert (report.pictures_read, report.vectors_added) == (3, 0)
    assert vector_counts(library) == {}
    assert not (library.path / "models.json").exists()


def test_a_library_that_was_there_before_is_filled_once(library: Library, write_listings: Callable[..., Path]) -> None:
    sheet = write_listings(30)
    library.ingest(sheet)
    seen: list[EmbedProgress] = []
    report = library.embed([CHINESE], progress=seen.append)
    [space] = report.spaces
    assert (space.pictures_added, space.titles_added, report.failures) == (30, 30, ())
    assert (seen[0].done, seen[-1].done, seen[-1].total) == (0, 60, 60)
    assert own_picture_is_nearest(library, sheet.parent / "pictures" / "11.png")
    before = library.stats().catalog.sequence
    [space] = library.embed().spaces
    assert (space.pictures_added, space.titles_added) == (0, 0)
    assert library.stats().catalog.sequence == before


def test_vectors_made_beside_reading_and_afterwards_are_the_same(
    tmp_path: Path, settings: Settings, write_listings: Callable[..., Path]
) -> None:
    sheet = write_listings(10)
    stored = []
    for name, models in (("beside", [CHINESE]), ("afterwards", [])):
        with Library.open(tmp_path / name, settings=settings) as library:
            if models:
                library.embed(models)
            library.ingest(sheet)
            library.embed([CHINESE])
            [space] = library.stats().catalog.vectors
            numbers = {row.listing.product_code: row.pictures[0].picture.picture_no for row in library.rows()}
            _, rows = library._catalog.vectors("picture", space, sorted(numbers.values()))
            order = np.argsort(np.argsort(list(numbers.values())))
            stored.append(dict(zip(numbers, rows[order], strict=True)))
    beside, afterwards = stored
    for code, row in beside.items():
        assert row @ afterwards[code] == pytest.approx(1, abs=2e-3)


def test_at_first_every_model_that_is_here_is_used(library: Library, write_listings: Callable[..., Path]) -> None:
    library.ingest(write_listings(4))
    library.embed()
    assert library.models() == (CHINESE, ENGLISH)
    assert vector_counts(library) == {CHINESE: 8, ENGLISH: 8}


def test_two_spaces_stand_side_by_side_and_one_goes(library: Library, write_listings: Callable[..., Path]) -> None:
    sheet = write_listings(6)
    library.embed([CHINESE])
    library.ingest(sheet)
    library.embed([ENGLISH])
    assert vector_counts(library) == {CHINESE: 12, ENGLISH: 12}
    folders = library.path / "indexes" / "vector"
    assert len(list(folders.iterdir())) == 2
    [gone] = library.remove_model(CHINESE)
    assert gone.startswith(f"{CHINESE}@")
    assert library.models() == (ENGLISH,)
    assert vector_counts(library) == {ENGLISH: 12}
    assert [folder.name.partition("@")[0] for folder in folders.iterdir()] == [ENGLISH]
    assert own_picture_is_nearest(library, sheet.parent / "pictures" / "2.png")
    with pytest.raises(NotFoundError, match=ENGLISH):
        library.remove_model(CHINESE)
    library.embed([CHINESE])
    assert vector_counts(library) == {CHINESE: 12, ENGLISH: 12}


def test_a_deleted_vector_index_is_built_again(library: Library, write_listings: Callable[..., Path]) -> None:
    library.embed([CHINESE])
    sheet = write_listings(8)
    library.ingest(sheet)
    library.close()
    shutil.rmtree(library.path / "indexes" / "vector")
    with Library.open(library.path, settings=library._parts.settings) as again:
        missing = [state.status for state in again.stats().indexes if state.name == "vector"]
        assert missing == ["missing", "missing"]
        assert own_picture_is_nearest(again, sheet.parent / "pictures" / "5.png")
        states = again.reindex(["vector"])
        assert [(state.status, state.vectors) for state in states] == [("rebuilt", "picture"), ("rebuilt", "title")]
        assert own_picture_is_nearest(again, sheet.parent / "pictures" / "5.png")


def test_changed_titles_and_deleted_listings_reach_the_vector_index(
    library: Library, write_listings: Callable[..., Path]
) -> None:
    library.embed([CHINESE])
    sheet = write_listings(3)
    library.ingest(sheet)
    sheet.write_text(sheet.read_text("utf-8").replace("第1款", "连衣裙"), "utf-8")
    assert library.ingest(sheet).vectors_added == 1
    listing = next(row.listing for row in library.rows() if "连衣裙" in row.listing.title)
    hit = library.search(listing.title).hits[0]
    assert hit.listing == listing
    assert hit.channels["vector:title"] == pytest.approx(1, abs=2e-3)
    with library._catalog.writing() as writer:
        writer.delete_listing(listing.listing_no)
    assert all(hit.listing.listing_no != listing.listing_no for hit in library.search(listing.title).hits)
    assert vector_counts(library) == {CHINESE: 4}


def test_pictures_that_are_gone_are_failures_until_they_are_back(
    tmp_path: Path, settings: Settings, write_listings: Callable[..., Path]
) -> None:
    sheet = write_listings(4)
    away = sheet.parent / "pictures" / "2.png"
    changed = sheet.parent / "pictures" / "3.png"
    with Library.open(tmp_path / "other", settings=replace(settings, keep_originals="none")) as library:
        library.ingest(sheet)
        kept, original = away.read_bytes(), changed.read_bytes()
        away.unlink()
        draw_picture(changed, 99)
        report = library.embed([CHINESE])
        assert (report.spaces[0].pictures_added, report.spaces[0].titles_added) == (2, 4)
        assert sorted(failure.reason for failure in report.failures) == ["changed", "not-found"]
        assert {failure.stage for failure in library.failures()} == {"embed"}
        away.write_bytes(kept)
        changed.write_bytes(original)
        report = library.embed()
        assert (report.spaces[0].pictures_added, report.failures, library.failures()) == (2, (), [])


def test_without_any_model_the_error_says_how_to_get_one(tmp_path: Path) -> None:
    settings = replace(WITHOUT_OCR, models_folder=tmp_path / "none")
    with Library.open(tmp_path / "library", settings=settings) as library:
        with pytest.raises(ModelError, match=r"models import PATH.*models pull chinese-clip.*HF_ENDPOINT"):
            library.embed()
        with pytest.raises(NotFoundError, match="tiny"):
            library.embed(["tiny"])
        assert library.models() == ()


def test_a_model_that_went_away_is_named_and_search_goes_on_without_it(
    tmp_path: Path, models: Path, write_listings: Callable[..., Path]
) -> None:
    settings = replace(WITHOUT_OCR, models_folder=tmp_path / "models")
    shutil.copytree(models, settings.models_folder)
    sheet = write_listings(3)
    with Library.open(tmp_path / "library", settings=settings) as library:
        library.ingest(sheet)
        library.embed([CHINESE])
    remove_model(settings.models_folder, CHINESE)
    with Library.open(tmp_path / "library", settings=settings) as library:
        result = library.search("第1款")
        assert result.hits[0].listing.product_code == "P0001"
        assert "vector" in {off.channel for off in result.channels_off}
        with pytest.raises(NotFoundError, match=f"models pull {CHINESE}.*embed --remove {CHINESE}"):
            library.ingest(sheet)
        library.remove_model(CHINESE)
        assert library.ingest(sheet).listings_unchanged == 3


def test_a_damaged_choice_of_models_is_named(library: Library) -> None:
    (library.path / "models.json").write_text('{"models": "all"}', "utf-8")
    with pytest.raises(ModelError, match=r"models\.json"):
        library.embed()


EMBED = """
import os, sys, threading
from dataclasses import replace
from pathlib import Path
from jianwei.library import Library
from jianwei.settings import Settings
settings = Settings(ocr_engine="off", keep_originals="all", models_folder=Path(sys.argv[2]))
model, after, number = sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
# It gets its signal from a thread of its own: another process might be too late on a busy machine.
pressing = threading.Timer(0.02, os.kill, (os.getpid(), number))

def show(moment):
    if moment.done >= after and not pressing.is_alive() and not pressing.finished.is_set():
        pressing.start()

with Library.open(sys.argv[1], settings=settings) as library:
    report = library.embed([model], progress=show)
    added = sum(space.pictures_added + space.titles_added for space in report.spaces)
    print("interrupted" if report.interrupted else "ended", added, flush=True)
"""


def embed_elsewhere(
    library: Path, models: Path, *, after: int, get: signal.Signals
) -> subprocess.CompletedProcess[str]:
    """Fill a library in a process of its own, which gets a signal a moment after some vectors are committed."""
    command = [sys.executable, "-c", EMBED, str(library), str(models), CHINESE, str(after), str(int(get))]
    return subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", timeout=PATIENCE_S, check=False)


@pytest.fixture(scope="module")
def unfilled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of 700 pictures and titles without vectors; filling it takes seconds, an ingest of them would too."""
    folder = tmp_path_factory.mktemp("unfilled")
    library = folder / "library"
    library.mkdir()
    catalog = SqlCatalog.open(library / "catalog.sqlite", library_folder=library)
    with catalog.writing() as writer:
        for number in range(700):
            file = folder / f"{number}.png"
            pixels = np.random.default_rng(number).integers(0, 256, (64, 64, 3), np.uint8)
            Image.fromarray(pixels).save(file)
            data = file.read_bytes()
            record = ListingRecord(f"demo:{number}", "demo", str(number), title=f"面膜{number}")
            listing_no = writer.put_listing(record, record_hash=str(number))
            pdq, quality = pdq_hash(pixels)
            facts = PictureFacts(
                hashlib.sha256(data).hexdigest(), "png", 64, 64, len(data), pdq=pdq, pdq_quality=quality
            )
            writer.set_pictures(listing_no, [(writer.put_picture(facts, location=str(file)), "main", 0)])
    catalog.close()
    return library


@pytest.fixture
def large(unfilled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(unfilled, tmp_path / "large")


def test_a_killed_filling_is_continued_with_nothing_doubled_or_lost(
    large: Path, models: Path, settings: Settings
) -> None:
    ended = embed_elsewhere(large, models, after=700, get=signal.SIGKILL)
    assert ended.returncode == -signal.SIGKILL
    with Library.open(large, settings=settings) as library:
        made = vector_counts(library)[CHINESE]
        assert 700 <= made < 1400
        [space] = library.embed().spaces
        assert space.pictures_added + space.titles_added == 1400 - made
        assert vector_counts(library) == {CHINESE: 1400}
        assert all(state.status == "ready" for state in library.stats().indexes)
        row = next(iter(library.rows()))
        data = library.picture_bytes(row.pictures[0].picture.facts.sha256)
        assert library.search(picture=data).hits[0].listing == row.listing


def test_ctrl_c_ends_a_filling_cleanly(large: Path, models: Path, settings: Settings) -> None:
    ended = embed_elsewhere(large, models, after=700, get=signal.SIGINT)
    assert ended.returncode == 0
    word, added = ended.stdout.split()
    assert word == "interrupted"
    with Library.open(large, settings=settings) as library:
        assert vector_counts(library) == {CHINESE: int(added)}
        assert all(state.status == "ready" for state in library.stats().indexes)


def test_captions_are_embedded_searched_by_meaning_and_replaced(
    library: Library, models: Path, write_listings: Callable[..., Path]
) -> None:
    library.embed([CHINESE])
    library.ingest(write_listings(20))  # fewer vectors tell nothing of what is usual
    assert all("vector:caption" not in hit.channels for hit in library.search("弯刀", min_relevance=0).hits)
    numbers = {row.listing.product_code: row.pictures[0].picture.picture_no for row in library.rows()}
    captions = {number: f"一把带鞘的弯刀放在第{number}块毛毯上" for number in numbers.values()}
    with library._catalog.writing() as writer:
        for number, caption in captions.items():
            writer.put_caption(number, model_id="m@1", text=caption)

    (filled,) = library.embed().spaces
    assert (filled.pictures_added, filled.titles_added, filled.captions_added) == (0, 0, 20)
    assert library.embed().spaces[0].captions_added == 0
    wanted = numbers["P0001"]
    hits = library.search(captions[wanted], min_relevance=0).hits
    found = next(hit for hit in hits if hit.listing.product_code == "P0001")
    assert found.channels["vector:caption"] == pytest.approx(1.0, abs=1e-3)
    assert {state.vectors for state in library.stats().indexes} >= {"picture", "title", "caption"}
    stored, vectors = library._catalog.vectors("caption", filled.name, [wanted])
    assert stored.tolist() == [wanted]
    assert vectors == pytest.approx(open_encoder(models / CHINESE).encode_texts([captions[wanted]]), abs=2e-3)

    with library._catalog.writing() as writer:
        writer.put_caption(wanted, model_id="m@2", text="一只陶瓷花瓶")
    hits = library.search(captions[wanted], min_relevance=0).hits
    assert all("vector:caption" not in hit.channels for hit in hits if hit.listing.product_code == "P0001")
    assert library.embed().spaces[0].captions_added == 1
