"""`jianwei models import`: make a model of files that are on this machine."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsImportOptions:
    """Which files, and what they do not say of themselves."""

    path: Annotated[
        Path,
        typer.Argument(metavar="PATH"),
        Both(
            "A Hugging Face or OpenCLIP folder, a .pt, .bin or .safetensors file, or a folder with two ONNX files.",
            "Hugging Face 或 OpenCLIP 的模型文件夹，.pt、.bin、.safetensors 文件，或含一对 ONNX 文件的文件夹。",
        ),
    ]
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME"),
        Both("Name to give the model. Left out: made from the path.", "模型名。不填则按路径命名。"),
    ] = None
    family: Annotated[
        Literal["clip", "chinese-clip", "siglip2"] | None,
        typer.Option("--family", metavar="clip|chinese-clip|siglip2"),
        Both(
            "Family of the model; needed for ONNX files, checked for others.",
            "模型系列；ONNX 文件必须指明，其他文件用于核对。",
        ),
    ] = None
    precision: Annotated[
        Literal["fp32", "fp16", "int8"],
        typer.Option("--precision", metavar="fp32|fp16|int8"),
        Both(
            "Number format of the model files; what a smaller one loses is measured. Left out: fp32.",
            "模型文件的数值精度；低精度的损失会实测给出。不填则为 fp32。",
        ),
    ] = "fp32"
    pictures: Annotated[
        Path | None,
        typer.Option("--pictures", metavar="DIR"),
        Both(
            "Folder with pictures of listings: int8 is calibrated with them, other formats are measured on them.",
            "商品图片文件夹：int8 用其校准，其他精度用其测量损失。",
        ),
    ] = None
    activation: Annotated[
        Literal["gelu", "quick_gelu"] | None,
        typer.Option("--activation", metavar="gelu|quick_gelu"),
        Both(
            "Activation that the model was trained with, for an OpenCLIP file that does not tell.",
            "训练时使用的激活函数，仅在 OpenCLIP 文件自身未注明时需要。",
        ),
    ] = None
    licence: Annotated[
        str,
        typer.Option("--licence", metavar="TEXT"),
        Both("Licence of the weights, to be kept with them.", "权重的许可证，随模型一起记录。"),
    ] = ""
    replace: Annotated[
        bool,
        typer.Option("--replace"),
        Both("Replace a model of the same name.", "覆盖同名模型。"),
    ] = False


def _run(options: ModelsImportOptions, session: Session) -> int:
    from jianwei.cli.commands.models_pull import sample_pictures
    from jianwei.cli.pull_progress import pull_progress
    from jianwei.encoders.conversion.importing import ImportOptions, import_model
    from jianwei.encoders.hub.installed import installed_model
    from jianwei.encoders.hub.progress import PullProgress

    settings = session.settings()
    folder, pictures = settings.models_folder, sample_pictures(options.pictures, settings)
    choices = ImportOptions(
        activation=options.activation, licence=options.licence, replace=options.replace, pictures=pictures
    )
    with pull_progress(session) as show:
        manifest = import_model(
            options.path.expanduser(),
            models_folder=folder,
            name=options.name,
            family=options.family,
            precision=options.precision,
            progress=lambda step: show(PullProgress("importing", step)),
            options=choices,
        )
    model = installed_model(folder, manifest.name)
    if session.json:
        from jianwei.export.json_models import model_json

        write_json({"model": model_json(model)})
    else:
        from jianwei.cli.pages.models_page import new_model_page

        session.console().print(new_model_page(model, session))
    return OK


MODELS_IMPORT = Command(
    details=Both(
        "Takes checkpoints of Chinese-CLIP, CLIP, OpenCLIP and SigLIP 2, also fine-tuned ones. Says which tensors were "
        "left over, and for fp16 and int8 how close their vectors are to the exact ones. PyTorch is not needed.",
        "支持 Chinese-CLIP、CLIP、OpenCLIP、SigLIP 2 的权重，包括微调后的。会列出未使用的张量；"
        "对 fp16 和 int8 还会给出与原精度向量的接近程度。无需安装 PyTorch。",
    ),
    options=ModelsImportOptions,
    run=_run,
    examples=(
        "jianwei models import chinese-clip-vit-base-patch16/",
        "jianwei models import clip_cn_vit-b-16.pt --name chinese-clip-vit-base-patch16",
        "jianwei models import epoch_latest.pt --name my-clip --precision int8 --pictures listings/",
    ),
)
