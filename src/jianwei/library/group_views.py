"""What `library.groups` answers: families, clusters' growth, and what bringing them up to date did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.ports.groups import Shop

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from jianwei.groups.family_keeper import FamiliesReport
    from jianwei.groups.seller_keeper import SellersReport
    from jianwei.records import Listing, Picture


@dataclass(frozen=True, slots=True)
class GroupsReport:
    """What bringing the groups up to date did; None for a part that was up to date already."""

    families: FamiliesReport | None
    sellers: SellersReport | None


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """One picture of a family: `distance` bits from its pivot, and the listings that show it, in the order of entry."""

    picture: Picture
    distance: int
    listings: tuple[Listing, ...]


@dataclass(frozen=True, slots=True)
class Growth:
    """How many listings of a group were captured on a day, and how many up to its end. No day: the time is unknown."""

    day: date | None
    added: int
    total: int


@dataclass(frozen=True, slots=True)
class PictureFamily:
    """One family. `representative` is its largest picture; `shops` counts listings by shop, most first."""

    representative: Picture
    members: tuple[FamilyMember, ...]
    listings: tuple[Listing, ...]
    shops: tuple[tuple[Shop, int], ...]
    growth: tuple[Growth, ...]


@dataclass(frozen=True, slots=True)
class FamilySummary:
    """One family in a list: its largest picture and how much it holds."""

    representative: Picture
    pictures: int
    listings: int
    shops: int


def growth(listings: Iterable[Listing]) -> tuple[Growth, ...]:
    """Return the days (UTC) on which listings were captured, in their order; those of unknown time come last."""
    days = Counter(None if item.captured_at is None else item.captured_at.date() for item in listings)
    total = 0
    grown = []
    for day in sorted(day for day in days if day is not None):
        total += days[day]
        grown.append(Growth(day, days[day], total))
    if days[None]:
        grown.append(Growth(None, days[None], total + days[None]))
    return tuple(grown)


def by_shop(listings: Iterable[Listing]) -> tuple[tuple[Shop, int], ...]:
    """Return how many listings each shop has, most first, ties by name; listings without a shop are left out."""
    counted = Counter(Shop(item.platform, item.shop) for item in listings if item.shop)
    return tuple(sorted(counted.items(), key=lambda entry: (-entry[1], str(entry[0]))))
