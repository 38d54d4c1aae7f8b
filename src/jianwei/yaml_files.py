"""Reads the YAML files that users write, and says in both languages where one is no YAML and what was expected there.

The parser says `did not find expected key` and the like, in English only. Left out: what the values mean, and who is
told (`risk/rule_nodes.py` of rules, `ingest/sources/mapping_file.py` of mappings).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import yaml

from jianwei.bilingual import Both
from jianwei.system_words import why

if TYPE_CHECKING:
    from pathlib import Path

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_MOST_SHOWN = 20
"""Characters of what stands at a mistake that are shown."""


class _Wording(NamedTuple):
    """What is wrong where the parser says one of `signs`. `{began}` is the line where the broken thing begins."""

    signs: tuple[str, ...]
    said: Both


_WORDINGS = (
    _Wording(
        ("mapping values are not allowed",),
        Both(
            "a colon is not allowed here. Put a value that holds `: ` in quotation marks, write a blank after the "
            "colon of a key, and begin the keys of one level in the same column",
            "此处不能出现冒号。值中含有“: ”时请加引号，键后的冒号之后须有空格，同一级的键须左对齐",
        ),
    ),
    _Wording(
        ("tab character", "'\\t'"),
        Both("lines are indented by blanks, not by a tab", "缩进只能用空格，不能用制表符"),
    ),
    _Wording(
        ("cannot start any token",),
        Both(
            "no value begins with this character. Put the value in quotation marks",
            "值不能以此字符开头。请给该值加上引号",
        ),
    ),
    _Wording(
        ("expected ',' or ']'",),
        Both("a comma or `]` is expected in the list of line {began}", "第 {began} 行的列表在此处应有逗号或 `]`"),
    ),
    _Wording(
        ("expected ',' or '}'",),
        Both("a comma or `}}` is expected for the `{{` of line {began}", "第 {began} 行的 `{{` 在此处应有逗号或 `}}`"),
    ),
    _Wording(
        ("unexpected end of stream", "unexpected document indicator"),
        Both("the quotation mark opened in line {began} is never closed", "第 {began} 行的引号没有闭合"),
    ),
    _Wording(
        ("found unknown escape character",),
        Both(
            "a backslash in double quotation marks begins an escape. Write it twice, or use single quotation marks",
            "双引号内的反斜杠表示转义。请写成两个反斜杠，或改用单引号",
        ),
    ),
    _Wording(
        ("expected '-' indicator", "while parsing a block collection"),
        Both(
            "a further entry `- …` of the list of line {began} is expected, in the same column",
            "此处应为第 {began} 行列表的下一项 `- …`，并与之左对齐",
        ),
    ),
    _Wording(
        ("did not find expected key", "expected <block end>"),
        Both(
            "a key is expected, in the column of those above (`key: value`). Check the indentation and the quotation "
            "marks before it",
            "此处应为与上文左对齐的键（`键: 值`）。请检查缩进以及前文的引号",
        ),
    ),
    _Wording(
        ("could not find expected ':'",),
        Both("a colon is missing after the key of line {began}", "第 {began} 行的键后缺少冒号"),
    ),
    _Wording(
        ("sequence entries are not allowed",),
        Both("an entry `- …` of a list begins a line of its own", "列表项 `- …` 须另起一行"),
    ),
    _Wording(
        ("node content",),
        Both(
            "a value is expected. Put one that begins with this character in quotation marks",
            "此处应为一个值。值若以此字符开头，请加引号",
        ),
    ),
    _Wording(
        ("undefined alias", "alphabetic or numeric character"),
        Both("a value that begins with `*` or `&` is in quotation marks", "以 `*` 或 `&` 开头的值须加引号"),
    ),
    _Wording(
        ("could not determine a constructor", "tag"),
        Both("a value that begins with `!` is in quotation marks", "以 `!` 开头的值须加引号"),
    ),
    _Wording(
        ("comment or line break", "chomping or indentation"),
        Both("the text after `|` or `>` begins on the next line", "`|` 或 `>` 之后的文本须从下一行开始"),
    ),
    _Wording(
        ("found another document",),
        Both("a file holds one document. Remove this line", "文件中只能有一份文档。请删除此行"),
    ),
    _Wording(("second occurrence",), Both("this `&` name was used before", "此 `&` 名称此前已用过")),
    _Wording(("found unhashable key",), Both("a key is a text, not a list", "键应为文本，不能是列表")),
    _Wording(
        ("characters are not allowed",),
        Both("a control character cannot stand in YAML. Remove it", "YAML 中不能有控制字符。请删除"),
    ),
)


class YamlMistake(Exception):  # noqa: N818  # becomes an error of whoever reads the file; never leaves it
    """A file that is no YAML. `line` and `column` count from 1; 0 where the file as a whole is meant."""

    def __init__(self, said: Both, *, line: int = 0, column: int = 0) -> None:
        super().__init__(said.en)
        self.said = said
        self.line = line
        self.column = column


def read_text(file: Path) -> str:
    """Return the text of a file in UTF-8, with or without byte order mark.

    Raises:
        YamlMistake: it cannot be read or is not UTF-8.
    """
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        reason = why(error)
        raise YamlMistake(Both(f"The file cannot be read: {reason.en}.", f"无法读取文件：{reason.zh}。")) from error
    except UnicodeDecodeError as error:
        raise YamlMistake(
            Both(
                f"The file is not UTF-8 (byte {error.start}). Save it as UTF-8.",
                f"文件不是 UTF-8 编码（第 {error.start} 字节）。请另存为 UTF-8。",
            )
        ) from error


def composed(text: str) -> yaml.Node | None:
    """Return the tree of a YAML text, None of one that says nothing.

    Raises:
        YamlMistake: it is not YAML.
    """
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise _mistake(error, text) from error
    except RecursionError as error:
        raise _too_deep() from error


def plain_content(node: yaml.Node, text: str) -> object:
    """Return what a tree of `text` holds; dates and times stay texts as they are written.

    Raises:
        YamlMistake: a value is not of the type that it states.
    """
    try:
        return _PlainConstructor().construct_document(node)
    except yaml.YAMLError as error:
        raise _mistake(error, text) from error
    except RecursionError as error:
        raise _too_deep() from error


_DATE = "tag:yaml.org,2002:timestamp"


class _PlainConstructor(yaml.constructor.SafeConstructor):
    """Makes values as usual, but no dates: `2024-13-45` would be an error without a place, and a text is asked for."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:  # noqa: FBT001, FBT002  # PyYAML's own
        if node.tag == _DATE and isinstance(node, yaml.ScalarNode):
            return node.value
        try:
            return super().construct_object(node, deep=deep)
        except ValueError as error:
            raise yaml.constructor.ConstructorError(problem=str(error), problem_mark=node.start_mark) from error


