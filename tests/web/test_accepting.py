"""Processes that listen on one socket take about as many connections each, and nobody waits for one that hangs."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import pytest
from tests.waiting import PATIENCE_S

from jianwei.web import accepting as accepting_module
from jianwei.web.accepting import Acceptor
from jianwei.web.lending import LOADS_FILE
from jianwei.web.loads import Loads
from jianwei.web.options import ServeOptions
from jianwei.web.serving import listening_on

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class Process:
    """One that takes connections, as a server process does."""

    def __init__(self, listening: socket.socket, folder: Path, place: int) -> None:
        self.loads = Loads(folder / LOADS_FILE, place)
        self.taken: list[asyncio.BaseTransport] = []
        self._listening = listening.dup()
        self._acceptor = Acceptor(self._listening, self._protocol, self.loads, lambda: len(self.taken))

    def _protocol(self) -> asyncio.Protocol:
        taken = self.taken

        class Taken(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                taken.append(transport)

        return Taken()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Take connections meanwhile."""
        self._acceptor.note()
        task = asyncio.create_task(self._acceptor.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            for transport in self.taken:
                transport.close()
            self._listening.close()
            self.loads.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Loads.make_file(tmp_path / LOADS_FILE, 2)
    return tmp_path


def listening() -> socket.socket:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(100)
    return sock


async def connected(sock: socket.socket, count: int) -> list[socket.socket]:
    made = []
    for _ in range(count):
        one = socket.socket()
        one.setblocking(False)
        await asyncio.get_running_loop().sock_connect(one, sock.getsockname())
        made.append(one)
    return made


async def until_taken(count: int, *processes: Process) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while sum(len(process.taken) for process in processes) < count:
            await asyncio.sleep(0.005)


def test_each_process_takes_as_many_as_the_other(folder: Path) -> None:
    async def run() -> None:
        with closing(listening()) as sock:
            first, second = (Process(sock, folder, place) for place in range(2))
            async with first.at_work(), second.at_work():
                people = await connected(sock, 21)
                await until_taken(21, first, second)
                assert abs(len(first.taken) - len(second.taken)) == 1
            for one in people:
                one.close()

    asyncio.run(run())


def test_an_answer_of_two_parts_does_not_wait_for_an_acknowledgement(folder: Path) -> None:
    async def run() -> None:
        with closing(listening_on(ServeOptions(port=0))) as sock:
            process = Process(sock, folder, 0)
            async with process.at_work():
                [one] = await connected(sock, 1)
                await until_taken(1, process)
                taken = process.taken[0].get_extra_info("socket")
                assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            one.close()

    asyncio.run(run())


def test_connections_that_one_who_hangs_does_not_take_are_taken_in_the_end(folder: Path) -> None:
    async def run() -> None:
        with closing(listening()) as sock:
            first = Process(sock, folder, 0)
            hanging = Loads(folder / LOADS_FILE, 1)
            hanging.note_connections(0)
            async with first.at_work():
                people = await connected(sock, 3)
                await until_taken(3, first)
            hanging.close()
            for one in people:
                one.close()

    asyncio.run(run())


def test_a_process_that_cannot_take_a_connection_says_so_and_tries_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(accepting_module, "_PAUSE_S", 0.01)

    class Full:
        """A socket that cannot be accepted from at first, as where all file descriptors are taken."""

        def __init__(self, sock: socket.socket) -> None:
            self._sock, self.refused = sock, 0

        def fileno(self) -> int:
            return self._sock.fileno()

        def settimeout(self, seconds: float) -> None:
            self._sock.settimeout(seconds)

        def accept(self) -> tuple[socket.socket, object]:
            if self.refused < 2:
                self.refused += 1
                raise OSError(24, "Too many open files") if self.refused == 1 else BlockingIOError
            return self._sock.accept()

    async def run() -> None:
        with closing(listening()) as sock, closing(Loads(folder / LOADS_FILE, 0)) as loads:
            taken: list[asyncio.Protocol] = []

            def protocol() -> asyncio.Protocol:
                taken.append(asyncio.Protocol())
                return taken[-1]

            acceptor = Acceptor(Full(sock), protocol, loads, lambda: len(taken))  # type: ignore[arg-type]
            task = asyncio.create_task(acceptor.run())
            [one] = await connected(sock, 1)
            async with asyncio.timeout(PATIENCE_S):
                while not taken:
                    await asyncio.sleep(0.005)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            one.close()

    with caplog.at_level("WARNING", "jianwei.web"):
        asyncio.run(run())
    assert "no connection can be taken" in caplog.text
