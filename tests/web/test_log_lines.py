"""A line of the log is one JSON object, whatever is in it."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from jianwei.web.json_answer import json_text
from jianwei.web.serving import JsonLines


def test_a_line_tells_when_what_and_whatever_was_given() -> None:
    lines = JsonLines()
    given = {"path": "/api/v1/search", "ms": 1.5}
    record = logging.makeLogRecord({"msg": "请求", "levelno": logging.INFO, "levelname": "INFO", **given})
    told = [json.loads(lines.format(record)) for _ in range(2)]
    assert told[0] == told[1]
    assert (told[0]["message"], told[0]["path"], told[0]["ms"], told[0]["level"]) == (
        "请求",
        "/api/v1/search",
        1.5,
        "info",
    )
    record.created += 1.0
    assert json.loads(lines.format(record))["time"] > told[0]["time"]


def test_what_json_does_not_know_stands_there_as_its_text() -> None:
    assert json.loads(json_text({"file": Path("a") / "b"})) == {"file": str(Path("a") / "b")}
    assert json.loads(json_text({"name": "\udcff"})) == {"name": "\udcff"}  # a file name that is no text
