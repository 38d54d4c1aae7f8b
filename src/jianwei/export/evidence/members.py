"""How the files of evidence are written into a zip: each with its hash, then a chained log, then the manifest."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jianwei.export.evidence.chain import chained

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MANIFEST = "manifest.json"
MANIFEST_HASH = "manifest.sha256"
LOG = "log.jsonl"

_PACKED = (".zip", ".pdf", ".png")
"""Compressed already: deflating them again costs time and gains nothing."""


def json_bytes(value: Mapping[str, Any]) -> bytes:
    """Return an object as indented JSON."""
    # Half of an emoji, which a cut record may hold, cannot be written as UTF-8; as an escape it can.
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return text.encode("utf-8", "backslashreplace")


class Members:
    """The files of one zip, each noted with its hash as it is added. `made_at` is an ISO 8601 moment."""

    def __init__(self, archive: zipfile.ZipFile, made_at: str) -> None:
        self._archive = archive
        self._made_at = made_at
        self.files: list[dict[str, Any]] = []
        """What the manifest says of each."""

    def add(self, name: str, data: bytes, **facts: str) -> None:
        """Add a file; `facts` are noted beside its name, size and hash."""
        self._archive.writestr(_entry(name, self._made_at), data)
        self.files.append({"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), **facts})

    def add_log(self, entries: Sequence[Mapping[str, object]]) -> None:
        """Add the log: these entries, then one for each file that was added before."""
        added = [
            {"at": self._made_at, "what": "file added", "file": item["name"]}
            | {name: item[name] for name in ("bytes", "sha256")}
            for item in self.files
        ]
        lines = chained([*map(dict, entries), *added])
        text = "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines)
        self.add(LOG, text.encode())

    def seal(self, manifest: Mapping[str, Any]) -> str:
        """Add the manifest and its hash, and return that hash; nothing is added after it."""
        data = json_bytes(manifest)
        digest = hashlib.sha256(data).hexdigest()
        self._archive.writestr(_entry(MANIFEST, self._made_at), data)
        self._archive.writestr(_entry(MANIFEST_HASH, self._made_at), f"{digest}  {MANIFEST}\n")
        return digest


def _entry(name: str, made_at: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=datetime.fromisoformat(made_at).timetuple()[:6])
    packed = name.startswith(("originals/", "marked/")) or name.endswith(_PACKED)
    entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
