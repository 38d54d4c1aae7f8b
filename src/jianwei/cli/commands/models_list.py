"""`jianwei models list`: the models that are here, and those that can be pulled by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsListOptions:
    """Nothing beyond the common options."""


def _run(_: ModelsListOptions, session: Session) -> int:
    from jianwei.encoders.hub.installed import list_models
    from jianwei.encoders.hub.known_models import KNOWN_MODELS
    from jianwei.library.remote_model import configured_remote

    settings = session.settings()
    folder, remote = settings.models_folder, configured_remote(settings)
    models = list_models(folder)
    if session.json:
        from jianwei.export.json_models import known_model_json, model_json, remote_model_json

        there = {model.name for model in models}
        write_json(
            {
                "models_folder": str(folder),
                "models": [model_json(model) for model in models],
                "remote": None if remote is None else remote_model_json(remote),
                "known": [known_model_json(known, is_there=known.name in there) for known in KNOWN_MODELS],
            }
        )
    else:
        from jianwei.cli.pages.models_page import models_page

        session.console().print(models_page(folder, models, KNOWN_MODELS, remote, session))
    return OK


MODELS_LIST = Command(
    details=Both(
        "A model that is not in the list can be pulled by its id on Hugging Face or ModelScope, or imported from a "
        "file. The model behind the embedding server of the settings is listed too. Asks nobody on the network.",
        "不在列表中的模型，可按其在 Hugging Face 或 ModelScope 上的仓库名下载，或从文件导入。"
        "设置中的向量服务模型也会列出。本命令不访问网络。",
    ),
    options=ModelsListOptions,
    run=_run,
    examples=("jianwei models list", "jianwei models list --json"),
)
