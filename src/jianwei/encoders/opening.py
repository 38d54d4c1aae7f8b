"""Opens the encoder of a model folder: reads the manifest, picks the runtime, divides the cores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from jianwei.encoders.manifest import read_manifest
from jianwei.encoders.onnx_encoder import OnnxEncoder
from jianwei.encoders.tower import Tower, TowerPlan
from jianwei.encoders.vocabulary import open_tokenizer
from jianwei.errors import ModelError
from jianwei.runtime.cores import usable_cores
from jianwei.runtime.opening import choose_runtime

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.encoders.manifest import Manifest
    from jianwei.runtime.opening import RuntimeName
    from jianwei.runtime.sessions import Arithmetic

IMAGE_FILE = "image.onnx"
TEXT_FILE = "text.onnx"


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
    plan = TowerPlan(choose_runtime(runtime), streams=cores, cores=cores, arithmetic=arithmetic)
    return OnnxEncoder(
        manifest,
        image=Tower(folder / IMAGE_FILE, plan),
        text=Tower(folder / TEXT_FILE, plan),
        tokenizer=open_tokenizer(folder, manifest.text),
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
