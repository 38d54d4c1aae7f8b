"""Importing tiny models of every family end to end: what comes out, and what a bad source is told."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.encoders.tiny_models import (
    CONTEXT_LENGTHS,
    DIMS,
    SIZE_PX,
    chinese_clip_tensors,
    chinese_vocabulary,
    write_safetensors,
    write_tiny_chinese_clip,
    write_tiny_clip,
    write_tiny_siglip2,
)

from jianwei.encoders.conversion import ImportOptions, import_model
from jianwei.encoders.conversion.model_folder import new_model_folder
from jianwei.encoders.manifest import check_files, read_manifest
from jianwei.encoders.opening import open_encoder
from jianwei.errors import ModelError, StorageFullError
from jianwei.runtime.file_lock import try_lock

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from jianwei.encoders.conversion import ImportStep
    from jianwei.encoders.manifest import Family, Precision
    from jianwei.runtime.opening import RuntimeName

WRITERS: dict[Family, Callable[..., Path]] = {
    "chinese-clip": write_tiny_chinese_clip,
    "clip": write_tiny_clip,
    "siglip2": write_tiny_siglip2,
}
LANGUAGES = {"chinese-clip": ("zh",), "clip": ("en",), "siglip2": ("multi",)}


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("family", WRITERS)
def test_imported_model_encodes_pictures_and_texts(family: Family, precision: Precision, tmp_path: Path) -> None:
    source = WRITERS[family](tmp_path / "Tiny Model")
    manifest = import_model(source, models_folder=tmp_path / "models", precision=precision)
    folder = tmp_path / "models" / "tiny-model"
    assert read_manifest(folder) == manifest
    check_files(folder, manifest)
    assert (manifest.family, manifest.dims, manifest.precision) == (family, DIMS, precision)
    assert (manifest.image.size_px, manifest.text.context_length) == (SIZE_PX, CONTEXT_LENGTHS[family])
    assert manifest.languages == LANGUAGES[family]
    assert manifest.logit_scale == pytest.approx(100)
    encoder = open_encoder(folder, threads=1)
    pictures = [np.random.default_rng(seed).integers(0, 255, (40, 50, 3), dtype=np.uint8) for seed in range(3)]
    for vectors in (encoder.encode_images(pictures), encoder.encode_texts(["芦荟胶囊", "red tea", ""])):
        assert vectors.shape == (3, DIMS)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_lossy_precision_states_its_cosine_and_fp32_none(tmp_path: Path) -> None:
    source = write_tiny_clip(tmp_path / "source")
    exact = import_model(source, models_folder=tmp_path, name="exact")
    half = import_model(source, models_folder=tmp_path, name="half", precision="fp16")
    assert exact.cosine_to_fp32 is None
    assert half.cosine_to_fp32 is not None
    assert 0.999 < half.cosine_to_fp32 <= 1
    sizes = [sum(entry.size_bytes for entry in manifest.files.values()) for manifest in (exact, half)]
    assert sizes[1] < 0.75 * sizes[0]


def test_revision_follows_the_weights_and_not_the_precision_or_name(tmp_path: Path) -> None:
    first = import_model(write_tiny_clip(tmp_path / "a", seed=1), models_folder=tmp_path, name="first")
    again = import_model(tmp_path / "a", models_folder=tmp_path, name="again", precision="fp16")
    other = import_model(write_tiny_clip(tmp_path / "b", seed=2), models_folder=tmp_path, name="other")
    assert first.revision == again.revision != other.revision
    assert len(first.revision) == 12


def test_steps_are_reported_in_order(tmp_path: Path) -> None:
    steps: list[ImportStep] = []
    source = write_tiny_clip(tmp_path / "source")
    import_model(source, models_folder=tmp_path, name="ours", precision="fp16", progress=steps.append)
    assert steps == ["reading", "hashing", "converting", "measuring", "finishing"]


def test_wrong_family_is_told_what_was_found(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="family chinese-clip, not siglip2"):
        import_model(write_tiny_chinese_clip(tmp_path / "source"), models_folder=tmp_path, family="siglip2")


def _changed(tmp_path: Path, change: Callable[[dict[str, np.ndarray]], object]) -> Path:
    source = write_tiny_chinese_clip(tmp_path / "source")
    tensors = chinese_clip_tensors(vocabulary=len(chinese_vocabulary()))
    change(tensors)
    write_safetensors(source / "model.safetensors", tensors)
    return source


def test_missing_tensor_is_named(tmp_path: Path) -> None:
    source = _changed(tmp_path, lambda tensors: tensors.pop("text_model.encoder.layer.1.output.dense.weight"))
    with pytest.raises(ModelError, match=r"needs: text_model\.encoder\.layer\.1\.output\.dense\.weight\."):
        import_model(source, models_folder=tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_wrong_shape_is_named(tmp_path: Path) -> None:
    source = _changed(
        tmp_path, lambda tensors: tensors.update({"visual_projection.weight": np.zeros((DIMS, 5), np.float32)})
    )
    with pytest.raises(ModelError, match=rf"visual_projection\.weight has the shape \[{DIMS}, 5\]"):
        import_model(source, models_folder=tmp_path)


def test_unused_tensors_are_reported(tmp_path: Path) -> None:
    source = _changed(
        tmp_path, lambda tensors: tensors.update({"text_model.pooler.dense.bias": np.zeros(3, np.float32)})
    )
    manifest = import_model(source, models_folder=tmp_path, name="ours")
    assert manifest.unused_tensors == ("text_model.pooler.dense.bias",)
    assert read_manifest(tmp_path / "ours").unused_tensors == manifest.unused_tensors


def test_adapters_that_would_change_the_result_are_refused(tmp_path: Path) -> None:
    name = "text_model.encoder.layer.0.attention.self.query.lora_A.weight"
    source = _changed(tmp_path, lambda tensors: tensors.update({name: np.zeros((4, 48), np.float32)}))
    with pytest.raises(ModelError, match="lora_A"):
        import_model(source, models_folder=tmp_path)


def test_checkpoint_of_another_kind_is_described(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    write_safetensors(tmp_path / "model.safetensors", {"bert.pooler.dense.weight": np.zeros((2, 2), np.float32)})
    with pytest.raises(ModelError, match=r"bert\.pooler"):
        import_model(tmp_path, models_folder=tmp_path / "models")


def test_variable_resolution_siglip_is_refused_by_name(tmp_path: Path) -> None:
    from tests.unit.encoders.tiny_models import gemma_vocabulary, siglip2_tensors

    source = write_tiny_siglip2(tmp_path / "source")
    tensors = siglip2_tensors(vocabulary=len(gemma_vocabulary()))
    tensors["vision_model.embeddings.patch_embedding.weight"] = np.zeros((DIMS, 192), np.float32)
    write_safetensors(source / "model.safetensors", tensors)
    with pytest.raises(ModelError, match="NaFlex"):
        import_model(source, models_folder=tmp_path)


def test_folder_without_weights_says_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("x")
    with pytest.raises(ModelError, match=r"model\.safetensors.*readme\.txt"):
        import_model(tmp_path, models_folder=tmp_path / "models")


def test_path_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not exist"):
        import_model(tmp_path / "nothing", models_folder=tmp_path)


def test_unknown_activation_is_told_with_the_known_ones(tmp_path: Path) -> None:
    source = write_tiny_clip(tmp_path / "source")
    config = json.loads((source / "config.json").read_text())
    config["vision_config"]["hidden_act"] = "mish"
    (source / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=r"mish.*quick_gelu"):
        import_model(source, models_folder=tmp_path)


def test_taken_name_is_refused_unless_replaced(tmp_path: Path) -> None:
    source = write_tiny_clip(tmp_path / "source", seed=1)
    first = import_model(source, models_folder=tmp_path, name="ours")
    write_tiny_clip(tmp_path / "source", seed=2)
    with pytest.raises(ModelError, match="already"):
        import_model(source, models_folder=tmp_path, name="ours")
    assert read_manifest(tmp_path / "ours").revision == first.revision
    second = import_model(source, models_folder=tmp_path, name="ours", options=ImportOptions(replace=True))
    assert read_manifest(tmp_path / "ours").revision == second.revision != first.revision


@pytest.mark.parametrize("name", ["", "../up", "A", "a/b", ".hidden", "x" * 101])
def test_name_that_is_no_folder_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot name a model"), new_model_folder(tmp_path, name, replace=False):
        pass


def test_second_import_of_a_name_is_told_of_the_first(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / ".ours.lock", os.O_RDWR | os.O_CREAT)
    assert try_lock(descriptor)
    try:
        with pytest.raises(ModelError, match="being imported"):
            import_model(write_tiny_clip(tmp_path / "source"), models_folder=tmp_path, name="ours")
    finally:
        os.close(descriptor)


def test_what_a_killed_import_left_is_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / ".ours.importing").mkdir()
    (tmp_path / ".ours.importing" / "image.onnx").write_bytes(b"half")
    import_model(write_tiny_clip(tmp_path / "source"), models_folder=tmp_path, name="ours")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".ours.lock", "ours", "source"]


def test_failed_import_leaves_nothing_behind(tmp_path: Path) -> None:
    source = write_tiny_clip(tmp_path / "source")
    (source / "merges.txt").unlink()
    (source / "vocab.json").write_text('{"a": 999999}')
    (source / "merges.txt").write_text("a b\n")
    with pytest.raises(ModelError, match="1,000,000 tokens"):
        import_model(source, models_folder=tmp_path / "models", name="ours")
    assert [path.name for path in (tmp_path / "models").iterdir()] == [".ours.lock"]


def test_full_disk_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    def write() -> None:
        with new_model_folder(tmp_path, "ours", replace=False) as folder:
            (folder / "image.onnx").write_bytes(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(StorageFullError):
        write()
    assert [path.name for path in tmp_path.iterdir()] == [".ours.lock"]


def test_tokenizer_of_an_earlier_import_serves_a_bare_checkpoint(tmp_path: Path) -> None:
    first = write_tiny_siglip2(tmp_path / "first", seed=1)
    import_model(first, models_folder=tmp_path / "models", name="first")
    bare = write_tiny_siglip2(tmp_path / "bare", seed=2)
    (bare / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        import_model(bare, models_folder=tmp_path / "other", name="bare")
    manifest = import_model(bare, models_folder=tmp_path / "models", name="bare")
    assert "tokenizer.json" in manifest.files


def test_int8_without_enough_pictures_says_what_it_needs(tmp_path: Path) -> None:
    source = write_tiny_clip(tmp_path / "source")
    with pytest.raises(ModelError, match="at least 16; 3 were given"):
        import_model(
            source,
            models_folder=tmp_path / "models",
            precision="int8",
            options=ImportOptions(pictures=_pictures(3)),
        )


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("family", WRITERS)
def test_int8_keeps_the_vectors_on_every_runtime(family: Family, runtime: RuntimeName, tmp_path: Path) -> None:
    if runtime == "onnxruntime":
        pytest.importorskip("onnxruntime")
    source, pictures = WRITERS[family](tmp_path / "source"), _pictures(16)
    exact = import_model(source, models_folder=tmp_path, name="exact")
    options = ImportOptions(pictures=pictures)
    small = import_model(source, models_folder=tmp_path, name="small", precision="int8", options=options)
    assert small.revision == exact.revision
    assert small.cosine_to_fp32 is not None
    assert small.cosine_to_fp32 > int8_floor()
    assert small.files["image.onnx"].size_bytes < 0.6 * exact.files["image.onnx"].size_bytes
    ours, reference = (open_encoder(tmp_path / name, runtime=runtime, threads=1) for name in ("small", "exact"))
    texts = ["芦荟胶囊", "the red tea"]
    least = 0.995 if int8_floor() > 0.995 else 0.97
    assert _cosines(ours.encode_images(pictures), reference.encode_images(pictures)).min() > least
    assert _cosines(ours.encode_texts(texts), reference.encode_texts(texts)).min() > least


def test_int8_keeps_the_vectors_where_a_few_channels_are_a_hundred_times_larger(tmp_path: Path) -> None:
    def enlarge(tensors: dict[str, np.ndarray]) -> None:
        # What trained transformers do: some channels of the norms are huge, and the next matrix makes up for it.
        for number in range(2):
            layer = f"vision_model.encoder.layers.{number}"
            for norm, users in (("layer_norm1", ("q_proj", "k_proj", "v_proj")), ("layer_norm2", ("fc1",))):
                tensors[f"{layer}.{norm}.weight"][[3, 11]] *= 100
                tensors[f"{layer}.{norm}.bias"][[3, 11]] *= 100
                for user in users:
                    part = "mlp" if user == "fc1" else "self_attn"
                    tensors[f"{layer}.{part}.{user}.weight"][:, [3, 11]] /= 100

    source = _changed(tmp_path, enlarge)
    options = ImportOptions(pictures=_pictures(16))
    manifest = import_model(source, models_folder=tmp_path, name="ours", precision="int8", options=options)
    assert manifest.cosine_to_fp32 is not None
    assert manifest.cosine_to_fp32 > int8_floor()


def int8_floor() -> float:
    """Return what int8 must keep here. Processors without VNNI add products in 16 bits, which overflow: they lose more.

    Source: Intel, "Lower Numerical Precision Deep Learning Inference and Training", 2018 (vpmaddubsw saturates).
    """
    flags = Path("/proc/cpuinfo").read_text("utf-8") if Path("/proc/cpuinfo").exists() else "vnni"
    return 0.999 if "vnni" in flags else 0.98


def _pictures(count: int) -> list[NDArray[np.uint8]]:
    return [
        np.random.default_rng(seed).integers(0, 40 + 12 * seed, (40, 50, 3), dtype=np.uint8) for seed in range(count)
    ]


def _cosines(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.sum(left * right, axis=1))
