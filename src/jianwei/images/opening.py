"""Open the bytes of a picture lazily, its size checked from the header before any pixel is allocated.

`PIL.Image.open` is not used: it tries every plugin, warns on its own pixel limit, and that limit is a global. The
plugin classes are called directly instead. Left out: errors, which pass through here as the libraries raise them
(`decoding.py` maps them).
"""

from __future__ import annotations

import contextlib
import io
import threading
import warnings
from typing import TYPE_CHECKING

from jianwei.errors import PictureDecodeError
from jianwei.images.boxes import has_readable_items
from jianwei.images.frames import MAX_COUNTED_FRAMES, gif_frames, png_frames, tiff_frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL import Image

    from jianwei.images.sniffing import PictureFormat

# Python's warning filters belong to the process: only one thread at a time may swap them. A guard, never state.
_WARNING_FILTERS = threading.Lock()

_ANIMATION_CHUNKS = (b"acTL", b"fcTL", b"fdAT")


def open_picture(data: bytes, picture_format: PictureFormat, *, max_pixels: int) -> tuple[Image.Image, int]:
    """Return the first frame of a picture, not yet decoded, and the number of frames.

    The EXIF block, where there is one, is in `info["exif"]`; HEIC comes upright already.

    Raises:
        PictureDecodeError: reason `too-large`: the header announces more than `max_pixels`.
        Exception: whatever Pillow and libheif raise for bytes that they cannot make sense of.
    """
    image, frames = _OPENERS[picture_format](data, max_pixels)
    check_size(image.size, max_pixels)
    return image, min(frames, MAX_COUNTED_FRAMES)


def check_size(size_px: tuple[int, int], max_pixels: int) -> None:
    """Refuse a (width, height) of more than `max_pixels`.

    Raises:
        PictureDecodeError: reason `too-large`.
    """
    width_px, height_px = size_px
    if width_px * height_px > max_pixels:
        raise PictureDecodeError(
            f"The picture has {width_px} × {height_px} pixels, more than the {max_pixels:,} allowed. "
            "Scale it down, or raise JIANWEI_MAX_PICTURE_PIXELS.",
            zh=f"图片为 {width_px} × {height_px} 像素，超过上限 {max_pixels:,}。"
            "请缩小图片，或调高 JIANWEI_MAX_PICTURE_PIXELS。",
            reason="too-large",
            width_px=width_px,
            height_px=height_px,
            max_pixels=max_pixels,
        )


def open_jpeg(data: bytes) -> Image.Image:
    """Return a JPEG, not yet decoded. Raises what Pillow raises."""
    from PIL.JpegImagePlugin import JpegImageFile

    class PlainJpeg(JpegImageFile):
        """A JPEG without the look into EXIF for a print resolution, which warns about every odd tag."""

        def _read_dpi_from_exif(self) -> None:
            return

    return PlainJpeg(io.BytesIO(data))


@contextlib.contextmanager
def no_warnings() -> Iterator[None]:
    """Keep a library's warnings about odd metadata from the user, who can do nothing about them.

    Only for the rare formats whose plugins give no other way: threads wait for each other here.
    """
    with _WARNING_FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _open_jpeg(data: bytes, _max_pixels: int) -> tuple[Image.Image, int]:
    return open_jpeg(data), 1


def _open_png(data: bytes, _max_pixels: int) -> tuple[Image.Image, int]:
    from PIL.PngImagePlugin import PngImageFile

    frames = png_frames(data)
    # A viewer that knows no animation shows the default picture, so that is the one that is decoded.
    return PngImageFile(io.BytesIO(data if frames == 1 else _still_png(data))), frames


def _still_png(data: bytes) -> bytes:
    """Return an animated PNG without its animation chunks."""
    parts = [data[:8]]
    at = 8
    while at + 8 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] not in _ANIMATION_CHUNKS:
            parts.append(data[at:end])
        at = end
    return b"".join(parts)


def _open_gif(data: bytes, max_pixels: int) -> tuple[Image.Image, int]:
    from PIL.GifImagePlugin import GifImageFile

    check_size((int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")), max_pixels)
    with no_warnings():
        return GifImageFile(io.BytesIO(data)), gif_frames(data)


def _open_webp(data: bytes, max_pixels: int) -> tuple[Image.Image, int]:
    from PIL.WebPImagePlugin import WebPImageFile

    check_size(_webp_canvas(data), max_pixels)  # the decoder allocates its canvas when it is made
    image = WebPImageFile(io.BytesIO(data))
    return image, image.n_frames


def _webp_canvas(data: bytes) -> tuple[int, int]:
    """Return (width, height) from the first chunk, (0, 0) where there is none. Source: RFC 9649, sections 2.5-2.7."""
    kind, body = data[12:16], data[20:30]
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    return 0, 0


def _open_bmp(data: bytes, _max_pixels: int) -> tuple[Image.Image, int]:
    from PIL.BmpImagePlugin import BmpImageFile

    return BmpImageFile(io.BytesIO(data)), 1


def _open_tiff(data: bytes, max_pixels: int) -> tuple[Image.Image, int]:
    from PIL.TiffImagePlugin import TiffImageFile

    with no_warnings():
        image = TiffImageFile(io.BytesIO(data))
        check_size(image.size, max_pixels)
        image.load()  # here, because loading reads the tags once more; it also turns the picture upright
    image.info.pop("exif", None)
    return image, tiff_frames(data)


def _open_heic(data: bytes, max_pixels: int) -> tuple[Image.Image, int]:
    import pi_heif

    if not has_readable_items(data):
        raise ValueError("item information that is no text")
    heif = pi_heif.open_heif(data)
    check_size(heif.size, max_pixels)
    image: Image.Image = heif.to_pillow()
    # Its boxes `irot` and `imir` turn a picture, which libheif has applied; cameras repeat the turn in EXIF. "Rotation
    # metadata, e.g. according to Annex A, is ignored in the displaying process" (ISO/IEC 23008-12).
    image.info.pop("exif", None)
    return image, len(heif)


def _open_avif(data: bytes, _max_pixels: int) -> tuple[Image.Image, int]:
    from PIL.AvifImagePlugin import AvifImageFile

    with no_warnings():
        image = AvifImageFile(io.BytesIO(data))
    return image, image.n_frames


_OPENERS: dict[PictureFormat, Callable[[bytes, int], tuple[Image.Image, int]]] = {
    "jpeg": _open_jpeg,
    "png": _open_png,
    "gif": _open_gif,
    "webp": _open_webp,
    "bmp": _open_bmp,
    "tiff": _open_tiff,
    "heic": _open_heic,
    "avif": _open_avif,
}
