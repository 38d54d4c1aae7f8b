"""Reads pictures from http(s) URLs: bounded in time and size, redirects followed by hand, each hop checked.

Nothing of this machine goes along: no cookies, no credentials, no referrer, and no proxy but the one that was set for
it. Transient failures are tried twice more within the same total time. Leaves out caching: the ingest knows what it has
read.
"""

from __future__ import annotations

import ssl
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpcore
import httpx

from jianwei.errors import PictureFetchError
from jianwei.images.sniffing import sniff_format
from jianwei.ingest.fetching.connecting import CheckedBackend, Deadline, check_name
from jianwei.ingest.fetching.refusals import refusal
from jianwei.runtime.network_words import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_MAX_REDIRECTS = 5
_RETRIES = 2
_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
_MAX_CONNECTIONS = 32

_HEADERS = (
    # Several picture hosts refuse requests without a browser-like agent; the product's name stays readable in it.
    (b"User-Agent", b"Mozilla/5.0 (compatible; Jianwei)"),
    (b"Accept", b"image/*,*/*;q=0.5"),
    (b"Accept-Encoding", b"identity"),  # pictures are compressed already, and the size limit then means what it says
)
# Nobody waits for the rest of what is labelled so, unless it begins like a picture: some hosts label pictures so, too.
_NOT_PICTURES = ("text/", "application/json", "application/xhtml", "application/xml", "application/javascript")
_PAGE_STARTS = (b"<!doctype html", b"<html", b"<head", b"<script")
_TELLING_BYTES = 64  # by these every kind of picture and of page is known


class UrlReader:
    """Reads URLs; safe to use from several threads, connections are shared.

    `resolve` and `ssl_context` replace the system's resolver and trusted certificates; `backoff_s` is the wait before
    the first repetition, doubled for the second. `proxy` is the URL of an HTTP proxy, which then resolves the names:
    what it lets through is its administrator's to decide, this reader refuses what the URL itself says is private.
    """

    def __init__(
        self,
        *,
        timeout_s: float,
        max_bytes: int,
        allow_private: bool,
        backoff_s: float = 0.5,
        proxy: str = "",
        resolve: Callable[[str, int], Sequence[str]] | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._backoff_s = backoff_s
        self._deadline = Deadline()
        self._checks_names = bool(proxy) and not allow_private
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context or httpx.create_ssl_context(trust_env=False),
            proxy=_proxy(proxy) if proxy else None,
            max_connections=_MAX_CONNECTIONS,
            keepalive_expiry=10.0,  # shorter than servers', so that a connection is not dropped while being reused
            network_backend=CheckedBackend(self._deadline, allow_private=allow_private or bool(proxy), resolve=resolve),
        )

    def read(self, url: str) -> bytes:
        """Return the body behind `url`.

        Raises:
            PictureFetchError: it cannot be had; `transient` where another day may help.
        """
        # One silent wait may use a third of the time, so that a hanging server still leaves room to try again.
        self._deadline.set(url=url, seconds=self._timeout_s, patience_s=self._timeout_s / (_RETRIES + 1))
        for attempt in range(_RETRIES + 1):
            try:
                return self._follow(url)
            except PictureFetchError as error:
                wait_s = self._backoff_s * 2**attempt
                if not error.transient or attempt == _RETRIES or wait_s >= self._deadline.left_s():
                    raise
                time.sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def _follow(self, url: str) -> bytes:
        current = _checked_url(url, url)
        for _ in range(_MAX_REDIRECTS + 1):
            if self._checks_names:
                check_name(current.host, url)
            with self._translated(url), self._get(current) as response:
                if response.status_code not in _REDIRECT_STATUSES or "location" not in response.headers:
                    return self._body(url, response)
                current = _checked_url(url, response.headers["location"], base=current)
        raise refusal("too-many-redirects", url, _MAX_REDIRECTS)

    @contextmanager
    def _get(self, url: httpx.URL) -> Iterator[httpx.Response]:
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        # The address check, and not the pool's own time-outs, rules the waits; the pool's wait for a free place is
        # the only one that the deadline cannot see.
        waits = {"timeout": {"pool": self._deadline.wait_s()}}
        headers = [(b"Host", url.netloc), *_HEADERS]
        with self._pool.stream("GET", target, headers=headers, extensions=waits) as answer:
            yield httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def _body(self, url: str, response: httpx.Response) -> bytes:
        if response.status_code != 200:
            raise refusal(f"http-{response.status_code}", url)
        stated = response.headers.get("content-length", "")
        if stated.isdecimal() and int(stated) > self._max_bytes:
            raise refusal("too-large", url, self._max_bytes)
        body = bytearray()
        label = response.headers.get("content-type", "")
        for part in response.iter_bytes():
            body += part
            if label and len(body) >= _TELLING_BYTES:
                _refuse_page(url, label, body)
                label = ""
            if len(body) > self._max_bytes:
                raise refusal("too-large", url, self._max_bytes)
            self._deadline.wait_s()
        if not body:
            raise refusal("empty", url)
        _refuse_page(url, label, body)
        return bytes(body)

    @contextmanager
    def _translated(self, url: str) -> Iterator[None]:
        try:
            yield
        except httpcore.TimeoutException as error:
            raise refusal("timeout", url, f"{self._timeout_s:g}") from error
        except httpcore.ConnectError as error:
            is_tls = any(isinstance(cause, ssl.SSLError) for cause in (error.__cause__, error.__context__))
            raise _in_words("tls-failed" if is_tls else "connection-failed", url, error) from error
        except httpcore.RemoteProtocolError as error:
            broke_off = "complete message body" in str(error)
            raise refusal("truncated" if broke_off else "bad-response", url, error) from error
        except httpcore.ProxyError as error:
            raise refusal("proxy-refused", url, error) from error
        except httpcore.NetworkError as error:
            raise _in_words("connection-failed", url, error) from error
        except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol) as error:
            raise refusal("bad-url", url, error) from error
        except httpx.DecodingError as error:
            raise refusal("bad-response", url, error) from error


