"""Write the pictures of a listing with a frame around each line that was read: evidence to hand on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.errors import PictureError
from jianwei.export.aside_file import folder_made, written_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from jianwei.library.views import ListingView
    from jianwei.records import Quad


@dataclass(frozen=True, slots=True)
class MarkedPictures:
    """The files written, in the order of the listing, and the places of pictures whose bytes cannot be had."""

    folder: Path
    files: tuple[Path, ...]
    gone: tuple[str, ...]


def write_marked_pictures(
    folder: Path, view: ListingView, picture_bytes: Callable[[str], bytes], *, max_pixels: int
) -> MarkedPictures:
    """Write one PNG per picture into `folder`, which is made where it is missing.

    Files are named by place and hash, `01-main-3f2a….png`, so that writing again replaces them. `picture_bytes`
    returns the original file of a SHA-256; a picture whose file is gone or broken by now is left out and told.

    Raises:
        SettingsError: the folder cannot be written.
        StorageFullError: the disk is full.
    """
    folder_made(folder)
    files: list[Path] = []
    gone: list[str] = []
    for number, picture in enumerate(view.pictures, start=1):
        sha256 = picture.picture.facts.sha256
        try:
            marked = marked_png(picture_bytes(sha256), [line.box for line in picture.lines], max_pixels=max_pixels)
        except PictureError:
            gone.append(picture.picture.location)
            continue
        file = folder / f"{number:02}-{picture.role}-{sha256[:12]}.png"
        with written_aside(file) as aside:
            aside.write_bytes(marked)
        files.append(file)
    return MarkedPictures(folder, tuple(files), tuple(gone))


def marked_png(data: bytes, boxes: Sequence[Quad], *, max_pixels: int) -> bytes:
    """Return an encoded picture with a frame around each box, in its pixels, as a PNG; equal boxes get one frame.

    Raises:
        PictureDecodeError: it is not a picture we can read, or has more pixels than allowed.
    """
    from jianwei.images.decoding import decode_picture
    from jianwei.images.marking import mark_boxes

    return mark_boxes(decode_picture(data, max_pixels=max_pixels).pixels, list(dict.fromkeys(boxes)))
