"""Sends requests to an embedding server and tries again where that can help.

Overload, server errors, time-outs and broken connections pass; a refused key or an unknown model does not. A server
that names a time to wait is obeyed. Left out: what requests and answers say.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import orjson

from jianwei.errors import ModelError

if TYPE_CHECKING:
    import httpx

    from jianwei.encoders.remote.endpoint import Endpoint

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
"""Statuses after which the same request may succeed; 529 is what some services say when overloaded."""
_ADVICE: dict[int, tuple[str, str]] = {
    401: ("Check the API key.", "请检查 API 密钥。"),
    403: ("Check the API key and what it is allowed to use.", "请检查 API 密钥及其权限。"),
    404: ("Check the address and the model's name.", "请检查地址和模型名。"),
    413: ("Send fewer items per request.", "请减少每次请求的条数。"),
}
_CONNECT_TIMEOUT_S = 10.0


class Transport:
    """A connection pool to one server. Safe to call from several threads at once."""

    def __init__(self, endpoint: Endpoint) -> None:
        import httpx

        self._endpoint = endpoint
        base = endpoint.url.rstrip("/")
        self._url = base if base.endswith("/embeddings") else f"{base}/embeddings"
        headers = {"Content-Type": "application/json"}
        if endpoint.api_key:
            headers["Authorization"] = f"Bearer {endpoint.api_key}"
        self._client = httpx.Client(
            headers=headers,
            timeout=httpx.Timeout(endpoint.timeout_s, connect=min(_CONNECT_TIMEOUT_S, endpoint.timeout_s)),
            limits=httpx.Limits(max_connections=endpoint.concurrency),
        )

    def post(self, body: dict[str, object]) -> bytes:
        """Send one request and return the content of the answer, trying again as the endpoint allows.

        Raises:
            ModelError: the server cannot be reached, refused the request, or stayed busy through all attempts.
        """
        import httpx

        content = orjson.dumps(body)
        for attempt in range(1, self._endpoint.attempts + 1):
            wait_s = self._backoff_s(attempt)
            try:
                response = self._client.post(self._url, content=content)
            except httpx.TransportError as error:
                trouble = self._unreachable(error, attempt)
                trouble.__cause__ = error
            except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
                raise self._unreachable(error, attempt) from error
            else:
                if response.is_success:
                    return response.content
                trouble = self._refused(response, attempt)
                asked_s = _retry_after_s(response.headers.get("Retry-After"))
                if response.status_code not in _PASSING or asked_s > self._endpoint.longest_wait_s:
                    raise trouble
                wait_s = max(wait_s, asked_s)
            if attempt < self._endpoint.attempts:
                time.sleep(wait_s)
        raise trouble

    def close(self) -> None:
        """Close the connections. Closing twice does nothing."""
        self._client.close()

    @property
    def server(self) -> str:
        """The address without anything secret that may stand in it."""
        from urllib.parse import urlsplit

        parts = urlsplit(self._url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"

    def _backoff_s(self, attempt: int) -> float:
        longest = min(self._endpoint.longest_wait_s, self._endpoint.first_wait_s * 2.0 ** (attempt - 1))
        # Half of it at random, so that callers refused together do not come back together.
        share: float = random.uniform(0.5, 1.0)  # noqa: S311  # spreads load, guards nothing
        return longest * share

    def _unreachable(self, error: Exception, attempt: int) -> ModelError:
        reason = str(error).strip() or type(error).__name__
        return ModelError(
            f"{self.server} cannot be reached ({reason}; attempt {attempt}). Is the server running there?",
            zh=f"无法连接 {self.server}（{reason}；第 {attempt} 次尝试）。请确认服务已在该地址运行。",
            server=self.server,
            attempts=attempt,
        )

    def _refused(self, response: httpx.Response, attempt: int) -> ModelError:
        status = response.status_code
        advice, advice_zh = _ADVICE.get(status, ("", ""))
        said = " ".join(response.text[:300].split())
        if self._endpoint.api_key:
            said = said.replace(self._endpoint.api_key, "***")
        return ModelError(
            f"{self.server} answered with status {status} (attempt {attempt}): {said} {advice}".rstrip(": "),
            zh=f"{self.server} 返回状态 {status}（第 {attempt} 次尝试）：{said} {advice_zh}".rstrip("： "),
            server=self.server,
            status=status,
            attempts=attempt,
        )


def _retry_after_s(value: str | None) -> float:
    """Return the seconds that a Retry-After header asks for: a number or a date; 0 for none or nonsense."""
    if value is None:
        return 0.0
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())
