"""Evidence of many listings as a job: a package of each in one file, which is kept for download.

A package takes about a second. A file of evidence is whole or not there: a job that is stopped leaves none, and one
whose server was killed begins anew.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jianwei.errors import NotFoundError
from jianwei.export.columns import ExportRow
from jianwei.export.evidence.several import write_evidence_list
from jianwei.export.suspicion import with_verdicts
from jianwei.export.uploaded_places import picture_place_teller
from jianwei.web.working.results import make_room

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jianwei.errors import Language
    from jianwei.library import Library


def packing_spec(
    rows: Sequence[ExportRow], *, asked: str, made_by: str, language: Language, max_pixels: int
) -> dict[str, object]:
    """Return what a job is told: the listings as they were found, not how, since a search may find others later."""
    chosen = [
        {
            "id": row.view.listing.listing_id,
            "rank": row.rank,
            "score": row.score,
            "matched_words": list(row.matched_words),
        }
        for row in rows
    ]
    return {
        "listings": chosen,
        "asked": asked,
        "made_by": made_by,
        "language": language,
        "max_pixels": max_pixels,
    }


def pack_into(
    library: Library, spec: Mapping[str, object], tell: Callable[[Mapping[str, object]], None]
) -> Mapping[str, object]:
    """Write the evidence of `listings` into `result`; return the counts and the hash of its manifest.

    A listing that was deleted meanwhile is told as a failure.

    Raises:
        NotFoundError: all of them were.
        StorageFullError: the disk is full; there is no file.
    """
    result = Path(str(spec["result"]))
    make_room(result.parent)
    chosen = cast("list[dict[str, Any]]", spec["listings"])
    rows, failures = _rows(library, chosen)
    if not rows:
        raise NotFoundError("None of the chosen listings is in the library any more.", zh="所选商品均已不在库中。")
    begun_s = time.monotonic()
    language = cast("Language", spec["language"])

    def on_package(done: int) -> None:
        left_s = (time.monotonic() - begun_s) * (len(rows) - done) / done
        tell({"done": done, "total": len(rows), "failures": len(failures), "remaining_s": round(left_s)})

    made = write_evidence_list(
        library,
        list(with_verdicts(library, rows, language)),
        result,
        language=language,
        made_by=str(spec["made_by"]),
        asked=str(spec["asked"]),
        max_pixels=cast("int", spec["max_pixels"]),
        progress=on_package,
        tell=picture_place_teller(library),
    )
    return {
        "listings": made.listings,
        "size_bytes": result.stat().st_size,
        "manifest_sha256": made.manifest_sha256,
        "failures": failures,
        "failures_total": len(failures),
    }


def _rows(library: Library, chosen: Sequence[Mapping[str, Any]]) -> tuple[list[ExportRow], list[dict[str, str]]]:
    rows: list[ExportRow] = []
    failures: list[dict[str, str]] = []
    for item in chosen:
        try:
            view = library.show(item["id"])
        except NotFoundError as error:
            failures.append({"location": item["id"], "message": error.message, "message_zh": error.message_zh})
        else:
            rows.append(ExportRow(view, item["rank"], item["score"], tuple(item["matched_words"])))
    return rows, failures
