"""One vector space as a search uses it: how a query becomes a vector there, and where the vectors of a library lie.

Several spaces may stand side by side, one for each active model. The façade makes them; nothing here knows which
encoder or index is behind one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels
    from jianwei.ports import VectorIndex


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """The space of one active model. Vectors of different spaces are never comparable."""

    name: str
    """`model@revision`."""

    languages: tuple[str, ...]
    """Languages its texts may be in, best first: `zh`, `en`, or `multi` for any."""

    encode_text: Callable[[str], NDArray[np.float32]]
    """Return the (1, dims) unit row of a text. The model loads at the first call. Raises ModelError."""

    encode_picture: Callable[[RgbPixels], NDArray[np.float32]]
    """Return the (1, dims) unit row of a picture. The model loads at the first call. Raises ModelError."""

    pictures: VectorIndex
    """Pictures by `picture_no`."""

    titles: VectorIndex
    """Titles by `listing_no`."""

    captions: VectorIndex | None = None
    """Captions by `picture_no`, where any have vectors."""
