"""Style sheets and scripts, served from memory under one hash of them all, so that a browser keeps them for ever.

One hash for all files, as a folder in the path: modules import each other by relative names and need no rewriting.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from importlib.resources import files

_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, as it is and compressed."""

    kind: str
    data: bytes
    gzipped: bytes


class Assets:
    """All files of `static/`."""

    def __init__(self) -> None:
        self._files: dict[str, Asset] = {}
        digest = hashlib.sha256()
        for entry in sorted(files("jianwei.web").joinpath("static").iterdir(), key=lambda item: item.name):
            suffix = "." + entry.name.rpartition(".")[2]
            if suffix in _KINDS:
                data = entry.read_bytes()
                digest.update(entry.name.encode() + b"\0" + data)
                self._files[entry.name] = Asset(_KINDS[suffix], data, gzip.compress(data, 9, mtime=0))
        self.version = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        """Return the path of a file.

        Raises:
            KeyError: there is none of this name: a mistake in a template.
        """
        return f"/static/{self.version}/{self._files[name] and name}"

    def get(self, version: str, name: str) -> Asset | None:
        """Return a file; None for another version, which a page from before an update may ask for."""
        return self._files.get(name) if version == self.version else None
