"""Reading URLs, against real servers on this machine."""

from __future__ import annotations

import gzip
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from shutil import which
from typing import TYPE_CHECKING

import pytest
from tests.loopback_server import loopback_server
from tests.waiting import PATIENCE_S

from jianwei.errors import PictureFetchError
from jianwei.ingest.fetching import PictureFetcher
from jianwei.ingest.fetching.urls import UrlReader
from jianwei.records import PictureReference
from jianwei.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = b"\x89PNG" + bytes(range(256)) * 8
Answer = Callable[["Handler"], None]


@dataclass
class Site:
    """What the server answers by path, and what it was asked."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def count(self, path: str) -> int:
        return sum(asked == path for asked, _ in self.asked)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        self.site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.site.answers[self.path](self)

    def reply(self, status: int = 200, body: bytes = PICTURE, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content_length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Keep the test's output clean."""


@contextmanager
def running(handler_site: Site, context: ssl.SSLContext | None = None) -> Iterator[Site]:
    with loopback_server(type("SiteHandler", (Handler,), {"site": handler_site}), context) as address:
        handler_site.port = int(address.rpartition(":")[2])
        yield handler_site


@pytest.fixture
def site() -> Iterator[Site]:
    with running(Site()) as started:
        yield started


@pytest.fixture
def reader() -> Iterator[UrlReader]:
    opened = UrlReader(timeout_s=3.0, max_bytes=10_000, allow_private=True, backoff_s=0.01)
    yield opened
    opened.close()


def refusal_of(reader: UrlReader, url: str) -> PictureFetchError:
    with pytest.raises(PictureFetchError) as caught:
        reader.read(url)
    return caught.value


def test_a_picture_is_read_whole(site: Site, reader: UrlReader) -> None:
    site.answers["/a.png"] = lambda request: request.reply(content_type="image/png")
    assert reader.read(site.url("/a.png")) == PICTURE


def test_nothing_of_this_machine_goes_along(site: Site, reader: UrlReader) -> None:
    site.answers["/a.png"] = lambda request: request.reply(set_cookie="id=1")
    site.answers["/b.png"] = lambda request: request.reply()
    reader.read(site.url("/a.png"))
    reader.read(site.url("/b.png"))
    _, headers = site.asked[1]
    assert set(headers) == {"host", "user-agent", "accept", "accept-encoding"}
    assert headers["host"] == f"127.0.0.1:{site.port}"


def test_the_fetcher_reads_urls_where_private_ones_are_allowed(site: Site) -> None:
    site.answers["/a.png"] = lambda request: request.reply()
    with PictureFetcher(Settings(allow_private_urls=True), None) as fetcher:
        fetched = fetcher.fetch(PictureReference(site.url("/a.png")))
    assert (fetched.data, fetched.size_bytes, fetched.mtime_ns) == (PICTURE, 0, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
def test_this_machine_is_refused_by_default_however_it_is_written(site: Site, host: str) -> None:
    with PictureFetcher(Settings(), None) as fetcher, pytest.raises(PictureFetchError) as caught:
        fetcher.fetch(PictureReference(site.url("/a.png", host)))
    assert caught.value.reason == "private-address"
    assert not caught.value.transient
    assert not site.asked


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "192.168.0.1", "100.64.0.1", "[fd00::1]", "[::1]"])
def test_private_networks_are_refused_without_a_connection(address: str) -> None:
    reader = UrlReader(timeout_s=3.0, max_bytes=100, allow_private=False)
    assert refusal_of(reader, f"http://{address}/latest/meta-data").reason == "private-address"
    reader.close()


def checked_reader(site: Site, addresses: dict[str, list[str]]) -> UrlReader:
    """Return a reader that takes only public addresses, for which `public.example` is this machine's server.

    The name resolves to a public address when it is checked; the socket is then sent to the server of the test.
    """
    return UrlReader(
        timeout_s=3.0,
        max_bytes=10_000,
        allow_private=False,
        backoff_s=0.01,
        resolve=lambda host, port: addresses[host],
    )


