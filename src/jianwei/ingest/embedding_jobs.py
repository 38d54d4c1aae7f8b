"""What travels between the stages that fill vector spaces: what has no vector, its pixels, and what came of it.

`vectors` counts how many vectors a job is about: a picture that lacks one in two spaces counts twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels
    from jianwei.records import CaptionText, Failure, Picture, TitleText, VectorKind


@dataclass(frozen=True, slots=True)
class WantedPicture:
    """A picture without a vector in some of the spaces."""

    picture: Picture
    vectors: int


@dataclass(frozen=True, slots=True)
class WantedTitles:
    """Some titles without a vector in some of the spaces."""

    titles: tuple[TitleText, ...]
    vectors: int


@dataclass(frozen=True, slots=True)
class WantedCaptions:
    """Some captions without a vector in some of the spaces."""

    captions: tuple[CaptionText, ...]
    vectors: int


@dataclass(frozen=True, slots=True)
class LoadedPicture:
    """A picture whose bytes were read and decoded."""

    wanted: WantedPicture
    pixels: RgbPixels = field(repr=False)


@dataclass(frozen=True, slots=True)
class Encoded:
    """What came of some contents of one kind: rows by space, by the SHA-256 of the content."""

    kind: VectorKind
    vectors: int
    rows: Mapping[str, Mapping[str, NDArray[np.float32]]] = field(default_factory=dict, repr=False)
    failures: tuple[Failure, ...] = ()
    repaired: tuple[str, ...] = ()
    """Locations of the contents that have all their vectors now."""
