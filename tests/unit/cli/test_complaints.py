"""What a path that no file can have is answered with, wherever it is given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Runner

LONG = "/" + "长" * 2500


@pytest.mark.parametrize(
    "arguments",
    [("stats", "--library", LONG), ("sweep", LONG), ("models", "import", LONG), ("show", "x", "--library", LONG)],
    ids=lambda arguments: arguments[0],
)
def test_a_path_that_is_too_long_is_told_in_words(jianwei: Runner, arguments: tuple[str, ...]) -> None:
    told = jianwei(*arguments, "--json").stdout
    error = json.loads(told)["error"]
    assert error["code"] != "unexpected", told
    assert "too long" in error["message"]
    assert len(error["message"]) < 400
