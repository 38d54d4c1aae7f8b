"""Reads pictures on the cluster: what `ingest` sees of it is an ordinary `PictureReader`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from jianwei.cluster.pool import MOST_DEATHS, KilledWorkersError
from jianwei.cluster.workers import Refusal
from jianwei.errors import PictureDecodeError

if TYPE_CHECKING:
    from jianwei.cluster.pool import ActorPool
    from jianwei.images.pixels import RgbPixels
    from jianwei.ports.reading import PictureReading


@dataclass(frozen=True, slots=True)
class DistantPixels:
    """Pixels that stay in the object store of the cluster, on the machine where they were decoded."""

    reference: Any = field(repr=False)
    nbytes: int


class RayReader:
    """Sends pictures to the reading workers, one picture a call; as many threads may call as there are workers."""

    def __init__(self, pool: ActorPool, *, model_id: str | None) -> None:
        self._pool = pool
        self._model_id = model_id

    @property
    def model_id(self) -> str | None:
        """The OCR model of the workers, None where pictures are not read."""
        return self._model_id

    @property
    def parallelism(self) -> int:
        """One thread for each worker: it waits while the worker works."""
        return self._pool.size

    def read(self, data: bytes, sha256: str, *, name: str, keep_pixels: bool) -> PictureReading:
        """Read one picture; one that killed several workers is a failure of its own.

        Raises:
            PictureDecodeError: it cannot be decoded, or it kills whoever reads it.
            ClusterError: workers die and nothing gets read any more.
        """
        try:
            if not keep_pixels:
                return _accepted(self._pool.call("read", data, sha256, name))
            (answer, nbytes), reference = self._pool.call("read_for_encoding", data, sha256, name, kept=1)
        except KilledWorkersError as error:
            raise PictureDecodeError(
                f"{name} was given up: {MOST_DEATHS} workers of the cluster died or fell silent while they read it. "
                "Look at it, and at the memory of the machines; --retry-failed tries it again.",
                zh=f"已放弃 {name}：有 {MOST_DEATHS} 个集群工作进程在读取它时退出或无响应。"
                "请检查该图片和各机器的内存；可用 --retry-failed 重试。",
                reason="worker-died",
                location=name,
            ) from error
        # It stands for pixels: only an encoder of the cluster looks into it.
        return replace(_accepted(answer), pixels=cast("RgbPixels", DistantPixels(reference, nbytes)))


def _accepted(answer: PictureReading | Refusal) -> PictureReading:
    if isinstance(answer, Refusal):
        raise PictureDecodeError(answer.message, zh=answer.message_zh, reason=answer.reason)
    return answer
