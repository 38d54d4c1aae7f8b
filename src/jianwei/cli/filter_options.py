"""The options that restrict which listings a command looks at, shared by `search` and `export`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.language import Both
from jianwei.cli.moments import read_moment
from jianwei.errors import QueryError

if TYPE_CHECKING:
    from jianwei.records import Filters

Names = list[str]

LeastRelevance = Annotated[
    float | None,
    typer.Option("--min-relevance", metavar="X"),
    Both(
        "Least estimated relevance of a hit, 0 to 1. Left out: the threshold of the library.",
        "命中的最低相关度，0 到 1。不填则用库的阈值。",
    ),
]
"""The option of commands that keep hits, which the library's own threshold decides about where it is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterOptions:
    """Restrictions as they were typed. Several values of one option widen it, different options narrow each other."""

    platform: Annotated[
        Names,
        typer.Option("--platform", metavar="NAME"),
        Both("Only listings of this platform.", "只看该平台的商品。"),
    ] = field(default_factory=list)
    shop: Annotated[
        Names,
        typer.Option("--shop", metavar="NAME"),
        Both("Only listings of this shop.", "只看该店铺的商品。"),
    ] = field(default_factory=list)
    category: Annotated[
        Names,
        typer.Option("--category", metavar="NAME"),
        Both("Only listings of this category.", "只看该类目的商品。"),
    ] = field(default_factory=list)
    price_min: Annotated[
        float | None,
        typer.Option("--price-min", metavar="PRICE"),
        Both("Only listings at this price or above.", "只看价格不低于此值的商品。"),
    ] = None
    price_max: Annotated[
        float | None,
        typer.Option("--price-max", metavar="PRICE"),
        Both("Only listings at this price or below.", "只看价格不高于此值的商品。"),
    ] = None
    captured_from: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE"),
        Both(
            "Only listings captured on this day or later: 2025-01-31, or with a time. Without a zone, local time.",
            "只看这一天及之后采集的商品：2025-01-31，也可带时刻。未写时区时按本机时区。",
        ),
    ] = None
    captured_to: Annotated[
        str | None,
        typer.Option("--to", metavar="DATE"),
        Both(
            "Only listings captured on this day or earlier; the whole day counts.",
            "只看这一天及之前采集的商品；包含当天全天。",
        ),
    ] = None

    def filters(self) -> Filters:
        """Return the restrictions as the library takes them.

        Raises:
            QueryError: a date cannot be read, or a range ends before it begins.
        """
        from jianwei.records import Filters

        if self.price_min is not None and self.price_max is not None and self.price_min > self.price_max:
            raise _backwards("--price-min", f"{self.price_min:g}", "--price-max", f"{self.price_max:g}")
        start = read_moment(self.captured_from, option="--from", day_ends=False) if self.captured_from else None
        end = read_moment(self.captured_to, option="--to", day_ends=True) if self.captured_to else None
        if start and end and start > end:
            raise _backwards("--from", str(self.captured_from), "--to", str(self.captured_to))
        return Filters(
            platforms=frozenset(self.platform),
            shops=frozenset(self.shop),
            categories=frozenset(self.category),
            price_min=self.price_min,
            price_max=self.price_max,
            captured_from=start,
            captured_to=end,
        )


def _backwards(low: str, low_value: str, high: str, high_value: str) -> QueryError:
    return QueryError(
        f"{low} {low_value} lies above {high} {high_value}: no listing can be between. Swap the two.",
        zh=f"{low} {low_value} 大于 {high} {high_value}，不会有符合的商品。请对调两者。",
    )
