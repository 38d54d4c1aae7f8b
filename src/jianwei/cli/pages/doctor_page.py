"""The page of `doctor`: one line per check, and under it the command that turns on or repairs what needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.wording import ACCENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.library.diagnosis import Check

_STATUSES = {"ok": Both("ok", "正常"), "off": Both("off", "关闭"), "problem": Both("problem", "故障")}
_STYLES = {"ok": "green", "off": "yellow", "problem": "bold red"}
_HEADINGS = (Both("Check", "检查项"), Both("Status", "状态"), Both("Finding", "结果"))
_WELL = Both("Everything that is turned on works.", "已开启的功能均可正常使用。")
_BROKEN = Both("{count} of {total} checks found a problem.", "{total} 项检查中有 {count} 项存在故障。")


def doctor_page(checks: Sequence[Check], session: Session) -> RenderableType:
    """Return the table of checks and the verdict."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in _HEADINGS:
        table.add_column(session.say(heading), overflow="fold")
    for check in checks:
        status = Text(session.say(_STATUSES[check.status]), style=_STYLES[check.status])
        finding = Text(check.summary_zh if session.language == "zh" else check.summary)
        if check.command:
            finding.append(f"\n→ {check.command}", style=ACCENT)
        table.add_row(check.name, status, finding)
    broken = sum(check.status == "problem" for check in checks)
    verdict = session.say(_BROKEN, count=broken, total=len(checks)) if broken else session.say(_WELL)
    return Group(table, Text(""), Text(verdict, style="bold"))
