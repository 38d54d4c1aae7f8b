"""Folders of pictures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.unit.ingest.sources.reading import places, read, write

from jianwei.errors import SourceError
from jianwei.ingest.sources import open_source
from jianwei.ingest.sources.picture_folder import words_of


def test_each_picture_is_a_listing_in_a_stable_order(tmp_path: Path) -> None:
    for name in ("b/2.JPG", "b/10.png", "a.webp", "c/d/e.heic", "b.gif"):
        write(tmp_path / "pics" / name, b"x")
    listings, failures = read(tmp_path / "pics")
    assert not failures
    assert [listing.product_code for listing in listings] == ["a.webp", "b.gif", "b/10.png", "b/2.JPG", "c/d/e.heic"]
    assert [listing.listing_id for listing in listings][-1] == "local:pics/c/d/e.heic"
    assert places(listings[-1], tmp_path) == ["pics/c/d/e.heic"]
    assert open_source(tmp_path / "pics").estimated_total() == 5


def test_hidden_files_and_other_kinds_are_left_out(tmp_path: Path) -> None:
    for name in ("a.jpg", ".b.jpg", ".git/c.jpg", "__MACOSX/d.jpg", "e.txt", "Thumbs.db", "f", "g.jpg.part"):
        write(tmp_path / name, b"x")
    assert [listing.product_code for listing in read(tmp_path)[0]] == ["a.jpg"]


def test_file_names_are_no_titles_unless_asked_for(tmp_path: Path) -> None:
    for name in ("芦荟胶囊_60粒.jpg", "IMG_2041.jpg"):
        write(tmp_path / name, b"x")
    assert [listing.title for listing in read(tmp_path)[0]] == ["", ""]
    asked, _ = read(tmp_path, mapping={"file_names_as_title": True})
    assert [listing.title for listing in asked] == ["", "芦荟胶囊 60粒"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("减肥茶-正品.jpg", "减肥茶 正品"), ("green_tea_bag.png", "green tea bag"), ("IMG_2041.jpg", ""),
        ("O1CN01eB1YwL1F19JC61vWl.jpg", ""), ("258-322f26f8.jpg", ""), ("1.jpg", ""),
    ],
)  # fmt: skip
def test_only_words_make_a_title(name: str, words: str) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize("sidecar", ["1.json", "1.jpg.json"])
def test_a_sidecar_gives_the_fields(tmp_path: Path, sidecar: str) -> None:
    write(tmp_path / "1.jpg", b"x")
    write(tmp_path / "2.jpg", b"x")
    write(tmp_path / sidecar, {"product_code": "77", "title": "蜂蜜", "platform": "jd"})
    first, second = read(tmp_path)[0]
    assert (first.listing_id, first.title, places(first, tmp_path)) == ("jd:77", "蜂蜜", ["1.jpg"])
    assert second.product_code == "2.jpg"


def test_a_broken_sidecar_is_a_failure_and_the_rest_goes_on(tmp_path: Path) -> None:
    for name in ("1.jpg", "2.jpg"):
        write(tmp_path / name, b"x")
    write(tmp_path / "1.json", '{"title": "a",\n oops}')
    listings, failures = read(tmp_path)
    assert [listing.product_code for listing in listings] == ["2.jpg"]
    assert [(failure.location, failure.reason) for failure in failures] == [("1.json:2", "broken-json")]


def test_a_listing_file_makes_its_folder_one_listing(tmp_path: Path) -> None:
    for name in ("p/1.jpg", "p/2.jpg", "p/10.jpg", "p/详情/1.jpg", "p/sku_1.jpg", "q.jpg"):
        write(tmp_path / name, b"x")
    write(tmp_path / "p/listing.json", {"title": "蜂蜜", "price": "9.9"})
    loose, listing = read(tmp_path)[0]
    assert loose.product_code == "q.jpg"
    assert (listing.title, listing.price, listing.product_code) == ("蜂蜜", 9.9, "p")
    assert places(listing, tmp_path) == ["p/1.jpg", "p/2.jpg", "p/10.jpg", "p/sku_1.jpg", "p/详情/1.jpg"]
    assert [reference.role for reference in listing.pictures] == ["main", "main", "main", "sku", "detail"]
    assert [reference.position for reference in listing.pictures] == [0, 1, 2, 3, 4]
    assert open_source(tmp_path).estimated_total() == 2


def test_a_listing_file_may_put_pictures_first(tmp_path: Path) -> None:
    for name in ("1.jpg", "2.jpg", "3.jpg"):
        write(tmp_path / name, b"x")
    write(tmp_path / "listing.json", {"title": "蜂蜜", "pictures": [{"file": "2.jpg", "role": "detail"}, "3.jpg"]})
    (listing,), _ = read(tmp_path)
    assert places(listing, tmp_path) == ["2.jpg", "3.jpg", "1.jpg"]
    assert listing.pictures[0].role == "detail"


def test_a_single_picture_is_a_source(tmp_path: Path) -> None:
    write(tmp_path / "1.jpg", b"x")
    write(tmp_path / "2.jpg", b"x")
    write(tmp_path / "1.json", {"title": "蜂蜜"})
    (listing,), _ = read(tmp_path / "1.jpg")
    assert (listing.title, places(listing, tmp_path)) == ("蜂蜜", ["1.jpg"])
    (bare,), _ = read(tmp_path / "2.jpg")
    assert bare.title == ""


def test_a_name_that_is_not_utf8_is_a_failure(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + "/商品.jpg".encode("gbk"))).write_bytes(b"x")
    except (OSError, UnicodeError):
        pytest.skip("this file system takes UTF-8 names only")
    write(tmp_path / "a.jpg", b"x")
    listings, failures = read(tmp_path)
    assert [listing.product_code for listing in listings] == ["a.jpg"]
    assert [failure.reason for failure in failures] == ["undecodable-name"]
    failures[0].message.encode()
    failures[0].location.encode()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may read everything")
def test_a_folder_that_may_not_be_read_is_a_failure(tmp_path: Path) -> None:
    write(tmp_path / "a.jpg", b"x")
    write(tmp_path / "closed/b.jpg", b"x")
    (tmp_path / "closed").chmod(0)
    listings, failures = read(tmp_path)
    (tmp_path / "closed").chmod(0o700)
    assert len(listings) == 1
    assert [failure.reason for failure in failures] == ["unreadable-folder"]


def test_links_in_circles_end(tmp_path: Path) -> None:
    write(tmp_path / "a/1.jpg", b"x")
    (tmp_path / "a/up").symlink_to(tmp_path)
    listings, (failure,) = read(tmp_path)
    assert (len(listings), failure.location, failure.reason) == (1, "a/up", "linked-folder")
    assert str(tmp_path) in failure.message_zh


def test_a_folder_with_nothing_in_it_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "readme.txt", "x")
    with pytest.raises(SourceError, match=r"found: \.txt"):
        open_source(tmp_path)
