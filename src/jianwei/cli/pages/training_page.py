"""The page of a finished training: what it learnt from, what it is worth, and how to use it or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.marked_text import printable
from jianwei.cli.pages.wording import ACCENT, QUIET

if TYPE_CHECKING:
    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.library.training import Adapted

_READY = Both("{name} is ready.", "{name} 已就绪。")
_LEARNT = Both(
    "Learnt from {pairs} pairs, measured on {measured} others; the best epoch was {epoch}.",
    "使用 {pairs} 对数据训练，用另外 {measured} 对验证；最好的是第 {epoch} 轮。",
)
_UNCHANGED = Both(
    "No epoch was better than the base on the listings kept apart: the new model is the base.",
    "在留出的商品上没有一轮优于基础模型：新模型与基础模型相同。",
)
_UNMEASURED = Both(
    "Learnt from {pairs} pairs; nothing was kept apart to measure with.", "使用 {pairs} 对数据训练；未留出验证数据。"
)
_SKIPPED = Both(
    "{count} pairs were left out because their picture cannot be read.", "{count} 对数据因图片无法读取而跳过。"
)
_LICENCE = Both("Licence of the base: {licence}", "基础模型许可证：{licence}")
_UNKNOWN = Both("not stated", "未注明")
_STEPS = (
    (
        Both("Before: how good is the search now?", "先评测现有检索："),
        "jianwei evaluate JUDGEMENTS --output before.json",
    ),
    (Both("Fill the new space", "生成新向量"), "jianwei embed --model {name}"),
    (
        Both("After", "再评测"),
        "jianwei evaluate JUDGEMENTS --space {space} --output after.json",
    ),
    (
        Both("Is it better? (with significance)", "对比（含显著性）："),
        "jianwei evaluate --compare before.json after.json",
    ),
    (Both("Back", "撤回"), "jianwei embed --remove {name}"),
)
_NEXT = Both("Next:", "下一步：")
_QUERIES = {"text": Both("text → picture", "文 → 图"), "picture": Both("picture → text", "图 → 文")}
_HEADINGS = (
    Both("Search", "检索"),
    Both("Measure", "指标"),
    Both("Before", "训练前"),
    Both("After", "训练后"),
    Both("Difference (95 %)", "差值（95% 区间）"),
    Both("p", "p 值"),
)


def training_page(adapted: Adapted, session: Session) -> RenderableType:
    """Return the page."""
    record, report, name = adapted.report.record, adapted.report, adapted.manifest.name
    parts: list[RenderableType] = [Text(session.say(_READY, name=name), style="bold")]
    pairs, kept_apart, epoch = record["pairs"], record["pairs_measured"], record["best_epoch"]
    if not kept_apart:
        parts.append(Text(session.say(_UNMEASURED, pairs=pairs)))
    else:
        parts.append(Text(session.say(_LEARNT, pairs=pairs, measured=kept_apart, epoch=epoch)))
        if not epoch:
            parts.append(Text(session.say(_UNCHANGED), style="bold"))
        parts.append(_table(adapted, session))
    if report.skipped:
        parts.append(Text(session.say(_SKIPPED, count=report.skipped)))
    licence = printable(record["licence_of_base"]) or session.say(_UNKNOWN)
    parts.append(Text(session.say(_LICENCE, licence=licence), style=QUIET))
    return Group(*parts, *_next_steps(adapted, session))


def _next_steps(adapted: Adapted, session: Session) -> list[Text]:
    """Return the commands that fill the new space, tell whether it is better, and go back."""
    lines = [Text(session.say(_NEXT))]
    for what, command in _STEPS:
        filled = command.format(name=adapted.manifest.name, space=adapted.manifest.space)
        lines.append(Text.assemble("  ", (session.say(what), QUIET)))
        lines.append(Text(f"    {filled}", style=ACCENT, overflow="fold"))
    return lines


def _table(adapted: Adapted, session: Session) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in _HEADINGS:
        table.add_column(session.say(heading))
    for row in adapted.report.record["measured"]:
        is_sure = row["p_value"] < 0.05
        table.add_row(
            session.say(_QUERIES[row["query"]]),
            row["measure"],
            f"{row['before']:.3f}",
            f"{row['after']:.3f}",
            f"{row['low']:+.3f} … {row['high']:+.3f}",
            Text(f"{row['p_value']:.3f}", style="bold" if is_sure else ""),
        )
    return table
