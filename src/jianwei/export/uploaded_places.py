"""Places as they are told to whoever asks: where an upload or the library lies on the server is nobody's business.

An upload lies in a folder of its own until it is taken in, and its pictures keep that place for ever in the catalog.
Places that somebody named on the command line tell where a listing came from: whole to whoever works on this machine,
over HTTP by the name of the source and the path inside it.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from jianwei.desk.database import DESK_FOLDER, UPLOADS_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jianwei.library import Library
    from jianwei.library.views import ListingView
    from jianwei.records import Picture

    TellPlace = Callable[[str], str]


_FOLDER = r"(?:[^/\\\s:：，。]+|[^/\\:：，。.,;(（]*[^/\\\s:：，。.,;(（])[/\\]"
_AT_ROOT = r"(?<![\w.!:/\\-])"
_FOLDERS = re.compile(rf"{_AT_ROOT}(?:[A-Za-z]:)?(?:/|\\{{1,2}})(?:{_FOLDER})+")
"""The folders of a path from the root: no part of a URL, of a relative path or of a path inside an archive.

Their names may have blanks inside, as long as no sentence ends there."""

_READ_AGAIN_S = 5.0
"""How soon a source is known that another process takes in."""


def place_teller(library: Path) -> TellPlace:
    """Return a function that tells a place, or a text with places, without the folders of this library."""
    roots = sorted({str(library), str(library.resolve())}, key=len, reverse=True)
    either = "|".join(map(re.escape, roots))
    upload = rf"{DESK_FOLDER}[/\\]{UPLOADS_FOLDER}[/\\](?:[0-9a-f]{{16}}[/\\])?"
    ours = re.compile(rf"(?:{either})(?:(?P<inside>[/\\](?:{upload})?)|(?![\w.\-]))")

    def tell(text: str) -> str:
        return ours.sub(lambda found: "" if found["inside"] else library.name, text)

    return tell


def picture_place_teller(library: Library) -> TellPlace:
    """Return a function that tells a place, or a text with places, to people elsewhere: no folder of this machine.

    A place inside a source that was taken in is told by the name of the source and the path inside it, another one by
    the name of its file.
    """
    inside = place_teller(library.path)
    places: Mapping[str, str] = {}
    read_at = -_READ_AGAIN_S

    def tell(text: str) -> str:
        nonlocal places, read_at
        shown = inside(text)
        if "/" not in shown and "\\" not in shown:
            return shown
        if time.monotonic() - read_at > _READ_AGAIN_S:
            places, read_at = library.source_places(), time.monotonic()
        return without_folders(_by_source(shown, places), text)

    return tell


def _by_source(text: str, places: Mapping[str, str]) -> str:
    for place in sorted((place for place in places if place in text), key=len, reverse=True):
        text = re.sub(rf"(?<![\w.!/\\-]){re.escape(place)}", partial(_told_at, places[place]), text)
    return text


def _told_at(told: str, found: re.Match[str]) -> str:
    """Return what is told of a source in a place of a text, which a picture inside of a table begins with already."""
    return "" if found.string.startswith(told.removesuffix(": "), found.end()) else told


def without_folders(text: str, location: str) -> str:
    """Return a text without the folders of absolute paths in it; those of `location` may have blanks in their names."""
    outer = PurePath(location.partition("!/")[0])
    for folder in outer.parents if outer.is_absolute() else ():
        if folder.name:
            inside = rf"{_AT_ROOT}{re.escape(str(folder))}"
            text = re.sub(rf"{inside}[/\\]", "", text)
            text = re.sub(rf"{inside}(?![\w.\-])", folder.name.replace("\\", r"\\"), text)
    return _FOLDERS.sub("", text)


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
