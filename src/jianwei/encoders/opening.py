"""Opens the encoder of a model folder: reads the manifest, picks the runtime, divides the cores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from jianwei.encoders.manifest import read_manifest
from jianwei.encoders.onnx_encoder import OnnxEncoder
from jianwei.encoders.tower import Tower, TowerPlan
from jianwei.encoders.vocabulary import open_tokenizer
from jianwei.errors import ModelError
from jianwei.runtime.cores import usable_cores
from jianwei.runtime.onnxruntime_session import cuda_is_available
from jianwei.runtime.opening import choose_runtime

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.encoders.manifest import Manifest
    from jianwei.runtime.opening import RuntimeName
    from jianwei.runtime.sessions import Arithmetic

IMAGE_FILE = "image.onnx"
TEXT_FILE = "text.onnx"

_MOST_IMAGE_STREAMS = 8
"""One core per batch of pictures is fastest, but each batch under way takes some 100 MB."""
_PICTURES_AT_ONCE = 8
"""32 at once are hardly faster with one stream per core, and take four times the memory (docs/encoders.md)."""
_CORES_PER_TEXT_STREAM = 4
"""A query is one text and its answer is waited for: several cores share it, at a sixth less throughput."""
_TEXTS_AT_ONCE = 64
"""Short texts make small matrices: 64 at once are 1.2 times as fast as 16."""
_CUDA_STREAMS = 4
"""Pictures of one batch are prepared while another is on the device."""
_CUDA_BATCH = 64


def open_encoder(
    folder: Path,
    *,
    runtime: RuntimeName | Literal["auto"] = "auto",
    threads: int | None = None,
    arithmetic: Arithmetic = "auto",
) -> OnnxEncoder:
    """Open a model folder; each tower loads when it is first used.

    `auto` takes ONNX Runtime where it is installed with CUDA, OpenVINO on x86 processors and ONNX Runtime elsewhere.
    `threads` is how many cores to use, None for all of this process. `arithmetic` of "fp32" forbids the runtime to
    calculate in a shorter type. Files are compared with the manifest by size; `check_files` compares their content.

    Raises:
        ModelError: the folder is not a model folder, or a file of it is missing, incomplete or damaged.
        MissingPackageError: the runtime's package is not installed.
    """
    manifest = read_manifest(folder)
    _check_sizes(folder, manifest)
    cores = usable_cores() if threads is None else max(1, threads)
    image_plan, text_plan = plan_towers(choose_encoder_runtime(runtime), cores, arithmetic)
    return OnnxEncoder(
        manifest,
        image=Tower(folder / IMAGE_FILE, image_plan),
        text=Tower(folder / TEXT_FILE, text_plan),
        tokenizer=open_tokenizer(folder, manifest.text),
    )


def choose_encoder_runtime(name: RuntimeName | Literal["auto"]) -> RuntimeName:
    """Return the runtime meant by `name`: `auto` prefers a CUDA device to what `choose_runtime` would take."""
    if name == "auto" and cuda_is_available():
        return "onnxruntime-cuda"
    return choose_runtime(name)


def plan_towers(runtime: RuntimeName, cores: int, arithmetic: Arithmetic) -> tuple[TowerPlan, TowerPlan]:
    """Return how the tower for pictures and the one for texts should run."""
    if runtime == "onnxruntime-cuda":
        plan = TowerPlan(runtime, min(cores, _CUDA_STREAMS), cores, arithmetic, _CUDA_BATCH)
        return plan, plan
    image_streams, text_streams = min(cores, _MOST_IMAGE_STREAMS), max(1, cores // _CORES_PER_TEXT_STREAM)
    return (
        TowerPlan(runtime, image_streams, cores, arithmetic, _PICTURES_AT_ONCE),
        TowerPlan(runtime, text_streams, cores, arithmetic, _TEXTS_AT_ONCE),
    )


def _check_sizes(folder: Path, manifest: Manifest) -> None:
    for name, entry in manifest.files.items():
        path = folder / name
        size_bytes = path.stat().st_size if path.is_file() else None
        if size_bytes != entry.size_bytes:
            found = "is missing" if size_bytes is None else f"has {size_bytes} bytes instead of {entry.size_bytes}"
            found_zh = "不存在" if size_bytes is None else f"大小为 {size_bytes} 字节，应为 {entry.size_bytes} 字节"
            raise ModelError(
                f"{path} {found}. Import or pull the model again.",
                zh=f"{path} {found_zh}。请重新导入或下载该模型。",
                path=str(path),
            )
