"""Reading YAML with the line of every value at hand, so that a mistake in a rule file is pointed at.

A file becomes a tree of `Node`; each is asked for what it should be (`text()`, `items()`, `fields(...)`), and whatever
it is instead raises a `RuleMistake` with file, line and column. Nothing here knows rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import yaml

from jianwei.yaml_files import YamlMistake, composed, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_MOST_ALLOWED = 20
"""Allowed words that a mistake names: all fields of a rule, but not all laws, which would hide what is meant."""

_MOST_SHOWN = 60
"""Characters of what was found that a mistake shows."""


@dataclass(frozen=True, slots=True)
class RulePlace:
    """Where something stands in rule files.

    `line` and `column` count from 1; 0 where the file as a whole is meant. `rule_id` is `category/id`, empty outside of
    rules. `field` is the way to it by names and places from 1, from its rule on where it stands in one:
    `excuses[2].phrases[1]`; empty for the rule or the file itself.
    """

    file: str
    line: int = 0
    column: int = 0
    rule_id: str = ""
    field: str = ""

    @property
    def text(self) -> str:
        """The place in words; empty where nothing is known of it."""
        return ", ".join(
            filter(None, [self._in_file, self.rule_id and f"rule {self.rule_id}", self.field and f"field {self.field}"])
        )

    @property
    def text_zh(self) -> str:
        """The place in Chinese."""
        return "，".join(
            filter(None, [self._in_file, self.rule_id and f"规则 {self.rule_id}", self.field and f"字段 {self.field}"])
        )

    @property
    def _in_file(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text of a rule file and where it stands."""

    place: RulePlace
    text: str


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """One mistake in a rule file: what was found there and what was expected."""

    place: RulePlace
    message: str
    message_zh: str


