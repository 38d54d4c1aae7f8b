"""What a model folder says of itself: everything needed to prepare inputs exactly as the model was trained.

A model folder holds `manifest.json`, one ONNX file per tower, and the tokenizer's own files:

    chinese-clip-vit-base-patch16/
      manifest.json
      image.onnx          pixels (batch, 3, height, width) float32 → embedding (batch, dims) float32, not normalised
      text.onnx           token_ids (batch, length) int64 [, attention_mask, the same shape] → embedding (batch, dims)
      vocab.txt | tokenizer.json | vocab.json + merges.txt

It leaves out how a checkpoint becomes such a folder, and how it is run.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import orjson

from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Family = Literal["clip", "chinese-clip", "siglip2"]
Precision = Literal["fp32", "fp16", "int8"]
Resize = Literal["squash", "crop"]
"""`squash` scales both sides to the size; `crop` scales the short side to it and cuts the middle."""

Tokenizer = Literal["wordpiece", "clip-bpe", "gemma"]

MANIFEST_FILE = "manifest.json"
MANIFEST_VERSION = 1


@dataclass(frozen=True, slots=True)
class ImageInput:
    """How a picture becomes pixels. `mean` and `std` apply to RGB in 0..1."""

    size_px: int
    resize: Resize
    resample: Literal["bicubic", "bilinear"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class TextInput:
    """How a text becomes token ids. `attention_mask` tells whether the text tower takes a mask beside the ids."""

    tokenizer: Tokenizer
    context_length: int
    pad_id: int
    attention_mask: bool


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model folder."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """One model folder. `name@revision` is the name of its vector space."""

    name: str
    revision: str
    """First 12 characters of a hash over the towers as they were trained; precision does not change it."""
    family: Family
    dims: int
    precision: Precision
    languages: tuple[str, ...]
    """Languages its texts may be in, best first: `zh`, `en`, or `multi` for any."""
    image: ImageInput
    text: TextInput
    source: str
    """Where the weights came from, for people: a hub id, a file name."""
    licence: str
    """As the source states it; empty when unknown."""
    files: dict[str, ModelFile] = field(default_factory=dict)
    logit_scale: float | None = None
    """The trained temperature: cosine × logit_scale are the logits. None when unknown."""
    cosine_to_fp32: float | None = None
    """Mean cosine between the vectors of these files and of the fp32 ones, measured at import; None for fp32."""
    unused_tensors: tuple[str, ...] = ()
    """Names of the source's tensors that neither tower uses, as the source has them."""
    source_files: dict[str, ModelFile] = field(default_factory=dict)
    """The files it was made from, with the checksums that their hub states; empty where nobody stated any."""

    @property
    def space(self) -> str:
        """Name of the vector space."""
        return f"{self.name}@{self.revision}"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a model folder; one that is there stays until the new one is whole."""
    content = {"version": MANIFEST_VERSION, **asdict(manifest)}
    aside = folder / f".{MANIFEST_FILE}.part"
    aside.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
    aside.replace(folder / MANIFEST_FILE)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a model folder.

    Raises:
        ModelError: there is none, it is damaged, or a newer Jianwei wrote it.
    """
    path = folder / MANIFEST_FILE
    try:
        content = orjson.loads(path.read_bytes())
        version = content.pop("version")
        if version == MANIFEST_VERSION:
            return Manifest(
                **{
                    **content,
                    "languages": tuple(content["languages"]),
                    "image": ImageInput(
                        **{
                            **content["image"],
                            "mean": tuple(content["image"]["mean"]),
                            "std": tuple(content["image"]["std"]),
                        }
                    ),
                    "text": TextInput(**content["text"]),
                    "unused_tensors": tuple(content.get("unused_tensors", ())),
                    "files": _model_files(content["files"]),
                    "source_files": _model_files(content.get("source_files", {})),
                }
            )
    except FileNotFoundError as error:
        raise ModelError(
            f"{folder} is not a model folder: it has no {MANIFEST_FILE}. Make one with: jianwei models import PATH",
            zh=f"{folder} 不是模型文件夹：缺少 {MANIFEST_FILE}。可以这样生成：jianwei models import 路径",
            path=str(folder),
        ) from error
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{path} is damaged ({error}). Import or pull the model again.",
            zh=f"{path} 已损坏（{error}）。请重新导入或下载该模型。",
            path=str(path),
        ) from error
    raise ModelError(
        f"{path} has version {version}; this Jianwei reads version {MANIFEST_VERSION}. Update Jianwei.",
        zh=f"{path} 的版本为 {version}；当前程序只支持版本 {MANIFEST_VERSION}。请升级 Jianwei。",
        path=str(path),
    )


def _model_files(entries: Mapping[str, dict[str, Any]]) -> dict[str, ModelFile]:
    return {name: ModelFile(**entry) for name, entry in entries.items()}


def file_entry(path: Path) -> ModelFile:
    """Hash and measure a file for a manifest."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return ModelFile(digest.hexdigest(), path.stat().st_size)


def check_files(folder: Path, manifest: Manifest) -> None:
    """Compare every file of a model folder with its manifest, by content.

    Raises:
        ModelError: a file is missing, incomplete or has changed; names it.
    """
    for name, entry in manifest.files.items():
        path = folder / name
        if not path.is_file() or file_entry(path) != entry:
            raise ModelError(
                f"{path} is missing, incomplete or has changed since it was imported. Import or pull the model again.",
                zh=f"{path} 缺失、不完整或在导入之后被改动。请重新导入或下载该模型。",
                path=str(path),
            )
