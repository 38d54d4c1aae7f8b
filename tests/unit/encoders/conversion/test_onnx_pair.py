"""Wrapping ONNX files of foreign make: told apart, renamed, checked."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from tests.unit.encoders.tiny_models import write_tiny_chinese_clip, write_tiny_clip

from jianwei.encoders.conversion import import_model
from jianwei.encoders.opening import open_encoder
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """Two towers as somebody else might export them: foreign names, a mask and token types, 32-bit ids."""
    source = write_tiny_chinese_clip(tmp_path / "source")
    import_model(source, models_folder=tmp_path / "models", name="original")
    folder = tmp_path / "exported"
    folder.mkdir()
    _export(
        tmp_path / "models/original/image.onnx", folder / "b.onnx", {"pixels": "image", "embedding": "unnorm_image"}
    )
    _export(
        tmp_path / "models/original/text.onnx",
        folder / "a.onnx",
        {"token_ids": "input_ids", "embedding": "text_embeds"},
    )
    for name in ("vocab.txt", "preprocessor_config.json"):
        shutil.copy(source / name, folder / name)
    return folder


def _export(source: Path, target: Path, names: dict[str, str]) -> None:
    model = onnx.load(str(source))
    for value in (*model.graph.input, *model.graph.output):
        value.name = names.get(value.name, value.name)
    for node in model.graph.node:
        for row in (node.input, node.output):
            row[:] = [names.get(name, name) for name in row]
    onnx.save(model, str(target))


def _edit(path: Path, change: Callable[[Any], None]) -> None:
    model = onnx.load(str(path))
    change(model.graph)
    onnx.save(model, str(path))


def _assert_same_vectors(tmp_path: Path) -> None:
    ours, original = (open_encoder(tmp_path / "models" / name, threads=1) for name in ("ours", "original"))
    pictures = [np.random.default_rng(seed).integers(0, 255, (40, 50, 3), dtype=np.uint8) for seed in range(3)]
    assert np.allclose(ours.encode_images(pictures), original.encode_images(pictures), atol=1e-5)
    texts = ["芦荟胶囊", "红", "tea " * 80]
    assert np.allclose(ours.encode_texts(texts), original.encode_texts(texts), atol=1e-5)


def test_pair_of_foreign_names_is_wrapped(exported: Path, tmp_path: Path) -> None:
    manifest = import_model(exported, models_folder=tmp_path / "models", name="ours", family="chinese-clip")
    assert (manifest.dims, manifest.image.size_px, manifest.text.context_length) == (24, 32, 52)
    assert manifest.image.resize == "squash"
    _assert_same_vectors(tmp_path)


def test_mask_and_token_types_and_short_ids_are_supplied(exported: Path, tmp_path: Path) -> None:
    def as_exporters_do(graph: Any) -> None:
        graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.INT32
        for name in ("attention_mask", "token_type_ids"):
            graph.input.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.INT32, ["b", "length"]))
        # The ids count only where the mask is 1, and token types are added to them: both must arrive as they should.
        for place, (operator, left, right, result) in enumerate(
            [
                ("Mul", "input_ids", "attention_mask", "masked"),
                ("Add", "masked", "token_type_ids", "typed"),
            ]
        ):
            graph.node.insert(place, onnx.helper.make_node(operator, [left, right], [result]))
        graph.node.insert(2, onnx.helper.make_node("Cast", ["typed"], ["ids"], to=onnx.TensorProto.INT64))
        for node in list(graph.node)[3:]:
            node.input[:] = ["ids" if name == "input_ids" else name for name in node.input]

    _edit(exported / "a.onnx", as_exporters_do)
    manifest = import_model(exported, models_folder=tmp_path / "models", name="ours", family="chinese-clip")
    assert manifest.text.attention_mask
    _assert_same_vectors(tmp_path)


def test_fixed_batch_is_refused_with_what_to_do(exported: Path, tmp_path: Path) -> None:
    def fix(graph: Any) -> None:
        graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1

    _edit(exported / "b.onnx", fix)
    with pytest.raises(ModelError, match="batch is fixed at 1"):
        import_model(exported, models_folder=tmp_path / "models", name="ours", family="chinese-clip")


def test_towers_of_different_models_are_refused(exported: Path, tmp_path: Path) -> None:
    def cut(graph: Any) -> None:
        graph.output[0].type.tensor_type.shape.dim[1].dim_value = 12
        for node in graph.node:
            node.output[:] = ["whole" if name == "text_embeds" else name for name in node.output]
        for name, value in (("from", 0), ("to", 12), ("along", 1)):
            graph.initializer.append(onnx.numpy_helper.from_array(np.array([value], np.int64), name))
        graph.node.append(onnx.helper.make_node("Slice", ["whole", "from", "to", "along"], ["text_embeds"]))

    _edit(exported / "a.onnx", cut)
    with pytest.raises(ModelError, match="24 numbers, the text file of 12"):
        import_model(exported, models_folder=tmp_path / "models", name="ours", family="chinese-clip")


def test_family_must_be_stated(exported: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="State the family"):
        import_model(exported, models_folder=tmp_path / "models", name="ours")


def test_two_towers_of_one_kind_are_no_pair(exported: Path, tmp_path: Path) -> None:
    shutil.copy(exported / "b.onnx", exported / "a.onnx")
    with pytest.raises(ModelError, match="one that takes pictures and one that takes texts"):
        import_model(exported, models_folder=tmp_path / "models", name="ours", family="chinese-clip")


def test_single_onnx_file_is_no_pair(exported: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="two ONNX files"):
        import_model(exported / "a.onnx", models_folder=tmp_path / "models", family="clip")


def test_damaged_onnx_file_is_named(exported: Path, tmp_path: Path) -> None:
    content = (exported / "a.onnx").read_bytes()
    (exported / "a.onnx").write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError, match=r"a\.onnx cannot be used"):
        import_model(exported, models_folder=tmp_path / "models", name="ours", family="chinese-clip")


def test_onnx_files_beside_hugging_face_weights_are_left_alone(tmp_path: Path) -> None:
    source = write_tiny_clip(tmp_path / "source")
    (source / "onnx").mkdir()
    (source / "onnx" / "model.onnx").write_bytes(b"joint")
    assert import_model(source, models_folder=tmp_path, name="ours").family == "clip"
