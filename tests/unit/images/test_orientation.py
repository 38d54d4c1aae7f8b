from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps
from tests.unit.images.made_pictures import busy, exif

from jianwei.images.orientation import exif_orientation, upright


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_equals_pillows_exif_transpose(orientation: int) -> None:
    image = busy(64, 40)
    block = image.getexif()
    block[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    turned = upright(np.asarray(image), orientation)
    assert (turned == expected).all()
    assert turned.flags.c_contiguous


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("prefix", [b"", b"Exif\x00\x00"])
def test_the_orientation_is_read_in_both_byte_orders(orientation: int, order: str, prefix: bytes) -> None:
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    block = prefix + mark + struct.pack(order + "IH", 8, 1) + entry
    assert exif_orientation(block) == orientation


@pytest.mark.parametrize("block", [None, b"", b"Exif\x00\x00", b"nonsense", exif(0), exif(9)])
def test_no_or_a_wrong_orientation_means_upright(block: bytes | None) -> None:
    assert exif_orientation(block) == 1


@given(st.sampled_from([b"", b"II*\x00", b"Exif\x00\x00MM\x00*", exif(6)[:20]]), st.binary(max_size=60))
def test_any_bytes_give_an_orientation(start: bytes, rest: bytes) -> None:
    assert 1 <= exif_orientation(start + rest) <= 8


def test_a_picture_that_is_upright_is_not_copied() -> None:
    pixels = np.asarray(Image.new("RGB", (4, 3)))
    assert upright(pixels, 1) is pixels
