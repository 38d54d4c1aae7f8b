"""The guided tour: what it runs, and that without a hub its model part ends at once with what to do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jianwei.cli.command_table import ENTRIES
from jianwei.encoders.hub.known_models import DEFAULT_MODEL

DEMO = Path(__file__).parents[3] / "samples" / "demo.py"


@pytest.fixture
def demo() -> dict[str, object]:
    import runpy

    return runpy.run_path(str(DEMO), run_name="demo")


def _commands(demo: dict[str, object], *, clip: bool) -> list[list[str]]:
    steps = demo["steps"]
    assert callable(steps)
    return [arguments for _, _, arguments in steps(clip=clip)]


def test_every_step_runs_a_command_that_there_is(demo: dict[str, object]) -> None:
    names = {entry.name for entry in ENTRIES}

    for arguments in _commands(demo, clip=True):
        assert arguments[0] in names or " ".join(arguments[:2]) in names


def test_the_model_comes_before_everything_that_takes_long(demo: dict[str, object]) -> None:
    plain, with_model = _commands(demo, clip=False), _commands(demo, clip=True)

    assert with_model[0] == ["models", "pull", DEFAULT_MODEL]
    assert [arguments[0] for arguments in with_model[1:4]] == ["ingest", "embed", "search"]
    assert [arguments for arguments in with_model if arguments in plain] == plain


@pytest.mark.parametrize(("language", "words"), [("en", "What you can do"), ("zh", "还可以这样做")])
def test_without_a_hub_the_tour_with_a_model_ends_within_seconds(tmp_path: Path, language: str, words: str) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{held.getsockname()[1]}"
        environment = {
            **os.environ,
            "JIANWEI_MODELS": str(tmp_path / "models"),
            "JIANWEI_HUGGINGFACE_ENDPOINT": nowhere,
            "JIANWEI_MODELSCOPE_ENDPOINT": nowhere,
            "JIANWEI_HUGGINGFACE_CACHE": str(tmp_path),
            "JIANWEI_MODELSCOPE_CACHE": str(tmp_path),
        }
        command = [sys.executable, str(DEMO), "--clip", "--library", str(tmp_path / "library"), "--lang", language]
        started_s = time.monotonic()
        finished = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)

    assert finished.returncode == 1
    assert words in finished.stderr
    assert "jianwei models import" in finished.stderr
    assert time.monotonic() - started_s < 60
    assert not (tmp_path / "library").exists()
