"""What kind of place a picture location is: file, archive member, data URI or URL.

Pure string work, so that sources and fetching agree on one grammar. Leaves out whether anything is there.
"""

from __future__ import annotations

import re
from typing import Literal

LocationKind = Literal["file", "member", "data", "url"]

ARCHIVE_SUFFIXES = (
    ".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tbz",
)  # fmt: skip

_SUFFIX_CHOICE = "|".join(re.escape(suffix) for suffix in ARCHIVE_SUFFIXES)
_MEMBER = re.compile(rf"(?P<archive>.+?(?:{_SUFFIX_CHOICE}))!/(?P<member>.+)", re.IGNORECASE | re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def kind_of(location: str) -> LocationKind:
    """Return the kind of `location`. Any `scheme://` counts as a URL; fetching refuses those it cannot take."""
    if location[:5].lower() == "data:":
        return "data"
    if _SCHEME.match(location):
        return "url"
    return "member" if _MEMBER.fullmatch(location) else "file"


def is_archive_name(name: str) -> bool:
    """Return whether a file of this name is read as an archive."""
    return name.lower().endswith(ARCHIVE_SUFFIXES)


def split_member(location: str) -> tuple[str, str]:
    """Return (archive path, member name) of a `member` location, split at the first archive suffix with `!/`.

    Raises:
        ValueError: it is of another kind.
    """
    match = _MEMBER.fullmatch(location)
    if match is None:
        raise ValueError(location)
    return match["archive"], match["member"]


def join_member(archive: str, member: str) -> str:
    """Return the location of a member; the inverse of `split_member`."""
    return f"{archive}!/{member}"


def normal_member(name: str) -> str | None:
    """Return a member name with forward slashes and no `.` parts; None for one that climbs out of its archive."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    climbs = ".." in parts or not parts or "\0" in name
    return None if climbs else "/".join(parts)
