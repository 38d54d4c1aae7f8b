"""Our tensors back under the names of Hugging Face, with the configuration files that belong to them.

What was trained here can so be read by everything that reads such folders: transformers, and our own importer. The way
back of `tensor_names` and `architecture_of`, for the ViT models of the three families.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jianwei.encoders.conversion.tensor_names import HF_FORMATS, published_stem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from jianwei.encoders.conversion.architecture import Activation, Architecture, Transformer, VisionTransformer
    from jianwei.encoders.manifest import Family, ImageInput

_MODEL_TYPES: Mapping[Family, tuple[str, str, str]] = {
    "clip": ("CLIPModel", "clip", "clip"),
    "chinese-clip": ("ChineseCLIPModel", "chinese_clip", "chinese_clip"),
    "siglip2": ("SiglipModel", "siglip", "siglip"),
}
_ACTIVATIONS: Mapping[Activation, str] = {
    "quick_gelu": "quick_gelu",
    "gelu": "gelu",
    "gelu_tanh": "gelu_pytorch_tanh",
}
_RESAMPLE = {"bilinear": 2, "bicubic": 3}
_TABLES = ("text.token", "text.position", "text.type", "image.position")


def published_tensors(tensors: Mapping[str, NDArray[np.float32]], family: Family) -> dict[str, NDArray[np.float32]]:
    """Return the tensors of a ViT model by the names of its Hugging Face class.

    SigLIP's class has no place for a text projection without a bias and shares one width; its own checkpoints fit.
    """
    form = HF_FORMATS[family]
    published: dict[str, NDArray[np.float32]] = {}
    for name, values in tensors.items():
        stem, _, kind = name.rpartition(".")
        if name in {"logit_scale", "logit_bias"}:
            published[name] = values.reshape((1,) if family == "siglip2" else ())
        elif (bare := published_stem(name, form)) is not None:
            published[f"{bare}.weight" if name in _TABLES else bare] = values
        elif (theirs := published_stem(stem, form)) is not None:
            published[f"{theirs}.{kind}"] = values
    # SigLIP's pool keeps its query, key and value in one matrix.
    if joined := published_stem("image.pool.qkv", form):
        for kind in ("weight", "bias"):
            parts = [tensors[f"image.pool.{part}.{kind}"] for part in ("query", "key", "value")]
            published[f"{joined}_{kind}"] = np.concatenate(parts)
    return published


def published_configuration(architecture: Architecture) -> dict[str, Any]:
    """Return the content of config.json."""
    image, text = architecture.image, architecture.text
    model, model_type, part_type = _MODEL_TYPES[architecture.family]
    configuration: dict[str, Any] = {
        "architectures": [model],
        "model_type": model_type,
        "vision_config": {
            "model_type": f"{part_type}_vision_model",
            **_sizes(image.blocks),  # type: ignore[arg-type]  # a ResNet has no such class
            **_picture_sizes(image),  # type: ignore[arg-type]  # likewise
        },
        "text_config": {
            "model_type": f"{part_type}_text_model",
            **_sizes(text.blocks),
            "vocab_size": text.vocabulary,
            "max_position_embeddings": text.positions,
            **_ends(architecture),
        },
    }
    if architecture.family != "siglip2":
        configuration |= {"projection_dim": architecture.dims, "logit_scale_init_value": 2.6592}
    return configuration


def published_preprocessing(image: ImageInput) -> dict[str, Any]:
    """Return the content of preprocessor_config.json."""
    side = image.size_px
    square = {"height": side, "width": side}
    sizes: dict[str, Any] = {"do_center_crop": False, "size": square}
    if image.resize == "crop":
        sizes = {"do_center_crop": True, "crop_size": square, "size": {"shortest_edge": side}}
    return {
        "do_convert_rgb": True,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "rescale_factor": 1 / 255,
        "image_mean": list(image.mean),
        "image_std": list(image.std),
        "resample": _RESAMPLE[image.resample],
        **sizes,
    }


def _sizes(blocks: Transformer) -> dict[str, Any]:
    return {
        "hidden_size": blocks.width,
        "intermediate_size": blocks.mlp_width,
        "num_hidden_layers": blocks.layers,
        "num_attention_heads": blocks.heads,
        "hidden_act": _ACTIVATIONS[blocks.activation],
        "layer_norm_eps": blocks.epsilon,
    }


def _picture_sizes(image: VisionTransformer) -> dict[str, Any]:
    return {"image_size": image.size_px, "patch_size": image.patch_px, "num_channels": 3}


def _ends(architecture: Architecture) -> dict[str, Any]:
    text = architecture.text
    if text.pooling == "first":
        return {"type_vocab_size": text.types, "pad_token_id": 0}
    if text.pooling == "last":
        return {"projection_size": architecture.dims, "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2}
    end = text.vocabulary - 1
    return {"bos_token_id": end - 1, "eos_token_id": end, "pad_token_id": end}
