"""What often stands together is estimated from some listings, by words as they are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.indexes.text import often_together as text_index_often_together
from jianwei.indexes.text.often_together import often_together
from jianwei.indexes.text.rows import RowsSize, RowsWriter, TextRows, section_of
from jianwei.text.fold import fold_text
from jianwei.text.segment import cut_words

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def rows_of(folder: Path, *titles: str, gone: int = 0) -> TextRows:
    writer = RowsWriter(folder, RowsSize())
    for number, title in enumerate(titles, 1):
        lines = [fold_text(line) for line in title.split("|")]
        writer.put(number, {"title": section_of(lines, set(cut_words("\n".join(lines))))})
    if gone:
        writer.remove(gone)
    return TextRows.load(folder, writer.keep())


def test_neighbouring_words_are_met_once_in_a_listing_and_only_inside_a_line(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "洗衣液 洗衣液", "洗衣|液", "洗衣。液", "国家级洗衣液")
    found = often_together(rows, 2)["title"]
    assert found == ["洗衣液"]
    assert often_together(rows, 3)["title"] == []


def test_a_phrase_that_is_one_word_when_it_is_asked_is_left_out(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "国家级", "国家级", "手机壳", "手机壳")
    assert often_together(rows, 2)["title"] == ["手机壳"]


def test_up_to_three_words_and_a_space_between_two_belong_together(tmp_path: Path) -> None:
    found = often_together(rows_of(tmp_path, "g shock 正品", "正品包邮面膜胶囊"), 1)["title"]
    assert {"g shock", "正品包邮", "正品包邮面膜", "包邮面膜胶囊"} <= set(found)
    assert "正品包邮面膜胶囊" not in found


def test_the_most_frequent_come_first_and_only_so_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of(tmp_path, "洗衣液", "手机壳", "手机壳", "手机壳", "洗衣液", "充电宝")
    assert often_together(rows, 1)["title"] == ["手机壳", "洗衣液", "充电宝"]
    monkeypatch.setattr(text_index_often_together, "_MOST_PHRASES", 2)
    assert often_together(rows, 1)["title"] == ["手机壳", "洗衣液"]


def test_of_many_listings_some_are_looked_at_and_tell_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of(tmp_path, *(["洗衣液"] * 400), *(["手机壳"] * 100))
    monkeypatch.setattr(text_index_often_together, "_READ_AT_ONCE", 50)
    monkeypatch.setattr(text_index_often_together, "_SAMPLED_CHARACTERS", 200)  # 4 a listing: fifty of them
    assert often_together(rows, 250)["title"] == ["洗衣液"]
    monkeypatch.setattr(text_index_often_together, "_SAMPLED_LISTINGS", 100)
    assert often_together(rows, 50)["title"] == ["洗衣液", "手机壳"]


def test_an_index_without_listings_holds_nothing(tmp_path: Path) -> None:
    rows = rows_of(tmp_path)
    assert not any(often_together(rows, 1).values())
    assert often_together(rows_of(tmp_path, "洗衣液", gone=1), 1)["title"] == []
