"""`jianwei caption`: let a vision-language model describe the pictures of a library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.budget_options import Budget, BudgetTokens  # noqa: TC001  # the annotations are read at run time
from jianwei.cli.exit_codes import exit_code_of_asking
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionOptions:
    """Where to end."""

    limit: Annotated[
        int | None,
        typer.Option("--limit", "-n", metavar="N", min=1),
        Both("Describe at most N pictures in this run.", "本次最多描述 N 张图片。"),
    ] = None
    budget_tokens: BudgetTokens = None
    budget: Budget = None


def _run(options: CaptionOptions, session: Session) -> int:
    from jianwei.cli.count_progress import caption_progress
    from jianwei.cli.pages.caption_page import caption_page

    with session.open_library() as library, caption_progress(session) as show:
        report = library.captions.make(
            limit=options.limit, budget_tokens=options.budget_tokens, budget=options.budget, progress=show
        )
    if session.json:
        from jianwei.export.json_captions import caption_report_json

        write_json(caption_report_json(report))
    else:
        session.console().print(caption_page(report, session))
    return exit_code_of_asking(report)


CAPTION = Command(
    details=Both(
        "Sends the pictures of the library that the model has not described yet to the OpenAI-compatible server in "
        "JIANWEI_VISION_ENDPOINT, and keeps what it writes as text that search finds. Without that setting nothing "
        "is sent anywhere. A picture is asked about once for each model; after Ctrl-C, a spent budget or a failure "
        "the same command goes on.",
        "将库中模型尚未描述的图片发送到 JIANWEI_VISION_ENDPOINT 所设的 OpenAI 兼容服务，并把描述存为可检索的文字。"
        "未设置时不会发送任何内容。每个模型对每张图片只问一次；按 Ctrl-C、预算用完或失败后，再次运行会接着做。",
    ),
    options=CaptionOptions,
    run=_run,
    examples=("jianwei caption", "jianwei caption --limit 100", "jianwei caption --budget-tokens 2000000"),
)
