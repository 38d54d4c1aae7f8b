from __future__ import annotations

import pytest
from tests.unit.cli.terminal import Terminal

from jianwei.cli.common_options import CommonOptions
from jianwei.cli.progress import PLAIN_INTERVAL_S, PlainIngest, clock_time, ingest_facts, ingest_progress
from jianwei.cli.session import Session
from jianwei.ingest.report import IngestProgress

SESSION = Session("en", CommonOptions(), {})
MOMENT = IngestProgress(30, 120, 90, 4, 2, 60.0)


def test_a_log_gets_a_line_at_once_and_then_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    now_s = [0.0]
    show = PlainIngest(SESSION, clock=lambda: now_s[0])
    for now_s[0] in (0.0, 1.0, PLAIN_INTERVAL_S - 0.1, PLAIN_INTERVAL_S, PLAIN_INTERVAL_S + 1):
        show(MOMENT)

    captured = capsys.readouterr()
    assert captured.err.splitlines() == ["Ingesting · listings 30/120 · 1.5 pictures/s · 3:00 left · 2 failed"] * 2
    assert captured.out == ""


def test_what_cannot_be_told_yet_is_left_out() -> None:
    facts = ingest_facts(IngestProgress(0, None, 0, 0, 0, 0.0), SESSION)

    assert facts == ["listings 0/?"]


def test_a_source_without_pictures_has_no_rate_of_them() -> None:
    facts = ingest_facts(IngestProgress(30, 120, 0, 0, 0, 60.0), SESSION)

    assert facts == ["listings 30/120", "3:00 left"]


def test_screening_is_told_when_all_has_come_in() -> None:
    facts = ingest_facts(IngestProgress(120, 120, 90, 0, 0, 60.0, screened=40, to_screen=80), SESSION)

    assert facts == ["listings 120/120", "1.5 pictures/s", "screened 40/80"]


def test_facts_are_spoken_in_chinese() -> None:
    facts = ingest_facts(MOMENT, Session("zh", CommonOptions(), {}))

    assert facts == ["商品 30/120", "1.5 张图片/秒", "剩余 3:00", "失败 2"]


def test_a_terminal_gets_a_bar_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with ingest_progress(SESSION) as show:
        show(MOMENT)

    assert "30/120" in terminal.getvalue()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (7.4, "0:07"), (750, "12:30"), (11_100, "3:05:00")])
def test_times_are_written_like_a_clock(seconds: float, text: str) -> None:
    assert clock_time(seconds) == text
