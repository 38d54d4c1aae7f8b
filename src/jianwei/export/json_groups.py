"""Groups as JSON objects; the field names are a promise, as in `json_shapes.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jianwei.library.group_views import FamilySummary, GroupsReport, Growth, PictureFamily
    from jianwei.ports.groups import KeptApart, SellerCluster, SellerLink


class FamilySummaryJson(TypedDict):
    """One family in a list; `representative` is the SHA-256 of its largest picture."""

    representative: str
    location: str
    pictures: int
    listings: int
    shops: int


class FamilyMemberJson(TypedDict):
    """One picture of a family; `distance` counts bits that differ from the pivot's hash, 0..31."""

    sha256: str
    location: str
    width_px: int
    height_px: int
    distance: int
    listing_ids: list[str]


class GrowthJson(TypedDict):
    """Listings captured on a day, and up to its end; no day where the time is unknown."""

    day: str | None
    added: int
    total: int


class ShopCountJson(TypedDict):
    """A shop and how many listings of the group it has."""

    platform: str
    shop: str
    listings: int


class FamilyJson(TypedDict):
    """One family with everything in it."""

    representative: str
    members: list[FamilyMemberJson]
    listing_ids: list[str]
    shops: list[ShopCountJson]
    growth: list[GrowthJson]


class ReasonJson(TypedDict):
    """What two shops share: kind (`pictures`, `contact`, `phrase`), how many, and the most telling ones."""

    kind: str
    count: int
    values: list[str]


class LinkJson(TypedDict):
    """Two shops that count as one seller, and why; `strength` is 3 or more."""

    first: str
    second: str
    strength: float
    reasons: list[ReasonJson]


class ClusterJson(TypedDict):
    """Shops that belong together, as `platform:name`."""

    cluster: int
    shops: list[str]
    links: list[LinkJson]


class ApartJson(TypedDict):
    """A decision that two pictures or two shops do not belong together."""

    kind: str
    first: str
    second: str
    reason: str
    decided_at: str | None


class GroupsReportJson(TypedDict):
    """What bringing groups up to date did; null for counts of a part that was up to date."""

    pictures: int | None
    pictures_new: int | None
    memberships_changed: int | None
    shops: int | None
    clusters: int | None
    shops_clustered: int | None


class SellersJson(TypedDict):
    """A page of seller clusters, and how many there are."""

    total: int
    clusters: list[ClusterJson]


def family_summary_json(family: FamilySummary) -> FamilySummaryJson:
    """Return one entry of the list of families."""
    picture = family.representative
    return {
        "representative": picture.facts.sha256,
        "location": picture.location,
        "pictures": family.pictures,
        "listings": family.listings,
        "shops": family.shops,
    }


def family_json(family: PictureFamily) -> FamilyJson:
    """Return a family with its members, sellers and growth."""
    return {
        "representative": family.representative.facts.sha256,
        "members": [
            {
                "sha256": member.picture.facts.sha256,
                "location": member.picture.location,
                "width_px": member.picture.facts.width_px,
                "height_px": member.picture.facts.height_px,
                "distance": member.distance,
                "listing_ids": [listing.listing_id for listing in member.listings],
            }
            for member in family.members
        ],
        "listing_ids": [listing.listing_id for listing in family.listings],
        "shops": [{"platform": shop.platform, "shop": shop.name, "listings": count} for shop, count in family.shops],
        "growth": growth_json(family.growth),
    }


def growth_json(growth: Iterable[Growth]) -> list[GrowthJson]:
    """Return how a group grew."""
    return [
        {"day": None if item.day is None else item.day.isoformat(), "added": item.added, "total": item.total}
        for item in growth
    ]


def cluster_json(cluster: SellerCluster) -> ClusterJson:
    """Return a seller cluster."""
    return {
        "cluster": cluster.cluster_no,
        "shops": [str(shop) for shop in cluster.shops],
        "links": [_link_json(link) for link in cluster.links],
    }


def apart_json(decision: KeptApart) -> ApartJson:
    """Return a decision to keep apart."""
    return {
        "kind": decision.kind,
        "first": decision.first,
        "second": decision.second,
        "reason": decision.reason,
        "decided_at": None if decision.decided_at is None else decision.decided_at.isoformat(),
    }


def groups_report_json(report: GroupsReport) -> GroupsReportJson:
    """Return what bringing groups up to date did."""
    families, sellers = report.families, report.sellers
    return {
        "pictures": None if families is None else families.pictures,
        "pictures_new": None if families is None else families.new,
        "memberships_changed": None if families is None else families.changed,
        "shops": None if sellers is None else sellers.shops,
        "clusters": None if sellers is None else sellers.clusters,
        "shops_clustered": None if sellers is None else sellers.clustered,
    }


def _link_json(link: SellerLink) -> LinkJson:
    return {
        "first": str(link.first),
        "second": str(link.second),
        "strength": link.strength,
        "reasons": [
            {"kind": reason.kind, "count": reason.count, "values": list(reason.values)} for reason in link.reasons
        ],
    }
