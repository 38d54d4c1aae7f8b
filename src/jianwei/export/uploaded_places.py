"""Places as they are told to whoever asks: where an upload or the library lies on the server is nobody's business.

An upload lies in a folder of its own until it is taken in, and its pictures keep that place for ever in the catalog.
Places that somebody named on the command line stay as they are: they tell where a listing came from.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from jianwei.desk.database import DESK_FOLDER, UPLOADS_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jianwei.library.views import ListingView
    from jianwei.records import Picture

    TellPlace = Callable[[str], str]


def place_teller(library: Path) -> TellPlace:
    """Return a function that tells a place, or a text with places, without the folders of this library."""
    roots = sorted({str(library), str(library.resolve())}, key=len, reverse=True)
    either = "|".join(map(re.escape, roots))
    upload = rf"{DESK_FOLDER}[/\\]{UPLOADS_FOLDER}[/\\](?:[0-9a-f]{{16}}[/\\])?"
    ours = re.compile(rf"(?:{either})(?:(?P<inside>[/\\](?:{upload})?)|(?![\w.\-]))")

    def tell(text: str) -> str:
        return ours.sub(lambda found: "" if found["inside"] else library.name, text)

    return tell


def told_listing(view: ListingView, tell: TellPlace) -> ListingView:
    """Return a listing whose pictures lie where whoever uploaded them knows them."""
    pictures = tuple(replace(item, picture=told_picture(item.picture, tell)) for item in view.pictures)
    return replace(view, pictures=pictures)


def told_pictures(pictures: Mapping[int, Picture], tell: TellPlace) -> dict[int, Picture]:
    """Return the same of pictures by their number."""
    return {number: told_picture(picture, tell) for number, picture in pictures.items()}


def told_picture(picture: Picture, tell: TellPlace) -> Picture:
    """Return a picture that lies where whoever uploaded it knows it."""
    return replace(picture, location=tell(picture.location))
