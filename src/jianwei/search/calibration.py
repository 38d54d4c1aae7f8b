"""The curves that turn a channel's score into a probability of relevance, and the threshold for folding hits away.

What a curve reads is comparable between queries: of words the share of the query that stands there (0 and up), of text
read on a query picture how many of its lines stand there, each by its rarity, of hashes 1 − distance / 256, of vectors
how many deviations a cosine stands above those of unrelated things. A library may have curves of its own, learnt by
`jianwei tune`; the defaults below serve until then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from jianwei.fusion.calibrated import Curve

if TYPE_CHECKING:
    from collections.abc import Mapping

CurveName = Literal[
    "words:text",
    "words:text:title",
    "words:text:spec",
    "words:text:ocr",
    "words:text:caption",
    "words:text:sound",
    "words:vector:picture",
    "words:vector:title",
    "words:vector:caption",
    "picture:lines:ocr",
    "picture:hash",
    "picture:copy",
    "picture:vector:picture",
    "picture:vector:title",
    "picture:vector:caption",
]
"""What is asked, and the channel. `words:text` is all that a listing says, wherever it says it: words scattered over
title and pictures count together there."""

DEFAULT_CURVES: dict[str, Curve] = {
    # Set by hand after looking at the words of the sample set, where learning does no better: docs/search.md.
    "words:text": Curve(slope=14.0, middle=0.62, top=0.85),
    "words:text:title": Curve(slope=14.0, middle=0.62, top=0.4),
    "words:text:spec": Curve(slope=14.0, middle=0.62, top=0.3),
    "words:text:ocr": Curve(slope=14.0, middle=0.62, top=0.4),
    "words:text:caption": Curve(slope=14.0, middle=0.62, top=0.3),
    "words:text:sound": Curve(slope=14.0, middle=0.62, top=0.4),
    # By pairs of 642 real pictures, of one product or of two: see docs/search.md.
    "picture:lines:ocr": Curve(slope=6.0, middle=0.65, top=0.85),
    # Distances of at most 31 of 256 count as the same picture: source: PDQ reference, "The TMK+PDQF Video-Hashing
    # Algorithm and the PDQ Image-Hashing Algorithm", 2019. Up to 44 it is more likely than not.
    "picture:hash": Curve(slope=56.0, middle=1.0 - 44 / 256, top=0.99),
    # Set by hand from what docs/copies.md measures: three of four crops by 15 % reach 0.66, a tenth of all pictures has
    # a related one at 0.5.
    "picture:copy": Curve(slope=12.0, middle=0.5, top=0.97),
    # Not learnt: no judged query with vectors is shipped. A few hundred vectors reach three deviations by chance, a
    # million nearly five, so only what stands out is believed, and meaning alone never makes sure.
    "words:vector:picture": Curve(slope=2.0, middle=3.5, top=0.6),
    "words:vector:title": Curve(slope=2.0, middle=3.5, top=0.6),
    "words:vector:caption": Curve(slope=2.0, middle=3.5, top=0.6),
    "picture:vector:picture": Curve(slope=2.0, middle=4.0, top=0.8),
    "picture:vector:title": Curve(slope=2.0, middle=4.0, top=0.5),
    "picture:vector:caption": Curve(slope=2.0, middle=4.0, top=0.5),
}

DEFAULT_MIN_RELEVANCE = 0.2
"""Analysts would rather look at a doubtful hit than miss one; see docs/search.md for what this folds away."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Curves and threshold of one library. Curves of single spaces, `name@space`, go before those of all spaces."""

    curves: Mapping[str, Curve] = field(default_factory=dict)
    min_relevance: float = DEFAULT_MIN_RELEVANCE

    def curve(self, name: str, space: str = "") -> Curve:
        """Return the curve of a channel, in a space where it has one."""
        return self.curves.get(f"{name}@{space}") or self.curves.get(name) or DEFAULT_CURVES[name]
