"""Which channels of search cannot take part here, why, and the one command that turns each on."""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING

from jianwei.encoders.hub.known_models import DEFAULT_MODEL
from jianwei.library.remote_model import REMOTE
from jianwei.search.results import ChannelOff

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from jianwei.errors import IndexServerError
    from jianwei.settings import Settings

_NONE_SILENT: Mapping[str, IndexServerError] = MappingProxyType({})

TURN_ON_VECTORS = f"jianwei models pull {DEFAULT_MODEL} && jianwei embed"
"""What gives a library search by meaning on a machine without models."""

_NO_MODEL = ChannelOff(
    "vector",
    "no encoder model is here; pictures are found by their text, titles and perceptual hashes, not by what they show",
    "未安装编码模型；图片按图中文字、标题和感知哈希检索，不能按画面含义检索",
    TURN_ON_VECTORS,
    kind="usual",
)


def channels_off(
    settings: Settings, *, spaces: Collection[str] = (), silent: Mapping[str, IndexServerError] = _NONE_SILENT
) -> tuple[ChannelOff, ...]:
    """Return the channels that are off under these settings.

    `spaces` are the vector spaces that can be searched: those whose model is here and whose vectors are in the library;
    `silent` those that could be, if the server of their indexes answered.
    """
    off = []
    if silent:
        first = next(iter(silent.values()))  # one server holds the indexes of all
        off.append(
            ChannelOff(
                "vector",
                f"{', '.join(silent)} not searched; the other channels answered. {first.message}",
                f"未检索 {'、'.join(silent)}，由其他通道回答。{first.message_zh}",
                "jianwei doctor",
            )
        )
    if not spaces and not silent:
        off.append(_vectors_off(settings))
    if settings.ocr_engine == "off":
        off.append(
            ChannelOff(
                "ocr",
                "reading text in pictures is switched off by JIANWEI_OCR_ENGINE",
                "图片文字识别已被 JIANWEI_OCR_ENGINE 关闭",
                "unset JIANWEI_OCR_ENGINE",
                kind="usual",
            )
        )
    return tuple(off)


def _vectors_off(settings: Settings) -> ChannelOff:
    names = _models_here(settings)
    if settings.remote_encoder_endpoint:
        names.append(f"{REMOTE}:{settings.remote_encoder_model}")
    if names:
        return ChannelOff(
            "vector",
            f"this library has no vectors of the model here ({', '.join(names)}); pictures are found by their text, "
            "titles and perceptual hashes",
            f"本库尚无所装模型（{'、'.join(names)}）的向量；图片按图中文字、标题和感知哈希检索",
            "jianwei embed",
            kind="usual",
        )
    return _NO_MODEL


def _models_here(settings: Settings) -> list[str]:
    # Most machines have no such folder, and nothing to load for looking.
    if not os.access(settings.models_folder, os.F_OK) or not settings.models_folder.is_dir():
        return []
    from jianwei.encoders.hub.installed import list_models

    return [model.name for model in list_models(settings.models_folder) if model.manifest is not None]
