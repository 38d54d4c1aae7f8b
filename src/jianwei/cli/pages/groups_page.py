"""The pages of groups: families of one picture, one family, seller clusters, and what is kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.excerpts import place_name
from jianwei.cli.pages.marked_text import indented, printable
from jianwei.cli.pages.wording import ACCENT, QUIET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.library.group_views import FamilySummary, GroupsReport, Growth, PictureFamily
    from jianwei.ports.groups import KeptApart, LinkKind, LinkReason, SellerCluster, SellerLink

_NO_FAMILIES = Both("No picture is on more than one listing yet.", "目前没有在多条商品中出现的图片。")
_NO_CLUSTERS = Both("No shops are linked with each other.", "没有发现相互关联的店铺。")
_NO_DECISIONS = Both("Nothing is kept apart.", "没有人工分开的记录。")
_PICTURE = Both("Picture", "图片")
_FILES = Both("Files", "文件数")
_LISTINGS = Both("Listings", "商品数")
_SHOPS = Both("Shops", "店铺数")
_SHOWN = Both(
    "{shown} of {total} families, those of most shops first. One of them: jianwei groups show {example}",
    "显示 {shown} 组，共 {total} 组，按店铺数排列。查看其中一组：jianwei groups show {example}",
)
_FAMILY = Both(
    "{pictures} picture {pictures:file|files} · {listings} {listings:listing|listings} · {shops} {shops:shop|shops}",
    "{pictures} 个图片文件 · {listings} 条商品 · {shops} 家店铺",
)
_LARGEST = Both("largest: {name}, {width} × {height} px", "最大的一张：{name}，{width} × {height} 像素")
_MEMBERS = Both("Pictures", "图片")
_BITS = Both("{distance} of 256 bits", "相差 {distance}/256 位")
_ON = Both("on {ids}", "用于 {ids}")
_MORE = Both("{shown} and {count} more", "{shown} 等，另有 {count} 个")
_SELLERS = Both("Sellers", "卖家")
_GROWTH = Both("Captured", "采集时间")
_GROWN = Both("{day}  +{added}  {total} in all", "{day}  +{added}  累计 {total}")
_UNKNOWN_DAY = Both("time unknown", "时间不详")
_CLUSTER = Both("Cluster {number}: {count} shops", "第 {number} 组：{count} 家店铺")
_LINK = Both(
    "{first} – {second}: {reasons} (strength {strength:.1f})", "{first} — {second}：{reasons}（强度 {strength:.1f}）"
)
_REASONS: dict[LinkKind, Both] = {
    "pictures": Both("shares {count} {count:picture|pictures} ({values})", "共用 {count} 张图片（{values}）"),
    "contact": Both("shares {count} {count:contact|contacts} ({values})", "共用 {count} 个联系方式（{values}）"),
    "phrase": Both("shares {count} {count:phrase|phrases} ({values})", "共用 {count} 句文案（{values}）"),
}
_AND = Both(" and ", "和")
_UPDATED = Both(
    "{pictures} {pictures:picture|pictures}, {new} of them new; {changed} changed family. "
    "{shops} {shops:shop|shops}, {clusters} {clusters:cluster|clusters}.",
    "{pictures} 张图片，其中 {new} 张为新增；{changed} 张的分组有变化。{shops} 家店铺，{clusters} 个店群。",
)
_UP_TO_DATE = Both("Groups are up to date.", "分组已是最新。")
_APART = Both("{first} and {second} are kept apart.", "{first} 与 {second} 已分开。")
_TOGETHER = Both("{first} and {second} may be together again.", "{first} 与 {second} 可再次归为一组。")
_WAS_NOT_APART = Both("{first} and {second} were not kept apart.", "{first} 与 {second} 本来就没有被分开。")
_BECAUSE = Both(" Reason: {reason}", "理由：{reason}")

_HASH_CHARACTERS = 12
_MOST_IDS = 5
_MOST_DAYS = 12


def families_page(families: Sequence[FamilySummary], total: int, session: Session) -> RenderableType:
    """Return the list of families."""
    if not families:
        return Text(session.say(_NO_FAMILIES))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(session.say(_PICTURE), overflow="fold")
    for heading in (_SHOPS, _LISTINGS, _FILES):
        table.add_column(session.say(heading), justify="right")
    for family in families:
        picture = family.representative
        name = Text(picture.facts.sha256[:_HASH_CHARACTERS], style=ACCENT)
        name.append(f"  {printable(place_name(picture.location))}", style="default")
        table.add_row(name, str(family.shops), str(family.listings), str(family.pictures))
    example = families[0].representative.facts.sha256[:_HASH_CHARACTERS]
    foot = session.say(_SHOWN, shown=len(families), total=total, example=example)
    return Group(table, Text(""), Text(foot, style=QUIET, overflow="fold"))


def family_page(family: PictureFamily, session: Session) -> RenderableType:
    """Return one family: its pictures, sellers, and how it grew."""
    facts = family.representative.facts
    head = session.say(_FAMILY, pictures=len(family.members), listings=len(family.listings), shops=len(family.shops))
    name = printable(place_name(family.representative.location))
    largest = session.say(_LARGEST, name=name, width=facts.width_px, height=facts.height_px)
    parts: list[RenderableType] = [Text(head, style="bold"), Text(largest, style=ACCENT)]
    parts += [Text(""), Text(session.say(_MEMBERS), style="bold")]
    for member in family.members:
        ids = _first([listing.listing_id for listing in member.listings], session)
        line = [
            member.picture.facts.sha256[:_HASH_CHARACTERS],
            session.say(_BITS, distance=member.distance),
            place_name(member.picture.location),
            session.say(_ON, ids=ids),
        ]
        parts.append(indented(Text(printable(" · ".join(line))), 2))
    if family.shops:
        parts += [Text(""), Text(session.say(_SELLERS), style="bold")]
        parts += [indented(Text(printable(f"{count:>4}  {shop}")), 2) for shop, count in family.shops]
    parts += growth_lines(family.growth, session)
    return Group(*parts)


def growth_lines(growth: Sequence[Growth], session: Session) -> list[RenderableType]:
    """Return when the listings of a group were captured, the latest days where there are many."""
    lines: list[RenderableType] = [Text(""), Text(session.say(_GROWTH), style="bold")]
    for item in growth[-_MOST_DAYS:]:
        day = session.say(_UNKNOWN_DAY) if item.day is None else item.day.isoformat()
        lines.append(indented(Text(session.say(_GROWN, day=day, added=item.added, total=item.total)), 2))
    return lines


def clusters_page(
    clusters: Sequence[SellerCluster], session: Session, contact_kinds: Mapping[str, Both]
) -> RenderableType:
    """Return seller clusters with the links that hold them together; `contact_kinds` is what kinds are called."""
    if not clusters:
        return Text(session.say(_NO_CLUSTERS))
    return Group(*(part for cluster in clusters for part in cluster_lines(cluster, session, contact_kinds)))


def cluster_lines(cluster: SellerCluster, session: Session, contact_kinds: Mapping[str, Both]) -> list[RenderableType]:
    """Return one cluster: its shops, then why they are together."""
    head = session.say(_CLUSTER, number=cluster.cluster_no, count=len(cluster.shops))
    lines: list[RenderableType] = [Text(head, style="bold")]
    lines += [indented(Text(printable(str(shop)), style=ACCENT), 2) for shop in cluster.shops]
    for link in cluster.links:
        lines.append(indented(Text(printable(_link_text(link, session, contact_kinds)), style=QUIET), 2))
    return [*lines, Text("")]


def decisions_page(decisions: Sequence[KeptApart], session: Session) -> RenderableType:
    """Return what reviewers keep apart."""
    if not decisions:
        return Text(session.say(_NO_DECISIONS))
    return Group(*(Text(printable(apart_text(item, session))) for item in decisions))


def apart_text(decision: KeptApart, session: Session) -> str:
    """Return one decision as a sentence."""
    text = session.say(_APART, first=_short(decision, decision.first), second=_short(decision, decision.second))
    return text + (session.say(_BECAUSE, reason=decision.reason) if decision.reason else "")


def together_text(first: str, second: str, session: Session, *, was_apart: bool) -> str:
    """Return what taking a decision back did."""
    return session.say(_TOGETHER if was_apart else _WAS_NOT_APART, first=first, second=second)


def update_text(report: GroupsReport, session: Session) -> str:
    """Return what bringing groups up to date did."""
    families, sellers = report.families, report.sellers
    if families is None and sellers is None:
        return session.say(_UP_TO_DATE)
    return session.say(
        _UPDATED,
        pictures="–" if families is None else families.pictures,
        new=0 if families is None else families.new,
        changed=0 if families is None else families.changed,
        shops=0 if sellers is None else sellers.shops,
        clusters=0 if sellers is None else sellers.clusters,
    )


def _link_text(link: SellerLink, session: Session, contact_kinds: Mapping[str, Both]) -> str:
    reasons = session.say(_AND).join(_reason_text(reason, session, contact_kinds) for reason in link.reasons)
    return session.say(_LINK, first=link.first, second=link.second, reasons=reasons, strength=link.strength)


def _reason_text(reason: LinkReason, session: Session, contact_kinds: Mapping[str, Both]) -> str:
    values = reason.values
    if reason.kind == "pictures":
        values = tuple(value[:_HASH_CHARACTERS] for value in values)
    if reason.kind == "contact":
        kinds = ((value.partition(" ")[0], value) for value in values)
        values = tuple(
            value.replace(kind, session.say(contact_kinds[kind]), 1) if kind in contact_kinds else value
            for kind, value in kinds
        )
    more = " …" if reason.count > len(values) else ""
    return session.say(_REASONS[reason.kind], count=reason.count, values=", ".join(values) + more)


def _short(decision: KeptApart, name: str) -> str:
    return name[:_HASH_CHARACTERS] if decision.kind == "picture" else name


def _first(names: Sequence[str], session: Session) -> str:
    shown = ", ".join(names[:_MOST_IDS])
    return session.say(_MORE, shown=shown, count=len(names) - _MOST_IDS) if len(names) > _MOST_IDS else shown
