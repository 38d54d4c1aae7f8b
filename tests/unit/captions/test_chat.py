from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest
from tests.unit.captions.chat_server import Reply

from jianwei.captions.chat import ChatAnswer, cut_note, paid_for
from jianwei.errors import ModelError
from jianwei.runtime.json_transport import ASKS_TO_WAIT, retry_after_s

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
    with pytest.raises(ModelError, match=r"no whole answer within 0\.3 s"):
        connect(timeout_s=0.3, attempts=1).ask("", "")


def test_an_answer_without_end_is_given_up_by_its_size(server: ChatServer, connect: Connect) -> None:
    server.replies = [Reply(endless=True, content=b"x" * 100_000)]
    with pytest.raises(ModelError, match="sent more than 1 MB and no end"):
        connect(largest_answer_bytes=1024 * 1024, attempts=1).ask("", "")


def test_half_of_an_emoji_does_not_stop_a_question(server: ChatServer, connect: Connect) -> None:
    assert connect().ask("", "\ud83d 药").text


def test_a_server_that_calls_an_unknown_field_unprocessable_is_asked_without_it(
    server: ChatServer, connect: Connect
) -> None:
    server.replies = [Reply(422, b"extra fields not permitted")]
    assert connect().ask("", "", schema=SCHEMA).text
    assert ["response_format" in body for body in server.bodies] == [True, False]


def test_a_refusal_without_content_is_what_the_model_said(server: ChatServer, connect: Connect) -> None:
    said = {"message": {"content": None, "refusal": "I cannot help with that."}, "finish_reason": "stop"}
    server.replies = [Reply(content=orjson.dumps({"choices": [said], "usage": {"prompt_tokens": 9}}))]
    answer = connect().ask("", "")
    assert (answer.text, answer.prompt_tokens, answer.is_cut) == ("I cannot help with that.", 9, False)


def test_an_answer_that_reached_its_longest_length_says_so(server: ChatServer, connect: Connect) -> None:
    server.replies = [
        Reply(content=orjson.dumps({"choices": [{"message": {"content": "一"}, "finish_reason": "length"}]}))
    ]
    answer = connect().ask("", "")
    assert answer.is_cut
    assert "cut off" in cut_note(answer).en


def test_tokens_of_answers_before_a_failure_are_among_its_facts() -> None:
    answers = [ChatAnswer("", 10, 1), ChatAnswer("", 20, 2)]
    with pytest.raises(ModelError) as caught, paid_for(answers), paid_for([ChatAnswer("", 5, 5)]):
        raise ModelError("no", zh="否", status=500)
    assert caught.value.facts == {"status": 500, "prompt_tokens": 35, "completion_tokens": 8}


@pytest.mark.parametrize(
    ("asked", "told", "told_zh"),
    [("3600", "60 minutes", "60 分钟"), ("7201", "3 hours", "3 小时"), ("86400", "24 hours", "24 小时")],
)
def test_a_server_that_asks_to_wait_for_long_is_asked_once_and_its_wait_is_told(
    server: ChatServer, connect: Connect, asked: str, told: str, told_zh: str
) -> None:
    server.replies = [Reply(429, b"daily quota", {"Retry-After": asked})]
    with pytest.raises(ModelError, match=f"asks to wait {told}") as error:
        connect(longest_wait_s=60.0).ask("", "")
    assert f"等待 {told_zh}" in error.value.message_zh
    assert error.value.facts[ASKS_TO_WAIT] == float(asked)
    assert len(server.bodies) == 1


@pytest.mark.parametrize("nonsense", ["inf", "nan", "soon"])
def test_a_wait_that_is_no_time_is_no_wait(server: ChatServer, connect: Connect, nonsense: str) -> None:
    server.replies = [Reply(429, headers={"Retry-After": nonsense})]
    assert connect().ask("", "").text
    assert retry_after_s(nonsense) == 0.0


def test_a_missing_and_a_wrong_key_are_told_apart_with_their_setting(server: ChatServer, connect: Connect) -> None:
    server.replies = [Reply(401), Reply(401, b"wrong key.")]
    with pytest.raises(ModelError, match=r"\(attempt 1\)\. No API key was sent; set it in K\.$") as missing:
        connect(key_setting="K").ask("", "")
    assert missing.value.message_zh.endswith("（第 1 次尝试）。本次未发送 API 密钥，请设置 K。")
    with pytest.raises(ModelError, match=r"wrong key\. Check the API key in K\.$"):
        connect(key_setting="K", api_key="sk").ask("", "")
