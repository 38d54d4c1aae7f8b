"""How a desk is served: where it listens, what it accepts. Chosen once by the command line."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Choices of one server.

    `host_names` are the names under which browsers may reach it beside its own address and the loopback names: a
    request for any other host is refused, so that a page elsewhere cannot reach a desk on loopback through DNS
    rebinding.
    `proxies` are addresses whose X-Forwarded-* headers are believed. `secure` marks cookies for HTTPS only.
    `processes` is how many serve the library together; what they share beside its databases lies in `shared_folder`,
    and `place` is that of this one among them, from 0.
    """

    host: str = "127.0.0.1"
    port: int = 8321
    host_names: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    secure: bool = False
    processes: int = 1
    shared_folder: Path | None = None
    place: int = 0

    @property
    def is_loopback(self) -> bool:
        """True when only this machine can reach the server."""
        return is_loopback(self.host)

    @property
    def searches_at_work(self) -> int:
        """How many searches one process works on at once: more than there are cores would only slow each other down."""
        cores = os.cpu_count() or 2
        return max(2, cores) if self.processes == 1 else -(-cores // self.processes)

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the server."""
        wildcard = self.host in ("0.0.0.0", "::", "")  # noqa: S104  # compared with, not bound to
        name = "127.0.0.1" if wildcard else self.host
        return f"{'https' if self.secure else 'http'}://{f'[{name}]' if ':' in name else name}:{self.port}"


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """True for `localhost` and addresses of the loopback network."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
