"""`jianwei models remove`: remove a model from this machine."""

from __future__ import annotations

import sys
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

_QUESTION = Both("Remove {name} ({size}) from {folder}? [y/N] ", "从 {folder} 中删除 {name}（{size}）吗？[y/N] ")
_REMOVED = Both("{name} removed, {size} freed.", "已删除 {name}，释放 {size}。")
_KEPT = Both("{name} was kept.", "已保留 {name}。")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsRemoveOptions:
    """Which model, and whether to ask."""

    name: Annotated[
        str,
        typer.Argument(metavar="NAME"),
        Both("Name of a model that is here.", "已安装的模型名。"),
    ]
    yes: Annotated[
        bool,
        typer.Option("--yes", "-y"),
        Both("Do not ask.", "不再询问。"),
    ] = False


def _run(options: ModelsRemoveOptions, session: Session) -> int:
    from jianwei.cli.pages.wording import size_text
    from jianwei.encoders.hub.installed import installed_model, remove_model

    folder = session.settings().models_folder
    model = installed_model(folder, options.name)
    size = size_text(model.size_bytes)
    if not options.yes and not _agreed(session.say(_QUESTION, name=model.name, size=size, folder=folder), session):
        session.console().print(session.say(_KEPT, name=model.name))
        return OK
    freed_bytes = remove_model(folder, model.name)
    if session.json:
        write_json({"removed": model.name, "freed_bytes": freed_bytes})
    else:
        session.console().print(session.say(_REMOVED, name=model.name, size=size_text(freed_bytes)))
    return OK


def _agreed(question: str, session: Session) -> bool:
    if session.json or not sys.stdin.isatty():
        raise QueryError(
            "Nobody is there to be asked. Say --yes to remove the model.",
            zh="没有可以询问的终端。要删除该模型，请加上 --yes。",
        )
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes", "是"}


MODELS_REMOVE = Command(
    details=Both(
        "Removes the model's folder. Vectors that it made stay in their libraries and cannot be searched until the "
        "model is back.",
        "删除模型文件夹。它生成的向量仍留在各个库中，重新装回该模型后才能再检索。",
    ),
    options=ModelsRemoveOptions,
    run=_run,
    examples=("jianwei models remove chinese-clip-rn50", "jianwei models remove chinese-clip-rn50 --yes"),
)
