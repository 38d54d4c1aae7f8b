"""Pictures pasted into sheets, in the three ways of Excel and WPS, and workbooks whose pictures are damaged."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
from tests.unit.ingest.sources.reading import read
from tests.unit.ingest.sources.workbooks import excel_parts, png, sheet_with, with_parts, wps_parts

from jianwei.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.records import ListingRecord

ROWS: list[list[object]] = [
    ["编号", "标题", "图片"],
    ["1", "芦荟胶囊", None],
    ["2", "阿胶糕", None],
    ["3", "面膜", None],
]
DISPIMG = '<c r="C{row}" t="str"><f>_xlfn.DISPIMG("{name}",1)</f><v>=DISPIMG("{name}",1)</v></c>'
RICH = '<c r="C{row}" t="e" vm="{number}"><v>#VALUE!</v></c>'


def pasted(listing: ListingRecord) -> list[bytes | None]:
    return [reference.data for reference in listing.pictures]


def with_third_column(path: Path) -> Path:
    return sheet_with([ROWS[0], *([*row[:2], "x"] for row in ROWS[1:])], {}, path)


def test_floating_pictures_belong_to_the_row_where_they_begin(tmp_path: Path) -> None:
    path = sheet_with(
        ROWS, {"C2": ["red", "blue"], "A1": ["white"], "B4": ["green"], "A4": ["red"]}, tmp_path / "t.xlsx"
    )
    listings, failures = read(path)
    assert failures == []
    assert [pasted(listing) for listing in listings] == [[png("red"), png("blue")], [], [png("red"), png("green")]]
    assert len({reference.location for listing in listings for reference in listing.pictures}) == 4
    assert listings[0].pictures[0].location.startswith(f"{path}#xl/media/")


def test_a_row_with_nothing_but_a_picture_is_a_listing(tmp_path: Path) -> None:
    rows: list[list[object]] = [["标题", "备注"], [None, None], ["面膜", "好"]]
    listings, failures = read(sheet_with(rows, {"A2": ["red"]}, tmp_path / "t.xlsx"))
    assert failures == []
    assert [(listing.title, pasted(listing)) for listing in listings] == [("", [png("red")]), ("面膜", [])]


def test_pictures_that_wps_embeds_in_cells(tmp_path: Path) -> None:
    path = with_parts(
        with_third_column(tmp_path / "t.xlsx"),
        wps_parts({"ID_A": png("red"), "ID_B": png("blue")}),
        cells={"C2": DISPIMG.format(row=2, name="ID_B"), "C3": DISPIMG.format(row=3, name="ID_LOST")},
    )
    listings, failures = read(path)
    assert pasted(listings[0]) == [png("blue")]
    assert pasted(listings[1]) == []
    assert failures == []
    assert [listing.title for listing in listings] == ["芦荟胶囊", "阿胶糕", "面膜"]


def test_pictures_that_excel_places_in_cells(tmp_path: Path) -> None:
    path = with_parts(
        with_third_column(tmp_path / "t.xlsx"),
        excel_parts([png("red"), png("blue")]),
        cells={"C2": RICH.format(row=2, number=2), "C4": RICH.format(row=4, number=1)},
    )
    listings, _ = read(path)
    assert pasted(listings[0]) == [png("blue")]
    assert pasted(listings[2]) == [png("red")]


@pytest.mark.parametrize(
    "parts",
    [
        {"xl/cellimages.xml": "<broken"},
        {**excel_parts([png("red")]), "xl/richData/rdrichvalue.xml": '<rvData><rv s="7"><v>0</v></rv></rvData>'},
        {**excel_parts([png("red")]), "xl/richData/rdrichvalue.xml": '<rvData><rv s="1"><v>x</v></rv></rvData>'},
    ],
)
def test_a_workbook_with_damaged_tables_of_pictures_says_so(tmp_path: Path, parts: dict[str, str | bytes]) -> None:
    path = with_parts(with_third_column(tmp_path / "t.xlsx"), parts)
    with pytest.raises(SourceError, match=r"t\.xlsx cannot be read as XLSX .* save it anew"):
        read(path)


def test_a_damaged_picture_is_a_failure_and_its_row_stays(tmp_path: Path) -> None:
    path = sheet_with(ROWS, {"C2": ["red"]}, tmp_path / "t.xlsx")
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("xl/media/image1.png").header_offset
    content = bytearray(path.read_bytes())
    for offset in range(60, 70):
        content[place + offset] ^= 0xFF
    path.write_bytes(content)
    listings, (failure,) = read(path)
    assert failure.reason == "broken-picture"
    assert "t.xlsx:2: the picture xl/media/image1.png in the workbook cannot be read" in failure.message
    assert [len(listing.pictures) for listing in listings] == [0, 0, 0]


def test_pictures_outside_the_workbook_are_left_out(tmp_path: Path) -> None:
    parts = wps_parts({"ID_A": png("red")})
    parts["xl/_rels/cellimages.xml.rels"] = str(parts["xl/_rels/cellimages.xml.rels"]).replace(
        'Target="media', 'TargetMode="External" Target="http://127.0.0.1/media'
    )
    path = with_parts(with_third_column(tmp_path / "t.xlsx"), parts, cells={"C2": DISPIMG.format(row=2, name="ID_A")})
    assert pasted(read(path)[0][0]) == []
