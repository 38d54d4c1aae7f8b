"""From the recognition network's output to text.

The network gives, for each narrow column of a line, how likely each character is, with one extra class that means
"nothing new". The best class of each column is taken; runs of the same class are one character.

Source: Graves, Fernández, Gomez, Schmidhuber, "Connectionist Temporal Classification", ICML 2006, best path decoding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.runtime.sessions import Batch

_BLANK = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a line says. `confidence` is the mean probability of its characters, 0..1, and 0 where there are none."""

    text: str
    confidence: float


def decode_lines(probabilities: Batch, alphabet: Sequence[str]) -> list[Reading]:
    """Return the best reading of each of n lines from (n, columns, classes) probabilities.

    Class 0 is the blank; class k > 0 is `alphabet[k - 1]`. Of equally likely classes the first is taken.
    """
    classes = probabilities.argmax(axis=2)
    best = np.take_along_axis(probabilities, classes[:, :, None], axis=2)[:, :, 0]
    starts = classes != _BLANK
    starts[:, 1:] &= classes[:, 1:] != classes[:, :-1]
    readings = []
    for line_classes, line_best, line_starts in zip(classes, best, starts, strict=True):
        text = "".join(alphabet[number - 1] for number in line_classes[line_starts])
        readings.append(Reading(text, float(line_best[line_starts].mean()) if text else 0.0))
    return readings
