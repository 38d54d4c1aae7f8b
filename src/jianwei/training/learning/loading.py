"""Pictures of the next batch are read and resized on all cores while the present one is learnt.

A GPU learns more than a thousand pictures a second, one core decodes a hundred; Pillow lets go of Python's lock while
it works. Pixels stay bytes until they are on the device: a fourth of what would have to travel there.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from jianwei.encoders.pixels import scale_and_offset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from jianwei.encoders.manifest import ImageInput
    from jianwei.training.batches import Batch
    from jianwei.training.pairs import TrainingPair
    from jianwei.training.pixel_cache import PixelCache

_AHEAD = 1  # batches: 150 MB for 1,024 pictures of 224 pixels


@dataclass(frozen=True, slots=True)
class Inputs:
    """How the pairs become numbers.

    `pixels` gives one picture as the tower wants it resized, (size, size, 3) uint8, and may be called by several
    threads at once; `image` tells how it is scaled. `token_ids` gives (n, length) int64 of texts, `teacher` the
    vectors of pictures and texts by a larger model, or is None.
    """

    pixels: Callable[[str], NDArray[np.uint8]]
    token_ids: Callable[[Sequence[str]], NDArray[np.int64]]
    image: ImageInput
    teacher: Callable[[Sequence[str], Sequence[str]], tuple[NDArray[np.float32], NDArray[np.float32]]] | None = None


class PictureLoader:
    """Reads pictures in threads of its own until it is closed, those of `kept` once only."""

    def __init__(self, inputs: Inputs, *, threads: int, kept: PixelCache | None = None) -> None:
        self._inputs = inputs
        self._kept = kept
        self._threads = ThreadPoolExecutor(threads, "jianwei-training-picture")

    def read(self, pairs: Sequence[TrainingPair]) -> Tensor:
        """Return (n, size, size, 3) uint8 of the pictures of some pairs."""
        return _finished(self._begun(pairs))

    def batches(self, batches: Iterable[Batch], pairs: Sequence[TrainingPair]) -> Iterator[tuple[Batch, Tensor]]:
        """Yield each batch with its pixels, while those of the next are read."""
        waiting: deque[tuple[Batch, _Reading]] = deque()
        for batch in batches:
            waiting.append((batch, self._begun([pairs[at] for at in batch.numbers])))
            if len(waiting) > _AHEAD:
                done, reading = waiting.popleft()
                yield done, _finished(reading)
        for done, reading in waiting:
            yield done, _finished(reading)

    def close(self) -> None:
        """End the threads; what is not begun is given up."""
        self._threads.shutdown(cancel_futures=True)
        if self._kept is not None:
            self._kept.close()

    def _begun(self, pairs: Sequence[TrainingPair]) -> _Reading:
        size_px = self._inputs.image.size_px
        rows = np.empty((len(pairs), size_px, size_px, 3), np.uint8)

        def read(at: int) -> None:
            rows[at] = self._pixels(pairs[at].picture)

        return _Reading(rows, [self._threads.submit(read, at) for at in range(len(pairs))])

    def _pixels(self, picture: str) -> NDArray[np.uint8]:
        if self._kept is None:
            return self._inputs.pixels(picture)
        found = self._kept.get(picture)
        if found is None:
            found = self._inputs.pixels(picture)
            self._kept.put(picture, found)
        return found


@dataclass(frozen=True, slots=True)
class _Reading:
    rows: NDArray[np.uint8]
    jobs: list[Future[None]]


def _finished(reading: _Reading) -> Tensor:
    for job in reading.jobs:
        job.result()
    return torch.from_numpy(reading.rows)


def scaled(pixels: Tensor, image: ImageInput, device: str) -> Tensor:
    """Return (n, 3, size, size) float32 on the device: the numbers of `encoders.pixels.prepare_pictures`."""
    scale, offset = (torch.from_numpy(values).to(device) for values in scale_and_offset(image))
    return pixels.to(device).permute(0, 3, 1, 2).contiguous().float().mul_(scale).add_(offset)
