"""Reads a mapping file, YAML or JSON, and remembers the line of every key so that mistakes can be pointed at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import yaml

from jianwei.bilingual import Both
from jianwei.errors import MappingError
from jianwei.json_words import json_problem
from jianwei.yaml_files import YamlMistake, composed, plain_content, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_mapping_file(path: Path) -> tuple[dict[str, object], dict[str, int]]:
    """Return the content of a mapping file and the line of each key by its dotted path (`pictures.base`).

    Raises:
        MappingError: it cannot be read, is not YAML or JSON, is no set of keys, or has a key twice.
    """
    content, node = _content(path)
    if content is None:
        return {}, {}
    if not isinstance(content, dict):
        raise MappingError(
            f"The mapping {path} must hold keys with values, such as `fields: …`.",
            zh=f"映射文件 {path} 应由“键: 值”组成，例如 `fields: …`。",
            path=str(path),
        )
    return content, _lines(path, node)


def _content(path: Path) -> tuple[object, yaml.Node | None]:
    try:
        text = read_text(path)
        if path.suffix.lower() != ".json":
            node = composed(text)
            return None if node is None else plain_content(node, text), node
        # JSON may be indented by tabs, which YAML forbids; inside its strings a tab cannot stand as such.
        return json.loads(text), composed(text.replace("\t", " "))
    except YamlMistake as error:
        raise _refused(path, error.line, error.said) from error
    except json.JSONDecodeError as error:
        said = json_problem(error)
        raise _refused(path, error.lineno, Both(f"{said.en}.", f"{said.zh}。")) from error
    except RecursionError as error:
        raise _refused(path, 0, Both("The file is nested too deeply.", "文件嵌套过深。")) from error


def _refused(path: Path, line: int, said: Both) -> MappingError:
    where = f"{path}:{line}" if line else str(path)
    return MappingError(f"{where}: {said.en}", zh=f"{where}：{said.zh}", path=str(path), line=line or None)


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
