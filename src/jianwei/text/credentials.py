"""Hides the user name and password that may stand in a URL, wherever a URL is shown, logged or recorded.

Left out: keys in the query of a URL. Nobody knows which of its values are keys, and without them the picture that it
names cannot be read again.
"""

from __future__ import annotations

import re

_USER_AND_PASSWORD = re.compile(r"(?<=://)[^/?#\s]*@")
"""Up to the last @ before the path: a password that was not percent-encoded may hold one itself (RFC 3986, 3.2.1)."""


def without_credentials(text: str) -> str:
    """Return a URL, or a text with URLs in it, with `***@` in place of each user name and password."""
    return _USER_AND_PASSWORD.sub("***@", text)
