"""What a tokenizer makes of texts, and what each must offer. It has no behaviour beyond padding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Texts as token ids: (n, context_length) int64 ids, padded at the end, and (n,) int64 lengths without padding."""

    ids: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def mask(self) -> NDArray[np.int64]:
        """Return (n, context_length) int64: 1 for tokens, 0 for padding."""
        return (np.arange(self.ids.shape[1]) < self.lengths[:, None]).astype(np.int64)

    def rows(self, numbers: NDArray[np.intp], length: int) -> TokenBatch:
        """Return the given texts, cut after `length` tokens."""
        return TokenBatch(np.ascontiguousarray(self.ids[numbers, :length]), self.lengths[numbers])


class TextTokenizer(Protocol):
    """Cuts texts into the tokens of one model. Safe to call from several threads at once."""

    def encode(self, texts: Sequence[str]) -> TokenBatch:
        """Return the token ids of texts of any length, with the model's own start and end, cut to its context."""
        ...


def pad_tokens(rows: Sequence[Sequence[int]], *, context_length: int, pad_id: int) -> TokenBatch:
    """Return rows of at most `context_length` ids as one batch."""
    ids = np.full((len(rows), context_length), pad_id, np.int64)
    for target, row in zip(ids, rows, strict=True):
        target[: len(row)] = row
    return TokenBatch(ids, np.array([len(row) for row in rows], np.int64))
