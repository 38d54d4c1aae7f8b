"""The statements about groups, as SQLAlchemy Core.

Keys stand first among the parameters, then those that a docstring names, in its order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, bindparam, case, delete, func, insert, literal_column, select, tuple_

from jianwei.catalog.tables.queries import NO_OFFSET
from jianwei.catalog.tables.schema import (
    kept_apart,
    listing_pictures,
    listings,
    ocr_lines,
    ocr_results,
    picture_families,
    pictures,
    seller_links,
    seller_shops,
)

if TYPE_CHECKING:
    from sqlalchemy import Delete, Insert
    from sqlalchemy.sql.dml import ReturningDelete

    from jianwei.catalog.engine.statements import Keys

_family = picture_families.c
_NOTHING: ColumnElement[str] = literal_column("''")
_SEPARATOR: ColumnElement[str] = literal_column("'\x1f'")  # in no name, as it cannot be typed
_ONE: ColumnElement[int] = literal_column("1")


def hashed_pictures_after() -> Select[Any]:
    """(sha256, picture_no, pdq) by ascending SHA-256; takes the last one seen and a limit."""
    return (
        select(pictures.c.sha256, pictures.c.picture_no, pictures.c.pdq)
        .where(pictures.c.sha256 > bindparam("after"), pictures.c.pdq.is_not(None))
        .order_by(pictures.c.sha256)
        .limit(bindparam("limit"))
        .offset(NO_OFFSET)
    )


def pivots_after() -> Select[Any]:
    """(picture_no, pivot_no) ascending; takes the last number seen and a limit."""
    return (
        select(_family.picture_no, _family.pivot_no)
        .where(_family.picture_no > bindparam("after"))
        .order_by(_family.picture_no)
        .limit(bindparam("limit"))
        .offset(NO_OFFSET)
    )


def families_of(keys: Keys) -> Select[Any]:
    """(picture_no, pivot_no, distance) of the pictures among the keys."""
    return select(_family.picture_no, _family.pivot_no, _family.distance).where(_family.picture_no.in_(keys))


def pivots_of(keys: Keys) -> Select[Any]:
    """(picture_no, pivot_no) of the pictures among the keys that have been grouped."""
    return select(_family.picture_no, _family.pivot_no).where(_family.picture_no.in_(keys))


def hashed_of(keys: Keys) -> Select[Any]:
    """(picture_no,) of the pictures among the keys that have a hash."""
    return select(pictures.c.picture_no).where(pictures.c.picture_no.in_(keys), pictures.c.pdq.is_not(None))


def members_of() -> Select[Any]:
    """(picture_no, pivot_no, distance), nearest first; takes a pivot."""
    return (
        select(_family.picture_no, _family.pivot_no, _family.distance)
        .where(_family.pivot_no == bindparam("pivot_no"))
        .order_by(_family.distance, _family.picture_no)
    )


def _sizes() -> Select[Any]:
    shown, columns = listing_pictures.c, listings.c
    joined = picture_families.join(listing_pictures, shown.picture_no == _family.picture_no).join(
        listings, columns.listing_no == shown.listing_no
    )
    shop = case((columns.shop != _NOTHING, columns.platform.concat(_SEPARATOR).concat(columns.shop)))
    return (
        select(
            _family.pivot_no,
            func.count(_family.picture_no.distinct()).label("pictures"),
            func.count(shown.listing_no.distinct()).label("listings"),
            func.count(shop.distinct()).label("shops"),
        )
        .select_from(joined)
        .group_by(_family.pivot_no)
        .having(func.count(shown.listing_no.distinct()) > _ONE)
    )


def families_by_shops() -> Select[Any]:
    """(pivot_no, pictures, listings, shops) of families on several listings; takes a limit and an offset."""
    sizes = _sizes().subquery()
    return _page(select(sizes).order_by(sizes.c.shops.desc(), sizes.c.listings.desc(), sizes.c.pivot_no))


def families_by_listings() -> Select[Any]:
    """(pivot_no, pictures, listings, shops) of families on several listings; takes a limit and an offset."""
    sizes = _sizes().subquery()
    return _page(select(sizes).order_by(sizes.c.listings.desc(), sizes.c.shops.desc(), sizes.c.pivot_no))


def _page(statement: Select[Any]) -> Select[Any]:
    return statement.limit(bindparam("limit")).offset(bindparam("offset"))


def count_families() -> Select[Any]:
    """(families,) that more than one listing shows."""
    return select(func.count()).select_from(_sizes().subquery())


def shop_families() -> Select[Any]:
    """(platform, shop, pivot_no), distinct, by name; takes the last platform and shop seen and a limit of shops."""
    shown, columns = listing_pictures.c, listings.c
    named = (
        select(columns.platform, columns.shop)
        .where(
            columns.shop != _NOTHING,
            tuple_(columns.platform, columns.shop) > tuple_(bindparam("platform"), bindparam("shop")),
        )
        .distinct()
        .order_by(columns.platform, columns.shop)
        .limit(bindparam("limit"))
        .offset(NO_OFFSET)
        .subquery()
    )
    return (
        select(named.c.platform, named.c.shop, _family.pivot_no)
        .select_from(
            named.join(listings, (columns.platform == named.c.platform) & (columns.shop == named.c.shop))
            .outerjoin(listing_pictures, shown.listing_no == columns.listing_no)
            .outerjoin(picture_families, _family.picture_no == shown.picture_no)
        )
        .distinct()
        .order_by(named.c.platform, named.c.shop, _family.pivot_no)
    )


def shown_texts(keys: Keys) -> Select[Any]:
    """(listing_no, picture_no, text) of the lines read on pictures of the listings among the keys."""
    shown = listing_pictures.c
    return (
        select(shown.listing_no, shown.picture_no, ocr_lines.c.text)
        .join_from(listing_pictures, ocr_results, ocr_results.c.picture_no == shown.picture_no)
        .join(ocr_lines, ocr_lines.c.result_no == ocr_results.c.result_no)
        .where(shown.listing_no.in_(keys), ocr_results.c.newest)
        .order_by(shown.listing_no, shown.place, ocr_lines.c.line_no)
    )


def clear_seller_shops() -> Delete:
    """Remove the shops of all clusters."""
    return delete(seller_shops)


def clear_seller_links() -> Delete:
    """Remove the links of all clusters."""
    return delete(seller_links)


def insert_seller_link() -> Insert:
    """Take the columns of a link but its number."""
    columns = [column for column in seller_links.columns if column is not seller_links.c.link_no]
    return insert(seller_links).values({column.name: bindparam(f"new_{column.name}") for column in columns})


def seller_shops_by_cluster() -> Select[Any]:
    """(cluster_no, platform, shop), by cluster and name."""
    columns = seller_shops.c
    return select(columns.cluster_no, columns.platform, columns.shop).order_by(
        columns.cluster_no, columns.platform, columns.shop
    )


def seller_links_by_cluster() -> Select[Any]:
    """(cluster_no, platforms and shops of both, strength, reasons), strongest first."""
    columns = [column for column in seller_links.columns if column is not seller_links.c.link_no]
    return select(*columns).order_by(seller_links.c.cluster_no, seller_links.c.strength.desc(), seller_links.c.link_no)


def apart_of_kind() -> Select[Any]:
    """(kind, first, second, reason, decided_at_us), by names; takes a kind."""
    columns = kept_apart.c
    return select(kept_apart).where(columns.kind == bindparam("kind")).order_by(columns.first, columns.second)


def delete_apart() -> ReturningDelete[tuple[Any]]:
    """Take a kind and both names, return (kind,) if the decision was there."""
    columns = kept_apart.c
    return (
        delete(kept_apart)
        .where(
            columns.kind == bindparam("kind"),
            columns.first == bindparam("first"),
            columns.second == bindparam("second"),
        )
        .returning(columns.kind)
    )
