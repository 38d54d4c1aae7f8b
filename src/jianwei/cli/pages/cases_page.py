"""Pages of known violations: the list, what an import did, and the cases that a listing is like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.ingest_page import ingest_page
from jianwei.cli.pages.marked_text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.library.cases import CaseComparison, CaseImport
    from jianwei.records import Listing

_NONE = Both("No known violations yet: jianwei cases import FILE", "尚无已知案例：jianwei cases import 文件")
_SHOWN = Both("{count} of {total} cases", "共 {total} 个案例，显示 {count} 个")
_ADDED = Both("Cases added: {added} · cases in all: {total}", "新增案例 {added} 个，共 {total} 个")
_ORDINARY = Both(
    "No record says why it is a violation, so {count} new {count:listing|listings} came in as ordinary. A mapping "
    "names the column, field illegal_type: docs/sources.md.",
    "没有记录注明违法类型，{count} 个新商品已作为普通商品入库。请用映射文件指定 illegal_type 对应的列，"
    "见 docs/sources.zh.md。",
)
_UNLIKE = Both("No known violation is like this listing.", "没有与该商品相似的已知案例。")
_PROPOSED = Both("Like cases propose (suspected):", "相似案例提示（疑似）：")
_VOTE = Both("{name}  {strength:.2f} from {cases}", "{name}  {strength:.2f}，依据 {cases} 个案例")
_HEADS = (Both("Case", "案例"), Both("Title", "标题"), Both("Type", "违法类型"), Both("Basis", "依据"))
_RELEVANCE = Both("Likeness", "相似度")


def cases_page(cases: Sequence[Listing], total: int, session: Session) -> RenderableType:
    """Return the list of cases."""
    if not cases:
        return Text(session.say(_NONE))
    table = _table(session)
    for listing in cases:
        table.add_row(*_cells(listing))
    return Group(table, Text(session.say(_SHOWN, count=len(cases), total=total)))


def import_page(done: CaseImport, session: Session) -> RenderableType:
    """Return what an import of cases did."""
    page = ingest_page(done.report, session, retries=False)
    lines = [session.say(_ADDED, added=done.cases_added, total=done.cases)]
    if not done.cases_added and done.report.listings_new:
        lines.append(session.say(_ORDINARY, count=done.report.listings_new))
    return Group(page, *map(Text, lines))


def comparison_page(comparison: CaseComparison, session: Session) -> RenderableType:
    """Return the cases that a listing is like, and what they propose."""
    if not comparison.hits:
        return Text(session.say(_UNLIKE))
    table = _table(session)
    table.add_column(session.say(_RELEVANCE), justify="right")
    for hit in comparison.hits:
        table.add_row(*_cells(hit.listing), f"{hit.relevance:.2f}")
    parts: list[RenderableType] = [table]
    if comparison.votes:
        parts.append(Text(session.say(_PROPOSED)))
        parts += [
            Text("  " + session.say(_VOTE, name=printable(vote.illegal_type), strength=vote.strength, cases=vote.cases))
            for vote in comparison.votes
        ]
    return Group(*parts)


def _table(session: Session) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for head in _HEADS:
        table.add_column(session.say(head), overflow="fold")
    return table


def _cells(listing: Listing) -> tuple[Text, ...]:
    case = listing.case
    values = (listing.listing_id, listing.title, case.illegal_type if case else "", case.basis if case else "")
    return tuple(Text(printable(value)) for value in values)
