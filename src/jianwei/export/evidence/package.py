"""Writes an evidence package: a zip with originals, marked pictures, text, findings, log, manifest, and a PDF report.

Format: `docs/evidence.md`. The manifest lists every other file with its SHA-256; the hash of the manifest itself is the
one number to note elsewhere, since whoever can change a package could also write a new manifest.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jianwei.export.aside_file import written_aside
from jianwei.export.evidence.contents import findings_document, gather, listing_document
from jianwei.export.evidence.members import Members, json_bytes
from jianwei.export.evidence.report import report_pdf
from jianwei.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from jianwei.errors import Language
    from jianwei.export.evidence.contents import EvidenceContents
    from jianwei.export.uploaded_places import TellPlace
    from jianwei.library import Library

FORMAT = "jianwei-evidence-1"
REPORT = "report.pdf"


@dataclass(frozen=True, slots=True)
class EvidencePackage:
    """A package that was written. `manifest_sha256` is the number to note elsewhere; `gone` are originals not in it."""

    file: Path
    manifest_sha256: str
    files: int
    gone: tuple[str, ...]


def write_evidence(
    library: Library,
    listing_id: str,
    file: Path,
    *,
    language: Language = "zh",
    made_by: str = "",
    max_pixels: int = 200_000_000,
    tell: TellPlace | None = None,
) -> EvidencePackage:
    """Write the evidence package of a listing, its report in a language; the file appears when it is whole.

    `tell` tells where pictures lie; left out, whole places but for those of uploads.

    Raises:
        NotFoundError: there is no such listing.
        SettingsError: the file cannot be written.
        StorageFullError: the disk is full.
    """
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    contents = gather(library, listing_id, max_pixels=max_pixels, tell=tell)
    book = library.risk.screener.book
    tool = f"jianwei {__version__}"
    parts = _parts(contents, dict(contents.view.source))
    parts[REPORT] = report_pdf(contents, book, language=language, made_at=made_at, tool=tool, made_by=made_by)
    derived = {f"marked/{picture.stem}.png": f"originals/{picture.file_name}" for picture in contents.pictures}
    with written_aside(file) as aside, zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as archive:
        members = Members(archive, made_at)
        for name, data in parts.items():
            members.add(name, data, **({"derived_from": derived[name]} if name in derived else {}))
        members.add_log(_log(contents, made_at=made_at, made_by=made_by))
        manifest = _manifest(contents, members.files, made_at=made_at, tool=tool, made_by=made_by)
        digest = members.seal({**manifest, "report_language": language})
    gone = tuple(picture.view.picture.location for picture in contents.pictures if picture.data is None)
    return EvidencePackage(file, digest, len(members.files) + 2, gone)


def _parts(contents: EvidenceContents, source: Mapping[str, object]) -> dict[str, bytes]:
    parts = {
        "listing.json": json_bytes(listing_document(contents)),
        "findings.json": json_bytes(findings_document(contents)),
        "source.json": json_bytes(source),
    }
    for picture in contents.pictures:
        if picture.data is not None:
            parts[f"originals/{picture.file_name}"] = picture.data
        if picture.marked is not None:
            parts[f"marked/{picture.stem}.png"] = picture.marked
    return parts


def _log(contents: EvidenceContents, *, made_at: str, made_by: str) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = [
        {"at": made_at, "by": made_by, "what": "package begun", "listing_id": contents.view.listing.listing_id}
    ]
    entries += [
        {
            "at": review.decided_at.isoformat(),
            "by": review.reviewer,
            "what": f"decision {review.decision}",
            "category": review.category,
            "reason": review.reason,
        }
        for review in contents.history
    ]
    entries += [
        {"at": made_at, "what": "original not available", "location": picture.view.picture.location}
        for picture in contents.pictures
        if picture.data is None
    ]
    return entries


def _manifest(
    contents: EvidenceContents, files: Sequence[Mapping[str, Any]], *, made_at: str, tool: str, made_by: str
) -> dict[str, Any]:
    listing = contents.view.listing
    return {
        "format": FORMAT,
        "notice": "A lead (suspected), not a finding of illegality. 线索（疑似），不构成违法认定。",
        "made_at": made_at,
        "made_by": made_by,
        "tool": tool,
        "rulebook_version": contents.rulebook_version,
        "listing_id": listing.listing_id,
        "platform": listing.platform,
        "shop": listing.shop,
        "url": listing.url,
        "captured_at": None if listing.captured_at is None else listing.captured_at.isoformat(),
        "files": files,
        "missing_originals": [
            {
                "location": picture.view.picture.location,
                "sha256": picture.view.picture.facts.sha256,
                "problem": picture.problem.say("en"),
                "problem_zh": picture.problem.say("zh"),
            }
            for picture in contents.pictures
            if picture.problem is not None
        ],
    }
