"""Texts as counts of their short character runs, hashed into a fixed number of columns: features that need no model.

Characters instead of words, because sellers spell words apart and together; runs of one to three, since Chinese words
have one or two. Left out: how much each column counts, which follows from the listings that a probe learns from.
"""

from __future__ import annotations

import zlib
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from jianwei.text.fold import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

GRAM_COLUMNS = 2048
_RUNS = (1, 2, 3)
_LONGEST = 4000  # characters of one listing


def gram_rows(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return (n, `GRAM_COLUMNS`) float32, each row of length 1, or of length 0 for a text without letters or digits.

    A run that comes k times counts 1 + log k, into one column with a sign that both follow from its CRC-32. Source:
    Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (2009).
    """
    rows = np.zeros((len(texts), GRAM_COLUMNS), np.float32)
    for row, text in zip(rows, texts, strict=True):
        plain = "".join(character for character in fold(text[:_LONGEST]).text if character.isalnum())
        counts = Counter(plain[at : at + run] for run in _RUNS for at in range(len(plain) - run + 1))
        for gram, count in counts.items():
            number = zlib.crc32(gram.encode())
            row[number % GRAM_COLUMNS] += (1 + np.log(count)) * (1 if number >> 31 else -1)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), np.float32)
