"""What a search reads of the groups, and what it remembers of pictures that have no hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.catalog.groups.family_reading import FamilyReader
from jianwei.catalog.groups.group_store import SqlGroups
from jianwei.ports.groups import Membership
from jianwei.records import PictureFacts

if TYPE_CHECKING:
    from jianwei.catalog.sql_catalog import SqlCatalog


def put(catalog: SqlCatalog, letter: str, pdq: bytes | None) -> int:
    with catalog.writing() as writer:
        return writer.put_picture(PictureFacts(letter * 64, "png", 9, 9, 99, pdq=pdq), location=f"{letter}.png")


def test_pictures_have_their_pivot_or_none_before_they_are_grouped_and_are_not_named_without_a_hash(
    catalog: SqlCatalog,
) -> None:
    grouped, fresh, plain = put(catalog, "a", b"\x01" * 32), put(catalog, "b", b"\x02" * 32), put(catalog, "c", None)
    with SqlGroups(catalog).writing() as writer:
        writer.put_memberships([Membership(grouped, grouped, 0)])
    reader = FamilyReader(catalog)
    for _ in range(2):
        found = reader.pivots_of([plain, fresh, grouped], newest=catalog.sequence())
        assert found == {grouped: grouped, fresh: None}


def test_a_picture_that_gets_its_hash_or_its_family_later_is_seen(catalog: SqlCatalog) -> None:
    number = put(catalog, "a", None)
    reader = FamilyReader(catalog)
    assert reader.pivots_of([number], newest=catalog.sequence()) == {}
    assert put(catalog, "a", b"\x01" * 32) == number
    assert reader.pivots_of([number], newest=catalog.sequence()) == {number: None}
    with SqlGroups(catalog).writing() as writer:
        writer.put_memberships([Membership(number, number, 0)])
    assert reader.pivots_of([number], newest=catalog.sequence()) == {number: number}
