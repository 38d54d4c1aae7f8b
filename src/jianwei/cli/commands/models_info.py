"""`jianwei models info`: all that is known of one model that is here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import FAILED, OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsInfoOptions:
    """Which model, and whether its files are read."""

    name: Annotated[
        str,
        typer.Argument(metavar="NAME"),
        Both("Name of a model that is here.", "已安装的模型名。"),
    ]
    verify: Annotated[
        bool,
        typer.Option("--verify"),
        Both("Read every file and compare its checksum.", "读取每个文件并核对校验和。"),
    ] = False


def _run(options: ModelsInfoOptions, session: Session) -> int:
    from jianwei.encoders.hub.installed import checked_files, installed_model

    model = installed_model(session.settings().models_folder, options.name)
    files = checked_files(model, by_content=options.verify)
    if session.json:
        from jianwei.export.json_models import model_file_json, model_json

        write_json({"model": model_json(model), "files": [model_file_json(file) for file in files]})
    else:
        from jianwei.cli.pages.models_page import model_page

        session.console().print(model_page(model, files, session))
    is_whole = model.manifest is not None and all(file.status in ("ok", "there") for file in files)
    return OK if is_whole else FAILED


MODELS_INFO = Command(
    details=Both(
        "Prints its manifest and its files. Sizes are always compared, contents with --verify; a file that is missing "
        "or has changed gives exit code 1.",
        "输出模型清单及其文件。总会核对文件大小，加 --verify 时核对内容；有文件缺失或被改动时以退出码 1 结束。",
    ),
    options=ModelsInfoOptions,
    run=_run,
    examples=(
        "jianwei models info chinese-clip-vit-base-patch16",
        "jianwei models info chinese-clip-vit-base-patch16 --verify",
    ),
)
