from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.cli.terminal import Terminal

from jianwei.cli.common_options import CommonOptions
from jianwei.cli.count_progress import PlainCounts, embed_facts, embed_progress
from jianwei.cli.language import Both
from jianwei.cli.progress import PLAIN_INTERVAL_S
from jianwei.cli.session import Session
from jianwei.ingest.report import EmbedProgress

if TYPE_CHECKING:
    import pytest

SESSION = Session("en", CommonOptions(), {})
MOMENT = EmbedProgress(30, 120, 2, 60.0)


def test_a_log_gets_a_line_at_once_and_then_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    now_s = [0.0]
    show = PlainCounts(SESSION, Both("Making vectors", "生成向量"), embed_facts, clock=lambda: now_s[0])
    for now_s[0] in (0.0, 1.0, PLAIN_INTERVAL_S - 0.1, PLAIN_INTERVAL_S, PLAIN_INTERVAL_S + 1):
        show(MOMENT)

    captured = capsys.readouterr()
    assert captured.err.splitlines() == ["Making vectors · 30/120 · 0.5 vectors/s · 3:00 left · 2 failed"] * 2
    assert captured.out == ""


def test_what_cannot_be_told_yet_is_left_out() -> None:
    assert embed_facts(EmbedProgress(0, 8, 0, 0.0), Session("zh", CommonOptions(), {})) == ["0/8", "0.0 个向量/秒"]


def test_a_terminal_gets_a_bar_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with embed_progress(SESSION) as show:
        show(MOMENT)

    assert "30/120" in terminal.getvalue()
    assert capsys.readouterr().out == ""
