"""Listings as they are told to whoever asks: where an uploaded file lies on the server is nobody's business."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwei.library.views import ListingView
    from jianwei.web.desk import Desk


def shown(desk: Desk, view: ListingView) -> ListingView:
    """Return a listing whose pictures lie where whoever uploaded them knows them."""
    pictures = tuple(
        replace(item, picture=replace(item.picture, location=desk.shown_place(item.picture.location)))
        for item in view.pictures
    )
    return replace(view, pictures=pictures)
