"""Made-up pairs for the tests of training: one-coloured pictures with a spot, and titles that tell them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tests.unit.encoders.openai_spelling import write_tiny_chinese_resnet, write_tiny_clip_resnet
from tests.unit.encoders.tiny_models import SIZE_PX, write_tiny_chinese_clip, write_tiny_clip, write_tiny_siglip2

from jianwei.training.pairs import TrainingPair
from jianwei.training.running import TrainingData

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

WRITERS: dict[str, Callable[[Path], Path]] = {
    "chinese-clip": write_tiny_chinese_clip,
    "clip": write_tiny_clip,
    "siglip2": write_tiny_siglip2,
}
RESNET_WRITERS: dict[str, Callable[[Path], Path]] = {
    "chinese-clip": write_tiny_chinese_resnet,
    "clip": write_tiny_clip_resnet,
}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def picture(name: str) -> NDArray[np.uint8]:
    """Return the picture of a number: noise in two colours."""
    random = np.random.default_rng(int(name))
    colours = random.integers(0, 256, (2, 3))
    blocks = random.integers(0, 2, (8, 8)).repeat(SIZE_PX // 8, axis=0).repeat(SIZE_PX // 8, axis=1)
    return colours[blocks].astype(np.uint8)


def title(number: int) -> str:
    """Return a title that no other number has, in letters that every tiny tokenizer knows."""
    random = np.random.default_rng([5, number])
    return "".join(_LETTERS[at] for at in random.integers(0, 26, 12))


def made_pairs(count: int) -> list[TrainingPair]:
    """Return so many pairs of different products."""
    return [TrainingPair(str(number), (title(number),), f"demo:{number}", f"c{number % 4}") for number in range(count)]


def made_data(count: int) -> TrainingData:
    """Return so many pairs with their pictures."""
    return TrainingData(made_pairs(count), 0, picture)
