"""Groups in the catalog: `GroupsStore` over SQL."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import numpy as np

from jianwei.catalog.groups import group_statements as statements
from jianwei.catalog.stored.values import (
    from_json,
    from_microseconds,
    from_stored_text,
    now_us,
    to_json,
    to_microseconds,
    to_stored_text,
)
from jianwei.catalog.tables.queries import single_value
from jianwei.catalog.tables.schema import kept_apart, meta, picture_families, seller_shops
from jianwei.ports.groups import (
    Doubt,
    FamilySize,
    HashedPictures,
    KeptApart,
    LinkReason,
    Membership,
    SellerCluster,
    SellerLink,
    Shop,
    ShownText,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from jianwei.catalog.engine.statements import Row, Session
    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.ports.groups import ApartKind

_GROUPED_UNTIL = "families_sequence"
_SELLERS_UNTIL = "sellers_sequence"
_DOUBTS = "groups_doubts"
_DOUBTS_MADE = "groups_doubts_made"
_PDQ_BYTES = 32
_PAGE = 20_000
_SHOPS_PAGE = 500


class SqlGroups:
    """Groups of one catalog."""

    def __init__(self, catalog: SqlCatalog) -> None:
        self._catalog = catalog

    def grouped_until(self) -> int:
        """Return the change of the catalog up to which families are complete; 0 before the first time."""
        return self._number(_GROUPED_UNTIL)

    def sellers_until(self) -> int:
        """Return the change of the catalog up to which seller clusters are complete; 0 before the first time."""
        return self._number(_SELLERS_UNTIL)

    def hashed_pictures(self) -> HashedPictures:
        """Return all pictures that have a PDQ hash."""
        numbers: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
        hashes: list[bytes] = []
        after = ""
        with self._catalog.reading(snapshot=True) as session:
            while rows := session.rows(statements.hashed_pictures_after, after, _PAGE):
                after = rows[-1][0]
                numbers.append(np.array([row[1] for row in rows], np.int64))
                hashes.append(b"".join(row[2] for row in rows))
        joined = np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, _PDQ_BYTES)
        return HashedPictures(np.concatenate(numbers), joined)

    def pivots(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the ascending (n,) numbers of all grouped pictures and the (n,) numbers of their pivots."""
        parts = [np.empty((0, 2), np.int64)]
        after = 0
        with self._catalog.reading(snapshot=True) as session:
            while rows := session.rows(statements.pivots_after, after, _PAGE):
                after = rows[-1][0]
                parts.append(np.array(rows, np.int64))
        table = np.concatenate(parts)
        return table[:, 0], table[:, 1]

    def families_of(self, picture_nos: Sequence[int]) -> dict[int, Membership]:
        """Return the membership of the pictures that have been grouped."""
        with self._catalog.reading() as session:
            rows = session.rows_for(statements.families_of, [int(number) for number in picture_nos])
        return {row[0]: Membership(*row) for row in rows}

    def members(self, pivot_no: int) -> list[Membership]:
        """Return the pictures of a family, nearest to the pivot first, ties by number."""
        with self._catalog.reading() as session:
            return [Membership(*row) for row in session.rows(statements.members_of, pivot_no)]

    def family_sizes(
        self, *, limit: int, offset: int = 0, most: Literal["shops", "listings"] = "shops"
    ) -> list[FamilySize]:
        """Return families that more than one listing shows, those of most shops first, then listings, then number."""
        build = statements.families_by_shops if most == "shops" else statements.families_by_listings
        with self._catalog.reading() as session:
            return [FamilySize(*row) for row in session.rows(build, limit, offset)]

    def count_families(self) -> int:
        """Return how many families more than one listing shows."""
        with self._catalog.reading() as session:
            ((count,),) = session.rows(statements.count_families)
        return int(count)

    def iterate_shop_families(self) -> Iterator[tuple[Shop, int]]:
        """Yield each shop with each family that its listings show, once; 0 for listings without one."""
        after = ("", "")
        while True:
            with self._catalog.reading() as session:
                rows = session.rows(statements.shop_families, *after, _SHOPS_PAGE)
            if not rows:
                return
            after = rows[-1][:2]
            yield from ((_shop(platform, name), pivot_no or 0) for platform, name, pivot_no in rows)

    def shown_texts(self, listing_nos: Sequence[int]) -> list[ShownText]:
        """Return the lines that pictures of the listings say, by the newest model that read them."""
        with self._catalog.reading() as session:
            rows = session.rows_for(statements.shown_texts, [int(number) for number in listing_nos])
        return [ShownText(listing_no, picture_no, from_stored_text(text)) for listing_no, picture_no, text in rows]

    def seller_clusters(self) -> list[SellerCluster]:
        """Return the clusters, those of most shops first, then by number."""
        with self._catalog.reading(snapshot=True) as session:
            shop_rows = session.rows(statements.seller_shops_by_cluster)
            link_rows = session.rows(statements.seller_links_by_cluster)
        shops: dict[int, list[Shop]] = defaultdict(list)
        links: dict[int, list[SellerLink]] = defaultdict(list)
        for cluster_no, platform, name in shop_rows:
            shops[cluster_no].append(_shop(platform, name))
        for cluster_no, *link in link_rows:
            links[cluster_no].append(_link_from_row(tuple(link)))
        clusters = [SellerCluster(number, tuple(members), tuple(links[number])) for number, members in shops.items()]
        return sorted(clusters, key=lambda cluster: (-len(cluster.shops), cluster.cluster_no))

    def kept_apart(self, kind: ApartKind) -> list[KeptApart]:
        """Return the decisions of a kind, by names; `first` is before `second`."""
        with self._catalog.reading() as session:
            rows = session.rows(statements.apart_of_kind, kind)
        return [
            KeptApart(
                stored_kind,
                from_stored_text(first),
                from_stored_text(second),
                from_stored_text(reason),
                from_microseconds(moment_us),
            )
            for stored_kind, first, second, reason, moment_us in rows
        ]

    def doubts(self) -> list[Doubt]:
        """Return the decisions that the groups do not follow yet, oldest first."""
        with self._catalog.reading() as session:
            return _doubts(session)

    def _number(self, name: str) -> int:
        with self._catalog.reading() as session:
            row = session.row(single_value, name)
        return int(row[0]) if row else 0

    @contextmanager
    def writing(self) -> Iterator[SqlGroupsWriter]:
        """Open a transaction.

        Raises:
            WriterLockedError: another process is writing to the library.
            StorageFullError: the disk is full; nothing of the transaction is kept.
        """
        with self._catalog.transaction() as session:
            yield SqlGroupsWriter(session)


