"""Whether a sentence that a law requires stands in a text, a few wrongly read characters allowed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import regex

from jianwei.risk.patterns import TIMEOUT_S, matches
from jianwei.risk.plain_view import joined, plain, tight

if TYPE_CHECKING:
    from jianwei.risk.patterns import SlowPattern
    from jianwei.risk.rules import Statement


def has_statement(statement: Statement, text: str, slow: SlowPattern) -> bool:
    """Tell whether a tight text holds a statement: by pattern, or one of its texts with at most `edits` errors.

    Line ends and punctuation inside a text do not count.
    """
    if any(matches(pattern, text, slow) for pattern in statement.patterns):
        return True
    letters = _letters(joined(text))
    for wanted in statement.texts:
        try:
            if _fuzzy(_letters(joined(tight(plain(wanted)))), statement.edits).search(letters, timeout=TIMEOUT_S * 4):
                return True
        except TimeoutError:
            slow.note(wanted)
    return False


@lru_cache(maxsize=256)
def _fuzzy(text: str, edits: int) -> regex.Pattern[str]:
    escaped = regex.escape(text, special_only=True)
    return regex.compile(f"(?:{escaped}){{e<={edits}}}" if edits else escaped)


def _letters(text: str) -> str:
    return "".join([sign for sign in text if sign.isalnum()])
