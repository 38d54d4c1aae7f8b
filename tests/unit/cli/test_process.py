"""What only a process of its own shows: start-up, pipes, signals, exit codes."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from tests.child_process import child
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = ("numpy", "sqlalchemy", "tantivy", "faiss", "openvino", "cv2", "PIL", "rich", "httpx", "openpyxl", "orjson")
NOT_FOR_A_SEARCH = (
    "pydantic", "sqlalchemy", "yaml", "PIL", "cv2", "faiss", "openvino", "onnxruntime", "httpx", "alembic", "openpyxl",
    "jianwei.ingest", "jianwei.risk", "jianwei.images.decoding", "jianwei.images.copy_match", "jianwei.captions",
    "jianwei.training", "jianwei.ocr", "jianwei.evaluation", "jianwei.watches", "jianwei.export", "jianwei.web",
    "jianwei.library.intake", "jianwei.library.risk", "jianwei.library.query_reading",
    "jianwei.catalog.findings.finding_store", "jianwei.catalog.watches.watch_store",
    "jianwei.indexes.vectors.vector_index", "jianwei.indexes.pictures.hash_index",
    "jianwei.indexes.pictures.feature_index", "jianwei.encoders.remote", "jianwei.storage.object_files",
    "jianwei.runtime.json_transport", "jianwei.ports.groups",
)  # fmt: skip
"""What a search for words does without: each took a part of the second that a person waits for it."""

RUN = "from jianwei.cli.main import run; run()"
ONLY_THE_PARSER = "import typer"


def _environment(**values: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JIANWEI_", "LC_", "LANG"))}
    return {**kept, "JIANWEI_OCR_ENGINE": "off", **values}


def _start(code: str, *arguments: str, **values: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", env=_environment(**values), timeout=PATIENCE_S, check=False
    )


def _processor_seconds(code: str, *arguments: str) -> float:
    """Return the time that a process takes of a processor: a machine under load makes the clock a poor judge."""
    before = os.times()
    _start(code, *arguments)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


@pytest.mark.parametrize("arguments", [["--help"], ["search", "--help"], ["serch"], ["--version"]])
def test_help_and_complaints_load_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys, json\nfrom jianwei.cli.command_line import main\n"
        f"main({arguments!r}, {{}})\nprint('LOADED', json.dumps(sorted(sys.modules)))"
    )
    loaded = json.loads(_start(code).stdout.rpartition("LOADED")[2])

    assert not {name.partition(".")[0] for name in loaded} & set(HEAVY)


def test_a_search_for_words_loads_only_what_it_needs(library: Path) -> None:
    arguments = ["search", "芦荟", "--library", str(library)]
    code = (
        "import sys, json\nfrom jianwei.cli.command_line import main\n"
        f"code = main({arguments!r}, {{'JIANWEI_OCR_ENGINE': 'off'}})\n"
        "print('LOADED', json.dumps([code, *sorted(sys.modules)]))"
    )
    _start(RUN, *arguments)  # the first search brings the indexes up to date, which takes more
    finished = _start(code)
    found, _, told = finished.stdout.rpartition("LOADED")
    code_of_exit, *loaded = json.loads(told)

    assert code_of_exit == 0
    assert "芦荟胶囊" in found
    assert [name for name in NOT_FOR_A_SEARCH if name in loaded] == []


def test_help_is_there_in_under_four_tenths_of_a_second() -> None:
    bare_s = min(_processor_seconds(ONLY_THE_PARSER) for _ in range(3))
    help_s = min(_processor_seconds(RUN, "--help") for _ in range(3))
    # On a processor on which the parser alone takes a fifth of a second everything takes longer.
    assert help_s < max(0.4, 2.5 * bare_s)


def test_the_language_is_that_of_the_locale() -> None:
    assert "用法" in _start(RUN, "--help", LANG="zh_CN.UTF-8").stdout
    assert "Usage" in _start(RUN, "--help", LANG="C.UTF-8").stdout


def test_python_runs_the_package_as_the_script_does() -> None:
    command = [sys.executable, "-m", "jianwei", "search", "--help"]
    told = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        env=_environment(LANG="C.UTF-8"),
        timeout=PATIENCE_S,
        check=False,
    )
    assert (told.returncode, told.stdout) == (0, _start(RUN, "search", "--help", LANG="C.UTF-8").stdout)


def test_a_search_that_ends_at_once_has_written_all_of_its_answer(library: Path, tmp_path: Path) -> None:
    found = _start(RUN, "search", "芦荟", "--json", "--library", str(library))
    assert found.returncode == 0
    assert json.loads(found.stdout)["hits"]
    missing = _start(RUN, "search", "芦荟", "--library", str(tmp_path / "none"), LANG="C.UTF-8")
    assert (missing.returncode, missing.stdout) == (3, "")
    assert "none" in missing.stderr
    refused = _start(RUN, "search", "芦荟", "--library", str(library), "--limit", "0")
    assert refused.returncode == 2
    assert refused.stderr


def test_json_is_utf8_whatever_the_locale(library: Path) -> None:
    result = _start(RUN, "show", "jd:1", "--json", JIANWEI_LIBRARY=str(library), PYTHONIOENCODING="ascii")

    assert json.loads(result.stdout)["title"].startswith("芦荟胶囊")
    assert "\\u" not in result.stdout


def test_a_terminal_that_cannot_show_chinese_gets_question_marks_not_a_traceback(library: Path) -> None:
    result = _start(RUN, "show", "jd:1", JIANWEI_LIBRARY=str(library), PYTHONIOENCODING="ascii")

    assert result.returncode == 0
    assert "????" in result.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGPIPE")
@pytest.mark.parametrize("arguments", [["--help"], ["stats"], ["stats", "--json"], ["show", "jd:1"]])
def test_a_closed_pipe_ends_silently(library: Path, arguments: list[str]) -> None:
    # The reader is gone before anything is written: the hardest case of `| head`.
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", RUN, *arguments]
    environment = _environment(JIANWEI_LIBRARY=str(library))
    try:
        process = subprocess.run(
            command, stdout=writing, stderr=subprocess.PIPE, env=environment, timeout=PATIENCE_S, check=False
        )
    finally:
        os.close(writing)

    assert process.stderr == b""
    assert process.returncode == 141


def test_exit_codes_reach_the_shell(library: Path, tmp_path: Path) -> None:
    assert _start(RUN, "stats", JIANWEI_LIBRARY=str(library)).returncode == 0
    assert _start(RUN, "stats", JIANWEI_LIBRARY=str(tmp_path)).returncode == 3
    assert _start(RUN, "stats", "--what").returncode == 2


PRESSED_WHILE_IMPORTING = """
import signal, sys
class Presses:
    def find_spec(self, name, *_):
        if name == "{module}":
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Presses())
"""


@pytest.mark.parametrize("module", ["jianwei.cli.command_line", "typer", "jianwei.cli.language", "jianwei.cli.app"])
@pytest.mark.parametrize(("language", "words"), [("en", "Interrupted."), ("zh", "已中断。")])
def test_ctrl_c_while_the_command_line_is_imported_is_told_in_a_line(module: str, language: str, words: str) -> None:
    finished = _start(PRESSED_WHILE_IMPORTING.format(module=module) + RUN, "stats", JIANWEI_LANG=language)
    assert (finished.returncode, finished.stdout, finished.stderr) == (130, "", f"{words}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to the whole console")
def test_ctrl_c_during_an_ingest_keeps_what_is_done_and_says_how_to_go_on(tmp_path: Path) -> None:
    source = _many_listings(tmp_path, count=400)
    command = [sys.executable, "-c", RUN, "ingest", str(source), "--library", str(tmp_path / "library")]
    with child(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment()) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Ingesting")  # it is in the middle of its work now
        process.send_signal(signal.SIGINT)
        said, complaint = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 130, complaint
    assert "the same command goes on from here" in said
    assert "Traceback" not in complaint
    stats = json.loads(_start(RUN, "stats", "--json", JIANWEI_LIBRARY=str(tmp_path / "library")).stdout)
    assert stats["listings"] < 400


def _many_listings(folder: Path, *, count: int) -> Path:
    picture = io.BytesIO()
    Image.effect_noise((400, 400), 80).save(picture, "PNG")
    lines = []
    for number in range(count):
        # What stands behind the end of a PNG is ignored, but it makes another file of it.
        (folder / f"{number}.png").write_bytes(picture.getvalue() + str(number).encode())
        lines.append(json.dumps({"product_code": str(number), "product_name": "x", "product_images": f"{number}.png"}))
    (folder / "listings.jsonl").write_text("\n".join(lines), "utf-8")
    return folder / "listings.jsonl"
