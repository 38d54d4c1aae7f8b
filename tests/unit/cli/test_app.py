from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jianwei.cli import app
from jianwei.cli.common_options import CommonOptions
from jianwei.cli.language import Both
from jianwei.cli.session import Session
from jianwei.cli.specification import Command
from jianwei.errors import StorageFullError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Runner


def _ending_in(error: BaseException) -> Command:
    def run(_: CommonOptions, __: Session) -> int:
        raise error

    return Command(Both("x", "某"), CommonOptions, run)


def _session(*, json: bool = False, debug: bool = False) -> Session:
    return Session("en", CommonOptions(json=json, debug=debug), {})


def test_an_error_of_ours_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    error = StorageFullError("The disk is full.", zh="磁盘已满。", path="/x")

    assert app._run(_ending_in(error), {}, _session()) == 5
    assert app._run(_ending_in(error), {}, Session("zh", CommonOptions(), {})) == 5
    captured = capsys.readouterr()
    assert captured.err.splitlines() == ["Error: The disk is full.", "错误：磁盘已满。"]
    assert captured.out == ""


def test_with_json_an_error_of_ours_is_one_object_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    error = StorageFullError("The disk is full.", zh="磁盘已满。", path="/x")

    assert app._run(_ending_in(error), {}, _session(json=True)) == 5
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"error": {"code": "storage-full", "message": "The disk is full.", "path": "/x"}}
    assert captured.err == ""


def test_an_unforeseen_error_is_a_sentence_without_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert app._run(_ending_in(KeyError("colour")), {}, _session()) == 1
    captured = capsys.readouterr()
    assert "KeyError: 'colour'" in captured.err
    assert "--debug" in captured.err
    assert "Traceback" not in captured.err


def test_debug_shows_the_traceback_of_an_unforeseen_error(capsys: pytest.CaptureFixture[str]) -> None:
    app._run(_ending_in(KeyError("colour")), {}, _session(debug=True, json=True))

    captured = capsys.readouterr()
    assert "Traceback" in captured.err
    assert json.loads(captured.out)["error"]["code"] == "unexpected"


def test_ctrl_c_ends_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert app._run(_ending_in(KeyboardInterrupt()), {}, _session()) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_a_closed_pipe_ends_silently_with_141(capsys: pytest.CaptureFixture[str]) -> None:
    assert app._run(_ending_in(BrokenPipeError()), {}, _session()) == 141
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("arguments", [("--json", "stats"), ("stats", "--json")])
def test_common_options_work_before_and_after_the_command(jianwei: Runner, arguments: tuple[str, ...]) -> None:
    assert json.loads(jianwei(*arguments).stdout)["listings"] == 4


def test_an_option_after_the_command_wins(jianwei: Runner, library: Path, tmp_path: Path) -> None:
    assert jianwei("--library", str(tmp_path / "none"), "stats").exit_code == 3
    assert jianwei("--library", str(tmp_path / "none"), "stats", "-l", str(library)).exit_code == 0


def test_the_library_is_that_of_the_variable_else_a_folder_here() -> None:
    assert Session("en", CommonOptions(), {"JIANWEI_LIBRARY": "/x/y"}).library_path.as_posix() == "/x/y"
    assert Session("en", CommonOptions(), {}).library_path.as_posix() == "jianwei-library"


def test_an_environment_variable_with_a_wrong_value_is_a_usage_error(library: Path) -> None:
    from typer.testing import CliRunner

    environment = {"JIANWEI_LIBRARY": str(library), "JIANWEI_WORKERS": "many"}
    result = CliRunner().invoke(app.build_app("en", environment), ["stats"])

    assert result.exit_code == 2
    assert "JIANWEI_WORKERS" in result.stderr
