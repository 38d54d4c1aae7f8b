"""Reading YAML with the line of every value at hand, so that a mistake in a rule file is pointed at.

A file becomes a tree of `Node`; each is asked for what it should be (`text()`, `items()`, `fields(...)`), and whatever
it is instead raises a `RuleMistake` with file, line and column. Nothing here knows rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_MOST_ALLOWED = 20
"""Allowed words that a mistake names: all fields of a rule, but not all laws, which would hide what is meant."""


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """One mistake in a rule file. `line` and `column` count from 1; 0 where the file as a whole is meant."""

    file: str
    line: int
    column: int
    message: str
    message_zh: str


class RuleMistake(Exception):  # noqa: N818  # caught where the rest of the file can still be read; never leaves the room
    """One mistake, on its way to the list of problems."""

    def __init__(self, problem: RuleProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Node:
    """One value of a YAML file and where it stands."""

    def __init__(self, file: str, raw: yaml.Node) -> None:
        self._file = file
        self._raw = raw

    @property
    def line(self) -> int:
        """The line of the value, from 1."""
        return int(self._raw.start_mark.line) + 1

    def mistake(self, message: str, zh: str) -> RuleMistake:
        """Return a mistake that points at this value."""
        return RuleMistake(RuleProblem(self._file, self.line, int(self._raw.start_mark.column) + 1, message, zh))

    def is_list(self) -> bool:
        """True for a list."""
        return isinstance(self._raw, yaml.SequenceNode)

    def is_mapping(self) -> bool:
        """True for a mapping."""
        return isinstance(self._raw, yaml.MappingNode)

    def text(self) -> str:
        """Return a text that is not empty; a number is taken as it is written."""
        if not isinstance(self._raw, yaml.ScalarNode) or not str(self._raw.value).strip():
            raise self.mistake("A text is needed here.", "此处应为文字。")
        return str(self._raw.value)

    def number(self, low: float, high: float) -> float:
        """Return a number from `low` to `high`."""
        try:
            number = float(self.text())
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise self.mistake(
                f"A number from {low:g} to {high:g} is needed here.", f"此处应为 {low:g} 到 {high:g} 的数。"
            )
        return number

    def flag(self) -> bool:
        """Return a yes or no."""
        value = self.text().lower()
        if value not in {"true", "false", "yes", "no"}:
            raise self.mistake("Write true or false here.", "此处应写 true 或 false。")
        return value in {"true", "yes"}

    def choice(self, allowed: Iterable[str]) -> str:
        """Return one of the allowed words."""
        words = list(allowed)
        value = self.text()
        if value not in words:
            raise self.unknown(value, words)
        return value

    def items(self) -> list[Node]:
        """Return the values of a list; a single value counts as a list of one."""
        if isinstance(self._raw, yaml.SequenceNode):
            return [Node(self._file, item) for item in self._raw.value]
        return [self]

    def texts(self) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(item.text() for item in self.items())

    def choices(self, allowed: Iterable[str]) -> tuple[str, ...]:
        """Return a list of allowed words."""
        words = list(allowed)
        return tuple(item.choice(words) for item in self.items())

    def pairs(self) -> list[tuple[Node, Node]]:
        """Return the names and values of a mapping in order; a name that comes twice is a mistake."""
        if not isinstance(self._raw, yaml.MappingNode):
            raise self.mistake("Named values (name: value) are needed here.", "此处应为“名称: 值”。")
        seen: set[str] = set()
        pairs = []
        for raw_name, raw_value in self._raw.value:
            name = Node(self._file, raw_name)
            if name.text() in seen:
                raise name.mistake(f"{name.text()!r} stands here twice.", f"{name.text()!r} 重复出现。")
            seen.add(name.text())
            pairs.append((name, Node(self._file, raw_value)))
        return pairs

    def fields(self, known: Iterable[str], *, needed: Iterable[str] = ()) -> dict[str, Node]:
        """Return the values of a mapping by name; an unknown name and a missing one are mistakes."""
        names = list(known)
        found: dict[str, Node] = {}
        for name, value in self.pairs():
            if name.text() not in names:
                raise name.unknown(name.text(), names)
            found[name.text()] = value
        for name_needed in needed:
            if name_needed not in found:
                raise self.mistake(f"{name_needed!r} is missing here.", f"此处缺少 {name_needed!r}。")
        return found

    def unknown(self, value: str, allowed: Iterable[str]) -> RuleMistake:
        """Return the mistake of a word that is none of the allowed ones, with the nearest one where there is one."""
        words = list(allowed)
        near = get_close_matches(value, words, n=1)
        hint, hint_zh = (f" Did you mean {near[0]!r}?", f"是否想写 {near[0]!r}？") if near else ("", "")
        shown, more = words[:_MOST_ALLOWED], len(words) - _MOST_ALLOWED
        rest, rest_zh = (f" and {more} more", f" 等 {len(words)} 个") if more > 0 else ("", "")
        return self.mistake(
            f"{value!r} is not known here.{hint} Allowed: {', '.join(shown)}{rest}.",
            f"{value!r} 在此处无效。{hint_zh}可用：{'、'.join(shown)}{rest_zh}。",
        )


def read_yaml(file: Path, *, name: str) -> Node:
    """Return the tree of one UTF-8 YAML file; `name` is what problems call it.

    Raises:
        RuleMistake: it cannot be read, is not UTF-8, or is not YAML.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
        raw = yaml.compose(text, Loader=_Loader)
    except OSError as error:
        raise _of_file(
            name, f"The file cannot be read: {error.strerror}.", f"无法读取文件：{error.strerror}。"
        ) from error
    except UnicodeDecodeError as error:
        message = f"The file is not UTF-8 (byte {error.start}). Save it as UTF-8."
        raise _of_file(name, message, f"文件不是 UTF-8 编码（第 {error.start} 字节）。请另存为 UTF-8。") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        problem = error.problem or "not YAML"
        raise RuleMistake(
            RuleProblem(name, line, column, f"This is not YAML: {problem}.", f"YAML 语法错误：{problem}。")
        ) from error
    except yaml.YAMLError as error:
        raise _of_file(name, f"This is not YAML: {error}.", f"YAML 语法错误：{error}。") from error
    if raw is None:
        raise _of_file(name, "The file is empty.", "文件是空的。")
    return Node(name, raw)


def _of_file(name: str, message: str, zh: str) -> RuleMistake:
    return RuleMistake(RuleProblem(name, 0, 0, message, zh))
