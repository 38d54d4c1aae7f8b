"""A sweep as a job: uploaded clues looked for one after the other, answered as a workbook that is kept for download."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from jianwei.errors import JianweiError
from jianwei.export.aside_file import written_aside
from jianwei.export.sweep_xlsx import SweepWorkbook
from jianwei.export.uploaded_places import place_teller
from jianwei.library.clues import read_clues
from jianwei.library.sweep import SweepOptions, sweep
from jianwei.runtime.interruption import InterruptionNotice
from jianwei.web.working.results import make_room

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jianwei.errors import Language
    from jianwei.library import Library

_MOST_TOLD = 200
"""Clues that could not be looked for which the report of a job names; the workbook names all."""


def sweep_into(
    library: Library, spec: Mapping[str, object], tell: Callable[[Mapping[str, object]], None]
) -> Mapping[str, object]:
    """Look for the clues of `source` and write what was found into `result`; return counts and what could not be asked.

    Stopped before its end, it writes what it has.

    Raises:
        SourceError: the clues cannot be read.
        StorageFullError: the disk is full.
    """
    clues = read_clues(Path(str(spec["source"])), confined_to=Path(str(spec["upload_folder"])))
    result = Path(str(spec["result"]))
    make_room(result.parent)
    options = SweepOptions(limit=cast("int", spec.get("limit") or 20))
    language = cast("Language", spec.get("language") or "en")
    tell_place = place_teller(library.path)
    failures: list[dict[str, str]] = []
    counts = {"clues": 0, "clues_found": 0, "hits": 0, "problems": 0}
    with closing(SweepWorkbook(language, lambda sha256: _thumbnail(library, sha256))) as book:
        with InterruptionNotice() as interruption:
            for swept in sweep(library, clues, options):
                told = replace(swept, problem=tell_place(swept.problem), problem_zh=tell_place(swept.problem_zh))
                book.add(told)
                if told.problem and len(failures) < _MOST_TOLD:
                    where = f"{told.place}:{told.row}"
                    failures.append({"location": where, "message": told.problem, "message_zh": told.problem_zh})
                counts["clues"] += 1
                counts["clues_found"] += bool(swept.hits)
                counts["hits"] += len(swept.hits)
                counts["problems"] += bool(swept.problem)
                tell(
                    {"done": counts["clues"], "total": len(clues), "failures": counts["problems"], "remaining_s": None}
                )
                if interruption.is_set:
                    break
        interrupted = counts["clues"] < len(clues)
        if interrupted:
            book.note_interruption()
        with written_aside(result) as aside:
            book.save(aside)
    return {**counts, "interrupted": interrupted, "failures": failures}


def _thumbnail(library: Library, sha256: str) -> bytes | None:
    try:
        return library.thumbnail(sha256)
    except JianweiError:
        return None  # its file is gone; the row still tells what was in it
