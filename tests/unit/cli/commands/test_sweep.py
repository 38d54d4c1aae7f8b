"""`jianwei sweep`: clues of every kind in, a workbook out, and nothing lost to one bad row or to Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

from openpyxl import Workbook, load_workbook
from openpyxl.drawing.image import Image as SheetImage
from tests.unit.cli.commands.sweeping import rows_of
from tests.unit.cli.conftest import Runner

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def swept(jianwei: Runner, clues: Path, *more: str, language: str = "en") -> tuple[str, Path]:
    out = clues.with_name("out.xlsx")
    result = jianwei("sweep", str(clues), "--out", str(out), *more, language=language)  # type: ignore[arg-type]
    assert result.exit_code == 0, result.output
    return result.stdout, out


def test_a_sheet_of_words_and_pictures_becomes_a_workbook(jianwei: Runner, library: Path, tmp_path: Path) -> None:
    picture = library.parent / "3_主图.png"
    (tmp_path / "photo.png").write_bytes(picture.read_bytes())
    clues = tmp_path / "clues.csv"
    clues.write_text(
        "备注,关键词,图片\n甲,根治便秘,\n乙,,photo.png\n丙,,gone.png\n丁,,\n戊,不存在的东西xyz,\n", "utf-8"
    )
    said, out = swept(jianwei, clues)
    assert "5 clues looked for: 2 found something, 1 nothing relevant, 2 could not be looked for." in said
    assert "clues.csv, row 4: The picture" in said
    assert "clues.csv, row 5: It has neither words nor a picture." in said
    book = load_workbook(out)
    hits, summary = book.worksheets
    found = rows_of(hits)
    assert (found[0]["Clue"], found[0]["Listing"], found[0]["Rank"]) == ("根治便秘", "jd:1", 1)
    assert (found[0]["Source"], found[0]["Clue row"]) == ("clues.csv", 2)
    assert found[0]["Relevance"] > 0.5
    assert "matched" in found[0]["Reasons"]
    assert len(hits._images) >= 1  # type: ignore[attr-defined]  # the stubs leave out what reading fills
    lines = rows_of(summary)
    assert [line["Clue row"] for line in lines] == [2, 3, 4, 5, 6]
    assert [line["Label"] for line in lines[:2]] == ["甲", "乙"]
    assert lines[4]["Problem"] == "Nothing relevant found"


def test_a_quotation_mark_that_is_never_closed_costs_one_row(jianwei: Runner, tmp_path: Path) -> None:
    (tmp_path / "clues.csv").write_text('关键词\n根治\n"没有关\n祛斑\n', "utf-8")
    answer = json.loads(swept(jianwei, tmp_path / "clues.csv", "--json")[0])
    assert [len(clue["hits"]) for clue in answer["clues"]] == [1, 0, 1]


def test_pictures_pasted_over_rows_belong_to_them(jianwei: Runner, library: Path, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["线索"])
    sheet.append(["祛斑"])
    image = SheetImage(str(library.parent / "1_主图.png"))
    image.anchor = "B3"
    sheet.add_image(image)
    sheet.append([None])
    sheet.append(["=1+1"])
    book.save(tmp_path / "clues.xlsx")
    answer = json.loads(swept(jianwei, tmp_path / "clues.xlsx", "--json", "--limit", "3")[0])
    assert [(clue["row"], clue["words"], clue["picture"]) for clue in answer["clues"]][:2] == [
        (2, "祛斑", ""),
        (3, "", "clues.xlsx#3"),
    ]
    assert answer["clues"][0]["hits"][0]["listing_id"] == "jd:3"
    assert not answer["interrupted"]


def test_every_worksheet_of_clues_is_read_and_others_are_told(jianwei: Runner, tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["根治"])
    second = book.create_sheet("七月")
    second.append(["关键词"])
    second.append(["祛斑"])
    book.create_sheet("说明").append(["请勿外传"])
    book.create_sheet("空")
    book.save(tmp_path / "clues.xlsx")
    answer = json.loads(swept(jianwei, tmp_path / "clues.xlsx", "--json")[0])
    assert [(clue["place"], clue["row"], clue["words"]) for clue in answer["clues"]] == [
        ("clues.xlsx", 1, "根治"),
        ("clues.xlsx, 七月", 2, "祛斑"),
        ("clues.xlsx, 说明", 1, ""),
    ]
    assert "The worksheet 说明 has no column" in answer["clues"][2]["problem"]


def test_a_folder_gives_pictures_and_lines(jianwei: Runner, library: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clues"
    folder.mkdir()
    (folder / "a.txt").write_text("根治\n\n红枣\n", "gb18030")
    (folder / "b.png").write_bytes((library.parent / "2_主图.png").read_bytes())
    (folder / "c.jpg").write_bytes(b"no picture")
    (folder / "other.pdf").write_bytes(b"%PDF")
    out = tmp_path / "out.xlsx"
    result = jianwei("sweep", str(folder), "-o", str(out), "--json", language="zh")
    answer = json.loads(result.stdout)
    assert [clue["words"] or clue["picture"] for clue in answer["clues"]] == ["根治", "红枣", "b.png", "c.jpg", ""]
    assert answer["clues"][3]["problem"]
    assert "other.pdf" in answer["clues"][4]["problem"]
    assert load_workbook(out).sheetnames == ["命中", "线索汇总"]


def test_a_folder_gives_the_rows_of_its_sheets_with_the_pictures_that_they_name(
    jianwei: Runner, library: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "clues"
    (folder / "more").mkdir(parents=True)
    (folder / "bag.png").write_bytes((library.parent / "2_主图.png").read_bytes())
    (folder / "other.png").write_bytes((library.parent / "3_主图.png").read_bytes())
    (folder / "list.csv").write_text("关键词,图片\n祛斑,\n,bag.png\n", "utf-8")
    (folder / "broken.xlsx").write_bytes(b"no sheet")
    (folder / "empty.csv").write_bytes(b"")
    for name in ("~$list.xlsx", ".DS_Store", "Thumbs.db"):
        (folder / name).write_bytes(b"left by a program")
    answer = json.loads(swept(jianwei, folder, "--json")[0])
    told = [(clue["place"], clue["row"], clue["words"] or clue["picture"]) for clue in answer["clues"]]
    assert [item for item in told if item[2]] == [
        ("list.csv", 2, "祛斑"),
        ("list.csv", 3, "bag.png"),
        ("clues", 6, "other.png"),
    ]
    problems = " ".join(clue["problem"] for clue in answer["clues"])
    assert "broken.xlsx cannot be read as XLSX" in problems
    assert "empty.csv has no clues" in problems
    assert "more is a folder inside a folder of clues" in problems
    assert len(told) == 6


def test_a_clue_of_words_that_tell_nothing_says_so(jianwei: Runner, tmp_path: Path) -> None:
    (tmp_path / "clues.txt").write_text("的 了\n根治\n", "utf-8")
    nothing, cures = json.loads(swept(jianwei, tmp_path / "clues.txt", "--json")[0])["clues"]
    assert "Words as common as 的 了 tell nothing" in nothing["problem"]
    assert nothing["hits"] == []
    assert cures["hits"]


def test_a_sheet_without_known_names_is_words(jianwei: Runner, tmp_path: Path) -> None:
    (tmp_path / "clues.tsv").write_text("根治便秘\t随便\n祛斑\t别的\n", "utf-8")
    said, out = swept(jianwei, tmp_path / "clues.tsv", language="zh")
    assert "检索 2 条线索：2 条有命中" in said
    assert [row["线索"] for row in rows_of(load_workbook(out).worksheets[0])] == ["根治便秘", "祛斑"]


def test_filters_and_the_threshold_hold_for_every_clue(jianwei: Runner, tmp_path: Path) -> None:
    (tmp_path / "clues.txt").write_text("根治\n祛斑\n", "utf-8")
    answer = json.loads(swept(jianwei, tmp_path / "clues.txt", "--json", "--platform", "taobao")[0])
    assert [len(clue["hits"]) for clue in answer["clues"]] == [0, 1]
    answer = json.loads(swept(jianwei, tmp_path / "clues.txt", "--json", "--min-relevance", "1")[0])
    assert [len(clue["hits"]) for clue in answer["clues"]] == [0, 0]


def test_a_link_opens_and_a_formula_does_not(tmp_path: Path) -> None:
    from tests.unit.cli.made_library import make_library

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.records import ListingRecord

    folder = make_library(tmp_path)
    catalog = SqlCatalog.open(folder / "catalog.sqlite", library_folder=folder)
    with catalog.writing() as writer:
        record = ListingRecord(listing_id="=cmd", title="=2+2 神药", url="https://a.example/1", platform="x")
        writer.put_listing(record, record_hash="9")
        bad = ListingRecord(listing_id="y", title="神药", url="javascript:alert(1)", platform="x")
        writer.put_listing(bad, record_hash="10")
    catalog.close()
    (tmp_path / "clues.txt").write_text("神药\n", "utf-8")
    _, out = swept(Runner(folder), tmp_path / "clues.txt")
    sheet = load_workbook(out).worksheets[0]
    links = {row[12].value: row[13].hyperlink for row in sheet.iter_rows(min_row=2)}
    assert links["=cmd"] is not None
    assert links["=cmd"].target == "https://a.example/1"
    assert links["y"] is None
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_ctrl_c_keeps_what_is_done(jianwei: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jianwei.library import Library

    answer, asked = Library.answer, []

    def interrupted(self: Library, request: object) -> object:
        asked.append(request)
        if len(asked) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return answer(self, request)  # type: ignore[arg-type]

    monkeypatch.setattr(Library, "answer", interrupted)
    (tmp_path / "clues.txt").write_text("根治\n祛斑\n红枣\n", "utf-8")
    result = jianwei("sweep", str(tmp_path / "clues.txt"), "-o", str(tmp_path / "out.xlsx"))
    assert result.exit_code == 130
    assert "2 of 3 clues are done and written" in result.stderr
    lines = rows_of(load_workbook(tmp_path / "out.xlsx").worksheets[1])
    assert {line["Words"] for line in lines[:-1]} == {"根治", "祛斑"}
    assert "Interrupted" in lines[-1]["Problem"]


def test_what_cannot_be_swept_is_refused_with_a_reason(jianwei: Runner, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("", "utf-8")
    (tmp_path / "broken.xlsx").write_bytes(b"PK nonsense")
    (tmp_path / "some.txt").write_text("根治\n", "utf-8")
    (tmp_path / "a.doc").write_bytes(b"x")
    for name, more, words in (
        ("none.csv", (), "cannot be read"),
        ("none.xlsx", (), "cannot be read: No such file"),
        ("empty.csv", (), "has no clues"),
        ("broken.xlsx", (), "cannot be read as XLSX"),
        ("a.doc", (), "is not a sheet of clues"),
        ("some.txt", ("--out", "a.csv"), "written as .xlsx"),
        ("some.txt", ("--limit", "0"), "limit is 0"),
        ("some.txt", ("--out", str(tmp_path / "no" / "a.xlsx")), "cannot be written"),
    ):
        result = jianwei("sweep", str(tmp_path / name), *(more or ("--out", str(tmp_path / "o.xlsx"))))
        assert result.exit_code not in {0, 70}, (name, result.output)
        assert words in " ".join(result.stderr.split()), (name, result.stderr)
