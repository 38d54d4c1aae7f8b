"""A Milvus for tests: Milvus Lite over a folder that goes with the tests, or the server that a variable names."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.waiting import until

from jianwei.indexes.milvus.address import parse_index_url
from jianwei.indexes.milvus.server import MilvusServer
from jianwei.indexes.milvus.states import MilvusStates

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER_VARIABLE = "JIANWEI_TEST_MILVUS"
"""The address of a real Milvus that the same tests run against, such as http://127.0.0.1:19530; unset: Milvus Lite."""


def need_lite() -> None:
    """Skip a test that needs Milvus Lite where it is not installed."""
    pytest.importorskip("pymilvus", reason="pymilvus is not installed (pip install 'pymilvus[milvus-lite]')")
    pytest.importorskip("milvus_lite", reason="Milvus Lite is not installed (pip install 'pymilvus[milvus-lite]')")


@contextmanager
def running_milvus() -> Iterator[MilvusServer]:
    """Lend a Milvus; skip the test that asks where there is none."""
    named = os.environ.get(SERVER_VARIABLE)
    if named:
        pytest.importorskip("pymilvus")
        server = MilvusServer(parse_index_url(named))
        yield server
        server.close()
        return
    need_lite()
    with tempfile.TemporaryDirectory(prefix="jw-milvus-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "lite.db"
        server = MilvusServer(parse_index_url(str(path)))
        yield server
        server.close()
        stop_lite(path)


def stop_lite(path: Path) -> None:
    """End the server of a Milvus Lite file, as the end of its process would."""
    from milvus_lite.server_manager import server_manager_instance

    server_manager_instance.release_server(str(path))


def new_states(server: MilvusServer) -> MilvusStates:
    """Return the rows of a library that is in no Milvus yet."""
    return MilvusStates(server, uuid.uuid4().hex[:12])


def drop_everything(states: MilvusStates) -> None:
    """Drop all collections of a library, so that a server of many tests stays small."""
    for name in states.server.call("list_collections"):
        if name.startswith(states.prefix):
            states.server.call("drop_collection", name)


class LiteProcess:
    """Milvus Lite as a server of its own on a port, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    @property
    def url(self) -> str:
        """The address for the settings."""
        return f"http://127.0.0.1:{self.port}/?timeout=20"

    def start(self) -> None:
        """Start it and wait until its port is open."""
        command = [sys.executable, "-m", "milvus_lite", "server"]
        command += ["--data-dir", str(self._folder), "--host", "127.0.0.1", "--port", str(self.port)]
        with (self._folder.parent / "milvus-lite.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        until(self._is_open, "Milvus Lite did not open its port", look_every_s=0.2)

    def _is_open(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder.parent / "milvus-lite.log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
