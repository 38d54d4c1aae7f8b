"""`jianwei groups sellers`: shops that belong together, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session
    from jianwei.library.group_views import Growth


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupsSellersOptions:
    """Which shop, or all."""

    shop: Annotated[
        str,
        typer.Argument(metavar="SHOP"),
        Both(
            "Only the cluster of this shop, as platform:name, with its growth over time. Left out: all clusters.",
            "只看该店铺所在的店群及其增长情况，写成“平台:店名”。不填则列出全部店群。",
        ),
    ] = ""


def _run(options: GroupsSellersOptions, session: Session) -> int:
    growth: tuple[Growth, ...] = ()
    with session.open_library() as library:
        groups = library.groups
        if not options.shop:
            clusters = groups.sellers()
        else:
            cluster = groups.sellers_of(options.shop)
            clusters = [] if cluster is None else [cluster]
            growth = () if cluster is None else groups.growth_of(cluster)
        kinds = {} if session.json else library.risk.rulebook.contacts
    if session.json:
        from jianwei.export.json_groups import cluster_json, growth_json

        write_json({"clusters": [cluster_json(cluster) for cluster in clusters], "growth": growth_json(growth)})
    else:
        from jianwei.cli.pages.groups_page import clusters_page, growth_lines

        console = session.console()
        called = {name: Both(kind.en, kind.zh) for name, kind in kinds.items()}
        console.print(clusters_page(clusters, session, called))
        for line in growth_lines(growth, session) if growth else ():
            console.print(line)
    return OK


GROUPS_SELLERS = Command(
    details=Both(
        "Shops are linked by rare things that they share: pictures, phone numbers, WeChat and QQ ids, web addresses, "
        "lines of text in their pictures. What many shops have, such as a brand's stock picture, says next to nothing.",
        "依据各店共用的少见内容建立关联：图片、电话、微信号、QQ 号、网址、图片中的文案。"
        "很多店铺都有的内容（如品牌官方图）几乎不计分。",
    ),
    options=GroupsSellersOptions,
    run=_run,
    examples=("jianwei groups sellers", "jianwei groups sellers 淘宝:康健店"),
)
