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

    from numpy.typing import NDArray

    from jianwei.runtime.sessions import Batch

_BLANK = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a line says. `confidence` is the mean probability of its characters, 0..1, and 0 where there are none."""

    text: str
    confidence: float


def decode_lines(scores: Batch, alphabet: Sequence[str], *, logits: bool = False) -> list[Reading]:
    """Return the best reading of each of n lines from (n, columns, classes) probabilities, or from their logits.

    Class 0 is the blank; class k > 0 is `alphabet[k - 1]`. Of equally likely classes the first is taken.
    """
    classes = scores.argmax(axis=2)
    starts = classes != _BLANK
    starts[:, 1:] &= classes[:, 1:] != classes[:, :-1]
    readings = []
    for line_scores, line_classes, line_starts in zip(scores, classes, starts, strict=True):
        characters = line_classes[line_starts]
        probabilities = _best_probabilities(line_scores[line_starts], logits=logits)
        text = "".join(alphabet[number - 1] for number in characters)
        readings.append(Reading(text, float(probabilities.mean()) if text else 0.0))
    return readings


def _best_probabilities(scores: Batch, *, logits: bool) -> NDArray[np.float32]:
    """Return the probability of the best class of each of (n, classes) scores."""
    best: NDArray[np.float32] = scores.max(axis=1)
    if logits:
        best = 1 / np.exp(scores - best[:, None]).sum(axis=1)
    return best
