"""`library.groups`: picture families and seller clusters, as people and faces ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.errors import NotFoundError, QueryError, WriterLockedError
from jianwei.groups.family_keeper import FamilyKeeper
from jianwei.groups.seller_keeper import SellerKeeper
from jianwei.library.group_views import (
    FamilyMember,
    FamilySummary,
    GroupsReport,
    Growth,
    PictureFamily,
    by_shop,
    growth,
)
from jianwei.library.paging import check_page
from jianwei.ports.groups import KeptApart, Shop
from jianwei.records import Filters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Literal

    from jianwei.catalog.groups.group_store import SqlGroups
    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.ports.contacts import ContactsReader
    from jianwei.ports.groups import ApartKind, FamilySize, SellerCluster
    from jianwei.records import Listing, Picture


class LibraryGroups:
    """Groups of one library. Answers are up to date with the catalog unless another process is writing."""

    def __init__(self, catalog: SqlCatalog, store: SqlGroups, contacts: ContactsReader | None = None) -> None:
        self._catalog = catalog
        self._store = store
        self._families = FamilyKeeper(catalog, store)
        self._sellers = SellerKeeper(catalog, store, contacts)

    def update(self, *, rebuild: bool = False) -> GroupsReport:
        """Bring families and clusters up to date with the catalog; `rebuild` looks at everything again.

        Raises:
            WriterLockedError: another process is writing to the library.
            StorageFullError: the disk is full; the groups are those of before.
        """
        with self._catalog.writer_session():
            behind = rebuild or self._is_behind()
            doubts = self._store.doubts()
            families = self._families.update(rebuild=rebuild) if rebuild or self._families.is_behind() else None
            sellers = self._sellers.update() if behind or families is not None else None
            if doubts:
                with self._store.writing() as writer:
                    writer.settle(doubts)  # not those of decisions that came meanwhile
            return GroupsReport(families, sellers)

    def families(
        self, *, limit: int = 20, offset: int = 0, most: Literal["shops", "listings"] = "shops"
    ) -> list[FamilySummary]:
        """Return families that more than one listing shows, those of most shops (or listings) first.

        Raises:
            QueryError: `limit` or `offset` is out of range.
        """
        check_page(limit, offset)
        self._catch_up()
        return [self._summary(size) for size in self._store.family_sizes(limit=limit, offset=offset, most=most)]

    def count_families(self) -> int:
        """Return how many families more than one listing shows."""
        self._catch_up()
        return self._store.count_families()

    def family(self, sha256: str) -> PictureFamily:
        """Return the family of a picture, named by its SHA-256 or the first characters of it (8 or more).

        A picture without a perceptual hash is alone in its family.

        Raises:
            NotFoundError: no picture has this hash.
        """
        picture = self._picture(sha256)
        self._catch_up()
        found = self._store.families_of([picture.picture_no]).get(picture.picture_no)
        distances = {picture.picture_no: 0}
        if found is not None:
            distances = {item.picture_no: item.distance for item in self._store.members(found.pivot_no)}
        return self._family(distances)

    def sellers(self) -> list[SellerCluster]:
        """Return the seller clusters, those of most shops first."""
        self._catch_up()
        return self._store.seller_clusters()

    def sellers_of(self, shop: Shop | str) -> SellerCluster | None:
        """Return the cluster that a shop belongs to, None where it is linked with none.

        Raises:
            NotFoundError: no listing is of this shop.
        """
        wanted = self._shop(shop)
        return next((cluster for cluster in self.sellers() if wanted in cluster.shops), None)

    def growth_of(self, cluster: SellerCluster) -> tuple[Growth, ...]:
        """Return how the listings of a cluster grew over their times of capture."""
        return growth(self._listings_of(cluster.shops))

    def keep_apart(self, kind: ApartKind, first: str, second: str, *, reason: str = "") -> KeptApart:
        """Remember that two pictures or two shops do not belong together, now and after every later ingest.

        While another process takes listings in, the groups change when it is done.

        Raises:
            NotFoundError: a picture or shop does not exist.
            QueryError: both are the same.
        """
        names = self._names(kind, first, second)
        decision = KeptApart(kind, *names, reason)
        with self._store.writing() as writer:
            writer.put_apart(decision)
            writer.look_again(self._picture_nos(kind, names))
        self._try_to_update()
        return decision

    def let_together(self, kind: ApartKind, first: str, second: str) -> bool:
        """Take back a decision to keep apart; False when there was none.

        Raises:
            NotFoundError: a picture or shop does not exist.
        """
        names = self._names(kind, first, second)
        with self._store.writing() as writer:
            was_there = writer.delete_apart(kind, *names)
            writer.look_again(self._picture_nos(kind, names))
        self._try_to_update()
        return was_there

    def kept_apart(self) -> list[KeptApart]:
        """Return all decisions to keep apart."""
        return [*self._store.kept_apart("picture"), *self._store.kept_apart("shop")]

    def _catch_up(self) -> None:
        if self._is_behind():
            self._try_to_update()

    def _is_behind(self) -> bool:
        return self._store.sellers_until() < self._catalog.sequence() or bool(self._store.doubts())

    def _try_to_update(self) -> None:
        try:
            self.update()
        except WriterLockedError:
            # Whoever writes is at work; until it is done the groups are those of before, and decisions wait.
            return

    def _picture_nos(self, kind: ApartKind, names: Sequence[str]) -> list[int]:
        pictures = [self._catalog.picture_by_sha256(name) for name in names] if kind == "picture" else []
        return [picture.picture_no for picture in pictures if picture is not None]

    def _names(self, kind: ApartKind, first: str, second: str) -> tuple[str, str]:
        if kind == "picture":
            one, other = sorted((self._picture(first).facts.sha256, self._picture(second).facts.sha256))
        else:
            one, other = sorted((str(self._shop(first)), str(self._shop(second))))
        if one == other:
            raise QueryError(
                f"Both are the same: {one}. Give two different ones to keep apart.",
                zh=f"两个对象相同：{one}。请给出两个不同的对象。",
                value=one,
            )
        return one, other

    def _picture(self, sha256: str) -> Picture:
        picture = self._catalog.picture_by_sha256(sha256)
        if picture is None:
            raise NotFoundError(
                f"No picture in the library has the hash {sha256!r}. Give the SHA-256 or at least 8 first characters "
                "of it, as jianwei show and jianwei groups list them.",
                zh=f"库中没有哈希为 {sha256!r} 的图片。请给出完整 SHA-256 或至少前 8 位，可由 jianwei show 或 "
                "jianwei groups 查到。",
                sha256=sha256,
            )
        return picture

    def _shop(self, shop: Shop | str) -> Shop:
        wanted = Shop.named(shop) if isinstance(shop, str) else shop
        if not self._listings_of([wanted]):
            raise NotFoundError(
                f"No listing is of the shop {str(wanted)!r}. Write it as platform:name, as jianwei groups sellers "
                "does.",
                zh=f"没有属于店铺 {str(wanted)!r} 的商品。请写成“平台:店名”，与 jianwei groups sellers 的输出一致。",
                shop=str(wanted),
            )
        return wanted

    def _listings_of(self, shops: Sequence[Shop]) -> list[Listing]:
        wanted = set(shops)
        filters = Filters(
            platforms=frozenset(shop.platform for shop in shops), shops=frozenset(shop.name for shop in shops)
        )
        numbers, _ = self._catalog.filtered(filters)
        listings = self._catalog.listings(numbers.tolist())
        return [item for _, item in sorted(listings.items()) if Shop(item.platform, item.shop) in wanted]

    def _summary(self, size: FamilySize) -> FamilySummary:
        members = [item.picture_no for item in self._store.members(size.pivot_no)]
        return FamilySummary(
            _largest(self._catalog.pictures(members).values()), size.pictures, size.listings, size.shops
        )

    def _family(self, distances: Mapping[int, int]) -> PictureFamily:
        pictures = self._catalog.pictures(list(distances))
        showing = self._catalog.listings_showing(list(pictures))
        listings = self._catalog.listings([number for numbers in showing.values() for number in numbers])
        members = [
            FamilyMember(picture, distances[number], tuple(listings[shown] for shown in showing[number]))
            for number, picture in pictures.items()
        ]
        in_order = tuple(listings[number] for number in sorted(listings))
        return PictureFamily(
            representative=_largest(pictures.values()),
            members=tuple(sorted(members, key=lambda item: (item.distance, item.picture.picture_no))),
            listings=in_order,
            shops=by_shop(in_order),
            growth=growth(in_order),
        )


def _largest(pictures: Iterable[Picture]) -> Picture:
    return min(pictures, key=lambda item: (-item.facts.width_px * item.facts.height_px, item.facts.sha256))
