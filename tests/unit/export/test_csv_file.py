from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.unit.export.answers import a_row

from jianwei.export.columns import RowVerdict
from jianwei.export.csv_file import write_csv
from jianwei.export.options import ExportOptions

if TYPE_CHECKING:
    from pathlib import Path


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_it_begins_with_a_byte_order_mark_so_that_excel_reads_chinese(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [a_row()], ExportOptions())

    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_title_that_is_a_formula_is_made_text(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [a_row(title='=HYPERLINK("http://x")')], ExportOptions())

    assert _rows(tmp_path / "a.csv")[0]["title"] == '\'=HYPERLINK("http://x")'


def test_a_negative_price_stays_a_number(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [a_row(price=-5.0)], ExportOptions())

    assert _rows(tmp_path / "a.csv")[0]["price"] == "-5.0"


def test_one_row_tells_text_pictures_and_case_of_a_listing(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [a_row()], ExportOptions(with_hits=True))

    row = _rows(tmp_path / "a.csv")[0]
    assert row["ocr_text"] == "七天根治便秘\n无效退款"
    assert row["sha256"] == "ab" * 32 + "\n" + "cd" * 32
    assert row["case_keywords"] == "根治\n无效退款"
    assert (row["rank"], row["score"], row["matched_words"]) == ("1", "0.9", "根治\n便秘")


def test_what_is_unknown_is_an_empty_cell(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [a_row(price=None, captured_at=None, case=None)], ExportOptions())

    row = _rows(tmp_path / "a.csv")[0]
    assert (row["price"], row["captured_at"], row["case_type"], row["case_basis"]) == ("", "", "", "")


def test_the_verdict_stands_in_words_of_its_reader(tmp_path: Path) -> None:
    row = replace(a_row(), verdict=RowVerdict("疑似违法", ("绝对化用语", "价格欺诈"), ("国家级",)))
    write_csv(tmp_path / "a.csv", [row, a_row()], ExportOptions())
    told, untold = _rows(tmp_path / "a.csv")
    names = ("verdict", "suspected", "suspected_words")
    assert [told[name] for name in names] == ["疑似违法", "绝对化用语\n价格欺诈", "国家级"]
    assert [untold[name] for name in names] == ["", "", ""]
