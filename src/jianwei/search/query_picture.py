"""What a query picture contributes: its perceptual hashes and the words read on it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jianwei.text.query_syntax import Term, Words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jianwei.images.local_features import Features
    from jianwei.images.pixels import RgbPixels
    from jianwei.records import OcrLine
    from jianwei.text.query_syntax import QueryNode

_MOST_LINES = 12  # the largest lines of a picture name the product; the small print is shared by too many
_LONGEST_LINE = 60
_MIN_CONFIDENCE = 0.7  # below this, OCR of decoration yields characters that are not there


@dataclass(frozen=True, slots=True)
class QueryPicture:
    """A picture as a query.

    `hashes` are the (m, 32) PDQ hashes to look for, the first of the picture as it is, others of its turned and
    mirrored versions; (0, 32) where the picture is too plain for one. `lines` were read on it. `pixels` are
    needed to look for it in vector spaces. `features` are its local features at two sizes, also mirrored.
    """

    hashes: NDArray[np.uint8] = field(repr=False)
    lines: tuple[OcrLine, ...]
    pixels: RgbPixels | None = field(default=None, repr=False)
    features: tuple[Features, ...] = field(default=(), repr=False)

    def words(self) -> tuple[str, ...]:
        """Return the lines worth searching for, largest type first, at most 12 of at most 60 characters."""
        legible = [line for line in self.lines if line.confidence >= _MIN_CONFIDENCE and len(line.text.strip()) > 1]
        largest = sorted(legible, key=_height_px, reverse=True)[:_MOST_LINES]
        return tuple(dict.fromkeys(line.text.strip()[:_LONGEST_LINE] for line in largest))

    def query(self) -> QueryNode | None:
        """Return a query for the words of the picture; None where it has none."""
        words = self.words()
        return Words(tuple(Term(word) for word in words)) if words else None


def _height_px(line: OcrLine) -> float:
    (left, top), _, _, (bottom_left, bottom) = line.box
    return math.hypot(left - bottom_left, top - bottom)
