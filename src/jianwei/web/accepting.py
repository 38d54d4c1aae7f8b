"""Takes connections from the socket that several processes listen on: none takes many more than the others.

Whichever process wakes first takes a connection, which on a busy machine can be the same one each time, and a
connection stays where it is. Here a process that has more than another leaves the next one to that for a moment.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from jianwei.web.loads import Loads

LOG = logging.getLogger("jianwei.web")
_LEAVE_S = 0.005  # for so long a connection is left to others, and then looked for again
_MOST_LEFT = 20  # the others may hang: nobody waits longer than a tenth of a second for them
_PAUSE_S = 1.0  # when no connection can be taken, for want of file descriptors say


class Acceptor:
    """Takes connections until it is cancelled; `connections` counts those that there are."""

    def __init__(
        self,
        listening: socket.socket,
        make_protocol: Callable[[], asyncio.Protocol],
        loads: Loads,
        connections: Callable[[], int],
    ) -> None:
        self._listening = listening
        self._make_protocol = make_protocol
        self._loads = loads
        self._connections = connections

    def note(self) -> None:
        """Tell the other processes how many connections there are."""
        self._loads.note_connections(self._connections())

    async def run(self) -> None:
        """Take what comes."""
        self._listening.settimeout(0)
        left = 0
        while True:
            await self._somebody_comes()
            if left < _MOST_LEFT and self._has_more_than_another():
                left += 1
                await asyncio.sleep(_LEAVE_S)
                continue
            left = 0
            await self._take()
            self.note()

    async def _take(self) -> None:
        try:
            connection, _ = self._listening.accept()
        except BlockingIOError:  # another process was faster
            return
        except OSError as error:
            LOG.warning("no connection can be taken", extra={"reason": str(error)})
            await asyncio.sleep(_PAUSE_S)
            return
        connection.settimeout(0)
        with suppress(OSError):  # gone already
            await asyncio.get_running_loop().connect_accepted_socket(self._make_protocol, connection)

    async def _somebody_comes(self) -> None:
        loop = asyncio.get_running_loop()
        coming: asyncio.Future[None] = loop.create_future()

        def came() -> None:
            if not coming.done():
                coming.set_result(None)

        loop.add_reader(self._listening, came)
        try:
            await coming
        finally:
            loop.remove_reader(self._listening)

    def _has_more_than_another(self) -> bool:
        own = self._connections()
        return any(own > others for others, _ in self._loads.connections_of_others())
