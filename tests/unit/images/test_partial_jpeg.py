from __future__ import annotations

import numpy as np
import pytest
from tests.unit.images.made_pictures import busy, encoded

from jianwei.errors import PictureDecodeError
from jianwei.images.decoding import decode_picture

PICTURE = busy(400, 800)


def test_a_missing_end_mark_costs_no_pixel() -> None:
    data = encoded(PICTURE, "JPEG")
    picture = decode_picture(data[:-2], max_pixels=10**8)
    assert picture.missing_px == 0
    assert (picture.pixels == decode_picture(data, max_pixels=10**8).pixels).all()


@pytest.mark.parametrize("subsampling", [0, 2])
def test_a_jpeg_cut_near_its_end_is_used_and_says_how_much_is_missing(subsampling: int) -> None:
    data = encoded(PICTURE, "JPEG", subsampling=subsampling)
    picture = decode_picture(data[: int(len(data) * 0.95)], max_pixels=10**8)
    whole = decode_picture(data, max_pixels=10**8).pixels
    assert 0 < picture.missing_px <= 80
    kept = 800 - picture.missing_px - 17  # blocks of 16 rows, and one row of colour blended into them
    assert (picture.pixels[:kept] == whole[:kept]).all()
    assert (picture.pixels[-1] == 128).all()


@pytest.mark.parametrize(
    "data",
    [
        encoded(PICTURE, "JPEG")[: len(encoded(PICTURE, "JPEG")) * 8 // 10],
        encoded(PICTURE, "JPEG", progressive=True)[:-100],
        encoded(PICTURE.convert("CMYK"), "JPEG")[:-100],
    ],
    ids=["a fifth missing", "progressive", "cmyk"],
)
def test_what_lost_more_or_cannot_be_judged_is_refused(data: bytes) -> None:
    with pytest.raises(PictureDecodeError) as raised:
        decode_picture(data, max_pixels=10**8)
    assert raised.value.reason == "truncated"


def test_a_whole_picture_with_grey_at_its_bottom_misses_nothing() -> None:
    image = PICTURE.copy()
    image.paste((128, 128, 128), (0, 400, 400, 800))
    assert decode_picture(encoded(image, "JPEG"), max_pixels=10**8).missing_px == 0
    assert np.asarray(image).shape == (800, 400, 3)
