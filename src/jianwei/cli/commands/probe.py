"""`jianwei probe`: how well the vectors of a library tell illegal types apart, by cross-validation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOptions:
    """Which vectors, and how the measure is taken."""

    space: Annotated[
        str,
        typer.Option("--space", metavar="MODEL@REVISION"),
        Both("Vector space to use. Left out: that with the most vectors.", "使用的向量空间。不填则为向量最多的空间。"),
    ] = ""
    folds: Annotated[
        int, typer.Option("--folds", min=2), Both("Parts of the cross-validation.", "交叉验证的份数。")
    ] = 5
    seed: Annotated[int, typer.Option("--seed"), Both("Fixes the parts.", "随机种子，决定如何分份。")] = 0


def _run(options: ProbeOptions, session: Session) -> int:
    from dataclasses import asdict

    with session.open_library() as library:
        space, report = library.probe(options.space, folds=options.folds, seed=options.seed)
    if session.json:
        write_json({"space": space, "types": [asdict(score) for score in report.types], "left_out": report.left_out})
    else:
        from jianwei.cli.pages.probe_page import probe_page

        session.console().print(probe_page(space, report, session))
    return OK


PROBE = Command(
    details=Both(
        "Learns a small head for each illegal type from the known cases of the library, and measures it by "
        "cross-validation on listings of other families. Average precision is to be compared with the prior, "
        "which is what calling everything this type gives. Needs no GPU and no PyTorch. With some dozens of cases "
        "the numbers are rough.",
        "用库中的已知案例为每种违法类型训练一个小型分类头，并在其他商品家族上交叉验证。"
        "平均精确率应与先验（把所有商品都判为该类型的精确率）比较。无需 GPU 和 PyTorch。"
        "案例只有几十个时，数值仅供参考。",
    ),
    options=ProbeOptions,
    run=_run,
    examples=("jianwei probe", "jianwei probe --folds 10 --json"),
)
