"""`jianwei ingest`: take listings and their pictures into a library."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path  # noqa: TC003  # the annotations are read at run time
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jianwei.cli.exit_codes import exit_code_of_ingest
from jianwei.cli.language import Both
from jianwei.cli.new_library import library_for
from jianwei.cli.rule_notices import tell_left_out
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session
    from jianwei.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestOptions:
    """What may be chosen about an ingest."""

    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE"),
        Both(
            "A folder of pictures, or a file of listings: JSONL, JSON, CSV, TSV, XLSX, Parquet.",
            "图片文件夹，或商品数据文件：JSONL、JSON、CSV、TSV、XLSX、Parquet。",
        ),
    ]
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="FILE"),
        Both(
            "File that says which field of the source means what; needed where the names are unusual.",
            "字段对应文件，说明数据中各字段的含义；字段名不常见时才需要。",
        ),
    ] = None
    platform: Annotated[
        str | None,
        typer.Option("--platform", metavar="NAME"),
        Both("Platform of listings that do not name one.", "数据中没有平台名时使用的平台名。"),
    ] = None
    limit: Annotated[
        int | None,
        typer.Option("--limit", metavar="N"),
        Both("Take the first N listings only.", "只处理前 N 条商品。"),
    ] = None
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N"),
        Both(
            "Pictures worked on at once. Left out: what suits this machine.", "同时处理的图片数。不填则按本机情况选择。"
        ),
    ] = None
    executor: Annotated[
        Literal["local", "ray"] | None,
        typer.Option("--executor"),
        Both(
            "Where pictures are read: local (this process) or ray (a cluster, see docs/scale.md). Left out: ray where "
            "JIANWEI_RAY_ADDRESS is set.",
            "在何处识别图片：local（本进程）或 ray（集群，见 docs/scale.md）。"
            "不填时，若设置了 JIANWEI_RAY_ADDRESS 则为 ray。",
        ),
    ] = None
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run"),
        Both("Read and check everything, write nothing.", "只读取和检查，不写入任何内容。"),
    ] = False
    retry_failed: Annotated[
        bool,
        typer.Option("--retry-failed"),
        Both("Try again what failed before.", "重试此前失败的内容。"),
    ] = False


def _run(options: IngestOptions, session: Session) -> int:
    from jianwei.cli.pages.ingest_page import ingest_page
    from jianwei.cli.progress import ingest_progress

    settings = _settings(options, session)
    with library_for(options.source, options.mapping, session, settings=settings, dry_run=options.dry_run) as library:
        with ingest_progress(session) as show:
            report = library.ingest(
                options.source,
                mapping=options.mapping,
                platform=options.platform,
                limit=options.limit,
                workers=options.workers,
                dry_run=options.dry_run,
                retry_failed=options.retry_failed,
                progress=show,
            )
        if session.json:
            from jianwei.export.json_values import ingest_json

            write_json(ingest_json(report))
        else:
            session.console().print(ingest_page(report, session))
        tell_left_out(library.risk.rulebook, session)
    return exit_code_of_ingest(report)


def _settings(options: IngestOptions, session: Session) -> Settings:
    settings = session.settings()
    if options.executor is None:
        return settings
    return replace(settings, ray_address=settings.ray_address or "local" if options.executor == "ray" else "")


INGEST = Command(
    details=Both(
        "Reads the text in every picture and makes all of it searchable. Ctrl-C stops it cleanly; the same "
        "command goes on "
        "where it stopped, and a second run over the same source does nothing.",
        "识别每张图片中的文字并建立检索。按 Ctrl-C 可随时停下，再次运行同一条命令会接着做；"
        "对同一来源重复运行不会重复处理。",
    ),
    options=IngestOptions,
    run=_run,
    examples=(
        "jianwei ingest listings.jsonl",
        "jianwei ingest pictures/ --platform jd --library ./cases",
        "jianwei ingest export.csv --mapping mapping.yaml --dry-run",
    ),
)
