"""Options of the commands that ask a vision-language model: where to end, by tokens or by money."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from jianwei.cli.language import Both

BudgetTokens: TypeAlias = Annotated[
    int | None,
    typer.Option("--budget-tokens", metavar="N", min=1),
    Both(
        "End after about N tokens; requests under way are finished.",
        "用去约 N 个 token 后结束；已发出的请求会等其完成。",
    ),
]

Budget: TypeAlias = Annotated[
    float | None,
    typer.Option("--budget", metavar="MONEY", min=0.0),
    Both(
        "End after about this much money, by JIANWEI_VISION_PRICE_IN and JIANWEI_VISION_PRICE_OUT.",
        "花费约此金额后结束，单价取自 JIANWEI_VISION_PRICE_IN 和 JIANWEI_VISION_PRICE_OUT。",
    ),
]
