"""Tell from the first bytes which picture format a file is in, or what it is instead.

The name and the declared type of a file are not asked: shops serve WebP as `.jpg` and error pages as `.png` every day.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from typing import Literal

PictureFormat = Literal["jpeg", "png", "gif", "webp", "bmp", "tiff", "heic", "avif"]

_MAGIC: tuple[tuple[bytes, PictureFormat], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
)

_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}

# What shops and crawlers really deliver in place of a picture, most telling first.
_OTHER_CONTENT: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", "PDF 文档"),
    (b"PK\x03\x04", "a ZIP archive or office document", "ZIP 压缩包或 Office 文档"),
    (b"Rar!", "a RAR archive", "RAR 压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "7-Zip 压缩包"),
    (b"\x1f\x8b", "gzip-compressed data", "gzip 压缩数据"),
    (b"8BPS", "a Photoshop file (PSD)", "Photoshop 文件（PSD）"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture", "JPEG 2000 图片"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture", "JPEG XL 图片"),
    (b"\xff\x0a", "a JPEG XL picture", "JPEG XL 图片"),
    (b"\x00\x00\x01\x00", "a Windows icon", "Windows 图标"),
    (b"\x1aE\xdf\xa3", "a WebM or Matroska video", "WebM 或 Matroska 视频"),
    (b"FLV", "a Flash video", "Flash 视频"),
    (b"ID3", "an MP3 sound", "MP3 音频"),
    (b"RIFF", "a RIFF sound or video", "RIFF 音频或视频"),
)

_TEXT_CONTENT: tuple[tuple[str, str, str], ...] = (
    (r"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!doctype svg[^>]*>\s*)?<svg\b", "an SVG drawing", "SVG 矢量图"),
    (r"(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body|script|meta|title)\b", "an HTML page", "HTML 网页"),
    (r"<\?xml\b", "an XML document", "XML 文档"),
    (r"[{\[]", "a JSON document", "JSON 文档"),
)

_TEXT_PREFIX_BYTES = 2048


def sniff_format(data: bytes) -> PictureFormat | None:
    """Return the format of a picture file, None when the bytes start like none that can be read."""
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return _sniff_box_format(data)


def describe_content(data: bytes) -> tuple[str, str]:
    """Return in English and Chinese what bytes look like that are no readable picture."""
    for magic, english, chinese in _OTHER_CONTENT:
        if data.startswith(magic):
            return english, chinese
    if data[4:8] == b"ftyp":
        return "an MP4 or QuickTime video", "MP4 或 QuickTime 视频"
    if not data.strip(b"\x00"):
        return "nothing but zero bytes", "全为零的字节"
    return _describe_text(data[:_TEXT_PREFIX_BYTES]) or ("unknown data", "未知数据")


def _sniff_box_format(data: bytes) -> PictureFormat | None:
    """Read the brands of an ISO base media file. Source: ISO/IEC 14496-12, box `ftyp`."""
    if data[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(data[:4], "big"), len(data), 256)  # real brand lists are a few dozen bytes
    brands = {data[8:12]} | {data[at : at + 4] for at in range(16, end, 4)}
    if brands & _AVIF_BRANDS:
        return "avif"
    if brands & _HEIC_BRANDS:
        return "heic"
    return None


def _describe_text(head: bytes) -> tuple[str, str] | None:
    text = _as_text(head)
    if text is None:
        return None
    text = text.lstrip("\ufeff \t\r\n")
    for pattern, english, chinese in _TEXT_CONTENT:
        if re.match(pattern, text, re.IGNORECASE | re.DOTALL):
            return english, chinese
    return "plain text", "纯文本"


def _as_text(head: bytes) -> str | None:
    """Return the bytes as text, None when they hold control characters that no text has."""
    if re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head):
        return None
    for encoding in ("utf-8", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            # Incremental, because the prefix may end within a character.
            return codecs.getincrementaldecoder(encoding)().decode(head)
    return None
