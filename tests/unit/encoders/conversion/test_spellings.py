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
from jianwei.encoders.conversion.safetensors_file import read_safetensors
from jianwei.encoders.conversion.tensor_names import canonical_tensors, spelt_in
from jianwei.encoders.opening import open_encoder
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.unit.encoders.tiny_models import Tensors

    from jianwei.encoders.conversion.tensor_names import Format


def _bare(tmp_path: Path, tensors: Tensors, tokenizer_of: Path | None = None) -> Path:
    folder = tmp_path / "bare"
    folder.mkdir(parents=True)
    for name in ("vocab.txt", "vocab.json", "merges.txt"):
        if tokenizer_of and (tokenizer_of / name).is_file():
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


def test_messages_spell_tensors_as_their_file_does(tmp_path: Path) -> None:
    chinese = chinese_clip_tensors(vocabulary=len(chinese_vocabulary()))
    english = clip_tensors(vocabulary=len(clip_vocabulary()[0]))
    checkpoints: dict[Format, Iterable[str]] = {
        "hf-chinese-clip": chinese,
        "hf-clip": english,
        "cn-clip": openai_names(chinese),
        "openai-clip": openai_names(english),
    }
    for form, published in checkpoints.items():
        stored = read_safetensors(_bare(tmp_path / form, {name: np.zeros((3, 3), np.float32) for name in published}))
        ours, unknown = canonical_tensors(stored, form)
        assert unknown == ()
        # A table's name is told without the .weight that some formats add.
        bare = {name.removesuffix(".weight") for name in published}
        assert {spelt_in(name, form).removesuffix(".weight") for name in ours} == bare
    resnet = read_safetensors(write_tiny_chinese_resnet(tmp_path / "resnet") / "clip_cn_rn50.safetensors")
    spelt = {spelt_in(name, "cn-clip") for name in canonical_tensors(resnet, "cn-clip")[0]}
    assert {"visual.layer1.0.conv1.weight", "visual.attnpool.q_proj.weight", "visual.bn1.running_mean"} <= spelt


def test_a_shape_that_does_not_fit_is_told_by_the_name_in_the_file(tmp_path: Path) -> None:
    source = write_tiny_chinese_clip(tmp_path / "source")
    tensors = openai_names(chinese_clip_tensors(vocabulary=len(chinese_vocabulary())))
    tensors["visual.transformer.resblocks.1.attn.in_proj_weight"] = np.zeros((9, 5), np.float32)
    bare = _bare(tmp_path, tensors, source)
    with pytest.raises(ModelError, match=r"visual\.transformer\.resblocks\.1\.attn\.in_proj_weight has the shape"):
        import_model(bare, models_folder=tmp_path, name="second")
