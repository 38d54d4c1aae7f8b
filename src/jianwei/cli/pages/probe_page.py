"""The page of a probe: each illegal type beside its prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.marked_text import printable
from jianwei.cli.pages.wording import QUIET

if TYPE_CHECKING:
    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.training.probe import ProbeReport

_TITLE = Both(
    "Illegal types in {space}, measured on listings that were not learnt from",
    "{space} 中的违法类型（在未参与训练的商品上衡量）",
)
_HEADINGS = (
    Both("Type", "类型"),
    Both("Known", "案例数"),
    Both("Prior", "先验"),
    Both("Average precision", "平均精确率"),
    Both("Precision", "精确率"),
    Both("Recall", "召回率"),
)
_LEFT_OUT = Both("Too few cases to measure: {names}", "案例过少，未衡量：{names}")


def probe_page(space: str, report: ProbeReport, session: Session) -> RenderableType:
    """Return the page."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in _HEADINGS:
        table.add_column(session.say(heading))
    for score in report.types:
        shares = (score.prior, score.average_precision, score.precision, score.recall)
        table.add_row(printable(score.label), str(score.known), *(f"{share:.3f}" for share in shares))
    parts: list[RenderableType] = [Text(session.say(_TITLE, space=space), style="bold"), table]
    if report.left_out:
        names = printable(", ".join(report.left_out))
        parts.append(Text(session.say(_LEFT_OUT, names=names), style=QUIET))
    return Group(*parts)
