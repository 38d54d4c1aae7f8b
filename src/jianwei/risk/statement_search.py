"""Whether a sentence that a law requires stands in a text, a few wrongly read characters allowed."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import regex

from jianwei.risk.patterns.bounded import TIMEOUT_S, matches
from jianwei.risk.views.plain_view import joined, plain, tight

if TYPE_CHECKING:
    from jianwei.risk.patterns.bounded import SlowPattern
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
            pieces, pattern = _fuzzy(wanted, statement.edits)
            # What is wrong in fewer places than it has pieces leaves one of them as it is.
            if any(piece in letters for piece in pieces) and pattern.search(letters, timeout=TIMEOUT_S * 4):
                return True
        except TimeoutError:
            slow.note(wanted)
    return False


@lru_cache(maxsize=256)
def _fuzzy(wanted: str, edits: int) -> tuple[tuple[str, ...], regex.Pattern[str]]:
    """Return the pieces of a text, one more than wrong characters are allowed, and what matches it with those."""
    text = _letters(joined(tight(plain(wanted))))
    escaped = regex.escape(text, special_only=True)
    bounds = [len(text) * part // (edits + 1) for part in range(edits + 2)]
    pieces = tuple([text[first:last] for first, last in pairwise(bounds)])
    return pieces, regex.compile(f"(?:{escaped}){{e<={edits}}}" if edits else escaped)


def _letters(text: str) -> str:
    return "".join([sign for sign in text if sign.isalnum()])
