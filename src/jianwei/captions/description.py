"""Tells whether an answer describes a picture in Chinese. What does not is not kept: it would be found by searches.

A model that sees no pictures says so politely, and a small one may say the same words until its tokens are used up;
both in Chinese. Left out: whether a description is true.
"""

from __future__ import annotations

import re
from itertools import pairwise

from jianwei.captions.chinese import is_chinese

_LEAST_HAN = 6
_BEGINNING = 60
"""Characters in which a refusal speaks of itself; further on a description may say what on a label cannot be read."""
_REFUSAL = re.compile(
    r"^\W*(?:很|非常|十分|实在)?(?:抱歉|对不起)"
    r"|(?:我|作为[^，。]{0,12}(?:模型|助手|AI))[^。]{0,12}(?:无法|不能|没法|没有办法|不具备|看不到|没有看到)"
    r"|(?:没有|未能?)(?:看到|收到|提供)[^。]{0,8}(?:图片|图像)"
)
_LOOP_CHARACTERS = 80
_LEAST_SHARE_OF_PAIRS = 0.3
"""Of the pairs of neighbouring characters so many are different ones: nine of ten in a description, few in a loop."""


def is_description(text: str) -> bool:
    """Tell whether a text is Chinese, does not decline, and does not say the same again and again."""
    return is_chinese(text, least=_LEAST_HAN) and not _REFUSAL.search(text[:_BEGINNING]) and not _is_loop(text)


def _is_loop(text: str) -> bool:
    if len(text) < _LOOP_CHARACTERS:
        return False
    pairs = list(pairwise(text))
    return len(set(pairs)) < _LEAST_SHARE_OF_PAIRS * len(pairs)
