"""Which listings a watch has not looked at yet: those whose own content, pictures or vectors changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwei.ports import CatalogReader, Change, ChangeKind

_CHANGES_AT_ONCE = 10_000


def listings_changed_since(catalog: CatalogReader, sequence: int) -> list[int]:
    """Return the ascending `listing_no`s that changed after `sequence` and still exist.

    Also those that got a vector since, as from `jianwei embed`: they may be found by meaning only now.
    """
    touched = _entities(catalog, "listing", sequence)
    pictures = _entities(catalog, "picture", sequence)
    for space in catalog.spaces():
        touched |= _entities(catalog, "title-vector", sequence, space.name)
        pictures |= _entities(catalog, "picture-vector", sequence, space.name)
        pictures |= _entities(catalog, "caption-vector", sequence, space.name)
    for listing_nos in catalog.listings_showing(sorted(pictures)).values():
        touched.update(listing_nos)
    return sorted(catalog.listings(sorted(touched)))


def _entities(catalog: CatalogReader, kind: ChangeKind, sequence: int, space: str = "") -> set[int]:
    found: set[int] = set()
    changes: list[Change]
    while changes := catalog.changes(kind, sequence, _CHANGES_AT_ONCE, space=space):
        found.update(change.entity_no for change in changes if not change.deleted)
        sequence = changes[-1].sequence
    return found
