"""A line of the log is one JSON object, whatever is in it."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.waiting import until

from jianwei.web.json_answer import json_text
from jianwei.web.serving import JsonLines

if TYPE_CHECKING:
    import httpx
    import pytest


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


def test_requests_of_a_moment_are_logged_together_and_counted_when_asked(
    program: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "jianwei.web"):
        for _ in range(3):
            assert program.get("/api/v1/search", params={"words": "灵芝 秘密"}).status_code == 200
        until(lambda: len(lines(caplog)) >= 3, "three requests are not logged")
    assert all((line.path, line.status) == ("/api/v1/search", 200) and line.ms > 0 for line in lines(caplog))
    assert len({line.request_id for line in lines(caplog)}) == 3
    assert "秘密" not in caplog.text
    told = [program.get("/metrics").text for _ in range(2)]
    counted = [
        re.search(r'requests_total{method="GET",route="/metrics",status="200"} ([0-9.]+)', text) for text in told
    ]
    assert counted[1] is not None
    assert float(counted[1][1]) >= 1.0


def lines(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [record for record in caplog.records if record.getMessage() == "request"]
