"""One question with pictures to a vision-language model, one answer as text, with the tokens that both took.

Source: the OpenAI chat completions API as vLLM, Ollama and DashScope serve it: messages with `image_url` parts,
`response_format` of type `json_schema`, `usage` in the answer. Left out: what is asked and what the answer means.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from jianwei.bilingual import Both
from jianwei.captions.pacing import Pace
from jianwei.errors import ModelError
from jianwei.runtime.json_transport import JsonTransport

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jianwei.captions.endpoint import VisionEndpoint

_THOUGHTS = re.compile(r"<think>.*?(</think>|\Z)", re.DOTALL)
"""What reasoning models say before the answer, where the server does not part it off itself."""
_QUOTED_CHARACTERS = 200
_REFUSED = frozenset({400, 422})
"""The statuses of a request that the server understood and will not take, such as a field it does not know; servers
built on FastAPI say 422."""


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What the model said. Tokens are 0 where the server does not count them."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    is_cut: bool = False
    """Whether it reached the most tokens that an answer may have before its end."""


_CUT_OFF = Both(
    " It was cut off at the longest answer allowed; a model that thinks at length before it answers needs that "
    "switched off.",
    "回答达到长度上限被截断；若模型会先长篇思考，请关闭思考。",
)
_WHOLE = Both("", "")


def cut_note(answer: ChatAnswer) -> Both:
    """Return what to add to a message about an answer of no use: nothing unless it was cut off."""
    return _CUT_OFF if answer.is_cut else _WHOLE


def tokens_of(answers: Sequence[ChatAnswer]) -> tuple[int, int]:
    """Return the tokens that were sent for some answers, and those of the answers."""
    return sum(answer.prompt_tokens for answer in answers), sum(answer.completion_tokens for answer in answers)


@contextmanager
def paid_for(answers: Sequence[ChatAnswer]) -> Iterator[None]:
    """Note on a ModelError of the block, among its facts, the tokens of the answers that were given before it.

    What an answer of no use took is paid for like any other, and counts in a budget.
    """
    try:
        yield
    except ModelError as error:
        for name, spent in zip(("prompt_tokens", "completion_tokens"), tokens_of(answers), strict=True):
            own = error.facts.get(name)
            error.facts[name] = spent + (own if isinstance(own, int) else 0)
        raise


class ChatModel:
    """Asks one model. Safe to call from several threads at once."""

    def __init__(self, endpoint: VisionEndpoint) -> None:
        """Prepare connections; none is opened yet.

        Raises:
            ModelError: the address is not one of HTTP.
        """
        self._endpoint = endpoint
        self._transport = JsonTransport(endpoint.server)
        self._pace = Pace(endpoint.requests_per_minute)
        self._takes_schemas = True

    def ask(
        self,
        instructions: str,
        question: str,
        pictures: Sequence[str] = (),
        *,
        schema: Mapping[str, object] | None = None,
    ) -> ChatAnswer:
        """Return the answer to a question about pictures, given as data URIs.

        `schema` asks for JSON of that form; a server that does not know such a wish is asked again without it, so the
        answer is to be checked in any case.

        Raises:
            ModelError: the server cannot be reached, refused, stayed busy, or answered with something else than a
                message. `status` is among its facts where there was one.
        """
        body = self._body(instructions, question, pictures)
        if schema is None or not self._takes_schemas:
            return self._asked(body)
        wish = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}
        try:
            return self._asked({**body, "response_format": wish})
        except ModelError as error:
            if error.facts.get("status") not in _REFUSED:
                raise
        answer = self._asked(body)
        self._takes_schemas = False
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _body(self, instructions: str, question: str, pictures: Sequence[str]) -> dict[str, object]:
        parts: list[dict[str, object]] = [{"type": "image_url", "image_url": {"url": uri}} for uri in pictures]
        parts.append({"type": "text", "text": _sendable(question)})
        return {
            "model": self._endpoint.model,
            "messages": [
                {"role": "system", "content": _sendable(instructions)},
                {"role": "user", "content": parts},
            ],
            "max_tokens": self._endpoint.longest_answer_tokens,
            "temperature": 0,
            "stream": False,
        }

    def _asked(self, body: dict[str, object]) -> ChatAnswer:
        self._pace.wait()
        return self._read(self._transport.post(body))

    def _read(self, content: bytes) -> ChatAnswer:
        try:
            answer = orjson.loads(content)
            choice = answer["choices"][0]
            message = choice["message"].get("content")
        except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError) as error:
            raise self._no_message(content) from error
        if isinstance(message, list):
            message = "".join(part.get("text", "") for part in message if isinstance(part, dict))
        is_cut = choice.get("finish_reason") == "length"
        if message is None:
            # A refusal stands beside the content; thoughts that took all tokens leave none.
            message = choice["message"].get("refusal") or ("" if is_cut else None)
        if not isinstance(message, str):
            raise self._no_message(content)
        usage = answer.get("usage")
        return ChatAnswer(
            _THOUGHTS.sub("", message).strip(),
            _count(usage, "prompt_tokens"),
            _count(usage, "completion_tokens"),
            is_cut=is_cut,
        )

    def _no_message(self, content: bytes) -> ModelError:
        said = " ".join(content[:_QUOTED_CHARACTERS].decode("utf-8", "replace").split())
        return ModelError(
            f"{self._transport.server} did not answer with a message of a model, but with: {said}. Check the address; "
            "it usually ends in /v1.",
            zh=f"{self._transport.server} 返回的不是模型消息，而是：{said}。请检查地址，通常以 /v1 结尾。",
            server=self._transport.server,
        )


def _count(usage: Any, name: str) -> int:  # noqa: ANN401  # whatever a server wrote
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and value >= 0 else 0


def _sendable(text: str) -> str:
    """Return a text without the lone surrogates that JSON cannot carry."""
    return text.encode("utf-8", "replace").decode("utf-8")
