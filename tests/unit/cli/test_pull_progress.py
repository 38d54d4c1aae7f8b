from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.cli.terminal import Terminal

from jianwei.cli.common_options import CommonOptions
from jianwei.cli.progress import PLAIN_INTERVAL_S
from jianwei.cli.pull_progress import PlainPull, pull_progress, stage_text
from jianwei.cli.session import Session
from jianwei.encoders.hub.progress import PullProgress

if TYPE_CHECKING:
    import pytest

SESSION = Session("en", CommonOptions(), {})
MEGABYTE = 1_000_000


def test_a_log_gets_a_line_for_each_step_and_one_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    now_s = [0.0]
    show = PlainPull(SESSION, clock=lambda: now_s[0])
    show(PullProgress("looking", "modelscope"))
    for now_s[0] in (0.0, 1.0, PLAIN_INTERVAL_S - 0.1, PLAIN_INTERVAL_S):
        show(PullProgress("downloading", "model.safetensors", round(now_s[0] * MEGABYTE), 750 * MEGABYTE))
    for now_s[0] in (20.0, 40.0):
        show(PullProgress("waiting", "77@host"))

    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        "Looking: asking ModelScope",
        "Downloading model.safetensors · 0.0/750.0 MB",
        "Downloading model.safetensors · 10.0/750.0 MB",
        "Another process is pulling this model (77@host); waiting",
    ]
    assert captured.out == ""


def test_steps_are_spoken_in_chinese() -> None:
    session = Session("zh", CommonOptions(), {})

    assert stage_text(PullProgress("importing", "hashing"), session) == "导入：计算权重摘要"
    assert stage_text(PullProgress("downloading", "vocab.txt"), session) == "下载 vocab.txt"


def test_a_terminal_gets_a_bar_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with pull_progress(SESSION) as show:
        show(PullProgress("importing", "reading"))
        show(PullProgress("downloading", "model.safetensors", 5 * MEGABYTE, 10 * MEGABYTE))

    assert "model.safetensors" in terminal.getvalue()
    assert capsys.readouterr().out == ""
