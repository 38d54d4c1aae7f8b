"""What is kept of the rules gives the same rules and the same findings, or nothing at all."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson
import pytest
from tests.packaged_rules import packaged_book, packaged_tables

from jianwei.library import rulebooks
from jianwei.risk.rule_files import rulebook_cache
from jianwei.risk.rule_files.kept_records import record_reader
from jianwei.risk.rule_files.rulebook_cache import RulebookCache
from jianwei.risk.rule_files.rulebook_files import rulebook_version
from jianwei.risk.screener import Screener
from jianwei.risk.views.screened_text import ScreeningInput, text_segments
from jianwei.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = RulebookCache(tmp_path_factory.mktemp("rules") / "kept", packaged_book().version)
    kept.keep_book(packaged_book())
    kept.keep_tables(packaged_tables())
    return kept._folder


@pytest.fixture
def cache(tmp_path: Path, template: Path) -> RulebookCache:
    return RulebookCache(shutil.copytree(template, tmp_path / "kept"), packaged_book().version)


def files(cache: RulebookCache) -> list[Path]:
    return [cache._file("rules"), cache._file("words")]


def written(file: Path, content: bytes) -> None:
    file.write_bytes(sha256(content).hexdigest().encode() + b"\n" + content)


def test_kept_rules_are_the_same_and_find_the_same(cache: RulebookCache) -> None:
    assert cache.book() == packaged_book()
    tables = cache.tables()
    assert tables is not None
    assert orjson.dumps(tables) == orjson.dumps(packaged_tables())
    text = "冶疗糖尿病 国家级 加薇xugou88888 象牙手镯\n顶级复刻 1:1高仿"
    source = ScreeningInput(text_segments(text), date(2026, 11, 1), text_only=True)
    screening = Screener(packaged_book(), tables).screen(source)
    assert screening.findings
    assert screening == Screener(packaged_book(), packaged_tables()).screen(source)


def test_nothing_is_there_at_first_and_for_other_rules(tmp_path: Path, cache: RulebookCache) -> None:
    assert RulebookCache(tmp_path / "none", packaged_book().version).book() is None
    assert RulebookCache(tmp_path / "kept", "other").book() is None
    assert RulebookCache(tmp_path / "kept", packaged_book().version, (tmp_path,)).tables() is None


@pytest.mark.parametrize("damage", [b"", b"no checksum", b"[]\n{}", b"\xff\xfe\x00"])
def test_damaged_files_count_as_none(cache: RulebookCache, damage: bytes) -> None:
    for file in files(cache):
        file.write_bytes(damage)
    assert cache.book() is None
    assert cache.tables() is None


@pytest.mark.parametrize("content", [b"null", b"[1]", b"{}", b'{"version": "x"}', b'{"words": [[1]]}', b"{"])
def test_files_of_another_shape_count_as_none(cache: RulebookCache, content: bytes) -> None:
    for file in files(cache):
        written(file, content)
    assert cache.book() is None
    assert cache.tables() is None


def test_half_a_file_counts_as_none(cache: RulebookCache) -> None:
    for file in files(cache):
        file.write_bytes(file.read_bytes()[:-1000])
    assert cache.book() is None
    assert cache.tables() is None


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no owners and modes on this system")
def test_what_others_may_have_written_is_not_read(cache: RulebookCache) -> None:
    for place in (files(cache)[0], files(cache)[0].parent):
        mode = place.stat().st_mode
        place.chmod(0o777)
        assert cache.book() is None
        place.chmod(mode)
        assert cache.book() is not None
    files(cache)[0].parent.chmod(0o777)
    files(cache)[0].unlink()
    cache.keep_book(packaged_book())
    assert not files(cache)[0].exists()


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    kept = RulebookCache(tmp_path / "file" / "kept", packaged_book().version)
    kept.keep_book(packaged_book())
    assert kept.book() is None


def test_the_oldest_files_go(tmp_path: Path, cache: RulebookCache) -> None:
    for number in range(20):
        old = tmp_path / "kept" / f"rules-{number}.json"
        old.write_text("", "utf-8")
        os.utime(old, (number, number))
    cache.keep_book(packaged_book())
    left = {file.name for file in (tmp_path / "kept").iterdir()}
    assert len(left) == 12
    assert {file.name for file in files(cache)} < left
    assert "rules-0.json" not in left


def test_files_that_are_used_stay(tmp_path: Path, cache: RulebookCache) -> None:
    for place, file in enumerate(files(cache)):
        os.utime(file, (place, place))
    for number in range(20):
        old = tmp_path / "kept" / f"rules-{number}.json"
        old.write_text("", "utf-8")
        os.utime(old, (9 + number, 9 + number))
    assert cache.book() is not None
    RulebookCache(tmp_path / "kept", "another").keep_book(packaged_book())
    assert [file.exists() for file in files(cache)] == [True, False]


def test_what_python_compiles_makes_no_other_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "risk" / "rule_files"
    room.mkdir(parents=True)
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "fold.py").write_text("", "utf-8")
    monkeypatch.setattr(rulebook_cache, "__file__", str(room / "rulebook_cache.py"))
    first = rulebook_cache._code_stamp.__wrapped__()
    (tmp_path / "text" / "__pycache__").mkdir()
    assert rulebook_cache._code_stamp.__wrapped__() == first
    (tmp_path / "text" / "syllables.txt").write_text("a", "utf-8")
    assert rulebook_cache._code_stamp.__wrapped__() != first


@pytest.mark.no_cover  # reads all packaged rules, as others do
def test_opening_keeps_rules_and_reads_them_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path / "cache")
    own = tmp_path / "own" / "categories"
    own.mkdir(parents=True)
    rule = own / "absolute_claim.yaml"
    rule.write_text("category: absolute_claim\nrules:\n  - {id: mine, weight: 0.9, phrases: [蓝莓王]}\n", "utf-8")
    settings = Settings(rules_folder=tmp_path / "own", text_model=False)
    source = ScreeningInput(text_segments("蓝莓王"), date(2026, 11, 1), text_only=True)

    def found() -> list[str]:
        rulebooks._screener.cache_clear()
        rulebooks._book.cache_clear()
        return [finding.rule_id for finding in rulebooks.open_screener(settings).screen(source).findings]

    assert found() == ["absolute_claim/mine"]
    assert len(list((tmp_path / "cache" / "rules").iterdir())) == 2
    assert found() == ["absolute_claim/mine"]
    rulebooks._screener.cache_clear()
    rulebooks._book.cache_clear()


def test_broken_rules_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path / "cache")
    own = tmp_path / "own" / "categories"
    own.mkdir(parents=True)
    (own / "absolute_claim.yaml").write_text("category: absolute_claim\nrules:\n  - {id: mine}\n", "utf-8")
    settings = Settings(rules_folder=tmp_path / "own", broken_rules="skip")
    assert rulebooks.open_rulebook(settings).problems
    assert not (tmp_path / "cache").exists()


def test_the_version_changes_with_a_file_of_the_same_size(tmp_path: Path) -> None:
    (tmp_path / "laws.yaml").write_text("a: 1", "utf-8")
    first = rulebook_version([tmp_path])
    (tmp_path / "laws.yaml").write_text("a: 2", "utf-8")
    assert rulebook_version([tmp_path]) != first
    os.utime(tmp_path / "laws.yaml", (1, 1))
    settled = rulebook_version([tmp_path])
    assert settled == rulebook_version([tmp_path]) != first


def test_a_kind_of_field_that_is_not_known_is_refused() -> None:
    @dataclass
    class Odd:
        value: complex

    with pytest.raises(TypeError):
        record_reader(Odd)
