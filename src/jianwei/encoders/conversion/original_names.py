"""Tensors of a model with a ResNet under the names of OpenCLIP and cn_clip: Hugging Face has no class that holds one.

OpenCLIP reads such a folder through its `open_clip_config.json`; cn_clip reads the tensors as a state dict. The
counterpart for ViT models is `published_names`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jianwei.encoders.conversion.tensor_names import published_stem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from jianwei.encoders.conversion.architecture import Architecture, ResNet
    from jianwei.encoders.conversion.tensor_names import Format
    from jianwei.encoders.manifest import Family, ImageInput

_FORMATS: Mapping[Family, Format] = {"clip": "openai-clip", "chinese-clip": "cn-clip"}
_TABLES = ("text.token", "text.type")


def original_tensors(tensors: Mapping[str, NDArray[np.float32]], family: Family) -> dict[str, NDArray[np.float32]]:
    """Return the tensors by the names of OpenCLIP, those of a Chinese model by cn_clip's."""
    form = _FORMATS[family]
    named: dict[str, NDArray[np.float32]] = {}
    for name, values in tensors.items():
        stem, _, kind = name.rpartition(".")
        layer, _, part = stem.rpartition(".")
        bare, theirs = published_stem(name, form), published_stem(stem, form)
        if name == "text.projection.weight":
            named["text_projection"] = np.ascontiguousarray(values.T)
        elif bare is not None:
            is_table = name in _TABLES or (name == "text.position" and form == "cn-clip")
            named[f"{bare}.weight" if is_table else bare] = values
        elif theirs is not None:
            named[f"{theirs}.{kind}"] = values
        elif part == "query" and form == "openai-clip":
            number = layer.rpartition(".")[2]
            parts = [tensors[f"{layer}.{one}.{kind}"] for one in ("query", "key", "value")]
            named[f"transformer.resblocks.{number}.attn.in_proj_{kind}"] = np.concatenate(parts)
        elif name.startswith("image."):
            named[f"visual.{name.removeprefix('image.')}"] = values
        elif name == "logit_scale":
            named[name] = values
    return named


def openclip_configuration(architecture: Architecture, tower: ResNet, image: ImageInput) -> dict[str, Any]:
    """Return the content of `open_clip_config.json`."""
    text = architecture.text
    return {
        "model_cfg": {
            "embed_dim": architecture.dims,
            "quick_gelu": text.blocks.activation == "quick_gelu",
            "vision_cfg": {
                "image_size": tower.size_px,
                "layers": list(tower.blocks),
                "width": tower.width,
                "patch_size": None,
            },
            "text_cfg": {
                "context_length": text.positions,
                "vocab_size": text.vocabulary,
                "width": text.blocks.width,
                "heads": text.blocks.heads,
                "layers": text.blocks.layers,
            },
        },
        "preprocess_cfg": {
            "mean": list(image.mean),
            "std": list(image.std),
            "interpolation": image.resample,
            "resize_mode": "shortest" if image.resize == "crop" else "squash",
        },
    }