@pytest.mark.parametrize("target", ["http://127.0.0.1:{port}/x", "http://10.1.2.3/x", "http://inside.example/x"])
def test_a_redirect_into_a_private_network_is_refused(site: Site, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # No test may reach the internet, so the one public address of the test leads to the server here: only the
    # socket call is bent, after the check has seen the address.
    real = socket.create_connection
    monkeypatch.setattr(
        socket, "create_connection", lambda address, *args, **kwargs: real(("127.0.0.1", site.port), *args, **kwargs)
    )
    location = target.format(port=site.port)
    site.answers["/go"] = lambda request: request.reply(302, b"", location=location)
    addresses = {"public.example": ["93.184.216.34"], "inside.example": ["93.184.216.34", "10.0.0.8"]}
    addresses |= {"127.0.0.1": ["127.0.0.1"], "10.1.2.3": ["10.1.2.3"]}
    reader = checked_reader(site, addresses)
    error = refusal_of(reader, "http://public.example/go")
    reader.close()
    assert error.reason == "private-address"
    assert "http://public.example/go" in error.message
    assert [path for path, _ in site.asked] == ["/go"]
    assert site.asked[0][1]["host"] == "public.example"


def test_the_connection_goes_to_the_address_that_was_checked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])
    connected: list[object] = []

    def refuse(address: object, *args: object, **kwargs: object) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    reader = UrlReader(
        timeout_s=3.0, max_bytes=100, allow_private=False, backoff_s=0.01, resolve=lambda host, port: next(answers)
    )
    error = refusal_of(reader, "http://rebinding.example/x")
    reader.close()
    # The second attempt resolves anew, meets the private address and is refused.
    assert connected == [("93.184.216.34", 80)]
    assert error.reason == "private-address"


def test_redirects_are_followed_five_times_at_most(site: Site, reader: UrlReader) -> None:
    for number in range(8):
        target = f"/{number + 1}"
        site.answers[f"/{number}"] = lambda request, target=target: request.reply(302, b"", location=target)  # type: ignore[misc]
    site.answers["/8"] = lambda request: request.reply()
    assert reader.read(site.url("/3")) == PICTURE
    assert refusal_of(reader, site.url("/2")).reason == "too-many-redirects"


@pytest.mark.parametrize("target", ["ftp://example.com/a", "file:///etc/passwd", "http://u:p@127.0.0.1/"])
def test_a_redirect_to_what_is_no_plain_url_is_refused(site: Site, reader: UrlReader, target: str) -> None:
    site.answers["/go"] = lambda request: request.reply(302, b"", location=target)
    error = refusal_of(reader, site.url("/go"))
    assert error.reason == "bad-url"
    assert "u:p@" not in error.message


@pytest.mark.parametrize("url", ["ftp://example.com/a.jpg", "gopher://x/", "http://", "http://u:secret@example.com/"])
def test_only_plain_http_urls_are_read(reader: UrlReader, url: str) -> None:
    error = refusal_of(reader, url)
    assert error.reason == "bad-url"
    assert "secret" not in error.message + error.message_zh
    assert not any(word in error.message_zh for word in ("scheme", "host", "carries"))


@pytest.mark.parametrize(("status", "times"), [(404, 1), (403, 1), (410, 1), (500, 3), (503, 3), (429, 3)])
def test_only_transient_statuses_are_tried_again(site: Site, reader: UrlReader, status: int, times: int) -> None:
    site.answers["/x"] = lambda request: request.reply(status, b"no")
    error = refusal_of(reader, site.url("/x"))
    assert error.reason == f"http-{status}"
    assert error.transient is (times == 3)
    assert site.count("/x") == times


def test_a_server_that_recovers_is_forgiven(site: Site, reader: UrlReader) -> None:
    statuses = iter([503, 503, 200])
    site.answers["/x"] = lambda request: request.reply(next(statuses))
    assert reader.read(site.url("/x")) == PICTURE


@pytest.mark.parametrize("content_type", ["text/html; charset=gbk", "application/json", "text/plain"])
def test_a_page_is_not_a_picture(site: Site, reader: UrlReader, content_type: str) -> None:
    site.answers["/x"] = lambda request: request.reply(body=b"hello", content_type=content_type)
    assert refusal_of(reader, site.url("/x")).reason == "not-a-picture"


