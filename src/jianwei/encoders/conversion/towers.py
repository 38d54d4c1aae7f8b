"""Write both towers of a model in the precision asked for, and measure what that precision costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jianwei.encoders.conversion.calibration import calibrate
from jianwei.encoders.conversion.graph import Graph
from jianwei.encoders.conversion.image_towers import add_image_tower
from jianwei.encoders.conversion.measuring import embeddings, mean_cosine
from jianwei.encoders.conversion.probes import prepare_probes
from jianwei.encoders.conversion.text_towers import add_text_tower
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from jianwei.encoders.conversion.architecture import Architecture
    from jianwei.encoders.conversion.stored_tensors import StoredTensor
    from jianwei.encoders.manifest import Manifest, Precision
    from jianwei.images.pixels import RgbPixels
    from jianwei.runtime.sessions import NamedInputs

FEWEST_PICTURES = 16
"""Half of them are calibrated on, the other half measured on; more are better, and cost only time at the import."""


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
        ModelError: int8 was asked for with too few pictures, or the towers cannot be run.
        OSError: the disk is full or cannot be written.
    """
    report("converting")
    if manifest.precision == "fp32":
        files = [file for tower in _towers(source) for file in tower.write(folder, Graph(source.tensors))]
        return WrittenTowers(tuple(files), None)
    if manifest.precision == "int8" and len(pictures) < FEWEST_PICTURES:
        raise _too_few(len(pictures))
    probes = prepare_probes(folder, manifest.image, manifest.text, pictures)
    inputs: tuple[NamedInputs, NamedInputs] = ({"pixels": probes.pixels}, {"token_ids": probes.token_ids})
    jobs = list(zip(_towers(source), inputs, strict=True))
    workspace = folder / "workspace"
    workspace.mkdir()
    files = []
    for tower, rows in jobs:
        files += tower.write(folder, _smaller_graph(source, tower, manifest.precision, rows, workspace))
    report("measuring")
    cosines = []
    for tower, rows in jobs:
        exact = tower.write(workspace, Graph(source.tensors))
        found = [embeddings(place / tower.file, _every_second(rows, 1)) for place in (folder, workspace)]
        cosines.append(mean_cosine(*found))
        for file in exact:
            file.unlink()
    workspace.rmdir()
    return WrittenTowers(tuple(files), sum(cosines) / len(cosines))


@dataclass(frozen=True, slots=True)
class _Tower:
    file: str
    build: Callable[[Graph], str]
    dims: int

    def write(self, folder: Path, graph: Graph) -> list[Path]:
        return graph.write(folder / self.file, self.build(graph), self.dims)


def _towers(source: TowerSource) -> tuple[_Tower, _Tower]:
    architecture = source.architecture
    return (
        _Tower("image.onnx", lambda graph: add_image_tower(graph, architecture.image), architecture.dims),
        _Tower("text.onnx", lambda graph: add_text_tower(graph, architecture), architecture.dims),
    )


def _smaller_graph(
    source: TowerSource, tower: _Tower, precision: Precision, rows: NamedInputs, workspace: Path
) -> Graph:
    if precision == "fp16":
        return Graph(source.tensors, weights="fp16")
    quantisation = calibrate(tower.build, source.tensors, _every_second(rows, 0), workspace)
    return Graph(source.tensors, weights="fp16", quantisation=quantisation)


def _every_second(rows: NamedInputs, start: int) -> NamedInputs:
    # What was calibrated on is not measured on.
    return {name: values[start::2] for name, values in rows.items()}


def _too_few(count: int) -> ModelError:
    return ModelError(
        f"int8 needs pictures of the kind that will be searched, at least {FEWEST_PICTURES}; {count} were given. "
        "Name a folder of them, or take fp16.",
        zh=f"int8 需要至少 {FEWEST_PICTURES} 张与检索对象同类的图片来校准，只给了 {count} 张。"
        "请指定图片文件夹，或改用 fp16。",
        count=count,
    )
