"""Evidence packages as they are filed: whole, readable, and any later change is told."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from tests.integration.conftest import WITHOUT_OCR, draw_picture

from jianwei.errors import NotFoundError, SettingsError, SourceError
from jianwei.export.columns import ExportRow
from jianwei.export.evidence.contents import gather
from jianwei.export.evidence.package import write_evidence
from jianwei.export.evidence.report import report_story
from jianwei.export.evidence.several import write_evidence_list
from jianwei.export.evidence.verification import verify_evidence
from jianwei.library import Library
from jianwei.records import OcrLine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwei.errors import Language

TITLE = "本草清糖胶囊 保健食品 <b>根治糖尿病</b> & 无效退款"
BOX = ((10.0, 10.0), (90.0, 10.0), (90.0, 30.0), (10.0, 30.0))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evidence")
    for number in range(2):
        draw_picture(folder / f"{number}.png", number)
    record = {
        "product_code": "1",
        "product_name": TITLE,
        "platform": "p",
        "product_url": "https://shop.example/1",
        "category": "保健食品",
        "product_images": "0.png,1.png",
    }
    source = folder / "listings.jsonl"
    source.write_text(json.dumps(record, ensure_ascii=False), "utf-8")
    with Library.open(folder / "library", settings=WITHOUT_OCR) as library:
        library.ingest(source)
        picture = library.show("p:1").pictures[0].picture
        with library._catalog.writing() as writer:
            line = OcrLine("三天根治糖尿病", BOX, 0.99)
            writer.put_ocr(picture.picture_no, model_id="drawn", lines=[line])
        library.risk.screen()
        library.reviews.decide("p:1", "assign", reviewer="李", assignee="王")
    return folder / "library"


@pytest.fixture
def library(tmp_path: Path, made: Path) -> Iterator[Library]:
    shutil.copytree(made, tmp_path / "library")
    with Library.open(tmp_path / "library", settings=WITHOUT_OCR) as opened:
        yield opened


@pytest.fixture
def package(tmp_path: Path, library: Library) -> Path:
    return write_evidence(library, "p:1", tmp_path / "package.zip", made_by="李").file


def members(package: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(package) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(package: Path, changes: dict[str, bytes | None]) -> Path:
    """Write the package again with members replaced, added, or (None) left out."""
    parts: dict[str, bytes | None] = {**members(package), **changes}
    with zipfile.ZipFile(package, "w") as archive:
        for name, data in parts.items():
            if data is not None:
                archive.writestr(name, data)
    return package


def test_a_package_holds_originals_marked_pictures_text_and_law(library: Library, package: Path) -> None:
    parts = members(package)
    originals = sorted(name for name in parts if name.startswith("originals/"))
    assert [sha256(parts[name]).hexdigest() for name in originals] == [
        picture.picture.facts.sha256 for picture in library.show("p:1").pictures
    ]
    (marked,) = [name for name in parts if name.startswith("marked/")]
    assert marked.startswith("marked/01-main-")
    findings = json.loads(parts["findings.json"])
    assert findings["verdict"]["status"] == "suspected"
    laws = [law["law"] for item in findings["screening"]["findings"] for law in item["laws"]]
    assert "广告法" in laws
    assert [item["reviewer"] for item in findings["decisions"]] == ["李"]
    assert json.loads(parts["listing.json"])["title"] == TITLE
    manifest = json.loads(parts["manifest.json"])
    assert (manifest["made_by"], manifest["url"]) == ("李", "https://shop.example/1")
    assert manifest["report_language"] == "zh"
    assert parts["report.pdf"].startswith(b"%PDF-")


def test_a_marked_picture_has_a_frame_where_the_words_stand(package: Path, tmp_path: Path) -> None:
    parts = members(package)
    (name,) = [name for name in parts if name.startswith("marked/")]
    (tmp_path / "marked.png").write_bytes(parts[name])
    pixels = np.asarray(Image.open(tmp_path / "marked.png").convert("RGB"))
    assert (pixels == (230, 30, 30)).all(axis=2).sum() > 50


def said(library: Library, language: Language) -> list[str]:
    """Return all texts of a report, those of tables as `name: value`."""
    contents, book = gather(library, "p:1", max_pixels=10**6), library.risk.screener.book
    story = report_story(contents, book, language=language, made_at="2026-11-27", tool="jianwei", made_by="")
    texts = []
    for part in story.parts:
        if hasattr(part, "_cellvalues"):
            for name, lines in part._cellvalues:
                texts.append(f"{name.getPlainText()}: {' '.join(line.getPlainText() for line in lines)}")
        elif hasattr(part, "getPlainText"):
            texts.append(part.getPlainText())
    return texts


def test_a_report_is_in_the_language_of_its_reader(library: Library) -> None:
    chinese, english = said(library, "zh"), said(library, "en")
    assert len(chinese) == len(english)
    of_the_listing = ("Report on a lead", "Title", "Words", "What weighed most", "Shop", "From ", "2026-")
    for text in english:
        told = re.sub("《[^》]*》（[^）]*）[^A-Z]*", "", text)  # laws are cited as they are called
        told = re.sub("“[^”]*”", "", told).removeprefix("▎")
        assert told.startswith(of_the_listing) or not re.search("[一-鿿]", told), text
    cited = next(text for text in english if "《广告法》" in text)
    assert "Advertising Law (as amended in 2021), Art. " in cited
    assert any(text.startswith("How sure: ") and "suspected by this reason alone" in text for text in english)
    assert any(text.startswith("把握: ") and "仅据此项即列为疑似" in text for text in chinese)
    assert not any("Advertising Law" in text for text in chinese)


def test_a_package_as_it_was_written_is_intact(library: Library, tmp_path: Path) -> None:
    package = write_evidence(library, "p:1", tmp_path / "a.zip")
    check = verify_evidence(package.file, expected=package.manifest_sha256.upper())
    assert (check.problems, check.listing_id, check.files) == ((), "p:1", package.files)


@pytest.mark.parametrize(
    ("changes", "file", "message"),
    [
        ({"listing.json": b"{}"}, "listing.json", "was changed"),
        ({"source.json": None}, "source.json", "is missing"),
        ({"extra.txt": b"x"}, "extra.txt", "was added"),
        ({"log.jsonl": b"{}\n"}, "log.jsonl", "breaks its chain at entry 1"),
        ({"log.jsonl": b"no json"}, "log.jsonl", "breaks its chain at entry 1"),
        ({"manifest.sha256": b""}, "manifest.json", "not the one that manifest.sha256 names"),
    ],
)
def test_every_change_is_told(package: Path, changes: dict[str, bytes | None], file: str, message: str) -> None:
    problems = verify_evidence(rewritten(package, changes)).problems
    assert any(item.file == file and message in item.message for item in problems), problems


def test_the_same_files_packed_again_with_their_folders_are_intact(package: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "again.zip", "w") as archive:
        for folder in ("marked/", "originals/"):
            archive.writestr(folder, b"")
        for name, data in members(package).items():
            archive.writestr(name, data)
    assert not verify_evidence(tmp_path / "again.zip").problems


def test_a_package_that_is_not_there_is_told_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="There is no file") as caught:
        verify_evidence(tmp_path / "none.zip")
    assert caught.value.message_zh.startswith("没有文件")


def test_a_new_manifest_is_told_by_the_number_that_was_noted(library: Library, tmp_path: Path) -> None:
    package = write_evidence(library, "p:1", tmp_path / "a.zip")
    manifest = json.loads(members(package.file)["manifest.json"])
    manifest["made_by"] = "somebody else"
    data = json.dumps(manifest).encode()
    forged = rewritten(
        package.file, {"manifest.json": data, "manifest.sha256": f"{sha256(data).hexdigest()}  manifest.json".encode()}
    )
    assert not verify_evidence(forged).problems
    (problem,) = verify_evidence(forged, expected=package.manifest_sha256).problems
    assert package.manifest_sha256 in problem.message


def test_a_flipped_byte_inside_the_zip_is_told(package: Path) -> None:
    data = bytearray(package.read_bytes())
    with zipfile.ZipFile(package) as archive:
        entry = next(item for item in archive.infolist() if item.filename.startswith("originals/"))
    data[entry.header_offset + 30 + len(entry.filename) + 40] ^= 0xFF
    package.write_bytes(data)
    problems = verify_evidence(package).problems
    assert any(item.file == entry.filename and item.message == "was changed" for item in problems)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"text"])
def test_what_is_no_package_is_refused_with_its_name(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(SourceError, match=r"x\.zip is not an evidence package"):
        verify_evidence(tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "y.zip", "w") as archive:
        archive.writestr("manifest.json", data)
    with pytest.raises(SourceError, match=r"y\.zip is not an evidence package"):
        verify_evidence(tmp_path / "y.zip")


def test_an_original_that_is_gone_is_told_in_the_package(library: Library, tmp_path: Path, made: Path) -> None:
    shutil.rmtree(library.path / "originals")
    gone = made.parent / "1.png"
    data = gone.read_bytes()
    gone.unlink()
    try:
        package = write_evidence(library, "p:1", tmp_path / "a.zip")
    finally:
        gone.write_bytes(data)
    assert package.gone == (str(gone),)
    (missing,) = json.loads(members(package.file)["manifest.json"])["missing_originals"]
    assert "1.png" in missing["problem"]
    assert "1.png" in missing["problem_zh"]
    assert missing["problem"] != missing["problem_zh"]
    assert not verify_evidence(package.file).problems


def test_an_unknown_listing_writes_nothing(library: Library, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        write_evidence(library, "p:9", tmp_path / "a.zip")
    with pytest.raises(SettingsError):
        write_evidence(library, "p:1", tmp_path / "no" / "folder" / "a.zip")
    assert not (tmp_path / "a.zip").exists()


def test_a_list_holds_a_package_and_a_report_of_each_listing(library: Library, tmp_path: Path) -> None:
    rows = [ExportRow(library.show("p:1"), rank=1, score=0.5, matched_words=("根治",))]
    made = write_evidence_list(library, rows, tmp_path / "list.zip", made_by="李", asked="根治")
    check = verify_evidence(made.file, expected=made.manifest_sha256)
    assert (check.problems, check.listing_id, made.listings) == ((), "p:1", 1)
    parts = members(made.file)
    assert parts["reports/001-evidence-p-1.pdf"].startswith(b"%PDF")
    assert "根治" in parts["listings.csv"].decode("utf-8-sig")
    manifest = json.loads(parts["manifest.json"])
    assert (manifest["asked"], manifest["made_by"]) == ("根治", "李")
    inner = tmp_path / "inner.zip"
    inner.write_bytes(parts["packages/001-evidence-p-1.zip"])
    (listed,) = manifest["listings"]
    assert verify_evidence(inner, expected=listed["manifest_sha256"]).problems == ()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inner.zip", "library", "list.zip"]


@pytest.mark.parametrize("name", ["packages/001-evidence-p-1.zip", "reports/001-evidence-p-1.pdf", "listings.csv"])
def test_a_list_that_was_changed_is_told(library: Library, tmp_path: Path, name: str) -> None:
    made = write_evidence_list(library, [ExportRow(library.show("p:1"))], tmp_path / "list.zip")
    assert [problem.file for problem in verify_evidence(rewritten(made.file, {name: b"other"})).problems] == [name]
    assert [problem.file for problem in verify_evidence(rewritten(made.file, {name: None})).problems] == [name]
