"""What models promise: reading and encoding pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels
    from jianwei.records import OcrLine


class OcrEngine(Protocol):
    """Reads the text of pictures."""

    @property
    def model_id(self) -> str:
        """Name and revision of the models; results are stored under it and never computed twice."""
        ...

    @property
    def parallelism(self) -> int:
        """How many threads should call `read` at once to use the machine fully."""
        ...

    def read(self, pixels: RgbPixels) -> list[OcrLine]:
        """Return the lines of one picture of any size, in reading order, boxes in pixels of `pixels`.

        Safe to call from several threads at once. Empty when there is no text.

        Raises:
            ModelError: the model failed on this picture.
        """
        ...


class Encoder(Protocol):
    """Puts pictures and texts into one vector space. Safe to call from several threads at once."""

    @property
    def space(self) -> str:
        """Name of the space, `model@revision`; only vectors of the same space are comparable."""
        ...

    @property
    def dims(self) -> int:
        """Length of a vector."""
        ...

    def encode_images(self, pictures: Sequence[RgbPixels]) -> NDArray[np.float32]:
        """Return (n, dims) float32, unit rows, in the order given."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, dims) float32, unit rows, in the order given."""
        ...
