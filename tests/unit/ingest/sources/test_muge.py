"""The layout of MUGE and Chinese-CLIP."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from tests.unit.ingest.sources.reading import read, write

from jianwei.ingest.sources import open_source

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = {"11": b"\xff\xd8\xfb\xfe one", "12": b"\xff\xd8\xfb\xfe two"}
TEXTS = (
    '{"text_id": 1, "text": "复古连衣裙", "image_ids": [11]}\n{"text_id": 2, "text": "裙子", "image_ids": [11, 12]}\n'
)


@pytest.fixture(params=[base64.b64encode, base64.urlsafe_b64encode])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    lines = [f"{image_id}\t{request.param(data).decode()}\n" for image_id, data in PICTURES.items()]
    write(tmp_path / "valid_imgs.tsv", "".join(lines))
    write(tmp_path / "valid_texts.jsonl", TEXTS)
    return tmp_path


def test_each_picture_is_a_listing_and_texts_are_no_titles(folder: Path) -> None:
    listings, failures = read(folder)
    assert not failures
    assert [listing.listing_id for listing in listings] == ["muge:11", "muge:12"]
    assert [listing.title for listing in listings] == ["", ""]
    assert [listing.pictures[0].data for listing in listings] == list(PICTURES.values())
    assert listings[0].pictures[0].location == f"{folder}/valid_imgs.tsv#11"
    assert listings[0].source["texts"] == ["复古连衣裙", "裙子"]
    assert open_source(folder).estimated_total() == 2


def test_texts_become_titles_where_asked(folder: Path) -> None:
    listings, _ = read(folder, mapping={"texts_as_title": True})
    assert [listing.title for listing in listings] == ["复古连衣裙 / 裙子", "裙子"]


def test_one_split_can_be_opened_by_its_file(folder: Path) -> None:
    write(folder / "train_imgs.tsv", "13\t" + base64.b64encode(b"three").decode())
    assert [listing.product_code for listing in read(folder / "valid_imgs.tsv")[0]] == ["11", "12"]
    assert [listing.product_code for listing in read(folder)[0]] == ["13", "11", "12"]


def test_texts_may_be_missing_or_broken(folder: Path) -> None:
    write(folder / "valid_texts.jsonl", TEXTS + "oops\n")
    listings, failures = read(folder)
    assert len(listings) == 2
    assert [failure.location for failure in failures] == ["valid_texts.jsonl:3"]
    (folder / "valid_texts.jsonl").unlink()
    assert read(folder)[0][0].source["texts"] == []


def test_a_broken_line_is_named_and_the_rest_goes_on(folder: Path) -> None:
    with (folder / "valid_imgs.tsv").open("a") as file:
        file.write("13\t***\nno tab\n\n14\tAAAA\n")
    listings, failures = read(folder)
    assert [listing.product_code for listing in listings] == ["11", "12", "14"]
    assert [(failure.location, failure.reason) for failure in failures] == [
        ("valid_imgs.tsv:3", "broken-row"),
        ("valid_imgs.tsv:4", "broken-row"),
    ]


def test_the_same_id_with_another_picture_is_a_failure(folder: Path) -> None:
    write(folder / "train_imgs.tsv", "11\tAAAA\n")
    _, failures = read(folder)
    assert [(failure.location, failure.reason) for failure in failures] == [("valid_imgs.tsv:1", "duplicate-id")]
    assert "train_imgs.tsv:1" in failures[0].message
