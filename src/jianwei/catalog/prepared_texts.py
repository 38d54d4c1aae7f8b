"""The SQL of the statements that a search runs, for SQLite, as SQLAlchemy compiles them: `prepared_texts.json`.

Reading the file takes a millisecond, loading SQLAlchemy and compiling a third of a second. It is only a cache: what it
lacks is compiled. A test compares it with what would be compiled; after a change of the schema or of one of these
statements write it anew:

    python -m jianwei.catalog.prepared_texts
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = Path(__file__).with_suffix(".json")

SINGLE: tuple[tuple[str, str], ...] = (
    ("queries", "case_listing_nos"),
    ("queries", "changes_after"),
    ("queries", "last_sequence"),
    ("queries", "listings_after"),
    ("queries", "pictures_between"),
    ("queries", "single_value"),
    ("schema_version", "stored_revision"),
    ("sqlite_dialect", "table_names"),
)
"""Modules of this package and their statements without keys."""

KEYED: tuple[tuple[str, str], ...] = (
    ("group_statements", "families_of"),
    ("queries", "listings_by_id"),
    ("queries", "listings_by_no"),
    ("queries", "listings_showing"),
    ("queries", "ocr_lines_of_pictures"),
    ("queries", "picture_hashes"),
    ("queries", "pictures_by_no"),
    ("queries", "pictures_of"),
    ("queries", "pictures_shown"),
)
"""Those over keys; they are prepared for every number of keys."""


def prepared_texts() -> Mapping[str, str]:
    """Return the SQL by label, `queries.last_sequence`, that of statements over keys by label and number of them.

    Empty where the file is missing: then everything is compiled.
    """
    try:
        texts: dict[str, str] = orjson.loads(_FILE.read_bytes())
    except FileNotFoundError:
        return {}
    return texts


def compiled_texts() -> dict[str, str]:
    """Compile what the file holds."""
    from sqlalchemy.dialects import sqlite

    from jianwei.catalog.late_statements import LateStatement
    from jianwei.catalog.sqlite_dialect import upsert
    from jianwei.catalog.statements import KEY_COUNTS, StatementTexts, keyed_label

    texts = StatementTexts(sqlite.dialect, upsert=upsert)
    late = {name: LateStatement(f"{__package__}.{name[0]}", name[1]) for name in (*SINGLE, *KEYED)}
    found = {late[name].label: texts.text(late[name]) for name in SINGLE}
    for name in KEYED:
        found |= {keyed_label(late[name], count): texts.keyed_text(late[name], count) for count in KEY_COUNTS}
    return found


if __name__ == "__main__":
    _FILE.write_bytes(orjson.dumps(compiled_texts(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
