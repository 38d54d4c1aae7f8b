"""`jianwei cases list|import|near`: known violations, and which of them a listing is like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import OK, exit_code_of_ingest
from jianwei.cli.language import Both
from jianwei.cli.new_library import library_for
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesListOptions:
    """Which part of the list."""

    limit: Annotated[
        int,
        typer.Option("--limit", "-n", metavar="N"),
        Both("Cases to list, 1 to 1000.", "列出的案例数，1 到 1000。"),
    ] = 50
    offset: Annotated[
        int,
        typer.Option("--offset", metavar="N"),
        Both("Leave out the first N.", "跳过前 N 个。"),
    ] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesImportOptions:
    """Where the cases are."""

    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE"),
        Both("File or folder of listings that say why each is a violation.", "注明违法类型等信息的商品文件或文件夹。"),
    ]
    mapping: Annotated[
        str | None,
        typer.Option("--mapping", metavar="FILE"),
        Both("Which field of the source means what.", "数据字段的对应关系。"),
    ] = None
    platform: Annotated[
        str | None,
        typer.Option("--platform", metavar="NAME"),
        Both("Platform of listings that do not name one.", "未注明平台的商品所属的平台。"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesNearOptions:
    """Which listing to compare."""

    listing_id: Annotated[
        str,
        typer.Argument(metavar="LISTING_ID"),
        Both("The listing to compare with all cases.", "要与全部案例比对的商品编号。"),
    ]
    limit: Annotated[
        int,
        typer.Option("--limit", "-n", metavar="N"),
        Both("Cases to show.", "显示的案例数。"),
    ] = 10


def _run_list(options: CasesListOptions, session: Session) -> int:
    with session.open_library() as library:
        cases = library.cases.list(limit=options.limit, offset=options.offset)
        total = library.cases.count()
    if session.json:
        from jianwei.export.json_cases import cases_json

        write_json(cases_json(cases, total))
    else:
        from jianwei.cli.pages.cases_page import cases_page

        session.console().print(cases_page(cases, total, session))
    return OK


def _run_import(options: CasesImportOptions, session: Session) -> int:
    from jianwei.cli.progress import ingest_progress

    chosen = library_for(options.source, options.mapping, session, settings=session.settings())
    with chosen as library, ingest_progress(session) as show:
        done = library.cases.import_cases(
            options.source, mapping=options.mapping, platform=options.platform, progress=show
        )
    if session.json:
        from jianwei.export.json_values import ingest_json

        write_json({"cases_added": done.cases_added, "cases": done.cases, "ingest": ingest_json(done.report)})
    else:
        from jianwei.cli.pages.cases_page import import_page

        session.console().print(import_page(done, session))
    return exit_code_of_ingest(done.report)


def _run_near(options: CasesNearOptions, session: Session) -> int:
    with session.open_library() as library:
        comparison = library.cases.near(options.listing_id, limit=options.limit)
    if session.json:
        from jianwei.export.json_cases import comparison_json

        write_json(comparison_json(comparison))
    else:
        from jianwei.cli.pages.cases_page import comparison_page

        session.console().print(comparison_page(comparison, session))
    return OK


CASES_LIST = Command(
    details=Both("In the order of entry.", "按入库顺序列出。"),
    options=CasesListOptions,
    run=_run_list,
    examples=("jianwei cases list",),
)
CASES_IMPORT = Command(
    details=Both(
        "The same sources as ingest takes, with illegal type, keywords, basis and description of each listing; "
        "pictures are read and indexed like those of any listing.",
        "支持与 ingest 相同的数据来源，须含每个商品的违法类型、关键词、依据和说明；其图片同样会被识别和索引。",
    ),
    options=CasesImportOptions,
    run=_run_import,
    examples=("jianwei cases import cases.jsonl", "jianwei cases import cases.xlsx --mapping mapping.yaml"),
)
CASES_NEAR = Command(
    details=Both(
        "Compares pictures, words and meaning with all cases, and tells which types of violation the like ones "
        "propose. A likeness is a lead, never a finding of illegality.",
        "按图片、文字和含义与全部案例比对，并给出相似案例所提示的违法类型。相似仅为线索，不构成违法认定。",
    ),
    options=CasesNearOptions,
    run=_run_near,
    examples=("jianwei cases near 样例商城:1001",),
)
