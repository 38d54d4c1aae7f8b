from __future__ import annotations

import sys

import pytest

from jianwei.errors import MissingPackageError
from jianwei.text import folding_table as module
from jianwei.text.folding_table import FoldingTable, folding_table


def test_every_character_of_the_basic_plane_settles_in_one_step() -> None:
    table = folding_table()
    for code in range(0x10000):
        folded = chr(code).translate(table)
        assert folded.translate(table) == folded, hex(code)


@pytest.mark.parametrize("start", [0x10000, 0x1D400, 0x1F000, 0x20000, 0x2F800, 0xE0000])
def test_characters_beyond_the_basic_plane_settle_in_one_step(start: int) -> None:
    table = folding_table()
    for code in range(start, min(start + 0x800, sys.maxunicode)):
        folded = chr(code).translate(table)
        assert folded.translate(table) == folded, hex(code)


@pytest.mark.parametrize(
    ("character", "folded"),
    [
        ("Ａ", "a"),
        ("ß", "ss"),
        ("①", "1"),
        ("ﬁ", "fi"),
        ("㎡", "m2"),
        ("é", "e"),
        ("減", "减"),
        ("國", "国"),
        ("\u200b", ""),
        ("\u00ad", ""),
        ("\ufe0f", ""),
        ("\ud800", ""),
        ("，", "\n"),
        ("【", "\n"),
        ("·", " "),
        ("　", " "),
        ("❤", " "),
        ("－", "-"),
        ("％", "%"),
    ],
)
def test_a_character_folds_to_what_readers_take_it_for(character: str, folded: str) -> None:
    assert folding_table()[ord(character)] == folded


def test_characters_that_change_length_are_remembered() -> None:
    table = FoldingTable({})
    assert "ﬁA\u200b".translate(table) == "fia"
    assert table.uneven == {"ﬁ", "\u200b"}


def test_missing_list_of_traditional_characters_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    folding_table.cache_clear()
    try:
        with pytest.raises(MissingPackageError, match="opencc-python-reimplemented"):
            folding_table()
    finally:
        folding_table.cache_clear()
