"""What the rules that listings were screened by did not do, in one line each for whoever waits for the findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.bilingual import Both
from jianwei.cli.session import write_error_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jianwei.cli.session import Session
    from jianwei.risk.rules import Rulebook

_LEFT_OUT = Both(
    "{count} {count:mistake|mistakes} in rule files {count:is|are} left out (JIANWEI_BROKEN_RULES=skip): what stands "
    "there is not looked for. See: jianwei rules check",
    "规则文件有 {count} 处错误，已跳过（JIANWEI_BROKEN_RULES=skip），相应规则不会生效。查看：jianwei rules check",
)
_SLOW = Both("Patterns too slow and broken off: {patterns}", "以下正则表达式耗时过长，已中止：{patterns}")


def tell_left_out(book: Rulebook, session: Session) -> None:
    """Say on standard error how much of the rules is left out for mistakes; nothing where all is in order."""
    if book.problems:
        write_error_line(session.say(_LEFT_OUT, count=len(book.problems)))


def tell_slow(patterns: Iterable[str], session: Session) -> None:
    """Say on standard error which patterns were broken off; nothing where none was."""
    if names := sorted(patterns):
        write_error_line(session.say(_SLOW, patterns=" ".join(names)))
