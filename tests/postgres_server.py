"""A real PostgreSQL server for tests: Debian's package, in a folder of its own, gone with the tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "geheim-密"  # of a server that lives for minutes
_START_S = 60
_STARTS = 3
_FAST = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=60")


@dataclass(frozen=True)
class PostgresServer:
    """A running server with one database, `jianwei`, whose own order of text is that of English, not of bytes."""

    folder: Path
    port: int
    pg_ctl: Path
    user: str | None

    def url(self, schema: str = "jianwei") -> str:
        """Return the URL through the Unix socket, which asks for no password."""
        return f"postgresql://jianwei@/jianwei?host={self.folder}&schema={schema}&port={self.port}"

    def tcp_url(self, password: str = PASSWORD, *, schema: str = "jianwei", query: str = "") -> str:
        """Return the URL through TCP, which does."""
        return f"postgresql://jianwei:{password}@127.0.0.1:{self.port}/jianwei?schema={schema}{query}"

    def restart(self) -> None:
        """Stop the server at once, as a crash would, and start it again."""
        self.control("stop", "-m", "immediate")
        self.control("start", "-l", str(self.folder / "log"))

    def control(self, *arguments: str) -> None:
        """Run pg_ctl and wait until it has done so."""
        command = [str(self.pg_ctl), *arguments, "-w", "-t", str(_START_S), "-D", str(self.folder / "data")]
        subprocess.run(command, check=True, capture_output=True, user=self.user, timeout=2 * _START_S)


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Start a server; skip the test that asks where PostgreSQL is not installed."""
    pytest.importorskip("pg8000")
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="jw-pg-"))
    # PostgreSQL refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    server = PostgresServer(folder, _free_port(), programs / "pg_ctl", user)
    try:
        _initialise(programs / "initdb", server)
        server = _started(server)
        try:
            yield server
        finally:
            server.control("stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(server: PostgresServer) -> PostgresServer:
    """Start the server; on another port where somebody has taken its own meanwhile."""
    for _ in range(_STARTS - 1):
        try:
            server.control("start", "-l", str(server.folder / "log"))
        except subprocess.CalledProcessError:
            server = replace(server, port=_free_port())
            with (server.folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
                file.write(f"port={server.port}\n")
        else:
            return server
    server.control("start", "-l", str(server.folder / "log"))
    return server


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found and shutil.which("pg_ctl"):
        return Path(found).parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return debian[-1].parent if debian else None


def _initialise(initdb: Path, server: PostgresServer) -> None:
    password_file = server.folder / "password"
    password_file.write_text(PASSWORD, encoding="utf-8")
    password_file.chmod(0o644)
    command = [
        *(str(initdb), "--no-sync", "-U", "jianwei", "--encoding=UTF8", "--locale=C.UTF-8"),
        *("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password_file}"),
        *("-D", str(server.folder / "data")),
    ]
    icu = ["--locale-provider=icu", "--icu-locale=en-US"]
    finished = subprocess.run([*command, *icu], capture_output=True, user=server.user, check=False)
    if finished.returncode:  # older than 15, or built without ICU
        subprocess.run(command, check=True, capture_output=True, user=server.user)
    lines = [*_FAST, f"port={server.port}", "listen_addresses='127.0.0.1'"]
    lines.append(f"unix_socket_directories='{server.folder}'")
    with (server.folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\n".join(["", *lines, ""]))
    single = [str(initdb.with_name("postgres")), "--single", "-D", str(server.folder / "data"), "template1"]
    subprocess.run(single, input=b"CREATE DATABASE jianwei\n", check=True, capture_output=True, user=server.user)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
