"""Write listings as JSON Lines: the whole record of one listing per line, verbatim, UTF-8."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jianwei.export.json_values import listing_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jianwei.export.columns import ExportRow
    from jianwei.export.options import ExportOptions


def write_json_lines(path: Path, rows: Iterable[ExportRow], options: ExportOptions) -> int:
    """Write one `ListingJson` per line, hits with rank, score and matched_words; return how many there were."""
    count = 0
    with path.open("wb") as file:
        for row in rows:
            value: dict[str, object] = {**listing_json(row.view)}
            if options.with_hits:
                value = {"rank": row.rank, "score": row.score, "matched_words": list(row.matched_words), **value}
            # File names that are not text come as lone surrogates: valid JSON as \udc80, invalid as UTF-8.
            file.write(json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace"))
            file.write(b"\n")
            count += 1
    return count
