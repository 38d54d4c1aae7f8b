"""Sends the head of an answer together with the first part of its body: one packet instead of two.

uvicorn writes each by itself. Over a connection that is awake every write goes through the whole network stack, and
whoever asked is woken twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

_HEAD_BEGINS = b"HTTP/1."


class JoinedWrites:
    """A transport that keeps a head back until the next write, but not beyond what its loop does at the moment."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""

    def write(self, data: bytes) -> None:
        """Write some bytes, after the head that was kept back; another head is kept back."""
        head, self._head = self._head, b""
        if data.startswith(_HEAD_BEGINS) and not head:
            self._head = data
            self._loop.call_soon(self._send_head)  # an answer may begin with its head alone, and wait for the rest
        else:
            self._transport.write(head + data)

    def close(self) -> None:
        """Close the connection when all is sent."""
        self._send_head()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever else a transport has
        return getattr(self._transport, name)

    def _send_head(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)


class JoiningProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, over joined writes."""

    loop: asyncio.AbstractEventLoop

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as theirs is called
        """Begin with a new connection."""
        super().connection_made(cast("asyncio.Transport", JoinedWrites(transport, self.loop)))
