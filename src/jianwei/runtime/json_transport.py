"""Sends JSON requests to a server with a model behind it and tries again where that can help.

Overload, server errors, time-outs and broken connections pass; a refused key or an unknown model does not. A server
that names a time to wait is obeyed, and one whose answer never ends is left. Left out: what requests and answers say.
"""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import orjson

from jianwei.bilingual import Both
from jianwei.errors import ModelError
from jianwei.runtime.network_words import in_words
from jianwei.text.credentials import without_credentials

if TYPE_CHECKING:
    import httpx

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
"""Statuses after which the same request may succeed; 529 is what some services say when overloaded."""
_ADVICE: dict[int, Both] = {
    402: Both("Check the balance of the account.", "请检查账户余额。"),
    403: Both("Check the API key and what it is allowed to use.", "请检查 API 密钥及其权限。"),
    404: Both("Check the address and the model's name.", "请检查地址和模型名。"),
    413: Both("Send fewer items per request.", "请减少每次请求的条数。"),
}
_NO_ADVICE = Both("", "")
_NO_ENTRY = 401
_LATER = Both(
    "It asks to wait {wait}, longer than a request waits: try again then.",
    "服务要求等待{wait}，超过单次请求的等待上限：请届时再试。",
)
ASKS_TO_WAIT = "retry_after_s"
"""Among the facts of an error: the seconds that a server asks to wait where nobody waits so long. Until then it will
refuse every request."""
_CONNECT_TIMEOUT_S = 10.0
_QUOTED_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class JsonServer:
    """Where a server is and how patient one is with it."""

    url: str = field(repr=False)
    """Base address such as `http://10.0.0.5:8000/v1`; `path` is added unless it is there."""

    path: str
    """What of the server is asked, such as `/embeddings`."""

    api_key: str | None = field(default=None, repr=False)
    """Sent as a bearer token. It appears in no message and no log."""

    key_setting: str = ""
    """The setting that holds the key, for messages."""

    concurrency: int = 4
    """Requests at once."""

    timeout_s: float = 60.0
    """How long one request may take in all."""

    attempts: int = 5
    """How often one request is sent before it has failed."""

    first_wait_s: float = 0.5
    """Wait before the second attempt; it doubles with each further one."""

    longest_wait_s: float = 60.0
    """No wait is longer than this; a server that asks for more ends the attempts."""

    largest_answer_bytes: int = 64 * 1024 * 1024
    """A longer answer is given up while it comes: 256 vectors of 4,096 numbers as text take 20 MB."""


