"""What configurations and paths say: preprocessing, OpenCLIP's options, names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jianwei.encoders.conversion.model_inputs import default_image_input, stated_image_input
from jianwei.encoders.conversion.model_names import default_name
from jianwei.encoders.conversion.openclip_config import openclip_statements
from jianwei.errors import ModelError


def test_silence_means_the_familys_own_preprocessing() -> None:
    assert stated_image_input("clip", 224, {}) == default_image_input("clip", 224)
    assert default_image_input("clip", 224).resize == "crop"
    assert default_image_input("chinese-clip", 224).resize == "squash"
    assert default_image_input("siglip2", 256).resample == "bilinear"


@pytest.mark.parametrize(
    ("stated", "resize", "resample"),
    [
        ({"do_center_crop": True, "crop_size": 224, "size": {"shortest_edge": 224}, "resample": 3}, "crop", "bicubic"),
        ({"do_center_crop": False, "size": {"height": 224, "width": 224}, "resample": 2}, "squash", "bilinear"),
        ({"resize_mode": "squash", "interpolation": "bilinear", "size": [3, 224, 224]}, "squash", "bilinear"),
        ({"resize_mode": "shortest", "interpolation": "bicubic", "size": 224}, "crop", "bicubic"),
    ],
)
def test_stated_preprocessing_is_taken(stated: dict[str, Any], resize: str, resample: str) -> None:
    image = stated_image_input("clip", 224, stated)
    assert (image.resize, image.resample) == (resize, resample)


@pytest.mark.parametrize(
    "stated", [{"resample": 0}, {"size": 256}, {"resize_mode": "longest"}, {"size": {"height": 224, "width": 100}}]
)
def test_preprocessing_that_cannot_be_done_is_refused(stated: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="states"):
        stated_image_input("clip", 224, stated)


@pytest.mark.parametrize(
    "model",
    [
        {"vision_cfg": {"timm_model_name": "vit_base"}},
        {"vision_cfg": {"pool_type": "avg"}},
        {"text_cfg": {"hf_model_name": "xlm-roberta-base"}},
    ],
)
def test_openclip_options_that_cannot_be_built_are_named(model: dict[str, Any]) -> None:
    option = next(iter(next(iter(model.values()))))
    with pytest.raises(ModelError, match=option):
        openclip_statements(model, None)


def test_openclip_heads_and_activation_are_taken() -> None:
    model = {"quick_gelu": True, "vision_cfg": {"width": 1280, "head_width": 80}, "text_cfg": {"heads": 16}}
    statements = openclip_statements(model, None)
    assert statements.image["num_attention_heads"] == 16
    assert statements.text["num_attention_heads"] == 16
    assert statements.activation == "quick_gelu"
    assert openclip_statements(model, "gelu").activation == "gelu"
    assert openclip_statements({}, None).activation is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("x/clip_cn_vit-b-16.pt", "chinese-clip-vit-base-patch16"),
        ("x/My Model (v2).pt", "my-model-v2"),
        ("x/some-clip/model.safetensors", "some-clip"),
        ("hub/models--OFA-Sys--chinese-clip-vit-base-patch16/snapshots/0123abc", "chinese-clip-vit-base-patch16"),
        ("x/模型", "model"),
    ],
)
def test_name_comes_from_the_path(path: str, name: str) -> None:
    assert default_name(Path("/") / path) == name
