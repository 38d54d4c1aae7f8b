"""`jianwei models list`: the models that are here, and those that can be pulled by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command, CommandGroup

if TYPE_CHECKING:
    from jianwei.cli.session import Session

MODELS = CommandGroup(
    name="models",
    summary=Both(
        "The encoder models that let words find pictures by what they show.", "编码模型：让文字按画面含义找到图片。"
    ),
    details=Both(
        "One folder for each model, in the folder that JIANWEI_MODELS names. Without any model everything else "
        "works; after pulling one, jianwei embed makes the vectors of a library.",
        "每个模型一个文件夹，位于环境变量 JIANWEI_MODELS 指定的目录。没有模型时其他功能照常可用；"
        "下载模型后，用 jianwei embed 为库生成向量。",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsListOptions:
    """Nothing beyond the common options."""


def _run(_: ModelsListOptions, session: Session) -> int:
    from jianwei.encoders.hub.installed import list_models
    from jianwei.encoders.hub.known_models import KNOWN_MODELS

    folder = session.settings().models_folder
    models = list_models(folder)
    if session.json:
        from jianwei.export.json_models import known_model_json, model_json

        there = {model.name for model in models}
        write_json(
            {
                "models_folder": str(folder),
                "models": [model_json(model) for model in models],
                "known": [known_model_json(known, is_there=known.name in there) for known in KNOWN_MODELS],
            }
        )
    else:
        from jianwei.cli.pages.models_page import models_page

        session.console().print(models_page(folder, models, KNOWN_MODELS, session))
    return OK


MODELS_LIST = Command(
    name="models list",
    summary=Both(
        "List the models that are here and those that can be pulled.", "列出已安装的模型和可按名称下载的模型。"
    ),
    details=Both(
        "A model that is not in the list can be pulled by its id on Hugging Face or ModelScope, or imported from a "
        "file. Asks nobody on the network.",
        "不在列表中的模型，可按其在 Hugging Face 或 ModelScope 上的仓库名下载，或从文件导入。本命令不访问网络。",
    ),
    options=ModelsListOptions,
    run=_run,
    examples=("jianwei models list", "jianwei models list --json"),
)