class JsonTransport:
    """A connection pool to one server. Safe to call from several threads at once."""

    def __init__(self, server: JsonServer) -> None:
        """Prepare connections; none is opened yet.

        Raises:
            ModelError: the address is not one of HTTP.
        """
        import httpx

        self._server = server
        address = _full_address(server.url, server.path)
        # httpx writes the address of every request into its log: a password does not belong there.
        self._url = address.copy_with(userinfo=b"")
        self._secrets = [secret for secret in (server.api_key, address.password) if secret]
        headers = {"Content-Type": "application/json"}
        if server.api_key:
            headers["Authorization"] = f"Bearer {server.api_key}"
        self._client = httpx.Client(
            headers=headers,
            auth=(address.username, address.password) if address.username and not server.api_key else None,
            timeout=httpx.Timeout(server.timeout_s, connect=min(_CONNECT_TIMEOUT_S, server.timeout_s)),
            limits=httpx.Limits(max_connections=server.concurrency),
        )

    def post(self, body: dict[str, object]) -> bytes:
        """Send one request and return the content of the answer, trying again as the endpoint allows.

        Raises:
            ModelError: the server cannot be reached, refused the request, or stayed busy through all attempts.
        """
        import httpx

        content = orjson.dumps(body)
        for attempt in range(1, max(1, self._server.attempts) + 1):
            wait_s = self._backoff_s(attempt)
            try:
                response = self._answer(content)
            except httpx.HTTPError as error:
                trouble = self._unreachable(error, attempt)
                trouble.__cause__ = error
            else:
                if response.is_success:
                    return response.content
                asked_s = retry_after_s(response.headers.get("Retry-After"))
                trouble = self._refused(response, attempt, asked_s)
                if response.status_code not in _PASSING or ASKS_TO_WAIT in trouble.facts:
                    raise trouble
                wait_s = max(wait_s, asked_s)
            if attempt < self._server.attempts:
                time.sleep(wait_s)
        raise trouble

    def _answer(self, content: bytes) -> httpx.Response:
        """Return one answer, read whole. The time-outs of httpx are of each read: a stream can outlast any number."""
        import httpx

        ends = time.monotonic() + self._server.timeout_s
        parts, size = [], 0
        with self._client.stream("POST", self._url, content=content) as response:
            for part in response.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > self._server.largest_answer_bytes:
                    raise self._endless()
                if time.monotonic() > ends:
                    raise httpx.ReadTimeout("no end of the answer")
        headers = [pair for pair in response.headers.multi_items() if pair[0] != "content-encoding"]
        return httpx.Response(response.status_code, headers=headers, content=b"".join(parts), request=response.request)

    def close(self) -> None:
        """Close the connections. Closing twice does nothing."""
        self._client.close()

    @property
    def server(self) -> str:
        """The address without the user, password and query that may stand in it."""
        return str(self._url.copy_with(query=None))

    def _backoff_s(self, attempt: int) -> float:
        longest = min(self._server.longest_wait_s, self._server.first_wait_s * 2.0 ** (attempt - 1))
        # Half of it at random, so that callers refused together do not come back together.
        share: float = random.uniform(0.5, 1.0)  # noqa: S311  # spreads load, guards nothing
        return longest * share

    def _unreachable(self, error: Exception, attempt: int) -> ModelError:
        import httpx

        if isinstance(error, httpx.ReadTimeout):
            limit_s = self._server.timeout_s
            return ModelError(
                f"{self.server} gave no whole answer within {limit_s:g} s (attempt {attempt}). Is it overloaded, or "
                "does its model need a longer time-out?",
                zh=f"{self.server} 在 {limit_s:g} 秒内没有给出完整回答（第 {attempt} 次尝试）。"
                "服务可能过载，或其模型需要更长的超时时间。",
                server=self.server,
                attempts=attempt,
            )
        reason = in_words(error)
        return ModelError(
            f"{self.server} cannot be reached ({reason.en}; attempt {attempt}). Is the server running there?",
            zh=f"无法连接 {self.server}（{reason.zh}；第 {attempt} 次尝试）。请确认服务已在该地址运行。",
            server=self.server,
            attempts=attempt,
        )

    def _endless(self) -> ModelError:
        megabytes = self._server.largest_answer_bytes // 1024**2
        return ModelError(
            f"{self.server} sent more than {megabytes} MB and no end. Is it really a model server?",
            zh=f"{self.server} 返回的数据超过 {megabytes} MB 仍未结束。请确认该地址是模型服务。",
            server=self.server,
        )

    def _key_advice(self) -> Both:
        setting = self._server.key_setting
        if self._secrets:
            return Both(
                f"Check the API key in {setting}." if setting else "Check the API key.",
                f"请检查 {setting} 中的 API 密钥。" if setting else "请检查 API 密钥。",
            )
        return Both(
            f"No API key was sent; set it in {setting}." if setting else "No API key was sent.",
            f"本次未发送 API 密钥，请设置 {setting}。" if setting else "本次未发送 API 密钥。",
        )

    def _refused(self, response: httpx.Response, attempt: int, asked_s: float) -> ModelError:
        status = response.status_code
        advice = _ADVICE.get(status, _NO_ADVICE)
        facts: dict[str, float] = {}
        if status == _NO_ENTRY:
            advice = self._key_advice()
        if status in _PASSING and asked_s > self._server.longest_wait_s:
            advice, facts = _LATER, {ASKS_TO_WAIT: asked_s}
        wait = _length(asked_s)
        said = response.text
        for secret in self._secrets:
            said = said.replace(secret, "***")
        said = " ".join(said[:_QUOTED_CHARACTERS].split())
        return ModelError(
            _told(f"{self.server} answered with status {status} (attempt {attempt})", ": ", said, advice.en, wait.en),
            zh=_told(f"{self.server} 返回状态 {status}（第 {attempt} 次尝试）", "：", said, advice.zh, wait.zh),
            server=self.server,
            status=status,
            attempts=attempt,
            **facts,
        )


def _full_address(url: str, path: str) -> httpx.URL:
    import httpx

    base = url.rstrip("/")
    try:
        address = httpx.URL(base if base.endswith(path) else f"{base}{path}")
    except httpx.InvalidURL as error:
        raise _no_address(url) from error
    if address.scheme not in {"http", "https"} or not address.host:
        raise _no_address(url)
    return address


def _no_address(url: str) -> ModelError:
    url = without_credentials(url)
    return ModelError(
        f"{url!r} is not the address of a model server. One looks like http://10.0.0.5:8000/v1",
        zh=f"“{url}”不是模型服务的地址。地址形如 http://10.0.0.5:8000/v1",
        url=url,
    )


def _told(what: str, colon: str, said: str, advice: str, wait: str) -> str:
    """Return a message of its parts, of which the words of the server and the advice may be empty."""
    told = f"{what}{colon}{said}" if said else what
    if not advice:
        return told
    end = "" if told.endswith((".", "。", "!", "！")) else "。" if colon == "：" else "."
    return f"{told}{end}{'' if colon == '：' else ' '}{advice.format(wait=wait)}"


def _length(seconds: float) -> Both:
    """Return a length of time in the unit that people would say it in."""
    if seconds >= 2 * 3600:
        hours = math.ceil(seconds / 3600)
        return Both(f"{hours} hours", f" {hours} 小时")
    minutes = math.ceil(seconds / 60)
    return Both(f"{minutes} minutes", f" {minutes} 分钟")


def retry_after_s(value: str | None) -> float:
    """Return the seconds that a Retry-After header asks for: a number or a date; 0 for none or nonsense."""
    if value is None:
        return 0.0
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if math.isfinite(seconds) else 0.0
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())
