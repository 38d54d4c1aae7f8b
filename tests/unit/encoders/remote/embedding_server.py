"""A real HTTP server on the loopback that answers embedding requests as it is told to."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from PIL import Image
from tests.loopback_server import JsonHandler, loopback_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DIMS = 6


@dataclass
class Exchange:
    """One request as the server saw it."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Reply:
    """One answer that is given instead of vectors."""

    status: int = 200
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    wait_s: float = 0.0


@dataclass
class EmbeddingServer:
    """What the server was asked, and what it answers next; after the given replies it answers with vectors."""

    url: str
    exchanges: list[Exchange] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    change: Callable[[dict[str, Any]], object] = lambda answer: answer
    most_at_once: int = 0


def vector_of(item: str) -> list[float]:
    """Return the vector of a text, or of the average colour of a picture."""
    return [float(byte) + 1 for byte in hashlib.sha256(item.encode()).digest()[:DIMS]]


def colour_name(encoded: str) -> str:
    """Return the colour of a one-coloured picture in base64, rounded so that JPEG does not matter."""
    picture = Image.open(io.BytesIO(base64.b64decode(encoded.removeprefix("data:image/jpeg;base64,"))))
    return "-".join(str(round(float(value) / 16)) for value in np.asarray(picture).reshape(-1, 3).mean(axis=0))


def _items(body: dict[str, Any]) -> list[str]:
    if "messages" in body:
        content = body["messages"][0]["content"][0]
        return [content["text"] if content["type"] == "text" else colour_name(content["image_url"]["url"])]
    if "modality" in body:
        return [colour_name(item) if body["modality"] == "image" else item for item in body["input"]]
    return [colour_name(item["image"]) if "image" in item else item["text"] for item in body["input"]]


@contextmanager
def embedding_server() -> Iterator[EmbeddingServer]:
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
                state.exchanges.append(Exchange(self.path, dict(self.headers), body))
                reply = state.replies.pop(0) if state.replies else None
            if reply is None:
                vectors = [{"index": number, "embedding": vector_of(item)} for number, item in enumerate(_items(body))]
                reply = Reply(content=orjson.dumps(state.change({"data": vectors})))
            stopped.wait(reply.wait_s)
            with lock:
                at_once -= 1
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(reply.content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.content)

    with loopback_server(Handler) as url:
        state = EmbeddingServer(f"{url}/v1")
        try:
            yield state
        finally:
            stopped.set()
