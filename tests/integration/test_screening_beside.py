"""The screening beside an ingest of many listings: by a process of its own, and without it where that fails."""

from __future__ import annotations

import csv
import subprocess
from typing import TYPE_CHECKING

import pytest

from jianwei.errors import ModelError
from jianwei.library import screening_aside
from jianwei.library.risk import LibraryRisk
from jianwei.library.screening_batches import BATCH
from jianwei.library.screening_process import END, IDLE, MORE, READY, ScreeningTask, answers

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.ingest.report import IngestProgress
    from jianwei.library import Library

MANY = BATCH + 20
FORBIDDEN, HARMLESS = "三天根治糖尿病 国家级祖传秘方", "纯棉衬衫"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    file = tmp_path / "listings.csv"
    with file.open("w", encoding="utf-8", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(("商品编号", "平台", "标题"))
        rows.writerows((f"{no}", "京东", f"{HARMLESS if no % 4 else FORBIDDEN} {no}") for no in range(MANY))
    return file


@pytest.fixture
def a_process_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screening_aside, "_WORTH_A_PROCESS", MANY)
    monkeypatch.setattr(screening_aside, "usable_cores", lambda: 2)


def _refuse(_risk: LibraryRisk) -> None:
    pytest.fail("this process screens, which was left to the other one")


@pytest.mark.usefixtures("a_process_is_worth_it")
def test_the_other_process_screens_all_of_it(library: Library, sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[IngestProgress] = []
    with monkeypatch.context() as patched:
        patched.setattr(LibraryRisk, "screener", property(_refuse))
        report = library.ingest(sheet, progress=shown.append)
    assert report.suspected == MANY / 4
    assert library.risk.waiting() == 0
    told = [(moment.to_screen, moment.screened) for moment in shown if moment.screened]
    assert told == sorted(told)
    assert {total for total, _ in told} <= {shown[-1].to_screen}
    assert {item.result.screening.status for item in library.risk.findings()} == {"suspected"}


@pytest.mark.usefixtures("a_process_is_worth_it")
def test_what_the_other_process_does_not_do_is_done_here(
    library: Library, sheet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screening_aside, "_MODULE", "jianwei.no_such_module")
    assert library.ingest(sheet).suspected == MANY / 4
    assert library.risk.waiting() == 0


@pytest.mark.usefixtures("a_process_is_worth_it")
def test_what_no_process_could_be_started_for_is_done_here(
    library: Library, sheet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", full)
    assert library.ingest(sheet).suspected == MANY / 4


@pytest.mark.usefixtures("a_process_is_worth_it")
def test_a_module_of_the_current_folder_is_not_the_program_s(
    library: Library, sheet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    (unpacked / "platformdirs.py").write_text("open('was run', 'w').close()", "utf-8")
    monkeypatch.chdir(unpacked)
    assert library.ingest(sheet).suspected == MANY / 4
    assert not (unpacked / "was run").exists()


@pytest.mark.parametrize("is_aside", [False, True])
def test_a_screener_that_cannot_be_made_is_told_before_anything_is_taken_in(
    library: Library, sheet: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, *, is_aside: bool
) -> None:
    def broken(_risk: LibraryRisk) -> None:
        raise ModelError("The text model is damaged.", zh="文本模型已损坏。")

    if is_aside:
        request.getfixturevalue("a_process_is_worth_it")
        monkeypatch.setattr(screening_aside, "_MODULE", "jianwei.no_such_module")
    monkeypatch.setattr(LibraryRisk, "screener", property(broken))
    with pytest.raises(ModelError, match="text model is damaged"):
        library.ingest(sheet)
    assert library.stats().catalog.listings == 0


def test_few_listings_wait_for_more_and_the_end_leaves_none(library: Library, sheet: Path) -> None:
    library.ingest(sheet)
    everything = library.risk.screen(everything=True).screened
    with library._catalog.transaction() as session:  # as if nothing had been screened
        session.run_text("DELETE FROM screenings")
    told = list(answers(ScreeningTask(library.path, library._parts.settings), (MORE, MORE, END)))
    assert told == [READY, f"{BATCH}", IDLE, IDLE, f"{everything}", IDLE]
