"""Models as `models list` and its neighbours answer them, for the tests of shapes and pages."""

from __future__ import annotations

from pathlib import Path

from jianwei.encoders.hub.bench import BenchResult
from jianwei.encoders.hub.installed import CheckedFile, FileStatus, InstalledModel
from jianwei.encoders.manifest import ImageInput, Manifest, ModelFile, TextInput
from jianwei.errors import ModelError


def a_manifest() -> Manifest:
    return Manifest(
        name="chinese-clip-vit-base-patch16",
        revision="0123456789ab",
        family="chinese-clip",
        dims=512,
        precision="int8",
        languages=("zh",),
        image=ImageInput(224, "squash", "bicubic", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
        text=TextInput("wordpiece", 52, 0, attention_mask=False),
        source="https://hub.example/OFA-Sys/chinese-clip-vit-base-patch16@36e679e65c2a",
        licence="apache-2.0",
        files={"image.onnx": ModelFile("ab" * 32, 90_000_000)},
        cosine_to_fp32=0.99312,
        unused_tensors=tuple(f"bert.pooler.dense.{number}" for number in range(5)),
    )


def a_model(name: str = "chinese-clip-vit-base-patch16") -> InstalledModel:
    return InstalledModel(name, Path("/models") / name, a_manifest(), None, 190_000_000)


def a_damaged_model() -> InstalledModel:
    problem = ModelError("The manifest is damaged. Pull the model again.", zh="清单已损坏。请重新下载该模型。")
    return InstalledModel("broken", Path("/models/broken"), None, problem, 5)


def a_checked_file(status: FileStatus = "ok") -> CheckedFile:
    return CheckedFile("image.onnx", ModelFile("ab" * 32, 90_000_000), status)


def a_bench() -> BenchResult:
    return BenchResult("chinese-clip-vit-base-patch16@0123456789ab", "fp32", 2, 1.5, 64, 11.24, 320, 140.5, 8.4, 12.9)
