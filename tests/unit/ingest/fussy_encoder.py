"""An encoder that can be told to fail, for what a real model does once in a million pictures."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels

DIMS = 8


class FussyEncoder:
    """Gives unit vectors by mean brightness or length; fails on pictures and texts that `dislikes` names.

    `batches` are the sizes of the batches that came, `encoded` the number of items that got vectors.
    """

    def __init__(self, space: str = "fussy@1", *, dislikes: Callable[[object], bool] = lambda _: False) -> None:
        self._space = space
        self._dislikes = dislikes
        self._lock = threading.Lock()
        self.batches: list[int] = []
        self.encoded = 0

    @property
    def space(self) -> str:
        return self._space

    @property
    def dims(self) -> int:
        return DIMS

    def encode_images(self, pictures: Sequence[RgbPixels]) -> NDArray[np.float32]:
        return self._encode(pictures, [int(pixels.mean()) for pixels in pictures])

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._encode(texts, [len(text) for text in texts])

    def _encode(self, items: Sequence[object], numbers: Sequence[int]) -> NDArray[np.float32]:
        with self._lock:
            self.batches.append(len(items))
            if any(self._dislikes(item) for item in items):
                raise ModelError("it dislikes an item", zh="不喜欢其中一项")
            self.encoded += len(items)
        return np.eye(DIMS, dtype=np.float32)[[number % DIMS for number in numbers]]
