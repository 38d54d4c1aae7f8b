"""Reads whole listings from the catalog: with their pictures, the lines and codes on them, and the raw record."""

from __future__ import annotations

import difflib
from itertools import islice
from typing import TYPE_CHECKING

from jianwei.errors import NotFoundError
from jianwei.library.views import ListingView, PictureView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jianwei.ports import CatalogReader
    from jianwei.records import Listing, ListingPicture, OcrLine, PictureCode

_MOST_COMPARED = 20_000  # ids compared with a mistyped one: about a second


def listing_views(catalog: CatalogReader, listings: Sequence[Listing]) -> list[ListingView]:
    """Return listings with all their pictures and the text of these, in the order given."""
    placed = catalog.pictures_of([listing.listing_no for listing in listings])
    picture_nos = [item.picture.picture_no for items in placed.values() for item in items]
    lines = catalog.ocr_lines(picture_nos)
    codes = catalog.codes(picture_nos)
    return [
        ListingView(
            listing,
            tuple(_picture_view(item, lines, codes) for item in placed.get(listing.listing_no, ())),
            catalog.raw_source(listing.listing_no),
        )
        for listing in listings
    ]


def _picture_view(
    item: ListingPicture,
    lines: Mapping[int, Sequence[OcrLine]],
    codes: Mapping[int, tuple[PictureCode, ...]],
) -> PictureView:
    number = item.picture.picture_no
    return PictureView(
        item.picture,
        item.role,
        item.position,
        tuple(lines.get(number, ())),
        read=number in lines,
        codes=codes.get(number, ()),
    )


def no_listing(catalog: CatalogReader, listing_id: str) -> NotFoundError:
    """Return the error for an id that no listing has; it names near ones."""
    known = (item.listing_id for batch in catalog.iterate_listings() for item in batch)
    near = ", ".join(difflib.get_close_matches(listing_id, islice(known, _MOST_COMPARED), n=3))
    return NotFoundError(
        f"No listing has the id {listing_id!r}." + (f" Near it: {near}." if near else ""),
        zh=f"没有编号为 {listing_id!r} 的商品。" + (f"相近的编号：{near}。" if near else ""),
        listing_id=listing_id,
    )


def no_picture(sha256: str) -> NotFoundError:
    """Return the error for a hash that no picture has."""
    return NotFoundError(
        f"No picture in the library has the hash {sha256}.", zh=f"库中没有哈希为 {sha256} 的图片。", sha256=sha256
    )
