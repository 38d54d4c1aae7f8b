"""Decode the bytes of one picture, once, into the pixels that all later stages share.

Every failure is a `PictureDecodeError` with a stable reason, so that one bad file is one recorded failure. Of animated
files the first frame is taken: it is what a listing shows before anything moves, and where sellers put their message.
JPEG draft mode (decoding at half size) is never used, since small print is what is looked for.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.errors import PictureDecodeError
from jianwei.images.colour import rgb_pixels
from jianwei.images.completeness import is_cut_short
from jianwei.images.opening import check_size, open_picture
from jianwei.images.orientation import exif_orientation, upright
from jianwei.images.partial_jpeg import decodable_part
from jianwei.images.sniffing import describe_content, sniff_format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from jianwei.images.pixels import RgbPixels
    from jianwei.images.sniffing import PictureFormat


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """One decoded picture.

    `pixels` are (height_px, width_px, 3) uint8 RGB, upright, over white, and not writeable, because several stages
    read them at once. `frames` counts those of the file, 10,000 at most, only the first of which is decoded.
    `missing_px` is above 0 where a JPEG lost its end: so many rows at the bottom of the stored picture, before it was
    turned upright, are wholly or partly grey filling.
    """

    pixels: RgbPixels
    format: PictureFormat
    width_px: int
    height_px: int
    frames: int = 1
    missing_px: int = 0


def decode_picture(data: bytes, *, max_pixels: int) -> DecodedPicture:
    """Decode one picture, whatever its name says it is.

    Raises:
        PictureDecodeError: with one of the reasons `empty`, `not-a-picture`, `too-large` (more than `max_pixels`, told
            from the header), `truncated`, `damaged`, `out-of-memory`.
    """
    if not data:
        raise PictureDecodeError(
            "The file is empty (0 bytes). Fetch it again.", zh="文件为空（0 字节）。请重新获取。", reason="empty"
        )
    picture_format = sniff_format(data)
    if picture_format is None:
        raise _not_a_picture(data)
    with _mapped_errors(data, picture_format):
        return _decode(data, picture_format, max_pixels)


def _decode(data: bytes, picture_format: PictureFormat, max_pixels: int) -> DecodedPicture:
    image, frames = open_picture(data, picture_format, max_pixels=max_pixels)
    missing_px = 0
    try:
        image.load()
    except OSError:
        part = decodable_part(data, image) if picture_format == "jpeg" else None
        if part is None:
            raise
        image, missing_px = part
    check_size(image.size, max_pixels)  # a frame of a GIF may be larger than its canvas
    pixels = upright(rgb_pixels(image), _orientation_of(image))
    pixels.flags.writeable = False
    height_px, width_px = pixels.shape[:2]
    return DecodedPicture(pixels, picture_format, width_px, height_px, frames, missing_px)


def _orientation_of(image: Image.Image) -> int:
    exif = image.info.get("exif")
    if exif is None:
        # ImageMagick keeps EXIF in a PNG text chunk: a few lines of header, then hexadecimal digits.
        profile = image.info.get("Raw profile type exif")
        if isinstance(profile, str):
            with contextlib.suppress(ValueError):
                exif = bytes.fromhex("".join(profile.split("\n")[3:]))
    return exif_orientation(exif if isinstance(exif, bytes) else None)


@contextlib.contextmanager
def _mapped_errors(data: bytes, picture_format: PictureFormat) -> Iterator[None]:
    from PIL.Image import DecompressionBombError

    try:
        yield
    except PictureDecodeError:
        raise
    except DecompressionBombError as error:
        raise PictureDecodeError(
            f"The {picture_format} picture announces more pixels than can be decoded ({error}). Scale it down.",
            zh=f"{picture_format} 图片声明的像素数超出可解码范围（{error}）。请缩小图片。",
            reason="too-large",
        ) from error
    except MemoryError as error:
        raise PictureDecodeError(
            f"There is not enough memory to decode this {picture_format} picture of {len(data):,} bytes. Ingest with "
            "fewer workers, or scale it down.",
            zh=f"内存不足，无法解码该 {picture_format} 图片（{len(data):,} 字节）。请减少 workers，或缩小图片。",
            reason="out-of-memory",
        ) from error
    except Exception as error:  # decoders raise anything for hostile bytes: KeyError, zlib.error ...
        raise _broken(data, picture_format, error) from error


def _not_a_picture(data: bytes) -> PictureDecodeError:
    english, chinese = describe_content(data)
    gap = " " if chinese[0].isascii() else ""
    return PictureDecodeError(
        f"The file is not a picture that can be read; it looks like {english}. "
        "Readable are JPEG, PNG, WebP, GIF, AVIF, HEIC, BMP and TIFF.",
        zh=f"文件不是可读取的图片，看起来是{gap}{chinese}。支持 JPEG、PNG、WebP、GIF、AVIF、HEIC、BMP 和 TIFF。",
        reason="not-a-picture",
        looks_like=english,
        size_bytes=len(data),
    )


def _broken(data: bytes, picture_format: PictureFormat, error: Exception) -> PictureDecodeError:
    if is_cut_short(data, picture_format) or "truncat" in str(error).lower():
        return PictureDecodeError(
            f"The {picture_format} picture is cut short after {len(data):,} bytes. Fetch it again.",
            zh=f"{picture_format} 图片不完整，在 {len(data):,} 字节处中断。请重新获取。",
            reason="truncated",
            size_bytes=len(data),
        )
    return PictureDecodeError(
        f"The {picture_format} picture is damaged and cannot be decoded ({error}). Fetch it again.",
        zh=f"{picture_format} 图片已损坏，无法解码（{error}）。请重新获取。",
        reason="damaged",
        size_bytes=len(data),
    )
