"""A client that is told to come back later comes back, and only as long as it was told to be patient."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from jianwei import Client
from jianwei.errors import TooManyRequestsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BUSY = b'{"error": {"code": "too-many-requests", "message": "later", "retry_after_s": 9}}'


class BusyDesk(ThreadingHTTPServer):
    """Turns requests away with the `Retry-After` of `turned_away`, in order, then answers; keeps what was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.turned_away: list[str | None] = []
        self.bodies: list[bytes] = []


class _Handler(BaseHTTPRequestHandler):
    server: BusyDesk

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        is_busy = bool(self.server.turned_away)
        wait = self.server.turned_away.pop(0) if is_busy else None
        body = _BUSY if is_busy else b'{"job_id": "x", "picture": "abc", "state": "done"}'
        self.send_response(429 if is_busy else 200)
        if wait is not None:
            self.send_header("Retry-After", wait)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def busy() -> Iterator[BusyDesk]:
    with BusyDesk() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def _client(server: BusyDesk, patience_s: float = 60.0) -> Client:
    return Client(f"http://127.0.0.1:{server.server_port}", token="t", patience_s=patience_s)


def test_an_upload_is_sent_again_whole_when_the_desk_said(busy: BusyDesk, tmp_path: Path) -> None:
    busy.turned_away = ["0.01", "0.01"]
    sheet = tmp_path / "goods.csv"
    sheet.write_bytes(b"title\nkettle\n")
    with _client(busy) as desk:
        assert desk.ingest(sheet, wait=False)["job_id"] == "x"
    assert [body.count(b"kettle") for body in busy.bodies] == [1, 1, 1]


def test_a_wait_that_nobody_named_is_short(busy: BusyDesk) -> None:
    busy.turned_away = [None]
    with _client(busy) as desk:
        assert desk.keep_picture(b"bytes") == "abc"
    assert len(busy.bodies) == 2


@pytest.mark.parametrize(("waits", "patience_s"), [(["120"], 60.0), (["0.01"], 0.0), (["0.01", "30"], 25.0)])
def test_patience_ends_with_the_error_of_the_desk(busy: BusyDesk, waits: list[str | None], patience_s: float) -> None:
    asked = len(waits)
    busy.turned_away = waits
    with _client(busy, patience_s) as desk, pytest.raises(TooManyRequestsError, match="later") as refused:
        desk.keep_picture(b"bytes")
    assert refused.value.facts["retry_after_s"] == 9
    assert len(busy.bodies) == asked
