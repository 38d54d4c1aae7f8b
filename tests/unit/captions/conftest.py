from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from tests.unit.captions.chat_server import ChatServer, chat_server

from jianwei.captions.chat import ChatModel
from jianwei.captions.endpoint import VisionEndpoint
from jianwei.runtime.json_transport import JsonServer

MakeEndpoint = Callable[..., VisionEndpoint]
Connect = Callable[..., ChatModel]


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as running:
        yield running


@pytest.fixture
def endpoint(server: ChatServer) -> MakeEndpoint:
    """Make an endpoint at the server; keywords change how patient it is."""

    def make(**changes: object) -> VisionEndpoint:
        patience = JsonServer(server.url, "/chat/completions", attempts=2, first_wait_s=0.01, timeout_s=5.0)
        return VisionEndpoint(replace(patience, **changes), "seeing-model")  # type: ignore[arg-type]

    return make


@pytest.fixture
def connect(endpoint: MakeEndpoint) -> Iterator[Connect]:
    """Make a chat model at the server, with the same keywords."""
    made: list[ChatModel] = []

    def make(**changes: object) -> ChatModel:
        made.append(ChatModel(endpoint(**changes)))
        return made[-1]

    yield make
    for chat in made:
        chat.close()
