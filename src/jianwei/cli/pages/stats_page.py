"""The page of a library's counts, and the table of its indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.marked_text import printable
from jianwei.cli.pages.wording import INDEXES, QUIET, VECTOR_KINDS, size_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.library.views import IndexState, LibraryStats

_LIBRARY = Both("Library {path}", "库 {path}")
_COUNTS = {
    "listings": Both("Listings", "商品"),
    "pictures": Both("Pictures", "图片"),
    "pictures_with_text": Both("Pictures with text", "有文字的图片"),
    "ocr_lines": Both("Lines of text", "文字行"),
    "captions": Both("Captions", "图片描述"),
    "cases": Both("Known cases", "已知案例"),
    "failures": Both("Failures", "失败"),
}
_VECTORS = Both("Vectors {space}", "向量 {space}")
_PLATFORMS = Both("Platforms", "平台")
_CATEGORIES = Both("Categories", "类目")
_SIZES = Both("Sizes", "占用空间")
_INDEX = Both("Index", "索引")
_STATUS = Both("Status", "状态")
_CHANGES = Both("Changes", "变更")
_SIZE = Both("Size", "大小")
_STATUSES = {
    "ready": Both("ready", "可用"),
    "behind": Both("behind, catches up with the next write", "落后，下次写入时补齐"),
    "missing": Both("missing, the next search rebuilds it", "缺失，下次检索时重建"),
    "unreachable": Both("its server does not answer", "索引服务器没有响应"),
    "rebuilt": Both("rebuilt", "已重建"),
}
_PARTS = {
    "catalog": Both("catalog", "目录数据"),
    "indexes": Both("indexes", "索引"),
    "thumbnails": Both("thumbnails", "缩略图"),
    "originals": Both("kept originals", "保存的原图"),
}
_UNNAMED = Both("(none)", "（无）")
_OTHERS = Both("… {count} more", "……另有 {count} 个")

_MOST_NAMES = 15  # a page of counts, not a catalogue


def stats_page(stats: LibraryStats, session: Session) -> RenderableType:
    """Return the counts over a library."""
    catalog = stats.catalog
    counts = {session.say(label): getattr(catalog, name) for name, label in _COUNTS.items()}
    counts |= {session.say(_VECTORS, space=space): count for space, count in catalog.vectors.items()}
    sizes = {session.say(_PARTS[name]) if name in _PARTS else name: size for name, size in stats.size_bytes.items()}
    parts: list[RenderableType] = [
        Text(session.say(_LIBRARY, path=session.library_path), style="bold", overflow="fold"),
        _numbers({name: f"{count:,}" for name, count in counts.items()}),
    ]
    for heading, names in ((_PLATFORMS, catalog.platforms), (_CATEGORIES, catalog.categories)):
        if names:
            parts += [Text(""), Text(session.say(heading), style="bold"), _largest(names, session)]
    parts += [Text(""), index_table(stats.indexes, session), Text("")]
    parts += [
        Text(session.say(_SIZES), style="bold"),
        _numbers({name: size_text(size) for name, size in sizes.items()}),
    ]
    return Group(*parts)


def index_table(states: Sequence[IndexState], session: Session) -> Table:
    """Return the state of indexes as a table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (_INDEX, _STATUS, _CHANGES, _SIZE):
        table.add_column(session.say(heading))
    for state in states:
        table.add_row(
            _index_name(state, session),
            session.say(_STATUSES[state.status]),
            f"{state.sequence:,}/{state.catalog_sequence:,}",
            size_text(state.size_bytes),
        )
    return table


def _index_name(state: IndexState, session: Session) -> Text:
    name = session.say(INDEXES[state.name])
    if state.vectors is not None:
        name = f"{name} {session.say(VECTOR_KINDS[state.vectors])} {printable(state.space)}"
    return Text(name, overflow="fold")


def _largest(names: Mapping[str, int], session: Session) -> RenderableType:
    ordered = sorted(names.items(), key=lambda item: (-item[1], item[0]))
    table = _numbers({name or session.say(_UNNAMED): f"{count:,}" for name, count in ordered[:_MOST_NAMES]})
    if len(ordered) <= _MOST_NAMES:
        return table
    return Group(table, Text("  " + session.say(_OTHERS, count=len(ordered) - _MOST_NAMES), style=QUIET))


def _numbers(values: Mapping[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    for name, value in values.items():
        table.add_row(Text("  " + printable(name)), value)
    return table
