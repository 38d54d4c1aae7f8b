from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from tests.unit.captions.chat_server import CAPTION, Reply, message

from jianwei.captions.caption_model import PROMPT_VERSION, ChatCaptionModel
from jianwei.captions.picture_parts import picture_parts
from jianwei.errors import ModelError, PictureDecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.captions.chat_server import ChatServer
    from tests.unit.captions.conftest import MakeEndpoint


def picture_file(width: int = 40, height: int = 30) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def model(endpoint: MakeEndpoint) -> Iterator[ChatCaptionModel]:
    opened = ChatCaptionModel(endpoint(concurrency=3), max_pixels=10_000_000)
    yield opened
    opened.close()


def test_a_caption_is_kept_under_the_model_and_its_prompt(model: ChatCaptionModel) -> None:
    assert model.model_id == f"seeing-model#caption-{PROMPT_VERSION}"
    assert model.parallelism == 3
    caption = model.describe(picture_file())
    assert (caption.text, caption.prompt_tokens, caption.completion_tokens) == (CAPTION, 1000, 50)


def test_fences_and_line_ends_around_a_caption_go(server: ChatServer, model: ChatCaptionModel) -> None:
    server.answer = lambda _: f"```text\n{CAPTION}\n```"
    assert model.describe(picture_file()).text == CAPTION


def test_an_answer_in_english_is_asked_for_again(server: ChatServer, model: ChatCaptionModel) -> None:
    server.answer = lambda _: CAPTION if len(server.bodies) == 2 else "A white bottle on a wooden table, 保健 label."
    caption = model.describe(picture_file())
    assert caption.text == CAPTION
    assert caption.prompt_tokens == 2000


@pytest.mark.parametrize(
    "said",
    [
        "A white bottle.",
        "",
        "好的",
        "I cannot help with that request.",
        "很抱歉，我无法查看图片。",
        "一只白色瓶子，" * 60,
    ],
)
def test_a_model_that_does_not_describe_in_chinese_is_told(
    server: ChatServer, model: ChatCaptionModel, said: str
) -> None:
    server.answer = lambda _: said
    with pytest.raises(ModelError, match="did not describe the picture in Chinese"):
        model.describe(picture_file())


def test_a_file_that_is_no_picture_is_not_sent(server: ChatServer, model: ChatCaptionModel) -> None:
    with pytest.raises(PictureDecodeError):
        model.describe(b"GIF89a broken")
    assert not server.bodies


@pytest.mark.parametrize(
    ("width", "height", "sizes"),
    [
        (800, 800, [(640, 640)]),
        (1, 1, [(1, 1)]),
        (100, 200, [(100, 200)]),
        (300, 1200, [(300, 600), (300, 600)]),
        (1200, 300, [(600, 300), (600, 300)]),
        (100, 5000, [(100, 200)] * 4),
    ],
)
def test_long_pictures_are_sent_in_parts_from_their_start(
    server: ChatServer, model: ChatCaptionModel, width: int, height: int, sizes: list[tuple[int, int]]
) -> None:
    pixels = np.zeros((height, width, 3), np.uint8)
    parts = picture_parts(pixels, longest_side_px=640)
    server.bodies.append(
        {"messages": [{}, {"content": [{"type": "image_url", "image_url": {"url": p}} for p in parts]}]}
    )
    assert [Image.open(io.BytesIO(part)).size for part in server.pictures()] == sizes


def test_answers_of_no_use_are_told_with_what_they_took(server: ChatServer, model: ChatCaptionModel) -> None:
    server.answer = lambda _: "A white bottle."
    with pytest.raises(ModelError) as told:
        model.describe(picture_file())
    assert (told.value.facts["prompt_tokens"], told.value.facts["completion_tokens"]) == (2000, 100)
    server.replies = [Reply(content=message("A white bottle.")), Reply(401)]
    with pytest.raises(ModelError, match="401") as refused:
        model.describe(picture_file())
    assert refused.value.facts["prompt_tokens"] == 1000
