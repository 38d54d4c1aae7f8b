"""What could not be used, grouped by reason: where, and why."""

from __future__ import annotations

from collections import Counter, defaultdict
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


def hides_some(failures: Sequence[Failure]) -> bool:
    """Return whether `failure_list` leaves some out."""
    return any(count > _SHOWN_PER_REASON for count in Counter(failure.reason for failure in failures).values())


def failure_list(failures: Sequence[Failure], session: Session, *, most: int = _SHOWN_PER_REASON) -> RenderableType:
    """Return the failures, the most frequent reason first, at most `most` of each."""
    by_reason: dict[str, list[Failure]] = defaultdict(list)
    for failure in failures:
        by_reason[failure.reason].append(failure)
    parts: list[RenderableType] = []
    for reason, group in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        named = reason_in_chinese(reason) if session.language == "zh" else reason
        parts.append(Text(session.say(_REASON, reason=named, count=len(group)), style="bold"))
        for failure in group[:most]:
            message = failure.message_zh if session.language == "zh" else failure.message
            parts.append(indented(Text(printable(failure.location), overflow="fold"), 2))
            parts.append(indented(Paragraph(message, style=QUIET), 4))
        if len(group) > most:
            more = session.say(_MORE, count=len(group) - most)
            parts.append(indented(Text(more, style=QUIET), 2))
    return Padding(Group(*parts), (1, 0))
