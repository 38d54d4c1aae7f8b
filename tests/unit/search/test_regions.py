from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import QueryError
from jianwei.search.regions import Region


@pytest.mark.parametrize("text", ["10,20,30,40", "10, 20, 30, 40", "10 20 30 40", "10，20，30，40", "10;20;30;40"])
def test_a_region_is_read_as_people_write_it(text: str) -> None:
    assert Region.read(text) == Region(10, 20, 30, 40)


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "0,0,0,5", "0,0,5,0", "-1,0,5,5", "nan,0,5,5", "0,0,inf,5"]
)
def test_what_is_no_rectangle_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="region") as caught:
        Region.read(text)
    assert "区域" in caught.value.message_zh


def test_pixels_and_fractions_mean_the_same_part() -> None:
    assert (
        Region(0.25, 0.5, 0.5, 0.5).box_px(200, 100) == Region(50, 50, 100, 50).box_px(200, 100) == (50, 50, 150, 100)
    )


def test_the_whole_picture_is_a_region_of_it() -> None:
    assert Region(0, 0, 1, 1).box_px(7, 3) == (0, 0, 7, 3)


@pytest.mark.parametrize(
    "region", [Region(90, 0, 20, 10), Region(0, 90, 10, 20), Region(200, 0, 5, 5), Region(0.5, 0, 0.6, 1)]
)
def test_a_region_outside_the_picture_is_refused_with_its_size(region: Region) -> None:
    with pytest.raises(QueryError, match="100 × 100 pixels") as caught:
        region.box_px(100, 100)
    assert "100 × 100 像素" in caught.value.message_zh


fractions = st.floats(0.0, 1.0)


@given(fractions, fractions, fractions, fractions, st.integers(1, 5000), st.integers(1, 5000))
def test_a_region_holds_at_least_a_pixel_and_stays_inside(
    left: float, top: float, right: float, bottom: float, width_px: int, height_px: int
) -> None:
    if left >= right or top >= bottom:
        return
    region = Region(left, top, right - left, bottom - top)
    if region.width == 0 or region.height == 0:
        return
    first_x, first_y, last_x, last_y = region.box_px(width_px, height_px)
    assert 0 <= first_x < last_x <= width_px
    assert 0 <= first_y < last_y <= height_px
