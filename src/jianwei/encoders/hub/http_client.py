"""Ask a hub over HTTP: short to connect, patient while bytes come, and every failure as one error that says which.

A hub that cannot be reached is told at once and not asked again: there are other places to look. A hub that is busy or
breaks off is asked again, a little later each time. Left out: what a hub's answers mean, and files on disk.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

from jianwei.errors import HubError
from jianwei.runtime.network_words import NO_NAME_SERVER, in_words
from jianwei.text.credentials import without_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType
    from typing import Self

    from jianwei.bilingual import Both

ATTEMPTS = 4
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_ABSENT = frozenset({401, 403, 404, 410})
"""Hugging Face answers 401 for a repository that does not exist, because it might be a private one."""


class HubClient:
    """Asks one hub. Close it, or use it in a `with` block."""

    def __init__(self, endpoint: str, *, timeout_s: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._address = endpoint
        self.endpoint = without_credentials(endpoint)
        self._connect_s = timeout_s / 5
        self._sleep = sleep
        timeout = httpx.Timeout(timeout_s, connect=self._connect_s)
        # Sizes and checksums are those of the files, so no hub may compress them on the way.
        headers = {"User-Agent": "jianwei", "Accept-Encoding": "identity"}
        self._http = httpx.Client(timeout=timeout, headers=headers, follow_redirects=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.close()

    def json(self, path: str, parameters: Mapping[str, str]) -> Any:  # noqa: ANN401  # JSON may be anything
        """Return the JSON that the hub answers to a question.

        Raises:
            HubError: it cannot be reached, says that there is no such thing, or answers something else than JSON.
        """
        self._check_name()
        attempt = 1
        while True:
            try:
                with self.answer(path, parameters) as response:
                    return _parsed(response, self.endpoint)
            except HubError as error:
                if not error.transient or attempt == ATTEMPTS:
                    raise
                self.pause(attempt, error)
                attempt += 1

    @contextmanager
    def answer(
        self, path: str, parameters: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Iterator[httpx.Response]:
        """Give a good answer of the hub, its content unread; asks once.

        Raises:
            HubError: there is no good answer, or it breaks off while it is read.
        """
        with (
            _errors_of_httpx(self.endpoint),
            self._http.stream(
                "GET", self._address + path, params=dict(parameters), headers=dict(headers or {})
            ) as response,
        ):
            _check_status(response, self.endpoint)
            yield response

    def pause(self, attempt: int, error: HubError) -> None:
        """Wait before the next attempt: twice as long each time, or as long as the hub asked for."""
        asked_s = error.facts.get("retry_after_s")
        wait_s = float(asked_s) if isinstance(asked_s, int | float) else _FIRST_PAUSE_S * 2 ** (attempt - 1)
        self._sleep(min(wait_s, _LONGEST_PAUSE_S))

    def _check_name(self) -> None:
        # The time-out of a connection does not hold for looking up a name, which takes half a minute where the
        # network is down but its name servers are still set. Behind a proxy the proxy looks it up.
        host = urlsplit(self._address).hostname
        if not host or getproxies():
            return
        outcome: list[OSError | None] = []

        def look_up() -> None:
            try:
                socket.getaddrinfo(host, None)
                outcome.append(None)
            except OSError as error:
                outcome.append(error)

        thread = threading.Thread(target=look_up, daemon=True)
        thread.start()
        thread.join(self._connect_s)
        if not outcome:
            raise _unreachable(self.endpoint, NO_NAME_SERVER)
        if outcome[0] is not None:
            raise _unreachable(self.endpoint, in_words(outcome[0])) from outcome[0]


def _parsed(response: httpx.Response, endpoint: str) -> Any:  # noqa: ANN401  # JSON may be anything
    content = response.read()
    check_no_page(response, endpoint, content[:200])
    try:
        return response.json()
    except ValueError as error:
        raise HubError(
            f"{endpoint} answered something that is not JSON: {content[:60]!r}. Is it the address of a hub?",
            zh=f"{endpoint} 的回答不是 JSON：{content[:60]!r}。该地址是模型站点吗？",
            reason="not-json",
            endpoint=endpoint,
        ) from error


def check_no_page(response: httpx.Response, endpoint: str, start: bytes) -> None:
    """Refuse a web page where data was asked for.

    Raises:
        HubError: the answer is one.
    """
    kind = response.headers.get("content-type", "")
    head = start.lstrip().lower()
    if kind.startswith("text/html") or head.startswith((b"<!doctype html", b"<html")):
        raise HubError(
            f"{endpoint} answered a web page instead of data. A proxy, a login page or a wrong address stands "
            "in between; open the address in a browser to see which.",
            zh=f"{endpoint} 返回的是网页而不是数据。可能经过了代理、登录页，或地址不对；可在浏览器中打开该地址查看。",
            reason="html",
            endpoint=endpoint,
        )


def _check_status(response: httpx.Response, endpoint: str) -> None:
    status = response.status_code
    if status < 400:
        return
    said, path = _said(response), response.url.path
    if status in _ABSENT:
        raise HubError(
            f"{endpoint} has no {path}, or does not show it without a login (HTTP {status}{said}).",
            zh=f"{endpoint} 上没有 {path}，或需要登录才能查看（HTTP {status}{said}）。",
            reason="absent",
            endpoint=endpoint,
            status=status,
        )
    retry_after = response.headers.get("retry-after", "")
    raise HubError(
        f"{endpoint} answered HTTP {status}{said}.",
        zh=f"{endpoint} 返回 HTTP {status}{said}。",
        transient=status in _BUSY,
        reason="status",
        endpoint=endpoint,
        status=status,
        retry_after_s=float(retry_after) if retry_after.isdigit() else None,
    )


def _said(response: httpx.Response) -> str:
    """Return what a hub says of its error, after a colon; empty where it says nothing readable."""
    try:
        response.read()
        answer = response.json()
    except (httpx.HTTPError, ValueError):
        return ""
    said = answer.get("error") or answer.get("Message") if isinstance(answer, dict) else None
    return f": {str(said)[:200]}" if said else ""


@contextmanager
def _errors_of_httpx(endpoint: str) -> Iterator[None]:
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.UnsupportedProtocol) as error:
        raise _unreachable(endpoint, in_words(error)) from error
    except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
        raise HubError(
            f"{endpoint} broke off ({_kind(error)}).",
            zh=f"与 {endpoint} 的连接中断（{_kind(error)}）。",
            transient=True,
            reason="broken-off",
            endpoint=endpoint,
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise HubError(
            f"{endpoint} cannot be used ({_kind(error)}). Check its address.",
            zh=f"无法使用 {endpoint}（{_kind(error)}）。请检查地址。",
            reason="unusable",
            endpoint=endpoint,
        ) from error


def _kind(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _unreachable(endpoint: str, why: Both) -> HubError:
    return HubError(
        f"{endpoint} cannot be reached ({why.en}).",
        zh=f"无法连接 {endpoint}（{why.zh}）。",
        reason="unreachable",
        endpoint=endpoint,
    )
