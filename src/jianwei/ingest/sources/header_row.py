"""Finds the row with the column names: exports put a title, a date or groups of columns above it.

Pure. Of the first rows that one is the header in which most names are known; a later row has to know two and more than
every row before it, so that a row of data that says `名称` somewhere is none. Below a header with a row of data nothing
is looked for: where a second table follows, the records of the first must not go with its header.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jianwei.ingest.sources.columns import plan_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jianwei.records import PictureRole

ROWS_LOOKED_AT = 10
"""Rows that are not empty, from the first. Titles, remarks and dates above a header take one to five."""

_FEWEST_KNOWN = 2
_IDENTIFYING = ("title", "url", "product_code", "listing_id")


@dataclass(frozen=True, slots=True)
class HeaderSearch:
    """What is asked of a header: names that are known, or that the mapping names. `row` fixes it, 0 leaves it open."""

    row: int = 0
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pictures: Mapping[str, PictureRole] = field(default_factory=dict)

    def index(self, rows: Sequence[Sequence[str]]) -> int:
        """Return which of the first rows of a table is its header: the first of all where nothing is known."""
        known = [self._known(row) for row in rows]
        for row, names in enumerate(known[:-1]):
            is_header = names >= _FEWEST_KNOWN and self.describes_listings(unique_columns(rows[row]))
            if is_header and not known[row + 1] and sum(map(bool, rows[row + 1])) >= _FEWEST_KNOWN:
                known = known[: row + 1]
                break
        best = max(range(len(known)), key=known.__getitem__)
        return best if known[best] >= _FEWEST_KNOWN else 0

    def describes_listings(self, columns: Sequence[str]) -> bool:
        """Return whether columns name listings: by a title, code, URL or pictures."""
        plan = plan_columns(columns, fields=self.fields, pictures=self.pictures)
        return bool(plan.pictures) or any(plan.fields[name] for name in _IDENTIFYING)

    def _known(self, cells: Sequence[str]) -> int:
        columns = unique_columns(cells)
        plan = plan_columns(columns, fields=self.fields, pictures=self.pictures)
        return len({name for names in plan.fields.values() for name in names} | {name for name, _ in plan.pictures})


def unique_columns(cells: Sequence[str]) -> list[str]:
    """Return column names without surrounding blanks, none empty, none twice (`图片`, `图片 2` …)."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = plain = cell.strip() or f"column {number}"
        count = 1
        while name in names:
            count += 1
            name = f"{plain} {count}"
        names.append(name)
    return names
