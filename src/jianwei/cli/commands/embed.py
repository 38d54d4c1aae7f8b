"""`jianwei embed`: make the vectors that a library lacks, or remove those of a model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import INTERRUPTED, OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedOptions:
    """Which models to add and which to remove."""

    model: Annotated[
        list[str],
        typer.Option("--model", "-m", metavar="NAME"),
        Both(
            "Model to use from now on, beside those in use. Left out: those in use, at "
            "first every model that is here. remote: the model behind the embedding server of the settings.",
            "从现在起增加使用的模型。不填则为已在使用的模型，首次运行时为本机全部模型。"
            "remote 表示设置中向量服务上的模型。",
        ),
    ] = field(default_factory=list)
    remove: Annotated[
        list[str],
        typer.Option("--remove", metavar="NAME"),
        Both(
            "Model, or one space MODEL@REVISION, to use no more; its vectors are removed.",
            "不再使用的模型，或某个向量空间 模型@版本；其向量会被删除。",
        ),
    ] = field(default_factory=list)


def _run(options: EmbedOptions, session: Session) -> int:
    from jianwei.cli.count_progress import embed_progress
    from jianwei.cli.pages.embed_page import embed_page

    report = None
    # A new library may choose its models before its first ingest.
    with session.open_library(create=bool(options.model)) as library:
        removed = [space for name in options.remove for space in library.remove_model(name)]
        if options.model or not options.remove:
            with embed_progress(session) as show:
                report = library.embed(options.model, progress=show)
    if session.json:
        from jianwei.export.json_values import embed_json

        write_json(embed_json(report, removed))
    else:
        session.console().print(embed_page(report, removed, session))
    return INTERRUPTED if report is not None and report.interrupted else OK


EMBED = Command(
    details=Both(
        "Makes the vectors that the pictures and titles of a library lack, with every model in use; ingest makes "
        "them for what comes after. Ctrl-C stops it cleanly; the same command goes on where it stopped, and a second "
        "run does nothing. Several models may be used side by side. Models come from jianwei models pull or import.",
        "用所选的每个模型，为库中尚无向量的图片和标题生成向量；之后导入的内容由 ingest 一并生成。"
        "按 Ctrl-C 可随时停下，再次运行会接着做，重复运行不会重复处理。"
        "可同时使用多个模型。模型通过 jianwei models pull 或 import 获得。",
    ),
    options=EmbedOptions,
    run=_run,
    examples=(
        "jianwei embed",
        "jianwei embed --model chinese-clip-vit-base-patch16 --model clip-vit-base-patch32",
        "jianwei embed --remove clip-vit-base-patch32",
    ),
)