@pytest.mark.parametrize("content_type", ["text/html", "text/plain; charset=utf-8", "application/json"])
def test_a_picture_is_one_whatever_its_label_says(site: Site, reader: UrlReader, content_type: str) -> None:
    jpeg = b"\xff\xd8\xff" + bytes(500)
    site.answers["/x"] = lambda request: request.reply(body=jpeg, content_type=content_type)
    assert reader.read(site.url("/x")) == jpeg


def test_the_rest_of_what_is_labelled_and_looks_like_no_picture_is_not_waited_for(
    site: Site, reader: UrlReader
) -> None:
    site.answers["/x"] = lambda request: request.reply(body=b"x" * 500, content_type="text/plain", content_length="900")
    assert refusal_of(reader, site.url("/x")).reason == "not-a-picture"


def test_a_page_is_recognised_without_its_label(site: Site, reader: UrlReader) -> None:
    site.answers["/x"] = lambda request: request.reply(body=b"\n <!DOCTYPE HTML><html>", content_type="image/jpeg")
    assert refusal_of(reader, site.url("/x")).reason == "not-a-picture"


def test_an_empty_answer_is_refused(site: Site, reader: UrlReader) -> None:
    site.answers["/x"] = lambda request: request.reply(body=b"")
    assert refusal_of(reader, site.url("/x")).reason == "empty"


def test_a_stated_size_over_the_limit_is_refused_before_reading(site: Site, reader: UrlReader) -> None:
    site.answers["/x"] = lambda request: request.reply(body=b"", content_length="99999999")
    assert refusal_of(reader, site.url("/x")).reason == "too-large"


