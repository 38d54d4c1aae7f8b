from __future__ import annotations

import numpy as np

from jianwei.ocr.network_planes import write_planes


def test_planes_are_blue_green_red_between_minus_one_and_one_and_the_rest_is_left() -> None:
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3) * 15
    planes = np.full((3, 2, 5), 7, np.float32)
    write_planes(pixels, planes)
    expected = (pixels[:, :, ::-1].astype(np.float64) - 127.5) / 127.5
    assert np.allclose(planes[:, :, :3], expected.transpose(2, 0, 1), atol=1e-7)
    assert (planes[:, :, 3:] == 7).all()


def test_a_part_of_a_larger_picture_gives_the_same() -> None:
    whole = np.random.default_rng(3).integers(0, 256, (6, 8, 3), np.uint8)
    part, copy = np.empty((3, 2, 4), np.float32), np.empty((3, 2, 4), np.float32)
    write_planes(whole[1:3, 2:6], part)
    write_planes(whole[1:3, 2:6].copy(), copy)
    assert (part == copy).all()
