"""What a folder or archive is taken for."""

from __future__ import annotations

import json
import os
import tarfile
import zipfile
from pathlib import Path
from typing import Literal

import pytest
from tests.unit.ingest.sources.reading import places, read, write

from jianwei.errors import MappingError, SourceError
from jianwei.ingest.fetching import PictureFetcher
from jianwei.ingest.sources import open_source
from jianwei.records import ListingRecord
from jianwei.settings import Settings


def folder_with_table(root: Path) -> Path:
    write(root / "listings.csv", "标题,图片\n蜂蜜,图/1.jpg\n茶,图/2.jpg\n")
    for number in (1, 2, 3):
        write(root / f"图/{number}.jpg", f"picture {number}")
    return root


def folder_with_pictures(root: Path) -> Path:
    write(root / "a/1.jpg", "one")
    write(root / "a/2.jpg", "two")
    write(root / "a/2.json", {"title": "蜂蜜"})
    write(root / "b/listing.json", {"title": "茶"})
    write(root / "b/detail/1.jpg", "three")
    return root


def pack(folder: Path, name: str) -> Path:
    path = folder.parent / name
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            for one in files:
                archive.write(one, one.relative_to(folder.parent))
        return path
    modes: dict[str, Literal["w", "w:gz", "w:xz"]] = {".tar": "w", ".gz": "w:gz", ".xz": "w:xz"}
    with tarfile.open(path, modes[path.suffix]) as archive:
        for one in reversed(files):
            archive.add(one, one.relative_to(folder.parent))
    return path


@pytest.mark.parametrize("maker", [folder_with_table, folder_with_pictures])
@pytest.mark.parametrize("name", ["s.zip", "s.tar", "s.tar.gz", "s.tar.xz"])
def test_an_archive_gives_what_its_folder_gives(tmp_path: Path, maker: object, name: str) -> None:
    folder = maker(tmp_path / "导出")  # type: ignore[operator]
    archive = pack(folder, name)
    source = open_source(archive)
    packed = [item for item in source if isinstance(item, ListingRecord)]
    loose, _ = read(folder)
    assert sorted(one.title for one in packed) == sorted(one.title for one in loose)
    assert source.estimated_total() == len(packed) == len(loose)
    with PictureFetcher(Settings(), source.picture_root) as fetcher:
        contents = {fetcher.fetch(reference).data for listing in packed for reference in listing.pictures}
    with PictureFetcher(Settings(), folder) as fetcher:
        assert contents == {fetcher.fetch(reference).data for listing in loose for reference in listing.pictures}


@pytest.mark.parametrize("suffix", ["xlsx", "parquet"])
def test_workbooks_and_parquet_are_read_inside_archives(tmp_path: Path, suffix: str) -> None:
    from tests.unit.ingest.sources.test_tables import as_parquet, as_xlsx

    (tmp_path / "s").mkdir()
    made = {"xlsx": as_xlsx, "parquet": as_parquet}[suffix](tmp_path / "s")
    made.rename(made.with_stem("listings"))
    write(tmp_path / "s/img/1.jpg", "x")
    listings, failures = read(pack(tmp_path / "s", "s.zip"))
    assert not failures
    assert [listing.product_code for listing in listings] == ["1001", "1002"]
    assert places(listings[0], tmp_path)[0] == "s.zip!/s/img/1.jpg"


def test_a_path_out_of_an_archive_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "s/listings.csv", "标题,图片\n甲,../x.jpg\n乙,/etc/passwd\n丙,图/1.jpg\n").parent
    write(folder / "图/1.jpg", "x")
    listings, failures = read(pack(folder, "s.zip"))
    assert [len(listing.pictures) for listing in listings] == [0, 0, 1]
    assert [failure.reason for failure in failures] == ["outside-source", "outside-source"]


