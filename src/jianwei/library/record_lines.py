"""JSON objects of a small JSONL file that a person wrote about listings, with their line numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from jianwei.errors import SourceError
from jianwei.json_words import json_problem
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def record_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield line numbers from 1 and objects, one that is no object as an empty one; empty lines are left out.

    Raises:
        SourceError: the file cannot be read, or a line is no JSON.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read: {why(error).en}. It should hold one JSON object a line.",
            zh=f"无法读取 {path}：{why(error).zh}。该文件每行应为一个 JSON 对象。",
            path=str(path),
        ) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            said = json_problem(error)
            raise SourceError(
                f"{path}, line {number}: {said.en}. It should hold one JSON object a line.",
                zh=f"{path} 第 {number} 行：{said.zh}。该文件每行应为一个 JSON 对象。",
                path=str(path),
                line=number,
            ) from error
        yield number, record if isinstance(record, dict) else {}
