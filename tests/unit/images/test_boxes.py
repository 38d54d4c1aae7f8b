from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.images.made_pictures import HEIC_TURNED

from jianwei.errors import PictureDecodeError
from jianwei.images.boxes import Box, boxes, has_readable_items
from jianwei.images.decoding import decode_picture


def box(kind: bytes, body: bytes = b"") -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def test_boxes_follow_each_other() -> None:
    data = box(b"ftyp", b"heic") + box(b"mdat", b"12345")
    assert list(boxes(data, 0, len(data))) == [Box(b"ftyp", 8, 12), Box(b"mdat", 20, 25)]


def test_a_size_may_have_64_bits_or_run_to_the_end() -> None:
    wide = b"\x00\x00\x00\x01wide" + (18).to_bytes(8, "big") + b"ab"
    data = wide + b"\x00\x00\x00\x00restabcdef"
    assert list(boxes(data, 0, len(data))) == [Box(b"wide", 16, 18), Box(b"rest", 26, 32)]


@pytest.mark.parametrize("data", [box(b"mdat", b"12345")[:-1], b"\x00\x00", b"\x00\x00\x00\x04tiny"])
def test_a_box_that_is_cut_or_too_small_ends_behind_the_data(data: bytes) -> None:
    (last,) = boxes(data, 0, len(data))
    assert last.end > len(data)


@given(st.binary(max_size=80))
def test_any_bytes_can_be_walked(data: bytes) -> None:
    for found in boxes(data, 0, len(data)):
        assert found.body <= found.end
    assert has_readable_items(data) in {True, False}


def test_a_sound_file_has_readable_items() -> None:
    assert has_readable_items(HEIC_TURNED)


@pytest.mark.parametrize("kind", [b"hvc1", b"Exif"])
def test_an_item_type_that_is_no_text_is_refused_before_it_reaches_the_decoder(kind: bytes) -> None:
    at = HEIC_TURNED.index(kind, HEIC_TURNED.index(b"iinf"))
    data = HEIC_TURNED[: at + 3] + b"\xc2" + HEIC_TURNED[at + 4 :]
    assert not has_readable_items(data)
    with pytest.raises(PictureDecodeError) as raised:  # without the check this line ends the test run
        decode_picture(data, max_pixels=10**6)
    assert raised.value.reason == "damaged"
