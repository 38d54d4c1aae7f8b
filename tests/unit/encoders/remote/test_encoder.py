from __future__ import annotations

import base64
import logging
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.encoders.remote.embedding_server import DIMS, EmbeddingServer, Reply, embedding_server, vector_of

from jianwei.encoders.remote.encoder import RemoteEncoder
from jianwei.encoders.remote.endpoint import Endpoint
from jianwei.encoders.remote.requests import picture_file
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jianwei.settings import RemoteDialect

    Connect = Callable[..., RemoteEncoder]

KEY = "sk-very-secret"
DIALECTS: list[RemoteDialect] = ["vllm", "jina", "infinity"]
COLOURS = [(16 * number, 240 - 16 * number, 128) for number in range(12)]


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with embedding_server() as running:
        yield running


@pytest.fixture
def endpoint(server: EmbeddingServer) -> Endpoint:
    return Endpoint(server.url, "clip", "jina", api_key=KEY, items_per_request=5, first_wait_s=0.001, timeout_s=5)


@pytest.fixture
def connect(endpoint: Endpoint) -> Iterator[Connect]:
    with ExitStack() as stack:
        yield lambda **changes: stack.enter_context(closing(RemoteEncoder(replace(endpoint, **changes))))


def _unit(items: list[str]) -> np.ndarray:
    rows = np.array([vector_of(item) for item in items])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_texts_come_back_as_unit_rows_in_order(connect: Connect, dialect: RemoteDialect) -> None:
    texts = [f"减肥茶 {number}" for number in range(23)]
    rows = connect(dialect=dialect).encode_texts(texts)
    assert rows.dtype == np.float32
    assert np.allclose(rows, _unit(texts), atol=1e-6)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_pictures_come_back_as_unit_rows_in_order(connect: Connect, dialect: RemoteDialect) -> None:
    pictures = [np.full((20, 30, 3), colour, np.uint8) for colour in COLOURS]
    rows = connect(dialect=dialect).encode_images(pictures)
    names = ["-".join(str(round(value / 16)) for value in colour) for colour in COLOURS]
    assert np.allclose(rows, _unit(names), atol=1e-6)


def test_vllm_gets_one_message_per_item(connect: Connect, server: EmbeddingServer) -> None:
    encoder = connect(dialect="vllm", concurrency=1, extra={"dimensions": 256})
    encoder.encode_texts(["茶"])
    encoder.encode_images([np.zeros((8, 8, 3), np.uint8)])
    text, picture = (exchange.body for exchange in server.exchanges)
    assert text == {
        "model": "clip",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "茶"}]}],
        "encoding_format": "float",
        "truncate_prompt_tokens": -1,
        "dimensions": 256,
    }
    (content,) = picture["messages"][0]["content"]
    assert content["type"] == "image_url"
    assert content["image_url"]["url"].startswith("data:image/jpeg;base64,/9j/")


def test_lists_are_cut_into_requests(connect: Connect, server: EmbeddingServer) -> None:
    connect().encode_texts([str(number) for number in range(12)])
    assert sorted(len(exchange.body["input"]) for exchange in server.exchanges) == [2, 5, 5]


def test_answers_out_of_order_are_put_in_order(connect: Connect, server: EmbeddingServer) -> None:
    server.change = lambda answer: {"data": answer["data"][::-1]}
    assert np.allclose(connect().encode_texts(["a", "b", "c"]), _unit(["a", "b", "c"]), atol=1e-6)


def test_no_more_requests_run_at_once_than_allowed(connect: Connect, server: EmbeddingServer) -> None:
    server.replies = [Reply(503, wait_s=0.02)] * 6
    connect(concurrency=3, attempts=10).encode_texts([str(number) for number in range(60)])
    assert 2 <= server.most_at_once <= 3


def test_an_empty_text_is_sent_as_a_blank_and_a_long_one_is_cut(connect: Connect, server: EmbeddingServer) -> None:
    connect().encode_texts(["", "茶" * 100_000, "\ud800"])
    empty, long, broken = (item["text"] for item in server.exchanges[0].body["input"])
    assert (empty, len(long), broken) == (" ", 8_000, "?")


def test_nothing_to_encode_sends_nothing(connect: Connect, server: EmbeddingServer) -> None:
    encoder = connect(dims=DIMS)
    assert encoder.encode_texts([]).shape == (0, DIMS)
    assert encoder.encode_images([]).shape == (0, DIMS)
    assert not server.exchanges


def test_the_server_is_asked_for_the_dims_once(connect: Connect, server: EmbeddingServer) -> None:
    encoder = connect()
    assert (encoder.dims, encoder.dims, encoder.space) == (DIMS, DIMS, "remote:clip@remote")
    assert len(server.exchanges) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529])
def test_what_passes_is_tried_again(connect: Connect, server: EmbeddingServer, status: int) -> None:
    server.replies = [Reply(status), Reply(status)]
    assert len(connect().encode_texts(["茶"])) == 1
    assert len(server.exchanges) == 3


@pytest.mark.parametrize(("status", "advice"), [(400, ""), (401, "API key"), (404, "model's name"), (422, "")])
def test_a_refusal_is_final(connect: Connect, server: EmbeddingServer, status: int, advice: str) -> None:
    server.replies = [Reply(status, b'{"error": "no such thing"}')]
    with pytest.raises(ModelError, match=f"status {status}.*no such thing.*{advice}"):
        connect().encode_texts(["茶"])
    assert len(server.exchanges) == 1


