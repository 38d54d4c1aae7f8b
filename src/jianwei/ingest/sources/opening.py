"""Opens whatever a user points at as a source of listings, and checks it against the mapping first."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from jianwei.bilingual import Both
from jianwei.errors import MappingError, SourceError
from jianwei.ingest.fetching.locations import is_archive_name
from jianwei.ingest.sources.building import ListingBuilder
from jianwei.ingest.sources.columns import guess_picture_columns, plan_columns, require_columns
from jianwei.ingest.sources.layouts import open_layout
from jianwei.ingest.sources.listing_ids import check_pattern
from jianwei.ingest.sources.mapping import SourceMapping, load_mapping
from jianwei.ingest.sources.muge import PICTURES_FILE, MugeSplits
from jianwei.ingest.sources.picture_folder import PictureFolder, is_picture
from jianwei.ingest.sources.picture_places import PicturePlaces
from jianwei.ingest.sources.raw import RawRecord
from jianwei.ingest.sources.source import RecordSource, Source
from jianwei.ingest.sources.tables import TABLE_SUFFIXES, is_table, open_tables
from jianwei.ingest.sources.trees import ArchiveTree, FileTree, FolderTree
from jianwei.ingest.sources.xlsx_rows import XlsxRows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwei.ingest.sources.mapping import Layout
    from jianwei.ingest.sources.raw import RawSource

_ROWS_LOOKED_AT = 20


def open_source(
    location: str | Path,
    *,
    mapping: SourceMapping | Mapping[str, object] | str | Path | None = None,
    platform: str | None = None,
) -> Source:
    """Open a folder, archive, table, product file or picture as a source of listings.

    `mapping` is a file (YAML, JSON), a dict of its keys, or a checked mapping; `platform` names the platform of all
    listings and goes before what the source says.

    Raises:
        SourceError: there is nothing there, or it is of no kind that can be read.
        MappingError: the mapping is wrong, or it names a column that is not there.
    """
    checked = load_mapping(mapping)
    path = Path(os.path.abspath(location))  # noqa: PTH100  # Path.resolve would follow links out of the folder given
    if not os.path.exists(path):  # noqa: PTH110  # Path.exists raises over a name that is too long for any file
        raise _missing(str(location), path)
    tree, layout, raw = _open(path, checked)
    if layout in ("table", "products"):
        checked = _fitted(raw, checked, file=path.name)
    places = PicturePlaces(tree, base=checked.pictures_base, allow_outside=checked.allow_outside)
    builder = ListingBuilder(checked, places, platform=platform or "")
    return RecordSource(path, raw, builder, picture_root=places.border)


def _open(path: Path, mapping: SourceMapping) -> tuple[FileTree, Layout, RawSource]:
    if path.is_dir() or is_archive_name(path.name):
        tree: FileTree = FolderTree(path) if path.is_dir() else ArchiveTree(path)
        return tree, *open_layout(tree, mapping)
    tree = FolderTree(path.parent)
    if PICTURES_FILE.fullmatch(path.name) and mapping.layout in ("auto", "muge"):
        return tree, "muge", MugeSplits(tree, [path.name], texts_as_title=mapping.texts_as_title)
    if is_table(path.name):
        return tree, "table", open_tables(tree, [path.name], mapping)
    if is_picture(path.name):
        only = PictureFolder(tree, file_names_as_title=mapping.file_names_as_title, only=path.name)
        return tree, "pictures", only
    raise SourceError(
        f"{path.name} is of no kind that can be read. Allowed: a folder, a zip or tar archive, a picture, or a table "
        f"({', '.join(TABLE_SUFFIXES)}). Save old .xls sheets as .xlsx.",
        zh=f"无法读取 {path.name} 这种文件。"
        f"支持：文件夹、zip 或 tar 压缩包、图片、表格（{'、'.join(TABLE_SUFFIXES)}）。"
        "旧的 .xls 请另存为 .xlsx。",
        path=str(path),
    )


def _fitted(raw: RawSource, mapping: SourceMapping, *, file: str) -> SourceMapping:
    """Return the mapping with guessed picture columns, after checking that its columns are in the first records.

    Raises:
        SourceError: nothing stands below the header of a sheet, and the workbook has others.
        MappingError: a column of the mapping is missing, or no column is known and none is mapped.
    """
    sample = [record.values for record in islice(raw.rows(), _ROWS_LOOKED_AT) if isinstance(record, RawRecord)]
    if not sample:
        sheets = _of_other_sheets(raw)
        if sheets.en and next(raw.rows(), None) is None:
            raise _of_the_wrong_sheet(sheets, file)
        return mapping  # a table may be empty, and of what is broken reading tells how
    columns = list(dict.fromkeys(column for values in sample for column in values))
    for alternatives in mapping.fields.values():
        # Of several columns for one field, which make up for each other, one is enough.
        if not any(name in columns for name in alternatives):
            require_columns(alternatives, columns, file=file)
    require_columns(mapping.pictures_columns, columns, file=file)
    check_pattern(mapping.id_pattern, columns, file=file)
    plan = plan_columns(columns, fields=mapping.fields, pictures=mapping.pictures_columns)
    if not plan.pictures:
        used = {column for chosen in plan.fields.values() for column in chosen}
        guessed = {name: role for name, role in guess_picture_columns(sample).items() if name not in used}
        mapping = replace(mapping, pictures_columns=guessed)
    identified = any(plan.fields[name] for name in ("title", "url", "product_code", "listing_id"))
    if not (identified or plan.pictures or mapping.pictures_columns):
        sheets, inner = _of_other_sheets(raw), _of_inner_records(sample)
        raise MappingError(
            f"{file} has no column with a title, code, URL or pictures that is known by name. Its columns: "
            f"{', '.join(columns)}. Name the right ones in a mapping, or with `header_row` the row they stand in."
            f"{inner.en}{sheets.en}",
            zh=f"{file} 中没有可识别的标题、编号、链接或图片列。已有的列：{'、'.join(columns)}。请在映射文件中指明，"
            f"或用 `header_row` 指明列名所在的行。{inner.zh}{sheets.zh}",
            file=file,
        )
    return mapping


def _of_the_wrong_sheet(sheets: Both, file: str) -> SourceError:
    return SourceError(
        f"The sheet of {file} that is read has no listings: nothing stands below its header.{sheets.en}",
        zh=f"{file} 中所读取的工作表没有商品：表头之下没有内容。{sheets.zh}",
        file=file,
    )


def _of_inner_records(sample: Sequence[Mapping[str, object]]) -> Both:
    """Return where in an answer of an API (`{"data": {"list": […]}}`) its records stand; empty for others."""
    paths = [path for values in sample[:1] for path in _lists_of_objects(values)]
    if not paths:
        return Both("", "")
    path = paths[0]
    return Both(
        f" Its records seem to stand in {path!r}: write that list to a file of its own, for example with jq .{path}",
        f" 记录似乎在 {path!r} 中：请把该列表单独存成文件，例如 jq .{path}",
    )


def _lists_of_objects(values: Mapping[str, object]) -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from (f"{name}.{inner}" for inner in _lists_of_objects(value))
        elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            yield name


def _of_other_sheets(raw: RawSource) -> Both:
    """Return where else in a workbook listings may stand; empty where nowhere."""
    names = raw.other_sheets() if isinstance(raw, XlsxRows) else []
    if not names:
        return Both("", "")
    return Both(
        f" It has other sheets: {', '.join(names)}; the key `sheet` of a mapping chooses one.",
        f"其他工作表：{'、'.join(names)}；可用映射文件的 `sheet` 指定。",
    )


def _missing(location: str, path: Path) -> SourceError:
    if "://" in location:
        return SourceError(
            f"{location} is a URL. Download it first and point at the file.",
            zh=f"{location} 是网址。请先下载，再指向本地文件。",
            path=location,
        )
    siblings: list[str] = []
    with suppress(OSError):  # the folder is missing too, or may not be looked into
        siblings = sorted(entry.name for entry in path.parent.iterdir())
    near = get_close_matches(path.name, siblings, n=1)
    return SourceError(
        f"There is no file or folder {location}." + (f" Nearest in its folder: {near[0]!r}." if near else ""),
        zh=f"没有文件或文件夹 {location}。" + (f"同一文件夹中最接近的是 {near[0]!r}。" if near else ""),
        path=location,
    )
