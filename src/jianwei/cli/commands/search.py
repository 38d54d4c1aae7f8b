"""`jianwei search`: find listings by words, by a picture, or by both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jianwei.cli.exit_codes import OK, USAGE
from jianwei.cli.language import Both
from jianwei.cli.search_options import SearchOptions
from jianwei.cli.session import write_error_line, write_json
from jianwei.cli.specification import Command
from jianwei.errors import JianweiError

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.cli.session import Session
    from jianwei.library import Library
    from jianwei.search.request import SearchRequest

_BROKEN_LINES = Both(
    "{count} of {total} {total:query|queries} could not be answered.", "{total} 条查询中有 {count} 条未能执行。"
)


def _run(options: SearchOptions, session: Session) -> int:
    if options.queries is not None:
        return _run_many(options, session, options.queries)
    request = replace(options.request(), pictures=options.pictures(), avoid_pictures=options.avoided_pictures())
    with session.open_library() as library:
        result = library.answer(request)
        is_empty = not result.total and not session.json and not library.stats().catalog.listings
    if session.json:
        from jianwei.export.json_values import search_json

        write_json(search_json(result))
    else:
        from jianwei.cli.pages.hits_page import hits_page, next_page_line

        console = session.console()
        console.print(hits_page(result, session, is_empty=is_empty))
        if line := next_page_line(result, session):
            console.print(line, soft_wrap=True)
    return OK


def _run_many(options: SearchOptions, session: Session, file: Path) -> int:
    from jianwei.cli.query_lines import open_query_lines

    defaults = options.request()
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
    library: Library, session: Session, line: bytes, line_no: int, surroundings: tuple[SearchRequest, Path]
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
    details=Both(
        "Finds the words wherever they stand: in the pictures, the title, the intro and the spec; finds a "
        "picture also when it "
        "was scaled or compressed again. Filters alone list what they leave. Each hit has an estimated relevance; what "
        "is below the threshold of the library is folded away, and nothing is found where nothing is relevant.",
        "文字无论出现在图片、标题、介绍还是规格中都能找到；图片经过缩放或重新压缩也能找到。"
        "只给筛选条件时列出符合条件的商品。每条结果给出估计的相关度，低于阈值的被折叠；没有相关商品时如实说明。",
    ),
    options=SearchOptions,
    run=_run,
    examples=(
        "jianwei search 芦荟胶囊",
        "jianwei search '\"根治糖尿病\" OR 无副作用' --platform jd --price-max 100",
        "jianwei search --picture photo.jpg --region 0.1,0.2,0.5,0.5",
        "jianwei search 包 --picture bag.jpg --avoid 正品",
        "jianwei search 加微信 --also 加V --sort newest --min-relevance 0.3",
        "jianwei search --queries queries.jsonl > answers.jsonl",
    ),
)
