"""Write both towers of a model in the precision asked for, and measure what that precision costs."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jianwei.encoders.conversion.graph import Graph
from jianwei.encoders.conversion.image_towers import add_image_tower
from jianwei.encoders.conversion.measuring import embeddings, mean_cosine
from jianwei.encoders.conversion.probes import prepare_probes
from jianwei.encoders.conversion.text_towers import add_text_tower

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from jianwei.encoders.conversion.architecture import Architecture
    from jianwei.encoders.conversion.graph import WeightType
    from jianwei.encoders.conversion.probes import Probes
    from jianwei.encoders.conversion.stored_tensors import StoredTensor
    from jianwei.encoders.manifest import Manifest
    from jianwei.images.pixels import RgbPixels
    from jianwei.runtime.sessions import NamedInputs

_IMAGE_FILE, _TEXT_FILE = "image.onnx", "text.onnx"


@dataclass(frozen=True, slots=True)
class TowerSource:
    """The tensors of a model under our names, all of them and no others, and its architecture."""

    tensors: Mapping[str, StoredTensor]
    architecture: Architecture


@dataclass(frozen=True, slots=True)
class WrittenTowers:
    """The files of both towers, and their mean cosine to float32; None for float32 itself."""

    files: tuple[Path, ...]
    cosine_to_fp32: float | None


def write_towers(
    folder: Path,
    source: TowerSource,
    manifest: Manifest,
    pictures: Sequence[RgbPixels],
    report: Callable[[Literal["converting", "measuring"]], None],
) -> WrittenTowers:
    """Write image.onnx and text.onnx into `folder`, which has the tokenizer's files already.

    Raises:
        ModelError: the towers cannot be run to measure them.
        OSError: the disk is full or cannot be written.
    """
    report("converting")
    if manifest.precision == "fp32":
        return WrittenTowers(_write_both(folder, source, "fp32"), None)
    files = _write_both(folder, source, "fp16")
    report("measuring")
    probes = prepare_probes(folder, manifest.image, manifest.text, pictures)
    return WrittenTowers(files, _cosine(folder, source, probes))


def _write_both(folder: Path, source: TowerSource, weights: WeightType) -> tuple[Path, ...]:
    architecture = source.architecture
    image, text = Graph(source.tensors, weights=weights), Graph(source.tensors, weights=weights)
    return (
        *image.write(folder / _IMAGE_FILE, add_image_tower(image, architecture.image), architecture.dims),
        *text.write(folder / _TEXT_FILE, add_text_tower(text, architecture), architecture.dims),
    )


def _cosine(folder: Path, source: TowerSource, probes: Probes) -> float:
    exact = folder / "fp32"
    exact.mkdir()
    _write_both(exact, source, "fp32")
    inputs: dict[str, NamedInputs] = {
        _IMAGE_FILE: {"pixels": probes.pixels},
        _TEXT_FILE: {"token_ids": probes.token_ids},
    }
    cosines = [
        mean_cosine(embeddings(folder / file, rows), embeddings(exact / file, rows)) for file, rows in inputs.items()
    ]
    shutil.rmtree(exact)
    return sum(cosines) / len(cosines)
