"""Write the pictures on which something was found, with a frame around the words: what a reviewer looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.errors import PictureError
from jianwei.export.aside_file import folder_made, written_aside
from jianwei.export.marked_pictures import MarkedPictures, marked_png

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from jianwei.library.risk import ScreenedListing
    from jianwei.records import Quad


def write_marked_findings(
    folder: Path, views: Sequence[ScreenedListing], picture_bytes: Callable[[str], bytes], *, max_pixels: int
) -> MarkedPictures:
    """Write one PNG for each picture that a finding names into `folder`, named by its hash.

    A picture whose file is gone or broken by now is left out and told.

    Raises:
        SettingsError: the folder cannot be written.
        StorageFullError: the disk is full.
    """
    folder_made(folder)
    boxes: dict[str, list[Quad]] = {}
    locations: dict[str, str] = {}
    for view in views:
        for finding in view.result.screening.findings:
            for place in finding.places:
                picture = view.pictures.get(place.picture_no or 0)
                if picture is not None and place.box is not None:
                    boxes.setdefault(picture.facts.sha256, []).append(place.box)
                    locations[picture.facts.sha256] = picture.location
    files: list[Path] = []
    gone: list[str] = []
    for sha256, quads in boxes.items():
        try:
            marked = marked_png(picture_bytes(sha256), quads, max_pixels=max_pixels)
        except PictureError:
            gone.append(locations[sha256])
            continue
        file = folder / f"{sha256[:12]}.png"
        with written_aside(file) as aside:
            aside.write_bytes(marked)
        files.append(file)
    return MarkedPictures(folder, tuple(files), tuple(gone))
