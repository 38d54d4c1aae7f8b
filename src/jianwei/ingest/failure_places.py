"""Where a failure is recorded to be: a URL without what lets one in, a long data URI by its begin and hash.

Failures are shown, exported and kept, and what is cleared by a place later has to name it in the same way.
"""

from __future__ import annotations

from jianwei.ingest.fetching.locations import kind_of
from jianwei.text.credentials import without_credentials
from jianwei.text.fingerprint import text_sha256

_LONGEST_PLACE = 200
"""Characters of a data URI that is told whole: a picture in one is a page of letters, or a thousand pages."""


def failure_place(location: str) -> str:
    """Return the place under which a failure at a location is recorded."""
    if len(location) > _LONGEST_PLACE and kind_of(location) == "data":
        return f"{location[:60]}… ({len(location)} characters, SHA-256 {text_sha256(location)[:12]})"
    return without_credentials(location)
