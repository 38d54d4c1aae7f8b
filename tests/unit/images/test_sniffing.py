from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.images.sniffing import describe_content, sniff_format


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"GIF87a", "gif"),
        (b"GIF89a", "gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (b"BM", "bmp"),
        (b"II*\x00", "tiff"),
        (b"MM\x00*", "tiff"),
        (b"MM\x00+", "tiff"),
        (b"\x00\x00\x00\x14ftypheic\x00\x00\x00\x00heic", "heic"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", "heic"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1avif", "avif"),
        (b"\x00\x00\x00\x14ftypavif\x00\x00\x00\x00avif", "avif"),
        (b"\x00\x00\x00\x14ftypisom\x00\x00\x00\x00mp41", None),
        (b"", None),
        (b"hello", None),
    ],
)
def test_a_format_is_told_from_its_first_bytes(start: bytes, expected: str | None) -> None:
    assert sniff_format(start) == expected


def test_brands_behind_the_declared_box_do_not_count() -> None:
    assert sniff_format(b"\x00\x00\x00\x14ftypmif1\x00\x00\x00\x00heicavif") == "heic"


def test_a_description_comes_in_both_languages() -> None:
    assert describe_content(b"%PDF-1.4") == ("a PDF document", "PDF 文档")


def test_text_whose_prefix_ends_within_a_character_is_still_text() -> None:
    assert describe_content("药".encode() * 2000)[0] == "plain text"
    assert describe_content(b"a" + "药".encode() * 2000)[0] == "plain text"


@given(st.binary(max_size=100))
def test_any_bytes_can_be_described(data: bytes) -> None:
    english, chinese = describe_content(data)
    assert english
    assert chinese