def test_a_path_out_of_the_folder_is_refused_by_the_name_of_the_picture(tmp_path: Path) -> None:
    write(tmp_path / "secret.jpg", "x")
    sheet = write(tmp_path / "s/listings.csv", "标题,图片\n甲,../secret.jpg\n乙,/etc/passwd\n")
    _, failures = read(sheet)
    assert [failure.reason for failure in failures] == ["outside-source", "outside-source"]
    for failure, picture in zip(failures, [str(tmp_path / "secret.jpg"), "/etc/passwd"], strict=True):
        assert failure.message.startswith(f"{picture} lies outside")
        assert failure.message_zh.startswith(f"{picture} 位于")


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="damaged"):
        open_source(write(tmp_path / "s.zip", b"PK nothing"))


def test_a_table_named_listings_goes_before_everything(tmp_path: Path) -> None:
    folder_with_table(tmp_path)
    write(tmp_path / "labels.jsonl", '{"title": "x", "url": "y"}')
    listings, _ = read(tmp_path)
    assert [listing.title for listing in listings] == ["蜂蜜", "茶"]
    assert places(listings[0], tmp_path) == ["图/1.jpg"]


def test_the_only_table_that_looks_like_listings_is_taken(tmp_path: Path) -> None:
    folder_with_table(tmp_path)
    (tmp_path / "listings.csv").rename(tmp_path / "导出.csv")
    write(tmp_path / "queries.jsonl", '{"query_id": 1, "text": "x"}')
    assert [listing.title for listing in read(tmp_path)[0]] == ["蜂蜜", "茶"]


def test_tables_that_are_no_listings_leave_the_pictures_alone(tmp_path: Path) -> None:
    write(tmp_path / "manifest.jsonl", '{"file": "a.jpg", "sha256": "0", "width": 1}')
    write(tmp_path / "queries.jsonl", '{"query_id": 1, "text": "x"}')
    write(tmp_path / "a.jpg", "x")
    assert [listing.product_code for listing in read(tmp_path)[0]] == ["a.jpg"]


def test_several_tables_must_be_told_apart(tmp_path: Path) -> None:
    for name in ("一月.csv", "退货.csv"):
        write(tmp_path / name, "编号,标题\n1,a\n")
    with pytest.raises(SourceError, match=r"一月\.csv, 退货\.csv"):
        open_source(tmp_path)
    assert len(read(tmp_path, mapping={"table": "一月.csv"})[0]) == 1
    with pytest.raises(SourceError, match=r"no file 二月\.csv"):
        open_source(tmp_path, mapping={"table": "二月.csv"})


def test_numbered_parts_are_one_table(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / f"part-{number:04}.csv", f"编号,标题\n{number},a\n")
    assert [listing.product_code for listing in read(tmp_path)[0]] == ["0", "1", "2"]
    assert open_source(tmp_path).estimated_total() == 3


def test_the_mapping_may_name_the_layout(tmp_path: Path) -> None:
    folder_with_table(tmp_path)
    assert len(read(tmp_path, mapping={"layout": "pictures"})[0]) == 3
    with pytest.raises(SourceError, match=r"_imgs\.tsv"):
        open_source(tmp_path, mapping={"layout": "muge"})


def test_a_table_in_a_folder_below_starts_there(tmp_path: Path) -> None:
    write(tmp_path / "data/t.csv", "标题,图片\n甲,图/1.jpg\n")
    (listing,), _ = read(tmp_path, mapping={"table": "data/t.csv"})
    assert places(listing, tmp_path) == ["data/图/1.jpg"]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("nothing.csv", "Nearest in its folder: 'something.csv'"),
        ("t.xls", r"Save old \.xls sheets as \.xlsx"),
        ("t.docx", "no kind that can be read"),
    ],
)
def test_what_cannot_be_a_source_is_refused_with_advice(tmp_path: Path, name: str, part: str) -> None:
    write(tmp_path / "something.csv", "标题\n")
    if name != "nothing.csv":
        write(tmp_path / name, b"x")
    with pytest.raises(SourceError, match=part):
        open_source(tmp_path / name)


