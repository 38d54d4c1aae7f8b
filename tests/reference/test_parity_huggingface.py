"""Imported Hugging Face folders beside transformers' own CLIPModel, ChineseCLIPModel and SiglipModel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.reference.parity import assert_parity
from tests.reference.reference_packages import reference_package
from tests.unit.encoders.tiny_models import write_tiny_chinese_clip, write_tiny_clip, write_tiny_siglip2

from jianwei.encoders.conversion import import_model
from jianwei.encoders.opening import open_encoder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jianwei.runtime.opening import RuntimeName

pytestmark = [pytest.mark.reference, pytest.mark.filterwarnings("ignore")]

MODELS: dict[str, tuple[Callable[..., Path], str]] = {
    "chinese-clip": (write_tiny_chinese_clip, "ChineseCLIPModel"),
    "clip": (write_tiny_clip, "CLIPModel"),
    "siglip2": (write_tiny_siglip2, "SiglipModel"),
}


def _reference(folder: Path, name: str, *, masked: bool) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    model = getattr(reference_package("transformers"), name).from_pretrained(folder).eval()

    def encode_text(ids: Any) -> Any:
        extra = {"attention_mask": (ids != 0).long()} if masked else {}
        return _tensor(model.get_text_features(ids, **extra))

    return lambda pixels: _tensor(model.get_image_features(pixels)), encode_text


def _tensor(found: Any) -> Any:
    return getattr(found, "pooler_output", found)


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("family", MODELS)
def test_vectors_are_those_of_transformers(family: str, runtime: RuntimeName, tmp_path: Path) -> None:
    if runtime == "onnxruntime":
        pytest.importorskip("onnxruntime")
    write, name = MODELS[family]
    source = write(tmp_path / "source", seed=3)
    encode_image, encode_text = _reference(source, name, masked=family == "chinese-clip")
    import_model(source, models_folder=tmp_path, name="ours")
    assert_parity(tmp_path / "ours", encode_image=encode_image, encode_text=encode_text, runtime=runtime)


@pytest.mark.parametrize("family", MODELS)
def test_pytorch_weights_give_the_same_revision_as_safetensors(family: str, tmp_path: Path) -> None:
    torch = reference_package("torch")
    write, name = MODELS[family]
    source = write(tmp_path / "source")
    model = getattr(reference_package("transformers"), name).from_pretrained(source)
    first = import_model(source, models_folder=tmp_path, name="first")
    (source / "model.safetensors").unlink()
    torch.save(model.state_dict(), source / "pytorch_model.bin")
    second = import_model(source, models_folder=tmp_path, name="second")
    assert first.revision == second.revision
    assert second.unused_tensors == ()


def test_clip_with_the_old_end_token_pools_at_the_highest_id(tmp_path: Path) -> None:
    # Configurations from before 2023 say that a text ends with id 2; transformers then takes the highest id.
    import json

    source = write_tiny_clip(tmp_path / "source")
    config = json.loads((source / "config.json").read_text())
    config["text_config"] |= {"eos_token_id": 2, "bos_token_id": 0, "pad_token_id": 1}
    (source / "config.json").write_text(json.dumps(config))
    encode_image, encode_text = _reference(source, "CLIPModel", masked=False)
    import_model(source, models_folder=tmp_path, name="ours")
    assert_parity(tmp_path / "ours", encode_image=encode_image, encode_text=encode_text)


def test_fp16_files_keep_the_vectors(tmp_path: Path) -> None:
    source = write_tiny_chinese_clip(tmp_path / "source")
    encode_image, encode_text = _reference(source, "ChineseCLIPModel", masked=True)
    manifest = import_model(source, models_folder=tmp_path, name="ours", precision="fp16")
    # Half precision has 11 bits: numbers of a unit vector differ by some 1e-4 after all layers.
    assert_parity(tmp_path / "ours", encode_image=encode_image, encode_text=encode_text, largest=2e-3)
    assert manifest.cosine_to_fp32 is not None
    assert manifest.cosine_to_fp32 > 0.9999


@pytest.mark.slow
def test_full_size_vit_b_16_has_the_vectors_of_transformers(tmp_path: Path) -> None:
    from tests.reference.full_size_model import write_full_size_chinese_clip

    reference_package("transformers")
    source = write_full_size_chinese_clip(tmp_path / "source")
    encode_image, encode_text = _reference(source, "ChineseCLIPModel", masked=True)
    import_model(source, models_folder=tmp_path, name="ours")
    assert_parity(tmp_path / "ours", encode_image=encode_image, encode_text=encode_text)
    encoder = open_encoder(tmp_path / "ours", arithmetic="fp32")
    vectors = encoder.encode_texts(["芦荟胶囊", "红色连衣裙"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
