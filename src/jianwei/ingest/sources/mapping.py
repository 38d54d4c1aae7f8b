"""How a source is to be read where the usual names and layouts do not fit: the mapping and the check of its keys.

`MAPPING_KEYS` is the reference: the documentation is tested against it. Leaves out reading the file
(`mapping_file.py`) and applying it.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date
from pathlib import Path
from typing import Literal, NoReturn, cast, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jianwei.errors import MappingError
from jianwei.ingest.fetching.refusals import shown
from jianwei.ingest.sources.known_columns import FIELD_NAMES
from jianwei.ingest.sources.mapping_file import read_mapping_file
from jianwei.ingest.sources.nearest import nearest_name
from jianwei.ingest.sources.picture_values import role_of
from jianwei.ingest.sources.prices import PriceRange
from jianwei.ingest.sources.times import parse_time
from jianwei.records import PictureRole

Layout = Literal["auto", "table", "pictures", "products", "muge"]
PriceUnit = Literal["yuan", "fen"]

CONSTANT_NAMES = ("platform", "shop", "category", "captured_at", "illegal_type", "illegal_basis", "illegal_description")


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """A checked mapping; the defaults are those of an empty file. `docs/sources.md` explains each key."""

    layout: Layout = "auto"
    table: str = ""
    sheet: str = ""
    header_row: int = 0
    encoding: str = ""
    delimiter: str = ""
    id_pattern: str = ""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    pictures_base: str = ""
    pictures_columns: Mapping[str, PictureRole] = field(default_factory=dict)
    pictures_separator: str = ""
    keywords_separator: str = ""
    price_range: PriceRange = "low"
    price_unit: PriceUnit = "yuan"
    time_zone: str = "Asia/Shanghai"
    texts_as_title: bool = False
    file_names_as_title: bool = False
    allow_outside: bool = False


class _RefusedValueError(Exception):
    """Why a value cannot be taken, before it is known where it stands."""

    def __init__(self, english: str, chinese: str, *, inside: str = "") -> None:
        super().__init__(english)
        self.english = english
        self.chinese = chinese
        self.inside = inside  # the key inside the value that is at fault


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise _RefusedValueError("must be text (put it in quotation marks)", "应为文本（请加引号）")
    return str(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _RefusedValueError("must be true or false", "应为 true 或 false")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _RefusedValueError("must be a whole number, 0 or more", "应为不小于 0 的整数")
    return value


def _choice(allowed: tuple[str, ...]) -> Callable[[object], str]:
    def choose(value: object) -> str:
        if value not in allowed:
            raise _RefusedValueError(f"must be one of {', '.join(allowed)}", f"只能是 {'、'.join(allowed)}")
        return str(value)

    return choose


def _encoding(value: object) -> str:
    try:
        return codecs.lookup(_text(value)).name
    except LookupError as error:
        raise _RefusedValueError(
            "is not a known encoding (utf-8, gb18030 …)", "不是已知的编码（utf-8、gb18030 等）"
        ) from error


def _delimiter(value: object) -> str:
    text = _text(value)
    if len(text) != 1:
        raise _RefusedValueError("must be one character", "应为一个字符")
    return text


def _zone(value: object) -> str:
    try:
        return ZoneInfo(_text(value)).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _RefusedValueError(
            "is not a known time zone (Asia/Shanghai …)", "不是已知的时区（Asia/Shanghai 等）"
        ) from error


def _columns_by_field(value: object) -> dict[str, tuple[str, ...]]:
    chosen = _named(value, FIELD_NAMES)
    return {
        name: tuple(map(_text, part)) if isinstance(part, list) else (_text(part),) for name, part in chosen.items()
    }


def _constants(value: object) -> dict[str, str]:
    checked: dict[str, str] = {}
    for name, part in _named(value, CONSTANT_NAMES).items():
        try:
            checked[name] = _moment(part) if name == "captured_at" else _text(part)
        except _RefusedValueError as refusal:
            raise _RefusedValueError(
                f"has a value of {name!r} that cannot be used: it {refusal.english}",
                f"中 {name!r} 的值不可用：{refusal.chinese}",
                inside=name,
            ) from refusal
    return checked


def _moment(value: object) -> str:
    text = value.isoformat() if isinstance(value, date) else _text(value)
    if parse_time(text, zone=UTC) is None:
        raise _RefusedValueError(
            f"must be a time such as 2024-05-01 12:00:00, or seconds since 1970; found {shown(text)!r}",
            f"应为时间，例如 2024-05-01 12:00:00 或 1970 年以来的秒数；实际为 {shown(text)!r}",
        )
    return text


def _roles_by_column(value: object) -> dict[str, PictureRole]:
    if isinstance(value, (str, list)):
        return {_text(column): "main" for column in ([value] if isinstance(value, str) else value)}
    roles = {str(column): role_of(str(role)) for column, role in _section(value).items()}
    if None in roles.values():
        raise _RefusedValueError(
            f"needs a role for each column: {', '.join(get_args(PictureRole))}",
            f"每列需要一个角色：{'、'.join(get_args(PictureRole))}",
        )
    return cast(dict[str, PictureRole], roles)


def _section(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise _RefusedValueError("must hold keys with values", "应由“键: 值”组成")
    return {str(name): part for name, part in value.items()}


def _named(value: object, allowed: tuple[str, ...]) -> Mapping[str, object]:
    section = _section(value)
    for name in section:
        if name not in allowed:
            nearest = nearest_name(name, allowed)
            raise _RefusedValueError(
                f"has no field {name!r}; nearest: {nearest!r}, all: {', '.join(allowed)}",
                f"中没有字段 {name!r}；最接近的是 {nearest!r}，全部：{'、'.join(allowed)}",
                inside=name,
            )
    return section


# dotted key → (attribute of SourceMapping, check). The order is that of the documentation.
_CHECKS: dict[str, tuple[str, Callable[[object], object]]] = {
    "layout": ("layout", _choice(get_args(Layout))),
    "table": ("table", _text),
    "sheet": ("sheet", _text),
    "header_row": ("header_row", _count),
    "encoding": ("encoding", _encoding),
    "delimiter": ("delimiter", _delimiter),
    "id": ("id_pattern", _text),
    "fields": ("fields", _columns_by_field),
    "constants": ("constants", _constants),
    "pictures.base": ("pictures_base", _text),
    "pictures.columns": ("pictures_columns", _roles_by_column),
    "pictures.separator": ("pictures_separator", _text),
    "keywords.separator": ("keywords_separator", _text),
    "price.range": ("price_range", _choice(get_args(PriceRange))),
    "price.unit": ("price_unit", _choice(get_args(PriceUnit))),
    "time_zone": ("time_zone", _zone),
    "texts_as_title": ("texts_as_title", _flag),
    "file_names_as_title": ("file_names_as_title", _flag),
    "allow_outside": ("allow_outside", _flag),
}

MAPPING_KEYS = tuple(_CHECKS)
_SECTIONS = tuple(dict.fromkeys(key.partition(".")[0] for key in MAPPING_KEYS if "." in key))


def load_mapping(mapping: SourceMapping | Mapping[str, object] | str | Path | None) -> SourceMapping:
    """Return the checked mapping from a file (YAML, JSON), a dict of its keys, or none at all.

    Raises:
        MappingError: the file cannot be read, a key is not known or its value cannot be taken; names key and line.
    """
    if mapping is None:
        return SourceMapping()
    if isinstance(mapping, SourceMapping):
        return mapping
    if isinstance(mapping, Mapping):
        return _checked(mapping, {}, "mapping")
    content, lines = read_mapping_file(Path(mapping))
    return _checked(content, lines, str(mapping))


def _checked(content: Mapping[str, object], lines: Mapping[str, int], origin: str) -> SourceMapping:
    changes: dict[str, object] = {}
    for key, value in _flattened(content, lines, origin).items():
        if key not in _CHECKS:
            nearest = nearest_name(key, MAPPING_KEYS)
            _refuse(
                _RefusedValueError(f"is not known; nearest: {nearest!r}", f"未知；最接近的是 {nearest!r}"),
                key,
                lines,
                origin,
            )
        attribute, check = _CHECKS[key]
        try:
            changes[attribute] = check(value)
        except _RefusedValueError as refusal:
            _refuse(refusal, key, lines, origin)
    return SourceMapping(**changes)  # type: ignore[arg-type]  # each value went through the check of its attribute


def _flattened(content: Mapping[str, object], lines: Mapping[str, int], origin: str) -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in content.items():
        if key in _SECTIONS:
            try:
                flat.update({f"{key}.{name}": part for name, part in _section(value).items()})
            except _RefusedValueError as refusal:
                _refuse(refusal, key, lines, origin)
        else:
            flat[str(key)] = value
    return flat


def _refuse(refusal: _RefusedValueError, key: str, lines: Mapping[str, int], origin: str) -> NoReturn:
    line = lines.get(f"{key}.{refusal.inside}", lines.get(key))
    where = f"{origin}:{line}" if line else origin
    raise MappingError(
        f"{where}: the key {key!r} {refusal.english}. The keys are described in docs/sources.md.",
        zh=f"{where}：键 {key!r} {refusal.chinese}。各键的说明见 docs/sources.zh.md。",
        key=key,
        line=line,
    )