@pytest.mark.parametrize("name", ["q" * 5000, "q\0.csv", "nowhere/q.csv"], ids=["too long", "nul", "no folder"])
def test_what_is_nowhere_is_told_without_naming_what_is_nothing_like_it(tmp_path: Path, name: str) -> None:
    write(tmp_path / "something.csv", "标题\n")
    with pytest.raises(SourceError, match="There is no file or folder") as caught:
        open_source(tmp_path / name)
    assert "Nearest" not in caught.value.message


def test_a_url_is_not_a_source() -> None:
    with pytest.raises(SourceError, match="Download it first"):
        open_source("https://example.com/listings.csv")


def test_a_wrong_mapping_is_told_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="'feilds'"):
        open_source(tmp_path / "nothing.csv", mapping={"feilds": {}})


class TestPlaces:
    """Paths in a table stay inside its folder unless allowed."""

    @pytest.fixture
    def table(self, tmp_path: Path) -> Path:
        write(tmp_path / "secret.jpg", "secret")
        write(tmp_path / "shop/in.jpg", "in")
        (tmp_path / "shop/link.jpg").symlink_to(tmp_path / "secret.jpg")
        (tmp_path / "shop/folder").symlink_to(tmp_path)
        return tmp_path / "shop/t.jsonl"

    @pytest.mark.parametrize(
        "path", ["../secret.jpg", "{root}/secret.jpg", "link.jpg", "folder/secret.jpg", "in/../../secret.jpg",
                 "..\\secret.jpg", "file://{root}/secret.jpg", "../secret.zip!/a.jpg"],
    )  # fmt: skip
    def test_a_way_out_is_refused_and_the_listing_stays(self, table: Path, path: str) -> None:
        value = path.format(root=table.parent.parent)
        write(table, {"listing_id": "a", "images": [value, "in.jpg"]})
        (listing,), (failure,) = read(table)
        assert places(listing, table.parent) == ["in.jpg"]
        assert (failure.stage, failure.reason, failure.listing_id) == ("fetch", "outside-source", "a")
        assert "allow_outside: true" in failure.message
        assert "allow_outside: true" in failure.message_zh

    def test_it_can_be_allowed(self, table: Path) -> None:
        write(table, {"listing_id": "a", "images": ["../secret.jpg"]})
        source = open_source(table, mapping={"allow_outside": True})
        (listing,) = source
        assert isinstance(listing, ListingRecord)
        with PictureFetcher(Settings(), source.picture_root) as fetcher:
            assert fetcher.fetch(listing.pictures[0]).data == b"secret"

    @pytest.mark.parametrize("path", ["in.jpg", "./in.jpg", "{root}/in.jpg", "file://{root}/in.jpg", "x\\..\\in.jpg"])
    def test_ways_inside_lead_to_the_same_file(self, table: Path, path: str) -> None:
        write(table, {"listing_id": "a", "images": [path.format(root=table.parent)]})
        (listing,), failures = read(table)
        assert (places(listing, table.parent), failures) == (["in.jpg"], [])

    def test_an_absolute_base_becomes_the_border(self, table: Path, tmp_path: Path) -> None:
        write(table, {"listing_id": "a", "images": ["1.jpg", "../secret.jpg", "../shop/in.jpg"]})
        source = open_source(table, mapping={"pictures": {"base": str(tmp_path / "elsewhere")}})
        listing = next(item for item in source if isinstance(item, ListingRecord))
        assert places(listing, tmp_path) == ["elsewhere/1.jpg"]
        assert source.picture_root == tmp_path / "elsewhere"

    def test_urls_are_never_outside(self, table: Path) -> None:
        write(
            table, {"listing_id": "a", "images": ["https://e.com/1.jpg", "//e.com/2.jpg", "data:image/png;base64,AA=="]}
        )
        (listing,), failures = read(table)
        assert not failures
        assert places(listing, table) == ["https://e.com/1.jpg", "https://e.com/2.jpg", "data:image/png;base64,AA=="]


