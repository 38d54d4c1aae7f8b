"""Where sources were that listings came from, and how that is told to people who have no business on this machine.

Kept among the single values of a catalog, as JSON: a picture's location begins with the place of its source.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from jianwei.catalog.stored.values import from_json, to_json
from jianwei.catalog.tables.queries import single_value
from jianwei.catalog.tables.schema import meta

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.catalog.engine.statements import Session

_NAME = "source_places"
_MOST = 1000
"""Places that are remembered, those taken in last: of others the name of the file is told alone."""


def source_places(session: Session) -> Mapping[str, str]:
    """Return what is told in place of each beginning of locations."""
    row = session.row(single_value, _NAME)
    return dict(from_json(row[0])) if row else {}


def remember_source(session: Session, place: str, told: str) -> None:
    """Remember what is told in place of `place`: nothing where two sources in one place are told in other words."""
    if not PurePath(place).name:
        return  # the root, whose separator begins every path
    known = dict(source_places(session))
    before = known.pop(place, told)
    known[place] = told if before == told else ""
    session.put(meta, [(_NAME, to_json(dict(list(known.items())[-_MOST:])))])
