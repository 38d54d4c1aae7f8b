"""How stored files are named, in a folder and in an object store alike: a tool that copies folders can move them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwei.ports.files import FileKind

FOLDERS: dict[FileKind, str] = {"thumbnail": "thumbnails", "original": "originals"}

_HASH = re.compile(r"[0-9a-f]{64}")


def relative_path(kind: FileKind, sha256: str) -> str:
    """Return the path below the root: spread over 256 folders by the first byte of the hash."""
    return f"{FOLDERS[kind]}/{sha256[:2]}/{sha256}"


def is_hash(name: str) -> bool:
    """Tell whether a file is one of ours: others may have left something beside."""
    return _HASH.fullmatch(name) is not None
