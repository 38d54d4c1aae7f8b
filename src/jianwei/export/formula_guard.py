"""Keep text of listings from being run as a formula by the spreadsheet that opens an export.

A seller chooses titles, and a title like `=HYPERLINK(...)` would act on the reviewer's machine.

Source: OWASP, "CSV Injection": cells that begin with = + - @, tab or carriage return are evaluated.
"""

from __future__ import annotations

# Excel takes the full-width signs as the plain ones.
_TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def looks_like_formula(text: str) -> bool:
    """True when a spreadsheet may evaluate a cell with this text."""
    return text.startswith(_TRIGGERS)


def as_plain_text(text: str) -> str:
    """Return the text, with an apostrophe before it where a spreadsheet would evaluate it.

    The apostrophe is the spreadsheet's own sign for text; doing it twice adds a second one only to what still needs
    it, so the function changes nothing that it made safe.
    """
    return f"'{text}" if looks_like_formula(text) else text
