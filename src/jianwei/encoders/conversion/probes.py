"""Pictures and texts that are put through a model at its import, to measure what a smaller precision costs.

The pictures are the user's own where some are given. Without, drawn ones serve: they tell how well the numbers are
kept, not how the model does on goods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.encoders.pixels import prepare_pictures
from jianwei.encoders.vocabulary import open_tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.encoders.manifest import ImageInput, TextInput
    from jianwei.images.pixels import RgbPixels

_TEXTS = (
    "芦荟胶囊", "红色连衣裙 夏季新款", "减肥茶 一周瘦十斤 无效退款", "祖传秘方 根治糖尿病", "美白祛斑面霜 孕妇可用",
    "儿童益智积木", "正品 国家级品质 全网第一", "电子烟 一次性 水果味", "蓝牙耳机 降噪 超长续航", "医用口罩 50只",
    "增高鞋垫", "纯棉T恤 男 大码", "燕窝礼盒 送长辈", "管制刀具 户外求生", "酵素果冻 排毒养颜", "手机壳 透明防摔",
    "a red dress on a white background", "herbal tea box with a health claim", "wireless headphones",
    "skin whitening cream", "a bottle of pills", "kids toy blocks", "an electronic cigarette",
    "100% natural, doctor recommended",
)  # fmt: skip
"""Words as shops and buyers write them, Chinese and English, short and long."""

_DRAWN = 12


@dataclass(frozen=True, slots=True)
class Probes:
    """Prepared inputs: (n, 3, size, size) float32 pixels and (m, context) int64 ids."""

    pixels: NDArray[np.float32]
    token_ids: NDArray[np.int64]


def prepare_probes(folder: Path, image: ImageInput, text: TextInput, pictures: Sequence[RgbPixels]) -> Probes:
    """Prepare the probes of a model whose tokenizer is in `folder`; draws pictures where none are given.

    Raises:
        ModelError: the tokenizer's files are damaged, or an array is not a picture.
    """
    chosen = list(pictures) or [_drawn(number) for number in range(_DRAWN)]
    return Probes(prepare_pictures(chosen, image), open_tokenizer(folder, text).encode(_TEXTS).ids)


def _drawn(number: int) -> RgbPixels:
    generator = np.random.default_rng(number)
    side = 256
    y, x = np.mgrid[0:side, 0:side] / side
    layers = [
        np.sin(2 * np.pi * (x * generator.uniform(0, 6) + y * generator.uniform(0, 6) + shift)) for shift in range(3)
    ]
    picture = np.stack(layers, axis=-1) * 60 + generator.uniform(40, 215, 3)
    for _ in range(6):
        top, left = generator.integers(0, side - 32, 2)
        bottom, right = top + generator.integers(16, 128), left + generator.integers(16, 128)
        picture[top:bottom, left:right] = generator.uniform(0, 255, 3)
    return np.clip(picture + generator.normal(0, 6, picture.shape), 0, 255).astype(np.uint8)
