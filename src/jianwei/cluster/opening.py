"""Opens the cluster for one ingest: sizes the workers, starts them, and checks that they are what they should be."""

from __future__ import annotations

import math
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jianwei.cluster.encoder import RayEncoder
from jianwei.cluster.pool import ActorPool
from jianwei.cluster.reader import RayReader
from jianwei.cluster.session import LOCAL, ray_session
from jianwei.cluster.workers import EncodingWorker, ReadingWorker, Refusal
from jianwei.errors import ClusterError, ModelError
from jianwei.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jianwei.cluster.workers import Ready
    from jianwei.settings import Settings

_READER_BYTES = 1_000_000_000  # OCR of a large picture; Ray starts no more workers on a machine than fit

_Ray = Any


@dataclass(frozen=True, slots=True)
class ClusterTools:
    """What an ingest uses of a cluster."""

    reader: RayReader
    encoders: tuple[RayEncoder, ...]


@contextmanager
def open_cluster(settings: Settings, *, models: Sequence[str], readers: int = 0) -> Iterator[ClusterTools]:
    """Start the workers of an ingest and end them afterwards.

    Args:
        settings: `ray_address` names the cluster; empty means one on this machine.
        models: the encoders that are wanted, by the names of their folders, which every machine must have.
        readers: how many reading workers; 0 for what the settings say.

    Raises:
        MissingPackageError: Ray is not installed.
        ClusterError: the cluster cannot be reached, is too small, or has another version of Jianwei.
        ModelError: a worker cannot load a model.
    """
    with ray_session(settings.ray_address or LOCAL) as ray, ExitStack() as closing:
        free = ray.available_resources()
        encoder_pools = [_encoders(ray, settings, model, closing) for model in models]
        count = readers or settings.ray_readers or reader_count(free, settings, models=len(models))
        reader_pool = _readers(ray, settings, count, closing)
        encoders = []
        for pool in encoder_pools:
            ready = _same(pool.everyone("ready"))
            encoders.append(RayEncoder(pool, space=ready.name or "", dims=ready.dims))
        model_id = _same(reader_pool.everyone("ready")).name
        yield ClusterTools(RayReader(reader_pool, model_id=model_id), tuple(encoders))


def reader_count(free: Mapping[str, float], settings: Settings, *, models: int) -> int:
    """Return how many reading workers fit beside the encoding ones into what a cluster has free, at least 1."""
    cpus = free.get("CPU", 0.0) - models * max(1, settings.ray_encoders) * settings.ray_encoder_cpus
    counts = [cpus / max(settings.ray_reader_cpus, 0.01)]
    if needed := _reader_bytes(settings):
        counts.append(free.get("memory", 0.0) / needed)
    return max(1, math.floor(min(counts)))


def _reader_bytes(settings: Settings) -> int:
    return 0 if settings.ocr_engine == "off" else _READER_BYTES


def _readers(ray: _Ray, settings: Settings, size: int, closing: ExitStack) -> ActorPool:
    _require(ray, {"CPU": settings.ray_reader_cpus, "memory": _reader_bytes(settings)})
    options = {
        "num_cpus": settings.ray_reader_cpus,
        "memory": _reader_bytes(settings),
        "max_restarts": 0,  # the pool replaces them, and knows what killed them
    }
    actor = ray.remote(ReadingWorker).options(**options)
    cores = max(1, round(settings.ray_reader_cpus))
    pool = ActorPool(
        ray, lambda: actor.remote(settings.ocr_engine, cores=cores, max_pixels=settings.max_picture_pixels), size
    )
    closing.callback(pool.close)
    return pool


def _encoders(ray: _Ray, settings: Settings, model: str, closing: ExitStack) -> ActorPool:
    wanted = {"CPU": settings.ray_encoder_cpus, "GPU": settings.ray_encoder_gpus}
    _require(ray, wanted)
    options = {"num_cpus": wanted["CPU"], "num_gpus": wanted["GPU"], "max_restarts": 0}
    actor = ray.remote(EncodingWorker).options(**options)
    cores = max(1, round(settings.ray_encoder_cpus))
    pool = ActorPool(
        ray, lambda: actor.remote(settings.models_folder, model, cores=cores), max(1, settings.ray_encoders)
    )
    closing.callback(pool.close)
    return pool


def _require(ray: _Ray, wanted: Mapping[str, float]) -> None:
    """Refuse what the whole cluster could never give: Ray itself would wait for it.

    Raises:
        ClusterError: it has less of something.
    """
    total = ray.cluster_resources()
    for name, amount in wanted.items():
        if total.get(name, 0.0) < amount:
            raise _too_small(name, amount, total.get(name, 0.0))


def _same(answers: Sequence[Ready | Refusal]) -> Ready:
    """Return what all workers say of themselves.

    Raises:
        ModelError: one of them cannot load its model.
        ClusterError: they differ, from this process or from each other.
    """
    for answer in answers:
        if isinstance(answer, Refusal):
            raise ModelError(answer.message, zh=answer.message_zh)
    found = {answer for answer in answers if not isinstance(answer, Refusal)}
    first = next(iter(found))
    if len(found) > 1 or first.version != __version__:
        described = "; ".join(sorted(f"{answer.version} {answer.name}" for answer in found))
        raise ClusterError(
            f"The machines of the cluster have other versions or models: {described}; here is {__version__}. "
            "Install the same version of Jianwei and the same models on all of them.",
            zh=f"集群各机器的版本或模型不一致：{described}；本机为 {__version__}。"
            "请在所有机器上安装相同版本的见微和相同的模型。",
        )
    return first


def _too_small(name: str, wanted: float, there: float) -> ClusterError:
    return ClusterError(
        f"A worker wants {wanted:g} {name}, and the whole Ray cluster has {there:g}. Set JIANWEI_RAY_READER_CPUS, "
        "JIANWEI_RAY_ENCODER_CPUS or JIANWEI_RAY_ENCODER_GPUS to less, or add machines.",
        zh=f"一个工作进程需要 {wanted:g} 个 {name}，而整个 Ray 集群只有 {there:g} 个。请调小 JIANWEI_RAY_READER_CPUS、"
        "JIANWEI_RAY_ENCODER_CPUS 或 JIANWEI_RAY_ENCODER_GPUS，或增加机器。",
        resource=name,
    )
