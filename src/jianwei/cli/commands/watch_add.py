"""`jianwei watch add`: save a query that every ingest is held against; and the group of commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.filter_options import FilterOptions, LeastRelevance, Names
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


NAME_OF_WATCH = Both("Name of the watch.", "监控名称。")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchAddOptions(FilterOptions):
    """What to watch for."""

    name: Annotated[str, typer.Argument(metavar="NAME"), NAME_OF_WATCH]
    words: Annotated[
        Names,
        typer.Argument(metavar="WORDS"),
        Both("What to look for, as in search.", "检索内容，写法与 search 相同。"),
    ] = field(default_factory=list)
    picture: Annotated[
        str | None,
        typer.Option("--picture", "-p", metavar="FILE"),
        Both(
            "Picture to look for, alone or with words; it is kept in the library. - reads standard input.",
            "按图监控，可与文字同用；图片保存在库中。- 表示从标准输入读取。",
        ),
    ] = None
    region: Annotated[
        str | None,
        typer.Option("--region", metavar="X,Y,W,H"),
        Both(
            "Only this part of the picture, in pixels or as fractions of it.",
            "只用图片的这一部分，单位为像素或占图片的比例。",
        ),
    ] = None
    avoid: Annotated[
        str,
        typer.Option("--avoid", metavar="WORDS"),
        Both("Words that make a hit sink.", "含有这些词的结果会被压低。"),
    ] = ""
    min_relevance: LeastRelevance = None
    cap: Annotated[
        int,
        typer.Option("--cap", metavar="N"),
        Both(
            "New hits that one run shows; what goes beyond is recorded as held back.",
            "每次运行最多列出的新命中数，超出的另存备查。",
        ),
    ] = 100


def _run(options: WatchAddOptions, session: Session) -> int:
    from jianwei.cli.search_options import asked_pictures, picture_option
    from jianwei.ports.watches import WatchQuery

    given = () if options.picture is None else (picture_option(options.picture),)
    picture = next(iter(asked_pictures(given, options.region)), None)
    query = WatchQuery(
        words=" ".join(options.words),
        picture=None if picture is None else picture.data,
        avoid_words=options.avoid,
        filters=options.filters(),
        min_relevance=options.min_relevance,
        region="" if picture is None or picture.region is None else str(picture.region),
    )
    with session.open_library() as library:
        run = library.watches.add(options.name, query, cap=options.cap)
    if session.json:
        from jianwei.export.json_watches import watch_run_json

        write_json(watch_run_json(run))
    else:
        from jianwei.cli.pages.watches_page import runs_page

        session.console().print(runs_page([run], session), soft_wrap=True)
    return OK


WATCH_ADD = Command(
    details=Both(
        "The query is replayed over all that is in the library; from then on every ingest is held against it.",
        "先对库中现有商品全部比对一遍，此后每次导入都会自动比对。",
    ),
    options=WatchAddOptions,
    run=_run,
    examples=(
        "jianwei watch add 降糖 '\"根治糖尿病\" OR 降糖神器' --platform jd",
        "jianwei watch add 假包 --picture bag.jpg --min-relevance 0.8",
        "jianwei watch add 商标 --picture bag.jpg --region 0.1,0.2,0.5,0.5",
    ),
)