def test_a_server_that_stays_busy_ends_the_attempts(connect: Connect, server: EmbeddingServer) -> None:
    server.replies = [Reply(429, b"slow down")] * 9
    with pytest.raises(ModelError, match=r"status 429.*attempt 3") as caught:
        connect(attempts=3).encode_texts(["茶"])
    assert caught.value.facts["status"] == 429
    assert len(server.exchanges) == 3


@pytest.mark.parametrize("as_date", [False, True])
def test_a_time_to_wait_is_obeyed(connect: Connect, server: EmbeddingServer, as_date: bool) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=1.5)
    server.replies = [Reply(429, headers={"Retry-After": format_datetime(moment, usegmt=True) if as_date else "0.3"})]
    started = datetime.now(UTC)
    connect().encode_texts(["茶"])
    assert (datetime.now(UTC) - started).total_seconds() >= 0.3


@pytest.mark.parametrize("value", ["soon", "-5", ""])
def test_a_senseless_time_to_wait_is_ignored(connect: Connect, server: EmbeddingServer, value: str) -> None:
    server.replies = [Reply(503, headers={"Retry-After": value})]
    assert len(connect().encode_texts(["茶"])) == 1


def test_too_long_a_wait_ends_the_attempts(connect: Connect, server: EmbeddingServer) -> None:
    server.replies = [Reply(429, headers={"Retry-After": "3600"})]
    with pytest.raises(ModelError, match="status 429"):
        connect().encode_texts(["茶"])
    assert len(server.exchanges) == 1


def test_a_time_out_is_tried_again_and_then_told(connect: Connect, server: EmbeddingServer) -> None:
    server.replies = [Reply(wait_s=5)] * 2
    with pytest.raises(ModelError, match=r"no whole answer within .* s \(attempt 2\)"):
        connect(timeout_s=0.05, attempts=2).encode_texts(["茶"])
    assert len(server.exchanges) == 2


def test_an_address_without_a_server_is_told(connect: Connect) -> None:
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:9/embeddings cannot be reached"):
        connect(url="http://127.0.0.1:9", attempts=2).encode_texts(["茶"])


@pytest.mark.parametrize("url", ["", "ftp://127.0.0.1", "http://a:b", "http://", "nonsense"])
def test_what_is_no_address_is_refused(connect: Connect, url: str) -> None:
    with pytest.raises(ModelError, match="not the address of a model server"):
        connect(url=url)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<!DOCTYPE html><title>Welcome</title>", "a web page"),
        (b"", "instead of vectors"),
        (b"[]", "instead of vectors"),
        (b'{"object": "list"}', "instead of vectors"),
        (b'{"data": [1]}', "instead of vectors"),
        (b'{"data": [{"embedding": "AAAA"}]}', "instead of vectors"),
        (b'{"data": [{"embedding": []}]}', "instead of vectors"),
        (b'{"data": [{"embedding": [[1, 2], [3, 4]]}]}', "instead of vectors"),
        (b'{"data": []}', "0 vectors for 1 inputs"),
        (b'{"data": [{"embedding": [1]}, {"embedding": [1]}]}', "2 vectors for 1 inputs"),
        (b'{"data": [{"embedding": [1, 2]}]}', "vectors of 2 numbers; 6 were expected"),
        (b'{"data": [{"embedding": [NaN, 0, 0, 0, 0, 0]}]}', "no usable vector"),
        (b'{"data": [{"embedding": [null, 0, 0, 0, 0, 0]}]}', "no usable vector"),
        (b'{"data": [{"embedding": [1e300, 0, 0, 0, 0, 0]}]}', "no usable vector"),
        (b'{"data": [{"embedding": [0, 0, 0, 0, 0, 0]}]}', "no usable vector"),
    ],
)
def test_what_is_no_answer_is_told(connect: Connect, server: EmbeddingServer, content: bytes, told: str) -> None:
    server.replies = [Reply(content=content)]
    with pytest.raises(ModelError, match=told):
        connect(dims=DIMS).encode_texts(["茶"])


@pytest.mark.parametrize("in_address", [False, True])
def test_the_key_is_sent_and_shown_nowhere(
    connect: Connect, endpoint: Endpoint, server: EmbeddingServer, caplog: pytest.LogCaptureFixture, in_address: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    server.replies = [Reply(401, f"bad key {KEY}".encode())]
    address = {"url": server.url.replace("http://", f"http://user:{KEY}@"), "api_key": None} if in_address else {}
    with pytest.raises(ModelError) as caught:
        connect(**address).encode_texts(["茶"])
    basic = base64.b64encode(f"user:{KEY}".encode()).decode()
    assert server.exchanges[0].headers["Authorization"] == (f"Basic {basic}" if in_address else f"Bearer {KEY}")
    shown = [caught.value.message, caught.value.message_zh, str(caught.value.facts), repr(endpoint)]
    assert not [text for text in shown if KEY in text]
    assert KEY not in caplog.text


def test_large_pictures_are_reduced_and_small_ones_are_not() -> None:
    from io import BytesIO

    from PIL import Image

    for size_px, expected_px in [((4000, 2000), (1024, 512)), ((30, 20), (30, 20)), ((1, 5000), (1, 1024))]:
        pixels = np.zeros((size_px[1], size_px[0], 3), np.uint8)
        assert Image.open(BytesIO(picture_file(pixels, 1024))).size == expected_px


def test_closing_twice_does_nothing(connect: Connect) -> None:
    encoder = connect()
    encoder.close()
    encoder.close()
