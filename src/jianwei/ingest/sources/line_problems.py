"""What can be wrong with a line as a whole, in words. Leaves out what is wrong inside a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.ingest.sources.raw import Place, record_failure

if TYPE_CHECKING:
    from jianwei.records import Failure

_WORDINGS = {
    "too-long": (
        "the line is longer than 128 MiB. Check whether line ends are missing.",
        "该行超过 128 MiB。请检查是否缺少换行。",
    ),
    "undecodable": (
        "the line is not in the encoding of the rest of the file. Save the file in UTF-8 throughout.",
        "该行的编码与文件其余部分不一致。请将整个文件保存为 UTF-8。",
    ),
    "unclosed-quote": (
        "a quotation mark is opened here and never closed. Close it, or double it inside a cell.",
        "此处的双引号没有闭合。请补上，或在单元格内写成两个双引号。",
    ),
}


def line_failure(place: Place, problem: str) -> Failure:
    """Return the failure of a line with a problem of `TextLine` or `unclosed-quote`."""
    english, chinese = _WORDINGS[problem]
    return record_failure(place, problem, english=english, chinese=chinese)
