"""The sizes and times of docs/scale.md are those that its script reckons, and its queues behave as queues do."""

from __future__ import annotations

import importlib
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.no_cover  # nothing of it is in the package, and simulations take twice as long when watched

ROOT = Path(__file__).parents[2]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("shard_plan")


def test_the_table_of_the_page_is_what_the_script_prints(script: Any) -> None:
    page = (ROOT / "docs" / "scale.md").read_text("utf-8")
    assert script.table() in page


@pytest.mark.parametrize(("index", "row_bytes"), [("FLAT", 2048), ("HNSW", 2180), ("IVF_SQ8", 524), ("DISKANN", 461)])
def test_a_vector_takes_what_the_layout_of_its_index_says(script: Any, index: str, row_bytes: int) -> None:
    made = script.plan(script.Wanted(10**8, index, 1.0), script.Assumed())
    assert made.row_memory == pytest.approx(row_bytes, abs=1)
    assert made.nodes == math.ceil(10**8 * made.row_memory / (128e9 * 0.7))


@pytest.mark.parametrize("index", ["HNSW", "IVF_SQ8", "DISKANN"])
def test_nodes_are_as_busy_as_work_comes_in(script: Any, index: str) -> None:
    wanted, assumed = script.Wanted(10**8, index, 10.0), script.Assumed()
    made = script.plan(wanted, assumed)
    waiting = script.simulate(wanted, made, assumed, replicas=2, searches=1000)
    comes = wanted.rate * made.segments * made.segment_ms / 1000 / (made.slots * made.nodes * 2)
    assert waiting.busy == pytest.approx(comes, rel=0.15)
    assert made.segment_ms / 3 + assumed.overhead_ms <= waiting.median_ms <= waiting.p99_ms


def test_more_work_than_nodes_do_is_called_so_and_replicas_help(script: Any) -> None:
    wanted, assumed = script.Wanted(10**9, "DISKANN", 40.0), script.Assumed()
    made = script.plan(wanted, assumed)
    few, many = (script.simulate(wanted, made, assumed, replicas=count, searches=400) for count in (1, 6))
    assert math.isinf(few.p99_ms)
    assert many.p99_ms < 1000
    assert "no answer" in script.row(replace(wanted, replicas=1), assumed)


def test_searches_of_one_part_leave_the_others_idle(script: Any) -> None:
    wanted, assumed = script.Wanted(10**9, "IVF_SQ8", 20.0), script.Assumed()
    made = script.plan(wanted, assumed)
    whole, narrow = (
        script.simulate(replace(wanted, narrow=share, narrow_share=0.05), made, assumed, replicas=2, searches=400)
        for share in (0.0, 0.8)
    )
    assert narrow.busy < 0.5 * whole.busy
    assert narrow.median_ms < whole.median_ms
