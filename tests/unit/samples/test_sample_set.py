"""The committed sample set is complete, small, balanced and holds the cases that are hard on purpose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from jianwei.ingest.sources.opening import open_source
from jianwei.records import ListingRecord

ROOT = Path(__file__).parents[3] / "samples"
PICTURES = ROOT / "pictures"
BROKEN = "pictures/1107-m2.webp"


def read_lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (ROOT / name).read_text("utf-8").splitlines()]


LISTINGS = read_lines("listings.jsonl")
LABELS = read_lines("labels.jsonl")
JUDGEMENTS = read_lines("judgements.jsonl")
SCENES = read_lines("scene_judgements.jsonl")
IDS = {f"{row['platform']}:{row['product_code']}" for row in LISTINGS}
SHOWN = [picture["file_url"] for row in LISTINGS for picture in row["product_images"]]


def pixels(name: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    with Image.open(PICTURES / f"{name}.webp") as picture:
        return np.asarray(picture.convert("RGB").resize((128, 128)), dtype=np.float32)


def difference(left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float:
    return float(np.abs(left - right).mean())


# --- size and completeness


def test_all_pictures_together_stay_under_four_megabytes() -> None:
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) <= 4_000_000


def test_no_picture_is_large() -> None:
    assert max(path.stat().st_size for path in PICTURES.iterdir()) <= 300_000


def test_pictures_and_listings_name_each_other() -> None:
    assert {f"pictures/{path.name}" for path in PICTURES.iterdir()} == set(SHOWN)


def test_there_are_about_sixty_listings_with_a_hundred_pictures() -> None:
    assert 60 <= len(LISTINGS) <= 80
    assert 100 <= len(set(SHOWN)) <= 150


def test_listing_ids_are_unique() -> None:
    assert len(IDS) == len(LISTINGS)


def test_every_listing_has_a_main_picture_first() -> None:
    assert all(row["product_images"][0]["role"] == "main" for row in LISTINGS)


def test_our_own_source_reads_every_record_as_labelled() -> None:
    records = list(open_source(ROOT / "listings.jsonl"))
    assert all(isinstance(record, ListingRecord) for record in records)
    assert {record.listing_id for record in records if isinstance(record, ListingRecord)} == IDS


@pytest.mark.parametrize("name", sorted(set(SHOWN) - {BROKEN}))
def test_picture_can_be_decoded(name: str) -> None:
    with Image.open(ROOT / name) as picture:
        picture.load()
        assert picture.width in (560, 704, 750, 800)


# --- labels, cases, judgements


def test_labels_cover_every_listing_once() -> None:
    assert [row["listing_id"] for row in LABELS] == [f"{row['platform']}:{row['product_code']}" for row in LISTINGS]


def test_half_of_the_listings_are_violating() -> None:
    assert 0.45 <= sum(row["violating"] for row in LABELS) / len(LABELS) <= 0.55


def test_violating_listings_and_only_they_carry_categories_and_words() -> None:
    for row in LABELS:
        assert row["violating"] == bool(row["codes"]) == bool(row["words"])
        assert not (row["violating"] and row["looks_like"])


def test_all_categories_of_the_rulebook_occur() -> None:
    assert len({code for row in LABELS for code in row["codes"]}) == 29


def test_labelled_words_stand_on_pictures_of_their_listing() -> None:
    shown = {
        f"{row['platform']}:{row['product_code']}": {picture["file_url"] for picture in row["product_images"]}
        for row in LISTINGS
    }
    for row in LABELS:
        for word in row["words"]:
            assert word["pictures"]
            assert set(word["pictures"]) <= shown[row["listing_id"]]


def test_known_cases_are_complete_and_violating() -> None:
    violating = {row["listing_id"] for row in LABELS if row["violating"]}
    cases = [row for row in LISTINGS if "illegal_type" in row]
    assert len(cases) >= 10
    for row in cases:
        assert f"{row['platform']}:{row['product_code']}" in violating
        assert all(row[name] for name in ("illegal_keywords", "illegal_basis", "illegal_description"))


def test_listings_do_not_carry_their_labels() -> None:
    known = {"codes", "violating", "label", "looks_like"}
    assert all(known.isdisjoint(row) for row in LISTINGS)


def test_judgements_name_listings_and_pictures_that_exist() -> None:
    for row in (*JUDGEMENTS, *SCENES):
        assert set(row["relevant"]) <= IDS
        assert set(row["relevant"].values()) <= {1, 2}
        assert "words" in row or "picture" in row
        assert "picture" not in row or (ROOT / row["picture"]).exists()


def test_judgement_ids_are_unique() -> None:
    assert len({row["id"] for row in (*JUDGEMENTS, *SCENES)}) == len(JUDGEMENTS) + len(SCENES)


def test_what_is_asked_of_scenes_is_written_nowhere() -> None:
    written = [json.dumps(row, ensure_ascii=False) for row in LISTINGS]
    assert len(SCENES) >= 30
    for row in SCENES:
        assert row["relevant"]
        assert not any(row["words"] in text for text in written), row["words"]


@pytest.mark.parametrize(("kind", "least"), [("chinese", 30), ("english", 5), ("picture", 5), ("mixed", 3)])
def test_every_kind_of_query_is_judged(kind: str, least: int) -> None:
    rows = [row for row in JUDGEMENTS if row["kind"] == kind]
    assert len(rows) >= least
    assert all(row["relevant"] for row in rows)


def test_some_queries_have_no_relevant_listing() -> None:
    assert sum(not row["relevant"] for row in JUDGEMENTS if row["kind"] == "nothing") >= 3


# --- special cases


def test_the_same_file_is_shown_by_two_sellers() -> None:
    sellers: dict[str, set[str]] = {}
    for row in LISTINGS:
        for picture in row["product_images"]:
            sellers.setdefault(picture["file_url"], set()).add(row["shop"])
    assert max(map(len, sellers.values())) == 2


def test_one_copy_is_smaller_and_compressed_again() -> None:
    with Image.open(PICTURES / "1602-m1.webp") as copy:
        assert copy.size == (560, 560)
    assert difference(pixels("1602-m1"), pixels("1601-m1")) < 4


def test_one_copy_has_lost_twelve_percent_of_each_side() -> None:
    with Image.open(PICTURES / "1005-m1.webp") as copy, Image.open(PICTURES / "1003-m1.webp") as original:
        assert copy.size == (704, 704)
        kept = original.convert("RGB").crop((48, 48, 752, 752)).resize((128, 128))
    assert difference(pixels("1005-m1"), np.asarray(kept, dtype=np.float32)) < 4


def test_one_copy_is_mirrored() -> None:
    assert difference(pixels("1306-m1"), pixels("1305-m1")[:, ::-1]) < 4
    assert difference(pixels("1306-m1"), pixels("1305-m1")) > 8


def test_one_file_is_broken_and_its_listing_has_another() -> None:
    with pytest.raises(OSError, match=r"."), Image.open(ROOT / BROKEN) as picture:
        picture.load()
    assert [BROKEN in [p["file_url"] for p in row["product_images"]] for row in LISTINGS].count(True) == 1
    assert any(row["product_images"][1]["file_url"] == BROKEN for row in LISTINGS if len(row["product_images"]) == 2)


def test_one_photo_is_turned_by_exif() -> None:
    with Image.open(PICTURES / "1504-m2.webp") as picture:
        assert picture.getexif()[0x0112] == 6
        assert ImageOps.exif_transpose(picture).size == picture.size


def test_strips_reach_ten_thousand_pixels() -> None:
    heights = []
    for row in LISTINGS:
        for picture in row["product_images"]:
            if picture["role"] == "detail":
                with Image.open(ROOT / picture["file_url"]) as strip:
                    assert strip.width == 750
                    heights.append(strip.height)
    assert max(heights) >= 9_500
    assert len(heights) >= 15


def test_at_least_six_listings_are_english() -> None:
    assert sum(row["platform"] == "DemoMart" for row in LISTINGS) >= 6
