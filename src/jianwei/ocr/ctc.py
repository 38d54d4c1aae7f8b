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
    """What a line says. `confidence` is the mean probability of its characters, 0..1, and 0 where there are none.

    `headstand` is how likely the line stands on its head, 0..1; None where nothing speaks for or against it.
    """

    text: str
    confidence: float
    headstand: float | None = None


def decode_lines(probabilities: Batch, alphabet: Sequence[str]) -> list[Reading]:
    """Return the best reading of each of n lines from (n, columns, classes) probabilities.

    Class 0 is the blank; class k > 0 is `alphabet[k - 1]`. Of equally likely classes the first is taken.
    """
    classes = probabilities.argmax(axis=2)
    starts = _starts(classes)
    return _readings(classes, starts, probabilities[starts].max(axis=1), alphabet)


def decode_open_columns(logits: Batch, open_columns: NDArray[np.bool_], alphabet: Sequence[str]) -> list[Reading]:
    """Return the best reading of each of n lines of which only some columns were looked at; all others are blank.

    `open_columns` is (n, columns); `logits` has (classes,) for each open column, line by line, and may have more rows
    at its end. Else as with `decode_lines`.
    """
    classes = np.full(open_columns.shape, _BLANK)
    classes[open_columns] = logits[: np.count_nonzero(open_columns)].argmax(axis=1)
    starts = _starts(classes)
    rows = logits[starts[open_columns].nonzero()[0]]
    rows -= rows.max(axis=1, keepdims=True)
    return _readings(classes, starts, 1 / np.exp(rows, out=rows).sum(axis=1), alphabet)


def _starts(classes: NDArray[np.int_]) -> NDArray[np.bool_]:
    """Tell of each of (n, columns) classes whether a character begins there."""
    starts: NDArray[np.bool_] = classes != _BLANK
    starts[:, 1:] &= classes[:, 1:] != classes[:, :-1]
    return starts


def _readings(
    classes: NDArray[np.int_], starts: NDArray[np.bool_], probabilities: NDArray[np.float32], alphabet: Sequence[str]
) -> list[Reading]:
    """Return the reading of each line; `probabilities` are those of all starts, line by line."""
    readings = []
    ends = starts.sum(axis=1).cumsum()
    for line_classes, line_starts, end in zip(classes, starts, ends, strict=True):
        characters = line_classes[line_starts]
        text = "".join(alphabet[number - 1] for number in characters)
        readings.append(Reading(text, float(probabilities[end - len(characters) : end].mean()) if text else 0.0))
    return readings
