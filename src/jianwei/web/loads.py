"""How busy each process of a server is, where all of them see it.

Two numbers for each process in a small file that all map into their memory: searches at hand, at work and waiting
together; and connections. Each writes its own only, so nobody has to hold the others off; what another reads may be a
moment old.
"""

from __future__ import annotations

import mmap
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_NUMBERS = 2
_NUMBER_BYTES = 8
_NOBODY = -1  # no process is there, or it does not answer yet


class Loads:
    """The numbers of all processes, and the place of one's own among them."""

    def __init__(self, file: Path, place: int) -> None:
        with file.open("r+b") as opened:
            self._table = mmap.mmap(opened.fileno(), 0)
        self._numbers = memoryview(self._table).cast("q")
        self._places = len(self._numbers) // _NUMBERS
        self._place = place

    @staticmethod
    def make_file(file: Path, processes: int) -> None:
        """Make the file, with nobody there."""
        nobody = _NOBODY.to_bytes(_NUMBER_BYTES, "little", signed=True)
        file.write_bytes(nobody * _NUMBERS * processes)

    @property
    def searches(self) -> int:
        """How many searches this process has at hand."""
        return self._numbers[_NUMBERS * self._place]

    def note_searches(self, at_hand: int) -> None:
        """Tell the others how many searches this process has at hand; does nothing once it is closed."""
        self._note(0, at_hand)

    def note_connections(self, count: int) -> None:
        """Tell the others how many connections this process has; does nothing once it is closed."""
        self._note(1, count)

    def searches_of_others(self) -> list[tuple[int, int]]:
        """Return (searches at hand, place) of each other process that answers searches."""
        return self._of_others(0)

    def connections_of_others(self) -> list[tuple[int, int]]:
        """Return (connections, place) of each other process that takes connections."""
        return self._of_others(1)

    def note_gone(self) -> None:
        """Tell the others that nobody is here."""
        self.note_searches(_NOBODY)
        self.note_connections(_NOBODY)

    def close(self) -> None:
        """Tell that nobody is here, and release the file. Closing twice does nothing."""
        self.note_gone()
        self._numbers.release()
        self._table.close()

    def _note(self, which: int, number: int) -> None:
        with suppress(ValueError):  # closed: a search may end after the server
            self._numbers[_NUMBERS * self._place + which] = number

    def _of_others(self, which: int) -> list[tuple[int, int]]:
        numbers = [(self._numbers[_NUMBERS * place + which], place) for place in range(self._places)]
        return [(number, place) for number, place in numbers if place != self._place and number != _NOBODY]
