"""Which channels of search cannot take part here, why, and the one command that turns each on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.search.results import ChannelOff

if TYPE_CHECKING:
    from jianwei.settings import Settings


def channels_off(settings: Settings) -> tuple[ChannelOff, ...]:
    """Return the channels that are off under these settings."""
    off = [
        ChannelOff(
            "vector",
            "this version has no picture encoders; pictures are found by their text, titles and perceptual hashes",
            "本版本尚无图像编码器；图片按图中文字、标题和感知哈希检索",
        ),
    ]
    if settings.ocr_engine == "off":
        off.append(
            ChannelOff(
                "ocr",
                "reading text in pictures is switched off by JIANWEI_OCR_ENGINE",
                "图片文字识别已被 JIANWEI_OCR_ENGINE 关闭",
                "unset JIANWEI_OCR_ENGINE",
            )
        )
    return tuple(off)