class SqlGroupsWriter:
    """Writes groups within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put_memberships(self, memberships: Sequence[Membership]) -> None:
        """Insert or replace the membership of pictures."""
        rows = [(item.picture_no, item.pivot_no, item.distance) for item in memberships]
        self._session.put(picture_families, rows)

    def set_grouped_until(self, sequence: int) -> None:
        """Record the change of the catalog up to which families are complete."""
        self._session.put(meta, [(_GROUPED_UNTIL, str(sequence))])

    def set_sellers_until(self, sequence: int) -> None:
        """Record the change of the catalog up to which seller clusters are complete."""
        self._session.put(meta, [(_SELLERS_UNTIL, str(sequence))])

    def replace_sellers(self, clusters: Sequence[SellerCluster]) -> None:
        """Put clusters in the place of all that were there."""
        self._session.rows(statements.clear_seller_shops)
        self._session.rows(statements.clear_seller_links)
        shops = [(*_names(shop), cluster.cluster_no) for cluster in clusters for shop in cluster.shops]
        links = [_link_to_row(cluster.cluster_no, link) for cluster in clusters for link in cluster.links]
        self._session.put(seller_shops, shops)
        self._session.run_many(statements.insert_seller_link, links)

    def put_apart(self, decision: KeptApart) -> None:
        """Remember a decision; the same pair again replaces its reason."""
        moment_us = now_us() if decision.decided_at is None else to_microseconds(decision.decided_at)
        first, second = sorted((to_stored_text(decision.first), to_stored_text(decision.second)))
        self._session.put(kept_apart, [(decision.kind, first, second, to_stored_text(decision.reason), moment_us)])

    def delete_apart(self, kind: ApartKind, first: str, second: str) -> bool:
        """Take a decision back; False when there was none."""
        names = sorted((to_stored_text(first), to_stored_text(second)))
        return self._session.row(statements.delete_apart, kind, *names) is not None

    def look_again(self, picture_nos: Sequence[int]) -> None:
        """Note that a decision was made, about pictures or (none) about shops, for the next update of the groups."""
        doubts = _doubts(self._session)
        # Counted on for good: a number that comes again could be settled by who has not seen its decision.
        row = self._session.row(single_value, _DOUBTS_MADE)
        number = 1 + int(row[0] if row else 0)
        self._session.put(meta, [(_DOUBTS_MADE, str(number))])
        self._put_doubts([*doubts, Doubt(number, tuple(picture_nos))])

    def settle(self, doubts: Sequence[Doubt]) -> None:
        """Forget doubts that the groups follow now."""
        if doubts:
            self._put_doubts([doubt for doubt in _doubts(self._session) if doubt not in doubts])

    def _put_doubts(self, doubts: Sequence[Doubt]) -> None:
        stored = to_json([[doubt.number, list(doubt.picture_nos)] for doubt in doubts])
        self._session.put(meta, [(_DOUBTS, stored)])


def _doubts(session: Session) -> list[Doubt]:
    row = session.row(single_value, _DOUBTS)
    return [Doubt(number, tuple(picture_nos)) for number, picture_nos in from_json(row[0])] if row else []


def _shop(platform: str, name: str) -> Shop:
    return Shop(from_stored_text(platform), from_stored_text(name))


def _names(shop: Shop) -> tuple[str, str]:
    return to_stored_text(shop.platform), to_stored_text(shop.name)


def _link_to_row(cluster_no: int, link: SellerLink) -> Row:
    reasons = to_json([[reason.kind, reason.count, list(reason.values)] for reason in link.reasons])
    return (cluster_no, *_names(link.first), *_names(link.second), link.strength, reasons)


def _link_from_row(row: Row) -> SellerLink:
    first_platform, first_shop, second_platform, second_shop, strength, reasons = row
    return SellerLink(
        _shop(first_platform, first_shop),
        _shop(second_platform, second_shop),
        strength,
        tuple(LinkReason(kind, count, tuple(values)) for kind, count, values in from_json(reasons)),
    )
