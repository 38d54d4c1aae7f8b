"""Take a pair of ONNX files, one per tower, as somebody else exported them, and give them our names.

Which file is which tower, and which output is the embedding, is told from types, shapes and usual names. The graphs are
not changed apart from casts where a file asks for other number types than ours; both are run once to see that they take
batches and agree in their dimensions. Left out: files with both towers in one graph, and exports whose batch is fixed,
which are better converted from their checkpoint.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from jianwei.encoders.conversion.damaged_files import damaged
from jianwei.encoders.conversion.graph import INLINE_LIMIT_BYTES, import_onnx
from jianwei.encoders.conversion.measuring import embeddings
from jianwei.encoders.conversion.model_inputs import stated_image_input, text_input
from jianwei.encoders.conversion.onnx_interface import TowerInterface, adapt, interface_of
from jianwei.encoders.manifest import TextInput
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.encoders.manifest import Family, ImageInput

_SPLIT_EXPORTS = ("vision_model.onnx", "text_model.onnx")
"""What the split exports of transformers.js are called, among their quantised variants."""

_CONTEXT: Mapping[Family, int] = {"clip": 77, "chinese-clip": 52, "siglip2": 64}
"""Tokens of a text where the file leaves the length open: what the families were trained with."""

_USUAL_SIZE_PX = 224


@dataclass(frozen=True, slots=True)
class WrappedPair:
    """Both towers in a model folder, and what was learnt of them."""

    files: tuple[Path, ...]
    dims: int
    image: ImageInput
    text: TextInput
    revision: str


def find_onnx_pair(path: Path) -> tuple[Path, Path] | None:
    """Return the two ONNX files of a folder, None where it holds something else.

    Raises:
        ModelError: there are ONNX files, but not two that can be told to be the towers.
    """
    if path.suffix == ".onnx" and path.is_file():
        raise _not_a_pair(path, [path])
    for folder in (path, path / "onnx"):
        files = sorted(folder.glob("*.onnx")) if folder.is_dir() else []
        named = [folder / name for name in _SPLIT_EXPORTS if folder / name in files]
        chosen = named if len(named) == 2 else files
        if len(chosen) == 2:
            return chosen[0], chosen[1]
        if chosen and not (path / "config.json").is_file():
            raise _not_a_pair(path, chosen)
    return None


def wrap_onnx_pair(pair: tuple[Path, Path], family: Family, folder: Path, *, stated: Mapping[str, Any]) -> WrappedPair:
    """Write both towers into `folder` under our names; `stated` is the preprocessing that stands beside them.

    Raises:
        ModelError: a file is damaged, is not a tower that we can run, or the two do not belong together.
        OSError: the disk is full or cannot be written.
    """
    digest = hashlib.sha256()
    towers: dict[str, TowerInterface] = {}
    files: list[Path] = []
    for path in pair:
        model = _loaded(path)
        interface = interface_of(model, where=str(path))
        if interface.tower in towers:
            raise _not_a_pair(path.parent, list(pair))
        towers[interface.tower] = interface
        digest.update(model.SerializeToString() if model.ByteSize() < INLINE_LIMIT_BYTES else path.read_bytes())
        adapt(model, interface)
        files += _saved(model, folder / f"{interface.tower}.onnx")
    size_px = towers["image"].size_px or _stated_size(stated)
    context_length = towers["text"].length or _CONTEXT[family]
    has_mask = "attention_mask" in towers["text"].inputs
    usual = text_input(family, context_length)
    text = TextInput(usual.tokenizer, context_length, usual.pad_id, attention_mask=has_mask)
    dims = _checked(folder, size_px, text)
    image = stated_image_input(family, size_px, stated)
    return WrappedPair(tuple(files), dims, image, text, digest.hexdigest()[:12])


def stated_preprocessing(path: Path) -> Mapping[str, Any]:
    """Return the preprocessor_config.json beside a pair, or one folder above; empty where there is none.

    Raises:
        ModelError: the file is damaged.
    """
    for folder in (path, path.parent):
        file = folder / "preprocessor_config.json"
        if file.is_file():
            try:
                content = orjson.loads(file.read_bytes())
            except orjson.JSONDecodeError as error:
                raise damaged(file, f"it is not JSON ({error})") from error
            return content if isinstance(content, dict) else {}
    return {}


def _loaded(path: Path) -> Any:  # noqa: ANN401  # a ModelProto
    onnx = import_onnx()
    try:
        model = onnx.load(str(path))
    except Exception as error:  # protobuf's and onnx's own errors share no base
        raise damaged(path, f"it cannot be read as an ONNX file ({type(error).__name__})") from error
    if not model.graph.node:
        raise damaged(path, "it is an ONNX file without a network")
    return model


def _saved(model: Any, path: Path) -> list[Path]:  # noqa: ANN401  # a ModelProto
    onnx = import_onnx()
    if model.ByteSize() < INLINE_LIMIT_BYTES:
        path.write_bytes(model.SerializeToString())
        return [path]
    data = path.with_name(f"{path.name}.data")
    onnx.save(model, str(path), save_as_external_data=True, location=data.name)
    return [path, data]


def _stated_size(stated: Mapping[str, Any]) -> int:
    for key in ("crop_size", "size"):
        size = stated.get(key)
        if isinstance(size, int):
            return size
        if isinstance(size, dict) and size:
            return int(next(iter(size.values())))
    return _USUAL_SIZE_PX


def _checked(folder: Path, size_px: int, text: TextInput) -> int:
    generator = np.random.default_rng(0)
    pixels = generator.standard_normal((3, 3, size_px, size_px)).astype(np.float32)
    ids = np.tile(np.arange(1, text.context_length + 1, dtype=np.int64), (3, 1))
    tokens: dict[str, NDArray[Any]] = {"token_ids": ids}
    if text.attention_mask:
        tokens["attention_mask"] = np.ones_like(ids)
    widths = [_width(folder / "image.onnx", {"pixels": pixels}), _width(folder / "text.onnx", tokens)]
    if widths[0] != widths[1]:
        raise ModelError(
            f"The image file gives vectors of {widths[0]} numbers, the text file of {widths[1]}: not one model.",
            zh=f"图像文件输出 {widths[0]} 维向量，文本文件输出 {widths[1]} 维，二者不属于同一模型。",
        )
    return widths[0]


def _width(model_file: Path, inputs: Mapping[str, NDArray[Any]]) -> int:
    together = embeddings(model_file, inputs)
    alone = embeddings(model_file, {name: rows[:1] for name, rows in inputs.items()})
    if together.ndim != 2 or len(together) != 3 or not np.allclose(together[:1], alone, atol=1e-2, rtol=1e-2):
        raise ModelError(
            f"{model_file.name} gives {list(together.shape)} for a batch of 3, or other numbers than one by one. "
            "Export it again with a dynamic batch, or import its checkpoint instead.",
            zh=f"{model_file.name} 对 3 个输入的批次输出 {list(together.shape)}，或与逐个计算的结果不同。"
            "请用动态 batch 重新导出，或直接导入其原始权重。",
            path=str(model_file),
        )
    return int(together.shape[1])


def _not_a_pair(path: Path, files: list[Path]) -> ModelError:
    listed = ", ".join(file.name for file in files)
    return ModelError(
        f"{path} should hold two ONNX files, one that takes pictures and one that takes texts; found {listed}.",
        zh=f"{path} 中应有两个 ONNX 文件：一个输入图片，一个输入文本；实际有 {listed}。",
        path=str(path),
    )
