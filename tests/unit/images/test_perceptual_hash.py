from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pdqhash
import pytest
from PIL import Image
from tests.unit.images.made_pictures import busy, encoded

from jianwei.images.perceptual_hash import MIN_SIDE_PX, pdq_dihedral, pdq_hash

if TYPE_CHECKING:
    from jianwei.images.pixels import RgbPixels


def hash_of(image: Image.Image) -> bytes:
    value, quality = pdq_hash(np.asarray(image.convert("RGB")))
    assert value is not None
    assert quality >= 50
    return value


def distance(left: bytes, right: bytes) -> int:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).bit_count()


def recompressed(image: Image.Image) -> Image.Image:
    return Image.open(io.BytesIO(encoded(image, "JPEG", quality=40)))


def test_a_small_picture_has_the_hash_of_the_reference() -> None:
    pixels = np.asarray(busy(512, 400))
    bits, quality = pdqhash.compute(pixels)
    value, our_quality = pdq_hash(pixels)
    assert value is not None
    # Grey is rounded to whole numbers here, so a bit on the threshold may turn over.
    assert distance(value, np.packbits(bits).tobytes()) <= 4
    assert abs(our_quality - quality) <= 1


def test_a_hash_has_32_bytes_half_of_whose_bits_are_set() -> None:
    value = hash_of(busy(400, 300))
    assert len(value) == 32
    assert abs(int.from_bytes(value, "big").bit_count() - 128) <= 8  # the threshold is the median


def test_copies_are_near_and_other_pictures_far() -> None:
    image = busy(800, 800)
    original = hash_of(image)
    assert distance(original, hash_of(recompressed(image))) <= 31
    assert distance(original, hash_of(image.resize((400, 400)))) <= 31
    assert distance(original, hash_of(image.resize((1600, 1600)))) <= 31
    assert distance(original, hash_of(busy(800, 800, seed=9))) > 90


@pytest.mark.parametrize("size", [(1, 1), (63, 500), (500, 63), (1, 5000)])
def test_what_is_too_small_has_no_hash(size: tuple[int, int]) -> None:
    pixels = np.asarray(busy(*size))
    assert min(size) < MIN_SIDE_PX
    assert pdq_hash(pixels) == (None, 0)
    assert pdq_dihedral(pixels).shape == (0, 32)


def test_what_is_too_plain_has_no_hash_but_a_quality() -> None:
    pixels = np.full((300, 300, 3), 200, np.uint8)
    value, quality = pdq_hash(pixels)
    assert value is None
    assert 0 <= quality < 50
    assert pdq_dihedral(pixels).shape == (0, 32)


TURNS = {
    0: lambda a: a,
    1: lambda a: np.rot90(a, 1),
    2: lambda a: np.rot90(a, 2),
    3: lambda a: np.rot90(a, 3),
    4: lambda a: a[::-1],
    5: lambda a: a[:, ::-1],
    6: lambda a: a.transpose(1, 0, 2),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
}


def turned(pixels: RgbPixels, turn: int) -> bytes:
    value, _ = pdq_hash(np.ascontiguousarray(TURNS[turn](pixels)))
    assert value is not None
    return value


@pytest.mark.parametrize("size", [(400, 400), (700, 900)])
def test_each_turned_or_mirrored_copy_is_near_one_of_the_eight(size: tuple[int, int]) -> None:
    pixels = np.asarray(busy(*size))
    eight = pdq_dihedral(pixels)
    assert eight.shape == (8, 32)
    assert eight.dtype == np.uint8
    assert eight[0].tobytes() == pdq_hash(pixels)[0]
    copies = [turned(pixels, turn) for turn in TURNS]
    distances = np.array([[distance(row.tobytes(), copy) for row in eight] for copy in copies])
    nearest = distances.argmin(axis=1).tolist()
    assert sorted(nearest) == list(range(8))
    assert distances.min(axis=1).max() <= 31
    assert nearest[5] == 5
    assert nearest[4] == 4
    assert nearest[2] == 2


def test_pixels_that_cannot_be_written_are_taken_and_left_alone() -> None:
    pixels = np.array(busy(600, 600))
    before = pixels.copy()
    pixels.flags.writeable = False
    assert pdq_hash(pixels)[0] == pdq_hash(before)[0]
    assert (pixels == before).all()
