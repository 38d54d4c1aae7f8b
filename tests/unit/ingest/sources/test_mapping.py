"""The mapping and its file."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import MappingError
from jianwei.ingest.sources import MAPPING_KEYS, SourceMapping, load_mapping

if TYPE_CHECKING:
    from pathlib import Path

FULL = """\
layout: table
table: 商品.csv
sheet: Sheet1
header_row: 2
encoding: GB18030
delimiter: ";"
id: "{platform}:{货号}"
fields:
  title: [标题, 名称]
  price: 到手价
constants:
  platform: 淘宝
pictures:
  base: images
  columns: {图A: main, 图B: 详情图}
  separator: "#"
keywords: {separator: "/"}
price: {range: high, unit: fen}
time_zone: UTC
texts_as_title: true
file_names_as_title: true
allow_outside: true
"""


def refused(mapping: object, tmp_path: Path | None = None, name: str = "m.yaml") -> MappingError:
    if tmp_path is not None:
        (tmp_path / name).write_text(str(mapping), encoding="utf-8")
        mapping = tmp_path / name
    with pytest.raises(MappingError) as caught:
        load_mapping(mapping)  # type: ignore[arg-type]
    return caught.value


def test_every_key_is_taken_from_yaml_json_and_dict_alike(tmp_path: Path) -> None:
    content = yaml.safe_load(FULL)
    (tmp_path / "m.yaml").write_text(FULL, encoding="utf-8")
    (tmp_path / "m.json").write_text(json.dumps(content, ensure_ascii=False, indent="\t"), encoding="utf-8-sig")
    loaded = load_mapping(tmp_path / "m.yaml")
    assert loaded == load_mapping(str(tmp_path / "m.json")) == load_mapping(content)
    assert loaded == SourceMapping(
        layout="table",
        table="商品.csv",
        sheet="Sheet1",
        header_row=2,
        encoding="gb18030",
        delimiter=";",
        id_pattern="{platform}:{货号}",
        fields={"title": ("标题", "名称"), "price": ("到手价",)},
        constants={"platform": "淘宝"},
        pictures_base="images",
        pictures_columns={"图A": "main", "图B": "detail"},
        pictures_separator="#",
        keywords_separator="/",
        price_range="high",
        price_unit="fen",
        time_zone="UTC",
        texts_as_title=True,
        file_names_as_title=True,
        allow_outside=True,
    )


def test_the_full_example_names_every_key() -> None:
    content = yaml.safe_load(FULL)
    flat = {key for key, value in content.items() if key not in {"pictures", "keywords", "price"}}
    flat |= {f"{key}.{name}" for key in ("pictures", "keywords", "price") for name in content[key]}
    assert flat == set(MAPPING_KEYS)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "{}"])
def test_an_empty_mapping_changes_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
    assert load_mapping(tmp_path / "m.yaml") == load_mapping(None) == SourceMapping()


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ("layout: table\nfeilds:\n  title: x\n", 2, ["'feilds'", "'fields'"]),
        ("pictures:\n  base: x\n  colums: {}\n", 3, ["'pictures.colums'", "'pictures.columns'"]),
        ("fields:\n  price: a\n  titel: x\n", 3, ["'titel'", "'title'"]),
        ("constants:\n  titel: x\n", 2, ["'titel'", "platform"]),
        ("\nlayout: tabel\n", 2, ["'layout'", "auto, table, pictures, products, muge"]),
        ("header_row: -1\n", 1, ["whole number"]),
        ("header_row: yes\n", 1, ["whole number"]),
        ("allow_outside: 1\n", 1, ["true or false"]),
        ("encoding: klingon\n", 1, ["encoding"]),
        ("delimiter: ab\n", 1, ["one character"]),
        ("time_zone: Asia/Peking\n", 1, ["time zone"]),
        ("sheet: [a]\n", 1, ["text"]),
        ("price: 5\n", 1, ["keys with values"]),
        ("fields: x\n", 1, ["keys with values"]),
        ("pictures:\n  columns: {图: 主题图}\n", 2, ["main, detail, sku, other"]),
        (
            "constants:\n  shop: x\n  captured_at: 昨天\n",
            3,
            ["'constants'", "'captured_at'", "2024-05-01", "found '昨天'"],
        ),
        ("constants:\n  captured_at: 2024-13-45\n", 2, ["'captured_at'", "found '2024-13-45'"]),
        ("constants:\n  shop: [a]\n", 2, ["'shop'", "must be text"]),
        ("table: a\nsheet: b\ntable: c\n", 3, ["second time", "line 1"]),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, parts: list[str]) -> None:
    error = refused(text, tmp_path)
    assert f"m.yaml:{line}" in error.message
    assert f"m.yaml:{line}" in error.message_zh
    for part in parts:
        assert part in error.message


@pytest.mark.parametrize(
    ("text", "line", "english", "chinese"),
    [
        ("table: a\nsheet: b: c\n", 2, "column 9, found ': c': a colon is not allowed", "第 9 列 YAML 有误"),
        ("fields:\n  title: [a, b\nsheet: x\n", 3, "in the list of line 2", "第 2 行的列表在此处应有逗号或 `]`"),
        ("fields:\n\ttitle: a\n", 2, "not by a tab", "不能用制表符"),
        ("table: '商品.csv\n", 2, "opened in line 1 is never closed", "第 1 行的引号没有闭合"),
        ("fields:\n  title: a\n price: b\n", 3, "a key is expected", "此处应为与上文左对齐的键"),
        ("table: @x\n", 1, "found '@x': no value begins with", "值不能以此字符开头"),
        ("table: a\x07b\n", 1, "control character", "不能有控制字符"),
        ("table: !x a\n", 1, "begins with `!`", "以 `!` 开头的值须加引号"),
    ],
)
def test_what_is_no_yaml_is_told_with_place_and_what_was_expected(
    tmp_path: Path, text: str, line: int, english: str, chinese: str
) -> None:
    error = refused(text, tmp_path)
    assert f"m.yaml:{line}: " in error.message
    assert f"m.yaml:{line}：" in error.message_zh
    assert english in error.message
    assert chinese in error.message_zh
    assert "expected key" not in error.message_zh


def test_what_is_no_json_is_told_with_its_place(tmp_path: Path) -> None:
    error = refused('{\n  "table": oops}', tmp_path, "m.json")
    assert "m.json:2: broken JSON at column 12: Expecting value, found 'oops}'" in error.message
    assert "m.json:2：第 12 列 JSON 有误：此处应为一个值" in error.message_zh


def test_a_constant_time_is_taken_with_and_without_quotation_marks(tmp_path: Path) -> None:
    for name, text in (("a.yaml", "2024-05-01"), ("b.yaml", '"2024-05-01"')):
        (tmp_path / name).write_text(f"constants: {{captured_at: {text}}}", encoding="utf-8")
        assert load_mapping(tmp_path / name).constants == {"captured_at": "2024-05-01"}


def test_a_mistake_in_json_is_named_with_its_line(tmp_path: Path) -> None:
    assert "m.json:3" in refused('{\n\t"table": "a",\n\t"feilds": {}\n}', tmp_path, "m.json").message


@pytest.mark.parametrize(
    ("text", "name"), [("a: [", "m.yaml"), ("{", "m.json"), ("- a\n- b\n", "m.yaml"), ("just words", "m.yaml")]
)
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str, name: str) -> None:
    assert name in refused(text, tmp_path, name).message


def test_a_missing_or_foreign_file_is_named(tmp_path: Path) -> None:
    assert "no.yaml" in refused(tmp_path / "no.yaml").message
    (tmp_path / "gbk.yaml").write_bytes("table: 商品.csv".encode("gbk"))
    assert "UTF-8" in refused(tmp_path / "gbk.yaml").message


@given(
    st.dictionaries(
        st.text(max_size=12), st.none() | st.text(max_size=5) | st.integers() | st.lists(st.text()), max_size=4
    )
)
def test_no_dict_breaks_the_check(content: dict[str, object]) -> None:
    with suppress(MappingError):
        assert isinstance(load_mapping(content), SourceMapping)
