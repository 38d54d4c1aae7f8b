"""Imported cn_clip checkpoints beside cn_clip's own model: plain, fine-tuned, in half precision, flash attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.reference.parity import assert_parity
from tests.reference.reference_packages import reference_package

from jianwei.encoders.conversion import import_model

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.encoders.manifest import Manifest

pytestmark = [pytest.mark.reference, pytest.mark.filterwarnings("ignore")]

TEXT = {
    "vocab_size": 21128,
    "text_attention_probs_dropout_prob": 0.1,
    "text_hidden_act": "gelu",
    "text_hidden_dropout_prob": 0.1,
    "text_hidden_size": 128,
    "text_initializer_range": 0.02,
    "text_intermediate_size": 512,
    "text_max_position_embeddings": 512,
    "text_num_attention_heads": 2,
    "text_num_hidden_layers": 2,
    "text_type_vocab_size": 2,
}
VIT = {"embed_dim": 64, "image_resolution": 48, "vision_layers": 3, "vision_width": 128, "vision_patch_size": 16}
RESNET = {
    "embed_dim": 64,
    "image_resolution": 64,
    "vision_layers": [2, 1, 2, 1],
    "vision_width": 16,
    "vision_patch_size": None,
}


def _model(vision: dict[str, Any]) -> Any:
    torch = reference_package("torch")
    clip = reference_package("cn_clip.clip.model")
    torch.manual_seed(5)
    model = clip.CLIP(**vision, **TEXT).eval()
    # Batch norms begin as identities, and the last of each block as zero: a test of them needs numbers.
    for name, tensor in model.state_dict().items():
        if "running_var" in name:
            tensor.uniform_(0.5, 2)
        elif "running_mean" in name or (".bn" in name and name.endswith("bias")):
            tensor.normal_(0, 0.1)
        elif ".bn" in name and name.endswith("weight"):
            tensor.uniform_(0.5, 1.5)
    return model


def _import(content: Any, tmp_path: Path) -> Manifest:
    torch = reference_package("torch")
    torch.save(content, tmp_path / "clip.pt")
    return import_model(tmp_path / "clip.pt", models_folder=tmp_path / "models", name="ours")


def _assert_parity(model: Any, tmp_path: Path) -> None:
    ours = tmp_path / "models" / "ours"
    assert_parity(ours, encode_image=model.encode_image, encode_text=model.encode_text)


@pytest.mark.parametrize("vision", [VIT, RESNET], ids=["vit", "resnet"])
def test_vectors_are_those_of_cn_clip(vision: dict[str, Any], tmp_path: Path) -> None:
    model = _model(vision)
    manifest = _import({"state_dict": model.state_dict()}, tmp_path)
    assert manifest.family == "chinese-clip"
    assert manifest.text.context_length == 52
    assert manifest.unused_tensors == ()
    _assert_parity(model, tmp_path)


def test_head_width_of_the_huge_model_is_80(tmp_path: Path) -> None:
    vision = {**VIT, "vision_width": 1280, "vision_layers": 1, "vision_head_width": 80}
    model = _model(vision)
    _import(model.state_dict(), tmp_path)
    _assert_parity(model, tmp_path)


def test_fine_tuned_checkpoint_is_read_and_its_leftovers_reported(tmp_path: Path) -> None:
    torch = reference_package("torch")
    model = _model(VIT)
    optimizer = torch.optim.AdamW(model.parameters())
    state = {f"module.{name}": tensor for name, tensor in model.state_dict().items()}
    state["module.teacher_projection.weight"] = torch.zeros(3, 3)
    manifest = _import({"epoch": 3, "name": "x", "state_dict": state, "optimizer": optimizer.state_dict()}, tmp_path)
    assert manifest.unused_tensors == ("teacher_projection.weight",)
    _assert_parity(model, tmp_path)


@pytest.mark.parametrize("wrapper", ["", "module."])
def test_flash_attention_names_are_the_same_model(wrapper: str, tmp_path: Path) -> None:
    clip = reference_package("cn_clip.clip.model")
    model = _model(VIT)
    plain = _import({"state_dict": model.state_dict()}, tmp_path)
    (tmp_path / "flash").mkdir()
    state = {f"{wrapper}{name}": tensor for name, tensor in model.state_dict().items()}
    flash = _import({"state_dict": clip.convert_state_dict(state)}, tmp_path / "flash")
    assert flash.unused_tensors == ()
    assert flash.revision == plain.revision
    _assert_parity(model, tmp_path / "flash")


def test_half_precision_weights_become_float32(tmp_path: Path) -> None:
    clip = reference_package("cn_clip.clip.model")
    model = _model(VIT)
    clip.convert_weights(model)
    _import({"state_dict": model.state_dict()}, tmp_path)
    clip.convert_models_to_fp32(model)
    _assert_parity(model, tmp_path)


def test_hugging_face_copy_of_the_weights_has_the_same_revision(tmp_path: Path) -> None:
    # The copies on the hubs were made by splitting in_proj and turning the projections.
    safetensors = reference_package("safetensors.torch")
    model = _model(VIT)
    manifest = _import({"state_dict": model.state_dict()}, tmp_path)
    folder = tmp_path / "hf"
    folder.mkdir()
    names: dict[str, Any] = {}
    for name, tensor in model.state_dict().items():
        names |= _hugging_face(name, tensor)
    safetensors.save_file({name: tensor.contiguous() for name, tensor in names.items()}, folder / "model.safetensors")
    (folder / "config.json").write_text("{}")
    copied = import_model(folder, models_folder=tmp_path / "models", name="hf")
    assert copied.revision == manifest.revision


def _hugging_face(name: str, tensor: Any) -> dict[str, Any]:
    plain = {
        "text_projection": "text_projection.weight",
        "visual.proj": "visual_projection.weight",
        "logit_scale": "logit_scale",
    }
    if name in plain:
        return {plain[name]: tensor.T if tensor.ndim == 2 else tensor}
    if name.startswith("bert."):
        return {name.replace("bert.", "text_model."): tensor}
    for old, new in (
        ("visual.class_embedding", "embeddings.class_embedding"),
        ("visual.positional_embedding", "embeddings.position_embedding.weight"),
        ("visual.conv1", "embeddings.patch_embedding"),
        ("visual.ln_pre", "pre_layrnorm"),
        ("visual.ln_post", "post_layernorm"),
        ("visual.transformer.resblocks", "encoder.layers"),
        (".ln_1", ".layer_norm1"),
        (".ln_2", ".layer_norm2"),
        ("mlp.c_fc", "mlp.fc1"),
        ("mlp.c_proj", "mlp.fc2"),
        ("attn.out_proj", "self_attn.out_proj"),
    ):
        name = name.replace(old, new)
    if "attn.in_proj_" not in name:
        return {f"vision_model.{name}": tensor}
    stem, kind = name.split("attn.in_proj_")
    parts = zip("qkv", tensor.chunk(3), strict=True)
    return {f"vision_model.{stem}self_attn.{letter}_proj.{kind}": part for letter, part in parts}
