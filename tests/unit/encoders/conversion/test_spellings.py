"""The same weights in other formats' names: one model, one revision. Vectors are compared in tests/reference."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.encoders.openai_spelling import openai_names, write_tiny_chinese_resnet
from tests.unit.encoders.tiny_models import (
    DIMS,
    chinese_clip_tensors,
    chinese_vocabulary,
    clip_tensors,
    clip_vocabulary,
    write_safetensors,
    write_tiny_chinese_clip,
    write_tiny_clip,
)

from jianwei.encoders.conversion import ImportOptions, graph, import_model
from jianwei.encoders.opening import open_encoder
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.encoders.tiny_models import Tensors


def _bare(tmp_path: Path, tensors: Tensors, tokenizer_of: Path) -> Path:
    folder = tmp_path / "bare"
    folder.mkdir()
    for name in ("vocab.txt", "vocab.json", "merges.txt"):
        if (tokenizer_of / name).is_file():
            shutil.copy(tokenizer_of / name, folder / name)
    write_safetensors(folder / "openai.safetensors", tensors)
    return folder / "openai.safetensors"


@pytest.mark.parametrize("joined", ["attn.in_proj_", "attn.Wqkv."])
@pytest.mark.parametrize("wrapper", ["", "module.", "state_dict.module."])
def test_cn_clip_spelling_is_the_same_model(joined: str, wrapper: str, tmp_path: Path) -> None:
    source = write_tiny_chinese_clip(tmp_path / "source")
    first = import_model(source, models_folder=tmp_path, name="first")
    tensors = openai_names(chinese_clip_tensors(vocabulary=len(chinese_vocabulary())), joined=joined)
    bare = _bare(tmp_path, {f"{wrapper}{name}": tensor for name, tensor in tensors.items()}, source)
    second = import_model(bare, models_folder=tmp_path, name="second", family="chinese-clip")
    assert (second.revision, second.unused_tensors) == (first.revision, ())
    assert second.image.resize == "squash"
    assert second.text.context_length == 52


def test_openai_spelling_is_the_same_model_and_its_file_name_tells_the_activation(tmp_path: Path) -> None:
    source = write_tiny_clip(tmp_path / "source")
    first = import_model(source, models_folder=tmp_path, name="first")
    bare = _bare(tmp_path, openai_names(clip_tensors(vocabulary=len(clip_vocabulary()[0]))), source)
    second = import_model(bare, models_folder=tmp_path, name="second")
    assert (second.revision, second.unused_tensors) == (first.revision, ())


def test_nameless_openai_spelling_asks_for_the_activation(tmp_path: Path) -> None:
    source = write_tiny_clip(tmp_path / "source")
    bare = _bare(tmp_path, openai_names(clip_tensors(vocabulary=len(clip_vocabulary()[0]))), source)
    nameless = bare.rename(bare.with_name("epoch3.safetensors"))
    with pytest.raises(ModelError, match="--activation"):
        import_model(nameless, models_folder=tmp_path, name="ours")
    options = ImportOptions(activation="gelu")
    assert import_model(nameless, models_folder=tmp_path, name="ours", options=options).family == "clip"


def test_resnet_checkpoint_is_imported(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    bare = write_tiny_chinese_resnet(tmp_path / "bare")
    manifest = import_model(bare, models_folder=tmp_path, name="ours")
    assert (manifest.image.size_px, manifest.unused_tensors) == (64, ())
    pictures = [generator.integers(0, 255, (70, 90, 3), dtype=np.uint8) for _ in range(3)]
    assert open_encoder(tmp_path / "ours", threads=1).encode_images(pictures).shape == (3, DIMS)


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_weights_too_large_for_one_file_stand_beside_it(
    runtime: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if runtime == "onnxruntime":
        pytest.importorskip("onnxruntime")
    source = write_tiny_clip(tmp_path / "source")
    import_model(source, models_folder=tmp_path, name="one")
    monkeypatch.setattr(graph, "INLINE_LIMIT_BYTES", 1000)
    manifest = import_model(source, models_folder=tmp_path, name="two")
    assert {"image.onnx.data", "text.onnx.data"} <= set(manifest.files)
    one, two = (open_encoder(tmp_path / name, runtime=runtime, threads=1) for name in ("one", "two"))  # type: ignore[arg-type]  # a parameter
    assert np.allclose(one.encode_texts(["red tea"]), two.encode_texts(["red tea"]), atol=1e-6)
