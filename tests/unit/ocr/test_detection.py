"""What the detection network is shown; a session that keeps a copy of it stands in for the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.ocr.detection import TextDetector

if TYPE_CHECKING:
    from collections.abc import Callable

RNG = np.random.default_rng(11)


class KeepingSession:
    """Finds nothing and keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[np.ndarray] = []

    def run(self, batch: np.ndarray, consume: Callable[[np.ndarray], object]) -> object:
        assert batch.flags.c_contiguous
        self.shown.append(batch.copy())
        return consume(np.zeros((1, 1, *batch.shape[2:]), np.float32))


def _shown(*pictures: np.ndarray) -> list[np.ndarray]:
    session = KeepingSession()
    detector = TextDetector(session)  # type: ignore[arg-type]  # generic run
    for picture in pictures:
        assert detector.find_lines(picture).shape == (0, 4, 2)
    return session.shown


def test_a_picture_of_the_networks_size_is_shown_pixel_by_pixel_blue_first() -> None:
    picture = RNG.integers(0, 256, (736, 768, 3), np.uint8)
    (shown,) = _shown(picture)
    expected = (picture[:, :, ::-1].astype(np.float64) - 127.5) / 127.5
    assert np.allclose(shown[0], expected.transpose(2, 0, 1), atol=1e-6)


def test_what_is_shown_does_not_depend_on_the_pictures_before() -> None:
    large, small = (RNG.integers(0, 256, (side, 800, 3), np.uint8) for side in (900, 740))
    together = _shown(small, large, small)
    for shown, alone in zip(together, (small, large, small), strict=True):
        assert (shown == _shown(alone)[0]).all()
