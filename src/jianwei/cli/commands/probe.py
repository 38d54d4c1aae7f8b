"""`jianwei probe`: heads that tell known cases from other listings, measured by cross-validation, and heard if kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # the annotations are read at run time
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command
from jianwei.errors import QueryError

if TYPE_CHECKING:
    from jianwei.cli.session import Session
    from jianwei.library import Library

_REMOVED = Both("The probe is removed; nothing is heard of it any more.", "探针已移除，不再参与判断。")
_NONE = Both("This library keeps no probe.", "本库没有保存探针。")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOptions:
    """Which features, how the measure is taken, and what becomes of it."""

    features: Annotated[
        Literal["auto", "text", "vectors"],
        typer.Option("--features", metavar="auto|text|vectors"),
        Both(
            "text: characters of title and pictures, needs no model; vectors: those of a model; auto: both if there.",
            "text：标题与图中文字的字符，无需模型；vectors：模型向量；auto：两者兼用（如有）。",
        ),
    ] = "auto"
    space: Annotated[
        str,
        typer.Option("--space", metavar="MODEL@REVISION"),
        Both("Vector space to use. Left out: that with the most vectors.", "使用的向量空间。不填则为向量最多的空间。"),
    ] = ""
    labels: Annotated[
        Path | None,
        typer.Option("--labels", metavar="FILE"),
        Both(
            "JSONL with listing_id and violating (true or false): learn from these listings alone, not from cases.",
            "JSONL 文件，每行含 listing_id 与 violating（true 或 false）：只用这些商品学习，而不是全部案例。",
        ),
    ] = None
    folds: Annotated[
        int, typer.Option("--folds", min=2), Both("Parts of the cross-validation.", "交叉验证的份数。")
    ] = 5
    seed: Annotated[int, typer.Option("--seed"), Both("Fixes the parts.", "随机种子，决定如何分份。")] = 0
    keep: Annotated[
        bool,
        typer.Option("--keep"),
        Both(
            "Keep the heads that beat the prior; verdicts then show what they say.",
            "保存优于先验的分类头，此后在判断中显示其意见。",
        ),
    ] = False
    called: Annotated[
        bool,
        typer.Option("--called"),
        Both("List the listings that the kept heads call.", "列出已保存的分类头所指出的商品。"),
    ] = False
    remove: Annotated[bool, typer.Option("--remove"), Both("Remove what was kept.", "移除已保存的探针。")] = False


def _run(options: ProbeOptions, session: Session) -> int:
    if options.keep + options.called + options.remove > 1:
        raise QueryError("Give one of --keep, --called and --remove.", zh="--keep、--called 与 --remove 只能给出一个。")
    with session.open_library() as library:
        if options.remove:
            return _remove(library, session)
        if options.called:
            return _list_called(library, session)
        return _measure(library, options, session)


def _measure(library: Library, options: ProbeOptions, session: Session) -> int:
    probed = library.probes.measure(
        options.space,
        features=options.features,
        labels=options.labels,
        folds=options.folds,
        seed=options.seed,
    )
    kept = library.probes.keep(probed) if options.keep else ()
    if session.json:
        from jianwei.export.json_probes import probed_json

        write_json(probed_json(probed, kept))
    else:
        from jianwei.cli.pages.probe_page import probe_page

        session.console().print(probe_page(probed, kept, session))
    return OK


def _remove(library: Library, session: Session) -> int:
    removed = library.probes.remove()
    if session.json:
        write_json({"removed": removed})
    else:
        session.console().print(session.say(_REMOVED if removed else _NONE))
    return OK


def _list_called(library: Library, session: Session) -> int:
    from jianwei.cli.pages.probe_page import called_page
    from jianwei.export.json_probes import voice_json

    if library.probes.kept() is None and not session.json:
        session.console().print(session.say(_NONE))
        return OK
    for listing, voices in library.probes.called():
        if session.json:
            shown = [voice_json(voice) for voice in voices]
            write_json({"listing_id": listing.listing_id, "title": listing.title, "probe": shown}, indent=None)
        else:
            session.console().print(called_page(listing, voices, session))
    return OK


PROBE = Command(
    details=Both(
        "Learns a small head for each illegal type of the known cases, and one for any violation, from the texts of "
        "listings and from vectors where there are any, and measures each by cross-validation on listings of other "
        "families. Average precision is to be compared with the prior, which is what calling everything gives. --keep "
        "lets those that beat it speak in verdicts: at most they ask for a look, and never against a rule's finding or "
        "a person's decision. Needs no PyTorch. With some dozens of cases the numbers are rough.",
        "从商品文字（及已有向量）为每种违法类型和“任一违法”各训练一个小型分类头，并在其他商品家族上交叉验证。"
        "平均精确率应与先验（全部判为该类型的精确率）比较。加 --keep 后，优于先验的分类头会在判断中给出意见："
        "最多建议核查，不会推翻规则发现或人工决定。无需 PyTorch。案例只有几十个时，数值仅供参考。",
    ),
    options=ProbeOptions,
    run=_run,
    examples=("jianwei probe", "jianwei probe --keep", "jianwei probe --called", "jianwei probe --folds 10 --json"),
)