class RuleMistake(Exception):  # noqa: N818  # caught where the rest of the file can still be read; never leaves the room
    """One mistake, on its way to the list of problems."""

    def __init__(self, problem: RuleProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Node:
    """One value of a YAML file and where it stands.

    Args:
        file: what places call the file.
        raw: the value.
        above: what holds it, None for the whole file.
        name: its name there, or its number from 1 in a list.
    """

    __slots__ = ("_file", "_raw", "above", "name", "noted", "rule_id")

    def __init__(self, file: str, raw: yaml.Node, above: Node | None = None, name: str | int = "") -> None:
        self._file = file
        self._raw = raw
        self.above = above
        self.name = name
        self.noted: list[PlacedText] = [] if above is None else above.noted
        """What was noted of the whole file, for who looks at it later."""
        self.rule_id = ""
        """Of the rule that stands here, set by who knows rules: places inside it are told by it."""

    @property
    def line(self) -> int:
        """The line of the value, from 1."""
        return int(self._raw.start_mark.line) + 1

    @property
    def place(self) -> RulePlace:
        """Where the value stands."""
        names: list[str] = []
        node = self
        while node.above is not None and not node.rule_id:
            names.append(f"[{node.name}]" if isinstance(node.name, int) else f".{node.name}")
            node = node.above
        path = "".join(reversed(names)).removeprefix(".")
        return RulePlace(self._file, self.line, int(self._raw.start_mark.column) + 1, node.rule_id, path)

    def note(self, text: str) -> None:
        """Add a text that stands here to what is noted of the file."""
        self.noted.append(PlacedText(self.place, text))

    def mistake(self, message: str, zh: str) -> RuleMistake:
        """Return a mistake that points at this value."""
        return RuleMistake(RuleProblem(self.place, message, zh))

    def is_list(self) -> bool:
        """True for a list."""
        return isinstance(self._raw, yaml.SequenceNode)

    def is_mapping(self) -> bool:
        """True for a mapping."""
        return isinstance(self._raw, yaml.MappingNode)

    def text(self) -> str:
        """Return a text that is not empty; a number is taken as it is written."""
        text = _written(self._raw)
        if text is None:
            raise self._instead_of("A text", "文字")
        return text

    def number(self, low: float, high: float) -> float:
        """Return a number from `low` to `high`."""
        try:
            number = float(_written(self._raw) or "")
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise self._instead_of(f"A number from {low:g} to {high:g}", f" {low:g} 到 {high:g} 的数")
        return number

    def whole_number(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`."""
        text = _written(self._raw) or ""
        if not text.isdecimal() or not low <= int(text) <= high:
            raise self._instead_of(f"A whole number from {low} to {high}", f" {low} 到 {high} 的整数")
        return int(text)

    def flag(self) -> bool:
        """Return a yes or no."""
        value = (_written(self._raw) or "").lower()
        if value not in {"true", "false", "yes", "no"}:
            raise self._instead_of("Either true or false", " true 或 false")
        return value in {"true", "yes"}

    def given(self, name: str) -> str:
        """Return the text under a name of a mapping, empty where there is none: for telling which value this is."""
        for raw_name, raw_value in self._raw.value if self.is_mapping() else ():
            if raw_name.value == name:
                return _written(raw_value) or ""
        return ""

    def _instead_of(self, expected: str, expected_zh: str) -> RuleMistake:
        found, found_zh = self._found()
        return self.mistake(
            f"{expected} is needed here; found: {found}.", f"此处应为{expected_zh}，实际为：{found_zh}。"
        )

    def _found(self) -> tuple[str, str]:
        """Return what stands here, in English and Chinese."""
        if self.is_list():
            return "a list", "列表"
        if self.is_mapping():
            names = ", ".join(repr(str(name.value)) for name, _ in self._raw.value[:_MOST_ALLOWED])
            return f"named values ({names})", f"“名称: 值”（{names}）"
        text = _written(self._raw)
        return ("nothing", "空值") if text is None else (repr(shortened(text)), repr(shortened(text)))

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
            return [Node(self._file, item, self, number) for number, item in enumerate(self._raw.value, 1)]
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
            found, found_zh = self._found()
            raise self.mistake(
                f"Named values (name: value) are needed here; found: {found}.",
                f"此处应为“名称: 值”，实际为：{found_zh}。",
            )
        seen: set[str] = set()
        pairs = []
        for raw_name, raw_value in self._raw.value:
            name = Node(self._file, raw_name, self, str(raw_name.value))
            if name.text() in seen:
                raise name.mistake(f"{name.text()!r} stands here twice.", f"{name.text()!r} 重复出现。")
            seen.add(name.text())
            pairs.append((name, Node(self._file, raw_value, self, name.text())))
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
                given = ", ".join(map(repr, found))
                raise Node(self._file, self._raw, self, name_needed).mistake(
                    f"{name_needed!r} is missing here; found: {given or 'nothing'}.",
                    f"此处缺少 {name_needed!r}，实际只有：{given or '空'}。",
                )
        return found

    def unknown(self, value: str, allowed: Iterable[str]) -> RuleMistake:
        """Return the mistake of a word that is none of the allowed ones, with the nearest one where there is one."""
        words = list(allowed)
        near = get_close_matches(value, words, n=1)
        hint, hint_zh = (f" Did you mean {near[0]!r}?", f"是否想写 {near[0]!r}？") if near else ("", "")
        shown, more = words[:_MOST_ALLOWED], len(words) - _MOST_ALLOWED
        rest, rest_zh = (f" and {more} more", f" 等 {len(words)} 个") if more > 0 else ("", "")
        return self.mistake(
            f"{shortened(value)!r} is not known here.{hint} Allowed: {', '.join(shown)}{rest}.",
            f"{shortened(value)!r} 在此处无效。{hint_zh}可用：{'、'.join(shown)}{rest_zh}。",
        )


def read_yaml(file: Path, *, name: str) -> Node:
    """Return the tree of one UTF-8 YAML file; `name` is what problems call it.

    Raises:
        RuleMistake: it cannot be read, is not UTF-8, or is not YAML.
    """
    try:
        raw = composed(read_text(file))
    except YamlMistake as error:
        place = RulePlace(name, error.line, error.column)
        raise RuleMistake(RuleProblem(place, error.said.en, error.said.zh)) from error
    if raw is None:
        raise _of_file(name, "The file is empty.", "文件是空的。")
    return Node(name, raw)


def _of_file(name: str, message: str, zh: str) -> RuleMistake:
    return RuleMistake(RuleProblem(RulePlace(name), message, zh))


def _written(raw: yaml.Node) -> str | None:
    """Return a text as it is written, None for anything else and for white space."""
    is_text = isinstance(raw, yaml.ScalarNode) and str(raw.value).strip()
    return str(raw.value) if is_text else None


def shortened(text: str) -> str:
    """Return a text for a message, cut where it is long."""
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
