"""What the tests of sources share: writing small sources and reading them whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jianwei.ingest.sources import open_source
from jianwei.records import Failure, ListingRecord

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write(path: Path, content: str | bytes | object) -> Path:
    """Write text, bytes, or anything else as JSON; make the folders on the way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, (str, bytes)):
        content = json.dumps(content, ensure_ascii=False)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(
    path: Path, *, mapping: Mapping[str, object] | None = None, platform: str | None = None
) -> tuple[list[ListingRecord], list[Failure]]:
    """Return the listings and the failures of a source."""
    items = list(open_source(path, mapping=mapping, platform=platform))
    listings = [item for item in items if isinstance(item, ListingRecord)]
    return listings, [item for item in items if isinstance(item, Failure)]


def places(listing: ListingRecord, root: Path) -> list[str]:
    """Return the locations of a listing's pictures relative to `root`."""
    return [reference.location.removeprefix(f"{root}/") for reference in listing.pictures]
