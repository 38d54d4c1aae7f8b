"""The encoder behind an HTTP endpoint, with the same promises as a local one: unit rows in order, or an error.

Several requests run at once, because each waits for the network most of the time. Left out: running the model.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from jianwei.encoders.remote.answers import read_vectors
from jianwei.encoders.remote.requests import picture_body, request_size, text_body
from jianwei.encoders.unit_rows import unit_rows
from jianwei.runtime.interruption import InterruptionNotice, in_threads
from jianwei.runtime.json_transport import JsonTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from jianwei.encoders.remote.endpoint import Endpoint
    from jianwei.images.pixels import RgbPixels

_PROBE = "商品 product"
_Item = TypeVar("_Item")


class RemoteEncoder:
    """Encodes with a model on a server. Safe to call from several threads at once."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Prepare connections; none is opened yet.

        Raises:
            ModelError: the address is not one of HTTP.
        """
        self._endpoint = endpoint
        self._transport = JsonTransport(endpoint.server)
        self._workers = ThreadPoolExecutor(max(1, endpoint.concurrency), thread_name_prefix="encode-remote")
        self._dims = endpoint.dims
        self._lock = threading.Lock()

    @property
    def space(self) -> str:
        """Name of the space, `remote:model@revision`."""
        return self._endpoint.space

    @property
    def dims(self) -> int:
        """Length of a vector; the server is asked once where the endpoint does not say.

        Raises:
            ModelError: the server cannot be reached or does not answer with vectors.
        """
        known = self._dims
        return known if known is not None else self._learned(self._ask(text_body([_PROBE], self._endpoint), 1))

    def encode_images(self, pictures: Sequence[RgbPixels]) -> NDArray[np.float32]:
        """Return (n, dims) float32, unit rows, in the order given; (0, dims) for no pictures.

        Raises:
            ModelError: the server cannot be reached, refused a request, stayed busy, or answered nonsense.
        """
        return self._encode(pictures, picture_body, "picture", "图片")

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, dims) float32, unit rows, in the order given; (0, dims) for no texts.

        Raises:
            ModelError: the server cannot be reached, refused a request, stayed busy, or answered nonsense.
        """
        return self._encode(texts, text_body, "text", "文本")

    def close(self) -> None:
        """Wait for requests under way and close the connections."""
        self._workers.shutdown(cancel_futures=True)
        self._transport.close()

    def _encode(
        self,
        items: Sequence[_Item],
        word: Callable[[Sequence[_Item], Endpoint], dict[str, object]],
        what: str,
        what_zh: str,
    ) -> NDArray[np.float32]:
        def send(part: Sequence[_Item]) -> NDArray[np.float32]:
            rows = self._ask(word(part, self._endpoint), len(part))
            return unit_rows(rows, dims=self._learned(rows), space=self.space, what=what, what_zh=what_zh)

        size = request_size(self._endpoint)
        parts = [items[start : start + size] for start in range(0, len(items), size)]
        with InterruptionNotice() as interruption:
            rows = in_threads(self._workers, send, parts, interruption)
        return np.concatenate(rows) if rows else np.empty((0, self.dims), np.float32)

    def _ask(self, body: dict[str, object], count: int) -> NDArray[np.float32]:
        return read_vectors(self._transport.post(body), count=count, server=self._transport.server)

    def _learned(self, rows: NDArray[np.float32]) -> int:
        with self._lock:
            if self._dims is None:
                self._dims = rows.shape[1]
            return self._dims
