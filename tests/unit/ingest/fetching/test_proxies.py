"""Reading URLs through an HTTP proxy, with a real one on this machine."""

from __future__ import annotations

import base64
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from shutil import which
from typing import TYPE_CHECKING, TypeAlias

import pytest
from tests.loopback_server import loopback_server

from jianwei.errors import PictureFetchError
from jianwei.ingest.fetching import PictureFetcher
from jianwei.ingest.fetching.urls import UrlReader
from jianwei.records import PictureReference
from jianwei.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Asked: TypeAlias = tuple[str, str, str]
"""Method, target, and what was said to know the asker."""

PICTURE = b"\x89PNG" + bytes(range(256)) * 8


class Handler(BaseHTTPRequestHandler):
    """A proxy: answers plain requests itself, leads tunnels to `behind`; keeps what it was asked."""

    asked: list[Asked]
    behind: int
    status: int
    location: str

    def do_GET(self) -> None:
        self._note()
        moved = self.location if self.path.endswith("/moved") else ""
        self.send_response(302 if moved else self.status)
        if moved:
            self.send_header("Location", moved)
        self.send_header("Content-Length", str(len(PICTURE)))
        self.end_headers()
        self.wfile.write(PICTURE)

    def do_CONNECT(self) -> None:
        self._note()
        self.send_response(self.status)
        self.end_headers()
        if self.status != 200:
            return
        with socket.create_connection(("127.0.0.1", self.behind)) as far:
            back = threading.Thread(target=_pour, args=(far, self.connection), daemon=True)
            back.start()
            _pour(self.connection, far)
            back.join(timeout=5.0)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Keep the test's output clean."""

    def _note(self) -> None:
        self.asked.append((self.command, self.path, self.headers.get("Proxy-Authorization", "")))


class Picture(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PICTURE)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Keep the test's output clean."""


def _pour(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        """The other side is done."""


@contextmanager
def proxy(
    *, behind: int = 0, status: int = 200, location: str = ""
) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    asked: list[tuple[str, str, str]] = []
    facts = {"asked": asked, "behind": behind, "status": status, "location": location}
    with loopback_server(type("ProxyHandler", (Handler,), facts)) as address:
        yield address.removeprefix("http://"), asked


def through(address: str, *, trusted: ssl.SSLContext | None = None) -> UrlReader:
    return UrlReader(
        timeout_s=5.0, max_bytes=10_000, allow_private=False, backoff_s=0.01, proxy=address, ssl_context=trusted
    )


def test_names_are_left_to_the_proxy_and_it_may_stand_in_the_own_network() -> None:
    with proxy() as (address, asked):
        settings = Settings(url_proxy=f"http://{address}")
        with PictureFetcher(settings, None) as fetcher:
            fetched = fetcher.fetch(PictureReference("http://img.shop.example/a.png?x=1"))
    assert fetched.data == PICTURE
    assert asked == [("GET", "http://img.shop.example/a.png?x=1", "")]


def test_a_name_and_password_reach_the_proxy_and_no_message() -> None:
    expected = "Basic " + base64.b64encode(b"me:s3cret").decode()
    with proxy(status=407) as (address, asked):
        reader = through(f"http://me:s3cret@{address}")
        with pytest.raises(PictureFetchError) as caught:
            reader.read("http://img.shop.example/a.png")
        reader.close()
    assert asked[0] == ("GET", "http://img.shop.example/a.png", expected)
    assert caught.value.reason == "http-407"
    assert "s3cret" not in caught.value.message + caught.value.message_zh


def test_https_goes_through_a_tunnel_and_the_certificate_is_checked_against_the_name(tmp_path: Path) -> None:
    if which("openssl") is None:
        pytest.skip("openssl is not installed, so no certificate can be made")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    named = ["-days", "1", "-subj", "/CN=shop.example", "-addext", "subjectAltName=DNS:shop.example"]
    subprocess.run([*made, "-keyout", key, "-out", cert, *named], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    trusted = ssl.create_default_context(cafile=str(cert))
    with loopback_server(Picture, context) as far, proxy(behind=int(far.rpartition(":")[2])) as (address, asked):
        reader = through(f"http://{address}", trusted=trusted)
        assert reader.read("https://shop.example/a.png") == PICTURE
        with pytest.raises(PictureFetchError) as caught:
            reader.read("https://other.example/a.png")
        reader.close()
    assert asked[0] == ("CONNECT", "shop.example:443", "")
    assert caught.value.reason == "tls-failed"


def test_a_refused_tunnel_is_told_with_the_proxys_words() -> None:
    with proxy(status=403) as (address, _):
        reader = through(f"http://{address}")
        with pytest.raises(PictureFetchError) as caught:
            reader.read("https://shop.example/a.png")
        reader.close()
    assert caught.value.reason == "proxy-refused"
    assert "403" in caught.value.message


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "10.1.2.3", "localhost", "nas", "db.internal"]
)
def test_what_says_itself_that_it_is_private_is_not_asked_of_the_proxy(host: str) -> None:
    with proxy() as (address, asked):
        reader = through(f"http://{address}")
        with pytest.raises(PictureFetchError) as caught:
            reader.read(f"http://{host}/a.png")
        reader.close()
    assert caught.value.reason == "private-address"
    assert not asked


def test_a_redirect_to_a_private_address_is_not_followed_through_the_proxy() -> None:
    with proxy(location="http://169.254.169.254/latest/meta-data") as (address, asked):
        reader = through(f"http://{address}")
        with pytest.raises(PictureFetchError) as caught:
            reader.read("http://img.shop.example/moved")
        reader.close()
    assert caught.value.reason == "private-address"
    assert [path for _, path, _ in asked] == ["http://img.shop.example/moved"]


def test_a_proxy_that_is_not_there_is_a_failed_connection() -> None:
    with loopback_server(Picture) as closed:
        pass  # nobody listens there any more
    reader = through(closed)
    with pytest.raises(PictureFetchError) as caught:
        reader.read("http://img.shop.example/a.png")
    reader.close()
    assert caught.value.reason == "connection-failed"
