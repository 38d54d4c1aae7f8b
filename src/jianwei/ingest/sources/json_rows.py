"""Reads records from JSON: one object a line, an array, one object, or several in a row.

A broken line or element is one failure naming file, line and column and quoting what stands there. Leaves out what
the fields mean.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING

import orjson

from jianwei.ingest.sources.json_split import JsonSplitter
from jianwei.ingest.sources.line_problems import line_failure
from jianwei.ingest.sources.raw import Place, RawRecord, record_failure
from jianwei.json_words import json_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.ingest.sources.text_lines import TextFile
    from jianwei.records import Failure

_CHUNK_CHARACTERS = 1 << 20
_LOOKED_AT = 5  # lines, to tell JSON lines from one pretty-printed value
_ONLY_BEGUN = re.compile(r"\s*(?:\[\s*(?:\{.*)?|\{\s*)", re.DOTALL)
_TRAILING_COMMA = re.compile(r"(\})\s*,\s*\Z")


class JsonRows:
    """The records of one JSON file. `file` is its name for messages, `folder` where its picture paths start from."""

    def __init__(self, text: TextFile, *, file: str, folder: str = "") -> None:
        self._text = text
        self._file = file
        self._folder = folder

    def estimated_total(self) -> int | None:
        """Return the number of lines for JSON lines, None for other JSON."""
        return self._text.count_lines() if self._has_lines() else None

    def rows(self) -> Iterator[RawRecord | Failure]:
        """Yield the records and the failures of broken ones."""
        if not self._has_lines():
            for number, value in JsonSplitter().split(self._text.chunks(_CHUNK_CHARACTERS)):
                yield self._record(Place(self._file, number), value)
            return
        for line in self._text.lines():
            if line.problem:
                yield line_failure(Place(self._file, line.number), line.problem)
            elif line.text.strip():
                yield self._record(Place(self._file, line.number), line.text)

    def _record(self, place: Place, text: str) -> RawRecord | Failure:
        value = parse_object(text, place)
        return RawRecord(value, place, folder=self._folder) if isinstance(value, dict) else value

    def _has_lines(self) -> bool:
        """Return whether the file is JSON lines: true unless it begins with `[` or no early line is an object.

        A name that says so is believed, unless the first line is the first bracket of something that runs over many.
        """
        filled = (line.text for line in self._text.lines() if line.text.strip())
        begun = list(islice(filled, _LOOKED_AT))
        is_named_so = self._file.lower().endswith((".jsonl", ".ndjson"))
        if is_named_so and not (begun and _ONLY_BEGUN.fullmatch(begun[0])):
            return True
        if not begun or begun[0].lstrip().startswith("["):
            return False
        return any(isinstance(parse_object(text, Place(self._file)), dict) for text in begun if text.startswith("{"))


def parse_object(text: str, place: Place) -> dict[str, object] | Failure:
    """Return the JSON object in `text`, which begins at `place`, or the failure that says what is wrong where."""
    try:
        value = _parsed(text)
    except json.JSONDecodeError as error:
        return _broken(place, error)
    except RecursionError:
        return record_failure(
            place,
            "broken-json",
            english="the JSON is nested too deeply. Check how the file was written.",
            chinese="JSON 嵌套过深。请检查文件的生成方式。",
        )
    if isinstance(value, dict):
        return value
    return record_failure(
        place,
        "not-an-object",
        english=f"expected a JSON object {{…}}, found {_kind(value)}. Write one object per record.",
        chinese=f"应为 JSON 对象 {{…}}，实际是{_kind_zh(value)}。每条记录请写成一个对象。",
    )


def _parsed(text: str) -> object:
    """Return the value of JSON text; NaN and Infinity, which Python scripts write, are taken too.

    So is an object with a comma behind it: a line that was copied out of an array.
    """
    try:
        return orjson.loads(text)
    except ValueError:  # also lone surrogates, which are no text for orjson
        return json.loads(_TRAILING_COMMA.sub(r"\1", text))


def _broken(place: Place, error: json.JSONDecodeError) -> Failure:
    where = Place(place.file, place.line + error.lineno - 1) if place.line else Place(place.file, error.lineno)
    said = json_problem(error)
    return record_failure(
        where,
        "broken-json",
        english=f"{said.en}. Correct or remove the record.",
        chinese=f"{said.zh}。请更正或删除该记录。",
    )


def _kind(value: object) -> str:
    names = {list: "an array", str: "text", int: "a number", float: "a number", bool: "true or false"}
    return names.get(type(value), "null")


def _kind_zh(value: object) -> str:
    names = {list: "数组", str: "文本", int: "数字", float: "数字", bool: "true 或 false"}
    return names.get(type(value), " null")
