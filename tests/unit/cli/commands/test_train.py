"""`jianwei train` and `jianwei probe` where nothing can be learnt."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from tests.unit.encoders.tiny_models import write_tiny_chinese_clip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_without_torch_the_command_names_what_to_install(
    jianwei: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    base = write_tiny_chinese_clip(tmp_path / "base")
    result = jianwei("train", str(base), "--out", str(tmp_path / "out"), "--name", "mine")
    assert result.exit_code == 1
    assert 'pip install "jianwei[train]"' in result.stderr
    assert not (tmp_path / "out").exists()


def test_an_option_that_cannot_be_is_refused_before_anything_is_read(jianwei: Callable[..., Any]) -> None:
    result = jianwei("train", "nowhere", "--out", "out", "--name", "mine", "--batch", "1")
    assert result.exit_code == 2
    assert "batch is 1. Allowed: 2 or more" in result.stderr


def test_a_probe_of_a_library_without_vectors_says_how_to_make_them(jianwei: Callable[..., Any]) -> None:
    result = jianwei("--json", "probe", "--features", "vectors")
    assert result.exit_code == 3
    assert "jianwei embed" in json.loads(result.stderr or result.stdout)["error"]["message"]


def test_a_probe_that_was_never_kept_is_told(jianwei: Callable[..., Any]) -> None:
    for option in ("--called", "--remove"):
        assert "keeps no probe" in jianwei("probe", option).stdout
    assert json.loads(jianwei("--json", "probe", "--remove").stdout) == {"removed": False}
    result = jianwei("probe", "--keep", "--remove")
    assert result.exit_code == 2
    assert "Give one of --keep" in result.stderr
