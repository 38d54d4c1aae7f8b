"""Prepared SQL: what is in the file is what would be compiled, and a search needs no more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jianwei.catalog.engine.late_statements import LateStatement, LateStatements
from jianwei.catalog.engine.statements import StatementTexts
from jianwei.catalog.sqlite import prepared_texts
from jianwei.catalog.sqlite.dialect import dialect, upsert

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Dialect


def _never() -> Dialect:
    raise AssertionError("this statement was to be prepared")


def test_the_prepared_texts_are_those_that_would_be_compiled() -> None:
    # After a change of the schema or of a statement: python -m jianwei.catalog.sqlite.prepared_texts
    prepared = {label: text.split() for label, text in prepared_texts.prepared_texts().items()}
    compiled = {label: text.split() for label, text in prepared_texts.compiled_texts().items()}
    assert prepared == compiled  # whatever line breaks a version of SQLAlchemy writes


def test_a_prepared_statement_is_never_built() -> None:
    texts = StatementTexts(_never, upsert=upsert, prepared={"gone.one": "SELECT 1", "gone.some 4": "SELECT 4"})

    assert texts.text(LateStatement("nowhere.gone", "one")) == "SELECT 1"
    assert texts.keyed_text(LateStatement("nowhere.gone", "some"), 4) == "SELECT 4"


def test_a_statement_that_is_not_prepared_is_built_by_its_name() -> None:
    statements = LateStatements("jianwei.catalog.tables.queries")
    texts = StatementTexts(dialect, upsert=upsert)

    assert texts.text(statements.last_sequence).startswith("SELECT max(")
    assert texts.keyed_text(statements.pictures_by_no, 4).count("?") == 4


def test_the_same_statement_is_the_same_key() -> None:
    late = LateStatements("a.b")
    assert late.c is late.c
    assert late.c.label == LateStatement("a.b", "c").label == "b.c"


def test_without_the_file_everything_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared_texts, "_FILE", tmp_path / "none.json")

    assert prepared_texts.prepared_texts() == {}


def test_a_file_of_other_sources_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = tmp_path / "stale.json"
    stale.write_text('{"made from": "others", "queries.last_sequence": "SELECT 1"}', "utf-8")
    monkeypatch.setattr(prepared_texts, "_FILE", stale)

    assert prepared_texts.prepared_texts() == {}


def test_a_name_that_no_statement_has_shows_when_it_is_built() -> None:
    with pytest.raises(AttributeError, match="no_such"):
        LateStatements("jianwei.catalog.tables.queries").no_such()