def test_the_samples_of_the_project_are_a_source() -> None:
    samples = Path(__file__).parents[4] / "samples"
    if not (samples / "listings.jsonl").exists():
        pytest.skip("the sample set is not there")
    listings, failures = read(samples)
    assert not failures
    assert len(listings) == len((samples / "listings.jsonl").read_text("utf-8").splitlines())
    assert all(listing.pictures and listing.title for listing in listings)
    labels = [json.loads(line) for line in (samples / "labels.jsonl").read_text("utf-8").splitlines()]
    assert {label["listing_id"] for label in labels} <= {listing.listing_id for listing in listings}


def test_a_folder_of_archives_says_to_ingest_them_one_by_one(tmp_path: Path) -> None:
    for name in ("a b.zip", "c.tar.gz"):
        write(tmp_path / "x" / name, b"")
    with pytest.raises(SourceError, match=r"jianwei ingest '.*/a b\.zip' \(and 1 more\)") as caught:
        read(tmp_path / "x")
    assert "逐个导入" in caught.value.message_zh


def test_an_archive_of_archives_says_to_unpack_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("inner.zip", b"")
    with pytest.raises(SourceError, match=r"such as inner\.zip. Unpack it once"):
        read(tmp_path / "x.zip")


@pytest.mark.parametrize("written", ["IMG/a b.JPG", "img\\A%20B.jpg", "./img/a b.jpg", "img/A b.Jpg"])
def test_a_picture_is_found_although_its_name_is_written_otherwise(tmp_path: Path, written: str) -> None:
    table = write(tmp_path / "x" / "listings.csv", f"编号,图片\n1,{written}\n")
    write(tmp_path / "x" / "img" / "A b.jpg", b"x")
    (listing,), failures = read(table)
    assert (places(listing, tmp_path / "x"), failures) == (["img/A b.jpg"], [])
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(table, "listings.csv")
        archive.write(tmp_path / "x" / "img" / "A b.jpg", "img/A b.jpg")
    (packed,), _ = read(tmp_path / "x.zip")
    assert packed.pictures[0].location == f"{tmp_path}/x.zip!/img/A b.jpg"


def test_letters_taken_apart_are_the_same_letters(tmp_path: Path) -> None:
    table = write(tmp_path / "listings.csv", "编号,图片\n1,caf\u00e9.jpg\n")
    write(tmp_path / "cafe\u0301.jpg", b"x")
    assert places(read(table)[0][0], tmp_path) == ["cafe\u0301.jpg"]


def test_of_two_names_alike_none_is_taken_and_what_is_there_goes_before_what_is_like_it(tmp_path: Path) -> None:
    table = write(tmp_path / "listings.csv", "编号,图片\n1,A.JPG\n2,b.jpg\n3,100%.jpg\n")
    for name in ("a.jpg", "a.JPG", "b.jpg", "B.jpg", "100%.jpg"):
        write(tmp_path / name, b"x")
    assert [places(one, tmp_path) for one in read(table)[0]] == [["A.JPG"], ["b.jpg"], ["100%.jpg"]]


def test_a_name_like_that_of_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    table = write(tmp_path / "x" / "listings.csv", "编号,标题,图片\n1,a,A.jpg\n")
    (tmp_path / "x" / "a.jpg").symlink_to(write(tmp_path / "secret.jpg", b"x"))
    _, (failure,) = read(table)
    assert (failure.reason, "→" in failure.message) == ("outside-source", True)


@pytest.mark.skipif(os.sep != "/", reason="there it is a path of this machine")
@pytest.mark.parametrize("written", ["C:\\Users\\me\\a.jpg", "D:/图片/a.jpg"])
def test_a_path_of_another_machine_is_told_as_it_is_written(tmp_path: Path, written: str) -> None:
    _, (failure,) = read(write(tmp_path / "listings.csv", f"编号,标题,图片\n1,a,{written}\n"))
    assert (failure.reason, failure.location) == ("not-found", written)
    assert str(tmp_path) not in failure.message
