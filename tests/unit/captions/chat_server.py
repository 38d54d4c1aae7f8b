"""A real HTTP server on the loopback that speaks the chat completions API as it is told to."""

from __future__ import annotations

import base64
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from tests.loopback_server import JsonHandler, loopback_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CAPTION = "一只白色塑料药瓶，瓶身贴有绿色标签，旁边放着两片芦荟叶，背景为浅色木桌。"


@dataclass
class Reply:
    """One answer that is given instead of a message."""

    status: int = 200
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    endless: bool = False
    """Sends a byte every few milliseconds until the client has had enough."""


@dataclass
class ChatServer:
    """What the server was asked, and what it answers: first the given replies, then what `answer` makes of the body."""

    url: str
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], str] = lambda _: CAPTION
    most_at_once: int = 0
    wait_s: float = 0.0

    def pictures(self, number: int = -1) -> list[bytes]:
        """Return the files of the pictures that a request carried."""
        parts = self.bodies[number]["messages"][1]["content"]
        uris = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
        return [base64.b64decode(uri.partition(",")[2]) for uri in uris]


def message(text: str, *, prompt_tokens: int = 1000, completion_tokens: int = 50) -> bytes:
    """Return an answer as servers write it."""
    return orjson.dumps(
        {
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens},
        }
    )


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    """Run a server for the length of the block."""
    lock = threading.Lock()
    at_once = 0
    stopped = threading.Event()

    class Handler(JsonHandler):
        def do_POST(self) -> None:  # noqa: N802  # `http.server` looks for this name
            nonlocal at_once
            body = self.read_body()
            with lock:
                at_once += 1
                state.most_at_once = max(state.most_at_once, at_once)
                state.bodies.append(body)
                state.headers.append(dict(self.headers))
                reply = state.replies.pop(0) if state.replies else None
            stopped.wait(state.wait_s)
            with lock:
                at_once -= 1
            self._send(reply or Reply(content=message(state.answer(body))))

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if not reply.endless:
                self.send_header("Content-Length", str(len(reply.content)))
                self.end_headers()
                self.wfile.write(reply.content)
                return
            self.send_header("Connection", "close")
            self.end_headers()
            while not stopped.wait(0.005):
                self.wfile.write(reply.content or b" ")

    with loopback_server(Handler) as url:
        state = ChatServer(f"{url}/v1")
        try:
            yield state
        finally:
            stopped.set()
