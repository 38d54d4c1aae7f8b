"""Read judgements from a file: which layout it has, and its lines."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from jianwei.errors import JudgementError
from jianwei.evaluation.json_lines import parse_object, read_json_lines
from jianwei.evaluation.muge import read_muge
from jianwei.evaluation.trec import read_trec

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.evaluation.judgements import Judgements

Layout = Literal["jsonl", "trec", "muge"]


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
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise JudgementError(
            f"The judgements {path} cannot be read: {reason}.",
            zh=f"无法读取判断文件 {path}：{reason}。",
            path=str(path),
        ) from error
    return [(number, line.strip("\r ")) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
