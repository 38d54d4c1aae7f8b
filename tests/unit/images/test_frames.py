from __future__ import annotations

import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.unit.images.made_pictures import busy, encoded, png_chunk

from jianwei.images.frames import MAX_COUNTED_FRAMES, gif_frames, png_frames, tiff_frames


@pytest.mark.parametrize("count", [1, 2, 7])
def test_frames_are_counted_as_pillow_counts_them(count: int) -> None:
    frames = [busy(60, 40, seed=seed) for seed in range(count)]
    options = {"save_all": True, "append_images": frames[1:]}
    assert gif_frames(encoded(frames[0], "GIF", **options)) == count
    assert png_frames(encoded(frames[0], "PNG", **options)) == count
    assert tiff_frames(encoded(frames[0], "TIFF", **options)) == count
    assert tiff_frames(encoded(frames[0], "TIFF", big_tiff=True, **options)) == count


def test_a_million_tiny_frames_are_not_all_counted() -> None:
    still = encoded(Image.new("L", (1, 1)), "GIF")
    frame = b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00"
    started = time.process_time()
    assert gif_frames(still[:-1] + frame * 1_000_000 + b";") == MAX_COUNTED_FRAMES
    assert time.process_time() - started < 2


def test_an_announced_absurd_number_of_frames_is_capped() -> None:
    header = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", b"\x00" * 13)
    assert png_frames(header + png_chunk(b"acTL", struct.pack(">II", 2**31, 0))) == MAX_COUNTED_FRAMES
    assert png_frames(header + png_chunk(b"acTL", struct.pack(">II", 0, 0))) == 1


def test_an_animation_chunk_behind_the_pixels_does_not_count() -> None:
    header = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", b"\x00" * 13) + png_chunk(b"IDAT", b"")
    assert png_frames(header + png_chunk(b"acTL", struct.pack(">II", 5, 0))) == 1


def test_directories_in_a_circle_are_counted_once() -> None:
    directory = struct.pack("<HI", 0, 8)  # no entries, and the next directory is this one
    assert tiff_frames(b"II*\x00" + struct.pack("<I", 8) + directory) == 1


@given(st.sampled_from([b"GIF89a", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00+"]), st.binary(max_size=120))
def test_any_bytes_have_at_least_one_frame(start: bytes, rest: bytes) -> None:
    data = start + rest
    assert min(gif_frames(data), png_frames(data), tiff_frames(data)) >= 1
