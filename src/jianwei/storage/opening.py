"""Opens the store of picture files that the settings name: the library folder, another folder, or a URL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from jianwei.errors import SettingsError
from jianwei.storage.picture_files import FolderPictureFiles

if TYPE_CHECKING:
    from jianwei.ports import PictureFiles


def open_picture_files(library_folder: Path, url: str, *, timeout_s: float) -> PictureFiles:
    """Open the store at a URL; that in the library folder where the URL is empty. Nothing is asked or loaded yet.

    Raises:
        SettingsError: the URL cannot be used.
    """
    if not url:
        return FolderPictureFiles(library_folder)
    # Loaded only here: few libraries keep their pictures elsewhere, and every search from the shell opens one.
    from jianwei.storage.object_files import ObjectPictureFiles
    from jianwei.storage.object_place import parse_place

    place = parse_place(url)
    if place.protocol != "file":
        return ObjectPictureFiles(place, timeout_s=timeout_s)
    path = unquote(place.url.removeprefix("file://").removeprefix("localhost"))
    if not path.startswith("/"):
        raise SettingsError(
            f"JIANWEI_PICTURES_URL is {place.shown!r}, which is no absolute path. Write file:///folder.",
            zh=f"JIANWEI_PICTURES_URL 的值是 {place.shown!r}，不是绝对路径。请写成 file:///文件夹。",
            name="JIANWEI_PICTURES_URL",
        )
    return FolderPictureFiles(Path(path))
