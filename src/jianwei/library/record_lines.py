"""JSON objects of a small JSONL file that a person wrote about listings, with their line numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from jianwei.errors import SourceError

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
        for number, line in enumerate(lines, 1):
            if line.strip():
                record = orjson.loads(line)
                yield number, record if isinstance(record, dict) else {}
    except (OSError, orjson.JSONDecodeError) as error:
        raise SourceError(
            f"{path} cannot be read: {error}. It should hold one JSON object a line.",
            zh=f"无法读取 {path}：{error}。该文件每行应为一个 JSON 对象。",
            path=str(path),
        ) from error