def _in_words(reason: str, url: str, error: Exception) -> PictureFetchError:
    words = in_words(error)
    return refusal(reason, url, words.en, words.zh)


class _Body(httpx.SyncByteStream):
    """The body of an httpcore answer, for httpx to undo a content encoding that was not asked for."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()


def _proxy(url: str) -> httpcore.Proxy:
    parsed = httpx.URL(url)
    bare = parsed.copy_with(username="", password="")
    return httpcore.Proxy(str(bare), auth=(parsed.username, parsed.password) if parsed.userinfo else None)


def _checked_url(first: str, text: str, *, base: httpx.URL | None = None) -> httpx.URL:
    """Return the URL `text`, seen from `base`; `first` is the URL that the user knows, for messages."""
    try:
        url = httpx.URL(text) if base is None else base.join(text)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise refusal("bad-url", first, error) from error
    if url.scheme not in ("http", "https"):
        raise refusal("bad-url", first, f"the scheme {url.scheme!r} is not read", f"不支持协议 {url.scheme!r}")
    if not url.host:
        raise refusal("bad-url", first, "it names no host", "其中没有主机名")
    if url.userinfo:
        raise refusal(
            "bad-url",
            first,
            "it carries a user name or password, which is never sent",
            "其中带有用户名或密码，不会发送",
        )
    return url


def _refuse_page(url: str, content_type: str, body: bytearray) -> None:
    start = bytes(body[:_TELLING_BYTES])
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGE_STARTS):
        raise refusal("not-a-picture", url, "an HTML page", "HTML 网页")
    label = content_type.partition(";")[0].strip().lower()
    if label.startswith(_NOT_PICTURES) and sniff_format(start) is None:
        raise refusal("not-a-picture", url, label)
