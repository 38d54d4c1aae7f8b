"""Pictures and what models read on them, their places on listings, and the text documents made of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.contracts.catalog.samples import RECORD, changed, facts, line, put_picture, put_shown, record
from tests.unit.images.made_pictures import busy

from jianwei.errors import CatalogError
from jianwei.images.local_features import local_features
from jianwei.records import PictureCode, PictureFacts, TextDocument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.ports import Catalog


def test_a_picture_comes_back_as_it_was_put(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        no = writer.put_picture(facts(1), location="/a/图片.jpg")
        assert writer.picture_no(facts(1).sha256) == no
        assert writer.picture_no(facts(2).sha256) is None
    picture = catalog.pictures([no, no + 1])[no]
    assert picture.facts == facts(1)
    assert picture.location == "/a/图片.jpg"


def test_the_same_picture_elsewhere_keeps_its_number_and_changes_nothing(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        first = writer.put_picture(facts(1), location="/a.jpg")
    before = catalog.sequence()
    with catalog.writing() as writer:
        assert writer.put_picture(facts(1), location="/b.jpg") == first
    assert catalog.pictures([first])[first].location == "/b.jpg"
    assert catalog.sequence() == before


def test_a_picture_is_marked_when_its_hash_comes_or_changes(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        plain = put_picture(writer, 1, pdq=False)
        hashed = put_picture(writer, 2)
    assert changed(catalog, "picture", 0) == [(hashed, False)]
    before = catalog.sequence()
    with catalog.writing() as writer:
        assert put_picture(writer, 1, pdq=True) == plain
    assert changed(catalog, "picture", before) == [(plain, False)]


def test_a_hash_of_the_wrong_length_is_refused(catalog: Catalog) -> None:
    wrong = PictureFacts("0" * 64, "png", 1, 1, 1, pdq=b"short")
    with pytest.raises(CatalogError, match="32"), catalog.writing() as writer:
        writer.put_picture(wrong, location="/a.png")


def test_picture_hashes_leave_out_pictures_without_one(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        numbers = [put_picture(writer, number, pdq=number != 2) for number in (1, 2, 3)]
    found, hashes = catalog.picture_hashes([numbers[2], numbers[1], numbers[0], 999])
    assert found.tolist() == [numbers[0], numbers[2]]
    assert (found.dtype.name, hashes.dtype.name) == ("int64", "uint8")
    assert hashes.tolist() == [[1] * 32, [3] * 32]


def test_a_picture_is_found_by_a_prefix_that_only_it_has(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        one = put_picture(writer, 0xABCDEF12)
        writer.put_picture(PictureFacts("abcdef13" + "1" * 56, "png", 1, 1, 1), location="/b")
        writer.put_picture(PictureFacts("abcdef13" + "2" * 56, "png", 1, 1, 1), location="/c")
    for prefix in ("abcdef12", "ABCDEF12", "abcdef12" + "0" * 56):
        found = catalog.picture_by_sha256(prefix)
        assert found is not None
        assert found.picture_no == one
    for useless in ("abcdef1", "abcdef13", "", "abcdef1g", "%%%%%%%%", "0" * 65):
        assert catalog.picture_by_sha256(useless) is None


def test_pictures_of_a_listing_come_in_page_order(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        a, b, c, d, e = (put_picture(writer, number) for number in range(1, 6))
        no = writer.put_listing(record(1), record_hash="")
        places = [(a, "other", 0), (b, "sku", 0), (c, "detail", 3), (d, "main", 9), (e, "main", 2)]
        writer.set_pictures(no, places)  # type: ignore[arg-type]
    shown = catalog.pictures_of([no, 999])
    assert shown[999] == []
    assert [(item.picture.picture_no, item.role, item.position) for item in shown[no]] == [
        (e, "main", 2),
        (d, "main", 9),
        (c, "detail", 3),
        (b, "sku", 0),
        (a, "other", 0),
    ]
    assert shown[no][0].listing_no == no


def test_setting_pictures_replaces_them_and_marks_only_real_changes(catalog: Catalog) -> None:
    no, (first, second) = put_shown(catalog, 1, 1, 2)
    before = catalog.sequence()
    with catalog.writing() as writer:
        writer.set_pictures(no, [(second, "main", 1), (first, "main", 0)])
    assert catalog.sequence() == before
    with catalog.writing() as writer:
        writer.set_pictures(no, [(second, "detail", 0)])
    assert changed(catalog, "listing", before) == [(no, False)]
    assert [item.picture.picture_no for item in catalog.pictures_of([no])[no]] == [second]
    assert list(catalog.pictures([first])) == [first]


def test_listings_showing_a_picture_are_ascending_and_distinct(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        shared, lonely = put_picture(writer, 1), put_picture(writer, 2)
        numbers = [writer.put_listing(record(number), record_hash="") for number in range(3)]
        for no in reversed(numbers):
            writer.set_pictures(no, [(shared, "main", 0), (shared, "detail", 0)])
    assert catalog.listings_showing([shared, lonely]) == {shared: numbers, lonely: []}
    assert catalog.listings_with(np.array([lonely, shared, shared, 999])).tolist() == numbers
    assert catalog.listings_with(np.array([lonely])).tolist() == []


def test_pictures_on_listings_are_told_by_rows_in_page_order(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        pictures = [put_picture(writer, number) for number in range(3)]
        numbers = [writer.put_listing(record(number), record_hash="") for number in range(3)]
        writer.set_pictures(numbers[0], [(pictures[2], "detail", 0), (pictures[1], "main", 0)])
        writer.set_pictures(numbers[2], [(pictures[0], "main", 0), (pictures[1], "main", 1)])
    rows, shown = catalog.pictures_on(np.array([numbers[2], 999, numbers[1], numbers[0]]))
    assert rows.tolist() == [0, 0, 3, 3]
    assert shown.tolist() == [pictures[0], pictures[1], pictures[1], pictures[2]]
    assert [found.tolist() for found in catalog.pictures_on(np.empty(0, np.int64))] == [[], []]


def test_ocr_lines_come_back_in_reading_order(catalog: Catalog) -> None:
    lines = [line(f"第{number}行") for number in range(30)]
    with catalog.writing() as writer:
        read, empty, unread = (put_picture(writer, number) for number in (1, 2, 3))
        writer.put_ocr(read, model_id="m", lines=lines)
        writer.put_ocr(empty, model_id="m", lines=[])
    assert catalog.ocr_lines([read, empty, unread]) == {read: lines, empty: []}

    def some(texts: Sequence[str]) -> set[str]:
        assert texts == [item.text for item in lines]
        return {"第3行", "第5行"}

    assert catalog.ocr_lines([read, empty, unread], wanted=some) == {read: [lines[3], lines[5]], empty: []}


def test_single_lines_come_in_reading_order_from_the_newest_reading(catalog: Catalog) -> None:
    lines = [line(f"第{number}行") for number in range(200)]
    with catalog.writing() as writer:
        one, two, empty = (put_picture(writer, number) for number in (1, 2, 3))
        writer.put_ocr(one, model_id="old", lines=[line("旧")] * 300)
        writer.put_ocr(one, model_id="m", lines=lines)
        writer.put_ocr(two, model_id="m", lines=lines[:3])
        writer.put_ocr(empty, model_id="m", lines=[])
    asked = [(one, 7), (two, 2), (one, 3), (two, 3), (empty, 0), (999, 0), (one, 7), (one, 200)]
    assert catalog.ocr_lines_at(asked) == {one: [lines[3], lines[7]], two: [lines[2]]}
    assert catalog.ocr_lines_at([(one, number) for number in range(300)]) == {one: lines}
    assert catalog.ocr_lines_at([]) == {}


def test_the_model_that_read_last_wins_until_another_reads(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        no = put_picture(writer, 1)
        writer.put_ocr(no, model_id="old", lines=[line("旧")])
        writer.put_ocr(no, model_id="new", lines=[line("新"), line("的")])
    assert [item.text for item in catalog.ocr_lines([no])[no]] == ["新", "的"]
    assert (catalog.stats().ocr_lines, catalog.stats().pictures_with_text) == (2, 1)
    with catalog.writing() as writer:
        writer.put_ocr(no, model_id="old", lines=[line("旧而新")])
    assert [item.text for item in catalog.ocr_lines([no])[no]] == ["旧而新"]


def test_a_picture_is_known_once_the_model_has_read_it(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        read, unread = put_picture(writer, 1), put_picture(writer, 2)
        writer.put_ocr(read, model_id="m", lines=[])
    hashes = [facts(number).sha256 for number in (1, 2, 3)]
    assert catalog.known_pictures(hashes, model_id="m") == {hashes[0]: read}
    assert catalog.known_pictures(hashes, model_id="other") == {}
    assert catalog.known_pictures(hashes, model_id=None) == {hashes[0]: read, hashes[1]: unread}


def test_reading_or_captioning_a_picture_marks_all_listings_that_show_it(catalog: Catalog) -> None:
    first, (shared,) = put_shown(catalog, 1, 1)
    second, _ = put_shown(catalog, 2, 1)
    put_shown(catalog, 3, 3)
    before = catalog.sequence()
    with catalog.writing() as writer:
        writer.put_ocr(shared, model_id="m", lines=[line("字")])
    assert sorted(changed(catalog, "listing", before)) == [(first, False), (second, False)]
    before = catalog.sequence()
    with catalog.writing() as writer:
        writer.put_caption(shared, model_id="m", text="一瓶药")
    assert sorted(changed(catalog, "listing", before)) == [(first, False), (second, False)]
    assert changed(catalog, "picture", before) == []


def test_a_text_document_holds_all_text_of_a_listing_in_page_order(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        detail, main = put_picture(writer, 1), put_picture(writer, 2)
        no = writer.put_listing(RECORD, record_hash="")
        bare = writer.put_listing(record(2), record_hash="")
        writer.set_pictures(no, [(detail, "detail", 0), (main, "main", 0), (main, "sku", 0)])
        writer.put_ocr(detail, model_id="m", lines=[line("详情一"), line("详情二")])
        writer.put_ocr(main, model_id="old", lines=[line("旧")])
        writer.put_ocr(main, model_id="m", lines=[line("主图"), line("")])
        writer.put_caption(main, model_id="v", text="旧描述")
        writer.put_caption(main, model_id="v", text="描述")
    assert catalog.text_documents([bare, no, 999]) == [
        TextDocument(
            listing_no=no,
            title="芦荟胶囊",
            spec=("品牌 康健", "产地 广东", "净含量 60粒", "净含量 120粒"),
            ocr=("主图", "详情一", "详情二"),
            caption=("描述",),
            platform="jd",
            shop="康健旗舰店",
            category="保健食品",
            price=39.9,
            captured_at=RECORD.captured_at,
            ocr_places=((main, 0), (detail, 0), (detail, 1)),
            picture_no=main,
        ),
        TextDocument(listing_no=bare, title="商品2", spec=(), ocr=()),
    ]


def test_local_features_come_back_and_are_marked_only_when_they_change(catalog: Catalog) -> None:
    features = local_features(np.asarray(busy(400, 400)))
    assert len(features)
    with catalog.writing() as writer:
        no = put_picture(writer, 1)
        other = put_picture(writer, 2)
        writer.put_features(no, features)
    before = catalog.sequence()
    with catalog.writing() as writer:
        writer.put_features(no, features)
    assert catalog.sequence() == before
    assert list(catalog.picture_features([no, other, 999])) == [no]
    assert np.array_equal(catalog.picture_features([no])[no], features)
    with catalog.writing() as writer:
        writer.put_features(no, features[:3])
    assert changed(catalog, "picture", before) == [(no, False)]
    assert len(catalog.picture_features([no])[no]) == 3


def test_codes_come_back_are_replaced_and_mark_the_listings_that_show_their_picture(catalog: Catalog) -> None:
    listing_no, (picture_no,) = put_shown(catalog, 1, 1)
    before = catalog.sequence()
    box = ((1.0, 2.0), (3.0, 2.0), (3.0, 4.0), (1.0, 4.0))
    codes = (PictureCode("qr", "https://example.com/\ud800", box), PictureCode("qr", "加群 1"))
    with catalog.writing() as writer:
        writer.put_codes(picture_no, reader="r@1", codes=codes)
    assert catalog.codes([picture_no, 99]) == {picture_no: codes}
    assert changed(catalog, "listing", before) == [(listing_no, False)]
    with catalog.writing() as writer:
        writer.put_codes(picture_no, reader="r@2", codes=())
    assert catalog.codes([picture_no]) == {picture_no: ()}
