"""Connects to the very address that was checked, and keeps every wait within one deadline.

A host name may resolve to a public address when it is checked and to a private one when it is used (DNS rebinding).
So the check sits where the connection is made: the name is resolved once, all its addresses are judged, and the
socket goes to one of those. Host header, SNI and the certificate check keep the name, because the layers above never
learn the address. Through a proxy, which resolves names itself, only what the URL says can be judged here.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from typing import TYPE_CHECKING

import httpcore

from jianwei.ingest.fetching.addresses import is_public, written_address
from jianwei.ingest.fetching.refusals import refusal
from jianwei.runtime.network_words import in_words

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Sequence


class Deadline:
    """The moment at which the request of the current thread must be over. Each thread has its own."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def set(self, *, url: str, seconds: float, patience_s: float) -> None:
        """Start the clock of this thread; no single wait lasts longer than `patience_s`."""
        self._of_thread.url = url
        self._of_thread.until = time.monotonic() + seconds
        self._of_thread.patience_s = patience_s

    def left_s(self) -> float:
        """Return the seconds left, 0 or less when the time is over."""
        return float(self._of_thread.until - time.monotonic())

    def wait_s(self) -> float:
        """Return how long the next wait may last, above 0.

        Raises:
            httpcore.ReadTimeout: the time is over.
        """
        left = self.left_s()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for this URL is over")
        return min(left, float(self._of_thread.patience_s))

    @property
    def url(self) -> str:
        """The URL that this thread is reading, for messages."""
        return str(self._of_thread.url)


class CheckedBackend(httpcore.NetworkBackend):
    """Opens connections to public addresses only (or to all, where private ones are allowed).

    Raises:
        PictureFetchError: from `connect_tcp`, reason `private-address` or `unknown-host`.
    """

    def __init__(
        self, deadline: Deadline, *, allow_private: bool, resolve: Callable[[str, int], Sequence[str]] | None = None
    ) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
        self._resolve = resolve or resolve_host
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  # the deadline decides; the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve `host`, refuse it if any of its addresses is not public, connect to the first that answers."""
        addresses = self._checked_addresses(host, port)
        for number, address in enumerate(addresses, start=1):
            try:
                stream = self._sockets.connect_tcp(
                    address, port, self._deadline.wait_s(), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
            else:
                return _DeadlineStream(stream, self._deadline)
        raise httpcore.ConnectError(f"{host} has no address")

    def _checked_addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = _within(self._deadline.wait_s(), lambda: self._resolve(host, port))
        except (OSError, UnicodeError) as error:
            words = in_words(error)
            raise refusal("unknown-host", self._deadline.url, words.en, words.zh) from error
        refused = [address for address in addresses if not is_public(address)]
        if refused and not self._allow_private:
            raise refusal("private-address", self._deadline.url, refused[0])
        return addresses


class _DeadlineStream(httpcore.NetworkStream):
    """A connection whose every wait ends at the deadline of the thread that waits."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  # the deadline decides
        return self._stream.read(max_bytes, self._deadline.wait_s())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  # the deadline decides
        self._stream.write(buffer, self._deadline.wait_s())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  # the deadline decides
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.wait_s())
        return _DeadlineStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def check_name(host: str, url: str) -> None:
    """Refuse a host that says by itself that it is of this machine or its network: an address, or a name without dots.

    Raises:
        PictureFetchError: reason `private-address`.
    """
    address = written_address(host)
    name = host.rstrip(".").lower()
    is_inside = "." not in name or name.endswith((".localhost", ".local", ".internal"))
    if is_inside if address is None else not is_public(address):
        raise refusal("private-address", url, address or host)


def resolve_host(host: str, port: int) -> list[str]:
    """Return the addresses of a host in the order the system prefers.

    Raises:
        OSError: the name is not known.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _within(seconds: float, call: Callable[[], Sequence[str]]) -> Sequence[str]:
    """Run `call` for at most `seconds`: the system's resolver has no time-out of its own."""
    answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def answer() -> None:
        try:
            answers.put(call())
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=answer, name="resolve-host", daemon=True).start()
    try:
        result = answers.get(timeout=seconds)
    except queue.Empty as error:
        raise httpcore.ConnectTimeout("the name was not resolved in time") from error
    if isinstance(result, Exception):
        raise result
    return result
