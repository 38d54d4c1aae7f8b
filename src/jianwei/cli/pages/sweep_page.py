"""The page at the end of a sweep: what each clue found, what could not be looked for, and where it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.marked_text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jianwei.cli.session import Session
    from jianwei.library.sweep import SweptClue

_DONE = Both(
    "{clues} clues looked for: {found} found something, {nothing} nothing relevant, {broken} could not be looked for.",
    "检索 {clues} 条线索：{found} 条有命中，{nothing} 条没有相关商品，{broken} 条无法检索。",
)
_WRITTEN = Both("{hits} {hits:hit|hits} written to {file}", "已将 {hits} 条命中写入 {file}")
_BROKEN = Both("{place}, row {row}: {problem}", "{place} 第 {row} 行：{problem}")
_MORE = Both("… and {count} more; all are in the workbook.", "…… 另有 {count} 条，均见工作簿。")
_MOST_BROKEN = 10


def sweep_page(file: Path, swept: Sequence[SweptClue], session: Session) -> Text:
    """Return the summary of a sweep."""
    broken = [clue for clue in swept if clue.problem]
    found = sum(bool(clue.hits) for clue in swept)
    nothing = len(swept) - found - len(broken)
    lines = [session.say(_DONE, clues=len(swept), found=found, nothing=nothing, broken=len(broken))]
    for clue in broken[:_MOST_BROKEN]:
        problem = clue.problem_zh if session.language == "zh" else clue.problem
        lines.append("  " + session.say(_BROKEN, place=clue.place, row=clue.row, problem=problem))
    if len(broken) > _MOST_BROKEN:
        lines.append("  " + session.say(_MORE, count=len(broken) - _MOST_BROKEN))
    lines.append(session.say(_WRITTEN, hits=sum(len(clue.hits) for clue in swept), file=file))
    return Text("\n").join(Text(printable(line)) for line in lines)
