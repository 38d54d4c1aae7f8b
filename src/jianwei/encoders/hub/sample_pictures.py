"""Read a few pictures of a folder: what smaller number formats are measured on and int8 is calibrated with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jianwei.errors import ModelError, PictureDecodeError
from jianwei.images.decoding import decode_picture

if TYPE_CHECKING:
    from jianwei.images.pixels import RgbPixels

_MOST = 64
"""Pictures read; more change the calibration little and each takes two megabytes."""


def read_sample_pictures(folder: Path, *, max_pixels: int) -> list[RgbPixels]:
    """Return up to 64 pictures spread evenly over a folder and those in it; files that are no pictures are passed over.

    Raises:
        ModelError: it is no folder, or none of its files is a picture.
    """
    files = sorted(_files(folder))
    pictures: list[RgbPixels] = []
    # Every n-th file first, then those between, until there are enough.
    step = max(1, len(files) // _MOST)
    for start in range(step):
        for path in files[start::step]:
            if len(pictures) == _MOST:
                return pictures
            try:
                pictures.append(decode_picture(path.read_bytes(), max_pixels=max_pixels).pixels)
            except (OSError, PictureDecodeError):
                continue
    if not pictures:
        raise ModelError(
            f"{folder} holds no picture that can be read. Name a folder with pictures of listings.",
            zh=f"{folder} 中没有可以读取的图片。请指定一个存放商品图片的文件夹。",
            path=str(folder),
        )
    return pictures


def _files(folder: Path) -> list[Path]:
    # Unlike rglob this follows no links to folders, which may lead in circles.
    return [Path(place) / name for place, _, names in os.walk(folder) for name in names]
