"""Which columns hold what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import MappingError
from jianwei.ingest.sources.columns import guess_picture_columns, is_listing_like, plan_columns, require_columns
from jianwei.ingest.sources.known_columns import COLUMNS_BY_FIELD, COLUMNS_BY_ROLE


def plan(*columns: str, **options: object) -> dict[str, tuple[str, ...]]:
    found = plan_columns(columns, **({"fields": {}, "pictures": {}} | options))  # type: ignore[arg-type]
    return {name: chosen for name, chosen in found.fields.items() if chosen}


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("商品标题", "title"), ("Title", "title"), (" product_name ", "title"), ("商品 名称", "title"),
        ("价格", "price"), ("价格（元）", "price"), ("【必填】店铺", "shop"), ("备注", ""),
        ("店铺名称", "shop"), ("商品链接", "url"), ("平台", "platform"), ("类目", "category"),
        ("采集时间", "captured_at"), ("Product-Code", "product_code"), ("ＩＤ", "product_code"),
        ("违法依据", "illegal_basis"),
    ],
)  # fmt: skip
def test_usual_names_are_known_without_case_width_and_blanks(column: str, field: str) -> None:
    assert plan(column) == ({field: (column,)} if field else {})


@given(st.sampled_from([(field, name) for field, names in COLUMNS_BY_FIELD.items() for name in names]))
def test_every_known_name_leads_to_its_field(known: tuple[str, str]) -> None:
    field, name = known
    assert plan(name) == {field: (name,)}


def test_no_name_means_two_things() -> None:
    names = [name for names in (*COLUMNS_BY_FIELD.values(), *COLUMNS_BY_ROLE.values()) for name in names]
    assert len(names) == len(set(names))


def test_several_columns_for_one_field_stand_in_order_of_preference() -> None:
    assert plan("name", "id", "title", "sku")["title"] == ("title", "name")
    assert plan("name", "id", "title", "product_code")["product_code"] == ("product_code", "id")


def test_picture_columns_keep_their_order_and_may_be_numbered() -> None:
    found = plan_columns(["图片2", "详情图", "主图1", "主图 2", "image_3", "价格"], fields={}, pictures={})
    assert found.pictures == (
        ("图片2", "main"),
        ("详情图", "detail"),
        ("主图1", "main"),
        ("主图 2", "main"),
        ("image_3", "main"),
    )


def test_the_mapping_goes_before_known_names() -> None:
    assert plan("title", "headline", fields={"title": ("headline",)})["title"] == ("headline",)
    assert plan("title", fields={"shop": ("title",)}) == {"shop": ("title",)}
    found = plan_columns(["主图", "pic_a"], fields={}, pictures={"pic_a": "detail"})
    assert found.pictures == (("pic_a", "detail"),)


def test_a_missing_column_is_named_with_what_there_is_and_the_nearest() -> None:
    with pytest.raises(MappingError) as caught:
        require_columns(["商品标提"], ["编号", "商品标题", "价格"], file="x.csv")
    for part in ("x.csv", "'商品标提'", "编号, 商品标题, 价格", "Nearest: '商品标题'"):
        assert part in caught.value.message
    assert "'商品标提'" in caught.value.message_zh
    assert caught.value.facts["nearest"] == "商品标题"


def test_picture_columns_with_strange_names_are_guessed_from_their_values() -> None:
    rows = [{"a": "x", "b": "pics/1.JPG", "c": "https://e.com/2.webp?x=1", "d": "data:image/png;base64,AA", "e": 5}]
    assert set(guess_picture_columns(rows)) == {"b", "c", "d"}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["主图"], True), (["title", "url"], True), (["商品名称", "商品编号"], True),
        (["query_id", "text", "relevant"], False), (["name", "version"], False), (["file", "sha256", "path"], False),
    ],
)  # fmt: skip
def test_tables_of_listings_are_told_from_others(columns: list[str], *, expected: bool) -> None:
    assert is_listing_like(plan_columns(columns, fields={}, pictures={})) is expected
