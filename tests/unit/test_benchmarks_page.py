"""docs/benchmarks.md is what its program writes from the kept results, and its head finds each of its figures."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.no_cover  # nothing of it is in the package

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module


def test_the_page_and_its_curves_are_written_from_the_kept_results(programs: Any, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    programs("suite_page").write_page(RESULTS, tmp_path)

    for written in (path for path in tmp_path.rglob("*") if path.is_file()):
        kept = ROOT / "docs" / written.relative_to(tmp_path)
        assert kept.read_text("utf-8") == written.read_text("utf-8"), "python benchmarks/suite.py --only"


def test_each_figure_of_the_head_stands_in_the_result_it_names(programs: Any) -> None:
    glance = programs("suite_glance")
    for row in glance.GLANCES:
        if not (RESULTS / f"{row.result}.json").exists():
            continue  # not measured yet; the table leaves it out
        output = json.loads((RESULTS / f"{row.result}.json").read_text("utf-8"))["output"]
        assert glance.figure(row.ours, output), row.what
        assert not row.peer or glance.figure(row.peer, output), row.what


def test_records_with_the_same_columns_stand_in_one_table(programs: Any) -> None:
    page = programs("suite_page")
    told = page._output('{"vectors": 1000, "all": {"p50": 1.5, "p99": 2}, "10 %": {"p50": 3.5, "p99": 4}}')

    assert told == (
        "| figure | value |\n| --- | --- |\n| vectors | 1,000 |\n\n"
        "| figure | p50 | p99 |\n| --- | --- | --- |\n| all | 1.5 | 2 |\n| 10 % | 3.5 | 4 |"
    )
