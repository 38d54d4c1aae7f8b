"""`jianwei train`: fine-tune an encoder on one's own listings and install the result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # the annotations are read at run time
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_error_line, write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session
    from jianwei.encoders.manifest import Family
    from jianwei.training.options import TrainingOptions

_FORBIDS = Both(
    "The licence of the base is {licence}: it may forbid trade or changed copies. Read it before you use the result.",
    "基础模型的许可证为 {licence}，可能禁止商用或修改后分发。使用结果前请先阅读。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """Which base, which listings, and how."""

    base: Annotated[
        Path,
        typer.Argument(metavar="BASE"),
        Both(
            "Checkpoint to start from: a Hugging Face folder, or a file that models import reads; no installed model.",
            "起始权重：Hugging Face 文件夹，或 models import 能读取的文件。不是已安装的模型名。",
        ),
    ]
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR"),
        Both("Folder of this run; the same one continues it.", "本次训练的文件夹；再次指定同一文件夹可继续训练。"),
    ]
    name: Annotated[
        str,
        typer.Option("--name", metavar="NAME"),
        Both("Name of the new model.", "新模型的名称。"),
    ]
    source: Annotated[
        Path | None,
        typer.Option("--source", metavar="PATH"),
        Both(
            "Learn from this source (JSONL, MUGE folder, anything that ingest reads) instead of the library.",
            "改用该数据来源（JSONL、MUGE 文件夹等 ingest 可读的来源）训练，而不用库中的商品。",
        ),
    ] = None
    method: Annotated[
        Literal["full", "locked", "lora"],
        typer.Option("--method", metavar="full|locked|lora"),
        Both(
            "full: everything learns; locked: the text tower alone; lora: low-rank additions.",
            "full 训练全部参数；locked 只训练文本塔；lora 训练低秩附加参数。",
        ),
    ] = "full"
    epochs: Annotated[int, typer.Option("--epochs"), Both("Times that every pair is seen.", "训练轮数。")] = 5
    batch: Annotated[
        int,
        typer.Option("--batch"),
        Both("Pairs that are told apart in one step.", "每一步中相互区分的数据对数。"),
    ] = 256
    part: Annotated[
        int,
        typer.Option("--part"),
        Both("Pairs in memory at once; changes nothing in the result.", "同时放入内存的数据对数，不影响结果。"),
    ] = 32
    learning_rate: Annotated[
        float | None,
        typer.Option("--learning-rate", show_default=False),
        Both(
            "Highest learning rate. Left out: 2e-5, for siglip2 1e-5.",
            "最大学习率。不填则为 2e-5，siglip2 为 1e-5。",
        ),
    ] = None
    hidden_patches: Annotated[
        float,
        typer.Option("--hidden-patches"),
        Both("Share of each picture that a step hides: 0.5 halves the cost.", "每步隐藏的画面比例；0.5 可减半开销。"),
    ] = 0.0
    hard_negatives: Annotated[
        float,
        typer.Option("--hard-negatives"),
        Both("Share of pairs that come in groups of one category.", "按同一类别成组出现的数据对比例。"),
    ] = 0.0
    dismissed: Annotated[
        Path | None,
        typer.Option("--dismissed", metavar="FILE"),
        Both(
            "JSONL with listing_id and text: texts found not to be true of a listing, learnt as its negatives.",
            "JSONL 文件，每行含 listing_id 与 text：经审核不成立的描述，作为该商品的负例。",
        ),
    ] = None
    ocr_texts: Annotated[
        bool,
        typer.Option("--ocr-texts"),
        Both("Learn from the words read on a picture too.", "同时学习图中识别出的文字。"),
    ] = False
    teacher: Annotated[
        str,
        typer.Option("--teacher", metavar="NAME"),
        Both("Installed model, or remote, whose judgement is followed too.", "同时参照其判断的已安装模型，或 remote。"),
    ] = ""
    checkpointing: Annotated[
        bool,
        typer.Option("--checkpointing"),
        Both("Less memory, a third more time.", "减少内存占用，耗时增加约三分之一。"),
    ] = False
    arithmetic: Annotated[
        Literal["auto", "fp32", "bf16", "fp16"],
        typer.Option("--arithmetic", metavar="auto|fp32|bf16|fp16"),
        Both("auto: bf16 on a GPU that has it, fp16 on another.", "auto：支持的 GPU 上用 bf16，其他 GPU 用 fp16。"),
    ] = "auto"
    device: Annotated[str, typer.Option("--device"), Both("auto, cpu or cuda.", "auto、cpu 或 cuda。")] = "auto"
    validation_share: Annotated[
        float,
        typer.Option("--validation-share"),
        Both("Share of pairs kept apart to measure with.", "留作验证的数据对比例。"),
    ] = 0.1
    patience: Annotated[
        int,
        typer.Option("--patience"),
        Both(
            "Epochs without a better validation that end the run; 0: none do.", "验证无改善多少轮后停止；0 为不停止。"
        ),
    ] = 3
    licence: Annotated[
        str,
        typer.Option("--licence", metavar="TEXT"),
        Both("Licence of the base, where its folder states none.", "基础模型的许可证（其文件夹未注明时填写）。"),
    ] = ""
    seed: Annotated[int, typer.Option("--seed"), Both("Fixes every random choice.", "随机种子。")] = 0


def _run(options: TrainOptions, session: Session) -> int:
    from dataclasses import replace

    from jianwei.cli.pages.training_page import training_page
    from jianwei.cli.train_progress import train_progress
    from jianwei.library import Library
    from jianwei.library.training import Adaptation, adapt
    from jianwei.training.base import read_base
    from jianwei.training.running import require_torch

    _chosen(options)  # what cannot be is refused before anything is read
    require_torch()
    settings = session.settings()
    base = read_base(options.base.expanduser(), licence=options.licence)
    chosen = _chosen(options, base.family)
    if base.licence_forbids:
        write_error_line(session.say(_FORBIDS, licence=base.licence))
    if options.source is None:
        opened = session.open_library()
    else:
        alone = replace(settings, catalog_url="", index_url="")  # a library that exists for the training only
        plain = alone if options.ocr_texts else replace(alone, ocr_engine="off")
        opened = Library.open(options.out / "listings", settings=plain)
    with opened as library, train_progress(session) as show:
        if options.source is not None:
            library.ingest(options.source)
        wanted = Adaptation(options.name, options.out, chosen, options.teacher, options.dismissed)
        adapted = adapt(library, base, wanted, settings, show=show)
    if session.json:
        report = adapted.report
        write_json(
            {
                "model": adapted.manifest.name,
                "space": adapted.manifest.space,
                "folder": str(report.folder),
                "skipped_pictures": report.skipped,
                "stopped_early": report.stopped_early,
                "losses": list(report.losses),
                **report.record,
            }
        )
    else:
        session.console().print(training_page(adapted, session))
    return OK


def _chosen(options: TrainOptions, family: Family = "clip") -> TrainingOptions:
    from dataclasses import fields

    from jianwei.training.options import LEARNING_RATES, TrainingOptions

    shared = {item.name for item in fields(TrainingOptions)} & {item.name for item in fields(TrainOptions)}
    values = {name: getattr(options, name) for name in shared}
    if options.learning_rate is None:
        values["learning_rate"] = LEARNING_RATES[family]
    return TrainingOptions(**values).checked()


TRAIN = Command(
    details=Both(
        "Learns which pictures and titles of a library belong together, measures itself on listings kept apart "
        "(before and after, with significance), and installs the best epoch as a model. The old one stays: "
        "jianwei embed --model NAME fills the new space beside it, jianwei embed --remove NAME goes back. "
        'Ctrl-C or a crash loses little: the same command continues. Needs PyTorch: pip install "jianwei[train]".',
        "从库中商品的图片与标题学习，用留出的商品衡量训练前后的效果及显著性，并将最好的一轮安装为新模型。"
        "原模型保留：jianwei embed --model 模型名 在旁边生成新向量，jianwei embed --remove 模型名 可撤回。"
        '按 Ctrl-C 或意外中断后，运行同一命令即可继续。需要 PyTorch：pip install "jianwei[train]"。',
    ),
    options=TrainOptions,
    run=_run,
    examples=(
        "jianwei train ./chinese-clip-vit-base-patch16 --out ./run --name mine",
        "jianwei train ./base --out ./run --name mine --method lora --batch 1024 --part 16 --checkpointing",
        "jianwei train ./base --source ./MUGE --out ./run --name muge --hidden-patches 0.5",
    ),
)
