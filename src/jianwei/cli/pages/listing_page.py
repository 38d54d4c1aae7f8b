"""The page of one listing: its fields, why it is a case, its pictures with the text read in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.marked_text import indented, printable
from jianwei.cli.pages.wording import ACCENT, QUIET, ROLES, price_text, size_text, time_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.export.marked_pictures import MarkedPictures
    from jianwei.library.views import ListingView, PictureView
    from jianwei.records import CaseRecord, Listing

_LABELS = {
    "listing_id": Both("Id", "编号"),
    "platform": Both("Platform", "平台"),
    "product_code": Both("Product code", "平台商品码"),
    "price": Both("Price", "价格"),
    "shop": Both("Shop", "店铺"),
    "category": Both("Category", "类目"),
    "url": Both("URL", "链接"),
    "captured_at": Both("Captured", "采集时间"),
}
_CASE = Both("Known case", "已知案例")
_CASE_LABELS = {
    "illegal_type": Both("Type", "违法类型"),
    "keywords": Both("Keywords", "关键词"),
    "basis": Both("Basis", "依据"),
    "description": Both("Description", "描述"),
}
_INTRO = Both("Intro", "介绍")
_SPEC = Both("Spec", "规格")
_PICTURES = Both("Pictures ({count})", "图片（{count}）")
_CODE = Both("QR code:", "二维码：")
_NOT_READ = Both("not read yet", "尚未识别")
_NO_TEXT = Both("no text", "没有文字")
_MARKED = Both("{count} marked pictures in {folder}", "已将 {count} 张标注图片写入 {folder}")
_GONE = Both("Cannot be read any more: {places}", "原图已无法读取：{places}")


def listing_page(view: ListingView, session: Session, *, opinion: RenderableType | None = None) -> RenderableType:
    """Return all that is known of a listing; `opinion` is what a model makes of it."""
    listing = view.listing
    parts: list[RenderableType] = [
        Text(printable(listing.title), style="bold"),
        _pairs((session.say(_LABELS[name]), value) for name, value in _fields(listing)),
    ]
    if listing.case is not None:
        parts.append(_block(session.say(_CASE), _case(listing.case, session), style="bold yellow"))
    for heading, pairs in ((_INTRO, listing.intro), (_SPEC, listing.spec)):
        if pairs:
            parts.append(_block(session.say(heading), _pairs(pairs)))
    if opinion is not None:
        parts += [Text(""), opinion]
    heading_text = session.say(_PICTURES, count=len(view.pictures))
    parts.append(_block(heading_text, Group(*(_picture(picture, session) for picture in view.pictures))))
    return Group(*parts)


def marked_page(marked: MarkedPictures, session: Session) -> RenderableType:
    """Return what `--marked` wrote and what it could not."""
    lines = [Text(session.say(_MARKED, count=len(marked.files), folder=marked.folder), overflow="fold")]
    if marked.gone:
        lines.append(Text(session.say(_GONE, places=", ".join(marked.gone)), style="yellow", overflow="fold"))
    return Group(*lines)


def _fields(listing: Listing) -> list[tuple[str, str]]:
    values = {
        "listing_id": listing.listing_id,
        "platform": listing.platform,
        "product_code": listing.product_code,
        "price": price_text(listing.price),
        "shop": listing.shop,
        "category": listing.category,
        "url": listing.url,
        "captured_at": time_text(listing.captured_at),
    }
    return [(name, value) for name, value in values.items() if value]


def _case(case: CaseRecord, session: Session) -> RenderableType:
    values = {
        "illegal_type": case.illegal_type,
        "keywords": " · ".join(case.keywords),
        "basis": case.basis,
        "description": case.description,
    }
    return _pairs((session.say(_CASE_LABELS[name]), value) for name, value in values.items() if value)


def _picture(view: PictureView, session: Session) -> RenderableType:
    facts = view.picture.facts
    size = f"{facts.width_px} × {facts.height_px} px · {facts.format} · {size_text(facts.size_bytes)}"
    head = Text(f"{session.say(ROLES[view.role])} {view.position + 1} · {size}")
    place = Text(printable(view.picture.location), style=ACCENT, overflow="fold")
    lines: list[RenderableType] = [head, place, Text(facts.sha256, style=QUIET, overflow="fold")]
    if not view.lines:
        lines.append(Text("  " + session.say(_NO_TEXT if view.read else _NOT_READ), style=QUIET))
    lines.extend(indented(Text(printable(line.text)), 2) for line in view.lines)
    for code in view.codes:
        text = Text(f"{session.say(_CODE)} {printable(code.content)}", style=ACCENT, overflow="fold")
        lines.append(indented(text, 2))
    return Padding(Group(*lines), (0, 0, 1, 0))


def _pairs(pairs: Iterable[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style=QUIET)
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(Text(printable(name)), Text(printable(value)))
    return table


def _block(heading: str, body: RenderableType, *, style: str = "bold") -> RenderableType:
    return Group(Text(""), Text(heading, style=style), indented(body, 2))
