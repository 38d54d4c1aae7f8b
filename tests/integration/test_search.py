"""Search as a user asks: real catalog, indexes and pictures."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageOps
from tests.integration.conftest import WITHOUT_OCR, draw_picture, put_listings

from jianwei.errors import NotFoundError, PictureDecodeError, PictureFetchError, QueryError
from jianwei.library import Library
from jianwei.records import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library of forty listings, whose indexes are complete, and its source."""
    folder = tmp_path_factory.mktemp("filled")
    with Library.open(folder / "library", settings=WITHOUT_OCR) as opened:
        opened.ingest(put_listings(folder / "source", 40))
        opened.search("胶囊", picture=folder / "source" / "pictures" / "0.png")
    return folder


@pytest.fixture
def copied(template: Path, tmp_path: Path) -> Path:
    """A library of forty listings that a test may change; its source stands beside it."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return tmp_path / "library"


@pytest.fixture
def filled(copied: Path) -> Iterator[Library]:
    with Library.open(copied, settings=WITHOUT_OCR) as opened:
        yield opened


def codes(library: Library, *arguments: str, **options: object) -> list[str]:
    return [hit.listing.product_code for hit in library.search(*arguments, **options).hits]  # type: ignore[arg-type]


def test_the_same_picture_comes_first_also_compressed_mirrored_and_shrunk(filled: Library, tmp_path: Path) -> None:
    original = Image.open(tmp_path / "source" / "pictures" / "7.png")
    copies = {
        "same.png": original,
        "small.png": original.resize((110, 110)),
        "mirrored.png": ImageOps.mirror(original),
    }
    for name, picture in copies.items():
        picture.save(tmp_path / name)
        hit = filled.search(picture=tmp_path / name).hits[0]
        assert hit.listing.product_code == "P0007", name
        assert hit.channels["hash"] > 0.75
    original.save(tmp_path / "worse.jpg", quality=40)
    assert codes(filled, picture=tmp_path / "worse.jpg")[0] == "P0007"


def test_words_and_a_picture_are_weighed_by_alpha(filled: Library, tmp_path: Path) -> None:
    picture = tmp_path / "source" / "pictures" / "7.png"
    assert codes(filled, '"第12款"', picture=picture, alpha=1.0)[0] == "P0007"
    assert codes(filled, '"第12款"', picture=picture, alpha=0.0)[0] == "P0012"
    both = codes(filled, '"第12款"', picture=picture, alpha=0.6)
    assert both[:2] == ["P0007", "P0012"]


def test_filters_restrict_words_pictures_and_stand_alone(filled: Library, tmp_path: Path) -> None:
    odd = Filters(shops=frozenset({"甲店"}))
    assert filled.search("胶囊", filters=odd).total == 20
    assert filled.search(filters=odd).total == 20
    assert codes(filled, picture=tmp_path / "source" / "pictures" / "6.png", filters=odd) == []
    assert codes(filled, picture=tmp_path / "source" / "pictures" / "7.png", filters=odd)[0] == "P0007"
    cheap = Filters(price_max=3.5)
    assert filled.search("胶囊", filters=cheap).total == 4


def test_pages_are_stable_while_listings_are_added(filled: Library, write_listings: Callable[..., Path]) -> None:
    whole = codes(filled, "芦荟胶囊", limit=40)
    seen, cursor = [], ""
    while True:
        page = filled.search("芦荟胶囊", limit=7, cursor=cursor)
        seen += [hit.listing.product_code for hit in page.hits]
        assert [hit.rank for hit in page.hits] == list(range(len(seen) - len(page.hits) + 1, len(seen) + 1))
        filled.ingest(write_listings(3, folder=f"more{len(seen)}", first=1000 + len(seen)))
        cursor = page.cursor
        if not cursor:
            break
    assert seen == whole


def test_hits_say_which_words_matched_and_where(filled: Library) -> None:
    hit = filled.search("title:芦荟 第3款").hits[0]
    assert hit.listing.product_code == "P0003"
    assert "芦荟" in hit.matched_words
    assert hit.channels["text:title"] > 0
    title = hit.highlights[0]
    assert (title.field, title.text) == ("title", "芦荟胶囊 第3款")
    assert {title.text[start:end] for start, end in title.spans} == set(hit.matched_words)


def test_a_picture_that_is_unlike_lends_no_score_of_its_hash(filled: Library, tmp_path: Path) -> None:
    hits = filled.search("芦荟胶囊", picture=tmp_path / "source" / "pictures" / "7.png", min_relevance=0.0).hits
    alike = [hit for hit in hits if "hash" in hit.channels]
    assert [hit.listing.product_code for hit in alike] == ["P0007"]
    assert all(hit.picture is not None and hit.picture.distance is not None for hit in hits)


def test_the_same_question_gets_the_same_answer(filled: Library) -> None:
    assert codes(filled, "芦荟胶囊") == codes(filled, "芦荟胶囊")


def test_an_empty_library_answers_with_no_hits(library: Library, tmp_path: Path) -> None:
    picture = draw_picture(tmp_path / "query.png", 1)
    assert library.search("芦荟").hits == ()
    assert library.search(picture=picture).hits == ()


def test_a_question_that_cannot_be_answered_says_why(filled: Library, tmp_path: Path) -> None:
    with pytest.raises(QueryError):
        filled.search("“芦荟")
    with pytest.raises(QueryError):
        filled.search("芦荟", cursor="nonsense")
    with pytest.raises(PictureFetchError, match=r"missing\.png"):
        filled.search(picture=tmp_path / "missing.png")
    with pytest.raises(PictureDecodeError):
        filled.search(picture=b"GIF89a but not really")


@pytest.mark.parametrize("damage", ["deleted", "corrupted", "emptied"])
@pytest.mark.parametrize("name", ["text", "hash"])
def test_damaged_indexes_are_rebuilt_from_the_catalog(tmp_path: Path, copied: Path, damage: str, name: str) -> None:
    files = [file for file in sorted((copied / "indexes" / name).rglob("*")) if file.is_file()]
    assert files
    for file in files:
        if file.suffix == ".lock":
            continue
        if damage == "deleted":
            file.unlink()
        else:
            file.write_bytes(b"" if damage == "emptied" else b"\x07" * file.stat().st_size)
    with Library.open(copied, settings=WITHOUT_OCR) as opened:
        assert opened.search("胶囊").total == 40
        assert codes(opened, picture=tmp_path / "source" / "pictures" / "3.png")[0] == "P0003"
        assert all(state.status == "ready" for state in opened.stats().indexes)


def test_reindex_reports_each_index(filled: Library) -> None:
    steps: list[tuple[str, int, int]] = []
    states = filled.reindex(progress=lambda name, done, total: steps.append((name, done, total)))
    assert [(state.name, state.status) for state in states] == [
        (name, "rebuilt") for name in ("text", "hash", "feature")
    ]
    assert {name for name, _, _ in steps} == {"text", "hash", "feature"}
    assert filled.search("胶囊").total == 40


def test_show_gives_the_whole_listing_and_suggests_near_ids(filled: Library) -> None:
    listing_id = filled.search('"第3款"').hits[0].listing.listing_id
    view = filled.show(listing_id)
    assert view.listing.price == 3.5
    assert len(view.pictures) == 1
    assert not view.pictures[0].read
    assert json.loads(json.dumps(view.source))["product_code"] == "P0003"
    with pytest.raises(NotFoundError, match=listing_id):
        filled.show(f"{listing_id}X")


def test_pictures_and_thumbnails_come_back(filled: Library, tmp_path: Path) -> None:
    picture = filled.search('"第3款"').hits[0].picture
    assert picture is not None
    sha256 = picture.picture.facts.sha256
    assert filled.picture_bytes(sha256) == (tmp_path / "source" / "pictures" / "3.png").read_bytes()
    assert filled.thumbnail(sha256)[8:12] == b"WEBP"
    with pytest.raises(NotFoundError):
        filled.thumbnail("0" * 64)


def test_a_library_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="jianwei ingest"):
        Library.open(tmp_path / "nowhere", create=False)
    assert not (tmp_path / "nowhere").exists()


def test_an_index_that_is_ahead_of_a_restored_catalog_is_rebuilt(
    tmp_path: Path, write_listings: Callable[..., Path]
) -> None:
    place = tmp_path / "library"
    with Library.open(place, settings=WITHOUT_OCR) as opened:
        opened.ingest(write_listings(3))
    backup = (place / "catalog.sqlite").read_bytes()
    with Library.open(place, settings=WITHOUT_OCR) as opened:
        opened.ingest(write_listings(5, folder="more", first=100))
        assert opened.search("胶囊").total == 8
    (place / "catalog.sqlite").write_bytes(backup)
    with Library.open(place, settings=WITHOUT_OCR) as opened:
        assert opened.search("胶囊").total == 3


def test_one_wrong_character_finds_all_of_many_titles_that_are_nearly_the_same(filled: Library) -> None:
    result = filled.search("芦会胶囊~")
    assert (result.total, result.folded) == (40, 0)
    assert filled.search("芦会胶囊~ 款").total == 40
