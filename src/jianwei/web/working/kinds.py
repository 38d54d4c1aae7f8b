"""The kinds of background work, one table: what each is called and what it does with the library."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, cast

from jianwei.bilingual import Both

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jianwei.ingest.asking_run import AskingProgress
    from jianwei.ingest.report import EmbedProgress, IngestProgress
    from jianwei.library import Library

    Tell = Callable[[Mapping[str, object]], None]

_FAILURES_SHOWN = 200
"""Failures that the report of a job tells one by one; a page of more is read by nobody."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of work. `run` gets the library, what to do, and a function to tell progress to; returns a report.

    Progress has `done`, `total` (0 where it cannot be told), `failures`, `remaining_s` (or None) for every kind.
    """

    name: str
    title: Both
    run: Callable[[Library, Mapping[str, object], Tell], Mapping[str, object]]


def _ingest(library: Library, spec: Mapping[str, object], tell: Tell) -> Mapping[str, object]:
    from jianwei.export.json_values import ingest_json

    def on_progress(now: IngestProgress) -> None:
        tell(
            {
                "done": now.listings_done,
                "total": now.listings_total or 0,
                "pictures_done": now.pictures_done,
                "pictures_waiting": now.pictures_waiting,
                "pictures_per_s": round(now.pictures_per_s, 2),
                "failures": now.failures,
                "remaining_s": None if now.remaining_s is None else round(now.remaining_s),
                **({} if now.to_screen is None else {"screened": now.screened, "to_screen": now.to_screen}),
            }
        )

    report = library.ingest(
        str(spec["source"]),
        platform=str(spec["platform"]) if spec.get("platform") else None,
        mapping=str(spec["mapping"]) if spec.get("mapping") else None,
        retry_failed=bool(spec.get("retry_failed")),
        progress=on_progress,
    )
    told = ingest_json(report)
    return {**told, "failures": told["failures"][:_FAILURES_SHOWN], "failures_total": len(report.failures)}


def _embed(library: Library, spec: Mapping[str, object], tell: Tell) -> Mapping[str, object]:
    from jianwei.export.json_values import embed_json

    def on_progress(now: EmbedProgress) -> None:
        left = now.remaining_s
        tell({**asdict(now), "remaining_s": None if left is None else round(left)})

    models = cast("list[str]", spec.get("models") or [])
    return cast("Mapping[str, object]", embed_json(library.embed(models, progress=on_progress), ()))


def _screen(library: Library, spec: Mapping[str, object], tell: Tell) -> Mapping[str, object]:
    everything = bool(spec.get("everything"))
    total, begun_s = library.risk.waiting(everything=everything), time.monotonic()

    def on_progress(done: int) -> None:
        left_s = (time.monotonic() - begun_s) * max(total - done, 0) / done
        tell({"done": done, "total": total, "failures": 0, "remaining_s": round(left_s)})

    return asdict(library.risk.screen(everything=everything, progress=on_progress))


def _caption(library: Library, spec: Mapping[str, object], tell: Tell) -> Mapping[str, object]:
    from jianwei.export.json_captions import caption_report_json

    def on_progress(now: AskingProgress) -> None:
        left = now.remaining_s
        tell({**asdict(now), "remaining_s": None if left is None else round(left)})

    limit = spec.get("limit")
    report = library.captions.make(limit=limit if isinstance(limit, int) else None, progress=on_progress)
    shown = replace(report, failures=report.failures[:_FAILURES_SHOWN])
    return {**caption_report_json(shown), "failures_total": len(report.failures)}


def _sweep(library: Library, spec: Mapping[str, object], tell: Tell) -> Mapping[str, object]:
    from jianwei.web.working.sweeping import sweep_into

    return sweep_into(library, spec, tell)


def _evidence(library: Library, spec: Mapping[str, object], tell: Tell) -> Mapping[str, object]:
    from jianwei.web.working.packing import pack_into

    return pack_into(library, spec, tell)


KINDS: dict[str, JobKind] = {
    kind.name: kind
    for kind in (
        JobKind("ingest", Both("Ingest", "入库"), _ingest),
        JobKind("embed", Both("Make vectors", "生成向量"), _embed),
        JobKind("screen", Both("Screen", "筛查"), _screen),
        JobKind("caption", Both("Describe pictures", "生成图片描述"), _caption),
        JobKind("sweep", Both("Sweep", "批量检索"), _sweep),
        JobKind("evidence", Both("Evidence", "证据包"), _evidence),
    )
}
