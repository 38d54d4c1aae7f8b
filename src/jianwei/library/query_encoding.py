"""Vectors of queries: texts that are asked at the same time are encoded together, and what was asked is remembered.

A batch is not waited for. While one batch is being encoded the texts that come gather, and go together when it is done:
alone a query waits for nobody, and under load a batch grows to what has come. The same text is encoded once however
many ask for it at once. People page, filter and search again, so most queries were asked before.
"""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from jianwei.runtime.recently_used import RecentlyUsed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels

    EncodeTexts = Callable[[Sequence[str]], NDArray[np.float32]]
    EncodePictures = Callable[[Sequence[RgbPixels]], NDArray[np.float32]]

_REMEMBERED = 4096  # rows of 512 numbers: 8 MB
_MOST_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class EncodedQueries:
    """What became of queries so far: `remembered` ones cost nothing, `encoded` ones went in `batches`."""

    remembered: int = 0
    encoded: int = 0
    batches: int = 0

    def __add__(self, other: EncodedQueries) -> EncodedQueries:
        """Return both together."""
        return EncodedQueries(
            self.remembered + other.remembered, self.encoded + other.encoded, self.batches + other.batches
        )


class QueryEncoder:
    """The queries of one vector space. Safe to use from several threads; several share a batch.

    Args:
        texts: gives (n, dims) unit rows for n texts.
        pictures: gives (n, dims) unit rows for n pictures.
        at_once: batches of texts on their way at the same time: 1 for a model here, which takes all cores; more for a
            server elsewhere, which one waits for.
    """

    def __init__(self, *, texts: EncodeTexts, pictures: EncodePictures, at_once: int = 1) -> None:
        self._encode_texts = texts
        self._encode_pictures = pictures
        self._turn = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._rows: RecentlyUsed[NDArray[np.float32]] = RecentlyUsed(_REMEMBERED)
        self._coming: dict[str, Future[NDArray[np.float32]]] = {}
        self._gathered: dict[str, None] = {}  # in the order of arrival
        self._counts = EncodedQueries()

    @property
    def counts(self) -> EncodedQueries:
        """What became of the queries so far."""
        return self._counts

    @property
    def waiting(self) -> int:
        """How many texts have gathered for the next batch."""
        return len(self._gathered)

    def text(self, text: str) -> NDArray[np.float32]:
        """Return the (1, dims) unit row of a text.

        Raises:
            ModelError: the model failed; everybody in the batch is told, and the next call tries again.
        """
        with self._lock:
            known = self._rows.get(text)
            if known is not None:
                self._counts += EncodedQueries(remembered=1)
                return known
            coming = self._coming.get(text)
            if coming is None:
                coming = self._coming[text] = Future()
                self._gathered[text] = None
            else:
                self._counts += EncodedQueries(remembered=1)
        while text in self._gathered:
            with self._turn:
                if text in self._gathered:  # else another thread has taken it meanwhile
                    self._encode_gathered()
        return coming.result()

    def picture(self, pixels: RgbPixels) -> NDArray[np.float32]:
        """Return the (1, dims) unit row of a picture.

        Raises:
            ModelError: the model failed.
        """
        key = (pixels.shape, hashlib.blake2b(pixels.tobytes(), digest_size=16).digest())
        known = self._rows.get(key)
        row = self._encode_pictures([pixels]) if known is None else known
        with self._lock:
            self._counts += EncodedQueries(remembered=1) if known is not None else EncodedQueries(0, 1, 1)
        self._rows.put(key, row)
        return row

    def _encode_gathered(self) -> None:
        """Encode what has gathered, in one batch, and give everybody theirs."""
        with self._lock:
            texts = list(islice(self._gathered, _MOST_TOGETHER))
            for text in texts:
                del self._gathered[text]
            self._counts += EncodedQueries(encoded=len(texts), batches=1)
        try:
            rows = self._encode_texts(texts)
        except BaseException as error:  # noqa: BLE001  # whoever waits is told, this thread too
            for text in texts:
                self._arrived(text).set_exception(error)
            return
        for place, text in enumerate(texts):
            row = rows[place : place + 1].copy()  # not a view, which would keep the whole batch
            row.setflags(write=False)
            self._rows.put(text, row)
            self._arrived(text).set_result(row)

    def _arrived(self, text: str) -> Future[NDArray[np.float32]]:
        with self._lock:
            return self._coming.pop(text)
