"""The grammar of picture locations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.ingest.fetching.locations import join_member, kind_of, normal_member, split_member


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("/data/a.jpg", "file"),
        ("relative/a.jpg", "file"),
        ("C:\\pictures\\a.jpg", "file"),
        ("/data/wow!/a.jpg", "file"),
        ("/data/a.zip!/b.jpg", "member"),
        ("/data/a.TAR.GZ!/x/b.jpg", "member"),
        ("/data/a.zip", "file"),
        ("data:image/png;base64,AA==", "data"),
        ("DATA:,x", "data"),
        ("https://example.com/a.jpg", "url"),
        ("ftp://example.com/a.jpg", "url"),
        ("http://example.com/a.zip!/b.jpg", "url"),
    ],
)
def test_kind_is_told_from_the_text_alone(location: str, kind: str) -> None:
    assert kind_of(location) == kind


def test_a_member_is_split_at_the_first_archive() -> None:
    assert split_member("/d/a.tar.gz!/b.zip!/c.jpg") == ("/d/a.tar.gz", "b.zip!/c.jpg")


@given(st.text(st.characters(blacklist_characters="!", blacklist_categories=["Cs"]), min_size=1), st.text(min_size=1))
def test_joining_and_splitting_a_member_gives_it_back(folder: str, member: str) -> None:
    archive = f"/{folder}.zip"
    assert split_member(join_member(archive, member)) == (archive, member)


@pytest.mark.parametrize("name", ["../a.jpg", "x/../../a.jpg", "", "/", "a\0b.jpg", "..\\a.jpg"])
def test_a_member_that_climbs_out_has_no_normal_name(name: str) -> None:
    assert normal_member(name) is None


def test_member_names_are_made_comparable() -> None:
    assert normal_member("./图\\.\\a.jpg") == "图/a.jpg"
