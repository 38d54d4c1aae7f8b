"""Opens the store of picture files that the settings name: the library folder, another folder, or a URL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from jianwei.errors import SettingsError
from jianwei.storage.picture_files import FolderPictureFiles

if TYPE_CHECKING:
    from jianwei.ports import PictureFiles


def open_picture_files(
    library_folder: Path, url: str, *, timeout_s: float, called: str = "JIANWEI_PICTURES_URL"
) -> PictureFiles:
    """Open the store at a URL; that in the library folder where the URL is empty. Nothing is asked or loaded yet.

    `called` is what the user gave the URL as, for messages.

    Raises:
        SettingsError: the URL cannot be used.
    """
    if not url:
        return FolderPictureFiles(library_folder)
    # Loaded only here: few libraries keep their pictures elsewhere, and every search from the shell opens one.
    from jianwei.storage.object_files import ObjectPictureFiles
    from jianwei.storage.object_place import parse_place

    place = parse_place(url, called=called)
    if place.protocol != "file":
        return ObjectPictureFiles(place, timeout_s=timeout_s)
    path = unquote(place.url.removeprefix("file://").removeprefix("localhost"))
    if not path.startswith("/"):
        raise SettingsError(
            f"{called} is {place.shown!r}, which is no absolute path. Write file:///folder.",
            zh=f"{called} 的值是 {place.shown!r}，不是绝对路径。请写成 file:///文件夹。",
            name=called,
        )
    return FolderPictureFiles(Path(path))