def test_a_body_over_the_limit_is_cut_off_while_it_streams(site: Site, reader: UrlReader) -> None:
    sent: list[int] = []

    def endless(request: Handler) -> None:
        request.send_response(200)
        request.send_header("transfer-encoding", "chunked")
        request.end_headers()
        for _ in range(100_000):
            request.wfile.write(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")
            sent.append(0x1000)

    site.answers["/x"] = endless
    assert refusal_of(reader, site.url("/x")).reason == "too-large"
    assert sum(sent) < 100_000 * 0x1000


def test_a_compressed_bomb_counts_unpacked(site: Site, reader: UrlReader) -> None:
    bomb = gzip.compress(b"\0" * 5_000_000)
    assert len(bomb) < 10_000
    site.answers["/x"] = lambda request: request.reply(body=bomb, content_encoding="gzip")
    assert refusal_of(reader, site.url("/x")).reason == "too-large"


def test_a_body_shorter_than_stated_is_truncated_and_tried_again(site: Site, reader: UrlReader) -> None:
    def short(request: Handler) -> None:
        request.reply(body=b"half", content_length="400")
        request.close_connection = True

    site.answers["/x"] = short
    error = refusal_of(reader, site.url("/x"))
    assert (error.reason, error.transient, site.count("/x")) == ("truncated", True, 3)


def test_a_body_that_drips_ends_at_the_total_time(site: Site) -> None:
    def drip(request: Handler) -> None:
        request.send_response(200)
        request.send_header("content-length", "1000")
        request.end_headers()
        for _ in range(2500):
            request.wfile.write(b"x")
            request.wfile.flush()
            time.sleep(0.02)

    site.answers["/x"] = drip
    reader = UrlReader(timeout_s=0.5, max_bytes=10_000, allow_private=True)
    started = time.monotonic()
    error = refusal_of(reader, site.url("/x"))
    reader.close()
    assert (error.reason, error.transient) == ("timeout", True)
    assert time.monotonic() - started < 40  # seconds; the server alone would go on for fifty


def test_headers_that_drip_end_at_the_total_time(site: Site) -> None:
    def drip(request: Handler) -> None:
        for _ in range(2500):
            request.wfile.write(b"HTTP/1.1 200 OK\r\nx: y\r\n"[:1])
            request.wfile.flush()
            time.sleep(0.02)

    site.answers["/x"] = drip
    reader = UrlReader(timeout_s=0.5, max_bytes=10_000, allow_private=True)
    started = time.monotonic()
    assert refusal_of(reader, site.url("/x")).reason in {"timeout", "bad-response"}
    reader.close()
    assert time.monotonic() - started < 40  # seconds; the server alone would go on for fifty


def test_a_silent_server_leaves_time_for_another_try(site: Site) -> None:
    asked_again = threading.Event()

    def slow_at_first(request: Handler) -> None:
        if site.count("/x") == 1:
            asked_again.wait(PATIENCE_S)
        asked_again.set()
        request.reply()

    site.answers["/x"] = slow_at_first
    reader = UrlReader(timeout_s=3.0, max_bytes=10_000, allow_private=True, backoff_s=0.01)
    assert reader.read(site.url("/x")) == PICTURE
    reader.close()


def test_nobody_listening_is_a_transient_failure(reader: UrlReader) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = refusal_of(reader, f"http://127.0.0.1:{port}/x")
    assert (error.reason, error.transient) == ("connection-failed", True)
    assert "connection refused" in error.message
    assert "连接被拒绝" in error.message_zh


def test_nonsense_instead_of_http_is_told(site: Site, reader: UrlReader) -> None:
    def nonsense(request: Handler) -> None:
        request.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        request.close_connection = True

    site.answers["/x"] = nonsense
    assert refusal_of(reader, site.url("/x")).reason == "bad-response"


def test_an_unknown_host_is_told() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    reader = UrlReader(timeout_s=1.0, max_bytes=100, allow_private=False, backoff_s=0.01, resolve=resolve)
    error = refusal_of(reader, "http://no.example/x")
    reader.close()
    assert (error.reason, error.transient) == ("unknown-host", True)
    assert "no name server knows" in error.message
    assert "Errno" not in error.message + error.message_zh


def test_a_resolver_that_hangs_ends_at_the_total_time() -> None:
    def resolve(host: str, port: int) -> list[str]:
        time.sleep(50)
        return []

    reader = UrlReader(timeout_s=0.3, max_bytes=100, allow_private=False, backoff_s=0.01, resolve=resolve)
    started = time.monotonic()
    assert refusal_of(reader, "http://slow.example/x").reason == "timeout"
    reader.close()
    assert time.monotonic() - started < 40


def test_many_threads_share_one_reader(site: Site, reader: UrlReader) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for number in range(20):
        body = PICTURE + bytes([number])
        site.answers[f"/{number}"] = lambda request, body=body: request.reply(body=body)  # type: ignore[misc]
    with ThreadPoolExecutor(8) as threads:
        bodies = list(threads.map(lambda number: reader.read(site.url(f"/{number}")), range(20)))
    assert bodies == [PICTURE + bytes([number]) for number in range(20)]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    if which("openssl") is None:
        pytest.skip("openssl is not installed, so no certificate can be made")
    path = tmp_path / "server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=shop.example",
         "-addext", "subjectAltName=DNS:shop.example", "-keyout", str(path), "-out", str(tmp_path / "cert.pem")],
        check=True,
        capture_output=True,
    )  # fmt: skip
    path.write_bytes(path.read_bytes() + (tmp_path / "cert.pem").read_bytes())
    return path


def test_the_certificate_is_checked_against_the_name_and_not_the_address(certificate: Path) -> None:
    names: list[str] = []
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    server_side.sni_callback = lambda connection, name, context: names.append(name)
    trusting = ssl.create_default_context(cafile=str(certificate.with_name("cert.pem")))
    with running(Site(), server_side) as site:
        site.answers["/x"] = lambda request: request.reply()
        reader = UrlReader(
            timeout_s=3.0,
            max_bytes=10_000,
            allow_private=True,
            backoff_s=0.01,
            resolve=lambda host, port: ["127.0.0.1"],
            ssl_context=trusting,
        )
        assert reader.read(f"https://shop.example:{site.port}/x") == PICTURE
        assert refusal_of(reader, f"https://other.example:{site.port}/x").reason == "tls-failed"
        reader.close()
    assert names[0] == "shop.example"
    assert site.asked[0][1]["host"] == f"shop.example:{site.port}"
