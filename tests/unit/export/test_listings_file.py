from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from tests.unit.export.answers import a_row

from jianwei.errors import SettingsError
from jianwei.export.columns import COLUMNS, columns_for
from jianwei.export.listings_file import EXPORT_ENDINGS, check_export_name, export_listings
from jianwei.export.options import ExportOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwei.export.columns import ExportRow


def _titles(path: Path) -> list[str]:
    """Read the titles back with a reader of the format."""
    if path.suffix == ".jsonl":
        return [json.loads(line)["title"] for line in path.read_text("utf-8").splitlines()]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [row["title"] for row in csv.DictReader(file)]
    rows = load_workbook(path).worksheets[0].iter_rows(values_only=True)
    place = next(rows).index("Title")
    return [str(row[place]) for row in rows]


@pytest.mark.parametrize("ending", EXPORT_ENDINGS)
def test_every_format_gives_back_the_titles_in_order(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"出口{ending}"
    titles = ["芦荟胶囊, 60粒", '他说"有效"', "两行\n标题", "😀 emoji"]

    count = export_listings(path, (a_row(title=title) for title in titles), ExportOptions())

    assert count == len(titles)
    assert _titles(path) == titles


@pytest.mark.parametrize("ending", EXPORT_ENDINGS)
def test_every_format_takes_no_rows(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"empty{ending}"

    assert export_listings(path, [], ExportOptions()) == 0
    assert _titles(path) == []


@pytest.mark.parametrize("ending", EXPORT_ENDINGS)
def test_rows_that_break_off_leave_the_file_of_before(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_text("old")

    def rows() -> Iterator[ExportRow]:
        yield a_row()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_listings(path, rows(), ExportOptions())

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("ending", EXPORT_ENDINGS)
def test_text_that_cannot_be_encoded_ends_no_export(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"

    assert export_listings(path, [a_row(title="坏\udc80名\x00字\x0b")], ExportOptions()) == 1


def test_the_ending_chooses_whatever_its_case(tmp_path: Path) -> None:
    check_export_name(tmp_path / "A.XLSX")


def test_an_unknown_ending_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"\.jsonl, \.csv, \.xlsx"):
        export_listings(tmp_path / "a.ods", [], ExportOptions())


def test_columns_of_hits_come_only_with_hits() -> None:
    assert columns_for(with_hits=True) == COLUMNS
    assert {column.name for column in COLUMNS} - {column.name for column in columns_for(with_hits=False)} == {
        "rank",
        "score",
        "matched_words",
    }
