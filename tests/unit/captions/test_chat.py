from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.captions.chat_server import Reply

from jianwei.errors import ModelError

if TYPE_CHECKING:
    from tests.unit.captions.chat_server import ChatServer
    from tests.unit.captions.conftest import Connect

SCHEMA = {"type": "object", "properties": {"code": {"type": "string"}}}


def test_a_question_goes_with_its_pictures_and_comes_back_with_its_tokens(server: ChatServer, connect: Connect) -> None:
    chat = connect(api_key="secret")
    answer = chat.ask("说明", "这是什么？", ["data:image/jpeg;base64,AAAA"])
    assert (answer.prompt_tokens, answer.completion_tokens) == (1000, 50)
    body = server.bodies[0]
    assert body["model"] == "seeing-model"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert [part["type"] for part in body["messages"][1]["content"]] == ["image_url", "text"]
    assert server.headers[0]["Authorization"] == "Bearer secret"


def test_what_a_reasoning_model_thinks_is_not_its_answer(server: ChatServer, connect: Connect) -> None:
    server.answer = lambda _: "<think>先看标签……</think>\n一只药瓶"
    assert connect().ask("", "").text == "一只药瓶"


def test_an_unfinished_thought_is_no_answer(server: ChatServer, connect: Connect) -> None:
    server.answer = lambda _: "<think>先看标签"
    assert connect().ask("", "").text == ""


def test_an_answer_in_parts_is_joined(server: ChatServer, connect: Connect) -> None:
    server.replies = [Reply(content=b'{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"text":"b"}]}}]}')]
    answer = connect().ask("", "")
    assert (answer.text, answer.prompt_tokens) == ("ab", 0)


@pytest.mark.parametrize(
    "content", [b"<html>login</html>", b"{}", b'{"choices":[]}', b'{"choices":[{"message":{"content":null}}]}', b"[1]"]
)
def test_what_is_no_message_is_told_with_its_beginning(server: ChatServer, connect: Connect, content: bytes) -> None:
    server.replies = [Reply(content=content)]
    with pytest.raises(ModelError, match="did not answer with a message") as error:
        connect().ask("", "")
    assert content[:10].decode() in error.value.message


def test_a_server_that_knows_no_schemas_is_asked_without_from_then_on(server: ChatServer, connect: Connect) -> None:
    chat = connect()
    server.replies = [Reply(400, b"unknown field response_format")]
    chat.ask("", "", schema=SCHEMA)
    chat.ask("", "", schema=SCHEMA)
    assert ["response_format" in body for body in server.bodies] == [True, False, False]


def test_a_picture_that_is_refused_does_not_cost_the_schema(server: ChatServer, connect: Connect) -> None:
    chat = connect()
    server.replies = [Reply(400, b"unsafe picture"), Reply(400, b"unsafe picture")]
    with pytest.raises(ModelError, match="unsafe picture"):
        chat.ask("", "", schema=SCHEMA)
    chat.ask("", "", schema=SCHEMA)
    assert ["response_format" in body for body in server.bodies] == [True, False, True]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(server: ChatServer, connect: Connect, status: int) -> None:
    server.replies = [Reply(status, headers={"Retry-After": "0"})]
    assert connect().ask("", "").text
    assert len(server.bodies) == 2


def test_a_wrong_key_is_told_at_once_and_never_shown(server: ChatServer, connect: Connect) -> None:
    server.replies = [Reply(401, b"key sk-very-secret is wrong")]
    with pytest.raises(ModelError, match="Check the API key") as error:
        connect(api_key="sk-very-secret").ask("", "")
    assert "sk-very-secret" not in error.value.message + error.value.message_zh
    assert error.value.facts["status"] == 401
    assert len(server.bodies) == 1


def test_an_answer_that_drips_for_ever_ends_with_the_time_out(server: ChatServer, connect: Connect) -> None:
    server.replies = [Reply(endless=True)]
    with pytest.raises(ModelError, match="no end of the answer"):
        connect(timeout_s=0.3, attempts=1).ask("", "")


def test_an_answer_without_end_is_given_up_by_its_size(server: ChatServer, connect: Connect) -> None:
    server.replies = [Reply(endless=True, content=b"x" * 100_000)]
    with pytest.raises(ModelError, match="sent more than 1 MB and no end"):
        connect(largest_answer_bytes=1024 * 1024, attempts=1).ask("", "")


def test_half_of_an_emoji_does_not_stop_a_question(server: ChatServer, connect: Connect) -> None:
    assert connect().ask("", "\ud83d 药").text
