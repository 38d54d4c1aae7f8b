"""`jianwei watch hits` and `jianwei watch seen`: what a watch found, and what somebody has looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.commands.watch_add import NAME_OF_WATCH
from jianwei.cli.exit_codes import OK
from jianwei.cli.filter_options import Names  # noqa: TC001  # the annotations are read at run time
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchHitsOptions:
    """Which hits."""

    name: Annotated[str, typer.Argument(metavar="NAME"), NAME_OF_WATCH]
    unseen: Annotated[
        bool, typer.Option("--unseen"), Both("Only those that nobody has marked as seen.", "只看未读的命中。")
    ] = False
    all: Annotated[
        bool,
        typer.Option("--all"),
        Both("Also those that a run held back as too many.", "包括因数量过多而另存的命中。"),
    ] = False
    limit: Annotated[
        int, typer.Option("--limit", "-n", metavar="N"), Both("At most N hits, 1 to 10000.", "最多 N 条，1 到 10000。")
    ] = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSeenOptions:
    """Which hits were seen."""

    name: Annotated[str, typer.Argument(metavar="NAME"), NAME_OF_WATCH]
    listing_ids: Annotated[
        Names,
        typer.Argument(metavar="LISTING_ID"),
        Both("Only these listings. Left out: all hits of the watch.", "只标记这些商品。不填则标记该监控的全部命中。"),
    ] = field(default_factory=list)


def _run_hits(options: WatchHitsOptions, session: Session) -> int:
    with session.open_library() as library:
        watches = library.watches
        hits = watches.hits(options.name, unseen=options.unseen, held_back=options.all, limit=options.limit)
        _, counts = watches.show(options.name)
    if session.json:
        from jianwei.export.json_watches import watch_hit_json

        write_json({"watch": options.name, "hits": [watch_hit_json(hit, exists=exists) for hit, exists in hits]})
    else:
        from jianwei.cli.pages.watches_page import watch_hits_page

        session.console().print(watch_hits_page(options.name, hits, counts, session))
    return OK


def _run_seen(options: WatchSeenOptions, session: Session) -> int:
    from jianwei.cli.pages.watches_page import MARKED

    with session.open_library() as library:
        count = library.watches.mark_seen(options.name, options.listing_ids or None)
    if session.json:
        write_json({"watch": options.name, "marked": count})
    else:
        session.console().print(session.say(MARKED, name=options.name, count=count))
    return OK


WATCH_HITS = Command(
    details=Both(
        "Each with its reason, relevance and time, as the listing was when it was found; a listing that was deleted "
        "since is marked.",
        "每条附理由、相关度和时间，内容为发现时的样子；此后被删除的商品会注明。",
    ),
    options=WatchHitsOptions,
    run=_run_hits,
    examples=("jianwei watch hits 降糖 --unseen", "jianwei watch hits 降糖 --all --json"),
)

WATCH_SEEN = Command(
    details=Both("They stay, and are never reported again.", "记录保留，不会再次报告。"),
    options=WatchSeenOptions,
    run=_run_seen,
    examples=("jianwei watch seen 降糖", "jianwei watch seen 降糖 jd:1001"),
)
