"""The name of a text: a vector belongs to what a title says, not to the listing that bears it."""

from __future__ import annotations

import hashlib


def text_sha256(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8 without the white space around it, as 64 lower-case hexadecimal digits.

    Lone surrogates, as crawled text may hold, count as the three bytes that UTF-8 would give them.
    """
    return hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest()
