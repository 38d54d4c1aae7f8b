"""Read judgements from a file: which layout it has, and its lines."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from jianwei.bilingual import Both
from jianwei.errors import JudgementError
from jianwei.evaluation.json_lines import parse_object, read_json_lines
from jianwei.evaluation.muge import read_muge
from jianwei.evaluation.trec import read_trec
from jianwei.system_words import why

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.evaluation.judgements import Judgements

Layout = Literal["jsonl", "trec", "muge"]

_NOT_UTF_8 = Both("it is not UTF-8", "不是 UTF-8 编码")


def read_judgements(path: Path, *, queries: Path | None = None, layout: Layout | None = None) -> Judgements:
    """Return the judgements of a file; its layout is that of its first line unless it is named.

    Raises:
        JudgementError: the file or a line of it cannot be used.
    """
    lines = _lines(path)
    found = layout or _layout(path, lines)
    if found == "trec":
        return read_trec(path, lines, None if queries is None else _lines(queries))
    read = partial(read_muge, path) if found == "muge" else partial(read_json_lines, path)
    return read(lines)


def _layout(path: Path, lines: list[tuple[int, str]]) -> Layout:
    if not lines or lines[0][1].startswith("{"):
        is_muge = bool(lines) and "text_id" in parse_object(path.name, *lines[0])
        return "muge" if is_muge else "jsonl"
    return "trec"


def _lines(path: Path) -> list[tuple[int, str]]:
    """Return the lines that are not blank, with their numbers."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = why(error) if isinstance(error, OSError) else _NOT_UTF_8
        raise JudgementError(
            f"The judgements {path} cannot be read: {said.en}.",
            zh=f"无法读取判断文件 {path}：{said.zh}。",
            path=str(path),
        ) from error
    return [(number, line.strip("\r ")) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
