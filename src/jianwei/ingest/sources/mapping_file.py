"""Reads a mapping file, YAML or JSON, and remembers the line of every key so that mistakes can be pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import yaml

from jianwei.errors import MappingError
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_mapping_file(path: Path) -> tuple[dict[str, object], dict[str, int]]:
    """Return the content of a mapping file and the line of each key by its dotted path (`pictures.base`).

    Raises:
        MappingError: it cannot be read, is not YAML or JSON, is no set of keys, or has a key twice.
    """
    text = _read(path)
    is_json = path.suffix.lower() == ".json"
    try:
        # JSON may be indented by tabs, which YAML forbids; inside its strings a tab cannot stand as such.
        node = yaml.compose(text.replace("\t", " ") if is_json else text, Loader=yaml.SafeLoader)
        content = orjson.loads(text) if is_json else yaml.safe_load(text)
    except (yaml.YAMLError, orjson.JSONDecodeError) as error:
        raise MappingError(
            f"The mapping {path} is not valid {'JSON' if is_json else 'YAML'}: {error}.",
            zh=f"映射文件 {path} 不是有效的 {'JSON' if is_json else 'YAML'}：{error}。",
            path=str(path),
        ) from error
    if content is None:
        return {}, {}
    if not isinstance(content, dict):
        raise MappingError(
            f"The mapping {path} must hold keys with values, such as `fields: …`.",
            zh=f"映射文件 {path} 应由“键: 值”组成，例如 `fields: …`。",
            path=str(path),
        )
    return content, _lines(path, node)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise MappingError(
            f"The mapping {path} cannot be read ({why(error).en}). Check its path.",
            zh=f"无法读取映射文件 {path}（{why(error).zh}）。请检查路径。",
            path=str(path),
        ) from error
    except UnicodeDecodeError as error:
        raise MappingError(
            f"The mapping {path} is not UTF-8. Save it in UTF-8.",
            zh=f"映射文件 {path} 不是 UTF-8 编码。请保存为 UTF-8。",
            path=str(path),
        ) from error


def _lines(path: Path, node: yaml.Node | None) -> dict[str, int]:
    lines: dict[str, int] = {}
    for key, line in _keys(node, ""):
        if key in lines:
            raise MappingError(
                f"{path}:{line}: the key {key!r} stands here a second time, first in line {lines[key]}. Keep one.",
                zh=f"{path}:{line}：键 {key!r} 重复，首次出现在第 {lines[key]} 行。请只保留一个。",
                path=str(path),
                line=line,
            )
        lines[key] = line
    return lines


def _keys(node: yaml.Node | None, prefix: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            key = f"{prefix}{key_node.value}"
            yield key, key_node.start_mark.line + 1
            yield from _keys(value_node, f"{key}.")
