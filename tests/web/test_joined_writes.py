"""The head of an answer goes out with its body; without a body it waits for nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from jianwei.web.joined_writes import JoinedWrites

if TYPE_CHECKING:
    from tests.web.running_desk import RunningDesk

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Wire(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.written.append(b"closed")


def test_head_and_body_are_one_write_and_each_head_comes_in_its_turn() -> None:
    async def answer() -> list[bytes]:
        wire = Wire()
        joined = JoinedWrites(wire, asyncio.get_running_loop())
        joined.write(HEAD)
        joined.write(b"body")
        joined.write(b"more")
        joined.write(HEAD)  # of an answer without a body, and one whose body comes later
        joined.write(HEAD)
        await asyncio.sleep(0)
        joined.write(b"late")
        joined.write(HEAD)
        joined.close()
        assert joined.get_extra_info("peername") == ("127.0.0.1", 1)
        return wire.written

    assert asyncio.run(answer()) == [HEAD + b"body", b"more", HEAD + HEAD, b"late", HEAD, b"closed"]


def test_a_head_that_stands_alone_goes_out_at_once() -> None:
    async def answer() -> list[bytes]:
        wire = Wire()
        JoinedWrites(wire, asyncio.get_running_loop()).write(HEAD)
        assert wire.written == []
        await asyncio.sleep(0)
        return wire.written

    assert asyncio.run(answer()) == [HEAD]


def test_answers_of_a_desk_are_whole_with_and_without_a_body(running: RunningDesk, program: httpx.Client) -> None:
    for _ in range(3):
        assert program.get("/api/v1/search", params={"words": "灵芝"}).json()["channels_off"]
        assert program.head("/").content == b""
        assert program.get("/api/v1/nothing").status_code == 404
    with httpx.Client(base_url=running.url, headers={"connection": "close"}) as once:
        assert once.get("/sign-in").text.rstrip().endswith("</html>")
