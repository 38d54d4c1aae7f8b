"""Imported OpenCLIP and OpenAI checkpoints beside open_clip's own model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.reference.parity import assert_parity
from tests.reference.reference_packages import reference_package

from jianwei.encoders.conversion import ImportOptions, import_model
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.encoders.conversion.architecture import Activation

pytestmark = [pytest.mark.reference, pytest.mark.filterwarnings("ignore")]

VISION = {"image_size": 48, "layers": 3, "width": 128, "patch_size": 16}
TEXT = {"context_length": 77, "vocab_size": 49408, "width": 128, "heads": 2, "layers": 2}
RESNET = {"image_size": 64, "layers": [1, 2, 1, 1], "width": 16, "patch_size": None}


def _model(*, quick_gelu: bool, vision: dict[str, Any] = VISION, kind: str = "CLIP") -> Any:
    torch = reference_package("torch")
    module = reference_package("open_clip.model")
    torch.manual_seed(7)
    model = getattr(module, kind)(embed_dim=64, vision_cfg=dict(vision), text_cfg=dict(TEXT), quick_gelu=quick_gelu)
    for name, tensor in model.state_dict().items():
        if "running_var" in name:
            tensor.uniform_(0.5, 2)
        elif name.endswith("bn3.weight"):
            tensor.uniform_(0.5, 1.5)
    return model.eval()


def _assert_parity(model: Any, folder: Path) -> None:
    assert_parity(folder, encode_image=model.encode_image, encode_text=model.encode_text)


@pytest.mark.parametrize(("quick_gelu", "activation"), [(True, "quick_gelu"), (False, "gelu")])
def test_vectors_are_those_of_open_clip(quick_gelu: bool, activation: Activation, tmp_path: Path) -> None:
    torch = reference_package("torch")
    model = _model(quick_gelu=quick_gelu)
    torch.save(model.state_dict(), tmp_path / "trained.pt")
    with pytest.raises(ModelError, match="activation"):
        import_model(tmp_path / "trained.pt", models_folder=tmp_path, name="ours")
    options = ImportOptions(activation=activation)
    import_model(tmp_path / "trained.pt", models_folder=tmp_path, name="ours", options=options)
    _assert_parity(model, tmp_path / "ours")


@pytest.mark.parametrize("quick_gelu", [True, False])
def test_openclip_folder_states_its_activation(quick_gelu: bool, tmp_path: Path) -> None:
    safetensors = reference_package("safetensors.torch")
    model = _model(quick_gelu=quick_gelu)
    source = tmp_path / "source"
    source.mkdir()
    safetensors.save_file(model.state_dict(), source / "open_clip_model.safetensors")
    cfg: dict[str, Any] = {"embed_dim": 64, "vision_cfg": VISION, "text_cfg": TEXT, "quick_gelu": quick_gelu}
    preprocess = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.4], "interpolation": "bicubic", "resize_mode": "squash"}
    config = {"model_cfg": cfg, "preprocess_cfg": preprocess}
    (source / "open_clip_config.json").write_text(json.dumps(config))
    manifest = import_model(source, models_folder=tmp_path, name="ours")
    _assert_parity(model, tmp_path / "ours")
    assert manifest.image.mean == (0.5, 0.4, 0.3)
    assert manifest.image.resize == "squash"
    assert manifest.unused_tensors == ()


def test_text_tower_under_its_own_prefix_is_found(tmp_path: Path) -> None:
    torch = reference_package("torch")
    model = _model(quick_gelu=False, kind="CustomTextCLIP")
    torch.save({"epoch": 1, "state_dict": model.state_dict()}, tmp_path / "laion2b.pt")
    import_model(tmp_path / "laion2b.pt", models_folder=tmp_path, name="ours")
    _assert_parity(model, tmp_path / "ours")


@pytest.mark.parametrize("vision", [VISION, RESNET], ids=["vit", "resnet"])
def test_openai_state_dict_is_quick_gelu(vision: dict[str, Any], tmp_path: Path) -> None:
    torch = reference_package("torch")
    model = _model(quick_gelu=True, vision=vision)
    state = dict(model.state_dict())
    state |= {
        "input_resolution": torch.tensor(48),
        "context_length": torch.tensor(77),
        "vocab_size": torch.tensor(49408),
    }
    torch.save(state, tmp_path / "clip.pt")
    manifest = import_model(tmp_path / "clip.pt", models_folder=tmp_path, name="ours")
    assert manifest.unused_tensors == ()
    assert manifest.image.resize == "crop"
    _assert_parity(model, tmp_path / "ours")


def test_openai_torchscript_archive_is_read(tmp_path: Path) -> None:
    torch = reference_package("torch")
    model = _model(quick_gelu=True)
    example = (torch.zeros(1, 3, 48, 48), torch.zeros(1, 77, dtype=torch.long))
    torch.jit.trace(model, example, check_trace=False).save(str(tmp_path / "ViT-B-16.pt"))
    manifest = import_model(tmp_path / "ViT-B-16.pt", models_folder=tmp_path, name="ours")
    assert manifest.unused_tensors == ()
    _assert_parity(model, tmp_path / "ours")
