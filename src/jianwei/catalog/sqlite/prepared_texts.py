"""The SQL of the statements that a search runs, for SQLite, as SQLAlchemy compiles them: `prepared_texts.json`.

Reading the file takes a millisecond, loading SQLAlchemy and compiling a third of a second. It is only a cache: what it
lacks is compiled, and so is everything when a file that it was made from has changed since. A test compares it with
what would be compiled; after a change of the schema or of one of these statements write it anew:

    python -m jianwei.catalog.sqlite.prepared_texts
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = Path(__file__).with_suffix(".json")

SINGLE: tuple[tuple[str, str], ...] = (
    ("tables.queries", "case_listing_nos"),
    ("tables.queries", "changes_after"),
    ("tables.queries", "filter_columns"),
    ("tables.queries", "last_sequence"),
    ("tables.queries", "listings_after"),
    ("tables.queries", "pictures_between"),
    ("tables.queries", "pictures_shown_after"),
    ("tables.queries", "single_value"),
    ("opening.schema_version", "stored_revision"),
    ("sqlite.dialect", "table_names"),
)
"""Modules of the catalog and their statements without keys."""

KEYED: tuple[tuple[str, str], ...] = (
    ("groups.group_statements", "families_of"),
    ("groups.group_statements", "pivots_of"),
    ("groups.group_statements", "hashed_of"),
    ("tables.queries", "filter_columns_of_listings"),
    ("tables.queries", "filter_columns_of_shops"),
    ("tables.queries", "listings_by_id"),
    ("tables.queries", "listings_by_no"),
    ("tables.queries", "listings_showing"),
    ("tables.queries", "ocr_lines_of_pictures"),
    ("tables.queries", "picture_hashes"),
    ("tables.queries", "pictures_by_no"),
    ("tables.queries", "pictures_of"),
    ("tables.queries", "pictures_shown"),
)
"""Those over keys; they are prepared for every number of keys."""

PAIRED: tuple[tuple[str, str], ...] = (("tables.queries", "ocr_lines_at"),)
"""Those over pairs of keys; they are prepared for every even number of keys."""

_TABLES = ("tables.schema", "tables.schema_metadata", "tables.schema_risk")
_SOURCES = (*_TABLES, *sorted({module for module, _ in (*SINGLE, *KEYED, *PAIRED)}))
_MADE_FROM = "made from"


def prepared_texts() -> Mapping[str, str]:
    """Return the SQL by label, `queries.last_sequence`, that of statements over keys by label and number of them.

    Empty where the file is missing or not of these sources: then everything is compiled.
    """
    try:
        texts: dict[str, str] = orjson.loads(_FILE.read_bytes())
        current = texts.pop(_MADE_FROM, "") == made_from()
    except FileNotFoundError:
        return {}
    return texts if current else {}


def made_from() -> str:
    """Return the SHA-256 of the modules that hold the statements and the tables, as they are now."""
    catalog = Path(__file__).parent.parent
    return sha256(b"".join((catalog / f"{name.replace('.', '/')}.py").read_bytes() for name in _SOURCES)).hexdigest()


def compiled_texts() -> dict[str, str]:
    """Compile what the file holds."""
    from jianwei.catalog.engine.late_statements import LateStatement
    from jianwei.catalog.engine.statements import KEY_COUNTS, PAIR_COUNTS, StatementTexts, keyed_label
    from jianwei.catalog.sqlite.dialect import dialect, upsert

    texts = StatementTexts(dialect, upsert=upsert)
    late = {name: LateStatement(f"jianwei.catalog.{name[0]}", name[1]) for name in (*SINGLE, *KEYED, *PAIRED)}
    found = {late[name].label: texts.text(late[name]) for name in SINGLE}
    for name in (*KEYED, *PAIRED):
        counts = PAIR_COUNTS if name in PAIRED else KEY_COUNTS
        found |= {keyed_label(late[name], count): texts.keyed_text(late[name], count) for count in counts}
    return found


if __name__ == "__main__":
    _FILE.write_bytes(
        orjson.dumps(
            {_MADE_FROM: made_from(), **compiled_texts()}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        )
    )
