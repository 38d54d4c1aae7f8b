"""What could not be used, grouped by reason: where, and why."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.failure_reasons import reason_in_chinese
from jianwei.cli.pages.marked_text import Paragraph, indented, printable
from jianwei.cli.pages.wording import QUIET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.records import Failure

_REASON = Both("{reason}: {count}", "{reason}：{count} 项")
_MORE = Both("… and {count} more", "……另有 {count} 项")

_SHOWN_PER_REASON = 3


def failure_list(failures: Sequence[Failure], session: Session) -> RenderableType:
    """Return the failures, the most frequent reason first, a few of each."""
    by_reason: dict[str, list[Failure]] = defaultdict(list)
    for failure in failures:
        by_reason[failure.reason].append(failure)
    parts: list[RenderableType] = []
    for reason, group in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        named = reason_in_chinese(reason) if session.language == "zh" else reason
        parts.append(Text(session.say(_REASON, reason=named, count=len(group)), style="bold"))
        for failure in group[:_SHOWN_PER_REASON]:
            message = failure.message_zh if session.language == "zh" else failure.message
            parts.append(indented(Text(printable(failure.location), overflow="fold"), 2))
            parts.append(indented(Paragraph(message, style=QUIET), 4))
        if len(group) > _SHOWN_PER_REASON:
            more = session.say(_MORE, count=len(group) - _SHOWN_PER_REASON)
            parts.append(indented(Text(more, style=QUIET), 2))
    return Padding(Group(*parts), (1, 0))
