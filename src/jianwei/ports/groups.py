"""What is promised of groups: families of one picture, and shops that belong together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

ApartKind = Literal["picture", "shop"]

LinkKind = Literal["pictures", "contact", "phrase"]


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop: its platform and its name there."""

    platform: str
    name: str

    def __str__(self) -> str:
        return f"{self.platform}:{self.name}" if self.platform or ":" in self.name else self.name

    @classmethod
    def named(cls, text: str) -> Shop:
        """Return the shop that `str(shop)` names."""
        platform, separator, name = text.partition(":")
        return cls(platform, name) if separator else cls("", text)


@dataclass(frozen=True, slots=True)
class HashedPictures:
    """All pictures that have a PDQ hash, by ascending SHA-256: their (n,) numbers and (n, 32) hashes."""

    picture_nos: NDArray[np.int64]
    hashes: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.picture_nos)


@dataclass(frozen=True, slots=True)
class Membership:
    """One picture in the family of its pivot; `distance` counts differing bits of the hashes, 0..31."""

    picture_no: int
    pivot_no: int
    distance: int


@dataclass(frozen=True, slots=True)
class FamilySize:
    """How much a family holds: distinct picture files, listings that show any of them, and shops of those listings."""

    pivot_no: int
    pictures: int
    listings: int
    shops: int


@dataclass(frozen=True, slots=True)
class LinkReason:
    """One kind of thing that two shops share. `values` are the most telling ones, `count` is how many there are."""

    kind: LinkKind
    count: int
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SellerLink:
    """Two shops that share something rare. `strength` is the sum of rarities; from 3 on they count as one seller."""

    first: Shop
    second: Shop
    strength: float
    reasons: tuple[LinkReason, ...]


@dataclass(frozen=True, slots=True)
class SellerCluster:
    """Shops that are linked with each other, by name, and the links that hold them together, strongest first."""

    cluster_no: int
    shops: tuple[Shop, ...]
    links: tuple[SellerLink, ...]


@dataclass(frozen=True, slots=True)
class KeptApart:
    """A reviewer's decision that two pictures (SHA-256) or two shops (`platform:name`) do not belong together."""

    kind: ApartKind
    first: str
    second: str
    reason: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A decision that the groups do not follow yet: its number, and the pictures that it is about (none: shops)."""

    number: int
    picture_nos: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShownText:
    """One line of text that a listing shows. `picture_no` is 0 where it stands in the listing's own text."""

    listing_no: int
    picture_no: int
    text: str


class GroupsReader(Protocol):
    """Reads groups. Sees committed data only, safe to use from several threads."""

    def grouped_until(self) -> int:
        """Return the change of the catalog up to which families are complete; 0 before the first time."""
        ...

    def sellers_until(self) -> int:
        """Return the change of the catalog up to which seller clusters are complete; 0 before the first time."""
        ...

    def hashed_pictures(self) -> HashedPictures:
        """Return all pictures that have a PDQ hash."""
        ...

    def pivots(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the ascending (n,) numbers of all grouped pictures and the (n,) numbers of their pivots."""
        ...

    def families_of(self, picture_nos: Sequence[int]) -> dict[int, Membership]:
        """Return the membership of the pictures that have been grouped."""
        ...

    def members(self, pivot_no: int) -> list[Membership]:
        """Return the pictures of a family, nearest to the pivot first, ties by number."""
        ...

    def family_sizes(
        self, *, limit: int, offset: int = 0, most: Literal["shops", "listings"] = "shops"
    ) -> list[FamilySize]:
        """Return families that more than one listing shows, those of most shops first, then listings, then number."""
        ...

    def count_families(self) -> int:
        """Return how many families more than one listing shows."""
        ...

    def iterate_shop_families(self) -> Iterator[tuple[Shop, int]]:
        """Yield each shop with each family (pivot) that its listings show, once; 0 stands for pictures without one.

        Shops come by name; listings without a shop are left out.
        """
        ...

    def shown_texts(self, listing_nos: Sequence[int]) -> list[ShownText]:
        """Return the lines that pictures of the listings say, by the newest model that read them."""
        ...

    def seller_clusters(self) -> list[SellerCluster]:
        """Return the clusters, those of most shops first, then by number."""
        ...

    def kept_apart(self, kind: ApartKind) -> list[KeptApart]:
        """Return the decisions of a kind, by names; `first` is before `second`."""
        ...

    def doubts(self) -> list[Doubt]:
        """Return the decisions that the groups do not follow yet, oldest first."""
        ...


class GroupsWriter(Protocol):
    """Writes groups inside one transaction: all of it is kept, or nothing."""

    def put_memberships(self, memberships: Sequence[Membership]) -> None:
        """Insert or replace the membership of pictures."""
        ...

    def set_grouped_until(self, sequence: int) -> None:
        """Record the change of the catalog up to which families are complete."""
        ...

    def set_sellers_until(self, sequence: int) -> None:
        """Record the change of the catalog up to which seller clusters are complete."""
        ...

    def replace_sellers(self, clusters: Sequence[SellerCluster]) -> None:
        """Put clusters in the place of all that were there."""
        ...

    def put_apart(self, decision: KeptApart) -> None:
        """Remember a decision; the same pair again replaces its reason."""
        ...

    def delete_apart(self, kind: ApartKind, first: str, second: str) -> bool:
        """Take a decision back; False when there was none."""
        ...

    def look_again(self, picture_nos: Sequence[int]) -> None:
        """Note that a decision was made, about pictures or (none) about shops, for the next update of the groups."""
        ...

    def settle(self, doubts: Sequence[Doubt]) -> None:
        """Forget doubts that the groups follow now."""
        ...


class GroupsStore(GroupsReader, Protocol):
    """Groups of one library."""

    def writing(self) -> AbstractContextManager[GroupsWriter]:
        """Open a transaction.

        Raises:
            WriterLockedError: another process is writing to the library.
            StorageFullError: the disk is full; nothing of the transaction is kept.
        """
        ...
