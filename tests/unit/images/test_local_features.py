"""Local features: what they are, and which changes of a picture they see through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from jianwei.images.copy_match import NO_MATCH, match_copies
from jianwei.images.local_features import (
    FEATURE_BYTES,
    MOST_FEATURES,
    features_from_bytes,
    local_features,
    query_features,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.images.copy_match import CopyMatch


def drawn(seed: int, side_px: int = 500) -> Image.Image:
    """Return a picture of rectangles and ellipses."""
    chance = np.random.default_rng(seed)
    image = Image.new("RGB", (side_px, side_px), (240, 240, 240))
    draw = ImageDraw.Draw(image)
    for _ in range(60):
        x, y, w, h = (int(value) for value in chance.integers(5, [side_px - 60, side_px - 60, 120, 120]))
        colour = tuple(int(value) for value in chance.integers(0, 255, 3))
        (draw.rectangle if chance.random() < 0.5 else draw.ellipse)((x, y, x + w, y + h), fill=colour)
    return image


def best(query: Image.Image, original: Image.Image) -> CopyMatch:
    stored = local_features(np.asarray(original))
    return max((match_copies(found, stored) for found in query_features(np.asarray(query))), key=lambda m: m.agreeing)


def test_features_are_few_and_come_back_from_their_bytes() -> None:
    features = local_features(np.asarray(drawn(1)))
    assert 20 < len(features) <= MOST_FEATURES
    assert FEATURE_BYTES == 40
    assert np.array_equal(features_from_bytes(features.tobytes()), features)
    assert np.array_equal(local_features(np.asarray(drawn(1))), features)


@pytest.mark.parametrize("size", [(63, 400), (400, 63), (1, 1)])
def test_pictures_with_a_side_below_64_have_none(size: tuple[int, int]) -> None:
    assert len(local_features(np.asarray(drawn(1).resize(size)))) == 0


def test_a_plain_picture_has_none_and_matches_nothing() -> None:
    plain = local_features(np.full((300, 300, 3), 200, np.uint8))
    assert len(plain) == 0
    assert match_copies(plain, local_features(np.asarray(drawn(1)))) == NO_MATCH
    assert match_copies(local_features(np.asarray(drawn(1))), plain) == NO_MATCH


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "cropped": lambda image: image.crop((60, 20, 485, 445)),
    "framed": lambda image: ImageOps.expand(image, 40, (200, 10, 10)),
    "mirrored": ImageOps.mirror,
    "turned": lambda image: image.rotate(90),
    "smaller": lambda image: image.resize((250, 250)),
    "cropped and mirrored": lambda image: ImageOps.mirror(image.crop((75, 75, 500, 500))),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_agrees_in_many_spots(change: str) -> None:
    found = best(CHANGES[change](drawn(2)), drawn(2))
    assert found.agreeing >= 10
    assert found.share >= 0.3


@pytest.mark.parametrize("seed", range(3, 11))
def test_another_picture_of_the_same_making_agrees_in_few(seed: int) -> None:
    assert best(drawn(2), drawn(seed)).agreeing < 6


def test_a_picture_is_its_own_copy() -> None:
    found = best(drawn(5), drawn(5))
    assert found.share == 1.0
    assert found.agreeing > 20
