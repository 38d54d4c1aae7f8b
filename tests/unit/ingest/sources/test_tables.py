"""Tables: CSV, TSV, XLSX, JSON lines, JSON, Parquet."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import arro3.core as arrow
import pytest
from arro3.io import write_parquet
from openpyxl import Workbook, load_workbook
from tests.unit.ingest.sources.reading import places, read, write
from tests.unit.ingest.sources.workbooks import with_parts

from jianwei.errors import MappingError, SourceError
from jianwei.ingest.sources import open_source
from jianwei.ingest.sources.xlsx_formulas import FormulasWithoutResult, formulas_without_result
from jianwei.records import PictureReference

HEADER = ["商品编号", "商品标题", "价格", "店铺", "平台", "链接", "类目", "采集时间", "主图", "详情图"]
ROWS = [
    ["1001", "芦荟胶囊", "¥99.00", "健康小铺", "京东", "https://item.jd.com/1001.html", "保健食品",
     "2024-05-01 12:00:00", "img/1.jpg;img/2.jpg", "img/d.jpg"],
    ["1002", "减肥茶, 7天", "9.9-19.9", "养生堂", "淘宝", "", "茶", "2024/5/2", "img/3.jpg", ""],
]  # fmt: skip


def csv_text(rows: list[list[str]], delimiter: str = ",") -> str:
    return "".join(delimiter.join(f'"{cell}"' for cell in row) + "\n" for row in rows)


def as_csv(folder: Path) -> Path:
    return write(folder / "t.csv", csv_text([HEADER, *ROWS]))


def as_tsv(folder: Path) -> Path:
    return write(folder / "t.tsv", csv_text([HEADER, *ROWS], "\t").encode("utf-16"))


def as_semicolons(folder: Path) -> Path:
    return write(folder / "t.csv", csv_text([HEADER, *ROWS], ";").encode("gb18030"))


def as_jsonl(folder: Path) -> Path:
    lines = [json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in ROWS]
    return write(folder / "t.jsonl", "\ufeff" + "\n\n".join(lines))


def as_json(folder: Path) -> Path:
    return write(folder / "t.json", [dict(zip(HEADER, row, strict=True)) for row in ROWS])


def as_xlsx(folder: Path) -> Path:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in [[], HEADER, *ROWS]:
        sheet.append(row)
    workbook.save(folder / "t.xlsx")
    return folder / "t.xlsx"


def as_parquet(folder: Path) -> Path:
    columns = {name: arrow.Array([row[at] for row in ROWS], arrow.DataType.utf8()) for at, name in enumerate(HEADER)}
    write_parquet(arrow.Table.from_pydict(columns), folder / "t.parquet")
    return folder / "t.parquet"


@pytest.mark.parametrize(
    "writer",
    [as_csv, as_tsv, as_semicolons, as_jsonl, as_json, as_xlsx, as_parquet],
    ids=lambda writer: writer.__name__,
)
def test_every_kind_of_table_gives_the_same_listings(tmp_path: Path, writer: object) -> None:
    path = writer(tmp_path)  # type: ignore[operator]
    listings, failures = read(path)
    assert not failures
    first, second = listings
    assert (first.listing_id, first.product_code, first.title) == ("京东:1001", "1001", "芦荟胶囊")
    assert (first.price, first.shop, first.platform, first.category) == (99.0, "健康小铺", "京东", "保健食品")
    assert first.captured_at == datetime(2024, 5, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert first.url == "https://item.jd.com/1001.html"
    assert first.pictures == (
        PictureReference(str(tmp_path / "img/1.jpg"), "main", 0),
        PictureReference(str(tmp_path / "img/2.jpg"), "main", 1),
        PictureReference(str(tmp_path / "img/d.jpg"), "detail", 2),
    )
    assert first.source == dict(zip(HEADER, ROWS[0], strict=True))
    assert (second.listing_id, second.title, second.price) == ("淘宝:1002", "减肥茶, 7天", 9.9)
    assert open_source(path).estimated_total() in {2, 3, None}


def test_a_source_can_be_read_again(tmp_path: Path) -> None:
    source = open_source(as_csv(tmp_path))
    assert list(source) == list(source)
    assert source.name == "t.csv"
    assert source.picture_root == tmp_path


def test_numbers_and_dates_of_a_sheet_keep_their_meaning(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["商品编号", "标题", "价格", "采集时间", None])
    sheet.append([100012043978, "蜂蜜", 59.9, datetime(2024, 5, 1, 12), None])  # noqa: DTZ001  # as sheets store it
    workbook.save(tmp_path / "t.xlsx")
    (listing,), failures = read(tmp_path / "t.xlsx", platform="jd")
    assert not failures
    assert (listing.listing_id, listing.price) == ("jd:100012043978", 59.9)
    assert listing.captured_at == datetime(2024, 5, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_a_sheet_is_chosen_by_name_and_a_missing_one_is_named(tmp_path: Path) -> None:
    workbook = Workbook()
    other = workbook.create_sheet("商品")
    other.append(["标题"])
    other.append(["蜂蜜"])
    workbook.save(tmp_path / "t.xlsx")
    assert [listing.title for listing in read(tmp_path / "t.xlsx", mapping={"sheet": "商品"})[0]] == ["蜂蜜"]
    with pytest.raises(MappingError, match="Nearest: '商品'"):
        read(tmp_path / "t.xlsx", mapping={"sheet": "商店"})


@pytest.mark.parametrize(("name", "kind"), [("t.xlsx", "XLSX"), ("t.parquet", "Parquet")])
@pytest.mark.parametrize("content", [b"", b"no such thing" * 99, b"PAR1" + b"\0" * 99 + b"PAR1", b"PK\x03\x04 broken"])
def test_a_damaged_workbook_or_parquet_is_refused(
    tmp_path: Path, name: str, kind: str, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SourceError, match=kind):
        read(write(tmp_path / name, content))
    capfd.readouterr()  # the Parquet reader writes its panic to stderr


def test_a_workbook_whose_sheet_is_damaged_far_down_is_refused(tmp_path: Path) -> None:
    rows: list[list[object]] = [[f"茶{number * number}", f"{number}"] for number in range(9000)]
    path = workbook_of(tmp_path / "t.xlsx", {"表": [["标题", "编号"], *rows]})
    with zipfile.ZipFile(path) as archive:
        sheet = archive.getinfo("xl/worksheets/sheet1.xml")
    data = bytearray(path.read_bytes())
    at = sheet.header_offset + 30 + sheet.compress_size * 3 // 4
    data[at : at + 40] = bytes(byte ^ 0xFF for byte in data[at : at + 40])
    path.write_bytes(data)
    with pytest.raises(SourceError, match="cannot be read as XLSX"):
        read(path)


def test_parquet_with_picture_bytes_carries_them(tmp_path: Path) -> None:
    struct = arrow.DataType.struct(
        [arrow.Field("bytes", arrow.DataType.binary()), arrow.Field("path", arrow.DataType.utf8())]
    )
    raw = arrow.Array([b"\x89PNG one", b"\x89PNG two"], arrow.DataType.binary())
    paths = arrow.Array(["1.png", "2.png"], arrow.DataType.utf8())
    image = arrow.struct_array([raw, paths], fields=[arrow.Field("bytes", raw.type), arrow.Field("path", paths.type)])
    assert image.type == struct
    names = arrow.Array(["a", "b"], arrow.DataType.utf8())
    write_parquet(arrow.Table.from_pydict({"title": names, "image": image}), tmp_path / "t.parquet")
    listings, failures = read(tmp_path / "t.parquet")
    assert not failures
    assert [listing.pictures[0].data for listing in listings] == [b"\x89PNG one", b"\x89PNG two"]
    assert listings[0].pictures[0].location == f"{tmp_path}/t.parquet#1.0"
    assert listings[0].source["image"] == {"bytes": "<8 bytes>", "path": "1.png"}


def test_a_broken_json_line_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    lines = ['{"title": "a"}', '{"title": oops}', "", "[1, 2]", '{"title": "c"', '{"title": "d", "price": NaN}']
    listings, failures = read(write(tmp_path / "listings.jsonl", "\n".join(lines)))
    assert [listing.title for listing in listings] == ["a", "d"]
    assert [(failure.stage, failure.location, failure.reason) for failure in failures] == [
        ("record", "listings.jsonl:2", "broken-json"),
        ("record", "listings.jsonl:4", "not-an-object"),
        ("record", "listings.jsonl:5", "broken-json"),
    ]
    assert "column 11" in failures[0].message
    assert "found 'oops}'" in failures[0].message
    assert "第 11 列" in failures[0].message_zh


def test_a_broken_element_of_an_array_is_named_with_its_own_line(tmp_path: Path) -> None:
    listings, failures = read(write(tmp_path / "t.json", '[\n{"title": "a"},\n{"title":\n oops},\n{"title": "c"}]'))
    assert [listing.title for listing in listings] == ["a", "c"]
    assert [failure.location for failure in failures] == ["t.json:4"]


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "a"}\n{"title": "b"}',
        '[{"title": "a"}, {"title": "b"}]',
        '{\n  "title": "a"\n}\n{\n  "title": "b"\n}\n',
        '{"title":\n oops\n{"title": "a"}\n{"title": "b"}',
    ],
)
def test_json_is_read_in_whatever_form(tmp_path: Path, text: str) -> None:
    assert [listing.title for listing in read(write(tmp_path / "t.json", text))[0]] == ["a", "b"]


def test_deep_json_is_one_failure(tmp_path: Path) -> None:
    text = '{"title": "a"}\n{"title": ' + "[" * 100_000 + "]" * 100_000 + '}\n{"title": "b"}'
    listings, failures = read(write(tmp_path / "t.jsonl", text))
    assert [listing.title for listing in listings] == ["a", "b"]
    assert [failure.reason for failure in failures] == ["broken-json"]


def test_a_line_in_another_encoding_is_one_failure(tmp_path: Path) -> None:
    rows = [f"{number},芦荟胶囊{number}\n".encode("gb18030") for number in range(5)]
    content = "编号,标题\n".encode("gb18030") + rows[0] + "9,这一行是别的编码\n".encode() + b"".join(rows[1:])
    listings, failures = read(write(tmp_path / "t.csv", content))
    assert [listing.product_code for listing in listings] == ["0", "1", "2", "3", "4"]
    assert [(failure.location, failure.reason) for failure in failures] == [("t.csv:3", "undecodable")]


def test_a_quotation_mark_that_is_never_closed_costs_one_row(tmp_path: Path) -> None:
    rows = ["编号,标题", "1,好", '2,"没有结束', *(f"{number},好" for number in range(3, 400))]
    listings, failures = read(write(tmp_path / "t.csv", "\n".join(rows)))
    assert len(listings) == 398
    assert [(failure.location, failure.reason) for failure in failures] == [("t.csv:3", "unclosed-quote")]


def test_a_quotation_mark_left_open_near_the_end_costs_one_row(tmp_path: Path) -> None:
    listings, failures = read(write(tmp_path / "t.csv", '编号,标题\n1,"没有结束\n2,好\n3,好\n'))
    assert [listing.product_code for listing in listings] == ["2", "3"]
    assert [failure.location for failure in failures] == ["t.csv:2"]


def test_a_cell_may_hold_lines_delimiters_and_quotation_marks(tmp_path: Path) -> None:
    text = '编号,标题,介绍\n1,"5"" 屏, 大","品牌：A\n规格：B"\n2,好,\n'
    listings, failures = read(write(tmp_path / "t.csv", text))
    assert not failures
    assert listings[0].title == '5" 屏, 大'
    assert listings[0].intro == (("品牌", "A"), ("规格", "B"))
    assert listings[1].product_code == "2"


def test_a_row_with_too_many_cells_is_a_failure_and_a_short_one_is_not(tmp_path: Path) -> None:
    listings, failures = read(write(tmp_path / "t.csv", "编号,标题,价格\n1,减肥茶, 7天, 99\n2,好\n,,\n3,好,9,,\n"))
    assert [(listing.product_code, listing.price) for listing in listings] == [("2", None), ("3", 9.0)]
    assert [(failure.location, failure.reason) for failure in failures] == [("t.csv:2", "too-many-cells")]


def test_a_picture_in_a_cell_may_be_large(tmp_path: Path) -> None:
    import base64

    data = b"\xff\xd8\xff\xe0" + bytes(300_000)
    text = f'标题,图片\na,{base64.b64encode(data).decode()}\nb,"data:image/jpeg;base64,AAAA"\n'
    listings, _ = read(write(tmp_path / "t.csv", text))
    assert listings[0].pictures[0].data == data
    assert listings[1].pictures[0].location == "data:image/jpeg;base64,AAAA"
    assert len(json.dumps(dict(listings[0].source))) < 1000


def test_a_header_below_a_heading_is_found_by_its_row(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "某某平台监测表,,\n制表人,张,\n编号,标题,主图\n1,好,a.jpg\n")
    listings, _ = read(path, mapping={"header_row": 3})
    assert [(listing.product_code, places(listing, tmp_path)) for listing in listings] == [("1", ["a.jpg"])]


def test_the_mapping_leads_to_other_names(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.csv", "款号|叫法|别名|多少钱|图A|图B|词\nK1|蜂蜜||9900|a.jpg#b.jpg|c.jpg|根治/最好\nK2||茶|||| \n"
    )
    mapping = {
        "delimiter": "|",
        "id": "{platform}-{款号}",
        "fields": {"product_code": "款号", "title": ["叫法", "别名"], "price": "多少钱", "illegal_keywords": "词"},
        "constants": {"platform": "微店", "illegal_type": "虚假宣传"},
        "pictures": {"base": "图", "columns": {"图A": "main", "图B": "detail"}, "separator": "#"},
        "keywords": {"separator": "/"},
        "price": {"unit": "fen"},
    }
    (first, second), failures = read(path, mapping=mapping)
    assert not failures
    assert (first.listing_id, first.title, first.price, first.platform) == ("微店-K1", "蜂蜜", 99.0, "微店")
    assert [(Path(one.location).name, one.role) for one in first.pictures] == [
        ("a.jpg", "main"), ("b.jpg", "main"), ("c.jpg", "detail"),
    ]  # fmt: skip
    assert places(first, tmp_path)[0] == "图/a.jpg"
    assert first.case is not None
    assert first.case.keywords == ("根治", "最好")
    assert second.title == "茶"


@pytest.mark.parametrize(
    "mapping",
    [
        {"fields": {"title": "商品标提"}},
        {"fields": {"title": ["没有", "商品标提"]}},
        {"pictures": {"columns": ["主图", "商品标提"]}},
        {"id": "{商品标提}"},
    ],
)
def test_a_missing_column_is_named_before_the_first_record(tmp_path: Path, mapping: dict[str, object]) -> None:
    with pytest.raises(MappingError) as caught:
        open_source(as_csv(tmp_path), mapping=mapping)
    assert "商品编号, 商品标题, 价格" in caught.value.message
    assert "Nearest" in caught.value.message


def test_a_table_without_any_known_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"Its columns: foo, bar"):
        open_source(write(tmp_path / "t.csv", "foo,bar\n1,2\n"))


@pytest.mark.parametrize("cover", [["说明"], ["说明", "导出人"]])
def test_a_cover_sheet_before_the_listings_is_passed_over(tmp_path: Path, cover: list[str]) -> None:
    workbook = Workbook()
    first = workbook.worksheets[0]
    for line in cover:
        first.append([line])
    second = workbook.create_sheet("商品")
    for row in [HEADER, *ROWS]:
        second.append(row)
    workbook.save(tmp_path / "t.xlsx")
    listings, failures = read(tmp_path / "t.xlsx")
    assert ([listing.product_code for listing in listings], failures) == (["1001", "1002"], [])


def workbook_of(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def test_a_workbook_without_listings_names_its_other_sheets(tmp_path: Path) -> None:
    path = workbook_of(tmp_path / "t.xlsx", {"说明": [["导出人"]], "附表": [["部门", "电话"], ["甲", "1"]]})
    with pytest.raises(SourceError, match="It has other sheets: 附表; the key `sheet`") as caught:
        open_source(path)
    assert "其他工作表：附表；可用映射文件的 `sheet` 指定。" in caught.value.message_zh


def test_sheets_with_the_same_columns_are_read_as_one(tmp_path: Path) -> None:
    parts: dict[str, list[list[object]]] = {
        "1": [["编号", "标题"], ["a", "甲"]],
        "备注": [["说明"], ["无"]],
        "2": [["2024 年抽查"], ["标题", "编号"], ["乙", "b"], ["丙", "c"]],
    }
    path = workbook_of(tmp_path / "t.xlsx", parts)
    listings, failures = read(path)
    assert [(listing.product_code, listing.title) for listing in listings] == [("a", "甲"), ("b", "乙"), ("c", "丙")]
    assert failures == []
    assert open_source(path).estimated_total() == 3


def test_another_sheet_of_listings_is_told_unless_a_sheet_was_chosen(tmp_path: Path) -> None:
    path = workbook_of(
        tmp_path / "t.xlsx", {"A": [["编号", "标题"], ["a", "甲"]], "B": [["品名", "链接"], ["乙", "x"]]}
    )
    (listing,), (failure,) = read(path)
    assert (listing.title, failure.location, failure.reason) == ("甲", "t.xlsx:B", "sheet-left-out")
    (other,), failures = read(path, mapping={"sheet": "B"})
    assert (other.title, failures) == ("乙", [])


def test_a_hidden_sheet_is_read_only_when_it_is_named(tmp_path: Path) -> None:
    path = workbook_of(
        tmp_path / "t.xlsx", {"A": [["编号", "标题"], ["a", "甲"]], "B": [["编号", "标题"], ["b", "乙"]]}
    )
    workbook = load_workbook(path)
    workbook["B"].sheet_state = "hidden"
    workbook.save(path)
    assert [listing.title for listing in read(path)[0]] == ["甲"]
    assert [listing.title for listing in read(path, mapping={"sheet": "B"})[0]] == ["乙"]


def test_cells_merged_over_rows_count_for_each_of_them(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["清单", None, None, None],
        ["店铺", "商品", None, None],
        [None, "标题", "编号", "价格"],
        ["甲店", "茶", "1", 5],
        [None, "酒", "2", None],
        [None, "糖", "3", 7],
        ["乙店", "盐", "4", 8],
    ]
    path = workbook_of(tmp_path / "t.xlsx", {"表": rows})
    workbook = load_workbook(path)
    for place in ("A1:D1", "A2:A3", "B2:D2", "A4:A6", "D4:D5"):
        workbook["表"].merge_cells(place)
    workbook.save(path)
    listings, failures = read(path)
    assert failures == []
    assert [(listing.title, listing.shop, listing.price) for listing in listings] == [
        ("茶", "甲店", 5.0), ("酒", "甲店", 5.0), ("糖", "甲店", 7.0), ("盐", "乙店", 8.0),
    ]  # fmt: skip


def test_the_records_above_a_second_table_are_not_lost(tmp_path: Path) -> None:
    text = "编号,标题\n1,茶\n2,酒\n\n编号,标题,价格\n3,糖,5\n"
    listings, _ = read(write(tmp_path / "t.csv", text))
    assert [listing.title for listing in listings][:2] == ["茶", "酒"]
    header: list[object] = ["编号", "标题", "价格"]
    path = workbook_of(tmp_path / "t.xlsx", {"表": [["编号", "标题"], ["1", "茶"], ["2", "酒"], header]})
    assert [listing.title for listing in read(path)[0]][:2] == ["茶", "酒"]


def test_formulas_that_no_program_has_computed_are_told_once_a_sheet(tmp_path: Path) -> None:
    header: list[object] = ["标题", "编号", "价格", "店铺"]
    more: list[list[object]] = [["丙", "3", "=1+4", "甲店"]]
    rows: list[list[object]] = [header, ["甲", "1", "=2*3", '=""'], ["乙", "2", "=SUM(C2,1)", "甲店"]]
    path = workbook_of(tmp_path / "t.xlsx", {"一": rows, "二": [header, *more]})
    listings, failures = read(path)
    assert [listing.price for listing in listings] == [None, None, None]
    assert [(failure.reason, failure.location) for failure in failures] == [
        ("not-computed", "t.xlsx:2"), ("not-computed", "t.xlsx:二:2"),
    ]  # fmt: skip
    assert "(columns: 价格, 店铺; cells: 3)" in failures[0].message
    computed = {
        "C2": '<c r="C2"><f>2*3</f><v>6</v></c>',
        "D2": '<c r="D2" t="str"><f>""</f><v></v></c>',
        "C3": '<c r="C3"><f t="shared" si="0"/><v>7</v></c>',
    }
    again, failures = read(with_parts(path, {}, cells=computed), mapping={"sheet": "一"})
    assert ([listing.price for listing in again], failures) == ([6.0, 7.0], [])


def test_formulas_are_counted_on_both_sides_of_the_parts_that_are_read() -> None:
    prefixed = b'<x:c r="AA7" s="1"><x:f ca="1">A1</x:f><x:v/></x:c>'
    text = b"<sheetData>" + b" " * (1024 * 1024 - 40) + b'<c r="B9"><f>A1+A2+A3+A4+A5+A6</f></c>' + prefixed
    found = formulas_without_result(io.BytesIO(text), below=1)
    assert found == FormulasWithoutResult((1, 26), 7, 2)
    assert formulas_without_result(io.BytesIO(text), below=9) is None


@pytest.mark.parametrize(
    ("code", "price"), [("0%", None), ("0.0#%;[Red]-0%", None), ('0.00"%"', 0.5), ("General", 0.5)]
)
def test_a_cell_shown_as_a_percentage_is_no_price(tmp_path: Path, code: str, price: float | None) -> None:
    path = workbook_of(tmp_path / "t.xlsx", {"表": [["标题", "编号", "价格"], ["甲", "1", 0.5], ["乙", "2", 9]]})
    workbook = load_workbook(path)
    workbook["表"]["C2"].number_format = code
    workbook.save(path)
    listings, failures = read(path)
    assert [listing.price for listing in listings] == [price, 9.0]
    assert ["'50%'" in failure.message for failure in failures] == [True] * (price is None)


def test_a_sheet_that_states_a_wrong_size_is_read_whole(tmp_path: Path) -> None:
    path = as_xlsx(tmp_path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', parts[sheet])
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert [listing.product_code for listing in read(path)[0]] == ["1001", "1002"]


@pytest.mark.parametrize(
    "above", ["网络交易监测清单\n", "导出时间：2024-05-01\n\n共 2 条，含广告\n", "基本信息;;;价格\n"]
)
def test_what_stands_above_the_header_of_a_csv_is_passed_over(tmp_path: Path, above: str) -> None:
    listings, failures = read(write(tmp_path / "t.csv", f"{above}编号;标题;店铺;售价\n1;茶;甲店;9,9\n2;名称;标题;8\n"))
    assert failures == []
    assert [(one.product_code, one.title, one.price) for one in listings] == [("1", "茶", 9.9), ("2", "名称", 8.0)]


def test_the_columns_of_a_mapping_tell_the_header(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "清单\n款,叫法\n1,茶\n")
    (listing,), _ = read(path, mapping={"fields": {"product_code": "款", "title": "叫法"}})
    assert (listing.product_code, listing.title) == ("1", "茶")


def test_pictures_in_a_column_of_unknown_name_are_found(tmp_path: Path) -> None:
    (listing,), _ = read(write(tmp_path / "t.csv", "标题,素材\n蜂蜜,x/1.jpg\n"))
    assert places(listing, tmp_path) == ["x/1.jpg"]


def test_an_empty_table_has_no_listings(tmp_path: Path) -> None:
    for name in ("t.csv", "t.jsonl", "t.json", "t.tsv"):
        assert read(write(tmp_path / name, "")) == ([], [])
    assert read(write(tmp_path / "h.csv", "标题,价格\n")) == ([], [])


def test_a_record_that_says_nothing_is_a_failure(tmp_path: Path) -> None:
    _, failures = read(write(tmp_path / "t.jsonl", '{"title": "a"}\n{"foo": 1}\n{}\n'))
    assert [(failure.location, failure.reason) for failure in failures] == [
        ("t.jsonl:2", "empty-record"),
        ("t.jsonl:3", "empty-record"),
    ]
    assert "a line of totals or remarks" in failures[0].message
    assert "合计、备注之类的行可不理会" in failures[0].message_zh


def test_a_time_that_cannot_be_read_is_told_and_its_listing_kept(tmp_path: Path) -> None:
    rows = "货号,标题,采集时间\n1,a,昨天\n2,b,2024-13-45\n3,c,2024-05-01\n4,d,\n5,e,0\n"
    listings, failures = read(write(tmp_path / "t.csv", rows))
    assert [listing.captured_at is None for listing in listings] == [True, True, False, True, True]
    assert [(failure.location, failure.reason) for failure in failures] == [
        ("t.csv:2", "unread-time"),
        ("t.csv:3", "unread-time"),
    ]
    assert failures[0].listing_id == listings[0].listing_id
    assert "the time '昨天' in 采集时间 could not be read" in failures[0].message
    assert "采集时间 中的时间 '昨天' 无法识别" in failures[0].message_zh


def test_a_price_that_cannot_be_read_is_told_and_its_listing_kept(tmp_path: Path) -> None:
    rows = "货号,标题,到手价\n1,a,九十九\n2,b,$12.99\n3,c,面议\n4,d,99\n5,e,\n6,f,-5\n"
    listings, failures = read(write(tmp_path / "t.csv", rows))
    assert [listing.price for listing in listings] == [None, None, None, 99.0, None, None]
    assert [(failure.location, failure.reason) for failure in failures] == [
        ("t.csv:2", "unread-price"),
        ("t.csv:3", "foreign-price"),
        ("t.csv:7", "unread-price"),
    ]
    assert failures[0].listing_id == listings[0].listing_id
    assert "the price '九十九' in 到手价 could not be read" in failures[0].message
    assert "到手价 中的价格 '$12.99' 不是人民币" in failures[1].message_zh


def test_an_id_pattern_with_an_empty_part_is_a_failure(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "货号,标题\n7,a\n,b\n")
    listings, failures = read(path, mapping={"id": "x{货号}"})
    assert [listing.listing_id for listing in listings] == ["x7"]
    assert [(failure.location, failure.reason) for failure in failures] == [("t.csv:3", "no-id")]


def test_the_same_listing_twice_is_dropped_and_another_of_its_name_is_a_failure(tmp_path: Path) -> None:
    rows = [{"listing_id": "a", "title": "x"}, {"listing_id": "b", "title": "y"}, {"title": "x", "listing_id": "a"}]
    rows.append({"listing_id": "b", "title": "changed"})
    listings, failures = read(write(tmp_path / "t.jsonl", "\n".join(map(json.dumps, rows))))
    assert [listing.listing_id for listing in listings] == ["a", "b"]
    assert [(failure.location, failure.reason) for failure in failures] == [("t.jsonl:4", "duplicate-id")]
    assert "t.jsonl:2" in failures[0].message
    assert "t.jsonl:2" in failures[0].message_zh


def test_ids_made_from_content_do_not_move_with_rows_or_folders(tmp_path: Path) -> None:
    one = write(tmp_path / "one/t.csv", "标题,图片\n甲,1.jpg\n乙,2.jpg\n")
    other = write(tmp_path / "other/t.csv", "标题,图片\n新,0.jpg\n甲,1.jpg\n乙,2.jpg\n")
    ids = [listing.listing_id for listing in read(one)[0]]
    assert [listing.listing_id for listing in read(other)[0]][1:] == ids
    assert all(name.startswith("local:") for name in ids)
    assert read(one, platform="微店")[0][0].listing_id == ids[0].replace("local:", "微店:")


def test_the_given_platform_goes_before_the_sheet(tmp_path: Path) -> None:
    listings, _ = read(as_csv(tmp_path), platform="pdd")
    assert [(listing.platform, listing.listing_id) for listing in listings] == [
        ("pdd", "pdd:1001"),
        ("pdd", "pdd:1002"),
    ]


def test_a_large_table_is_streamed(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "t.jsonl"
    with path.open("w") as file:
        for number in range(800):
            file.write(json.dumps({"title": f"t{number}", "product_intro": [{"介绍": "长" * 2000}]}) + "\n")
    tracemalloc.start()
    count = sum(1 for _ in open_source(path))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 800
    assert peak_bytes < path.stat().st_size / 4


def test_columns_of_the_same_name_are_all_read(tmp_path: Path) -> None:
    (listing,), failures = read(write(tmp_path / "t.csv", "标题,图片,图片,图片\n蜂蜜,1.jpg,2.jpg,3.jpg\n"))
    assert not failures
    assert places(listing, tmp_path) == ["1.jpg", "2.jpg", "3.jpg"]
