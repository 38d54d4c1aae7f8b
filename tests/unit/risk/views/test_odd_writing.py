"""Who hides an offer writes otherwise than who does not: pinyin, pictures and signs amid words."""

from __future__ import annotations

import pytest

from jianwei.risk.views.odd_writing import is_oddly_written


@pytest.mark.parametrize(
    "text",
    ["ban证 刻章", "减fei茶", "消炎 zhi痛风", "🐯骨酒", "加V①③⑧", "国·家·级", "包 过 不过退", "㊙酒", "免chu方"],
)
def test_pinyin_pictures_and_strewn_signs_are_odd(text: str) -> None:
    assert is_oddly_written(text)


@pytest.mark.parametrize(
    "text",
    ["USB接口 数据线", "T恤 男", "加厚 加大 L码", "500ml装", "红/黄两色", "净含量：30g", "春秋 薄款", "C位出道", ""],
)
def test_units_makes_and_sizes_are_not(text: str) -> None:
    assert not is_oddly_written(text)
