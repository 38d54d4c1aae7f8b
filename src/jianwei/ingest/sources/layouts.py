"""Finds out what a folder or archive holds: a table of listings, product files, pictures, or a MUGE data set.

The rules, first match wins: the mapping's `layout`; `*_imgs.tsv` at the top; a table named `listings`; the only table
(or numbered parts of one) whose columns look like listings; JSON files that look like products; pictures; the only
table, whatever its columns.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from jianwei.errors import SourceError
from jianwei.ingest.fetching.locations import is_archive_name
from jianwei.ingest.sources.columns import is_listing_like, plan_columns
from jianwei.ingest.sources.muge import PICTURES_FILE, MugeSplits, split_names
from jianwei.ingest.sources.picture_folder import LISTING_FILE, PictureFolder, is_picture
from jianwei.ingest.sources.product_files import ProductFiles, product_names
from jianwei.ingest.sources.raw import RawRecord
from jianwei.ingest.sources.tables import are_shards, is_table, open_tables
from jianwei.ingest.sources.trees import ArchiveTree
from jianwei.records import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.ingest.sources.mapping import Layout, SourceMapping
    from jianwei.ingest.sources.raw import RawSource
    from jianwei.ingest.sources.trees import FileTree

_PRODUCTS_LOOKED_AT = 3
_FOLDERS_LOOKED_AT = 2000  # enough to meet each kind of file; a million folders are not walked twice for it


@dataclass(slots=True)
class _Contents:
    """What stands in a tree, as far as layouts are concerned."""

    tables: list[str] = field(default_factory=list)
    splits: bool = False
    pictures: bool = False
    products: bool = False
    suffixes: set[str] = field(default_factory=set)
    archives: list[str] = field(default_factory=list)


def open_layout(tree: FileTree, mapping: SourceMapping) -> tuple[Layout, RawSource]:
    """Return the layout of a tree and its records.

    Raises:
        SourceError: nothing in it can be read as listings, or several tables could be meant.
    """
    if mapping.layout != "auto":
        return mapping.layout, _open_as(mapping.layout, tree, mapping)
    contents = _look(tree)
    if mapping.table:
        layout: Layout = "table"
    elif contents.splits:
        layout = "muge"
    elif _listing_tables(tree, contents.tables, mapping):
        layout = "table"
    elif contents.products and (not contents.pictures or _are_products(tree, mapping)):
        layout = "products"
    elif contents.pictures:
        layout = "pictures"
    elif contents.tables:
        layout = "table"
    else:
        raise _nothing_found(tree, contents)
    return layout, _open_as(layout, tree, mapping)


def _open_as(layout: Layout, tree: FileTree, mapping: SourceMapping) -> RawSource:
    if layout == "table":
        return open_tables(tree, _chosen_tables(tree, mapping), mapping)
    if layout == "muge":
        return MugeSplits(tree, split_names(tree), texts_as_title=mapping.texts_as_title)
    if layout == "products":
        return ProductFiles(tree, encoding=mapping.encoding)
    return PictureFolder(tree, file_names_as_title=mapping.file_names_as_title)


def _look(tree: FileTree) -> _Contents:
    contents = _Contents()
    for folder in islice(tree.folders(), _FOLDERS_LOOKED_AT):
        if isinstance(folder, Failure):
            continue
        if not folder.name:
            contents.tables = [file for file in folder.files if is_table(file) and _is_table_here(file)]
            contents.splits = any(PICTURES_FILE.fullmatch(file) for file in folder.files)
        contents.pictures = contents.pictures or any(map(is_picture, folder.files)) or LISTING_FILE in folder.files
        contents.products = contents.products or bool(product_names(folder))
        contents.archives += [folder.member(file) for file in folder.files if is_archive_name(file)]
        contents.suffixes.update(PurePosixPath(file).suffix for file in folder.files)
    return contents


def _is_table_here(file: str) -> bool:
    """Return whether a file counts as a table beside others: JSON files may as well be products, one each."""
    return not file.lower().endswith(".json") or _is_named_listings(file)


def _is_named_listings(file: str) -> bool:
    return PurePosixPath(file).stem.lower() == "listings"


def _listing_tables(tree: FileTree, tables: Sequence[str], mapping: SourceMapping) -> list[str]:
    """Return the tables that are clearly the listings: by name, else by their columns.

    Raises:
        SourceError: several could be meant.
    """
    named = [file for file in tables if _is_named_listings(file)]
    fitting = named or [file for file in tables if _looks_like_listings(open_tables(tree, [file], mapping), mapping)]
    if len(fitting) > 1 and not are_shards(fitting):
        raise SourceError(
            f"{tree.root} holds several tables of listings: {', '.join(fitting)}. Name one with `table` in a mapping, "
            "or ingest them one by one.",
            zh=f"{tree.root} 中有多个商品表：{'、'.join(fitting)}。请在映射文件中用 `table` 指定，或逐个导入。",
            path=str(tree.root),
        )
    return fitting


def _chosen_tables(tree: FileTree, mapping: SourceMapping) -> list[str]:
    if mapping.table:
        return [mapping.table.replace("\\", "/")]
    tables = _look(tree).tables
    chosen = _listing_tables(tree, tables, mapping) or (tables if are_shards(tables) else [])
    if not chosen:
        shown = ", ".join(tables) or "none"
        raise SourceError(
            f"{tree.root} has no table that is clearly the listings (tables: {shown}). "
            "Name it with `table` in a mapping.",
            zh=f"{tree.root} 中无法确定哪个表是商品表（已有：{shown}）。请在映射文件中用 `table` 指定。",
            path=str(tree.root),
        )
    return chosen


def _are_products(tree: FileTree, mapping: SourceMapping) -> bool:
    return _looks_like_listings(ProductFiles(tree, encoding=mapping.encoding), mapping)


def _looks_like_listings(source: RawSource, mapping: SourceMapping) -> bool:
    sample = [raw for raw in islice(source.rows(), _PRODUCTS_LOOKED_AT) if isinstance(raw, RawRecord)]
    return any(
        is_listing_like(plan_columns(list(raw.values), fields=mapping.fields, pictures=mapping.pictures_columns))
        for raw in sample
    )


def _nothing_found(tree: FileTree, contents: _Contents) -> SourceError:
    if contents.archives:
        return _only_archives(tree, contents.archives)
    seen = ", ".join(sorted(contents.suffixes))
    return SourceError(
        f"{tree.root} holds neither pictures nor a table or product files (found: {seen or 'nothing'}). "
        "Point at the folder that holds them.",
        zh=f"{tree.root} 中没有图片，也没有商品表或商品 JSON（其中{f'有：{seen}' if seen else '没有可用的文件'}）。"
        "请指向它们所在的文件夹。",
        path=str(tree.root),
    )


def _only_archives(tree: FileTree, archives: Sequence[str]) -> SourceError:
    first, more = tree.location(archives[0]), len(archives) - 1
    if isinstance(tree, ArchiveTree):
        return SourceError(
            f"{tree.root} holds archives and nothing else that can be read, such as {archives[0]}. Unpack it once.",
            zh=f"{tree.root} 中只有压缩包（如 {archives[0]}），没有其他可读取的内容。请先解压一层。",
            path=str(tree.root),
        )
    return SourceError(
        f"{tree.root} holds archives and nothing else that can be read. Ingest each by itself: jianwei ingest "
        f"{shlex.quote(first)}" + (f" (and {more} more)." if more else "."),
        zh=f"{tree.root} 中只有压缩包，没有其他可读取的内容。请逐个导入：jianwei ingest {shlex.quote(first)}"
        + (f"（另有 {more} 个）。" if more else "。"),
        path=str(tree.root),
    )
