from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.ocr.strips import Strip, detection_scale, plan_strips

SIDES = st.integers(6, 20_000)


@given(SIDES, SIDES)
def test_strips_cover_the_picture_and_stay_inside(width: int, height: int) -> None:
    strips = plan_strips(width, height)
    upright = height >= width
    position = 0
    for strip in strips:
        start, length = (strip.top, strip.height) if upright else (strip.left, strip.width)
        assert start <= position
        assert start >= 0
        position = start + length
    assert position == max(width, height)
    across = {strip.width if upright else strip.height for strip in strips}
    assert across == {min(width, height)}


@given(SIDES, SIDES)
def test_neighbours_overlap_by_a_line_of_text(width: int, height: int) -> None:
    strips = plan_strips(width, height)
    for first, second in pairwise(strips):
        if height >= width:
            overlap, seen_at = first.top + first.height - second.top, first.network_height / first.height
        else:
            overlap, seen_at = first.left + first.width - second.left, first.network_width / first.width
        assert overlap >= 192 / seen_at - 2


@given(SIDES, SIDES)
def test_no_network_run_is_larger_than_memory_allows(width: int, height: int) -> None:
    for strip in plan_strips(width, height):
        assert strip.network_width % 32 == 0
        assert strip.network_height % 32 == 0
        assert strip.network_width * strip.network_height <= 1_640_000


def test_small_pictures_are_enlarged_by_their_short_side() -> None:
    assert plan_strips(400, 400) == [Strip(0, 0, 400, 400, 736, 736)]
    assert plan_strips(800, 800) == [Strip(0, 0, 800, 800, 800, 800)]


@pytest.mark.parametrize(("width", "height"), [(790, 264), (535, 212), (790, 1900)])
def test_banners_and_common_detail_pictures_stay_whole(width: int, height: int) -> None:
    assert len(plan_strips(width, height)) == 1


def test_what_is_cut_is_cut_into_strips_that_take_less_memory_than_the_largest_whole_picture() -> None:
    strips = plan_strips(790, 10_000)
    assert len(strips) > 1
    assert all(strip.network_width * strip.network_height <= 1_300_000 for strip in strips)


def test_icons_are_enlarged_four_times_at_most() -> None:
    assert detection_scale(40, 40) == 4


def test_a_detail_page_is_never_shrunk() -> None:
    assert detection_scale(750, 100_000) == 1
    strips = plan_strips(750, 10_000)
    assert {strip.network_width for strip in strips} == {736}
    assert all(strip.network_height == pytest.approx(strip.height, abs=16) for strip in strips)


def test_a_banner_is_cut_from_left_to_right() -> None:
    strips = plan_strips(8000, 900)
    assert len(strips) > 1
    assert all((strip.top, strip.height) == (0, 900) for strip in strips)
