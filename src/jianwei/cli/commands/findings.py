"""`jianwei findings`: the listings on which something was found, filtered by type and status."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003  # the annotations are read at run time
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command
from jianwei.errors import QueryError

if TYPE_CHECKING:
    from jianwei.cli.session import Session
    from jianwei.library import Library
    from jianwei.ports.findings import RiskStatus

_NONE = Both("No such findings. Screen with: jianwei screen", "没有符合条件的发现。可先筛查：jianwei screen")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingsOptions:
    """Which findings to list."""

    listing: Annotated[
        str | None,
        typer.Argument(metavar="LISTING_ID", show_default=False),
        Both("Only this listing.", "只看该商品。"),
    ] = None
    category: Annotated[
        list[str],
        typer.Option("--category", "-c", metavar="CODE"),
        Both(
            "Only this type of violation, by its code (jianwei rules list).",
            "只看该违法类型（代码见 jianwei rules list）。",
        ),
    ] = field(default_factory=list)
    status: Annotated[
        Literal["suspected", "review", "clear"] | None,
        typer.Option("--status", metavar="suspected|review|clear"),
        Both(
            "Only listings of this status. Left out: suspected and to be reviewed.",
            "只看该状态的商品。不填则为疑似违法和待核查。",
        ),
    ] = None
    summary: Annotated[
        bool,
        typer.Option("--summary"),
        Both("Count by type instead of listing.", "只按类型统计数量。"),
    ] = False
    marked: Annotated[
        Path | None,
        typer.Option("--marked", metavar="DIR"),
        Both(
            "Write the pictures that findings name into this folder as PNG, with a frame around the words.",
            "把涉及的图片写入该文件夹（PNG），并框出词语所在位置。",
        ),
    ] = None
    limit: Annotated[
        int,
        typer.Option("--limit", "-n", metavar="N", min=0),
        Both("At most N listings; 0 lists all.", "最多 N 个商品；0 表示全部。"),
    ] = 20


def _run(options: FindingsOptions, session: Session) -> int:
    with session.open_library() as library:
        _check_categories(options.category, library)
        if options.summary:
            return _summary(library, session)
        if options.listing is not None:
            views = [library.risk.listing(options.listing)]
        else:
            statuses: tuple[RiskStatus, ...] = ("suspected", "review") if options.status is None else (options.status,)
            views = list(
                library.risk.findings(statuses=statuses, categories=options.category, limit=options.limit or None)
            )
        opinions = library.opinions.of([view.listing.listing_no for view in views])
        if session.json:
            from jianwei.export.json_opinions import listing_with_opinion_json

            for view, voices in library.probes.heard(views):
                write_json(listing_with_opinion_json(view, opinions, voices), indent=None)
        else:
            from jianwei.cli.pages.findings_page import listing_findings_page

            console = session.console()
            book = library.risk.rulebook
            reviewed = library.reviews.judged(views)
            for (view, voices), judged in zip(library.probes.heard(views), reviewed, strict=True):
                opinion = opinions.get(view.listing.listing_no)
                console.print(listing_findings_page(view, book, session, opinion, voices, judged))
            if not views:
                console.print(session.say(_NONE))
        if options.marked is not None:
            from jianwei.cli.pages.listing_page import marked_page
            from jianwei.export.marked_findings import write_marked_findings

            marked = write_marked_findings(
                options.marked, views, library.picture_bytes, max_pixels=session.settings().max_picture_pixels
            )
            session.console(stderr=session.json).print(marked_page(marked, session))
    return OK


def _summary(library: Library, session: Session) -> int:
    statuses, categories = library.risk.counts()
    if session.json:
        write_json({"statuses": statuses, "categories": categories})
    else:
        from jianwei.cli.pages.findings_page import summary_page

        session.console().print(summary_page(statuses, categories, library.risk.rulebook, session))
    return OK


def _check_categories(wanted: list[str], library: Library) -> None:
    if not wanted:
        return
    known = library.risk.rulebook.categories
    for code in wanted:
        if code not in known:
            raise QueryError(
                f"No category has the code {code!r}. Known: {', '.join(known)}.",
                zh=f"没有代码为 {code!r} 的违法类型。可用：{'、'.join(known)}。",
                category=code,
            )


FINDINGS = Command(
    details=Both(
        "The listings that are suspected or to be reviewed, most suspected first: types, words where they stand, "
        "articles of law, numbers and contacts. All of it is a lead, not a decision.",
        "按得分列出疑似违法和待核查的商品：类型、词语及位置、法律条款、编号与联系方式。均为线索，不作认定。",
    ),
    options=FindingsOptions,
    run=_run,
    examples=(
        "jianwei findings",
        "jianwei findings --category health_food_disease_claim --json",
        "jianwei findings --summary",
        "jianwei findings shop:1001 --marked evidence/",
    ),
)
