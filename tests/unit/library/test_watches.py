"""Watches over real libraries: what is there and what comes is found once, with its reason, and nothing is lost."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.library.grouped_library import Shown, delete_listing, make_grouped_library, open_library, put_listing

from jianwei.errors import NotFoundError, QueryError
from jianwei.ports.watches import WatchQuery
from jianwei.records import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.library import Library

CURES = WatchQuery(words="根治糖尿病")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_grouped_library(tmp_path_factory.mktemp("made") / "library")
    put_listing(folder, 20, "甲店", [Shown(20, lines=("三天根治糖尿病",))], title="降糖茶")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "library"))


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    with open_library(folder) as opened:
        yield opened


def ids(library: Library, name: str = "糖") -> list[str]:
    return [hit.listing_id for hit, _ in library.watches.hits(name, held_back=True)]


def test_a_new_watch_is_replayed_over_what_is_there(library: Library) -> None:
    run = library.watches.add("糖", CURES)
    assert (run.new, run.held_back, run.looked_at) == (1, 0, 6)
    ((hit, exists),) = library.watches.hits("糖")
    assert (hit.listing_id, exists, hit.seen_at) == ("jd:20", True, None)
    assert hit.relevance > 0.5
    assert "text:ocr" in hit.channels
    assert hit.matched_words
    assert hit.picture_sha256 == Shown(20, lines=("三天根治糖尿病",)).sha256


def test_what_comes_later_is_reported_once(folder: Path, library: Library) -> None:
    library.watches.add("糖", CURES)
    put_listing(folder, 21, "乙店", [], title="根治糖尿病 神茶")
    put_listing(folder, 22, "乙店", [], title="红枣")
    (run,) = library.watches.run()
    assert (run.new, run.looked_at) == (1, 2)
    (again,) = library.watches.run()
    assert (again.new, again.looked_at) == (0, 0)
    assert ids(library) == ["jd:21", "jd:20"]


def test_a_listing_that_changes_and_then_matches_counts(folder: Path, library: Library) -> None:
    library.watches.add("糖", CURES)
    put_listing(folder, 22, "乙店", [], title="红枣")
    library.watches.run()
    put_listing(folder, 22, "乙店", [], title="红枣 根治糖尿病")
    (run,) = library.watches.run("糖")
    assert run.new == 1
    put_listing(folder, 22, "乙店", [], title="红枣 根治糖尿病 买二送一")
    (run,) = library.watches.run("糖")
    assert (run.new, run.looked_at) == (0, 1), "it is known already"


def test_a_listing_whose_picture_is_read_anew_counts(folder: Path, library: Library) -> None:
    library.watches.add("糖", CURES)
    put_listing(folder, 5, "戊店", [Shown(9, bits=5), Shown(50, lines=("根治糖尿病",))])
    assert library.watches.run()[0].new == 1


def test_a_hit_without_a_picture_shows_the_one_that_came_later(folder: Path, library: Library) -> None:
    put_listing(folder, 21, "乙店", [], title="根治糖尿病 神茶")
    library.watches.add("糖", CURES)
    assert {hit.listing_id: hit.picture_sha256 for hit, _ in library.watches.hits("糖")}["jd:21"] == ""
    put_listing(folder, 21, "乙店", [Shown(60), Shown(61)], title="根治糖尿病 神茶")
    assert library.watches.run()[0].new == 0
    shown = {hit.listing_id: hit.picture_sha256 for hit, _ in library.watches.hits("糖")}
    assert shown["jd:21"] == Shown(60).sha256
    assert shown["jd:20"] == Shown(20, lines=("三天根治糖尿病",)).sha256
    delete_listing(folder, "jd:21")
    assert {hit.listing_id: hit.picture_sha256 for hit, _ in library.watches.hits("糖")}["jd:21"] == ""


def test_a_deleted_listing_stays_in_the_record(folder: Path, library: Library) -> None:
    library.watches.add("糖", CURES)
    delete_listing(folder, "jd:20")
    assert [(hit.title, exists) for hit, exists in library.watches.hits("糖")] == [("降糖茶", False)]
    assert library.watches.run()[0].looked_at == 0
    put_listing(folder, 20, "甲店", [], title="根治糖尿病")
    assert library.watches.run()[0].new == 1, "a listing that comes again is a new one"


def test_a_flood_is_held_back_and_not_lost(folder: Path, library: Library) -> None:
    library.watches.add("糖", CURES, cap=2)
    for number in range(30, 37):
        put_listing(folder, number, "乙店", [], title="根治糖尿病")
    (run,) = library.watches.run()
    assert (run.new, run.held_back) == (2, 5)
    assert len(library.watches.hits("糖")) == 3
    assert len(library.watches.hits("糖", held_back=True)) == 8
    _, counts = library.watches.show("糖")
    assert (counts.hits, counts.unseen, counts.held_back) == (8, 3, 5)


def test_seen_hits_are_told_apart(folder: Path, library: Library) -> None:
    library.watches.add("糖", CURES)
    put_listing(folder, 21, "乙店", [], title="根治糖尿病 神茶")
    library.watches.run()
    assert library.watches.mark_seen("糖", ["jd:20", "jd:none"]) == 1
    assert [hit.listing_id for hit, _ in library.watches.hits("糖", unseen=True)] == ["jd:21"]
    assert library.watches.mark_seen("糖") == 1
    assert library.watches.mark_seen("糖") == 0
    assert library.watches.hits("糖", unseen=True, held_back=True) == []


def test_filters_threshold_and_what_is_avoided_are_kept(folder: Path, library: Library) -> None:
    query = WatchQuery(
        words="根治", avoid_words="红枣", filters=Filters(shops=frozenset({"乙店"}), price_max=None), min_relevance=0.3
    )
    library.watches.add("甲", query)
    put_listing(folder, 21, "乙店", [], title="根治失眠")
    put_listing(folder, 22, "甲店", [], title="根治失眠")
    put_listing(folder, 23, "乙店", [], title="根治失眠 红枣")
    library.watches.run()
    assert ids(library, "甲") == ["jd:21"]
    ((watch, _),) = library.watches.every()
    assert watch.query == query


def test_a_picture_is_watched_for(folder: Path, library: Library, tmp_path: Path) -> None:
    from tests.integration.conftest import draw_picture

    data = draw_picture(tmp_path / "a.png", 5).read_bytes()
    assert library.watches.add("图", WatchQuery(picture=data)).new == 0
    source = tmp_path / "source"
    draw_picture(source / "copy.png", 5)
    report = library.ingest(source)
    assert [(run.name, run.new) for run in report.watches] == [("图", 1)]
    ((hit, _),) = library.watches.hits("图")
    assert "hash" in hit.channels


def test_a_part_of_a_picture_is_watched_for(library: Library, tmp_path: Path) -> None:
    from PIL import Image
    from tests.integration.conftest import draw_picture

    source, wall = tmp_path / "source", tmp_path / "wall.png"
    copy = draw_picture(source / "copy.png", 5)
    with Image.open(copy) as part:
        width, height = part.size
        whole = Image.new("RGB", (3 * width, 2 * height), "white")
        whole.paste(Image.effect_mandelbrot((2 * width, 2 * height), (-2, -1.5, 1, 1.5), 50), (width, 0))
        whole.paste(part, (0, height))
        whole.save(wall)
    corner = f"0,{height},{width},{height}"
    for name, region in (("角", corner), ("全", ""), ("别处", f"{width},0,{width},{height}")):
        library.watches.add(name, WatchQuery(picture=wall.read_bytes(), region=region))
    report = library.ingest(source)
    assert {run.name: run.new for run in report.watches}["角"] == 1
    assert {run.name: run.new for run in report.watches}["别处"] == 0
    ((hit, _),) = library.watches.hits("角")
    assert hit.channels["hash"] > 0.9
    assert {watch.name: watch.query.region for watch, _ in library.watches.every()} == {
        "角": corner,
        "全": "",
        "别处": f"{width},0,{width},{height}",
    }


def test_a_region_that_is_none_is_refused_when_the_watch_is_added(library: Library, tmp_path: Path) -> None:
    from tests.integration.conftest import draw_picture

    data = draw_picture(tmp_path / "a.png", 5).read_bytes()
    for region in ("1,2", "0.5,0.5,0.9,0.9", "here"):
        with pytest.raises(QueryError, match="region"):
            library.watches.add("图", WatchQuery(picture=data, region=region))
    assert library.watches.every() == []


def test_a_watch_from_before_regions_has_none() -> None:
    from jianwei.catalog.watches.watch_store import _query_from_json, _query_to_json

    stored = json.loads(_query_to_json(CURES))
    del stored["region"]
    assert _query_from_json(json.dumps(stored), None) == CURES


def test_a_watch_that_cannot_run_is_reported_and_looks_again(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.watches.add("糖", CURES)
    put_listing(folder, 21, "乙店", [], title="根治糖尿病")
    monkeypatch.setattr("jianwei.library.watches.MAX_HITS", 0)  # no search may ask for that
    (run,) = library.watches.run()
    assert "limit is 0" in run.problem
    assert run.problem_zh
    monkeypatch.undo()
    assert library.watches.run()[0].new == 1


def test_what_cannot_be_watched_is_refused_and_nothing_saved(library: Library) -> None:
    library.watches.add("糖", CURES)
    refused = [("糖", CURES, 10), (" ", CURES, 10), ("长" * 101, CURES, 10), ("乙", CURES, 0), ("乙", WatchQuery(), 10)]
    refused.append(("乙", WatchQuery("的 了"), 10))  # it would never find anything
    for name, query, cap in refused:
        with pytest.raises(QueryError):
            library.watches.add(name, query, cap=cap)
    with pytest.raises(QueryError, match="allowed are"):
        library.watches.hits("糖", limit=0)
    assert [watch.name for watch, _ in library.watches.every()] == ["糖"]
    library.watches.remove("糖")
    with pytest.raises(NotFoundError, match="none yet"):
        library.watches.show("糖")


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(40, 46), st.sampled_from(["根治糖尿病", "红枣", "糖尿病 茶", "根治"])), max_size=8),
    st.data(),
)
def test_no_watch_misses_what_a_search_of_what_changed_would_find_nor_reports_twice(
    made: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str]], data: st.DataObject
) -> None:
    folder = Path(shutil.copytree(made, tmp_path_factory.mktemp("steps") / "library"))
    with open_library(folder) as library:
        library.watches.add("糖", CURES)
        reported: list[int] = [library.watches.show("糖")[1].hits]
        expected = set(ids(library))
        changed: set[str] = set()
        for number, title in steps:
            put_listing(folder, number, "乙店", [], title=title)
            changed.add(f"jd:{number}")
            if data.draw(st.booleans()):
                reported.append(library.watches.run()[0].new)
                expected |= found_now(library) & changed
                changed.clear()
        reported.append(library.watches.run()[0].new)
        expected |= found_now(library) & changed
        assert set(ids(library)) == expected
        assert sum(reported) == len(ids(library)) == len(set(ids(library)))


def test_a_listing_that_others_make_relevant_is_no_change(folder: Path, library: Library) -> None:
    library.watches.add("糖", CURES)
    put_listing(folder, 40, "乙店", [], title="根治糖尿病")
    put_listing(folder, 42, "乙店", [], title="糖尿病 茶")
    library.watches.run()
    before = found_now(library)
    for number, title in ((40, "根治"), (41, "根治")):  # the word that 42 lacks weighs less, the one it has more
        put_listing(folder, number, "乙店", [], title=title)
    library.watches.run()
    assert found_now(library) - before == {"jd:42"}
    assert "jd:42" not in ids(library)


def found_now(library: Library) -> set[str]:
    return {hit.listing.listing_id for hit in library.search(CURES.words, limit=1000).hits}


def test_more_than_one_search_can_rank_is_found(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jianwei.watches.runner.AT_ONCE", 1)
    monkeypatch.setattr("jianwei.library.watches.MAX_HITS", 2)
    found = {hit.listing.listing_id for hit in library.search("商品", limit=1000, fold=False).hits}
    run = library.watches.add("商品", WatchQuery(words="商品", filters=Filters(platforms=frozenset({"jd"}))))
    assert run.new == len(found) > 2
    assert set(ids(library, "商品")) == found


def test_a_run_that_is_killed_is_done_again(folder: Path) -> None:
    with open_library(folder) as library:
        library.watches.add("糖", CURES)
    put_listing(folder, 21, "乙店", [], title="根治糖尿病 神茶")
    code = (
        "import os, signal, sys\n"
        "from jianwei.library import Library\n"
        "from jianwei.catalog.watches.watch_store import SqlWatchesWriter\n"
        "SqlWatchesWriter.set_looked_until = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "Library.open(sys.argv[1]).watches.run()\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(folder)], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    with open_library(folder) as library:
        assert ids(library) == ["jd:20"]
        assert library.watches.run()[0].new == 1
        assert ids(library) == ["jd:21", "jd:20"]
