"""Which columns hold which fields of a listing: by the mapping, else by the names that sheets and crawlers use.

Pure. Leaves out reading the values.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.errors import MappingError
from jianwei.ingest.sources.known_columns import COLUMNS_BY_FIELD, COLUMNS_BY_ROLE
from jianwei.ingest.sources.nearest import nearest_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from jianwei.records import PictureRole

_PICTURE_FILE = re.compile(r"\.(jpe?g|png|webp|gif|bmp|avif|heic|tiff?)(?:[?#!]|$)|^data:image/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """Where each field stands: its columns by preference, and the picture columns in their order."""

    fields: Mapping[str, tuple[str, ...]]
    pictures: tuple[tuple[str, PictureRole], ...]


def plan_columns(
    columns: Collection[str],
    *,
    fields: Mapping[str, tuple[str, ...]],
    pictures: Mapping[str, PictureRole],
) -> ColumnPlan:
    """Return the plan for these columns; fields and pictures of the mapping go before known names.

    A field that the mapping names is looked for only where it says; picture columns of the mapping replace all
    detected ones.
    """
    by_plain_name: dict[str, list[str]] = {}
    for column in columns:
        by_plain_name.setdefault(_plain(column), []).append(column)
    taken = {column for chosen in fields.values() for column in chosen} | set(pictures)
    planned = {
        field: tuple(column for name in known for column in by_plain_name.get(_plain(name), ()) if column not in taken)
        for field, known in COLUMNS_BY_FIELD.items()
    }
    planned.update({field: tuple(name for name in chosen if name in columns) for field, chosen in fields.items()})
    chosen_pictures = pictures or {
        column: role for column in columns if column not in taken and (role := _picture_role(column)) is not None
    }
    return ColumnPlan(planned, tuple((name, role) for name, role in chosen_pictures.items() if name in columns))


def require_columns(wanted: Iterable[str], columns: Collection[str], *, file: str) -> None:
    """Accept only columns that exist.

    Raises:
        MappingError: naming the missing column, the columns that are there and the nearest name.
    """
    for name in wanted:
        if name not in columns:
            nearest = nearest_name(name, columns)
            raise MappingError(
                f"{file} has no column {name!r}. Its columns: {', '.join(columns)}. Nearest: {nearest!r}. "
                "Correct the mapping.",
                zh=f"{file} 中没有列 {name!r}。"
                f"已有的列：{'、'.join(columns)}。最接近的是 {nearest!r}。请修改映射文件。",
                column=name,
                nearest=nearest,
            )


def guess_picture_columns(rows: Iterable[Mapping[str, object]]) -> dict[str, PictureRole]:
    """Return the columns whose values look like picture files or data URIs, for sheets with unknown column names."""
    found: dict[str, PictureRole] = {}
    for row in rows:
        for column, value in row.items():
            if isinstance(value, str) and len(value) < 10_000_000 and _PICTURE_FILE.search(value[:4000]):
                found[column] = "main"
    return found


def is_listing_like(plan: ColumnPlan) -> bool:
    """Return whether these columns look like those of listings: pictures, or a name together with a code or URL."""
    identified = plan.fields["product_code"] or plan.fields["url"] or plan.fields["listing_id"]
    return bool(plan.pictures or (plan.fields["title"] and identified))


def _picture_role(column: str) -> PictureRole | None:
    plain = _plain(column)
    # `主图1`, `image_2`: numbered columns of the same kind.
    stems = (plain, plain.rstrip("0123456789"))
    for role, names in COLUMNS_BY_ROLE.items():
        if any(_plain(name) in stems for name in names):
            return role
    return None


def _plain(name: str) -> str:
    # A unit or a remark in brackets is not part of the name: `价格（元）`, `主图[必填]`.
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】", "", unicodedata.normalize("NFKC", name).lower())
    return re.sub(r"[\W_]+", "", bare)
