from __future__ import annotations

import numpy as np
import pdqhash
import pytest
from tests.unit.images.made_pictures import busy

from jianwei.images.pdq import pdq_of_grey

SIZES = [(64, 64), (64, 500), (65, 127), (128, 129), (200, 511), (512, 400), (512, 512)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", range(4))
def test_bits_and_quality_are_those_of_the_reference(size: tuple[int, int], seed: int) -> None:
    grey = np.asarray(busy(*size, seed=seed).convert("L"))
    bits, quality = pdqhash.compute(np.repeat(grey[:, :, np.newaxis], 3, axis=2))
    assert pdq_of_grey(grey) == (np.packbits(bits).tobytes(), quality)


def test_noise_has_the_bits_of_the_reference_too() -> None:
    grey = np.random.default_rng(5).integers(0, 256, (300, 333), np.uint8)
    bits, quality = pdqhash.compute(np.repeat(grey[:, :, np.newaxis], 3, axis=2))
    assert pdq_of_grey(grey) == (np.packbits(bits).tobytes(), quality)


def test_a_plain_picture_has_no_quality() -> None:
    assert pdq_of_grey(np.full((100, 200), 77, np.uint8))[1] == 0
