from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.captions.chat_server import CAPTION

from jianwei.captions.description import is_description


@pytest.mark.parametrize(
    "said",
    [
        CAPTION,
        "白色药瓶，瓶身贴有绿色标签，标签上的小字模糊，无法识别。",
        "一张包装图，图中人物双手合十，像在说抱歉，背景为红色。",
        "蓝色圆形包装盒，正面印有我国地图，未见批准文号。",
        CAPTION * 3,
    ],
)
def test_what_describes_is_a_description(said: str) -> None:
    assert is_description(said)


@pytest.mark.parametrize(
    "said",
    [
        "很抱歉，我无法查看或处理图片，请您用文字描述。",
        "对不起，这个请求我不能帮忙完成。",
        "作为一个语言模型，我无法直接看到您提供的图片内容。",
        "我是文本助手，我看不到图像，请上传文字说明。",
        "您好，我没有看到图片，请重新上传一次。",
        "未收到任何图片，请检查后再发送。",
    ],
)
def test_a_model_that_declines_does_not_describe(said: str) -> None:
    assert not is_description(said)


@given(st.text("瓶子白色标签木桌背景", min_size=1, max_size=8), st.integers(20, 400))
def test_the_same_words_again_and_again_describe_nothing(words: str, times: int) -> None:
    said = words * max(times, 80)
    assert not is_description(said)


@given(st.text(max_size=300))
def test_whatever_comes_is_told_apart(said: str) -> None:
    assert is_description(said) in (True, False)
