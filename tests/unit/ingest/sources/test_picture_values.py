"""Pictures in the values of a record."""

from __future__ import annotations

import base64

import pytest

from jianwei.ingest.sources.picture_values import PictureValue, picture_values, role_of

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(200))


def places(value: object, **options: object) -> list[str]:
    return [found.place for found in picture_values(value, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value",
    [
        ["a.jpg", "b.jpg"],
        "a.jpg,b.jpg",
        "a.jpg; b.jpg;",
        "a.jpg|b.jpg",
        "a.jpg\nb.jpg",
        "a.jpg，b.jpg",
        [{"file_url": "a.jpg"}, {"url": "b.jpg"}],
        '[{"file_url": "a.jpg"}, "b.jpg"]',
        '["a.jpg", "b.jpg"]',
        ["a.jpg,b.jpg"],
    ],
)
def test_usual_writings_name_the_same_pictures(value: object) -> None:
    assert places(value) == ["a.jpg", "b.jpg"]


def test_a_comma_inside_a_url_does_not_cut_it() -> None:
    one = "https://img.example.com/a.jpg?x-oss-process=image/resize,w_800,h_800"
    assert places(one) == [one]
    assert places(f"{one},//img.example.com/b.jpg {one}") == [one, "//img.example.com/b.jpg", one]


def test_a_data_uri_is_not_cut_at_its_comma() -> None:
    assert places("data:image/png;base64,AAAA") == ["data:image/png;base64,AAAA"]
    assert places("data:image/png;base64,AAAA|data:image/png;base64,BBBB") == [
        "data:image/png;base64,AAAA",
        "data:image/png;base64,BBBB",
    ]


def test_a_stated_separator_is_the_only_one() -> None:
    assert places("a,1.jpg#b.jpg", separator="#") == ["a,1.jpg", "b.jpg"]


def test_a_blank_in_a_path_does_not_cut_it() -> None:
    assert places("主图 1.jpg") == ["主图 1.jpg"]


@pytest.mark.parametrize("value", [None, "", [], {}, [None, ""], {"file_url": ""}, "nan", float("nan")])
def test_nothing_names_no_picture(value: object) -> None:
    assert places(value) == []


def test_bytes_are_carried_along() -> None:
    assert picture_values(JPEG) == [PictureValue("", data=JPEG)]
    assert picture_values({"bytes": JPEG, "path": "a.jpg"}) == [PictureValue("a.jpg", data=JPEG)]
    encoded = base64.b64encode(JPEG).decode()
    assert picture_values(encoded) == [PictureValue("", data=JPEG)]
    assert picture_values({"data": encoded}) == [PictureValue("", data=JPEG)]


def test_a_path_goes_before_a_url_only_where_asked() -> None:
    value = {"url": "https://example.com/a.jpg", "path": "full/a.jpg", "checksum": "x"}
    assert places(value) == ["https://example.com/a.jpg"]
    assert places(value, prefer_paths=True) == ["full/a.jpg"]


def test_a_role_may_stand_beside_the_picture() -> None:
    found = picture_values([{"file": "a.jpg", "role": "detail"}, {"file": "b.jpg", "type": "jpg"}])
    assert [value.role for value in found] == ["detail", None]


@pytest.mark.parametrize(("word", "role"), [("detail", "detail"), ("详情图", "detail"), ("SKU", "sku"), ("x", None)])
def test_words_name_roles(word: str, role: str | None) -> None:
    assert role_of(word) == role
