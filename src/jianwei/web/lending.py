"""Searches that one process of a server gives to another: whoever comes while here is work there need not wait.

Connections stay with the process that took them, and people do not come evenly; so one process has a queue while
another has nothing to do. A search that comes then goes to the other one over a Unix socket, as the query it is, and
comes back as the bytes of its answer; whoever asked, the audit log and the limits stay here. It is only ever an
advantage that is lost: where the other process does not answer, has died or says no, the search is made here.
"""

from __future__ import annotations

import asyncio
import logging
import struct
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from jianwei.web.loads import Loads

LOG = logging.getLogger("jianwei.web")
LOADS_FILE = "loads"
"""Where the processes of one server tell how many searches they have at hand, in their shared folder."""

_LENGTH = struct.Struct("<I")  # bytes of a question
_HEAD = struct.Struct("<Iq")  # bytes of an answer, and how many listings were found in all
_REFUSED = -1
_BUFFER_BYTES = 1 << 20  # more than an answer has, so that it comes in one piece
_PATIENCE_S = 20.0  # as long as a search may wait for its turn
_SHUNNED_S = 10.0  # so long nothing goes to a process that did not answer
_LONG = 8  # where a queue is so long too, in turns, it does not matter who is asked, and carrying costs


@dataclass(frozen=True, slots=True)
class Lent:
    """The answer of another process: the bytes for whoever asked, and how many listings were found in all."""

    body: bytes
    total: int


class Lending:
    """What one process lends and borrows. To be opened in the event loop that it is used in, and closed there.

    `answer` makes an answer for another process; whatever it raises is found out by that one itself.
    """

    def __init__(
        self, loads: Loads, folder: Path, place: int, *, at_work: int, answer: Callable[[bytes], Awaitable[Lent]]
    ) -> None:
        self._loads = loads
        self._folder = folder
        self._place = place
        self._at_work = at_work
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._guests: set[asyncio.StreamWriter] = set()
        self._lent: Counter[int] = Counter()  # to whom, and not answered yet
        self._shunned_until_s: dict[int, float] = {}
        self._idle: defaultdict[int, list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = defaultdict(list)

    async def open(self) -> None:
        """Let others ask here. Where that cannot be, nobody does; it is logged."""
        path = self._path(self._place)
        path.unlink(missing_ok=True)  # of a process that died here
        try:
            self._server = await asyncio.start_unix_server(self._host, str(path), limit=_BUFFER_BYTES)
        except OSError as error:  # a path may be too long for a socket
            LOG.warning("searches are not lent", extra={"reason": str(error)})
            return
        self._loads.note_searches(0)

    async def close(self) -> None:
        """Let nobody ask any more, and end all connections."""
        self._loads.note_gone()
        if self._server is not None:
            self._server.close()
        for writer in [*self._guests, *(writer for links in self._idle.values() for _, writer in links)]:
            writer.close()
        self._idle.clear()

    def borrower(self) -> int | None:
        """Return the place of a process that a search which comes now should rather go to; None for this one."""
        here = self._loads.searches
        if self._server is None or here < self._at_work:
            return None
        # What is on its way there does not stand in its number yet; and a process that hangs never notes it.
        now_s = time.monotonic()
        others = [
            (max(there, self._lent[place]), place)
            for there, place in self._loads.searches_of_others()
            if self._shunned_until_s.get(place, 0.0) <= now_s
        ]
        if not others:
            return None
        there, place = min(others)
        is_shorter = here - there >= 2 and there < _LONG * self._at_work
        return place if there < self._at_work or is_shorter else None

    async def answered_by(self, place: int, asked: bytes) -> Lent | None:
        """Return what another process answers; None where the search has to be made here."""
        writer = None
        self._lent[place] += 1
        try:
            async with asyncio.timeout(_PATIENCE_S):
                reader, writer = await self._link(place)
                writer.write(_LENGTH.pack(len(asked)) + asked)
                size, total = _HEAD.unpack(await reader.readexactly(_HEAD.size))
                body = await reader.readexactly(size)
        except (OSError, EOFError) as error:
            # Who hangs is left alone for a while; who has died says so at once, and another comes in its place.
            if isinstance(error, TimeoutError):
                self._shunned_until_s[place] = time.monotonic() + _SHUNNED_S
            for _, old in self._idle.pop(place, ()):
                old.close()
            if writer is not None:
                writer.close()
            return None
        except BaseException:  # whoever asked has gone: what comes now must not be taken for another answer
            if writer is not None:
                writer.close()
            raise
        finally:
            self._lent[place] -= 1
        self._idle[place].append((reader, writer))
        return None if total == _REFUSED else Lent(body, total)

    async def _link(self, place: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        links = self._idle[place]
        if links:
            return links.pop()
        return await asyncio.open_unix_connection(str(self._path(place)), limit=_BUFFER_BYTES)

    async def _host(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one other process, one search after the other."""
        self._guests.add(writer)
        try:
            with suppress(OSError, EOFError):
                while True:
                    (size,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
                    lent = await self._answered(await reader.readexactly(size))
                    writer.write(_HEAD.pack(len(lent.body), lent.total) + lent.body)
                    await writer.drain()
        finally:
            self._guests.discard(writer)
            writer.close()

    async def _answered(self, asked: bytes) -> Lent:
        try:
            return await self._answer(asked)
        except Exception:  # noqa: BLE001  # the other one makes the search itself, and tells what is wrong with it
            return Lent(b"", _REFUSED)

    def _path(self, place: int) -> Path:
        return self._folder / f"searches-{place}"
