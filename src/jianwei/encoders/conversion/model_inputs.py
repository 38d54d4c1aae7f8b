"""How pictures and texts are prepared for an imported model: as its source states, or as its family was trained.

Source: the preprocessing of each family as its authors publish it: OpenAI's CLIP `_transform`, cn_clip's
`image_transform`, the preprocessor configurations of the SigLIP 2 checkpoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from jianwei.encoders.manifest import ImageInput, TextInput
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.encoders.manifest import Family, Resize, Tokenizer

_CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
_CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
_HALF = (0.5, 0.5, 0.5)

_RESAMPLE: Mapping[object, Literal["bicubic", "bilinear"]] = {
    2: "bilinear",
    3: "bicubic",
    "bilinear": "bilinear",
    "bicubic": "bicubic",
}
"""Pillow's numbers, as Hugging Face writes them, and names, as OpenCLIP does."""

LANGUAGES: Mapping[Family, tuple[str, ...]] = {"clip": ("en",), "chinese-clip": ("zh",), "siglip2": ("multi",)}
TOKENIZERS: Mapping[Family, Tokenizer] = {"clip": "clip-bpe", "chinese-clip": "wordpiece", "siglip2": "gemma"}


def default_image_input(family: Family, size_px: int) -> ImageInput:
    """Return how the family's published models prepare pictures."""
    if family == "siglip2":
        return ImageInput(size_px, "squash", "bilinear", _HALF, _HALF)
    resize: Resize = "squash" if family == "chinese-clip" else "crop"
    return ImageInput(size_px, resize, "bicubic", _CLIP_MEAN, _CLIP_STD)


def stated_image_input(family: Family, size_px: int, stated: Mapping[str, Any]) -> ImageInput:
    """Return how pictures are prepared: as `stated`, and where it says nothing as the family does.

    `stated` is a Hugging Face preprocessor configuration or OpenCLIP's preprocess_cfg; it may be empty.

    Raises:
        ModelError: it states a size, a filter or a fitting that the image tower or Jianwei cannot take.
    """
    default = default_image_input(family, size_px)
    resample = stated.get("resample", stated.get("interpolation", default.resample))
    if resample not in _RESAMPLE:
        raise _refused("resample", resample, "bicubic, bilinear")
    sides = _sides(stated.get("crop_size") if stated.get("do_center_crop") else None) or _sides(stated.get("size"))
    if sides and sides != {size_px}:
        raise _refused("size", sorted(sides), f"{size_px}, the size of the image tower")
    return ImageInput(
        size_px=size_px,
        resize=_resize(stated, default.resize),
        resample=_RESAMPLE[resample],
        mean=_three(stated.get("image_mean", stated.get("mean")), default.mean),
        std=_three(stated.get("image_std", stated.get("std")), default.std),
    )


def text_input(family: Family, context_length: int) -> TextInput:
    """Return how texts are prepared. Padding is id 0 in every family; no tower of ours takes a mask beside the ids."""
    return TextInput(TOKENIZERS[family], context_length, pad_id=0, attention_mask=False)


def _resize(stated: Mapping[str, Any], default: Resize) -> Resize:
    mode = stated.get("resize_mode")
    if mode is not None:
        if mode not in {"shortest", "squash"}:
            raise _refused("resize_mode", mode, "shortest, squash")
        return "crop" if mode == "shortest" else "squash"
    crops = stated.get("do_center_crop")
    return default if crops is None else "crop" if crops else "squash"


def _sides(size: object) -> set[int]:
    # An integer, {"shortest_edge": …}, {"height": …, "width": …} or a pair.
    if isinstance(size, dict):
        return {int(side) for side in size.values()}
    if isinstance(size, (list, tuple)):
        return {int(side) for side in size if int(side) > 3}  # OpenCLIP may put the channels first
    return {int(size)} if isinstance(size, int) else set()


def _three(value: object, default: tuple[float, float, float]) -> tuple[float, float, float]:
    if isinstance(value, (list, tuple)) and len(value) == 3:
        return cast("tuple[float, float, float]", tuple(float(number) for number in value))
    return default


def _refused(name: str, value: object, allowed: str) -> ModelError:
    return ModelError(
        f"The model states {name} = {value!r} for its pictures. Allowed: {allowed}.",
        zh=f"该模型的图片预处理要求 {name} = {value!r}。可用的值：{allowed}。",
        name=name,
    )
