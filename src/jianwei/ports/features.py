"""What is promised for finding copies by local features: what is stored of a picture, and the index over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.images.local_features import Features


@dataclass(frozen=True, slots=True)
class FeatureHit:
    """One picture that may show what the query shows. `votes` counts features of the query that it may have too."""

    picture_no: int
    votes: int


class FeatureReader(Protocol):
    """Reading the local features that a catalog holds."""

    def picture_features(self, picture_nos: Sequence[int]) -> dict[int, Features]:
        """Return the features of the pictures that have some."""
        ...


class FeatureWriter(Protocol):
    """Writing local features, inside one transaction of the catalog."""

    def put_features(self, picture_no: int, features: Features) -> None:
        """Store the features of a picture in place of those it had; a picture without any keeps none."""
        ...


class FeatureIndex(Protocol):
    """Which pictures may be copies of one, by the few features that tell most. What it finds is still to be matched."""

    @property
    def sequence(self) -> int:
        """The catalog change up to which the index is complete."""
        ...

    def apply(
        self, picture_nos: NDArray[np.int64], rows: NDArray[np.uint8], *, deleted: Sequence[int], sequence: int
    ) -> None:
        """Insert or replace the (n, width) rows of pictures, remove others, record `sequence`; then visible."""
        ...

    def search(self, features: Features, *, limit: int) -> list[FeatureHit]:
        """Return the pictures with the most votes, ties by `picture_no`; two votes are the least that count."""
        ...

    def close(self) -> None:
        """Release files."""
        ...