def _too_deep() -> YamlMistake:
    return YamlMistake(Both("The file is nested too deeply.", "文件嵌套过深。"))


def _mistake(error: yaml.YAMLError, text: str) -> YamlMistake:
    problem, context = str(error), ""
    line = column = began = 0
    if isinstance(error, yaml.MarkedYAMLError):
        problem, context = error.problem or problem, error.context or ""
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        began = error.context_mark.line + 1 if error.context_mark else line
    elif isinstance(error, yaml.reader.ReaderError):
        # A character that can stand nowhere; the parsers count bytes or characters up to it.
        place = text.find(chr(error.character))
        line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
    lines = text.splitlines()
    rest = lines[line - 1][column - 1 :].rstrip() if 0 < line <= len(lines) else ""
    said = _said(f"{context} {problem} {rest[:1]!r}", problem, began)
    return YamlMistake(_at(said, rest, column, is_end=line >= len(lines)), line=line, column=column)


def _said(signs: str, problem: str, began: int) -> Both:
    for wording in _WORDINGS:
        if any(sign in signs for sign in wording.signs):
            return Both(wording.said.en.format(began=began), wording.said.zh.format(began=began))
    return Both(problem, f"解析器的说明为“{problem}”")


def _at(said: Both, rest: str, column: int, *, is_end: bool) -> Both:
    if not column:
        return Both(f"This is not YAML: {said.en}.", f"YAML 有误：{said.zh}。")
    shown = rest if len(rest) <= _MOST_SHOWN else f"{rest[:_MOST_SHOWN]}…"
    found, found_zh = (repr(shown), f" {shown!r}") if shown else ("the end of the line", "行尾")
    if not shown and is_end:
        found, found_zh = "the end of the file", "文件结尾"
    return Both(
        f"This is not YAML at column {column}, found {found}: {said.en}.",
        f"第 {column} 列 YAML 有误，实际为{found_zh}：{said.zh}。",
    )
