"""Writes the evidence of several listings into one zip: the hits of a search, chosen ones, or all known cases.

Each listing keeps a package of its own inside, exactly as it would be written alone, so that one of them can be filed
and checked by itself; its report lies beside it too, to be read without unpacking. Format: `docs/evidence.md`.
"""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jianwei.export.aside_file import written_aside
from jianwei.export.csv_file import write_csv
from jianwei.export.evidence.file_names import evidence_file_name
from jianwei.export.evidence.members import Members
from jianwei.export.evidence.package import REPORT, write_evidence
from jianwei.export.options import ExportOptions
from jianwei.export.uploaded_places import place_teller, told_listing
from jianwei.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwei.errors import Language
    from jianwei.export.columns import ExportRow
    from jianwei.export.evidence.package import EvidencePackage
    from jianwei.export.uploaded_places import TellPlace
    from jianwei.library import Library

LIST_FORMAT = "jianwei-evidence-list-1"
LISTINGS = "listings.csv"


@dataclass(frozen=True, slots=True)
class EvidenceList:
    """A file that was written. `manifest_sha256` is the number to note elsewhere."""

    file: Path
    manifest_sha256: str
    listings: int


def write_evidence_list(  # noqa: PLR0913  # each by its name, and all but two may be left out
    library: Library,
    rows: Sequence[ExportRow],
    file: Path,
    *,
    language: Language = "zh",
    made_by: str = "",
    asked: str = "",
    max_pixels: int = 200_000_000,
    progress: Callable[[int], object] | None = None,
    tell: TellPlace | None = None,
) -> EvidenceList:
    """Write the evidence packages of some listings, in their order; the file appears when it is whole.

    `asked` says how they were chosen, such as the words of a search; `progress` is told how many are packed; `tell`
    tells where pictures lie, as in `write_evidence`.

    Raises:
        SettingsError: the file cannot be written.
        StorageFullError: the disk is full.
    """
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    head = {"made_at": made_at, "made_by": made_by, "asked": asked}
    with written_aside(file) as aside, zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as archive:
        members = Members(archive, made_at)
        with tempfile.TemporaryDirectory(prefix="jianwei-", dir=file.parent) as folder:
            one = Path(folder) / "one.zip"
            listed = []
            for number, row in enumerate(rows, start=1):
                package = write_evidence(
                    library,
                    row.view.listing.listing_id,
                    one,
                    language=language,
                    made_by=made_by,
                    max_pixels=max_pixels,
                    tell=tell,
                )
                listed.append(_add_package(members, number, row, package))
                if progress is not None:
                    progress(number)
            table = Path(folder) / LISTINGS
            tell_place = tell or place_teller(library.path)
            told = (replace(row, view=told_listing(row.view, tell_place)) for row in rows)
            write_csv(table, told, ExportOptions(with_hits=any(row.rank for row in rows)))
            members.add(LISTINGS, table.read_bytes())
        members.add_log([{"at": made_at, "by": made_by, "what": "list begun", "asked": asked}])
        digest = members.seal(
            {
                "format": LIST_FORMAT,
                "notice": "Leads (suspected), not findings of illegality. 线索（疑似），不构成违法认定。",
                **head,
                "tool": f"jianwei {__version__}",
                "listings": listed,
                "files": members.files,
            }
        )
    return EvidenceList(file, digest, len(listed))


def _add_package(members: Members, number: int, row: ExportRow, package: EvidencePackage) -> dict[str, Any]:
    """Add the package of one listing and its report; return what the manifest says of it."""
    listing_id = row.view.listing.listing_id
    name = f"{number:03}-{evidence_file_name(listing_id)}"
    with zipfile.ZipFile(package.file) as archive:
        report = archive.read(REPORT)
    members.add(f"packages/{name}", package.file.read_bytes())
    members.add(f"reports/{name.removesuffix('.zip')}.pdf", report)
    return {
        "listing_id": listing_id,
        "package": f"packages/{name}",
        "manifest_sha256": package.manifest_sha256,
        "missing_originals": list(package.gone),
    }
