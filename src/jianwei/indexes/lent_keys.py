"""What an index made of the keys that a search is restricted to, kept for the next search with the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

Made = TypeVar("Made")

_FILTERS_KEPT = 8
"""A mask takes a byte and a bit for each row, so these take 8 MB over a million vectors; the hashes of a tenth of a
million pictures 3 MB."""


class LentKeys(Generic[Made]):
    """What was made of the last keys that were lent; safe to use from several threads.

    The catalog lends one and the same array to all who filter alike, as long as nothing changes, and nobody may write
    into it; so does a search of the keys that it samples. Such an array is known again by its identity; what is made of
    any other is not kept.
    """

    def __init__(self) -> None:
        self._kept: tuple[tuple[NDArray[np.int64], Made], ...] = ()

    def made_of(self, keys: NDArray[np.int64], make: Callable[[NDArray[np.int64]], Made]) -> Made:
        """Return what `make` gives for some keys, which may have been made before."""
        for known, made in self._kept:
            if known is keys:
                return made
        made = make(keys)
        if not keys.flags.writeable:
            self._kept = ((keys, made), *self._kept[: _FILTERS_KEPT - 1])
        return made
