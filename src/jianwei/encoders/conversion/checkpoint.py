"""Find out what a path holds and open it: which file has the weights, and what is stated beside them.

A Hugging Face folder states its architecture in config.json, an OpenCLIP one in open_clip_config.json; a single file
states nothing, and what its tensors cannot tell follows from the fixed rules of its format or from its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from jianwei.encoders.conversion.architecture_of import Statements
from jianwei.encoders.conversion.checkpoint_formats import detect_format, unwrapped
from jianwei.encoders.conversion.damaged_files import damaged
from jianwei.encoders.conversion.openclip_config import openclip_statements
from jianwei.encoders.conversion.safetensors_file import read_safetensors, read_sharded_safetensors
from jianwei.encoders.conversion.torch_file import read_torch_file
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jianwei.encoders.conversion.architecture import Activation
    from jianwei.encoders.conversion.stored_tensors import StoredTensor
    from jianwei.encoders.conversion.tensor_names import Format

_HF_WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin")
_OPENCLIP_WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
_WEIGHT_ENDINGS = frozenset({".pt", ".pth", ".bin", ".safetensors"})

_NAMED_ACTIVATIONS: tuple[tuple[str, Activation], ...] = (
    ("quickgelu", "quick_gelu"),
    ("openai", "quick_gelu"),
    ("metaclip", "quick_gelu"),
    ("dfn", "quick_gelu"),
    ("laion2b", "gelu"),
    ("datacomp", "gelu"),
    ("commonpool", "gelu"),
)
"""Trainings known to use one activation, by a word in the file's name.

Source: the table of published weights in OpenCLIP's `pretrained.py`.
"""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Published weights, opened but unread. `preprocessing` is what the source states about pictures; may be empty."""

    path: Path
    form: Format
    tensors: Mapping[str, StoredTensor]
    statements: Statements
    preprocessing: Mapping[str, Any]

    @property
    def folder(self) -> Path:
        """Where the files beside the weights are, such as the tokenizer's."""
        return self.path.parent


def open_checkpoint(path: Path, *, activation: Activation | None = None) -> Checkpoint:
    """Open the weights at `path`, a folder or a file; `activation` overrides what is stated or assumed.

    Raises:
        ModelError: nothing that can be imported is there, or it is damaged or incomplete.
    """
    weights = _weights_file(path)
    tensors, is_script = _read(weights)
    tensors = unwrapped(tensors)
    form = detect_format(tensors, where=str(weights))
    preprocessing = _json_beside(weights, "preprocessor_config.json")
    if form.startswith("hf-"):
        config = _json_beside(weights, "config.json")
        statements = Statements(config.get("vision_config") or {}, config.get("text_config") or {}, activation)
    elif form == "openai-clip":
        config = _json_beside(weights, "open_clip_config.json")
        statements = openclip_statements(config.get("model_cfg") or {}, activation)
        preprocessing = config.get("preprocess_cfg") or {}
        if statements.activation is None:
            is_openai = is_script or "input_resolution" in tensors
            statements = Statements(statements.image, statements.text, _named_activation(weights, is_openai=is_openai))
    else:
        statements, preprocessing = Statements(), {}
    return Checkpoint(weights, form, tensors, statements, preprocessing)


def _weights_file(path: Path) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise ModelError(f"{path} does not exist.", zh=f"{path} 不存在。", path=str(path))
    if not (path / "config.json").is_file() and (path / "open_clip_config.json").is_file():
        known = [path / name for name in _OPENCLIP_WEIGHTS]
    else:
        known = [path / name for name in _HF_WEIGHTS]
    found = [file for file in known if file.is_file()]
    if found:
        return found[0]
    others = sorted(file for file in path.iterdir() if file.suffix in _WEIGHT_ENDINGS)
    if len(others) == 1:
        return others[0]
    listed = ", ".join(file.name for file in others or sorted(path.iterdir())[:8]) or "nothing"
    raise ModelError(
        f"{path} has no weights that can be told apart: looked for {', '.join(_HF_WEIGHTS)} or one .pt file, "
        f"found {listed}. Name the file itself.",
        zh=f"在 {path} 中无法确定权重文件：应有 {'、'.join(_HF_WEIGHTS)} 或唯一的 .pt 文件，"
        f"实际有 {listed}。请直接指定文件。",
        path=str(path),
    )


def _read(weights: Path) -> tuple[Mapping[str, StoredTensor], bool]:
    if weights.name.endswith(".index.json"):
        return read_sharded_safetensors(weights), False
    if weights.suffix == ".safetensors":
        return read_safetensors(weights), False
    found = read_torch_file(weights)
    return found.tensors, found.is_script


def _json_beside(weights: Path, name: str) -> Mapping[str, Any]:
    path = weights.parent / name
    if not path.is_file():
        return {}
    try:
        content = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise damaged(path, f"it is not JSON ({error})") from error
    if not isinstance(content, dict):
        raise damaged(path, "it is not a JSON object")
    return content


def _named_activation(weights: Path, *, is_openai: bool) -> Activation:
    if is_openai:
        return "quick_gelu"
    names = f"{weights.parent.name}/{weights.name}".lower().replace("_", "").replace("-", "")
    for word, activation in _NAMED_ACTIVATIONS:
        if word in names:
            return activation
    raise ModelError(
        f"{weights} does not tell whether it was trained with gelu or quick_gelu; the tensors are the same. "
        "State the activation: --activation gelu or --activation quick_gelu (models of OpenAI, MetaCLIP and DFN).",
        zh=f"无法判断 {weights} 训练时使用 gelu 还是 quick_gelu（两者张量相同）。"
        "请指明：--activation gelu 或 --activation quick_gelu（OpenAI、MetaCLIP、DFN 的模型）。",
        path=str(weights),
    )
