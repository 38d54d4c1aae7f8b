"""A server that speaks S3 over a socket, in a process of its own: moto, which keeps objects in memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY, SECRET = "AKIATESTKEY", "very-secret-9f1c"
_START_S = 60
_SERVE = "import sys; from moto.server import main; main(['-H', '127.0.0.1', '-p', sys.argv[1]])"


@dataclass(frozen=True)
class S3Server:
    """A running server."""

    port: int

    @property
    def address(self) -> str:
        """The base address of its HTTP interface."""
        return f"http://127.0.0.1:{self.port}"

    def url(self, bucket: str, prefix: str = "") -> str:
        """Return the URL of a place, with the credentials in it."""
        return f"s3://{bucket}{prefix}?endpoint_url={self.address}&key={KEY}&secret={SECRET}"

    def new_bucket(self) -> str:
        """Make a bucket that nobody has used."""
        name = f"pictures-{uuid.uuid4().hex[:12]}"
        with urlopen(Request(f"{self.address}/{name}", method="PUT"), timeout=30):
            return name


@contextmanager
def running_s3() -> Iterator[S3Server]:
    """Start a server; skip the test that asks where moto is not installed."""
    pytest.importorskip("moto")
    pytest.importorskip("s3fs")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-c", _SERVE, str(port)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "NO_PROXY": "*"}
    )
    try:
        _wait(port, process)
        yield S3Server(port)
    finally:
        process.kill()
        process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/", timeout=10):
                return
        except (URLError, OSError):
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
