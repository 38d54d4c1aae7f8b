"""Whether any of some characters stands in a text, asked of every text and mostly answered with no.

A set would make an object of each character of the text first, which takes ten times as long as a search does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_LAST_NEAR = "\uffff"
"""A search looks up characters up to here in one step; further ones (most emoji) one after the other."""


class CharacterSearch:
    """Looks for any of some characters."""

    def __init__(self, characters: Collection[str]) -> None:
        near = "".join(sorted(sign for sign in characters if sign <= _LAST_NEAR))
        self._near = re.compile(f"[{re.escape(near)}]") if near else None
        self._far = frozenset(sign for sign in characters if sign > _LAST_NEAR)

    def is_in(self, text: str) -> bool:
        """Tell whether one of the characters stands in a text."""
        if self._near is not None and self._near.search(text) is not None:
            return True
        return bool(self._far) and _reaches_far(text) and not self._far.isdisjoint(text)


def _reaches_far(text: str) -> bool:
    """Tell whether a text holds characters beyond those that take two bytes in UTF-16."""
    return not text.isascii() and len(text.encode("utf-16-le", "surrogatepass")) > 2 * len(text)
