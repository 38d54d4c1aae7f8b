"""`jianwei search`: find listings by words, by a picture, or by both."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import OK, USAGE
from jianwei.cli.filter_options import FilterOptions, Names
from jianwei.cli.language import Both
from jianwei.cli.session import write_error_line, write_json
from jianwei.cli.specification import Command
from jianwei.errors import JianweiError

if TYPE_CHECKING:
    from jianwei.cli.query_lines import QueryDefaults
    from jianwei.cli.session import Session
    from jianwei.library import Library

_BROKEN_LINES = Both("{count} of {total} queries could not be answered.", "{total} 条查询中有 {count} 条未能执行。")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions(FilterOptions):
    """What may be asked of a search."""

    words: Annotated[
        Names,
        typer.Argument(metavar="WORDS"),
        Both(
            "What to look for in pictures and titles. Quotes for a phrase, AND OR NOT, title:… or ocr:… for one field.",
            "要在图片和标题中检索的文字。引号表示连续短语，可用 AND OR NOT，title:… 或 ocr:… 限定字段。",
        ),
    ] = field(default_factory=list)
    picture: Annotated[
        str | None,
        typer.Option("--picture", "-p", metavar="FILE"),
        Both(
            "Picture to look for, alone or with words; - reads it from standard input.",
            "按图检索，可与文字同用；- 表示从标准输入读取。",
        ),
    ] = None
    limit: Annotated[
        int,
        typer.Option("--limit", "-n", metavar="N"),
        Both("Hits on one page, 1 to 1000.", "每页条数，1 到 1000。"),
    ] = 20
    cursor: Annotated[
        str,
        typer.Option("--cursor", metavar="TEXT"),
        Both("Go on after a page, with the cursor it gave.", "接着上一页，值取自上一页给出的 cursor。"),
    ] = ""
    alpha: Annotated[
        float,
        typer.Option("--alpha", metavar="X"),
        Both("Weight of the picture against the words, 0 to 1.", "图片相对文字的权重，0 到 1。"),
    ] = 0.5
    queries: Annotated[
        Path | None,
        typer.Option("--queries", metavar="FILE"),
        Both(
            "Many queries from a JSONL file, answered in JSON, one line each; - reads standard input.",
            "从 JSONL 文件读取多条查询，逐行以 JSON 回答；- 表示从标准输入读取。",
        ),
    ] = None


def _run(options: SearchOptions, session: Session) -> int:
    if options.queries is not None:
        return _run_many(options, session, options.queries)
    filters = options.filters()
    with session.open_library() as library:
        result = library.search(
            " ".join(options.words),
            picture=read_picture_option(options.picture),
            filters=filters,
            limit=options.limit,
            cursor=options.cursor,
            alpha=options.alpha,
        )
    if session.json:
        from jianwei.export.json_values import search_json

        write_json(search_json(result))
    else:
        from jianwei.cli.pages.hits_page import hits_page

        session.console().print(hits_page(result, session))
    return OK


def read_picture_option(option: str | None) -> Path | bytes | None:
    """Return what `--picture` names: a path, or the bytes of standard input for `-`."""
    if option == "-":
        return sys.stdin.buffer.read()
    return None if option is None else Path(option).expanduser()


def _run_many(options: SearchOptions, session: Session, file: Path) -> int:
    from jianwei.cli.query_lines import QueryDefaults, open_query_lines

    defaults = QueryDefaults(filters=options.filters(), limit=options.limit, alpha=options.alpha)
    broken = total = 0
    with session.open_library() as library, open_query_lines(file) as (lines, folder):
        for line_no, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            total += 1
            broken += not _answer_line(library, session, line, line_no, (defaults, folder))
    if broken:
        write_error_line(session.say(_BROKEN_LINES, count=broken, total=total))
    return USAGE if broken else OK


def _answer_line(
    library: Library, session: Session, line: bytes, line_no: int, surroundings: tuple[QueryDefaults, Path]
) -> bool:
    """Write the answer of one query, or why it has none; return whether it has."""
    from jianwei.cli.query_lines import read_query_line
    from jianwei.export.json_values import error_json, search_json

    defaults, folder = surroundings
    name: object = None
    try:
        query = read_query_line(line, line_no, defaults=defaults, folder=folder)
        name = query.query_id
        answer = search_json(query.ask(library))
    except JianweiError as error:
        write_json({"query": name, "line": line_no, **error_json(error, session.language)}, indent=None)
        return False
    write_json({"query": name, "line": line_no, **answer}, indent=None)
    return True


SEARCH = Command(
    name="search",
    summary=Both("Find listings by words, by a picture, or by both.", "按文字、按图片或图文结合查找商品。"),
    details=Both(
        "Finds the words wherever they stand: in the pictures, the title, the intro and the spec; finds a "
        "picture also when it "
        "was scaled or compressed again. Filters alone list what they leave.",
        "文字无论出现在图片、标题、介绍还是规格中都能找到；图片经过缩放或重新压缩也能找到。"
        "只给筛选条件时列出符合条件的商品。",
    ),
    options=SearchOptions,
    run=_run,
    examples=(
        "jianwei search 芦荟胶囊",
        "jianwei search '\"根治糖尿病\" OR 无副作用' --platform jd --price-max 100",
        "jianwei search --picture photo.jpg",
        "jianwei search --queries queries.jsonl > answers.jsonl",
    ),
)
