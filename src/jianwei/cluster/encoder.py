"""Encodes on the cluster: an `Encoder` whose pixels may never have been in this process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from jianwei.cluster.pool import MOST_DEATHS, KilledWorkersError
from jianwei.cluster.reader import DistantPixels
from jianwei.cluster.workers import Refusal
from jianwei.errors import ClusterError, ModelError
from jianwei.runtime.interruption import InterruptionNotice, in_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.cluster.pool import ActorPool
    from jianwei.images.pixels import RgbPixels

_Kind = Literal["pictures", "texts"]


class RayEncoder:
    """Divides what is to be encoded among the encoding workers of one model."""

    def __init__(self, pool: ActorPool, *, space: str, dims: int) -> None:
        self._pool = pool
        self._space = space
        self._dims = dims

    @property
    def space(self) -> str:
        """Name of the space, `model@revision`."""
        return self._space

    @property
    def dims(self) -> int:
        """Length of a vector."""
        return self._dims

    def encode_images(self, pictures: Sequence[RgbPixels]) -> NDArray[np.float32]:
        """Return (n, dims) float32, unit rows, in the order given.

        Raises:
            ModelError: the network failed, killed its workers, or pixels were lost with a machine.
            ClusterError: workers die and nothing gets encoded any more.
        """
        return self._encode("pictures", pictures)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, dims) float32, unit rows, in the order given.

        Raises:
            ModelError: the network failed, or killed its workers.
            ClusterError: workers die and nothing gets encoded any more.
        """
        return self._encode("texts", texts)

    def _encode(self, kind: _Kind, items: Sequence[RgbPixels | str]) -> NDArray[np.float32]:
        if not items:
            return np.empty((0, self._dims), np.float32)
        count = min(self._pool.size, len(items))
        parts = [items[len(items) * at // count : len(items) * (at + 1) // count] for at in range(count)]
        with InterruptionNotice() as interruption, ThreadPoolExecutor(count) as threads:
            return np.concatenate(in_threads(threads, partial(self._part, kind), parts, interruption))

    def _part(self, kind: _Kind, items: Sequence[RgbPixels | str]) -> NDArray[np.float32]:
        # References go as arguments of their own: Ray brings what they stand for only then.
        sent = [item.reference if isinstance(item, DistantPixels) else item for item in items]
        try:
            answer = self._pool.call("encode", kind, *sent)
        except KilledWorkersError as error:
            raise ModelError(
                f"{MOST_DEATHS} workers of the cluster died while {self._space} encoded {len(items)} {kind}.",
                zh=f"{self._space} 编码 {len(items)} 项内容时，有 {MOST_DEATHS} 个集群工作进程退出。",
            ) from error
        except ClusterError as error:
            if "ObjectLost" not in error.message and "OwnerDied" not in error.message:
                raise
            raise ModelError(
                f"The pixels of {len(items)} pictures were lost with a machine of the cluster. jianwei embed makes the "
                "missing vectors.",
                zh=f"有 {len(items)} 张图片的像素随集群中的一台机器丢失。可用 jianwei embed 补上缺少的向量。",
            ) from error
        if isinstance(answer, Refusal):
            raise ModelError(answer.message, zh=answer.message_zh)
        rows: NDArray[np.float32] = answer
        return rows
