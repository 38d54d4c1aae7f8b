"""Models, their files and their measurements as JSON objects; the field names are a promise, as in `json_shapes.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import TypedDict

if TYPE_CHECKING:
    from jianwei.encoders.hub.bench import BenchResult
    from jianwei.encoders.hub.installed import CheckedFile, InstalledModel
    from jianwei.encoders.hub.known_models import KnownModel
    from jianwei.library.remote_model import ConfiguredRemote


class ModelJson(TypedDict):
    """One model that is here. Of a damaged one `problem` says why, and what its manifest would tell is null."""

    name: str
    folder: str
    size_bytes: int
    problem: str | None
    problem_zh: str | None
    space: str | None
    family: str | None
    languages: list[str]
    dims: int | None
    precision: str | None
    picture_px: int | None
    context_length: int | None
    source: str | None
    licence: str | None
    cosine_to_fp32: float | None
    unused_tensors: list[str]


class RemoteModelJson(TypedDict):
    """The model behind the embedding server of the settings; `problem` says why it cannot be used, else null."""

    name: str
    space: str
    server: str
    dialect: str
    languages: list[str]
    problem: str | None
    problem_zh: str | None


class ModelFileJson(TypedDict):
    """One file of a model as its manifest states it; `status` is there, ok, missing or changed."""

    name: str
    sha256: str
    size_bytes: int
    status: str


class KnownModelJson(TypedDict):
    """One model that can be pulled by name; a hub that is not known to have it is empty."""

    name: str
    family: str | None
    languages: list[str]
    dims: int
    licence: str
    huggingface: str
    modelscope: str
    approximate_bytes: int
    is_there: bool


class BenchJson(TypedDict):
    """How fast a model ran on `cores` cores; latencies are those of one text alone."""

    space: str
    precision: str
    cores: int
    load_s: float
    pictures: int
    pictures_per_s: float
    texts: int
    texts_per_s: float
    text_p50_ms: float
    text_p99_ms: float


def model_json(model: InstalledModel) -> ModelJson:
    """Return a model that is here; of a damaged one only what can be told without its manifest."""
    manifest = model.manifest
    return {
        "name": model.name,
        "folder": str(model.folder),
        "size_bytes": model.size_bytes,
        "problem": None if model.problem is None else model.problem.message,
        "problem_zh": None if model.problem is None else model.problem.message_zh,
        "space": None if manifest is None else manifest.space,
        "family": None if manifest is None else manifest.family,
        "languages": [] if manifest is None else list(manifest.languages),
        "dims": None if manifest is None else manifest.dims,
        "precision": None if manifest is None else manifest.precision,
        "picture_px": None if manifest is None else manifest.image.size_px,
        "context_length": None if manifest is None else manifest.text.context_length,
        "source": None if manifest is None else manifest.source,
        "licence": None if manifest is None else manifest.licence,
        "cosine_to_fp32": None if manifest is None else manifest.cosine_to_fp32,
        "unused_tensors": [] if manifest is None else list(manifest.unused_tensors),
    }


def remote_model_json(remote: ConfiguredRemote) -> RemoteModelJson:
    """Return the model behind the embedding server of the settings."""
    return {
        "name": remote.name,
        "space": remote.space,
        "server": remote.server,
        "dialect": remote.dialect,
        "languages": list(remote.languages),
        "problem": None if remote.problem is None else remote.problem.message,
        "problem_zh": None if remote.problem is None else remote.problem.message_zh,
    }


def model_file_json(file: CheckedFile) -> ModelFileJson:
    """Return one file of a model and what was found of it."""
    return {
        "name": file.name,
        "sha256": file.stated.sha256,
        "size_bytes": file.stated.size_bytes,
        "status": file.status,
    }


def known_model_json(model: KnownModel, *, is_there: bool) -> KnownModelJson:
    """Return a model that can be pulled by name."""
    return {
        "name": model.name,
        "family": model.family,
        "languages": list(model.languages),
        "dims": model.dims,
        "licence": model.licence,
        "huggingface": model.huggingface,
        "modelscope": model.modelscope,
        "approximate_bytes": model.approximate_bytes,
        "is_there": is_there,
    }


def bench_json(result: BenchResult) -> BenchJson:
    """Return how fast a model ran; rates to a tenth, times to a thousandth."""
    return {
        "space": result.space,
        "precision": result.precision,
        "cores": result.cores,
        "load_s": round(result.load_s, 3),
        "pictures": result.pictures,
        "pictures_per_s": round(result.pictures_per_s, 1),
        "texts": result.texts,
        "texts_per_s": round(result.texts_per_s, 1),
        "text_p50_ms": round(result.text_p50_ms, 3),
        "text_p99_ms": round(result.text_p99_ms, 3),
    }
