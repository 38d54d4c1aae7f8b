"""`jianwei models bench`: how fast a model runs on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command
from jianwei.errors import QueryError

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsBenchOptions:
    """Which model, for how long, on how many cores."""

    name: Annotated[
        str,
        typer.Argument(metavar="NAME"),
        Both("Name of a model that is here.", "已安装的模型名。"),
    ]
    seconds: Annotated[
        float,
        typer.Option("--seconds", metavar="S"),
        Both("About how long to measure.", "大致的测量时长（秒）。"),
    ] = 10.0
    threads: Annotated[
        int | None,
        typer.Option("--threads", metavar="N"),
        Both("Cores to use. Left out: all of this process.", "使用的处理器核数。不填则使用全部可用核。"),
    ] = None


def _run(options: ModelsBenchOptions, session: Session) -> int:
    from jianwei.encoders.hub.bench import bench_model
    from jianwei.encoders.hub.installed import model_folder

    if options.threads is not None and options.threads < 1:
        raise QueryError(
            f"--threads is {options.threads}; give 1 or more.",
            zh=f"--threads 的值是 {options.threads}；请给出 1 或更大的数。",
            threads=options.threads,
        )
    folder = model_folder(session.settings().models_folder, options.name)
    result = bench_model(folder, seconds=options.seconds, threads=options.threads)
    if session.json:
        from jianwei.export.json_models import bench_json

        write_json(bench_json(result))
    else:
        from jianwei.cli.pages.models_page import bench_page

        session.console().print(bench_page(result, session))
    return OK


MODELS_BENCH = Command(
    details=Both(
        "Encodes made-up pictures of 800 × 800 pixels and short texts: how many a second, and how long one search text "
        "takes. Decoding of picture files is not in it.",
        "对生成的 800 × 800 像素图片和短文本编码：每秒处理数量，以及单条检索词的耗时。不含图片文件的解码。",
    ),
    options=ModelsBenchOptions,
    run=_run,
    examples=(
        "jianwei models bench chinese-clip-vit-base-patch16",
        "jianwei models bench my-clip --seconds 30 --threads 2 --json",
    ),
)
