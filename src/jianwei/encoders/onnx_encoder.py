"""The encoder of a model folder: pictures and texts through its two towers to unit vectors.

Texts are sorted by length and each batch is only as long as its longest text where the tower allows it: a search word
of four characters then costs a tenth of a full context. Left out: reading the folder.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from jianwei.encoders.pixels import prepare_pictures
from jianwei.encoders.unit_rows import unit_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.encoders.manifest import Manifest
    from jianwei.encoders.token_batch import TextTokenizer, TokenBatch
    from jianwei.encoders.tower import Tower
    from jianwei.images.pixels import RgbPixels
    from jianwei.runtime.sessions import NamedInputs


class OnnxEncoder:
    """Encodes with the towers of one model folder. Safe to call from several threads at once."""

    def __init__(self, manifest: Manifest, *, image: Tower, text: Tower, tokenizer: TextTokenizer) -> None:
        self._manifest = manifest
        self._image = image
        self._text = text
        self._tokenizer = tokenizer

    @property
    def manifest(self) -> Manifest:
        """What the model folder says of itself."""
        return self._manifest

    @property
    def space(self) -> str:
        """Name of the space, `model@revision`."""
        return self._manifest.space

    @property
    def dims(self) -> int:
        """Length of a vector."""
        return self._manifest.dims

    def encode_images(self, pictures: Sequence[RgbPixels]) -> NDArray[np.float32]:
        """Return (n, dims) float32, unit rows, in the order given; (0, dims) for no pictures.

        Raises:
            ModelError: an array is not a picture, or the network failed.
        """
        size = self._image.batch_size(len(pictures))
        batches = [partial(self._pixels, pictures[start : start + size]) for start in range(0, len(pictures), size)]
        return self._unit_rows(self._image.embed(batches), "picture", "图片")

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, dims) float32, unit rows, in the order given; (0, dims) for no texts.

        An empty text has the vector that the model gives to no words; it means little.

        Raises:
            ModelError: the network failed.
        """
        if not texts:
            return np.empty((0, self.dims), np.float32)
        tokens = self._tokenizer.encode(texts)
        order = np.argsort(tokens.lengths, kind="stable")
        size = self._text.batch_size(len(order))
        batches = [partial(self._tokens, tokens, order[start : start + size]) for start in range(0, len(order), size)]
        sorted_rows = self._unit_rows(self._text.embed(batches), "text", "文本")
        rows = np.empty_like(sorted_rows)
        rows[order] = sorted_rows
        return rows

    def close(self) -> None:
        """End the threads. Closing twice does nothing."""
        self._image.close()
        self._text.close()

    def _pixels(self, pictures: Sequence[RgbPixels]) -> NamedInputs:
        return {"pixels": prepare_pictures(pictures, self._manifest.image)}

    def _tokens(self, tokens: TokenBatch, numbers: NDArray[np.intp]) -> NamedInputs:
        # A tower whose length is fixed takes the whole context; so does one that was trained to look at the padding.
        fixed = self._text.session.inputs["token_ids"][1] is not None or self._manifest.family == "siglip2"
        longest = int(tokens.lengths[numbers].max())
        batch = tokens.rows(numbers, tokens.ids.shape[1] if fixed else longest)
        inputs = {"token_ids": batch.ids}
        if self._manifest.text.attention_mask:
            inputs["attention_mask"] = batch.mask()
        return inputs

    def _unit_rows(self, parts: list[NDArray[np.float32]], what: str, what_zh: str) -> NDArray[np.float32]:
        rows = np.concatenate(parts) if parts else np.empty((0, self.dims), np.float32)
        return unit_rows(rows, dims=self.dims, space=self.space, what=what, what_zh=what_zh)
