"""`jianwei models pull`: bring a model here from a folder, a cache or a hub."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # the annotations are read at run time
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session
    from jianwei.images.pixels import RgbPixels
    from jianwei.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsPullOptions:
    """Which model, and in which precision."""

    name: Annotated[
        str,
        typer.Argument(metavar="NAME"),
        Both(
            "Name of the model as models list gives it, or its id on a hub: OWNER/NAME.",
            "模型名（见 models list），或其在模型站点上的仓库名，如 OWNER/NAME。",
        ),
    ]
    precision: Annotated[
        Literal["fp32", "fp16", "int8"] | None,
        typer.Option("--precision", metavar="fp32|fp16|int8"),
        Both(
            "Number format of the model files: smaller ones lose a little, which is measured. Left out: fp32.",
            "模型文件的数值精度：精度越低文件越小，损失会实测给出。不填则为 fp32。",
        ),
    ] = None
    pictures: Annotated[
        Path | None,
        typer.Option("--pictures", metavar="DIR"),
        Both(
            "Folder with pictures of listings: int8 is calibrated with them, other formats are measured on them.",
            "商品图片文件夹：int8 用其校准，其他精度用其测量损失。",
        ),
    ] = None
    replace: Annotated[
        bool,
        typer.Option("--replace"),
        Both("Make it anew where it is there already.", "已有该模型时重新生成。"),
    ] = False


def sample_pictures(folder: Path | None, settings: Settings) -> list[RgbPixels]:
    """Return the pictures of a folder that was named; none where none was.

    Raises:
        ModelError: it holds no picture.
    """
    from jianwei.encoders.hub.sample_pictures import read_sample_pictures

    if folder is None:
        return []
    return read_sample_pictures(folder.expanduser(), max_pixels=settings.max_picture_pixels)


def _run(options: ModelsPullOptions, session: Session) -> int:
    from jianwei.cli.pull_progress import pull_progress
    from jianwei.encoders.hub.installed import installed_model
    from jianwei.encoders.hub.pulling import pull

    settings = session.settings()
    pictures = sample_pictures(options.pictures, settings)
    with pull_progress(session) as show:
        pulled = pull(
            options.name,
            settings=settings,
            progress=show,
            precision=options.precision,
            pictures=pictures,
            replace_existing=options.replace,
        )
    model = installed_model(settings.models_folder, pulled.manifest.name)
    if session.json:
        from jianwei.export.json_models import model_json

        write_json({"was_there": pulled.was_there, "model": model_json(model)})
    else:
        from jianwei.cli.pages.models_page import new_model_page

        session.console().print(new_model_page(model, session, was_there=pulled.was_there))
    return OK


MODELS_PULL = Command(
    details=Both(
        "Looks into the folders of JIANWEI_MODEL_SOURCES, into the caches of other tools, then asks ModelScope and "
        "Hugging Face; JIANWEI_HUB_ORDER changes that, HF_ENDPOINT names a mirror. An interrupted download goes on "
        "where it stopped, and every file is compared with the checksum that its hub states.",
        "依次查找 JIANWEI_MODEL_SOURCES 指定的文件夹、其他工具的缓存、ModelScope 和 Hugging Face；"
        "顺序可用 JIANWEI_HUB_ORDER 更改，镜像可用 HF_ENDPOINT 指定。"
        "中断的下载会接着进行，每个文件都按站点给出的校验和核对。",
    ),
    options=ModelsPullOptions,
    run=_run,
    examples=(
        "jianwei models pull chinese-clip-vit-base-patch16",
        "jianwei models pull chinese-clip-rn50 --precision int8 --pictures listings/",
        "HF_ENDPOINT=https://hf-mirror.com jianwei models pull OFA-Sys/chinese-clip-vit-large-patch14",
    ),
)
