"""How a failure is recorded, and where it is said to be: a URL without what lets one in, a long data URI by its hash.

Failures are shown, exported and kept, and what is cleared by a place later has to name it in the same way.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jianwei.ingest.fetching.locations import kind_of
from jianwei.records import Failure
from jianwei.text.credentials import without_credentials
from jianwei.text.fingerprint import text_sha256

if TYPE_CHECKING:
    from jianwei.errors import JianweiError
    from jianwei.records import FailureStage

_LONGEST_PLACE = 200
"""Characters of a data URI that is told whole: a picture in one is a page of letters, or a thousand pages."""


def failure_place(location: str) -> str:
    """Return the place under which a failure at a location is recorded."""
    if len(location) > _LONGEST_PLACE and kind_of(location) == "data":
        return f"{location[:60]}… ({len(location)} characters, SHA-256 {text_sha256(location)[:12]})"
    return without_credentials(location)


def failure_of(
    error: JianweiError,
    stage: FailureStage,
    location: str,
    *,
    reason: str,
    listing_id: str = "",
    transient: bool = False,
) -> Failure:
    """Return the record of an error that was met just now at a location; `transient` where it may go away by itself."""
    return Failure(
        stage,
        failure_place(location),
        reason,
        error.message,
        error.message_zh,
        listing_id=listing_id,
        transient=transient,
        happened_at=datetime.now(UTC),
    )
